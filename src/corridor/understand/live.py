"""The live corridor: finished answers, kept fresh beside the line, so that a page need not wait for the lake.

The usual periods are worked out again whenever something happened, but only for a tenth of the time: the longer they take, the
rarer. An answer always says how things stood `as_of`.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, text

from corridor.ground.filters import PRESETS, Filters, read_filters
from corridor.ground.store import Store
from corridor.ground.store.spool import last_batch
from corridor.ground.vocabulary import DAY, SECOND, Microseconds, Workspace, now
from corridor.understand.corridor import corridor
from corridor.understand.facts import Corridor

USUAL = (*PRESETS, "all")
"""The periods that are kept fresh for all customers on all channels."""

SHARE = 0.1
"""The part of the time that keeping them fresh may take."""

OFTEN_ENOUGH = 5 * SECOND
"""An answer this young is not worked out again, however fast that would be."""

CHEAP = 0.15
"""Seconds; what takes less is worked out whenever something happened since."""

HOLDS = 60 * SECOND
"""How long an answer is given again although something happened since, whether or not anybody keeps it fresh."""

KEEP = text("""
    INSERT INTO corridor_state (workspace_id, asked, as_of, seconds, stamp, body)
    VALUES (:workspace, :asked, :as_of, :seconds, :stamp, :body)
    ON CONFLICT (workspace_id, asked) DO UPDATE SET
        as_of = excluded.as_of, seconds = excluded.seconds, stamp = excluded.stamp, body = excluded.body""")

KEPT = text("SELECT as_of, seconds, stamp, body FROM corridor_state WHERE workspace_id = :workspace AND asked = :asked")

AGES = text("SELECT asked, as_of, seconds, stamp FROM corridor_state WHERE workspace_id = :workspace")

FORGET_OLD = text("DELETE FROM corridor_state WHERE workspace_id = :workspace AND as_of < :before")

IDENTITY = text("SELECT version FROM identity_changes WHERE workspace_id = :workspace")


def current(store: Store, workspace: Workspace, filters: Filters, *, fresh: bool = False) -> Corridor:
    """Return the corridor within the filters: the kept one where there is one young enough, else worked out now.

    Args:
        store: the data folder.
        workspace: whose corridor.
        filters: period, segment and channel.
        fresh: work it out now in any case.
    """
    if not fresh:
        with store.database.read() as connection:
            found = kept_corridor(connection, workspace, filters)
        if found is not None:
            return found
    return refresh(store, workspace, filters)


def kept_corridor(connection: Connection, workspace: Workspace, filters: Filters) -> Corridor | None:
    """Return the kept corridor within the filters, or None where it would have to be worked out."""
    row = connection.execute(KEPT, {"workspace": workspace.id, "asked": asked(filters)}).first()
    if row is None:
        return None
    # Three pauses: where the line keeps the usual periods fresh, they are never older.
    holds = 0 if row.seconds < CHEAP else HOLDS
    if holds and asked(filters) in USUAL:
        holds = max(HOLDS, 3 * _pause(connection, workspace.id))
    same_days = row.stamp.endswith(f".{filters.period.end}")
    if row.stamp != stamp(connection, workspace.id, filters) and not (same_days and row.as_of > now() - holds):
        return None
    return msgspec.json.decode(row.body, type=Corridor)


def refresh(store: Store, workspace: Workspace, filters: Filters) -> Corridor:
    """Work out the corridor within the filters now, and keep it."""
    with store.database.read() as connection:
        worked_from = stamp(connection, workspace.id, filters)
    found = corridor(store, workspace.id, filters, workspace.currency)
    row = {
        "workspace": workspace.id,
        "asked": asked(filters),
        "as_of": found.as_of,
        "seconds": found.seconds,
        "stamp": worked_from,
        "body": msgspec.json.encode(found).decode(),
    }
    with store.database.write() as connection:
        connection.execute(KEEP, row)
    return found


def refresh_due(store: Store, workspace: Workspace) -> int:
    """Work out again the usual corridors that are due, the longest waiting first; return how many. For a thread beside the line."""
    with store.database.read() as connection:
        ages = {row.asked: row for row in connection.execute(AGES, {"workspace": workspace.id})}
        wanted = {preset: read_filters(workspace, period=preset) for preset in USUAL}
        changed = [
            preset
            for preset, filters in wanted.items()
            if preset not in ages or ages[preset].stamp != stamp(connection, workspace.id, filters)
        ]
        pause = _pause(connection, workspace.id)
    due = [preset for preset in changed if preset not in ages or ages[preset].as_of <= now() - pause]
    for preset in sorted(due, key=lambda preset: ages[preset].as_of if preset in ages else 0):
        refresh(store, workspace, wanted[preset])
    if due:
        store.news.tell(workspace.id, "corridor", "")
        with store.database.write() as connection:
            connection.execute(FORGET_OLD, {"workspace": workspace.id, "before": now() - 2 * DAY})
    return len(due)


def asked(filters: Filters) -> str:
    """Return what tells one question about the corridor from another."""
    period = filters.preset if filters.preset in USUAL else f"{filters.period.start}-{filters.period.end}"
    narrowed = [f"{name}={value}" for name, value in (("segment", filters.segment), ("channel", filters.channel)) if value]
    return " ".join([period, *narrowed])


def stamp(connection: Connection, workspace_id: str, filters: Filters) -> str:
    """Return what changes whenever the answer might: the events so far, decisions about who is who, and the last day asked for."""
    identity = connection.execute(IDENTITY, {"workspace": workspace_id}).scalar() or 0
    return f"{last_batch(connection, workspace_id)}.{identity}.{filters.period.end}"


def _pause(connection: Connection, workspace_id: str) -> Microseconds:
    """Return how long the usual corridors rest between two rounds, so that their share of the time is kept."""
    rows = connection.execute(AGES, {"workspace": workspace_id})
    cost = sum(float(row.seconds) for row in rows if row.asked in USUAL)
    return max(OFTEN_ENOUGH, int(cost / SHARE * SECOND))
