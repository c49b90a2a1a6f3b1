"""The page of the corridor: the map, its tables, and who made a move."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from corridor import collect
from corridor.ground.access import Caller, Sees
from corridor.ground.statistics import TOO_FEW
from corridor.ground.store import Store
from corridor.ground.ui import fragment, page, text_direction
from corridor.ground.vocabulary import STAGES
from corridor.ground.web import Filtered, Storage
from corridor.understand import sheets
from corridor.understand.drawing import draw
from corridor.understand.facts import Corridor
from corridor.understand.gaps import gaps, in_all, worst
from corridor.understand.live import current, kept_corridor
from corridor.understand.movers import MOST, movers
from corridor.understand.words import Speech

router = APIRouter()

AT_ONCE = 24 * 1024 * 1024
"""A lake of so many bytes is read while the reader waits; for a larger one the page comes first and the map when it is ready."""


@router.get("/corridor")
def corridor_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    view: Literal["map", "table"] = "map",
    wait: bool = False,
) -> HTMLResponse:
    """Show the corridor as a map, or as tables of the same numbers."""
    is_part = request.headers.get("hx-target", "").endswith("corridor")
    with store.database.read() as connection:
        found = kept_corridor(connection, caller.workspace, filters)
        touchpoints = collect.touchpoints(connection, caller.workspace.id)
        by_touchpoint = gaps(connection, caller.workspace.id, "touchpoint", filters, caller.language)
        promises = in_all(connection, caller.workspace.id, filters).promises
    if found is None and (is_part or wait or not _takes_long(store, caller)):
        found = current(store, caller.workspace, filters)
    mirrored = text_direction(caller.language) == "rtl"
    speech = Speech.to(caller, touchpoints)
    context: dict[str, Any] = {
        "filters": filters, "view": view, "found": found, "speech": speech, "gaps": by_touchpoint[:8], "worst": worst(by_touchpoint),
        "promises": promises, "has_touchpoints": bool(touchpoints), "mirrored": mirrored, "may_configure": caller.configures,
        "drawing": draw(found, touchpoints, caller.language, mirrored=mirrored) if found and view == "map" else None,
        "stages": _stages(found) if found else [],
    }  # fmt: skip
    if is_part:
        return fragment(request, caller, "understand/corridor.html", "walked", **context)
    return page(request, caller, "understand/corridor.html", **context)


@router.get("/corridor.csv")
def corridor_sheet(
    caller: Sees, store: Storage, filters: Filtered, table: Literal["moves", "touchpoints", "snarls"] = "moves"
) -> Response:
    """Save the moves, the touchpoints or the snarls."""
    found = current(store, caller.workspace, filters)
    with store.database.read() as connection:
        speech = Speech.to(caller, collect.touchpoints(connection, caller.workspace.id))
    if table == "touchpoints":
        return sheets.stops_sheet(found, speech)
    if table == "snarls":
        return sheets.snarls_sheet(found, speech, caller.workspace.currency)
    return sheets.moves_sheet(found, speech)


@router.get("/corridor/moves")
def moves_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    start: str = Query(max_length=200),
    end: str = Query(max_length=200),
) -> HTMLResponse:
    """Show who went from one touchpoint to another, those who waited longest first."""
    who, everyone = movers(store, caller.workspace.id, filters, start, end)
    with store.database.read() as connection:
        speech = Speech.to(caller, collect.touchpoints(connection, caller.workspace.id))
        found = kept_corridor(connection, caller.workspace, filters)
    move = next((one for one in found.moves if (one.came_from, one.to) == (start, end)), None) if found else None
    return page(
        request, caller, "understand/moves.html", filters=filters, speech=speech, start=start, end=end, movers=who,
        everyone=everyone, most=MOST, move=move,
    )  # fmt: skip


def _takes_long(store: Store, caller: Caller) -> bool:
    files = store.lake.snapshot(caller.workspace.id).files
    return sum(Path(file).stat().st_size for file in files) > AT_ONCE


def _stages(found: Corridor) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the touchpoints by stage with their snarls and where most customers go next, for the list of small screens."""
    stages = []
    for stage in STAGES:
        stops = [
            {
                "stop": stop,
                "snarls": [snarl for snarl in found.snarls if snarl.where == stop.key],
                "next": [
                    move
                    for move in found.moves
                    if move.came_from == stop.key and move.to != stop.key and move.customers >= TOO_FEW
                ][:3],
            }
            for stop in found.stops
            if stop.stage == stage
        ]
        if stops:
            stages.append((stage, stops))
    return stages
