"""Plans: what is being changed so that a kind of case stops coming, with the cases that call for it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from corridor.act.checks import check_touchpoint
from corridor.act.facts import PLAN_STATES, Plan
from corridor.act.tables import cases
from corridor.act.tables import plans as table
from corridor.ground.access import ROLES
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.ui import N_
from corridor.ground.vocabulary import new_id, now


def list_plans(connection: Connection, workspace_id: str, *, state: str | None = None) -> list[Plan]:
    """Return the plans, what runs and is due first at the top, with how many cases each has."""
    query = select(table).where(table.c.workspace_id == workspace_id)
    if state:
        query = query.where(table.c.state == state)
    attached = _attached(connection, workspace_id)
    found = [_fact(row, attached.get(row.id, 0)) for row in connection.execute(query)]
    return sorted(found, key=lambda plan: (PLAN_STATES.index(plan.state) in (2, 3), plan.due_at or 2**62, plan.id))


def find_plan(connection: Connection, workspace_id: str, plan_id: str) -> Plan:
    """Return one plan.

    Raises:
        NotFound: there is no such plan here.
    """
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == plan_id)).first()
    if row is None:
        raise NotFound("There is no such plan here. The list of plans is at /plans.")
    return _fact(row, _attached(connection, workspace_id).get(plan_id, 0))


def make_plan(connection: Connection, workspace_id: str, **values: Any) -> Plan:
    """Make a plan.

    Raises:
        Invalid: a value is not usable; names the field.
    """
    made = Plan(
        **{"touchpoint": None, "target": "", "due_at": None, "state": "proposed", **values, "id": new_id(), "created_at": now()}
    )
    _check(made)
    check_touchpoint(connection, workspace_id, made.touchpoint)
    connection.execute(insert(table).values(workspace_id=workspace_id, **_row(made)))
    return made


def change_plan(connection: Connection, workspace_id: str, plan_id: str, *, version: int | None = None, **values: Any) -> Plan:
    """Change a plan. With `version`, only if nobody has changed it since that version was read.

    Raises:
        Conflict: somebody changed it meanwhile.
        Invalid: a value is not usable; names the field.
        NotFound: there is no such plan here.
    """
    before = find_plan(connection, workspace_id, plan_id)
    if version is not None and version != before.version:
        raise Conflict(
            N_("A colleague changed this plan while you were editing it. Look at it again and repeat your change."),
            code="changed",
        )
    after = replace(before, **values, version=before.version + 1)
    _check(after)
    check_touchpoint(connection, workspace_id, values.get("touchpoint"))
    connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == plan_id).values(**_row(after)))
    return after


def _attached(connection: Connection, workspace_id: str) -> dict[str, int]:
    query = (
        select(cases.c.plan_id, func.count())
        .where(cases.c.workspace_id == workspace_id, cases.c.plan_id.is_not(None))
        .group_by(cases.c.plan_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _fact(row: Any, attached: int) -> Plan:
    return Plan(
        id=row.id, title=row.title, touchpoint=row.touchpoint, owner=row.owner, target=row.target, due_at=row.due_at,
        state=row.state, created_at=row.created_at, cases=attached, version=row.version,
    )  # fmt: skip


def _row(plan: Plan) -> dict[str, Any]:
    values = asdict(plan)
    del values["cases"]
    return values


def _check(plan: Plan) -> None:
    if not plan.title.strip() or len(plan.title) > 200:
        raise Invalid(N_("Say in up to 200 characters what the plan changes."), code="bad_title", field="title")
    if plan.owner not in ROLES:
        raise Invalid(f"{plan.owner!r} is not a role. Use one of: {', '.join(ROLES)}.", code="bad_owner", field="owner")
    if plan.state not in PLAN_STATES:
        raise Invalid(
            f"{plan.state!r} is not a state of a plan. Use one of: {', '.join(PLAN_STATES)}.", code="bad_state", field="state"
        )
    if len(plan.target) > 500:
        raise Invalid(N_("A target has up to 500 characters."), code="bad_target", field="target")
