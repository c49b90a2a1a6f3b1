"""A shop with two quarters of trade behind it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from corridor.ground.vocabulary import DAY, now, to_iso
from tests.conftest import House

Happened = dict[str, Any]


class Shop:
    """Tells what customers did some days ago."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.moment = now()

    def event(self, user: str, name: str, days_ago: float, **properties: Any) -> Happened:
        """An event of a customer."""
        at = to_iso(self.moment - int(days_ago * DAY))
        return {"type": "track", "event": name, "userId": user, "timestamp": at, "properties": properties}

    def bought(self, user: str, amount: float, days_ago: float) -> Happened:
        """A customer bought something."""
        return self.event(user, "Order Completed", days_ago, order_id=f"{user}-{days_ago}", total=amount, currency="EUR")

    def rated(self, user: str, value: float, days_ago: float, touchpoint: str, expected: float = 75) -> Happened:
        """A customer said how it was and what they had expected, from 0 to 100."""
        said = {"value": value, "lowest": 0, "highest": 100, "expectation": expected}
        return self.event(user, "Experience Rated", days_ago, touchpoint=touchpoint, **said)

    def board(self, query: str = "") -> dict[str, Any]:
        """The scoreboard as the API gives it."""
        answer = self.house.api().get(f"/api/v1/scoreboard{query}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(autouse=True)
def measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure at each question: on a busy machine a small measurement may take long enough to be kept for a while."""
    monkeypatch.setattr(import_module("corridor.measure.scoreboard"), "QUICK", 60.0)


@pytest.fixture
def shop(house: House) -> Shop:
    """A shop where nothing has happened yet."""
    return Shop(house)
