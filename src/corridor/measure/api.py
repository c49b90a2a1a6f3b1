"""The API of measure: the scoreboard, the targets of the goals, and the employees' pulse."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from corridor import collect
from corridor.ground.access import Configures, Sees
from corridor.ground.problems import Invalid
from corridor.ground.statistics import Interval
from corridor.ground.vocabulary import from_datetime, to_iso
from corridor.ground.web import Filtered, Storage
from corridor.measure import pulses
from corridor.measure.facts import GOALS, Goal, Mover, Pulse, Target
from corridor.measure.scoreboard import forget, scoreboard
from corridor.measure.targets import checked_goal, forget_target, set_target, targets
from corridor.measure.words import Speech

router = APIRouter(prefix="/api/v1", tags=["measure"])


class IntervalOut(BaseModel):
    """A value with its 95% interval; an end is null where a single value says nothing about it."""

    mean: float
    low: float | None
    high: float | None
    n: int


class PointOut(BaseModel):
    """One week of a goal; `value` is null where there were too few to show."""

    start: str
    value: float | None
    n: int


class MoverOut(BaseModel):
    """Something that moved the goal, in words and in figures; `href` is the page it comes from."""

    kind: str
    touchpoint: str | None
    text: str
    before: float | None
    after: float | None
    unit: str
    by: float | None
    by_unit: str | None
    better: bool | None
    href: str


class TargetOut(BaseModel):
    """What a goal should reach: revenue a week (minor units), a gap, or a pulse from 0 to 100."""

    goal: str
    value: float
    until: str | None
    version: int


class GoalOut(BaseModel):
    """One goal. `value` is null where there is too little to show, and `missing` says why.

    `change` is against the period before: a share for revenue, points for the others.
    """

    value: float | None
    unit: str
    currency: str | None
    n: int
    interval: IntervalOut | None
    change: IntervalOut | None
    series: list[PointOut]
    moved_by: list[MoverOut]
    target: TargetOut | None
    missing: str | None


class ScoreboardOut(BaseModel):
    """The three goals."""

    revenue: GoalOut
    customer: GoalOut
    employee: GoalOut


class TargetIn(BaseModel):
    """A target to set; with `version`, only if nobody has changed it since (0: none was set)."""

    model_config = ConfigDict(extra="forbid")

    value: float
    until: str | None = Field(None, description="ISO 8601, such as 2026-12-31T00:00:00Z")
    version: int | None = None


class PulseIn(BaseModel):
    """An answer. A program that answers for somebody names them by any lasting word of its own; it is kept as a hash only."""

    model_config = ConfigDict(extra="forbid")

    score: int
    words: str = ""
    person: Annotated[str, Field(max_length=200)] | None = None


class PulseOut(BaseModel):
    """One week of answers; the figures are null until there are five. `value` is from 0 to 100."""

    week: str
    n: int | None
    value: float | None
    low: float | None
    high: float | None


@router.get("/scoreboard")
def get_scoreboard(caller: Sees, store: Storage, filters: Filtered) -> ScoreboardOut:
    """Return the three goals within the filters, each with its change, interval, weeks and what moved it."""
    with store.database.read() as connection:
        known = {one.key: one for one in collect.touchpoints(connection, caller.workspace.id)}
    speech = Speech(caller.language, caller.workspace, known)
    board = scoreboard(store, caller.workspace, filters)
    return ScoreboardOut(**{goal.name: goal_out(goal, speech) for goal in board.goals})


@router.get("/goals")
def get_goals(caller: Sees, store: Storage) -> dict[str, list[TargetOut]]:
    """List the targets that are set."""
    with store.database.read() as connection:
        known = targets(connection, caller.workspace.id)
    return {"items": [_target(known[name]) for name in GOALS if name in known]}


@router.put("/goals/{goal}")
def put_goal(caller: Configures, store: Storage, goal: str, body: TargetIn) -> TargetOut:
    """Set the target of `revenue`, `customer` or `employee`."""
    with store.database.write() as connection:
        made = set_target(connection, caller.workspace.id, goal, body.value, _until(body.until), version=body.version)
    forget(store, caller.workspace.id)
    return _target(made)


@router.delete("/goals/{goal}", status_code=204, response_class=Response)
def delete_goal(caller: Configures, store: Storage, goal: str) -> None:
    """Take a target away."""
    with store.database.write() as connection:
        forget_target(connection, caller.workspace.id, checked_goal(goal))
    forget(store, caller.workspace.id)


@router.get("/pulses")
def get_pulses(caller: Sees, store: Storage, filters: Filtered) -> dict[str, list[PulseOut]]:
    """List the weeks that begin in the period, the latest first."""
    with store.database.read() as connection:
        found = pulses.weeks(connection, caller.workspace.id, filters.period)
    return {"items": [_pulse(week) for week in found]}


@router.post("/pulses", status_code=201)
def post_pulse(caller: Sees, store: Storage, body: PulseIn) -> dict[str, str]:
    """Answer this week's pulse, in place of an earlier answer of the same person."""
    person = caller.id if caller.by == "session" else body.person
    if not person:
        raise Invalid(
            "Say in `person` whose answer it is: any lasting word of yours, kept as a hash only.",
            code="person_missing",
            field="person",
        )
    with store.database.write() as connection:
        week = pulses.answer(
            connection, caller.workspace, person if caller.by == "session" else f"key:{person}", body.score, body.words
        )
    forget(store, caller.workspace.id)
    return {"week": week}


def goal_out(goal: Goal, speech: Speech) -> GoalOut:
    """Return a goal as the API gives it."""
    return GoalOut(
        value=goal.value,
        unit=goal.unit,
        currency=speech.workspace.currency if goal.unit == "money" else None,
        n=goal.n,
        interval=_interval(goal.interval),
        change=_interval(goal.change),
        series=[PointOut(start=to_iso(point.start), value=point.value, n=point.n) for point in goal.series],
        moved_by=[_mover(mover, speech) for mover in goal.movers],
        target=_target(goal.target) if goal.target else None,
        missing=goal.missing or None,
    )


def _interval(interval: Interval | None) -> IntervalOut | None:
    if interval is None:
        return None
    low, high = (value if math.isfinite(value) else None for value in (interval.low, interval.high))
    return IntervalOut(mean=interval.mean, low=low, high=high, n=interval.n)


def _mover(mover: Mover, speech: Speech) -> MoverOut:
    return MoverOut(
        kind=mover.kind, touchpoint=mover.subject or None, text=speech.mover(mover), before=mover.before, after=mover.after,
        unit=mover.unit, by=mover.by, by_unit=mover.by_unit if mover.by is not None else None, better=mover.better, href=mover.href,
    )  # fmt: skip


def _target(target: Target) -> TargetOut:
    return TargetOut(
        goal=target.goal, value=target.value, until=to_iso(target.until) if target.until else None, version=target.version
    )


def _pulse(week: Pulse) -> PulseOut:
    if week.interval is None:
        return PulseOut(week=week.week, n=None, value=None, low=None, high=None)
    out = _interval(week.interval)
    return PulseOut(
        week=week.week, n=week.n, value=week.interval.mean, low=out.low if out else None, high=out.high if out else None
    )


def _until(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Invalid(f"{text!r} is not a moment. Write it as 2026-12-31T00:00:00Z.", code="bad_moment", field="until") from None
