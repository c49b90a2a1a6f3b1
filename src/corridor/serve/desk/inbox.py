"""The inbox: the piles of conversations, and who waits longest."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, case, func, literal, or_, select

from corridor.ground.cursors import decode_cursor, encode_cursor
from corridor.serve.conversations import as_conversation
from corridor.serve.facts import Conversation
from corridor.serve.tables import conversations as table

View = Literal["mine", "unassigned", "all", "closed"]
VIEWS: tuple[View, ...] = ("mine", "unassigned", "all", "closed")
"""The piles of the inbox. Who waits longest stands first; closed ones by their last message."""

_LATEST_POSSIBLE = 1 << 62


def inbox(
    connection: Connection,
    workspace_id: str,
    view: View,
    person_id: str,
    *,
    channel: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[Conversation], str | None]:
    """Return a page of the inbox and where the next begins."""
    place = case(
        (table.c.state == "open", func.coalesce(table.c.waiting_since, table.c.last_message_at)),
        else_=literal(_LATEST_POSSIBLE) - table.c.last_message_at,
    ).label("place")
    query = _pile(select(table, place), workspace_id, view, person_id)
    if channel:
        query = query.where(table.c.channel == channel)
    if after:
        number, id = decode_cursor(after, int, str) or (0, "")
        query = query.where(or_(place > number, and_(place == number, table.c.id > id)))
    rows = connection.execute(query.order_by(place, table.c.id).limit(limit + 1)).all()
    found = [as_conversation(row) for row in rows[:limit]]
    more = encode_cursor(rows[limit - 1].place, rows[limit - 1].id) if len(rows) > limit else None
    return found, more


def pile_sizes(connection: Connection, workspace_id: str, person_id: str) -> dict[str, int]:
    """Return how many conversations lie on each pile that still has work in it."""
    query = select(
        func.count(),
        func.count().filter(table.c.assigned_to == person_id),
        func.count().filter(table.c.assigned_to.is_(None)),
    ).where(table.c.workspace_id == workspace_id, table.c.state.in_(("open", "waiting")))
    every, mine, unassigned = connection.execute(query).one()
    return {"mine": mine, "unassigned": unassigned, "all": every}


def _pile(query: Select[Any], workspace_id: str, view: View, person_id: str) -> Select[Any]:
    query = query.where(table.c.workspace_id == workspace_id)
    if view == "closed":
        return query.where(table.c.state == "closed")
    query = query.where(table.c.state.in_(("open", "waiting")))
    if view == "mine":
        return query.where(table.c.assigned_to == person_id)
    if view == "unassigned":
        return query.where(table.c.assigned_to.is_(None))
    return query
