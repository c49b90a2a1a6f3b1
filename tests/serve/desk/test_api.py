"""The API of conversations."""

from __future__ import annotations

import pytest

from tests.conftest import House
from tests.serve.conftest import nadia, new_browser


def test_a_program_writes_to_a_customer(house: House) -> None:
    """A program begins a conversation, goes on with it, and every word is on the customer's timeline."""
    customer = nadia(house)
    program = house.api()
    begun = program.post(
        "/api/v1/conversations", json={"user_id": "nadia", "channel": "email", "text": "Your rug is here", "subject": "Your rug"}
    )
    assert begun.status_code == 201
    assert (
        begun.json() | {"subject": "Your rug", "state": "waiting", "customer_id": customer, "assigned_to": None} == begun.json()
    )
    again = program.post("/api/v1/conversations", json={"customer_id": customer, "channel": "email", "text": "And the lamp"})
    assert again.json()["id"] == begun.json()["id"]
    house.walk()
    moments = program.get(f"/api/v1/customers/{customer}/timeline").json()["items"]
    assert [one["detail"]["text"] for one in moments if one["name"] == "Message Sent"] == ["And the lamp", "Your rug is here"]


def test_a_resent_request_writes_once(house: House) -> None:
    """The same `client_id` again is the same message."""
    nadia(house)
    program = house.api()
    body = {"user_id": "nadia", "text": "Hello", "client_id": "retry-1"}
    first = program.post("/api/v1/conversations", json=body).json()
    assert program.post("/api/v1/conversations", json=body).json() == first
    for _ in range(2):
        program.post(f"/api/v1/conversations/{first['id']}/messages", json={"text": "More", "client_id": "retry-2"})
    assert [one["text"] for one in program.get(f"/api/v1/conversations/{first['id']}/messages").json()["items"]] == [
        "Hello",
        "More",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x"}, 422),
        ({"text": "x", "user_id": "nobody"}, 404),
        ({"text": "x", "customer_id": "nobody"}, 404),
        ({"text": "", "user_id": "nadia"}, 422),
        ({"text": "x" * 10_001, "user_id": "nadia"}, 422),
        ({"text": "x", "user_id": "nadia", "channel": "chat"}, 422),
    ],
)
def test_what_cannot_be_written_is_refused(house: House, body: dict[str, str], status: int) -> None:
    """A missing customer, missing words, or a chat that nobody would hear: each gets its own answer, and nothing is begun."""
    nadia(house)
    program = house.api()
    answer = program.post("/api/v1/conversations", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert program.get("/api/v1/conversations").json()["items"] == []


def test_handing_on_closing_and_opening_again(house: House) -> None:
    """A conversation is changed by PATCH; whoever saw an older state is told."""
    new_browser(house).write("Hello")
    house.walk()
    desk = house.client
    one = desk.get("/api/v1/conversations").json()["items"][0]
    path = f"/api/v1/conversations/{one['id']}"
    mine = desk.patch(path, json={"assigned_to": "me", "version": one["version"]}).json()
    assert mine["assigned_to"]
    stale = desk.patch(path, json={"state": "closed", "version": one["version"]})
    assert stale.status_code == 409
    closed = desk.patch(path, json={"state": "closed"}).json()
    assert (closed["state"], closed["waiting_since"]) == ("closed", None)
    assert desk.get("/api/v1/conversations?view=closed").json()["items"][0]["id"] == one["id"]
    opened = desk.patch(path, json={"state": "open", "assigned_to": None}).json()
    assert (opened["state"], opened["assigned_to"]) == ("open", None)
    assert desk.patch(path, json={"assigned_to": "nobody"}).status_code == 422


def test_lists_go_on_where_they_stopped(house: House) -> None:
    """Cursors lead through all conversations and all messages, each once."""
    for number in range(5):
        browser = new_browser(house)
        browser.write(f"{number}")
    program = house.api()
    seen, cursor = [], None
    while True:
        page = program.get("/api/v1/conversations", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["subject"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["0", "1", "2", "3", "4"]
    for number in range(4):
        browser.write(f"more {number}")
    id = next(one["id"] for one in program.get("/api/v1/conversations").json()["items"] if one["subject"] == "4")
    latest = program.get(f"/api/v1/conversations/{id}/messages?limit=3").json()
    before = program.get(f"/api/v1/conversations/{id}/messages?limit=3&cursor={latest['next']}").json()
    assert [one["text"] for one in before["items"] + latest["items"]] == ["4", "more 0", "more 1", "more 2", "more 3"]
    assert before["next"] is None
    assert program.get("/api/v1/conversations?cursor=nonsense").status_code == 422


def test_only_who_works_may_write(house: House) -> None:
    """Everybody who is signed in may read; analysts and executives may not write; nobody without a key may do either."""
    nadia(house)
    analyst = house.sign_in("analyst")
    assert analyst.get("/api/v1/conversations").status_code == 200
    assert analyst.post("/api/v1/conversations", json={"user_id": "nadia", "text": "x"}).status_code == 403
    assert house.visitor().get("/api/v1/conversations").status_code == 401
