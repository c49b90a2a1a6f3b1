"""How much that was accepted has not walked the line yet."""

from __future__ import annotations

from sqlalchemy import select

from corridor.collect.tables import line_progress
from corridor.ground.store import Store

_ALL = "*"
"""The name under which the line keeps how far it is for all workspaces."""


def requests_waiting(store: Store) -> int:
    """Return how many requests (an import hands in one a chunk) lie in the journal behind the line."""
    with store.database.read() as connection:
        walked = connection.execute(select(line_progress.c.offset).where(line_progress.c.workspace_id == _ALL)).scalar()
    return max(0, store.journal.last_offset() - int(walked or 0))
