"""What comes by other channels: it goes on with the customer's conversation, or opens one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import House
from tests.serve.conftest import Browser, nadia, new_browser


def mail(id: str, text: str | None, *, days: float = 0, **more: Any) -> dict[str, Any]:
    """Return an e-mail of Nadia's as the shop's mail system would send it."""
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    event: dict[str, Any] = {
        "type": "track", "event": "Message Received", "userId": "nadia", "messageId": id, "channel": "email", "timestamp": at,
        "properties": {"subject": "My parcel", "text": text},
    }  # fmt: skip
    return event | more


def conversations(house: House) -> list[dict[str, Any]]:
    """Return all open conversations."""
    found: list[dict[str, Any]] = house.api().get("/api/v1/conversations").json()["items"]
    return found


def words(house: House, id: str) -> list[tuple[str, str]]:
    """Return channel and words of each message."""
    items = house.api().get(f"/api/v1/conversations/{id}/messages").json()["items"]
    return [(one["channel"], one["text"]) for one in items]


def test_a_mail_opens_a_conversation(house: House) -> None:
    """Words that came by e-mail wait at the desk, under their subject, with their customer."""
    customer = nadia(house)
    house.send(mail("m1", "Where is it?"))
    (one,) = conversations(house)
    assert (one["customer_id"], one["subject"], one["channel"], one["state"]) == (customer, "My parcel", "email", "open")
    assert one["waiting_since"]


def test_the_same_mail_twice_is_one_message(house: House) -> None:
    """A message that another system sends again does not stand there twice."""
    nadia(house)
    house.send(mail("m1", "Where is it?"))
    house.send(mail("m1", "Where is it?"))
    assert [one["messages"] for one in conversations(house)] == [1]


def test_a_conversation_goes_on_over_channels(house: House, browser: Browser) -> None:
    """Who wrote by chat and then by e-mail is in one conversation, each message marked by its channel."""
    house.send(
        {
            "type": "identify",
            "userId": "nadia",
            "anonymousId": browser.anonymous_id,
            "messageId": "i1",
            "traits": {"name": "Nadia"},
        }
    )
    browser.write("Where is my parcel?")
    house.walk()
    house.send(mail("m1", "I write by e-mail now."))
    browser.write("And here again.")
    (one,) = conversations(house)
    assert words(house, one["id"]) == [
        ("chat", "Where is my parcel?"), ("email", "I write by e-mail now."), ("chat", "And here again."),
    ]  # fmt: skip
    page = house.client.get(f"/conversations/{one['id']}").text
    assert "E-mail" in page
    assert "Chat" in page


def test_an_unproven_browser_hears_only_the_chat(house: House, browser: Browser) -> None:
    """What a customer writes by e-mail, and the answers to it, never show in a browser that has not proven to be them."""
    house.send(
        {
            "type": "identify",
            "userId": "nadia",
            "anonymousId": browser.anonymous_id,
            "messageId": "i1",
            "traits": {"name": "Nadia"},
        }
    )
    browser.write("Hello")
    house.walk()
    house.send(mail("m1", "My new address is Keizersgracht 1"))
    (one,) = conversations(house)
    house.client.post(f"/conversations/{one['id']}/messages", data={"text": "Noted: Keizersgracht 1", "channel": "email"})
    assert browser.texts() == ["Hello"]
    house.client.post(f"/conversations/{one['id']}/messages", data={"text": "Hello there", "channel": "chat"})
    assert browser.texts() == ["Hello", "Hello there"]


def test_two_browsers_of_one_customer_do_not_hear_each_other(house: House, browser: Browser) -> None:
    """Two browsers that claim to be one customer, unproven, have a conversation each."""
    second = new_browser(house)
    for number, one in enumerate((browser, second)):
        house.send(
            {"type": "identify", "userId": "nadia", "anonymousId": one.anonymous_id, "messageId": f"i{number}", "traits": {}}
        )
    browser.write("From home")
    house.walk()
    second.write("From work")
    house.walk()
    assert browser.texts() == ["From home"]
    assert second.texts() == ["From work"]
    assert len(conversations(house)) == 2


def test_after_a_week_a_new_conversation_begins(house: House) -> None:
    """A message more than seven days after the last one is a new matter."""
    nadia(house)
    house.send(mail("m1", "The first", days=6.9))
    house.send(mail("m2", "The second", days=0.1))
    assert [one["messages"] for one in conversations(house)] == [2]
    later = datetime.now(UTC) + timedelta(days=8)
    house.send(mail("m3", "The third", timestamp=later.isoformat()))
    assert sorted(one["messages"] for one in conversations(house)) == [1, 2]


def test_imported_history_waits_for_nobody(house: House) -> None:
    """Old messages that are imported stand on the timeline and open no conversation."""
    nadia(house)
    house.send(mail("m1", "Years ago", days=400))
    assert conversations(house) == []


def test_messages_without_words_open_nothing(house: House) -> None:
    """A message event without words, or with something else for words, is on the timeline only."""
    nadia(house)
    house.send(mail("m1", None), mail("m2", "  "), {**mail("m3", "x"), "properties": {"text": 7}})
    assert conversations(house) == []


def test_a_very_long_mail_is_cut(house: House) -> None:
    """A mail longer than a message may be is cut in the conversation; it is not lost."""
    nadia(house)
    house.send(mail("m1", "word " * 4_000))
    (one,) = conversations(house)
    assert len(words(house, one["id"])[0][1]) <= 10_000


def test_a_closed_conversation_opens_again(house: House) -> None:
    """A customer who writes again within the week finds the conversation open again, and waits for an answer."""
    nadia(house)
    house.send(mail("m1", "Where is it?"))
    (one,) = conversations(house)
    house.client.post(f"/conversations/{one['id']}/close")
    assert conversations(house) == []
    house.send(mail("m2", "Still not here."))
    (again,) = conversations(house)
    assert (again["id"], again["state"]) == (one["id"], "open")


def test_conversations_follow_a_merge_and_its_undoing(house: House) -> None:
    """When two customers become one their conversations stand together; undone, each has their own again."""
    customer = nadia(house)
    house.send({"type": "identify", "userId": "n.rahimi", "messageId": "i9", "traits": {"name": "N. Rahimi"}})
    other = house.customer("n.rahimi")
    house.send(mail("m1", "From Nadia"), mail("m2", "From N.", userId="n.rahimi"))
    program = house.api()

    def of(id: str) -> list[str]:
        found = program.get(f"/api/v1/conversations?customer={id}").json()["items"]
        return sorted(program.get(f"/api/v1/conversations/{one['id']}/messages").json()["items"][0]["text"] for one in found)

    assert (of(customer), of(other)) == (["From Nadia"], ["From N."])
    merge = program.post("/api/v1/merges", json={"keep": customer, "other": other, "reason": "same person"}).json()
    assert of(customer) == ["From N.", "From Nadia"]
    program.post(f"/api/v1/merges/{merge['id']}/undo")
    assert (of(customer), of(other)) == (["From Nadia"], ["From N."])
