"""The record of each run: how far it is, what came of it, and how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from corridor.collect.imports.facts import Import, State, TableRead
from corridor.collect.imports.tables import imports
from corridor.ground.vocabulary import new_id, now


def begin(connection: Connection, workspace_id: str, mapping: str, digest: str, path: Path) -> Import:
    """Record that a run begins. One that was killed before has stopped: only one run of a mapping goes on at a time."""
    moment = now()
    connection.execute(
        update(imports)
        .where(imports.c.workspace_id == workspace_id, imports.c.mapping == mapping, imports.c.state == "running")
        .values(state="stopped")
    )
    run = Import(new_id(moment), mapping, str(path), "running", moment, moment, None)
    connection.execute(
        insert(imports).values(
            workspace_id=workspace_id,
            id=run.id,
            mapping=mapping,
            digest=digest,
            path=run.path,
            state=run.state,
            started_at=moment,
            updated_at=moment,
        )
    )
    return run


def record(connection: Connection, workspace_id: str, run: Import) -> None:
    """Write how far a run is."""
    connection.execute(
        update(imports)
        .where(imports.c.workspace_id == workspace_id, imports.c.id == run.id)
        .values(
            state=run.state,
            updated_at=now(),
            finished_at=run.finished_at,
            accepted=run.accepted,
            quarantined=run.quarantined,
            unchanged=run.unchanged,
            tables=json.dumps([asdict(table) for table in run.tables]),
            reasons=json.dumps(run.reasons),
            error=run.error,
        )
    )


def imports_of(connection: Connection, workspace_id: str, *, after: str | None = None, limit: int = 50) -> list[Import]:
    """Return the runs of a workspace, the latest first; `after` is the id of the last one seen."""
    question = select(imports).where(imports.c.workspace_id == workspace_id)
    if after is not None:
        question = question.where(imports.c.id < after)
    return [_import(row) for row in connection.execute(question.order_by(imports.c.id.desc()).limit(limit))]


def find_import(connection: Connection, workspace_id: str, import_id: str) -> Import | None:
    """Return one run of a workspace, None where it has no such run."""
    question = select(imports).where(imports.c.workspace_id == workspace_id, imports.c.id == import_id)
    row = connection.execute(question).first()
    return _import(row) if row is not None else None


def _import(row: Row[Any]) -> Import:
    state: State = row.state
    return Import(
        id=row.id,
        mapping=row.mapping,
        path=row.path,
        state=state,
        started_at=row.started_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
        accepted=row.accepted,
        quarantined=row.quarantined,
        unchanged=row.unchanged,
        tables=tuple(
            TableRead(one["table"], tuple(one["files"]), one["rows"], one["quarantined"]) for one in json.loads(row.tables)
        ),
        reasons=json.loads(row.reasons),
        error=row.error,
    )
