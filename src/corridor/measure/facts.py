"""The three goals as they were measured, what moved them, and the targets set for them. Frozen facts without words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corridor.ground.statistics import Interval
from corridor.ground.vocabulary import Microseconds

GoalName = Literal["revenue", "customer", "employee"]
GOALS: tuple[GoalName, ...] = ("revenue", "customer", "employee")
"""More revenue from existing customers, a better experience for them, and for those who work here."""

Unit = Literal["money", "gap", "score", "share", "seconds", "count"]


@dataclass(frozen=True, slots=True)
class Point:
    """One week (or several, over a long period) of a goal; `value` is None where there were too few to show."""

    start: Microseconds
    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that moved a goal: what it was before and after, and by how much it moved the goal where that can be said.

    `kind` names what is told, `subject` the touchpoint concerned; `better` says whether it moved the right way.
    """

    kind: str
    subject: str = ""
    before: float | None = None
    after: float | None = None
    unit: Unit = "count"
    by: float | None = None
    by_unit: Unit = "count"
    better: bool | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a goal should reach: revenue a week in minor units, a gap, or a pulse from 0 to 100; and until when."""

    goal: GoalName
    value: float
    until: Microseconds | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal over a period. `value` is None where there is too little to show; `missing` then says why.

    `change` is against the period before: a share for revenue, points for the others.
    """

    name: GoalName
    unit: Unit
    value: float | None
    n: int
    interval: Interval | None = None
    change: Interval | None = None
    series: tuple[Point, ...] = ()
    movers: tuple[Mover, ...] = ()
    target: Target | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The three goals on one page."""

    revenue: Goal
    customer: Goal
    employee: Goal

    @property
    def goals(self) -> tuple[Goal, Goal, Goal]:
        """The goals in their order."""
        return (self.revenue, self.customer, self.employee)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The employees' answers of one week, once there are enough of them; `words` stand in no order that means anything."""

    week: str
    starts_at: Microseconds
    interval: Interval | None
    n: int
    words: tuple[str, ...] = ()
