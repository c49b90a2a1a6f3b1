"""Signing in: who may, how often they may try, and when a session ends."""

from __future__ import annotations

import re
import statistics
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from corridor.ground.access.facts import Actor
from corridor.ground.access.people import add_person, change_role, disable_person, set_password
from corridor.ground.access.sign_in import local_path
from corridor.ground.access.tables import attempts, devices, sessions
from corridor.ground.vocabulary import SECOND, now

OPERATOR = Actor("operator", "Nima", "command line")
PASSWORD = "four words apart"


@pytest.fixture
def sara(house):
    """Sara, who keeps the house in order."""
    with house.write() as connection:
        return add_person(connection, "main", "Sara@Example.com", "admin", PASSWORD, OPERATOR, name="Sara")


@pytest.fixture
def omid(house, sara):
    """Omid, an agent."""
    with house.write() as connection:
        return add_person(connection, "main", "omid@example.com", "agent", PASSWORD, OPERATOR, name="Omid")


def try_to_enter(browser, email="sara@example.com", password=PASSWORD, **more):
    return browser.post("/sign-in", data={"email": email, "password": password} | more, follow_redirects=False)


def is_in(browser):
    return browser.get("/settings/account", follow_redirects=False).status_code == 200


def csrf_of(browser):
    return re.search(r'name="csrf" value="([^"]+)"', browser.get("/settings/account").text).group(1)


def test_before_the_first_person_the_page_says_which_command_adds_one(house):
    """A fresh installation tells how to begin."""
    assert "corridor user add" in house.visitor().get("/sign-in").text


def test_a_person_signs_in_with_address_and_password(house, sara):
    """Address (however it is written) and password open the house."""
    browser = house.visitor()
    answer = try_to_enter(browser, "  sara@EXAMPLE.com ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_in(browser)


def test_the_session_cookie_cannot_be_read_or_sent_elsewhere(house, sara):
    """The cookie is bound to this host, to https, and out of the reach of scripts."""
    cookie = next(one for one in try_to_enter(house.visitor()).headers.get_list("set-cookie") if one.startswith("__Host-sid"))
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_the_database_keeps_no_session_token(house, sara):
    """Whoever reads the database cannot take over a session."""
    browser = house.visitor()
    try_to_enter(browser)
    token = browser.cookies["__Host-sid"].split(".")[1]
    with house.read() as connection:
        assert token not in repr(connection.execute(sessions.select().where(sessions.c.workspace_id == "main")).all())
    assert len(token) >= 43


def test_signing_in_again_makes_a_new_session_and_ends_the_old(house, sara):
    """A session that was there before signing in is never carried on (no fixation)."""
    browser = house.visitor()
    try_to_enter(browser)
    old = browser.cookies["__Host-sid"]
    try_to_enter(browser)
    assert browser.cookies["__Host-sid"] != old
    thief = house.visitor()
    thief.cookies.set("__Host-sid", old)
    assert not is_in(thief)


def test_a_planted_session_opens_nothing(house, sara):
    """A session that we did not give is no session, and signing in does not adopt it."""
    browser = house.visitor()
    browser.cookies.set("__Host-sid", "main.planted")
    assert not is_in(browser)
    try_to_enter(browser)
    thief = house.visitor()
    thief.cookies.set("__Host-sid", "main.planted")
    assert not is_in(thief)


@pytest.mark.parametrize("cookie", ["", ".", "main.", ".x", "other.x", "main", "é.é", "main.x.y"])
def test_a_malformed_session_is_no_session(house, sara, cookie):
    """Nonsense in the cookie leads to the sign-in page, not to an error."""
    answer = house.visitor().get(
        "/settings/account", headers={"Cookie": b"__Host-sid=" + cookie.encode()}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(house, sara):
    """Nobody learns from the answer who has an account."""
    wrong, unknown = try_to_enter(house.visitor(), password="not it at all"), try_to_enter(house.visitor(), "soro@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("sara@", "soro@") == unknown.text


def test_an_unknown_address_takes_the_time_of_a_known_one(house, sara, monkeypatch):
    """Nobody learns from the time an answer takes who has an account: both cost one argon2."""
    from corridor.ground.access import signing_in

    checked = []
    real = signing_in.matches
    monkeypatch.setattr(signing_in, "matches", lambda *words: checked.append(1) or real(*words))
    costs = {}
    for email in ("sara@example.com", "nobody@example.com"):
        took = []
        for _ in range(3):
            begun = time.perf_counter()
            try_to_enter(house.visitor(), email, "not it at all")
            took.append(time.perf_counter() - begun)
        costs[email] = statistics.median(took)
    assert len(checked) == 6
    assert max(costs.values()) < 3 * min(costs.values())


def test_the_sixth_attempt_in_five_minutes_has_to_wait(house, sara):
    """Five tries from one place on one address; then 429 with the time to wait, also for the right password, also after a restart."""
    for _ in range(5):
        assert try_to_enter(house.visitor(), password="not it at all").status_code == 401
    answer = try_to_enter(house.visitor())
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert "Wait 5 minutes" in answer.text


def test_waiting_lets_one_try_again(house, sara):
    """After the window has passed, the right password opens the house."""
    for _ in range(5):
        try_to_enter(house.visitor(), password="not it at all")
    with house.write() as connection:
        connection.execute(update(attempts).where(attempts.c.workspace_id == "").values(at=attempts.c.at - 301 * SECOND))
    assert try_to_enter(house.visitor()).status_code == 303


def test_ten_attempts_on_one_address_from_everywhere_have_to_wait(house, sara, monkeypatch):
    """An address under attack from many places is closed to strangers after ten tries in a quarter of an hour."""
    with house.write() as connection:
        from corridor.ground.access.signing_in import _key
        from corridor.ground.vocabulary import new_id

        who = _key("name", "sara@example.com")
        for _ in range(10):
            connection.execute(attempts.insert().values(workspace_id="", id=new_id(), who=who, at=now() - 6 * 60 * SECOND))
    assert try_to_enter(house.visitor()).status_code == 429


def test_the_owner_gets_in_from_a_known_device_under_attack(house, sara):
    """Strangers who try an address cannot lock its owner out of a device that she signed in from."""
    hers = house.visitor()
    try_to_enter(hers)
    hers.cookies.delete("__Host-sid")
    for _ in range(6):
        last = try_to_enter(house.visitor(), password="not it at all")
    assert last.status_code == 429
    assert try_to_enter(hers).status_code == 303


def test_a_forwarded_address_does_not_get_around_the_limits(house, sara):
    """What a caller says about where they are counts for nothing."""
    for number in range(6):
        browser = house.visitor()
        last = browser.post(
            "/sign-in", data={"email": "sara@example.com", "password": "not it"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
    assert last.status_code == 429


def test_a_successful_sign_in_is_not_held_against_anybody(house, sara):
    """Signing in often is fine."""
    for _ in range(8):
        assert try_to_enter(house.visitor()).status_code == 303


def test_nothing_about_the_tries_names_a_person(house, sara):
    """The table of attempts tells nobody who tried."""
    try_to_enter(house.visitor(), "secret.admirer@example.com", "not it at all")
    with house.read() as connection:
        assert "admirer" not in repr(connection.execute(attempts.select().where(attempts.c.workspace_id == "")).all())


def test_signing_out_ends_the_session(house, sara):
    """After signing out the session is dead on our side, and the browser is told to forget."""
    browser = house.visitor()
    try_to_enter(browser)
    kept = browser.cookies["__Host-sid"]
    answer = browser.post("/sign-out", data={"csrf": csrf_of(browser)}, follow_redirects=False)
    assert answer.status_code == 303
    assert "storage" in answer.headers["clear-site-data"]
    thief = house.visitor()
    thief.cookies.set("__Host-sid", kept)
    assert not is_in(thief)


@pytest.mark.parametrize(("column", "minutes"), [("seen_at", 31), ("expires_at", 12 * 60 + 1)])
def test_a_session_ends_when_idle_or_old(house, sara, column, minutes):
    """Half an hour without a request, or twelve hours in all, and one signs in again."""
    browser = house.visitor()
    try_to_enter(browser)
    moved = {column: sessions.c[column] - minutes * 60 * SECOND}
    with house.write() as connection:
        connection.execute(update(sessions).where(sessions.c.workspace_id == "main").values(**moved))
    assert not is_in(browser)


def test_use_keeps_a_session_awake(house, sara):
    """A session that is used does not go idle."""
    browser = house.visitor()
    try_to_enter(browser)
    for _ in range(3):
        with house.write() as connection:
            connection.execute(
                update(sessions).where(sessions.c.workspace_id == "main").values(seen_at=sessions.c.seen_at - 20 * 60 * SECOND)
            )
        assert is_in(browser)


@pytest.mark.parametrize(
    "change",
    [
        lambda connection, person: set_password(connection, "main", person.id, "other words altogether", OPERATOR),
        lambda connection, person: change_role(connection, "main", person.id, "manager", OPERATOR),
        lambda connection, person: disable_person(connection, "main", person.id, OPERATOR),
    ],
    ids=["password", "role", "disabled"],
)
def test_a_change_of_rights_ends_all_sessions(house, omid, change):
    """A new password, another role or being disabled ends every session of that person at once."""
    browser = house.visitor()
    try_to_enter(browser, "omid@example.com")
    assert is_in(browser)
    with house.write() as connection:
        change(connection, omid)
    assert not is_in(browser)


def test_who_is_disabled_cannot_sign_in(house, omid):
    """The right password of somebody disabled gets the answer of a wrong one."""
    with house.write() as connection:
        disable_person(connection, "main", omid.id, OPERATOR)
    assert try_to_enter(house.visitor(), "omid@example.com").status_code == 401


def test_changing_ones_password_ends_the_other_sessions_and_keeps_this_one(house, omid):
    """The browser in which the password is changed goes on with a new session; all others are out."""
    here, elsewhere = house.visitor(), house.visitor()
    for browser in (here, elsewhere):
        try_to_enter(browser, "omid@example.com")
    before = here.cookies["__Host-sid"]
    form = {"csrf": csrf_of(here), "present": PASSWORD, "password": "other words altogether"}
    assert here.post("/settings/account/password", data=form, follow_redirects=False).status_code == 303
    assert here.cookies["__Host-sid"] != before
    assert is_in(here)
    assert not is_in(elsewhere)
    with house.read() as connection:
        assert connection.execute(devices.select().where(devices.c.workspace_id == "main")).all() == []


@pytest.mark.parametrize(
    ("present", "password", "said"),
    [
        ("not it at all", "other words altogether", "not right"),
        (PASSWORD, "short", "at least 10"),
        (PASSWORD, "password123", "among the first"),
    ],
)
def test_a_new_password_has_to_be_good_and_the_old_one_known(house, omid, present, password, said):
    """Changing a password takes the present one, and one that is not guessed first."""
    browser = house.visitor()
    try_to_enter(browser, "omid@example.com")
    answer = browser.post("/settings/account/password", data={"csrf": csrf_of(browser), "present": present, "password": password})
    assert answer.status_code in (403, 422)
    assert said in answer.text


def test_a_long_password_is_not_cut(house, sara):
    """All of a long password counts."""
    words = "correct horse battery staple " * 8
    with house.write() as connection:
        set_password(connection, "main", sara.id, words, OPERATOR)
    assert try_to_enter(house.visitor(), password=words[:-1]).status_code == 401
    assert try_to_enter(house.visitor(), password=words).status_code == 303


def test_an_old_hash_is_made_stronger_at_sign_in(house, sara):
    """A hash made with weaker settings is replaced when its owner comes by."""
    from argon2 import PasswordHasher

    from corridor.ground.access.tables import people

    weak = PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)
    with house.write() as connection:
        connection.execute(
            update(people).where(people.c.workspace_id == "main", people.c.id == sara.id).values(password_hash=weak)
        )
    assert try_to_enter(house.visitor()).status_code == 303
    with house.read() as connection:
        kept = (
            connection.execute(people.select().where(people.c.workspace_id == "main", people.c.id == sara.id)).one().password_hash
        )
    assert "m=19456,t=2,p=1" in kept


def test_somebody_in_two_workspaces_chooses(house, other_workspace, sara):
    """Who belongs to several workspaces with one password is asked which."""
    with house.write() as connection:
        add_person(connection, "other", "sara@example.com", "manager", PASSWORD, OPERATOR)
    browser = house.visitor()
    asked = try_to_enter(browser)
    assert asked.status_code == 200
    assert 'value="other"' in asked.text
    assert try_to_enter(browser, workspace="other").status_code == 303
    assert "Experience manager" in browser.get("/settings/account").text


# --- requests from elsewhere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_another_site_can_neither_sign_in_nor_change_anything(house, sara, headers):
    """A form on another site is refused, with or without our token."""
    assert (
        house.visitor().post("/sign-in", data={"email": "sara@example.com", "password": PASSWORD}, headers=headers).status_code
        == 403
    )
    browser = house.visitor()
    try_to_enter(browser)
    token = csrf_of(browser)
    for path in ("/preferences", "/settings/keys", "/sign-out", "/settings/people"):
        form = {"csrf": token, "kind": "write", "theme": "dark", "email": "x@example.com", "role": "agent", "password": PASSWORD}
        assert browser.post(path, data=form, headers=headers).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"csrf": ""}, {"csrf": "x"}])
def test_without_its_token_a_form_is_refused(house, sara, sent):
    """A change needs the token of the session that makes it."""
    browser = house.visitor()
    try_to_enter(browser)
    assert browser.post("/preferences", data={"theme": "dark"} | sent).status_code == 403
    assert (
        browser.post("/preferences", data={"theme": "dark", "csrf": csrf_of(browser)}, follow_redirects=False).status_code == 303
    )


def test_the_token_of_another_session_does_not_count(house, sara):
    """Each session has a token of its own."""
    first, second = house.visitor(), house.visitor()
    try_to_enter(first)
    try_to_enter(second)
    assert first.post("/preferences", data={"theme": "dark", "csrf": csrf_of(second)}).status_code == 403


def test_json_in_disguise_is_refused(house, sara):
    """A body that another site may send without asking (text/plain) changes nothing over the API."""
    browser = house.visitor()
    try_to_enter(browser)
    headers = {"Content-Type": "text/plain", "X-CSRF-Token": csrf_of(browser)}
    assert browser.post("/api/v1/keys", content='{"kind": "secret"}', headers=headers).status_code == 422


def test_a_key_needs_no_token(house, sara):
    """A program with a secret key is no browser and carries no token."""
    assert house.api().post("/api/v1/keys", json={"kind": "write"}).status_code == 201


# --- where one goes on -----------------------------------------------------------------------------------------------


def test_after_signing_in_one_goes_on_where_one_was_going(house, sara):
    """A link in a mail leads to its page, with sign-in on the way."""
    browser = house.visitor()
    sent = browser.get("/settings/audit?action=signed+in", follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/sign-in?next=" + quote("/settings/audit?action=signed+in", safe="/")
    assert (
        try_to_enter(browser, next="/settings/audit?action=signed+in").headers["location"] == "/settings/audit?action=signed+in"
    )


@pytest.mark.parametrize(
    "away",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "evil",
     "/ok\r\nSet-Cookie: a=b", "https:evil.example", "///evil.example", "/\u2028/x", "", "http:///evil.example", "//user@evil.example", "/\x00"],
)  # fmt: skip
def test_nobody_is_led_away(house, sara, away):
    """Signing in, choosing a theme or coming back while signed in never leads to another site."""
    assert local_path(away) == "/"
    browser = house.visitor()
    assert try_to_enter(browser, next=away).headers["location"] == "/"
    form = {"csrf": csrf_of(browser), "theme": "dark", "next": away}
    assert browser.post("/preferences", data=form, follow_redirects=False).headers["location"] == "/"
    assert browser.get("/sign-in", params={"next": away}, follow_redirects=False).headers["location"] == "/"


@given(st.text())
def test_a_local_path_is_local_whatever_is_typed(address):
    """However it is written, what comes out begins with one slash and names no host."""
    from urllib.parse import urljoin, urlsplit

    path = local_path(address)
    assert urlsplit(urljoin("https://house.example/here", path)).netloc == "house.example"


def test_choices_of_language_and_theme_stay(house, omid):
    """Language and theme are kept with the person."""
    browser = house.visitor()
    try_to_enter(browser, "omid@example.com")
    browser.post("/preferences", data={"csrf": csrf_of(browser), "language": "fa", "theme": "dark"})
    shown = browser.get("/settings/account").text
    assert 'lang="fa" dir="rtl" data-theme="dark"' in shown
    assert browser.post("/preferences", data={"csrf": csrf_of(browser), "language": "xx"}).status_code == 422


def test_the_sign_in_page_speaks_the_visitors_language(house, sara):
    """The browser's language, or a click, chooses the language before anybody is known."""
    assert 'dir="rtl"' in house.visitor().get("/sign-in", headers={"Accept-Language": "fa-IR,fa;q=0.9"}).text
    assert 'dir="rtl"' in house.visitor().get("/sign-in?language=fa").text


def test_an_unencrypted_address_is_named_as_the_reason(house, sara):
    """Where the browser would drop the cookie for lack of https, the page says so instead of asking again and again."""
    from starlette.testclient import TestClient

    plain = TestClient(house.app, base_url="http://desk.example")
    assert "not encrypted" in plain.get("/sign-in").text
    assert "not encrypted" not in TestClient(house.app, base_url="http://127.0.0.1:8765").get("/sign-in").text
