"""What we did is an event too: rooms record it in their own transaction, and the line takes it up from the outbox."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from corridor.collect.tables import outbox, outbox_progress
from corridor.ground.store import Request
from corridor.ground.vocabulary import Microseconds, new_id, now, to_iso

OWN_SOURCE = "corridor"
"""The source of events that Corridor's own rooms record."""


def record(
    connection: Connection,
    workspace_id: str,
    name: str,
    *,
    node: int | None = None,
    user_id: str | None = None,
    anonymous_id: str | None = None,
    group_id: str | None = None,
    properties: dict[str, Any] | None = None,
    traits: dict[str, Any] | None = None,
    at: Microseconds | None = None,
    channel: str = "web",
    message_id: str | None = None,
    type: str = "track",
) -> str:
    """Record that something happened to or with a customer, in the caller's transaction; return the event's message id.

    The customer is named by an identity `node`, a `user_id` or an `anonymous_id`. The same `message_id` twice is one event.
    """
    if node is None and user_id is None and anonymous_id is None:
        raise ValueError("record() needs a node, a user_id or an anonymous_id to know whose event this is")
    moment = now() if at is None else at
    identity = message_id or new_id()
    body = {
        "type": type,
        "event": name,
        "messageId": identity,
        "timestamp": to_iso(moment),
        "channel": channel,
        "node": node,
        "userId": user_id,
        "anonymousId": anonymous_id,
        "groupId": group_id,
        "properties": properties or {},
        "traits": traits or {},
    }
    # The number comes from SQLite within the writing transaction, so numbers grow in the order of the commits.
    following = select(func.coalesce(func.max(outbox.c.id), _taken(workspace_id)) + 1).where(
        outbox.c.workspace_id == workspace_id
    )
    connection.execute(
        outbox.insert().values(
            workspace_id=workspace_id,
            id=following.scalar_subquery(),
            message_id=identity,
            recorded_at=now(),
            body=msgspec.json.encode(body),
        )
    )
    return identity


def recorded(connection: Connection, workspace_id: str, most: int = 2_000) -> list[Request]:
    """Return what was recorded and has not walked the line, as requests of one event each; their offsets are negative."""
    rows = connection.execute(
        select(outbox.c.id, outbox.c.recorded_at, outbox.c.body)
        .where(outbox.c.workspace_id == workspace_id)
        .order_by(outbox.c.id)
        .limit(most)
    ).all()
    return [
        Request(-row.id, workspace_id, OWN_SOURCE, "recorded", row.recorded_at, 1, b'{"batch":[' + row.body + b"]}", True)
        for row in rows
    ]


def taken_up(connection: Connection, workspace_id: str, upto: int) -> None:
    """Let go of what has walked the line, in the transaction of its batch."""
    connection.execute(outbox.delete().where(outbox.c.workspace_id == workspace_id, outbox.c.id <= upto))
    connection.execute(
        insert(outbox_progress)
        .values(workspace_id=workspace_id, last_id=upto)
        .on_conflict_do_update(index_elements=["workspace_id"], set_={"last_id": upto})
    )


def _taken(workspace_id: str) -> Any:
    last = select(outbox_progress.c.last_id).where(outbox_progress.c.workspace_id == workspace_id).scalar_subquery()
    return func.coalesce(last, 0)
