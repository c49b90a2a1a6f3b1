"""Targets: what each goal should reach, and until when. One a goal; no target is allowed, too."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from corridor.ground.problems import Conflict, Invalid
from corridor.ground.ui import N_
from corridor.ground.vocabulary import Microseconds
from corridor.measure.facts import GOALS, GoalName, Target
from corridor.measure.tables import targets as table

ALLOWED: dict[str, tuple[float, float]] = {"revenue": (1, 1e15), "customer": (-100, 100), "employee": (0, 100)}


def targets(connection: Connection, workspace_id: str) -> dict[str, Target]:
    """Return the workspace's targets by goal."""
    rows = connection.execute(select(table).where(table.c.workspace_id == workspace_id))
    return {row.goal: Target(row.goal, row.value, row.until, row.version) for row in rows}


def set_target(
    connection: Connection,
    workspace_id: str,
    goal: str,
    value: float,
    until: Microseconds | None = None,
    *,
    version: int | None = None,
) -> Target:
    """Set a goal's target. With `version` (0 for none yet), only if nobody has changed it since that version was read.

    Raises:
        Conflict: somebody changed it meanwhile.
        Invalid: there is no such goal, or the value cannot be reached.
    """
    name = checked_goal(goal)
    low, high = ALLOWED[name]
    if not (math.isfinite(value) and low <= value <= high):
        raise Invalid(_RANGES[name], code="bad_target", field="value")
    before = targets(connection, workspace_id).get(name)
    known = before.version if before else 0
    if version is not None and version != known:
        raise Conflict(
            N_("A colleague changed this target while you were editing it. Look at it again and repeat your change."),
            code="changed",
        )
    values: dict[str, Any] = {"value": value, "until": until, "version": known + 1}
    connection.execute(
        insert(table)
        .values(workspace_id=workspace_id, goal=name, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "goal"], set_=values)
    )
    return Target(name, value, until, known + 1)


def forget_target(connection: Connection, workspace_id: str, goal: str) -> None:
    """Take a goal's target away.

    Raises:
        Invalid: there is no such goal.
    """
    connection.execute(delete(table).where(table.c.workspace_id == workspace_id, table.c.goal == checked_goal(goal)))


def checked_goal(goal: str) -> GoalName:
    """Return the goal of this name.

    Raises:
        Invalid: there is none.
    """
    for known in GOALS:
        if known == goal:
            return known
    raise Invalid(f"{goal!r} is not a goal. Use one of: {', '.join(GOALS)}.", code="bad_goal", field="goal")


_RANGES = {
    "revenue": N_("The target is an amount a week, above 0."),
    "customer": N_("The target is a gap from −100 to 100."),
    "employee": N_("The target is a pulse from 0 to 100."),
}
