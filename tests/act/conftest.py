"""Customers with a history, told as the events that any system may send."""

from __future__ import annotations

from typing import Any

import pytest

from corridor.act import Case
from corridor.act.cases import case_of
from corridor.ground.access.people import add_person
from corridor.ground.vocabulary import DAY, now, to_iso
from corridor.remember import timeline
from tests.conftest import TESTER, House

Happened = dict[str, Any]


class Town:
    """Tells what happens to customers, and looks at what became of it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.moment = now()

    def event(self, user: str, name: str, days_ago: float, **properties: Any) -> Happened:
        """An event of a customer, some days ago."""
        at = to_iso(self.moment - int(days_ago * DAY))
        return {"type": "track", "event": name, "userId": user, "timestamp": at, "properties": properties}

    def person(self, user: str, name: str, days_ago: float = 100) -> Happened:
        """A customer is known by name."""
        at = to_iso(self.moment - int(days_ago * DAY))
        return {"type": "identify", "userId": user, "timestamp": at, "traits": {"name": name}}

    def bought(self, user: str, amount: float, days_ago: float = 60) -> Happened:
        """A customer bought something."""
        return self.event(user, "Order Completed", days_ago, order_id=f"{user}-{days_ago}", total=amount, currency="EUR")

    def rated(self, user: str, stars: int, days_ago: float = 1, touchpoint: str = "delivery", **more: Any) -> Happened:
        """A customer rated an encounter with stars."""
        return self.event(user, "Experience Rated", days_ago, touchpoint=touchpoint, value=stars, lowest=1, highest=5, **more)

    def late(self, user: str, key: str, due: float, done: float) -> list[Happened]:
        """A customer was promised a delivery and got it late (days ago)."""
        due_at = to_iso(self.moment - int(due * DAY))
        return [
            self.event(user, "Promise Made", due + 3, promise_id=key, touchpoint="delivery", due=due_at, unit="days"),
            self.event(user, "Order Delivered", done, promise_id=key, order_id=key),
        ]

    def cases(self) -> list[Case]:
        """All cases, in the order they were opened."""
        with self.house.read() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM cases WHERE workspace_id = 'main' ORDER BY number").all()
        return [case_of(row) for row in rows]

    def names_on_timeline(self, user: str) -> list[str]:
        """What stands on a customer's timeline, newest first."""
        return [moment.name for moment in timeline(self.house.store, "main", self.house.customer(user))]

    def colleague(self, name: str, role: str = "operations") -> str:
        """Let somebody sign in; return their id."""
        with self.house.write() as connection:
            email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
            return add_person(connection, "main", email, role, "a long enough password", TESTER, name=name).id


@pytest.fixture
def town(house: House) -> Town:
    """A town with nobody in it yet."""
    return Town(house)
