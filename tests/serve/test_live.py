"""Live conversations against a served Corridor: streams, going on after a lost line, and a restart in the middle of a talk."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.serving import Served, command

AT_ONCE = 5.0
"""Seconds that "at once" may take on a busy machine."""


class Stream:
    """A stream of server-sent events, as a browser reads it."""

    def __init__(self, url: str, path: str, token: str, last: str = "") -> None:
        host, port = url.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=AT_ONCE)
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if last:
            headers["Last-Event-ID"] = last
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        assert self.answer.headers["content-type"].startswith("text/event-stream")
        self.last = last

    def next(self, *names: str) -> tuple[str, str]:
        """Wait for the next event of these names; return its name and data."""
        until = time.monotonic() + AT_ONCE
        event = data = ""
        while time.monotonic() < until:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                self.last = line[4:]
            elif line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line and event:
                if event in names:
                    return event, data
                event = data = ""
        raise AssertionError(f"no {' or '.join(names)} came within {AT_ONCE} s")

    def message(self) -> str:
        """Wait for the next message; return its words."""
        return str(json.loads(self.next("message")[1])["text"])

    def close(self) -> None:
        self.connection.close()


class Shop:
    """A served Corridor with a visitor's browser and an agent's program."""

    def __init__(self, data: Path) -> None:
        self.served = Served(data)
        self.write_key = command("key", "create", "write", data=data)
        self.secret_key = command("key", "create", "secret", data=data)
        self.token = ""

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """Send a request; return what was answered."""
        request = urllib.request.Request(f"{self.served.url}{path}", method=method)
        request.add_header("Content-Type", "application/json")
        if token != "":
            request.add_header("Authorization", f"Bearer {token or self.secret_key}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=10) as answer:
            received = answer.read()
        return json.loads(received) if received else None

    def begin(self) -> None:
        """Let the visitor's browser begin."""
        self.ask("GET", f"/chat/{self.write_key}/config")
        self.token = self.ask("POST", "/chat/session", {"writeKey": self.write_key, "anonymousId": str(uuid4())})["token"]

    def write(self, text: str, client_id: str | None = None) -> None:
        """Let the visitor write."""
        self.ask("POST", "/chat/messages", {"text": text, "clientId": client_id or str(uuid4())}, token=self.token)

    def conversation(self) -> str:
        """Return the conversation that was written in last."""
        found = self.ask("GET", "/api/v1/conversations")["items"]
        return str(max(found, key=lambda one: one["last_message_at"])["id"])

    def answer(self, conversation: str, text: str) -> None:
        """Let an agent answer."""
        self.ask("POST", f"/api/v1/conversations/{conversation}/messages", {"text": text, "channel": "chat"})

    def hear(self, last: str = "") -> Stream:
        """Let the visitor's browser listen, from where it was."""
        return Stream(self.served.url, "/chat/events", self.token, last)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("served") / "data")
    made.served.start()
    yield made
    made.served.stop()


def test_an_answer_arrives_at_once(shop: Shop) -> None:
    """A visitor who listens hears their own words and the answer as they are said, and the desk sees that it arrived."""
    shop.begin()
    stream = shop.hear()
    stream.next("state")
    shop.write("Where is my parcel?")
    assert stream.message() == "Where is my parcel?"
    conversation = shop.conversation()
    shop.answer(conversation, "It comes before noon.")
    assert stream.message() == "It comes before noon."
    stream.close()
    until = time.monotonic() + AT_ONCE
    while not (said := shop.ask("GET", f"/api/v1/conversations/{conversation}/messages")["items"][-1])["delivered_at"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert said["text"] == "It comes before noon."


def test_the_desk_hears_a_visitor(shop: Shop) -> None:
    """The desk is told at once of new words, of typing, and of what the customer does elsewhere."""
    shop.begin()
    shop.write("Hello")
    conversation = shop.conversation()
    inbox = Stream(shop.served.url, "/conversations/live", shop.secret_key)
    page = Stream(shop.served.url, f"/conversations/{conversation}/live", shop.secret_key)
    page.next("hello")
    inbox.next("hello")
    shop.ask("POST", "/chat/typing", {}, token=shop.token)
    assert json.loads(page.next("typing")[1])["person"] == ""
    shop.write("Are you there?")
    page.next("news")
    inbox.next("news")
    for stream in (inbox, page):
        stream.close()


def test_the_customers_page_hears_what_happens(shop: Shop) -> None:
    """A customer's page is told within a second of an event of theirs, and not of other people's."""

    def event(user: str) -> dict[str, Any]:
        return {"type": "track", "event": "Product Viewed", "userId": user, "messageId": str(uuid4())}

    def send(*users: str) -> None:
        shop.ask("POST", "/v1/batch", {"writeKey": shop.write_key, "batch": [event(user) for user in users]}, token="")

    send("nadia", "omid")
    until = time.monotonic() + AT_ONCE
    while not (found := shop.ask("GET", "/api/v1/customers?query=nadia")["items"]):
        assert time.monotonic() < until
        time.sleep(0.05)
    stream = Stream(shop.served.url, f"/customers/{found[0]['id']}/live", shop.secret_key)
    stream.next("hello")
    begun = time.monotonic()
    send("nadia")
    stream.next("news")
    assert time.monotonic() - begun < AT_ONCE
    stream.close()


def test_a_restart_loses_nothing_and_repeats_nothing(shop: Shop) -> None:
    """A browser that lost its line in a restart goes on behind the last message it had; what was sent twice stands there once."""
    shop.begin()
    shop.write("Before", "client-before")
    stream = shop.hear()
    assert stream.message() == "Before"
    conversation, last = shop.conversation(), stream.last
    shop.served.kill()
    stream.close()
    with pytest.raises(urllib.error.URLError):
        shop.write("While it was down", "client-down")
    shop.served.start()
    shop.write("Before", "client-before")
    shop.write("While it was down", "client-down")
    shop.answer(conversation, "We are back.")
    stream = shop.hear(last)
    assert [stream.message(), stream.message()] == ["While it was down", "We are back."]
    shop.answer(conversation, "All is here.")
    assert stream.message() == "All is here."
    stream.close()
    words = [one["text"] for one in shop.ask("GET", "/chat/messages", token=shop.token)["items"]]
    assert words == ["Before", "While it was down", "We are back.", "All is here."]


def test_a_stream_needs_its_token(shop: Shop) -> None:
    """Nobody listens without a token, or to another's page of the desk."""
    for path, token in (("/chat/events", "nonsense"), ("/conversations/live", "nonsense"), ("/customers/x/live", "nonsense")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            shop.ask("GET", path, token=token)
        assert refused.value.code == 401
