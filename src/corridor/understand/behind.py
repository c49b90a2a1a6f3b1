"""What stands behind a mean gap: the words, the customers, the spread, and how it went from week to week."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, TextClause, text

from corridor.ground.filters import Filters
from corridor.ground.vocabulary import DAY, Microseconds, Workspace, from_datetime, now, to_datetime
from corridor.understand.compare import to_gap
from corridor.understand.facts import Gap
from corridor.understand.gaps import KEYS, NARROWED, By, parameters

BIN = 10
"""How wide a bar of the spread is, in points of the gap."""

MOST_WEEKS = 60
"""Longer periods are told by months."""

Place = tuple[Microseconds, str]


def _of_group(question: str) -> dict[By, TextClause]:
    made = {}
    for by, (key, joined) in KEYS.items():
        of = f"{joined} WHERE r.workspace_id = :workspace AND {key} = :key {NARROWED}"
        made[by] = text(question.replace("{of}", of))
    return made


# One row an experience with its words, newest first.
VOICES = _of_group("""
    SELECT r.*, said.text, said.value, said.highest, said.lowest, said.survey_id FROM gaps r
    LEFT JOIN responses said ON said.workspace_id = r.workspace_id AND said.id = r.id
    {of} AND (:words = 0 OR said.text <> '')
    AND (:before_at IS NULL OR (r.at, r.id) < (:before_at, :before_id))
    ORDER BY r.at DESC, r.id DESC LIMIT :most""")

# One row a bar: how many gaps lie in it.
SPREAD = _of_group(f"""
    SELECT min(CAST((r.gap + 100) / {BIN} AS INTEGER), {200 // BIN - 1}) AS bar, count(*) AS n FROM gaps r
    {{of}} AND r.gap IS NOT NULL GROUP BY 1 ORDER BY 1""")

# One row a week (or month): the sums of its gaps.
TREND = _of_group("""
    SELECT week.value ->> 0 AS start, count(r.gap) AS n, sum(r.gap) AS total, sum(r.gap * r.gap) AS squares,
           sum(r.expectation) AS expectation, sum(CASE WHEN r.gap IS NOT NULL THEN r.experience END) AS experience
    FROM gaps r JOIN json_each(:weeks) AS week ON r.at >= (week.value ->> 0) AND r.at < (week.value ->> 1)
    {of} GROUP BY 1 ORDER BY 1""")

# One row a week (or month): how many of the settled promises made in it were kept.
PROMISES_TREND = _of_group("""
    SELECT week.value ->> 0 AS start, sum(r.state = 'kept') AS kept, count(*) AS n
    FROM promises r JOIN json_each(:weeks) AS week ON r.at >= (week.value ->> 0) AND r.at < (week.value ->> 1)
    {of} AND r.state IN ('kept', 'broken') GROUP BY 1 ORDER BY 1""")

# One row a customer: those whose experience falls shortest, all their gaps here taken together.
CUSTOMERS = _of_group("""
    SELECT r.customer_id, count(*) AS n, sum(r.gap) AS total, avg(r.gap) AS gap, max(r.at) AS at FROM gaps r
    {of} AND r.gap IS NOT NULL GROUP BY r.customer_id HAVING sum(r.gap) < 0 ORDER BY total, r.customer_id LIMIT :most""")

FIRST = text("SELECT min(at) FROM gaps WHERE workspace_id = :workspace")


@dataclass(frozen=True, slots=True)
class Voice:
    """One experience as the customer told it."""

    gap: Gap
    text: str
    value: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """What a detail page is about: everything within the filters of one touchpoint, channel, segment or account."""

    workspace: Workspace
    by: By
    key: str
    filters: Filters

    @property
    def parameters(self) -> dict[str, Any]:
        """What its questions are asked with."""
        return parameters(self.workspace.id, self.filters) | {"key": self.key}


def voices(
    connection: Connection, group: Group, *, words_only: bool = False, before: Place | None = None, limit: int = 50
) -> list[Voice]:
    """Return what customers told, newest first, from before the given place on."""
    asked = group.parameters | {
        "words": int(words_only),
        "before_at": before[0] if before else None,
        "before_id": before[1] if before else None,
        "most": limit,
    }
    rows = connection.execute(VOICES[group.by], asked)
    return [Voice(to_gap(row), row.text or "", row.value, row.lowest, row.highest) for row in rows]


def spread(connection: Connection, group: Group) -> list[tuple[int, int]]:
    """Return how many gaps lie in each bar, as (its lower end, n), from the first bar that holds any to the last."""
    found = {row.bar: row.n for row in connection.execute(SPREAD[group.by], group.parameters)}
    return [(bar * BIN - 100, found.get(bar, 0)) for bar in range(min(found), max(found) + 1)] if found else []


def trend(connection: Connection, group: Group) -> list[Any]:
    """Return the sums of each week's (or month's) gaps, oldest first."""
    spans = json.dumps(weeks(connection, group.workspace, group.filters))
    return list(connection.execute(TREND[group.by], group.parameters | {"weeks": spans}))


def promises_trend(connection: Connection, group: Group) -> list[Any]:
    """Return how many of each week's (or month's) settled promises were kept, oldest first."""
    spans = json.dumps(weeks(connection, group.workspace, group.filters))
    return list(connection.execute(PROMISES_TREND[group.by], group.parameters | {"weeks": spans}))


def furthest(connection: Connection, group: Group, limit: int = 10) -> list[Any]:
    """Return the customers whose experience falls shortest, the sum of their gaps first."""
    return list(connection.execute(CUSTOMERS[group.by], group.parameters | {"most": limit}))


def weeks(connection: Connection, workspace: Workspace, filters: Filters) -> list[tuple[Microseconds, Microseconds]]:
    """Return the weeks of a period, Monday to Monday in the workspace's zone; months where there would be too many."""
    first = connection.execute(FIRST, {"workspace": workspace.id}).scalar()
    begin = max(filters.period.start, int(first) if first is not None else filters.period.start)
    end = max(min(filters.period.end, now() + DAY), begin + 1)
    zone = ZoneInfo(workspace.zone)
    day = to_datetime(begin, workspace.zone).date()
    by_month = (end - begin) / (7 * DAY) > MOST_WEEKS
    day = day.replace(day=1) if by_month else day - timedelta(days=day.weekday())
    found: list[tuple[Microseconds, Microseconds]] = []
    start = from_datetime(datetime(day.year, day.month, day.day, tzinfo=zone))
    while start < end:
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1) if by_month else day + timedelta(days=7)
        following = from_datetime(datetime(day.year, day.month, day.day, tzinfo=zone))
        found.append((start, following))
        start = following
    return found
