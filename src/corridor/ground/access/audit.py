"""The audit: every privileged action, each record chained to the one before by a hash, so that a change of the past shows.

h(n) = SHA-256(h(n-1) || canonical JSON of record n), with h(0) = 64 zeros.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, insert, select

from corridor.ground.access.facts import Action, Actor
from corridor.ground.access.tables import audit as table
from corridor.ground.vocabulary import now

FIRST = "0" * 64


def record_action(
    connection: Connection,
    workspace_id: str,
    by: Actor,
    action: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Action:
    """Keep a privileged action in the same transaction as the action itself: what was done, to what, from what to what."""
    query = (
        select(table.c.number, table.c.hash).where(table.c.workspace_id == workspace_id).order_by(table.c.number.desc()).limit(1)
    )
    last = connection.execute(query).first()
    record = Action(
        number=(last.number if last else 0) + 1, at=now(), by=by.id, by_name=by.name, action=action, subject=subject,
        address=by.address, before=before or {}, after=after or {}, hash="",
    )  # fmt: skip
    chained = _hash(last.hash if last else FIRST, workspace_id, record)
    connection.execute(
        insert(table).values(
            workspace_id=workspace_id, number=record.number, at=record.at, by=record.by, by_name=record.by_name, action=action,
            subject=subject, address=record.address, before=_canonical(record.before), after=_canonical(record.after), hash=chained,
        )
    )  # fmt: skip
    return _with_hash(record, chained)


def actions(
    connection: Connection,
    workspace_id: str,
    *,
    action: str | None = None,
    by: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Action]:
    """Return recorded actions, the newest first, down from the one numbered `before`."""
    query = select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.number.desc()).limit(limit)
    if action:
        query = query.where(table.c.action == action)
    if by:
        query = query.where(table.c.by_name == by)
    if before is not None:
        query = query.where(table.c.number < before)
    return [_fact(row) for row in connection.execute(query)]


def kinds_of_action(connection: Connection, workspace_id: str) -> list[str]:
    """Return the kinds of action that were recorded here, for the filter of the page."""
    query = select(table.c.action).where(table.c.workspace_id == workspace_id).distinct().order_by(table.c.action)
    return list(connection.execute(query).scalars())


def broken_at(connection: Connection, workspace_id: str) -> int | None:
    """Return the number of the first record that does not fit the chain, or None if all of it holds."""
    previous, expected = FIRST, 1
    query = select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.number)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        record = _fact(row)
        if record.number != expected or record.hash != _hash(previous, workspace_id, record):
            return expected
        previous, expected = record.hash, expected + 1
    return None


def head(connection: Connection, workspace_id: str) -> tuple[int, str]:
    """Return the number and the hash of the newest record, (0, zeros) where there is none."""
    query = (
        select(table.c.number, table.c.hash).where(table.c.workspace_id == workspace_id).order_by(table.c.number.desc()).limit(1)
    )
    row = connection.execute(query).first()
    return (row.number, row.hash) if row else (0, FIRST)


def _hash(previous: str, workspace_id: str, record: Action) -> str:
    content = [
        workspace_id, record.number, record.at, record.by, record.by_name, record.action, record.subject, record.address,
        record.before, record.after,
    ]  # fmt: skip
    return hashlib.sha256(previous.encode() + _canonical(content).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def _fact(row: Any) -> Action:
    return Action(
        number=row.number, at=row.at, by=row.by, by_name=row.by_name, action=row.action, subject=row.subject,
        address=row.address, before=json.loads(row.before), after=json.loads(row.after), hash=row.hash,
    )  # fmt: skip


def _with_hash(record: Action, chained: str) -> Action:
    from dataclasses import replace

    return replace(record, hash=chained)
