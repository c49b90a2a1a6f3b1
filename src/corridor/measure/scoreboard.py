"""The three goals on one page: measured together, and kept for a moment where measuring takes long."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Connection

from corridor.ground.store import Store
from corridor.ground.vocabulary import Period, Workspace
from corridor.ground.web import Filters
from corridor.measure.employees import employee_experience
from corridor.measure.experience import experience_gap
from corridor.measure.facts import Scoreboard
from corridor.measure.revenue import existing_revenue
from corridor.measure.targets import targets

QUICK = 0.2
"""Seconds; what is measured faster is measured anew each time."""

KEPT_TIMES = 30
"""What took a second is good for half a minute, so that little of the time goes into measuring."""

LONGEST_KEPT = 120.0
MOST_KEPT = 100

_kept: dict[tuple[str, str, Filters], tuple[float, Scoreboard]] = {}
_turn = threading.Lock()


def scoreboard(store: Store, workspace: Workspace, filters: Filters) -> Scoreboard:
    """Return the three goals within the filters. What took long to measure may be up to two minutes old."""
    key = (str(store.folder), workspace.id, filters)
    known = _kept.get(key)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    begun = time.monotonic()
    with store.database.read() as connection:
        measured = measure(connection, workspace, filters.period, filters.segment, filters.channel)
    took = time.monotonic() - begun
    if took > QUICK:
        _keep(key, measured, time.monotonic() + min(LONGEST_KEPT, KEPT_TIMES * took))
    return measured


def forget(store: Store, workspace_id: str) -> None:
    """Measure anew at the next question, as after a target was set."""
    with _turn:
        for key in [key for key in _kept if key[:2] == (str(store.folder), workspace_id)]:
            del _kept[key]


def measure(
    connection: Connection, workspace: Workspace, period: Period, segment: str | None = None, channel: str | None = None
) -> Scoreboard:
    """Measure the three goals."""
    wanted = targets(connection, workspace.id)
    return Scoreboard(
        existing_revenue(connection, workspace.id, workspace.currency, period, segment, wanted.get("revenue")),
        experience_gap(connection, workspace.id, period, segment, channel, wanted.get("customer")),
        employee_experience(connection, workspace.id, period, wanted.get("employee")),
    )


def _keep(key: tuple[str, str, Filters], measured: Scoreboard, until: float) -> None:
    with _turn:
        _kept[key] = (until, measured)
        while len(_kept) > MOST_KEPT:
            del _kept[min(_kept, key=lambda one: _kept[one][0])]
