"""Second step of the line: an event that was sent twice walks once. The key is (workspace, source, message id), for thirty days."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select

from corridor.collect.tables import seen_messages
from corridor.ground.vocabulary import DAY, Batch, Event

DAYS_REMEMBERED = 30

Digests = NDArray[np.uint64]


class SeenMessages:
    """The digests of all message ids of one workspace in the last thirty days, in sorted runs that are merged as they grow.

    A digest has 64 bits: with ten million ids remembered, the chance that a new event is taken for an old one is 5 in 10^13.
    """

    def __init__(self) -> None:
        self._runs: dict[int, list[Digests]] = {}

    @classmethod
    def load(cls, connection: Connection, workspace_id: str) -> SeenMessages:
        """Read what earlier processes of the line have seen."""
        seen = cls()
        rows = connection.execute(
            select(seen_messages.c.day, seen_messages.c.digests).where(seen_messages.c.workspace_id == workspace_id)
        )
        by_day: dict[int, list[Digests]] = {}
        for day, digests in rows:
            by_day.setdefault(day, []).append(np.frombuffer(digests, dtype=np.uint64))
        for day, runs in by_day.items():
            seen._runs[day] = [np.sort(np.concatenate(runs))]
        return seen

    def known(self, digests: Digests) -> NDArray[np.bool_]:
        """Return for each digest whether it was seen before."""
        found = np.zeros(len(digests), dtype=bool)
        for runs in self._runs.values():
            for run in runs:
                places = np.searchsorted(run, digests)
                places[places == len(run)] = 0
                found |= run[places] == digests
        return found

    def add(self, connection: Connection, workspace_id: str, day: int, run: int, digests: Digests) -> None:
        """Remember new digests, in the transaction of the batch that brought them."""
        values = {"workspace_id": workspace_id, "day": day, "run": run, "digests": digests.tobytes()}
        connection.execute(seen_messages.insert(), values)
        runs = self._runs.setdefault(day, [])
        runs.append(np.sort(digests))
        while len(runs) > 1 and len(runs[-2]) <= 2 * len(runs[-1]):
            last = runs.pop()
            runs[-1] = np.sort(np.concatenate([runs[-1], last]), kind="stable")
        for old in [known for known in self._runs if known < day - DAYS_REMEMBERED]:
            del self._runs[old]
            connection.execute(
                delete(seen_messages).where(seen_messages.c.workspace_id == workspace_id, seen_messages.c.day == old)
            )


def digest(source: str, message_id: str) -> int:
    """Return the 64-bit digest under which a message is remembered."""
    return int.from_bytes(blake2b(f"{source}\0{message_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def deduplicate(batch: Batch, connection: Connection, seen: SeenMessages, run: int) -> None:
    """Take out of the batch the events that came before, within the batch or in the last thirty days."""
    if not batch.events:
        return
    first: dict[int, Event] = {}
    for event in batch.events:
        first.setdefault(digest(event.source, event.message_id), event)
    digests = np.fromiter(first, dtype=np.uint64, count=len(first))
    known = seen.known(digests)
    fresh = [event for event, is_known in zip(first.values(), known, strict=True) if not is_known]
    stopped = len(batch.events) - len(fresh)
    if stopped:
        batch.dropped["duplicate"] = batch.dropped.get("duplicate", 0) + stopped
    batch.events = fresh
    if fresh:
        seen.add(connection, batch.workspace.id, batch.now // DAY, run, digests[~known])
