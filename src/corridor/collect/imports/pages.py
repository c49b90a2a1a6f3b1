"""The pages of imports: what was taken in, what stood aside and why, and how to run one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from corridor.collect.imports.facts import Import
from corridor.collect.imports.load import mappings, read_mapping
from corridor.collect.imports.runs import find_import, imports_of
from corridor.collect.quarantine import quarantined
from corridor.ground.access import Caller, Sees
from corridor.ground.extensions import offer
from corridor.ground.problems import NotFound, Problem
from corridor.ground.ui import N_, NavItem, page
from corridor.ground.vocabulary import SECOND, now
from corridor.ground.web import Storage

router = APIRouter(include_in_schema=False)

A_PAGE = 25
SILENT_AFTER = 60 * SECOND
"""A run that has given no sign for so long was killed: a living one gives one every few seconds."""

STATES = {"running": N_("under way"), "done": N_("all read"), "stopped": N_("stopped"), "failed": N_("failed")}
TONES = {"done": "good", "failed": "bad"}
REASONS = {
    "wrong_width": N_("wrong number of columns"),
    "open_quote": N_("a quote that does not close"),
    "bad_encoding": N_("bytes that are no text"),
    "not_json": N_("not JSON"),
    "bad_integer": N_("not a whole number"),
    "bad_decimal": N_("not a number"),
    "bad_datetime": N_("not a date and time"),
    "bad_date": N_("not a date"),
    "bad_boolean": N_("neither yes nor no"),
    "missing": N_("a needed value is empty"),
    "repeated_key": N_("the same key again"),
    "repeated_row": N_("the same row again"),
    "no_parent": N_("belongs to a row that is not there"),
    "set_aside": N_("set aside by the mapping"),
    "no_id": N_("nothing to make an id from"),
    "no_person": N_("names nobody"),
    "no_account": N_("names no account"),
    "no_event": N_("an event without a usable name"),
    "long_id": N_("an id that is too long"),
    "same_id": N_("the same event again"),
    "too_large": N_("an event that is too large"),
}

offer(NavItem(label=N_("Imports"), path="/sources/imports", room="collect", order=15))


@router.get("/sources/imports")
def imports_page(
    request: Request, caller: Sees, store: Storage, after: Annotated[str | None, Query(max_length=60)] = None
) -> HTMLResponse:
    """All runs, the latest first, and how to run one."""
    with store.database.read() as connection:
        found = imports_of(connection, caller.workspace.id, after=after, limit=A_PAGE + 1)
    return page(
        request,
        caller,
        "collect/imports/imports.html",
        imports=found[:A_PAGE],
        next=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        known=_known_mappings(caller),
        **_words(),
    )


@router.get("/sources/imports/{import_id}")
def import_page(
    request: Request, import_id: str, caller: Sees, store: Storage, after: Annotated[str | None, Query(max_length=60)] = None
) -> HTMLResponse:
    """One run: its tables, and the rows that stood aside."""
    with store.database.read() as connection:
        run = find_import(connection, caller.workspace.id, import_id)
        if run is None:
            raise NotFound("There is no such import in this workspace.")
        rows = quarantined(connection, caller.workspace.id, source=run.source, after=after, limit=A_PAGE + 1)
    return page(
        request,
        caller,
        "collect/imports/import.html",
        run=run,
        rows=[(one, one.body[:600].decode("utf-8", "replace")) for _, one in rows[:A_PAGE]],
        next=rows[A_PAGE - 1][0] if len(rows) > A_PAGE else None,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"state_of": _state_of, "reasons": REASONS, "file_name": _file_name}


def _state_of(run: Import) -> tuple[str, str]:
    """Return the word and the tone of a run's state."""
    if run.state == "running" and now() - run.updated_at > SILENT_AFTER:
        return N_("no sign of life"), "bad"
    return STATES[run.state], TONES.get(run.state, "")


def _file_name(run: Import) -> str:
    return run.path.rstrip("/").rpartition("/")[2] or run.path


def _known_mappings(caller: Caller) -> list[tuple[str, str]]:
    """Return the name and title of the mappings that packs bring; one that cannot be read is told by `corridor import --list`."""
    found = []
    for name, file in mappings():
        try:
            mapping, _ = read_mapping(file)
        except Problem:
            continue
        found.append((name, mapping.titles.get(caller.language) or mapping.title or name))
    return found
