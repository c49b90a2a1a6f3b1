"""The settings pages: each opens, works without JavaScript, and is closed to whom it is not for."""

from __future__ import annotations

import re

import pytest

ADMINISTRATORS = ("/settings", "/settings/people", "/settings/keys", "/settings/audit", "/settings/workspaces")


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("path", [*ADMINISTRATORS, "/settings/account"])
def test_every_settings_page_opens_in_both_languages(house, path, language):
    """Each page answers, in the reader's direction."""
    shown = house.sign_in(language=language).get(path)
    assert shown.status_code == 200
    assert f'lang="{language}"' in shown.text


@pytest.mark.parametrize("path", ADMINISTRATORS)
def test_an_agent_sees_no_administration(house, path):
    """People, keys and audit are for those who administer; an agent is shown their own account, or refused."""
    shown = house.sign_in(role="agent").get(path, follow_redirects=False)
    assert (shown.status_code, shown.headers.get("location")) in ((403, None), (303, "/settings/account"))


def test_an_agent_changes_nothing_here(house):
    """No form of the administration works for an agent."""
    agent = house.sign_in(role="agent")
    for path, form in (
        ("/settings/people", {"email": "x@example.com", "role": "admin", "password": "four words apart"}),
        ("/settings/keys", {"kind": "secret"}),
        ("/settings", {"name": "x", "zone": "UTC", "currency": "EUR", "region": "NL", "language": "en"}),
        ("/settings/workspaces", {"short_name": "mine"}),
    ):
        assert agent.post(path, data=form).status_code == 403


def test_a_new_key_is_shown_once(house):
    """The key stands in the answer to making it, and on no page after."""
    browser = house.client
    made = browser.post("/settings/keys", data={"kind": "secret", "name": "reports"})
    key = re.search(r'value="(sk_main_[^"]+)"', made.text).group(1)
    assert house.visitor().get("/api/v1/workspace", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert key not in browser.get("/settings/keys").text
    assert "reports" in browser.get("/settings/keys").text


def test_a_key_is_revoked_on_the_page(house):
    """One click, and the key opens nothing."""
    browser = house.client
    made = browser.post("/settings/keys", data={"kind": "secret"}).text
    key = re.search(r'value="(sk_main_[^"]+)"', made).group(1)
    browser.post(re.search(r'action="(/settings/keys/[^"]+/revoke)"', made).group(1))
    assert house.visitor().get("/api/v1/workspace", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_people_are_added_changed_and_disabled_on_the_page(house):
    """The page lets somebody in, gives them another role, and keeps them out."""
    browser = house.client
    form = {"email": "omid@example.com", "name": "Omid", "role": "agent", "language": "fa", "password": "four words apart"}
    assert "omid@example.com" in browser.post("/settings/people", data=form).text
    omid = next(one for one in house.api().get("/api/v1/people").json()["items"] if one["email"] == "omid@example.com")
    browser.post(f"/settings/people/{omid['id']}/role", data={"role": "manager"})
    browser.post(f"/settings/people/{omid['id']}/disable")
    changed = house.api().get(f"/api/v1/people/{omid['id']}").json()
    assert changed["role"] == "manager"
    assert changed["disabled_at"]
    browser.post(f"/settings/people/{omid['id']}/enable")
    assert house.api().get(f"/api/v1/people/{omid['id']}").json()["disabled_at"] is None


@pytest.mark.parametrize(("language", "said"), [("en", "This is not an e-mail address."), ("fa", "این نشانی رایانامه نیست.")])
def test_a_refused_form_comes_back_with_what_was_typed_and_what_is_wrong(house, language, said):
    """The form shows the fault at its field, in the reader's language, and keeps what was typed, except the password."""
    form = {"email": "not an address", "name": "Omid", "role": "agent", "language": "en", "password": "canary words apart"}
    shown = house.sign_in(language=language).post("/settings/people", data=form)
    assert shown.status_code == 422
    assert said in shown.text
    assert 'value="Omid"' in shown.text
    assert "canary" not in shown.text


def test_the_last_administrator_is_told_why_they_stay(house):
    """The refusal is a sentence on the page."""
    browser = house.client
    me = house.api().get("/api/v1/people").json()["items"][0]
    refused = browser.post(f"/settings/people/{me['id']}/disable")
    assert refused.status_code == 409
    assert "last administrator" in refused.text


def test_a_workspace_is_changed_on_the_page(house):
    """Name, zone, currency, region and language are kept, and a wrong zone is refused at its field."""
    browser = house.client
    form = {"name": "North", "zone": "Asia/Tehran", "currency": "irr", "region": "ir", "language": "fa"}
    assert browser.post("/settings", data=form, follow_redirects=False).status_code == 303
    kept = house.api().get("/api/v1/workspace").json()
    assert kept == {"id": "main", "name": "North", "zone": "Asia/Tehran", "currency": "IRR", "region": "IR", "language": "fa"}
    refused = browser.post("/settings", data=form | {"zone": "Mars"})
    assert refused.status_code == 422
    assert "not a time zone" in refused.text


def test_a_workspace_is_added_and_entered(house):
    """Who adds a workspace can enter it with the same password, and sees nothing of the first one there."""
    browser = house.client
    browser.post("/settings/workspaces", data={"short_name": "north", "name": "North"})
    assert "north" in browser.get("/settings/workspaces").text
    me = house.api().get("/api/v1/people").json()["items"][0]["email"]
    entered = house.visitor()
    form = {"email": me, "password": "a long enough password", "workspace": "north"}
    assert entered.post("/sign-in", data=form, follow_redirects=False).status_code == 303
    assert "north" in entered.get("/settings/audit").text
    assert browser.post("/settings/workspaces", data={"short_name": "north"}).status_code == 409


@pytest.mark.parametrize(
    "body", [{"kind": "write", "workspace_id": "other"}, {"kind": "write", "created_by": "x"}, {"kind": "write", "id": "1"}]
)
def test_what_only_the_house_sets_cannot_be_sent(house, body):
    """An unknown or a server-owned member of a body is refused, not taken."""
    refused = house.api().post("/api/v1/keys", json=body)
    assert refused.status_code == 422
    assert refused.json()["field"] in body
