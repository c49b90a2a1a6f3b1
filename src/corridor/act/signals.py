"""Signals: kept once by rule and event, listed, and counted. It refuses to notice the same thing twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, Select, and_, column, insert, or_, select
from sqlalchemy import table as named

from corridor.act.facts import Signal
from corridor.act.tables import signals as table
from corridor.ground.vocabulary import Period

CHUNK = 500
"""Ids in one IN list."""

Place = tuple[int, str]
"""Where a list goes on: after the item of this moment and id."""


_members = named("segment_members", column("workspace_id"), column("segment"), column("customer_id"))


def members_of(workspace_id: str, segment: str) -> Select[Any]:
    """The customers of a segment, to look into."""
    return select(_members.c.customer_id).where(_members.c.workspace_id == workspace_id, _members.c.segment == segment)


def signal_of(row: Any) -> Signal:
    """Return a row of the table as a fact."""
    values = {one.name: getattr(row, one.name) for one in fields(Signal)}
    return Signal(**{**values, "detail": json.loads(row.detail)})


def unheard(connection: Connection, workspace_id: str, found: Iterable[Signal]) -> list[Signal]:
    """Return those of the signals that are not kept yet, each once."""
    distinct = {(signal.rule_id, signal.event): signal for signal in found}
    events = sorted({event for _, event in distinct})
    for start in range(0, len(events), CHUNK):
        query = select(table.c.rule_id, table.c.event).where(
            table.c.workspace_id == workspace_id,
            table.c.rule_id.in_(sorted({rule for rule, _ in distinct})),
            table.c.event.in_(events[start : start + CHUNK]),
        )
        for rule_id, event in connection.execute(query).all():
            distinct.pop((rule_id, event), None)
    return list(distinct.values())


def keep(connection: Connection, workspace_id: str, found: list[Signal]) -> None:
    """Write signals that are not kept yet."""
    if found:
        rows = [{**asdict(signal), "detail": json.dumps(signal.detail), "workspace_id": workspace_id} for signal in found]
        connection.execute(insert(table), rows)


def list_signals(
    connection: Connection,
    workspace_id: str,
    *,
    period: Period | None = None,
    rule_id: str | None = None,
    kind: str | None = None,
    touchpoint: str | None = None,
    channel: str | None = None,
    customer: str | None = None,
    segment: str | None = None,
    after: Place | None = None,
    limit: int = 25,
) -> tuple[list[Signal], Place | None]:
    """Return a page of signals, the latest first, and where the next page begins."""
    query = select(table).where(table.c.workspace_id == workspace_id)
    if period is not None:
        query = query.where(table.c.at >= period.start, table.c.at < period.end)
    for where, value in (
        (table.c.rule_id, rule_id),
        (table.c.kind, kind),
        (table.c.touchpoint, touchpoint),
        (table.c.channel, channel),
        (table.c.customer_id, customer),
    ):
        if value:
            query = query.where(where == value)
    if segment:
        query = query.where(table.c.customer_id.in_(members_of(workspace_id, segment)))
    if after is not None:
        at, id = after
        query = query.where(or_(table.c.at < at, and_(table.c.at == at, table.c.id > id)))
    found = [signal_of(row) for row in connection.execute(query.order_by(table.c.at.desc(), table.c.id).limit(limit + 1))]
    return found[:limit], (found[limit - 1].at, found[limit - 1].id) if len(found) > limit else None
