"""Events that were accepted and could not walk: kept with their reason, counted and visible, never lost."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, tuple_

from corridor.collect.tables import quarantine as table
from corridor.collect.tables import sources
from corridor.ground.vocabulary import Microseconds, Quarantined, new_id


@dataclass(frozen=True, slots=True)
class Reason:
    """How many events of a source were set aside for the same reason."""

    source: str
    code: str
    field: str
    reason: str
    events: int
    last_at: Microseconds


def quarantine(connection: Connection, workspace_id: str, set_aside: list[Quarantined]) -> None:
    """Keep events that cannot walk the line, with their reasons."""
    if set_aside:
        connection.execute(
            table.insert(),
            [
                {
                    "workspace_id": workspace_id,
                    "id": new_id(),
                    "source": one.source,
                    "offset": one.offset,
                    "position": one.position,
                    "received_at": one.received_at,
                    "code": one.code,
                    "field": one.field,
                    "reason": one.reason,
                    "body": one.body,
                }
                for one in set_aside
            ],
        )


def quarantined(
    connection: Connection,
    workspace_id: str,
    *,
    source: str | None = None,
    code: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[tuple[str, Quarantined]]:
    """Return (id, event) of what was set aside, newest first."""
    question = select(table).where(table.c.workspace_id == workspace_id)
    if source:
        question = question.where(table.c.source == source)
    if code:
        question = question.where(table.c.code == code)
    if after:
        anchor = select(table.c.received_at, table.c.id).where(table.c.workspace_id == workspace_id, table.c.id == after)
        found = connection.execute(anchor).first()
        if found:
            question = question.where(tuple_(table.c.received_at, table.c.id) < tuple_(found.received_at, found.id))
    rows = connection.execute(question.order_by(table.c.received_at.desc(), table.c.id.desc()).limit(limit)).all()
    return [
        (
            row.id,
            Quarantined(row.source, row.offset, row.position, row.received_at, row.code, row.field, row.reason, row.body),
        )
        for row in rows
    ]


def reasons(connection: Connection, workspace_id: str, source: str | None = None) -> list[Reason]:
    """Return why events were set aside, the commonest reason first."""
    counted = func.count()
    question = select(
        table.c.source,
        table.c.code,
        table.c.field,
        func.min(table.c.reason).label("reason"),
        counted,
        func.max(table.c.received_at),
    ).where(table.c.workspace_id == workspace_id)
    if source:
        question = question.where(table.c.source == source)
    rows = connection.execute(question.group_by(table.c.source, table.c.code, table.c.field).order_by(counted.desc())).all()
    return [Reason(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Source:
    """Where events come from, with what became of them."""

    source: str
    first_at: Microseconds
    last_at: Microseconds
    events: int
    duplicates: int
    quarantined: int


def known_sources(connection: Connection, workspace_id: str) -> list[Source]:
    """Return the workspace's sources, the most recently heard first."""
    rows = connection.execute(
        select(
            sources.c.source,
            sources.c.first_at,
            sources.c.last_at,
            sources.c.events,
            sources.c.duplicates,
            sources.c.quarantined,
        )
        .where(sources.c.workspace_id == workspace_id)
        .order_by(sources.c.last_at.desc())
    ).all()
    return [Source(*row) for row in rows]
