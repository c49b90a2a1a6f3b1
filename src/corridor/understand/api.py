"""The API of understand: the corridor, the gaps, the portfolio, and the touchpoints they speak of."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from corridor import collect
from corridor.ground.access import Configures, Sees, actor
from corridor.ground.extensions import offer
from corridor.ground.web import FilteredWhole, Storage, decode_cursor, encode_cursor
from corridor.remember import CustomerDetail
from corridor.understand import shapes
from corridor.understand.compare import satisfaction
from corridor.understand.gaps import gaps, in_all, worst
from corridor.understand.live import current
from corridor.understand.places import change_touchpoint, find_touchpoint, remove_touchpoint
from corridor.understand.portfolio import SHOWN, Layout, layout_of, portfolio, save_layout

router = APIRouter(prefix="/api/v1", tags=["understand"])

Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/corridor")
def get_corridor(
    caller: Sees,
    store: Storage,
    filters: FilteredWhole,
    fresh: Annotated[bool, Query(description="Work it out now, however long that takes")] = False,
) -> shapes.CorridorOut:
    """Return the corridor within the filters: touchpoints, moves between them, and snarls with their price."""
    with store.database.read() as connection:
        touchpoints = collect.touchpoints(connection, caller.workspace.id)
    found = current(store, caller.workspace, filters, fresh=fresh)
    return shapes.corridor_out(found, filters, touchpoints, caller.workspace.currency)


@router.get("/gaps")
def get_gaps(
    caller: Sees,
    store: Storage,
    filters: FilteredWhole,
    by: Annotated[str, Query(description="touchpoint, channel, segment or account", max_length=50)] = "touchpoint",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> shapes.GapsOut:
    """Return the mean gap by touchpoint, channel, segment or account, where expectation breaks most first."""
    place = decode_cursor(cursor, int)
    begin = place[0] if place else 0
    with store.database.read() as connection:
        found = gaps(connection, caller.workspace.id, by, filters)
        together = in_all(connection, caller.workspace.id, filters)
    broken = worst(found)
    return shapes.GapsOut(
        by=by,
        items=[shapes.gap_out(one) for one in found[begin : begin + limit]],
        next=encode_cursor(begin + limit) if begin + limit < len(found) else None,
        all=shapes.gap_out(together),
        promises=shapes.promises_out(together.promises),
        worst=broken.key if broken else None,
    )


@router.get("/portfolio")
def get_portfolio(
    caller: Sees,
    store: Storage,
    filters: FilteredWhole,
    of: Literal["account", "customer"] | None = None,
    x: Literal["satisfaction", "gap", "recommend"] | None = None,
    y: Literal["billed", "billed_all"] | None = None,
    threshold: Annotated[int | None, Query(description="Where high value begins, in minor units", ge=1)] = None,
    satisfaction_split: Annotated[float | None, Query(ge=-100, le=100)] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=SHOWN)] = 200,
) -> shapes.PortfolioOut:
    """Return accounts or customers in their quadrants; what is not asked for is as the workspace has laid it out."""
    place = decode_cursor(cursor, int)
    begin = place[0] if place else 0
    with store.database.read() as connection:
        layout = layout_of(connection, caller.workspace.id, of)
        asked: dict[str, Any] = {"x": x, "y": y, "threshold": threshold, "split": satisfaction_split}
        layout = replace(layout, **{name: value for name, value in asked.items() if value is not None})
        found = portfolio(connection, caller.workspace, filters, layout, after=begin, limit=limit)
    return shapes.portfolio_out(found, encode_cursor(begin + limit) if begin + limit < found.total else None)


@router.put("/portfolio/layout", status_code=204)
def put_layout(caller: Configures, store: Storage, body: shapes.LayoutIn) -> Response:
    """Lay the portfolio of accounts, or that of customers, out anew for everybody."""
    layout = Layout(body.of, body.x, body.y, body.threshold, body.satisfaction_split)
    with store.database.write() as connection:
        save_layout(connection, caller.workspace.id, layout)
    return Response(status_code=204)


@router.get("/touchpoints")
def get_touchpoints(caller: Sees, store: Storage) -> shapes.Page[shapes.TouchpointOut]:
    """List the touchpoints in the order of the corridor."""
    with store.database.read() as connection:
        found = collect.touchpoints(connection, caller.workspace.id)
    return shapes.Page(items=[shapes.touchpoint_out(one) for one in found], next=None)


@router.get("/touchpoints/{key}")
def get_touchpoint(key: str, caller: Sees, store: Storage) -> shapes.TouchpointOut:
    """Return a touchpoint."""
    with store.database.read() as connection:
        return shapes.touchpoint_out(find_touchpoint(connection, caller.workspace.id, key))


@router.put("/touchpoints/{key}")
def put_touchpoint(
    key: str, caller: Configures, store: Storage, request: Request, body: shapes.TouchpointIn
) -> shapes.TouchpointOut:
    """Add a touchpoint, or change the one of this key."""
    with store.database.write() as connection:
        change_touchpoint(connection, caller.workspace.id, shapes.touchpoint_of(key, body), actor(caller, request))
        return shapes.touchpoint_out(find_touchpoint(connection, caller.workspace.id, key))


@router.delete("/touchpoints/{key}", status_code=204)
def delete_touchpoint(key: str, caller: Configures, store: Storage, request: Request) -> Response:
    """Remove a touchpoint. What happened there stays, under its key."""
    with store.database.write() as connection:
        remove_touchpoint(connection, caller.workspace.id, key, actor(caller, request))
    return Response(status_code=204)


def _satisfaction(connection: Connection, workspace_id: str, customer_id: str) -> dict[str, Any] | None:
    found = satisfaction(connection, workspace_id, customer_id)
    return {"value": found.value, "n": found.n, "expects": found.expects} if found else None


offer(CustomerDetail("satisfaction", _satisfaction))
