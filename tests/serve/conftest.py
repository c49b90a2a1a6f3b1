"""Nadia, a loyal customer with trouble, and a browser on the shop's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tests.conftest import House


@dataclass
class Browser:
    """A visitor's browser on somebody's web page: it knows the write key and keeps the token it was given."""

    client: TestClient
    key: str
    anonymous_id: str = field(default_factory=lambda: str(uuid4()))
    token: str = ""

    def begin(self, **told: Any) -> dict[str, Any]:
        """Begin, or go on with, a session."""
        body = {"writeKey": self.key, "token": self.token, "anonymousId": self.anonymous_id, **told}
        answer = self.client.post("/chat/session", json=body)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["token"]
        found: dict[str, Any] = answer.json()
        return found

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def write(self, text: str, client_id: str | None = None, **told: Any) -> Any:
        """Write in the chat; return the answer."""
        if not self.token:
            self.begin()
        body = {"text": text, "clientId": client_id or str(uuid4()), "anonymousId": self.anonymous_id, **told}
        return self.client.post("/chat/messages", json=body, headers=self.headers)

    def texts(self) -> list[str]:
        """Return the words this browser may see."""
        answer = self.client.get("/chat/messages", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return [one["text"] for one in answer.json()["items"]]


@pytest.fixture
def browser(house: House) -> Browser:
    """A visitor's browser on the shop's page."""
    return new_browser(house)


def new_browser(house: House) -> Browser:
    """Return another browser, on a page with the snippet."""
    client = house.visitor()
    key = house.write_key()
    answer = client.get(f"/chat/{key}/config")
    assert answer.status_code == 200, answer.text
    return Browser(client, key)


def nadia(house: House) -> str:
    """Let Nadia be known from three places, buy, be promised something that is not kept, and say so; return her customer id."""
    house.send(
        {"type": "page", "anonymousId": "dev-n1", "messageId": "n1", "timestamp": "2026-09-01T09:00:00Z", "properties": {"path": "/rugs"}},
        {
            "type": "identify", "userId": "nadia", "anonymousId": "dev-n1", "messageId": "n2", "timestamp": "2026-09-01T09:05:00Z",
            "traits": {"name": "Nadia Rahimi", "email": "nadia@example.com", "language": "fa", "city": "Amsterdam",
                       "consent": {"service": True, "marketing": False}},
        },
        {
            "type": "track", "event": "Order Completed", "userId": "nadia", "messageId": "n3", "timestamp": "2026-09-02T10:00:00Z",
            "properties": {"order_id": "48213", "total": 164, "currency": "EUR", "products": [{"name": "Blue rug"}, {"name": "Lamp"}]},
        },
        {
            "type": "track", "event": "Promise Made", "userId": "nadia", "messageId": "n4", "timestamp": "2026-09-02T10:00:01Z",
            "properties": {"promise_id": "p-1", "due": "2026-09-05T18:00:00Z", "unit": "days"},
        },
        {
            "type": "track", "event": "Order Delivered", "userId": "nadia", "messageId": "n5", "timestamp": "2026-09-08T18:00:00Z",
            "properties": {"promise_id": "p-1", "order_id": "48213"},
        },
        {
            "type": "track", "event": "Experience Rated", "userId": "nadia", "messageId": "n6", "timestamp": "2026-09-09T08:00:00Z",
            "properties": {"touchpoint": "delivery", "value": 2, "lowest": 1, "highest": 5, "instrument": "stars",
                           "text": "سه روز دیر رسید <script>alert(1)</script>"},
        },
    )  # fmt: skip
    return house.customer("nadia")
