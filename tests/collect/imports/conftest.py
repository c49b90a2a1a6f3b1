"""A little shop with its tables in a folder, and a mapping of them that tests bend."""

from __future__ import annotations

import json
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corridor.collect.imports import Import
from corridor.collect.imports.run import run_import
from tests.conftest import House

ORDERS = """\
order_id,customer,bought,arrived,promised,total
o1,mina,2026-01-05 10:00:00,2026-01-08 12:00:00,2026-01-09,20.50
o2,mina,2026-02-01 09:30:00,2026-02-06 08:00:00,2026-02-05,7
o3,ali,2026-02-03 18:45:00,,2026-02-10,133.10
"""
RATINGS = """\
order_id,score,words,at
o1,5,"Quick, and well packed",2026-01-09 20:00:00
o2,2,,2026-02-07 07:00:00
"""
MAPPING = """\
mapping: shop
zone: Europe/Amsterdam
currency: EUR
tables:
  orders:
    files: orders.csv
    key: order_id
    columns:
      order_id: text
      customer: {kind: text, needed: true}
      bought: {kind: datetime, needed: true}
      arrived: datetime
      promised: date
      total: decimal
  ratings:
    files: ratings.csv
    optional: true
    key: order_id
    belongs: {orders: order_id}
    columns:
      order_id: text
      score: integer
      words: text
      at: {kind: datetime, needed: true}
person:
  user_id: "{customer}"
touchpoints:
  delivery: {name: Delivery, stage: receive, events: Order Delivered, norm: 75}
events:
  bought:
    from: orders
    event: Order Completed
    at: "{bought}"
    properties: {order_id: "{order_id}", revenue: "{total}", currency: EUR}
promises:
  delivery:
    from: orders
    touchpoint: delivery
    at: "{bought}"
    due: "{promised}"
    due_date_only: true
    fulfilled: {event: Order Delivered, at: "{arrived}"}
ratings:
  told:
    from: ratings
    user_id: "{orders.customer}"
    touchpoint: delivery
    value: "{score}"
    scale: [1, 5]
    text: "{words}"
    at: "{at}"
"""


class Quiet:
    """A display that remembers what it was told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.said: list[str] = []
        self.counts: dict[str, int] = {}

    def step(self, name: str, total: int | None, unit: str) -> None:
        self.steps.append(name)

    def forward(self, count: int, size: int | None = None) -> None:
        self.counts[self.steps[-1]] = self.counts.get(self.steps[-1], 0) + count

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


class Shop:
    """A folder of tables, a mapping, and the house that they are imported into."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder / "tables"
        self.folder.mkdir()
        self.mapping = folder / "shop.yaml"
        self.mapping.write_text(MAPPING)
        self.write("orders.csv", ORDERS)
        self.write("ratings.csv", RATINGS)
        self.display = Quiet()

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the shop."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
        return path

    def change(self, old: str, new: str) -> None:
        """Change a part of the mapping."""
        text = self.mapping.read_text()
        assert old in text, f"the mapping does not say {old!r}"
        self.mapping.write_text(text.replace(old, new, 1))

    def take_in(self, path: Path | None = None, stop: threading.Event | None = None) -> Import:
        """Import the shop's folder, or one file."""
        return run_import(self.house.store, self.house.workspace, path or self.folder, self.mapping, self.display, stop)

    def events(self) -> list[dict[str, Any]]:
        """Return all events that were handed in, in their order."""
        requests = self.house.store.journal.read(0, most_events=10**9)
        return [event for request in requests for event in json.loads(request.body)["batch"]]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events of this name."""
        return [event for event in self.events() if event.get("event", event["type"]) == name]

    def set_aside(self) -> list[tuple[str, str, bytes]]:
        """Return code, reason and row of what was quarantined, by its line."""
        with self.house.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT code, reason, body FROM quarantine WHERE workspace_id = 'main' ORDER BY position, code"
            ).all()
        return [(row.code, row.reason, row.body) for row in rows]

    def is_untouched(self) -> bool:
        """Say whether nothing at all was taken in."""
        with self.house.read() as connection:
            kept = connection.exec_driver_sql(
                "SELECT count(*) FROM touchpoints WHERE workspace_id = 'main' AND key = 'shopping'"
            ).scalar()
        return not self.events() and not self.set_aside() and not kept


@pytest.fixture
def shop(house: House, tmp_path: Path) -> Shop:
    """A shop of three orders and two ratings."""
    return Shop(house, tmp_path)


@pytest.fixture
def refused(shop: Shop) -> Callable[[], str]:
    """Import, expect a refusal, and return what it says; nothing may have been taken in."""

    def refuse() -> str:
        from corridor.ground.problems import Problem

        with pytest.raises(Problem) as caught:
            shop.take_in()
        assert shop.is_untouched()
        return caught.value.detail

    return refuse
