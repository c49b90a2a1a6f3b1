"""The chat's doors: what a visitor may do, and what nobody else may see."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from corridor.ground.access import find_workspace
from corridor.ground.access.facts import Actor
from corridor.ground.access.keys import keys_of, revoke_key
from corridor.ground.channels.chat import identifier_hash, token_for
from corridor.ground.vocabulary import DAY, now
from corridor.serve.chat.settings import find_chat_settings, renew_widget_secret
from tests.conftest import House
from tests.serve.conftest import Browser, nadia, new_browser

TESTER = Actor("test", "Test", "command line")


def signed(house: House, user_id: str) -> str:
    """Return the hash that the shop's own server would put beside its user."""
    with house.read() as connection:
        settings = find_chat_settings(connection, house.workspace_id)
    assert settings is not None
    return identifier_hash(settings.widget_secret, user_id)


def conversation_of(house: House) -> str:
    """Return the id of the only conversation."""
    found = house.api().get("/api/v1/conversations").json()["items"]
    assert len(found) == 1
    return str(found[0]["id"])


def test_a_visitor_and_an_agent_talk(house: House, browser: Browser) -> None:
    """What a visitor writes stands at the desk, and what the agent answers stands in the browser."""
    assert browser.write("Where is my parcel?").status_code == 200
    house.walk()
    desk, id = house.client, conversation_of(house)
    assert "Where is my parcel?" in desk.get(f"/conversations/{id}").text
    answer = desk.post(f"/conversations/{id}/messages", data={"text": "It comes before noon."}, follow_redirects=False)
    assert answer.status_code == 303
    assert browser.texts() == ["Where is my parcel?", "It comes before noon."]


def test_a_message_sent_twice_is_one_message(house: House, browser: Browser) -> None:
    """A browser that never heard the answer sends the same client id again, and nothing stands there twice."""
    first = browser.write("Hello", "client-0001")
    again = browser.write("Hello", "client-0001")
    assert again.status_code == 200
    assert again.json() == first.json()
    assert browser.texts() == ["Hello"]
    house.walk()
    with house.read() as connection:
        events = connection.scalar(
            text("SELECT count(*) FROM timeline WHERE workspace_id = 'main' AND name = 'Message Received'")
        )
    assert events == 1


def test_a_reload_goes_on_with_the_same_conversation(house: House, browser: Browser) -> None:
    """A page that was loaded again sends its token and finds its history; what it writes goes on there."""
    browser.write("First")
    token = browser.token
    session = browser.begin()
    assert browser.token == token
    assert session["last"] == 1
    browser.write("Second")
    assert browser.texts() == ["First", "Second"]
    conversation_of(house)


def test_another_browser_sees_nothing(house: House, browser: Browser) -> None:
    """A visitor without the token sees no word of a stranger, even with the same anonymous id."""
    browser.write("My address is Keizersgracht 1")
    thief = new_browser(house)
    thief.begin(anonymousId=browser.anonymous_id)
    assert thief.texts() == []
    thief.anonymous_id = browser.anonymous_id
    thief.write("Hello")
    house.walk()
    assert thief.texts() == ["Hello"]
    assert browser.texts() == ["My address is Keizersgracht 1"]


def test_forged_tokens_are_refused(house: House, browser: Browser) -> None:
    """A token that this workspace's secret did not sign opens nothing, however it was made."""
    browser.write("Hello")
    version, workspace, visitor, signature = browser.token.split(".")
    forged = [
        "",
        "Bearer",
        f"Bearer {version}.{workspace}.{visitor}.{'A' * 43}",
        f"Bearer {version}.other.{visitor}.{signature}",
        f"Bearer {version}.{workspace}.{uuid4()}.{signature}",
        f"Bearer {token_for('a secret of their own', workspace, visitor)}",
        f"Basic {browser.token}",
        f"Bearer {browser.token}x",
    ]
    for authorization in forged:
        for method, path in (
            ("GET", "/chat/messages"),
            ("POST", "/chat/messages"),
            ("POST", "/chat/typing"),
            ("GET", "/chat/events"),
        ):
            answer = browser.client.request(
                method, path, headers={"Authorization": authorization}, json={"text": "x"} if method == "POST" else None
            )
            assert answer.status_code == 401, (authorization, path)
            assert answer.json()["code"] == "bad_token"
            assert answer.headers["access-control-allow-origin"] == "*"


def test_a_claimed_user_id_opens_nothing(house: House) -> None:
    """A page may claim any user id and e-mail; without the right hash the visitor stays a stranger, everywhere."""
    customer = nadia(house)
    house.send(
        {"type": "track", "event": "Message Received", "userId": "nadia", "messageId": "mail-1", "channel": "email",
         "properties": {"text": "My new address is Keizersgracht 1"}},
    )  # fmt: skip
    thief = new_browser(house)
    for claim in (
        {},
        {"identifierHash": ""},
        {"identifierHash": "0" * 64},
        {"identifierHash": identifier_hash("guess", "nadia")},
    ):
        session = thief.begin(userId="nadia", traits={"email": "nadia@example.com", "name": "Nadia"}, **claim)
        assert session["verified"] is False
        assert thief.texts() == []
    thief.write("It is me", userId="nadia", traits={"email": "nadia@example.com"})
    house.walk()
    assert thief.texts() == ["It is me"]
    found = house.api().get("/api/v1/conversations").json()["items"]
    assert {one["customer_id"] == customer for one in found} == {True, False}, "the claim made the visitor nobody's customer"
    page = house.client.get(f"/conversations/{next(one['id'] for one in found if one['customer_id'] != customer)}").text
    assert "not proven" in page


def test_a_signed_user_goes_on_in_another_browser(house: House, browser: Browser) -> None:
    """A user id that the shop's server signed brings the conversation into every browser of that user."""
    customer = nadia(house)
    browser.begin(userId="nadia", identifierHash=signed(house, "nadia"))
    browser.write("Where is my parcel?")
    house.walk()
    phone = new_browser(house)
    session = phone.begin(userId="nadia", identifierHash=signed(house, "nadia"))
    assert session["verified"] is True
    assert phone.texts() == ["Where is my parcel?"]
    phone.write("And the lamp?")
    assert browser.texts() == ["Where is my parcel?", "And the lamp?"]
    found = house.api().get("/api/v1/conversations").json()["items"]
    assert [one["customer_id"] for one in found] == [customer]
    assert found[0]["verified"] is True


def test_signing_in_during_a_chat_keeps_what_was_said(house: House, browser: Browser) -> None:
    """A visitor who signs in goes on with what they wrote before, and it becomes theirs in every browser."""
    customer = nadia(house)
    browser.write("Before I signed in")
    house.walk()
    browser.begin(userId="nadia", identifierHash=signed(house, "nadia"))
    assert browser.texts() == ["Before I signed in"]
    house.walk()
    assert house.api().get("/api/v1/conversations").json()["items"][0]["customer_id"] == customer


def test_two_people_share_a_browser(house: House, browser: Browser) -> None:
    """Whoever signs in after somebody else gets a conversation of their own."""
    browser.begin(userId="nadia", identifierHash=signed(house, "nadia"))
    browser.write("Nadia's words")
    browser.begin(userId="omid", identifierHash=signed(house, "omid"))
    assert browser.texts() == []


def test_the_former_secret_counts_for_a_day(house: House, browser: Browser) -> None:
    """While a company changes its secret, hashes of both count; a day later only those of the new one."""
    browser.write("Hello")
    old = signed(house, "nadia")
    with house.write() as connection:
        workspace = find_workspace(connection, "main")
        assert workspace is not None
        renew_widget_secret(connection, workspace, TESTER)
    assert new_browser(house).begin(userId="nadia", identifierHash=old)["verified"] is True
    assert new_browser(house).begin(userId="nadia", identifierHash=signed(house, "nadia"))["verified"] is True
    with house.write() as connection:
        connection.execute(
            text("UPDATE chat_settings SET former_until = :past WHERE workspace_id = 'main'"), {"past": now() - DAY}
        )
    assert new_browser(house).begin(userId="nadia", identifierHash=old)["verified"] is False


def test_notes_stay_in_the_house(house: House, browser: Browser) -> None:
    """A note among colleagues never reaches the customer."""
    browser.write("Hello")
    house.walk()
    id = conversation_of(house)
    house.client.post(f"/conversations/{id}/messages", data={"text": "He is angry", "kind": "note"})
    assert browser.texts() == ["Hello"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": ""}, "message_empty"),
        ({"text": " \n\u0000 "}, "message_empty"),
        ({"text": 7}, "message_empty"),
        ({"text": "x" * 10_001}, "message_too_long"),
        ({"text": "Hello", "clientId": "short"}, "bad_client_id"),
        ({"text": "Hello", "clientId": None}, "bad_client_id"),
    ],
)
def test_what_is_no_message_is_refused(house: House, browser: Browser, body: dict[str, object], code: str) -> None:
    """A message without words, or with too many, is refused with a sentence, and nothing is kept."""
    browser.begin()
    answer = browser.client.post("/chat/messages", json={"clientId": "client-0001"} | body, headers=browser.headers)
    assert answer.status_code in (413, 422)
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"
    assert browser.texts() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 50_000])
def test_what_is_no_json_is_refused(house: House, browser: Browser, body: bytes) -> None:
    """A body that cannot be read gets a clear answer, whatever it is."""
    browser.begin()
    answer = browser.client.post("/chat/messages", content=body, headers=browser.headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_json"


def test_a_body_over_the_limit_is_refused(house: House, browser: Browser) -> None:
    """Nobody fills the house's memory through the chat."""
    browser.begin()
    answer = browser.client.post("/chat/messages", content=b"x" * 70_000, headers=browser.headers)
    assert answer.status_code == 413


def test_plain_text_bodies_need_no_preflight(house: House, browser: Browser) -> None:
    """A body sent as plain text is read as JSON, as browsers send it to spare the pre-flight."""
    browser.begin()
    body = json.dumps({"text": "Hello", "clientId": "client-0001"})
    answer = browser.client.post("/chat/messages", content=body, headers=browser.headers | {"Content-Type": "text/plain"})
    assert answer.status_code == 200


def test_pages_of_other_origins_may_ask(house: House, browser: Browser) -> None:
    """A browser's pre-flight from any origin is answered, with the headers the widget sends."""
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = browser.client.options("/chat/messages", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers


def test_the_thirty_first_message_of_a_minute_waits(house: House, browser: Browser) -> None:
    """More than 30 messages a minute are refused with the time to wait; a retry of one that was kept is not."""
    browser.write("0", "client-0000")
    for number in range(1, 30):
        assert browser.write(str(number)).status_code == 200
    refused = browser.write("one more")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert refused.headers["access-control-allow-origin"] == "*"
    assert browser.write("0", "client-0000").status_code == 200
    assert len(browser.texts()) == 30


def test_the_seventh_conversation_of_a_network_waits(house: House, browser: Browser) -> None:
    """One network begins six conversations in twelve hours; a forged address changes nothing."""
    for number in range(6):
        assert new_browser(house).write(f"Hello {number}").status_code == 200
    late = new_browser(house)
    late.begin()
    body = {"text": "Hello", "clientId": "client-0001"}
    answer = late.client.post("/chat/messages", json=body, headers=late.headers | {"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_conversations"


def test_a_revoked_key_opens_no_chat(house: House, browser: Browser) -> None:
    """A write key that was revoked, or never was, gets a sentence that says what to do."""
    browser.begin()
    with house.write() as connection:
        for key in keys_of(connection, "main"):
            revoke_key(connection, "main", key.id, TESTER)
    for sent in (browser.key, "wk_main_unknown", "nonsense"):
        answer = browser.client.get(f"/chat/{sent}/config")
        assert answer.status_code == 404
        assert "revoked" in answer.json()["detail"]
        assert browser.client.post("/chat/session", json={"writeKey": sent}).status_code == 401


def test_the_chat_speaks_the_language_of_the_page(house: House, browser: Browser) -> None:
    """The widget's words come in the page's language and direction, English where we don't speak it."""
    persian = browser.client.get(f"/chat/{browser.key}/config?language=fa-IR").json()
    assert (persian["direction"], persian["words"]["label"]) == ("rtl", "پیام شما")
    german = browser.client.get(f"/chat/{browser.key}/config?language=de").json()
    assert (german["language"], german["direction"], german["words"]["label"]) == ("en", "ltr", "Your message")


def test_what_was_said_stands_on_the_timeline(house: House, browser: Browser) -> None:
    """Each message is an event of its customer, and how long the first answer took can be measured."""
    browser.write("Where is my parcel?")
    house.walk()
    id = conversation_of(house)
    house.client.post(f"/conversations/{id}/messages", data={"text": "Before noon."})
    house.client.post(f"/conversations/{id}/close")
    house.walk()
    program = house.api()
    customer = program.get(f"/api/v1/conversations/{id}").json()["customer_id"]
    moments = program.get(f"/api/v1/customers/{customer}/timeline").json()["items"]
    by_name = {one["name"]: one["detail"] for one in moments}
    assert {"Live Chat Conversation Started", "Message Received", "Message Sent", "Live Chat Conversation Ended"} <= set(by_name)
    assert by_name["Message Received"]["text"] == "Where is my parcel?"
    assert by_name["Message Sent"]["first_reply_s"] >= 0
    assert by_name["Live Chat Conversation Ended"]["messages"] == 2


def test_the_desk_sees_what_was_read(house: House, browser: Browser) -> None:
    """When the visitor has read an answer, the agent can see it."""
    browser.write("Hello")
    house.walk()
    id = conversation_of(house)
    desk = house.client
    desk.post(f"/conversations/{id}/messages", data={"text": "Good morning"})
    assert browser.begin()["unread"] == 1
    number = browser.client.get("/chat/messages", headers=browser.headers).json()["items"][-1]["number"]
    browser.client.post("/chat/read", json={"number": number}, headers=browser.headers)
    assert browser.begin()["unread"] == 0
    assert house.api().get(f"/api/v1/conversations/{id}/messages").json()["items"][-1]["read_at"]


def test_markup_is_shown_as_it_was_typed(house: House, browser: Browser) -> None:
    """Nothing that a visitor writes becomes markup, in the words, the name or the page they tell."""
    trap = '<img src=x onerror=alert(1)><script>alert(2)</script> javascript:alert(3) https://example.com/"onmouseover="alert(4)'
    browser.write(trap, traits={"name": trap[:100], "email": "<svg onload=alert(5)>"}, page=trap)
    house.walk()
    id = conversation_of(house)
    desk = house.client
    for path in (
        f"/conversations/{id}",
        "/conversations",
        f"/customers/{house.api().get(f'/api/v1/conversations/{id}').json()['customer_id']}",
    ):
        page = desk.get(path).text
        for mark in ("<img src=x", "<script>alert", "<svg onload", 'href="javascript', '"onmouseover='):
            assert mark not in page, (path, mark)
    assert '<a href="https://example.com/"' in desk.get(f"/conversations/{id}").text


def test_workspaces_do_not_hear_each_other(house: House, other_workspace: House, browser: Browser) -> None:
    """A token of one workspace opens nothing in another, and neither desk sees the other's conversations."""
    browser.write("Of main")
    stranger = new_browser(other_workspace)
    stranger.write("Of other")
    house.walk()
    assert [one["subject"] for one in house.api().get("/api/v1/conversations").json()["items"]] == ["Of main"]
    assert [one["subject"] for one in other_workspace.api().get("/api/v1/conversations").json()["items"]] == ["Of other"]
    id = conversation_of(house)
    foreign = other_workspace.sign_in()
    for path in (f"/conversations/{id}", f"/api/v1/conversations/{id}", f"/api/v1/conversations/{id}/messages"):
        assert foreign.get(path).status_code == 404
    assert foreign.post(f"/conversations/{id}/messages", data={"text": "x"}).status_code == 404
    assert foreign.patch(f"/api/v1/conversations/{id}", json={"state": "closed"}).status_code == 404
