"""The pages of collect: where events come from, and what was set aside with its reason."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from corridor.collect.api import text_of
from corridor.collect.quarantine import known_sources, quarantined, reasons
from corridor.ground.access import Configures, Sees
from corridor.ground.extensions import offer
from corridor.ground.ui import N_, NavItem, page
from corridor.ground.web import Storage

router = APIRouter(include_in_schema=False)

A_PAGE = 25

offer(NavItem(label=N_("Sources"), path="/sources", room="collect", order=14))


@router.get("/sources")
def sources_page(request: Request, caller: Sees, store: Storage) -> HTMLResponse:
    """Where events come from, what became of them, and how to connect one more."""
    with store.database.read() as connection:
        found = known_sources(connection, caller.workspace.id)
        why = reasons(connection, caller.workspace.id)
    return page(request, caller, "collect/sources.html", sources=found, reasons=why, host=str(request.base_url).rstrip("/"))


@router.get("/sources/quarantine")
def quarantine_page(
    request: Request,
    caller: Configures,
    store: Storage,
    source: Annotated[str | None, Query(max_length=300)] = None,
    code: Annotated[str | None, Query(max_length=100)] = None,
    after: Annotated[str | None, Query(max_length=60)] = None,
) -> HTMLResponse:
    """What was set aside, one by one, with what came."""
    with store.database.read() as connection:
        found = quarantined(connection, caller.workspace.id, source=source, code=code, after=after, limit=A_PAGE + 1)
    shown = [(one, text_of(one.body)[0][:2000]) for _, one in found[:A_PAGE]]
    following = found[A_PAGE - 1][0] if len(found) > A_PAGE else None
    return page(request, caller, "collect/quarantine.html", rows=shown, next=following, source=source, code=code)
