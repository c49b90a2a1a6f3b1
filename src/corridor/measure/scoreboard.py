"""The three goals on one page: measured together, and kept for a moment where measuring takes long."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from corridor.ground.filters import Filters
from corridor.ground.store import Store
from corridor.ground.vocabulary import Period, Workspace
from corridor.measure.employees import employee_experience
from corridor.measure.experience import experience_gap
from corridor.measure.facts import Scoreboard
from corridor.measure.revenue import existing_revenue
from corridor.measure.targets import targets

log = structlog.get_logger()

QUICK = 0.2
"""Seconds; what is measured faster is measured anew each time."""

KEPT_TIMES = 30
"""What took a second is good for half a minute, so that little of the time goes into measuring."""

LONGEST_KEPT = 120.0
STALE = 600.0
"""Older than this an answer is not given any more, not even while a newer one is being measured."""

MOST_KEPT = 100


@dataclass(slots=True)
class Kept:
    """An answer that took long: it is good until `until`; then it is given while another is measured beside."""

    board: Scoreboard
    at: float
    until: float
    is_renewed: bool = False


Asked = tuple[str, str, Filters]

_kept: dict[Asked, Kept] = {}
_turn = threading.Lock()


def scoreboard(store: Store, workspace: Workspace, filters: Filters) -> Scoreboard:
    """Return the three goals within the filters. What takes long to measure may be some minutes old."""
    key = (str(store.folder), workspace.id, filters)
    with _turn:
        known = _kept.get(key)
        if known is not None and time.monotonic() > known.at + STALE:
            known = None
        renew = known is not None and time.monotonic() > known.until and not known.is_renewed
        if known is not None and renew:
            known.is_renewed = True
    if known is None:
        return _measure_and_keep(key, store, workspace, filters)
    if renew:
        threading.Thread(target=_renew, args=(key, store, workspace, filters), daemon=True, name="scoreboard").start()
    return known.board


def _renew(key: Asked, store: Store, workspace: Workspace, filters: Filters) -> None:
    try:
        _measure_and_keep(key, store, workspace, filters)
    except Exception:
        log.exception("the scoreboard could not be measured anew", workspace=workspace.id)
        with _turn:
            _kept.pop(key, None)


def _measure_and_keep(key: Asked, store: Store, workspace: Workspace, filters: Filters) -> Scoreboard:
    begun = time.monotonic()
    with store.database.read() as connection:
        measured = measure(connection, workspace, filters.period, filters.segment, filters.channel)
    ended = time.monotonic()
    with _turn:
        _kept.pop(key, None)
        if ended - begun > QUICK:
            _kept[key] = Kept(measured, ended, ended + min(LONGEST_KEPT, KEPT_TIMES * (ended - begun)))
            while len(_kept) > MOST_KEPT:
                del _kept[min(_kept, key=lambda one: _kept[one].at)]
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
