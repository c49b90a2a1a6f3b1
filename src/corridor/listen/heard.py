"""Questions about what was heard: lists of responses, expectations and promises, and how many promises are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from corridor.ground.filters import Filters
from corridor.ground.statistics import Interval, mean_interval, share_interval
from corridor.ground.vocabulary import Microseconds
from corridor.listen.facts import Expectation, Promise, Response

Place = tuple[Microseconds, str]
"""Where a list goes on: the moment and the id of the last thing shown."""

NARROWED = """
      AND r.at >= :start AND r.at < :end
      AND (:channel IS NULL OR r.channel = :channel)
      AND (:segment IS NULL OR EXISTS (
          SELECT 1 FROM segment_members m
          WHERE m.workspace_id = r.workspace_id AND m.segment = :segment AND m.customer_id = r.customer_id))"""
"""What the filters of a page leave of a table `r` of this room."""

LISTED = """
      AND (:customer IS NULL OR r.customer_id = :customer)
      AND (:touchpoint IS NULL OR r.touchpoint = :touchpoint)
      AND (:before_at IS NULL OR (r.at, r.id) < (:before_at, :before_id))
    ORDER BY r.at DESC, r.id DESC LIMIT :most"""

RESPONSES = text(f"""
    SELECT r.* FROM responses r
    WHERE r.workspace_id = :workspace AND (:survey IS NULL OR r.survey_id = :survey) AND (:words = 0 OR r.text <> '')
      AND (:kind IS NULL OR r.kind = :kind) {NARROWED} {LISTED}""")

EXPECTATIONS = text(f"""
    SELECT r.* FROM expectations r
    WHERE r.workspace_id = :workspace AND (:survey IS NULL OR r.survey_id = :survey) {NARROWED} {LISTED}""")

PROMISES = text(f"""
    SELECT r.* FROM promises r
    WHERE r.workspace_id = :workspace AND (:state IS NULL OR r.state = :state) {NARROWED} {LISTED}""")

RATINGS_BY_TOUCHPOINT = text(f"""
    SELECT r.touchpoint, count(*) AS n, sum(r.common) AS total, sum(r.common * r.common) AS squares FROM responses r
    WHERE r.workspace_id = :workspace AND r.kind = 'experience' {NARROWED}
    GROUP BY r.touchpoint ORDER BY n DESC""")

RATED_IN_ALL = text(f"""
    SELECT count(*) AS n, sum(r.common) AS total, sum(r.common * r.common) AS squares FROM responses r
    WHERE r.workspace_id = :workspace AND r.kind = 'experience' {NARROWED}""")

# One number: customers who have rated the same touchpoint before, so that their own history says what they expect.
WITH_HISTORY = text(f"""
    SELECT count(*) FROM (
        SELECT 1 FROM responses r
        WHERE r.workspace_id = :workspace AND r.kind = 'experience' AND r.touchpoint IS NOT NULL {NARROWED}
        GROUP BY r.customer_id, r.touchpoint HAVING count(*) > 1)""")

STATED = text(f"""
    SELECT count(*) AS n, sum(r.common) AS total, sum(r.common * r.common) AS squares FROM expectations r
    WHERE r.workspace_id = :workspace {NARROWED}""")

PROMISES_BY_TOUCHPOINT = text(f"""
    SELECT r.touchpoint,
           count(*) FILTER (WHERE r.state = 'kept') AS kept, count(*) FILTER (WHERE r.state = 'broken') AS broken,
           count(*) FILTER (WHERE r.state = 'open') AS open, count(*) FILTER (WHERE r.state = 'withdrawn') AS withdrawn
    FROM promises r
    WHERE r.workspace_id = :workspace {NARROWED}
    GROUP BY r.touchpoint ORDER BY count(*) DESC""")

# One row: the middle miss (the mean of the two middle ones) of a touchpoint's broken promises in one unit.
MEDIAN_MISSES = text(f"""
    SELECT touchpoint, unit, avg(miss) AS median, max(n) AS n FROM (
        SELECT r.touchpoint, r.unit, r.miss,
               row_number() OVER (PARTITION BY r.touchpoint, r.unit ORDER BY r.miss) AS place,
               count(*) OVER (PARTITION BY r.touchpoint, r.unit) AS n
        FROM promises r
        WHERE r.workspace_id = :workspace AND r.state = 'broken' AND r.miss IS NOT NULL {NARROWED}) ranked
    WHERE place IN ((n + 1) / 2, (n + 2) / 2)
    GROUP BY touchpoint, unit ORDER BY n DESC""")


@dataclass(frozen=True, slots=True)
class Rated:
    """How customers rated a touchpoint, on the common scale."""

    touchpoint: str | None
    mean: Interval


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises of a touchpoint were kept; `misses` are the median misses of the broken ones as (median, unit, n)."""

    touchpoint: str | None
    kept: int
    broken: int
    open: int
    withdrawn: int
    misses: tuple[tuple[float, str, int], ...] = ()

    @property
    def share(self) -> Interval | None:
        """The share of the settled promises that were kept, with its interval."""
        return share_interval(self.kept, self.kept + self.broken)


def narrowed(workspace_id: str, filters: Filters | None) -> dict[str, Any]:
    """Return the parameters of the filters; without filters, of all time."""
    return {
        "workspace": workspace_id,
        "start": filters.period.start if filters else -(2**62),
        "end": filters.period.end if filters else 2**62,
        "channel": filters.channel if filters else None,
        "segment": filters.segment if filters else None,
    }


def responses(
    connection: Connection,
    workspace_id: str,
    filters: Filters | None = None,
    *,
    customer: str | None = None,
    touchpoint: str | None = None,
    survey: str | None = None,
    kind: str | None = None,
    words_only: bool = False,
    before: Place | None = None,
    limit: int = 50,
) -> list[Response]:
    """Return responses, the latest first, from before the given place on."""
    asked = _listed(workspace_id, filters, customer, touchpoint, before, limit)
    rows = connection.execute(RESPONSES, asked | {"survey": survey, "kind": kind, "words": int(words_only)})
    return [Response(**_heard(row), **_rest(row, Response)) for row in rows.mappings()]


def expectations(
    connection: Connection,
    workspace_id: str,
    filters: Filters | None = None,
    *,
    customer: str | None = None,
    touchpoint: str | None = None,
    survey: str | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> list[Expectation]:
    """Return stated expectations, the latest first, from before the given place on."""
    asked = _listed(workspace_id, filters, customer, touchpoint, before, limit)
    rows = connection.execute(EXPECTATIONS, asked | {"survey": survey})
    return [Expectation(**_heard(row), **_rest(row, Expectation)) for row in rows.mappings()]


def promises(
    connection: Connection,
    workspace_id: str,
    filters: Filters | None = None,
    *,
    customer: str | None = None,
    touchpoint: str | None = None,
    state: str | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> list[Promise]:
    """Return promises, the latest made first, from before the given place on."""
    asked = _listed(workspace_id, filters, customer, touchpoint, before, limit)
    rows = connection.execute(PROMISES, asked | {"state": state})
    return [Promise(**_heard(row), **_rest(row, Promise), key=row["promise_key"]) for row in rows.mappings()]


def ratings_by_touchpoint(connection: Connection, workspace_id: str, filters: Filters) -> list[Rated]:
    """Return how each touchpoint was rated within the filters, the most rated first."""
    rows = connection.execute(RATINGS_BY_TOUCHPOINT, narrowed(workspace_id, filters))
    means = [(row.touchpoint, mean_interval(row.n, row.total, row.squares)) for row in rows]
    return [Rated(touchpoint, mean) for touchpoint, mean in means if mean is not None]


def rated_in_all(connection: Connection, workspace_id: str, filters: Filters) -> Interval | None:
    """Return the mean of all ratings of an experience, on the common scale."""
    row = connection.execute(RATED_IN_ALL, narrowed(workspace_id, filters)).one()
    return mean_interval(row.n, row.total, row.squares)


def customers_with_history(connection: Connection, workspace_id: str, filters: Filters) -> int:
    """Return how many times a customer has rated the same touchpoint more than once within the filters."""
    return int(connection.execute(WITH_HISTORY, narrowed(workspace_id, filters)).scalar() or 0)


def stated(connection: Connection, workspace_id: str, filters: Filters) -> Interval | None:
    """Return the mean of what customers said that they expect, on the common scale."""
    row = connection.execute(STATED, narrowed(workspace_id, filters)).one()
    return mean_interval(row.n, row.total, row.squares)


def promises_by_touchpoint(connection: Connection, workspace_id: str, filters: Filters) -> list[Kept]:
    """Return how the promises made within the filters stand at each touchpoint, the most promising first."""
    asked = narrowed(workspace_id, filters)
    misses: dict[str | None, list[tuple[float, str, int]]] = {}
    for row in connection.execute(MEDIAN_MISSES, asked):
        misses.setdefault(row.touchpoint, []).append((row.median, row.unit, row.n))
    rows = connection.execute(PROMISES_BY_TOUCHPOINT, asked)
    return [
        Kept(row.touchpoint, row.kept, row.broken, row.open, row.withdrawn, tuple(misses.get(row.touchpoint, ()))) for row in rows
    ]


def in_all(kept: list[Kept]) -> Kept:
    """Return the touchpoints' promises taken together; misses in different units cannot be."""
    return Kept(None, *(sum(getattr(one, name) for one in kept) for name in ("kept", "broken", "open", "withdrawn")))


def _listed(
    workspace_id: str, filters: Filters | None, customer: str | None, touchpoint: str | None, before: Place | None, limit: int
) -> dict[str, Any]:
    return narrowed(workspace_id, filters) | {
        "customer": customer,
        "touchpoint": touchpoint,
        "before_at": before[0] if before else None,
        "before_id": before[1] if before else None,
        "most": limit,
    }


def _heard(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "node": row["node_id"],
        "customer": row["customer_id"],
        "account": row["account_id"],
        "touchpoint": row["touchpoint"],
        "channel": row["channel"],
        "at": row["at"],
        "event": row["event"],
    }


def _rest(row: Any, kind: type) -> dict[str, Any]:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    taken = {"id", "node", "customer", "account", "touchpoint", "channel", "at", "event", "key"}
    return {name: row[name] for name in names if name not in taken}
