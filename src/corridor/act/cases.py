"""Cases as they are asked for: one, those of a customer, a person's, a role's, a page of a list. It only reads."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from corridor import remember
from corridor.act.facts import Case, Move, Note, Signal
from corridor.act.signals import Place, members_of, signal_of
from corridor.act.tables import case_moves, case_notes, signals
from corridor.act.tables import cases as table
from corridor.ground.problems import NotFound
from corridor.ground.vocabulary import Microseconds, Period, now

Tab = Literal["mine", "role", "open", "closed"]
TABS: tuple[Tab, ...] = ("mine", "role", "open", "closed")
PAGE = 25
MOST_SEARCHED = 200
"""Customers that one search for a name looks at."""

ACTIVE = table.c.state != "closed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a list shows. `person` and `role` are the reader's, for the tabs that are theirs."""

    tab: Tab = "open"
    person: str = ""
    role: str = ""
    query: str = ""
    touchpoint: str | None = None
    severity: str | None = None
    state: str | None = None
    kind: str | None = None
    overdue: bool = False
    customer: str | None = None
    plan: str | None = None
    segment: str | None = None
    channel: str | None = None
    closed_in: Period | None = None


def case_of(row: Any) -> Case:
    """Return a row of the table as a fact."""
    return Case(**{one.name: getattr(row, one.name) for one in fields(Case)})


def find_case(connection: Connection, workspace_id: str, case_id: str) -> Case:
    """Return one case.

    Raises:
        NotFound: there is no such case here.
    """
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == case_id)).first()
    if row is None:
        raise NotFound("There is no such case here. The list of cases is at /cases.")
    return case_of(row)


def cases_of(connection: Connection, workspace_id: str, customer_id: str) -> list[Case]:
    """Return a customer's cases: the open ones first, then the closed ones, the latest first."""
    query = (
        select(table)
        .where(table.c.workspace_id == workspace_id, table.c.customer_id == customer_id)
        .order_by(case((ACTIVE, 0), else_=1), table.c.latest_at.desc(), table.c.id)
    )
    return [case_of(row) for row in connection.execute(query)]


def open_cases(
    connection: Connection,
    workspace_id: str,
    *,
    person: str | None = None,
    role: str | None = None,
    customer: str | None = None,
    limit: int = 1000,
) -> list[Case]:
    """Return the cases that are not closed, of a person, a role or a customer where one is named, the earliest due first."""
    query = select(table).where(table.c.workspace_id == workspace_id, ACTIVE)
    for where, value in ((table.c.assignee_id, person), (table.c.owner, role), (table.c.customer_id, customer)):
        if value is not None:
            query = query.where(where == value)
    return [case_of(row) for row in connection.execute(query.order_by(table.c.due_at, table.c.id).limit(limit))]


def list_cases(
    connection: Connection, workspace_id: str, wanted: Wanted, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[Case], Place | None]:
    """Return a page of cases and where the next one begins: by deadline, or, closed ones, the latest closed first."""
    query = _chosen(connection, workspace_id, wanted, select(table))
    moment = -table.c.closed_at if wanted.tab == "closed" else table.c.due_at
    if after is not None:
        at, id = after
        query = query.where(or_(moment > at, and_(moment == at, table.c.id > id)))
    found = [case_of(row) for row in connection.execute(query.order_by(moment, table.c.id).limit(limit + 1))]
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    at = -(last.closed_at or 0) if wanted.tab == "closed" else last.due_at
    return found[:limit], (at, last.id)


def count_cases(connection: Connection, workspace_id: str, wanted: Wanted) -> int:
    """Return how many cases a list holds."""
    return int(connection.execute(_chosen(connection, workspace_id, wanted, select(func.count()))).scalar_one())


def count_overdue(connection: Connection, workspace_id: str, moment: Microseconds, *, person: str | None = None) -> int:
    """Return how many cases are past their deadline while it is ours to act."""
    query = select(func.count()).where(table.c.workspace_id == workspace_id, is_overdue(moment))
    if person is not None:
        query = query.where(table.c.assignee_id == person)
    return int(connection.execute(query).scalar_one())


def is_overdue(moment: Microseconds) -> ColumnElement[bool]:
    """The condition that a case's deadline has passed while it is ours to act."""
    return and_(table.c.state.in_(("open", "in_progress")), table.c.due_at < moment)


def signals_of(connection: Connection, workspace_id: str, case_id: str) -> list[Signal]:
    """Return what was noticed for a case, the latest first."""
    query = select(signals).where(signals.c.workspace_id == workspace_id, signals.c.case_id == case_id)
    return [signal_of(row) for row in connection.execute(query.order_by(signals.c.at.desc()).limit(200))]


def notes_of(connection: Connection, workspace_id: str, case_id: str) -> list[Note]:
    """Return what colleagues wrote on a case, the latest first."""
    query = select(case_notes).where(case_notes.c.workspace_id == workspace_id, case_notes.c.case_id == case_id)
    rows = connection.execute(query.order_by(case_notes.c.at.desc(), case_notes.c.id.desc()))
    return [Note(row.id, row.case_id, row.by, row.at, row.text) for row in rows]


def moves_of(connection: Connection, workspace_id: str, case_id: str) -> list[Move]:
    """Return a case's history, the latest first."""
    query = select(case_moves).where(case_moves.c.workspace_id == workspace_id, case_moves.c.case_id == case_id)
    rows = connection.execute(query.order_by(case_moves.c.at.desc(), case_moves.c.id.desc()))
    return [Move(row.id, row.case_id, row.at, row.by, row.kind, row.before, row.after, row.why) for row in rows]


def _chosen(connection: Connection, workspace_id: str, wanted: Wanted, query: Select[Any]) -> Select[Any]:
    query = query.where(table.c.workspace_id == workspace_id, ~ACTIVE if wanted.tab == "closed" else ACTIVE)
    if wanted.tab == "mine":
        query = query.where(table.c.assignee_id == wanted.person)
    if wanted.tab == "role":
        query = query.where(table.c.owner == wanted.role)
    for where, value in (
        (table.c.touchpoint, wanted.touchpoint),
        (table.c.severity, wanted.severity),
        (table.c.state, wanted.state),
        (table.c.kind, wanted.kind),
        (table.c.customer_id, wanted.customer),
        (table.c.plan_id, wanted.plan),
    ):
        if value:
            query = query.where(where == value)
    if wanted.overdue:
        query = query.where(is_overdue(now()))
    if wanted.segment:
        query = query.where(table.c.customer_id.in_(members_of(workspace_id, wanted.segment)))
    if wanted.channel:
        heard = select(signals.c.case_id).where(signals.c.workspace_id == workspace_id, signals.c.channel == wanted.channel)
        query = query.where(table.c.id.in_(heard))
    if wanted.closed_in and wanted.tab == "closed":
        query = query.where(table.c.closed_at >= wanted.closed_in.start, table.c.closed_at < wanted.closed_in.end)
    return query.where(_matches(connection, workspace_id, wanted.query)) if wanted.query.strip() else query


def _matches(connection: Connection, workspace_id: str, words: str) -> ColumnElement[bool]:
    asked = words.strip()
    named_so, _ = remember.profiles(connection, workspace_id, query=asked, limit=MOST_SEARCHED)
    found = [table.c.title.icontains(asked, autoescape=True), table.c.customer_id.in_([profile.id for profile in named_so])]
    number = asked.lstrip("#")
    if number.isdecimal() and len(number) < 12:
        found.append(table.c.number == int(number))
    return or_(*found)
