"""The API of imports: each run with its counts, and what stood aside. Imports are run from the command line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from corridor.collect.imports.facts import Import, State
from corridor.collect.imports.runs import find_import, imports_of
from corridor.ground.access import Sees
from corridor.ground.problems import NotFound
from corridor.ground.vocabulary import Microseconds, to_iso
from corridor.ground.web import Storage, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1", tags=["collect"])


class TableOut(BaseModel):
    """How much of a table was read, and how many of its rows stood aside while reading."""

    table: str
    files: list[str]
    rows: int
    quarantined: int


class ImportOut(BaseModel):
    """One run of a mapping over files; `reasons` counts the rows that stood aside by their code."""

    id: str
    mapping: str
    source: str
    path: str
    state: State
    started_at: str
    updated_at: str
    finished_at: str | None
    accepted: int
    quarantined: int
    unchanged: int
    tables: list[TableOut]
    reasons: dict[str, int]
    error: str


class ImportPage(BaseModel):
    """Runs, the latest first."""

    items: list[ImportOut]
    next: str | None


@router.get("/imports")
def get_imports(
    caller: Sees,
    store: Storage,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ImportPage:
    """List the runs of imports."""
    after = decode_cursor(cursor, str)
    with store.database.read() as connection:
        found = imports_of(connection, caller.workspace.id, after=after[0] if after else None, limit=limit + 1)
    more = len(found) > limit
    return ImportPage(items=[_out(run) for run in found[:limit]], next=encode_cursor(found[limit - 1].id) if more else None)


@router.get("/imports/{import_id}")
def get_import(import_id: str, caller: Sees, store: Storage) -> ImportOut:
    """Show one run."""
    with store.database.read() as connection:
        run = find_import(connection, caller.workspace.id, import_id)
    if run is None:
        raise NotFound(f"There is no import {import_id[:40]} in this workspace.")
    return _out(run)


def _out(run: Import) -> ImportOut:
    return ImportOut(
        id=run.id,
        mapping=run.mapping,
        source=run.source,
        path=run.path,
        state=run.state,
        started_at=to_iso(run.started_at),
        updated_at=to_iso(run.updated_at),
        finished_at=_iso(run.finished_at),
        accepted=run.accepted,
        quarantined=run.quarantined,
        unchanged=run.unchanged,
        tables=[
            TableOut(table=one.table, files=list(one.files), rows=one.rows, quarantined=one.quarantined) for one in run.tables
        ],
        reasons=run.reasons,
        error=run.error,
    )


def _iso(at: Microseconds | None) -> str | None:
    return to_iso(at) if at is not None else None
