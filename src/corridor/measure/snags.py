"""The snarls as Home shows them: the dearest of the kept corridor, and whether each is growing. It works out no corridor itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from corridor.ground.filters import PRESETS, Filters, read_filters
from corridor.ground.statistics import TOO_FEW, normal_quantile
from corridor.ground.vocabulary import Workspace
from corridor.understand import Corridor, Snarl, kept_corridor

SHOWN = 5
LATELY = "30d"
"""What happened lately is held against the rest of the period."""


@dataclass(frozen=True, slots=True)
class Snag:
    """A snarl with its stage, the mean gap where it ends, and its trend: growing, steady, shrinking, new, or empty for unknown."""

    snarl: Snarl
    stage: str
    gap: float | None
    trend: str


def snags(connection: Connection, workspace: Workspace, filters: Filters) -> list[Snag] | None:
    """Return the dearest snarls within the filters; None where the corridor has not been worked out for them yet."""
    whole = kept_corridor(connection, workspace, filters)
    if whole is None:
        return None
    stops = {stop.key: stop for stop in whole.stops}
    trends = _trends(connection, workspace, filters, whole)
    found = []
    for snarl in whole.snarls[:SHOWN]:
        stop = stops.get(snarl.where)
        stage = stop.stage if stop else snarl.where
        found.append(Snag(snarl, stage, stop.gap if stop else None, trends.get(_place(snarl), "")))
    return found


def trend(lately: int, lately_days: int, earlier: int, earlier_days: int) -> str:
    """Say whether a snarl catches more customers a day lately than earlier, beyond what chance does (two Poisson rates)."""
    if lately + earlier < TOO_FEW:
        return ""
    if earlier == 0:
        return "new"
    difference = lately / lately_days - earlier / earlier_days
    error = math.sqrt(lately / lately_days**2 + earlier / earlier_days**2)
    if abs(difference) <= normal_quantile() * error:
        return "steady"
    return "growing" if difference > 0 else "shrinking"


def _trends(
    connection: Connection, workspace: Workspace, filters: Filters, whole: Corridor
) -> dict[tuple[str, str, str | None], str]:
    """Hold the last 30 days against the days before them in the same period (in the last 90, where the period is just those 30)."""
    days = PRESETS.get(filters.preset)
    if days is None:
        return {}
    if filters.preset == LATELY:
        recent, days = whole, PRESETS["90d"]
        longer = kept_corridor(connection, workspace, _with(workspace, filters, "90d"))
    else:
        recent_or_none, longer = kept_corridor(connection, workspace, _with(workspace, filters, LATELY)), whole
        if recent_or_none is None:
            return {}
        recent = recent_or_none
    if longer is None:
        return {}
    lately = {_place(snarl): snarl.customers for snarl in recent.snarls}
    short = PRESETS[LATELY]
    return {
        _place(snarl): trend(
            lately.get(_place(snarl), 0), short, max(0, snarl.customers - lately.get(_place(snarl), 0)), days - short
        )
        for snarl in longer.snarls
    }


def _place(snarl: Snarl) -> tuple[str, str, str | None]:
    return snarl.kind, snarl.where, snarl.came_from


def _with(workspace: Workspace, filters: Filters, preset: str) -> Filters:
    return replace(read_filters(workspace, period=preset), segment=filters.segment, channel=filters.channel)
