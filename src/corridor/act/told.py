"""A case that somebody was told of: opened by hand, for a customer, by a colleague or through the API."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select

from corridor import identify, remember
from corridor.act import history
from corridor.act.checks import check_touchpoint
from corridor.act.facts import SEVERITIES, TOLD, Case, Doer, Severity
from corridor.act.route import desk, due_at, owner_of
from corridor.act.tables import cases as table
from corridor.act.work import add_note
from corridor.collect import touchpoints
from corridor.ground.access.facts import WORKS
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.ui import N_
from corridor.ground.vocabulary import Microseconds, new_id, now


def open_case(
    connection: Connection,
    workspace_id: str,
    customer_id: str,
    title: str,
    by: Doer,
    *,
    touchpoint: str | None = None,
    severity: Severity = "normal",
    owner: str | None = None,
    note: str = "",
    moment: Microseconds | None = None,
) -> Case:
    """Open a case that somebody was told of.

    Raises:
        Invalid: a value is not usable; names the field.
        NotFound: there is no such customer here.
    """
    at = now() if moment is None else moment
    profile = remember.profile(connection, workspace_id, customer_id)
    nodes = identify.nodes_of(connection, workspace_id, customer_id)
    if profile is None or not nodes:
        raise NotFound("There is no such customer here. Open the case from the customer's page.", field="customer_id")
    if not title.strip() or len(title.strip()) > 200:
        raise Invalid(N_("Say in up to 200 characters what the trouble is."), code="bad_title", field="title")
    check_touchpoint(connection, workspace_id, touchpoint)
    known = {one.key: one for one in touchpoints(connection, workspace_id)}
    if severity not in SEVERITIES:
        raise Invalid(
            f"{severity!r} is not a severity. Use one of: {', '.join(SEVERITIES)}.", code="bad_severity", field="severity"
        )
    if owner and owner not in WORKS:
        raise Invalid(
            f"The role {owner!r} does not work on cases. Use one of: {', '.join(sorted(WORKS))}.", code="bad_owner", field="owner"
        )
    role = owner or owner_of(known.get(touchpoint or ""))
    highest = connection.execute(select(func.max(table.c.number)).where(table.c.workspace_id == workspace_id)).scalar()
    identity = new_id()
    case = Case(
        id=identity,
        number=(highest or 0) + 1,
        node_id=nodes[0].id,
        customer_id=customer_id,
        account_id=profile.account_id,
        kind=TOLD,
        cause=f"{TOLD}:{identity}",
        rule_id=None,
        title=title.strip(),
        touchpoint=touchpoint or None,
        owner=role,
        assignee_id=desk(connection, workspace_id).seat(role),
        severity=severity,
        opened_at=at,
        due_at=due_at(severity, at),
        latest_at=at,
        value=profile.billed,
    )
    connection.execute(insert(table).values(workspace_id=workspace_id, **asdict(case)))
    moves = [history.move(case, "opened", at, by=by.id, why=case.title)]
    history.tell(connection, workspace_id, "Case Opened", case, at, by=by.id)
    if case.assignee_id:
        moves.append(history.move(case, "assigned", at, by=by.id, after=case.assignee_id))
        history.tell(connection, workspace_id, "Case Assigned", case, at, assignee=case.assignee_id)
    history.keep(connection, workspace_id, moves)
    if note.strip():
        add_note(connection, workspace_id, case.id, note, by, moment=at)
    return case
