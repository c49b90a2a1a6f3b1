"""The chat's settings, the script and the test page."""

from __future__ import annotations

import gzip

import pytest

from corridor.ground.access.facts import Actor
from corridor.ground.access.keys import keys_of, revoke_key
from corridor.ground.ui.assets import DIST
from tests.conftest import House

built = pytest.mark.skipif(not (DIST / "sdk/corridor.js").is_file(), reason="the pages are not built: run `make setup`")


@built
def test_any_page_may_load_the_script(house: House) -> None:
    """The script comes packed, for pages of any origin, and is small."""
    answer = house.visitor().get("/sdk/corridor.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(gzip.compress((DIST / "sdk/corridor.js").read_bytes())) <= 12_000


def test_the_test_page_has_the_snippet(house: House) -> None:
    """Anybody who has the address can try the chat; the page carries a key that works."""
    page = house.visitor().get("/sdk/demo/main")
    assert page.status_code == 200
    key = page.text.split('data-write-key="')[1].split('"')[0]
    assert house.visitor().get(f"/chat/{key}/config").status_code == 200
    assert house.visitor().get("/sdk/demo/nowhere").status_code == 404
    assert "rtl" in house.visitor().get("/sdk/demo/main?language=fa").text


def test_a_revoked_test_key_can_be_replaced(house: House) -> None:
    """Where the test page's key was revoked, the page says so, and an administrator makes a new one."""
    house.visitor().get("/sdk/demo/main")
    with house.write() as connection:
        for key in keys_of(connection, "main"):
            revoke_key(connection, "main", key.id, Actor("test", "Test", "command line"))
    assert "was revoked" in house.visitor().get("/sdk/demo/main").text
    house.client.post("/conversations/widget/test-key")
    assert "data-write-key" in house.visitor().get("/sdk/demo/main").text


def test_settings_change_what_the_widget_shows(house: House) -> None:
    """Name, colour, greeting and language of the chat are the company's."""
    desk, key = house.client, house.write_key()
    answer = desk.post(
        "/conversations/widget",
        data={"name": "Noor & Co", "colour": "#AA3377", "greeting": "Welkom", "language": "fa"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    shown = house.visitor().get(f"/chat/{key}/config?language=en").json()
    assert (shown["name"], shown["colour"], shown["words"]["greeting"], shown["language"]) == (
        "Noor & Co",
        "#aa3377",
        "Welkom",
        "fa",
    )


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 61}, {"colour": "red"}, {"colour": "#12345"}, {"greeting": "x" * 301}, {"language": "de"}],
)
def test_wrong_settings_are_named(house: House, wrong: dict[str, str]) -> None:
    """A value that cannot be used is refused with a sentence, and nothing changes."""
    right = {"name": "Main", "colour": "#0f6b66", "greeting": "", "language": "auto"}
    desk = house.client
    desk.get("/conversations/widget")
    answer = desk.post("/conversations/widget", data=right | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert house.visitor().get(f"/chat/{house.write_key()}/config").json()["name"] == "Main"


def test_only_administrators_see_the_secret(house: House) -> None:
    """The widget secret is for administrators; who configures the chat sees the rest, and an agent nothing of it."""
    page = house.sign_in("admin").get("/conversations/widget").text
    assert "Show the secret" in page
    assert "Show the secret" not in house.sign_in("marketing").get("/conversations/widget").text
    assert house.sign_in("marketing").post("/conversations/widget/secret").status_code == 403
    assert house.sign_in("agent").get("/conversations/widget").status_code == 403
