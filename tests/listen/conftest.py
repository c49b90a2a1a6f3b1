"""A small database with two touchpoints, and hands that put events through this room's step alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from corridor import collect, listen
from corridor.ground.store import Database, metadata
from corridor.ground.vocabulary import Batch, Event, Touchpoint, Workspace, from_datetime, now
from corridor.listen import tables as _tables

AMSTERDAM = Workspace(id="main", name="Shop", zone="Europe/Amsterdam")


class Ear:
    """The step `hear` on a database of its own; each call is one batch."""

    def __init__(self, path: Path, workspace: Workspace = AMSTERDAM) -> None:
        assert _tables.responses.metadata is metadata
        self.workspace = workspace
        self.database = Database(path)
        with self.database.write() as connection:
            metadata.create_all(connection)
            for key, stage in (("delivery", "receive"), ("chat", "get help")):
                collect.save_touchpoint(connection, workspace.id, Touchpoint(key, key.title(), stage))
        self.heard = 0

    def hear(self, *events: Event) -> Batch:
        """Let one batch of events through the step and return it, with its facts."""
        batch = Batch(self.workspace, list(events), now())
        with self.database.write() as connection:
            listen.hear(batch, connection)
        return batch

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table of this workspace."""
        with self.database.read() as connection:
            found = connection.execute(text(f"SELECT * FROM {table} WHERE workspace_id = :id"), {"id": self.workspace.id})
            return [dict(row) for row in found.mappings()]

    def said(self, name: str, properties: dict[str, Any], at: str = "2026-03-01T12:00:00+00:00", **more: Any) -> Event:
        """Return an event of the loyal customer Nadia, as the steps before have left it."""
        from datetime import datetime

        self.heard += 1
        moment = from_datetime(datetime.fromisoformat(at))
        values: dict[str, Any] = {
            "message_id": f"m{self.heard}",
            "type": "track",
            "name": name,
            "at": moment,
            "received_at": moment,
            "source": "shop",
            "offset": self.heard,
            "node": 1,
            "root": 1,
            "customer": "nadia",
            "properties": properties,
        }
        return Event(**values | more)


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    """A listening room of its own."""
    made = Ear(tmp_path / "corridor.db")
    yield made
    made.database.close()
