"""What a new workspace gets from collect: the usual touchpoints, so that the first events are recognised."""

from __future__ import annotations

from sqlalchemy import Connection

from corridor.collect.touchpoints import add_defaults


def prepare(connection: Connection, workspace_id: str) -> None:
    """Give the workspace its first touchpoints."""
    add_defaults(connection, workspace_id)
