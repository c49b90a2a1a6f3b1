"""Customers who expect and experience things, told in events a reader can follow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import House

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


class Town:
    """A house with people in it: each verb is an event of theirs, `days` ago at noon."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.waiting: list[dict[str, Any]] = []
        self._number = itertools.count(1)

    def event(self, who: str, name: str, days: float, channel: str = "web", **properties: Any) -> dict[str, Any]:
        at = (NOON - timedelta(days=days)).isoformat()
        one = {
            "type": "track", "event": name, "userId": who, "messageId": f"m{next(self._number)}", "timestamp": at,
            "channel": channel, "properties": properties,
        }  # fmt: skip
        self.waiting.append(one)
        return one

    def rated(self, who: str, value: float, days: float, touchpoint: str | None = "delivery", **properties: Any) -> None:
        said: dict[str, Any] = {"touchpoint": touchpoint, "value": value, "lowest": 0, "highest": 100} | properties
        self.event(who, "Experience Rated", days, **said)

    def expected(self, who: str, value: float, days: float, touchpoint: str | None = "delivery", **properties: Any) -> None:
        self.event(
            who,
            "Expectation Stated",
            days,
            **{"touchpoint": touchpoint, "value": value, "lowest": 0, "highest": 100} | properties,
        )

    def promised(
        self, who: str, key: str, days: float, due: float, touchpoint: str = "delivery", done: float | None = None
    ) -> None:
        day = (NOON - timedelta(days=due)).date().isoformat()
        self.event(who, "Promise Made", days, promise_id=key, due=day, touchpoint=touchpoint, unit="days")
        if done is not None:
            self.event(who, "Order Delivered", done, promise_id=key)

    def happens(self) -> None:
        """Let all that waits walk the line."""
        self.house.send(*self.waiting)
        self.waiting = []

    def gaps(self, who: str | None = None) -> list[dict[str, Any]]:
        rows = self.rows("gaps")
        return [row for row in rows if who is None or row["customer_id"] == self.house.customer(who)]

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.house.read() as connection:
            found = connection.exec_driver_sql(
                f"SELECT * FROM {table} WHERE workspace_id = ? ORDER BY at, 2", (self.house.workspace_id,)
            )
            return [dict(row) for row in found.mappings()]


@pytest.fixture
def town(house: House) -> Town:
    """A house whose people one can let do things."""
    return Town(house)


@pytest.fixture(scope="module")
def old_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town that many stories share, each with people of its own."""
    house = House(tmp_path_factory.mktemp("town") / "data")
    yield Town(house)
    house.close()
