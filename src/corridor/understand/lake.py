"""Questions of this room to the lake, made ready: its filters, its touchpoints by number, and slices where there is much to read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from corridor import collect
from corridor.ground.filters import Filters
from corridor.ground.store import Store
from corridor.ground.vocabulary import Microseconds, Touchpoint, to_datetime

if TYPE_CHECKING:
    import pyarrow

VISITS_AT_ONCE = 12_000_000
"""More visits than this are read in slices, each a part of the customers, so that the engine's memory suffices."""

SECONDS = 600.0
"""How long one question may take before it is stopped."""

NOWHERE = -1
"""The number that stands for no touchpoint, where one must be compared."""

VISITS = """
visits AS (  -- one row a visit: an event at a touchpoint; `place` tells which of one moment came first
    SELECT events.root::INTEGER AS customer, codes.code, events.channel,
           epoch_us(events."at") AS moment, events."offset" * 1048576 + events."position" AS place
    FROM events JOIN codes ON codes.touchpoint = events.touchpoint
    WHERE events."at" >= $start AND events."at" < $end AND {narrowed}
),
steps AS (  -- one row a visit, with where the customer came from and how long that took; both null at the first visit
    SELECT customer, code, channel, moment, place,
           lag(code) OVER walk AS came_from, moment - lag(moment) OVER walk AS wait
    FROM visits
    WINDOW walk AS (PARTITION BY customer ORDER BY moment, place)
)"""

COUNT = """
SELECT count(*) AS visits FROM events JOIN codes ON codes.touchpoint = events.touchpoint
WHERE events."at" >= $start AND events."at" < $end AND {narrowed}
"""
"""One row: how much there is to read."""

ROOTS = text("""
    SELECT c.root FROM segment_members m JOIN customers c ON c.workspace_id = m.workspace_id AND c.id = m.customer_id
    WHERE m.workspace_id = :workspace AND m.segment = :segment""")


@dataclass(frozen=True, slots=True)
class Question:
    """What one asks the lake about: from when to when, narrowed to what, with which tables beside the events."""

    store: Store
    workspace_id: str
    start: Microseconds
    end: Microseconds
    channel: str | None
    known: tuple[Touchpoint, ...]
    tables: dict[str, pyarrow.Table]
    slices: int = 1

    @property
    def codes(self) -> dict[str, int]:
        """The number of each touchpoint."""
        return {touchpoint.key: code for code, touchpoint in enumerate(self.known)}

    def ask(self, sql: str, slice: int = 0, **more: Any) -> list[dict[str, Any]]:
        """Return the rows that answer a question, asked about one slice of the customers."""
        narrowed = ["TRUE"]
        values: dict[str, Any] = {"start": to_datetime(self.start), "end": to_datetime(self.end), **more}
        if self.channel:
            narrowed.append("events.channel = $channel")
            values["channel"] = self.channel
        if self.slices > 1:
            narrowed.append("events.root % $slices = $slice")
            values |= {"slices": self.slices, "slice": slice}
        if "members" in self.tables:
            narrowed.append("events.root IN (SELECT members.root FROM members)")
        question = sql.replace("{narrowed}", " AND ".join(narrowed))
        found = self.store.engine.ask(self.workspace_id, question, values, seconds=SECONDS, tables=self.tables)
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows


def question(
    store: Store, connection: Connection, workspace_id: str, filters: Filters, *, start: Microseconds | None = None
) -> Question:
    """Make questions within these filters ready; `start` reads further back than their period.

    Args:
        store: the data folder.
        connection: a reading connection.
        workspace_id: whose lake.
        filters: period, segment and channel.
        start: where to begin instead of at the period's start.
    """
    known = tuple(collect.touchpoints(connection, workspace_id))
    tables = {"codes": _codes(known)}
    if filters.segment:
        tables["members"] = _members(connection, workspace_id, filters.segment)
    begin = filters.period.start if start is None else start
    return Question(store, workspace_id, begin, filters.period.end, filters.channel, known, tables)


def sliced(asked: Question) -> Question:
    """Return the question in as many slices as its number of visits needs."""
    (counted,) = asked.ask(COUNT)
    return replace(asked, slices=1 + counted["visits"] // VISITS_AT_ONCE)


def _codes(known: tuple[Touchpoint, ...]) -> pyarrow.Table:
    """Return the touchpoints with their numbers: the engine groups by numbers much faster than by words."""
    import pyarrow as pa

    return pa.table(
        {
            "touchpoint": pa.array([touchpoint.key for touchpoint in known], pa.string()),
            "code": pa.array(range(len(known)), pa.int32()),
            "stage": pa.array([touchpoint.stage for touchpoint in known], pa.string()),
        }
    )


def _members(connection: Connection, workspace_id: str, segment: str) -> pyarrow.Table:
    import pyarrow as pa

    rows = connection.execute(ROOTS, {"workspace": workspace_id, "segment": segment}).scalars().all()
    return pa.table({"root": pa.array(rows, pa.int64())})
