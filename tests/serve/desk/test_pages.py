"""The desk: the inbox, answering, notes, handing on and closing, all without JavaScript."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from corridor.ground.access import people_of
from tests.conftest import House
from tests.serve.conftest import Browser, new_browser


@pytest.fixture
def talk(house: House, browser: Browser) -> str:
    """A conversation in which a visitor has written."""
    browser.write("Where is my parcel?")
    house.walk()
    id: str = house.api().get("/api/v1/conversations").json()["items"][0]["id"]
    return id


def field(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has a field {name}"
    return found.group(1)


def person(house: House, name: str) -> str:
    """Return the id of a colleague."""
    with house.read() as connection:
        return next(one.id for one in people_of(connection, "main") if one.name == name)


def rows(client: TestClient, view: str) -> int:
    """Return how many conversations lie on a pile."""
    return client.get(f"/conversations?view={view}").text.count('<tr id="talk-')


def test_an_empty_inbox_teaches(house: House) -> None:
    """With no conversation, the page says what will stand here and leads to what brings it."""
    page = house.client.get("/conversations").text
    assert "Nobody waits" in page
    assert "/conversations/widget" in page


def test_piles_of_the_inbox(house: House, browser: Browser, talk: str) -> None:
    """A conversation is nobody's until somebody answers; then it is theirs; closed, it lies with the closed ones."""
    desk = house.client
    assert (rows(desk, "unassigned"), rows(desk, "mine"), rows(desk, "all"), rows(desk, "closed")) == (1, 0, 1, 0)
    desk.post(f"/conversations/{talk}/messages", data={"text": "It comes."})
    assert (rows(desk, "unassigned"), rows(desk, "mine"), rows(desk, "all"), rows(desk, "closed")) == (0, 1, 1, 0)
    assert rows(house.sign_in(name="Reza Karimi"), "mine") == 0
    desk.post(f"/conversations/{talk}/close")
    assert (rows(desk, "all"), rows(desk, "closed")) == (0, 1)
    desk.post(f"/conversations/{talk}/reopen")
    assert rows(desk, "all") == 1


def test_who_waits_longest_stands_first(house: House) -> None:
    """The inbox orders by how long somebody has waited; who was answered comes after."""
    for name in ("first", "second", "third"):
        new_browser(house).write(name)
    house.walk()
    desk = house.client
    order = [one["subject"] for one in house.api().get("/api/v1/conversations").json()["items"]]
    assert order == ["first", "second", "third"]
    first = house.api().get("/api/v1/conversations").json()["items"][0]["id"]
    desk.post(f"/conversations/{first}/messages", data={"text": "Hello"})
    order = [one["subject"] for one in house.api().get("/api/v1/conversations").json()["items"]]
    assert order == ["second", "third", "first"]


def test_unread_marks_go_when_somebody_looks(house: House, browser: Browser, talk: str) -> None:
    """A conversation with new words is marked, until somebody of the house has opened it."""
    desk = house.client
    assert "1 unread message" in desk.get("/conversations").text
    assert "New</li>" in desk.get(f"/conversations/{talk}").text
    assert "unread message" not in desk.get("/conversations").text
    assert "New</li>" not in desk.get(f"/conversations/{talk}").text


def test_who_only_looks_leaves_no_trace(house: House, browser: Browser, talk: str) -> None:
    """An executive can read a conversation; it stays unread for those who work on it, and there is no form to answer."""
    page = house.sign_in("executive").get(f"/conversations/{talk}").text
    assert "Where is my parcel?" in page
    assert "data-composer" not in page
    assert "1 unread message" in house.client.get("/conversations").text
    assert house.sign_in("executive").post(f"/conversations/{talk}/messages", data={"text": "x"}).status_code == 403


def test_a_reply_that_a_colleague_was_quicker_with_is_held_back(house: House, browser: Browser, talk: str) -> None:
    """Who answers without having seen a colleague's answer is shown it first, with their own words kept."""
    sara, reza = house.client, house.sign_in("agent", name="Reza Karimi")
    seen = field(sara.get(f"/conversations/{talk}").text, "seen")
    reza.post(f"/conversations/{talk}/messages", data={"text": "It comes at noon."})
    answer = sara.post(
        f"/conversations/{talk}/messages", data={"text": "It comes tomorrow.", "seen": seen, "client_id": "client-0001"}
    )
    assert answer.status_code == 409
    assert "Reza Karimi has answered meanwhile" in answer.text
    assert "It comes tomorrow." in answer.text
    assert browser.texts() == ["Where is my parcel?", "It comes at noon."]
    again = {"text": "It comes tomorrow.", "seen": field(answer.text, "seen"), "anyway": field(answer.text, "anyway")}
    assert sara.post(f"/conversations/{talk}/messages", data=again, follow_redirects=False).status_code == 303
    assert browser.texts()[-1] == "It comes tomorrow."


def test_a_form_sent_twice_answers_once(house: House, browser: Browser, talk: str) -> None:
    """A double click, or a reload after sending, does not answer the customer twice."""
    desk = house.client
    sent = {"text": "It comes.", "client_id": field(desk.get(f"/conversations/{talk}").text, "client_id")}
    for _ in range(2):
        assert desk.post(f"/conversations/{talk}/messages", data=sent, follow_redirects=False).status_code == 303
    assert browser.texts() == ["Where is my parcel?", "It comes."]


def test_words_that_cannot_be_sent_are_shown_again(house: House, browser: Browser, talk: str) -> None:
    """An empty or too long answer is refused with a sentence on the same page."""
    desk = house.client
    assert "has no words" in desk.post(f"/conversations/{talk}/messages", data={"text": "  "}).text
    long = desk.post(f"/conversations/{talk}/messages", data={"text": "x" * 10_001})
    assert long.status_code == 413
    assert "10,000" in long.text


def test_a_conversation_is_handed_on(house: House, browser: Browser, talk: str) -> None:
    """A conversation can be given to a colleague, and back to everybody, but not to somebody who does not work on them."""
    reza, boss = house.sign_in("agent", name="Reza Karimi"), house.sign_in("executive", name="Elham Boss")
    desk = house.client
    desk.post(f"/conversations/{talk}/assign", data={"to": person(house, "Reza Karimi")})
    assert rows(reza, "mine") == 1
    desk.post(f"/conversations/{talk}/assign", data={"to": ""})
    assert rows(reza, "mine") == 0
    assert boss.get("/conversations").status_code == 200
    refused = desk.post(f"/conversations/{talk}/assign", data={"to": person(house, "Elham Boss")})
    assert refused.status_code == 422


def test_forms_of_other_sites_change_nothing(house: House, browser: Browser, talk: str) -> None:
    """Without the form's token, or from a foreign origin, nothing is sent, handed on or closed."""
    desk = house.client
    token = desk.headers.pop("X-CSRF-Token")
    for path in ("messages", "assign", "close", "reopen", "presence"):
        assert desk.post(f"/conversations/{talk}/{path}", data={"text": "x"}).status_code == 403
    foreign = {"X-CSRF-Token": token, "Origin": "https://evil.example"}
    assert desk.post(f"/conversations/{talk}/close", headers=foreign).status_code == 403
    assert house.api().get(f"/api/v1/conversations/{talk}").json()["state"] == "open"


def test_the_customers_whole_page_stands_beside(house: House, browser: Browser) -> None:
    """Who answers need not search: timeline, figures, story and the panels of all rooms are on the same page."""
    house.send(
        {"type": "identify", "userId": "nadia", "anonymousId": browser.anonymous_id, "messageId": "i1", "traits": {"name": "Nadia Rahimi"}},
        {"type": "track", "event": "Order Completed", "userId": "nadia", "messageId": "o1", "properties": {"total": 164, "currency": "EUR", "order_id": "48213"}},
    )  # fmt: skip
    browser.write("Where is it?")
    house.walk()
    id = house.api().get("/api/v1/conversations").json()["items"][0]["id"]
    page = house.client.get(f"/conversations/{id}").text
    for part in ("Nadia Rahimi", "order 48213", "€164.00", "Bought once", "Cases"):
        assert part in page


def test_the_desk_in_persian(house: House, browser: Browser, talk: str) -> None:
    """A Persian-speaking agent has the same desk from right to left."""
    desk = house.sign_in("agent", "fa")
    page = desk.get(f"/conversations/{talk}").text
    assert 'dir="rtl"' in page
    assert "گفتگو" in page
    assert desk.get("/conversations").status_code == 200


def test_no_such_conversation(house: House) -> None:
    """An unknown conversation is answered with a page that says so."""
    answer = house.client.get("/conversations/0192f0c1-0000-7000-8000-000000000000")
    assert answer.status_code == 404
    assert "no such conversation" in answer.text.lower()
