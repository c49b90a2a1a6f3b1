"""From signals to cases: one open case per customer and cause. What comes again is added; what comes back soon is opened again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from corridor import collect
from corridor.act import history, worth
from corridor.act import signals as kept
from corridor.act.cases import case_of
from corridor.act.facts import SEVERITIES, Case, CaseOpened, Move, Severity, Signal, SignalRule
from corridor.act.route import Desk, desk, due_at, owner_of, severity_of
from corridor.act.tables import cases as table
from corridor.ground.vocabulary import DAY, Microseconds, Touchpoint, Workspace, new_id

COMES_BACK = 30 * DAY
"""A cause that returns within this time after its case was closed opens that case again."""


@dataclass(slots=True)
class Round:
    """One round of taking up signals: what it has to know, and what it has decided so far."""

    workspace: Workspace
    moment: Microseconds
    rules: dict[str, SignalRule]
    touchpoints: dict[str, Touchpoint]
    desk: Desk
    worth: dict[str, int]
    value_line: int
    next_number: int
    cases: dict[str, Case] = field(default_factory=dict)
    of_cause: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Ids of the cases of a customer and cause, in the order they were opened."""
    new: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    opened: list[tuple[str, bool]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    def remember(self, case: Case) -> None:
        """Know a case by its id and by its customer and cause."""
        self.cases[case.id] = case
        self.of_cause.setdefault((case.customer_id, case.cause), []).append(case.id)

    def change(self, case: Case, kind: str, *, before: str = "", after: str = "", why: str = "") -> None:
        """Note that a case is now like this, and why."""
        self.cases[case.id] = case
        self.touched.add(case.id)
        self.moves.append(history.move(case, kind, self.moment, before=before, after=after, why=why))


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What a round came to: the cases it opened (or opened again), and the ids of all that it changed."""

    opened: list[CaseOpened] = field(default_factory=list)
    touched: frozenset[str] = frozenset()


def cause_of(signal: Signal) -> str:
    """Return the cause that a signal speaks of: its rule and touchpoint."""
    return f"{signal.rule_id}:{signal.touchpoint or ''}"


def take_up(
    connection: Connection,
    workspace: Workspace,
    found: Iterable[Signal],
    rules: Iterable[SignalRule],
    moment: Microseconds,
    value_line: int,
) -> TakenUp:
    """Keep the signals that are new, and see that each live one is in a case that is somebody's to close."""
    new = sorted(kept.unheard(connection, workspace.id, found), key=lambda signal: signal.at)
    live = [signal for signal in new if signal.state == "live"]
    if not live:
        kept.keep(connection, workspace.id, new)
        return TakenUp()
    this = _begin(connection, workspace, live, rules, moment, value_line)
    kept.keep(connection, workspace.id, [replace(one, case_id=_place(this, one)) if one.state == "live" else one for one in new])
    _write(connection, this)
    return TakenUp([CaseOpened(this.cases[id], again) for id, again in this.opened], frozenset(this.touched))


def _begin(
    connection: Connection,
    workspace: Workspace,
    live: list[Signal],
    rules: Iterable[SignalRule],
    moment: Microseconds,
    value_line: int,
) -> Round:
    customers = sorted({signal.customer_id for signal in live})
    highest = connection.execute(select(func.max(table.c.number)).where(table.c.workspace_id == workspace.id)).scalar()
    this = Round(
        workspace=workspace,
        moment=moment,
        rules={rule.id: rule for rule in rules},
        touchpoints={touchpoint.key: touchpoint for touchpoint in collect.touchpoints(connection, workspace.id)},
        desk=desk(connection, workspace.id),
        worth=worth.billed(connection, workspace.id, customers),
        value_line=value_line,
        next_number=(highest or 0) + 1,
    )
    for start in range(0, len(customers), kept.CHUNK):
        query = select(table).where(
            table.c.workspace_id == workspace.id,
            table.c.customer_id.in_(customers[start : start + kept.CHUNK]),
            or_(table.c.state != "closed", table.c.closed_at >= moment - COMES_BACK),
        )
        for row in connection.execute(query.order_by(table.c.opened_at, table.c.id)):
            this.remember(case_of(row))
    return this


def _place(this: Round, signal: Signal) -> str:
    """Put a live signal into a case and return the case's id."""
    of_cause = [this.cases[id] for id in this.of_cause.get((signal.customer_id, cause_of(signal)), [])]
    case = next((case for case in of_cause if case.state != "closed"), of_cause[-1] if of_cause else None)
    if case is None:
        return _open(this, signal)
    more = replace(case, signals=case.signals + 1, latest_at=max(case.latest_at, signal.at), version=case.version + 1)
    if case.state != "closed":
        this.change(_pressed(this, more, signal), "signal", after=signal.id)
    elif signal.at > (case.closed_at or 0):
        _open_again(this, more, signal)
    else:
        this.change(more, "signal", after=signal.id)
    return case.id


def _open(this: Round, signal: Signal) -> str:
    rule = this.rules[signal.rule_id]
    owner = owner_of(this.touchpoints.get(signal.touchpoint or ""), rule)
    severity = _severity(this, signal)
    case = Case(
        id=new_id(),
        number=this.next_number,
        node_id=signal.node_id,
        customer_id=signal.customer_id,
        account_id=signal.account_id,
        kind=signal.kind,
        cause=cause_of(signal),
        rule_id=rule.id,
        title=rule.name,
        touchpoint=signal.touchpoint,
        owner=owner,
        assignee_id=this.desk.seat(owner),
        severity=severity,
        opened_at=this.moment,
        due_at=due_at(severity, this.moment),
        signals=1,
        latest_at=signal.at,
        value=this.worth.get(signal.customer_id, 0),
    )
    this.next_number += 1
    this.new.add(case.id)
    this.remember(case)
    this.opened.append((case.id, False))
    this.change(case, "opened", after=signal.id)
    if case.assignee_id:
        this.change(case, "assigned", after=case.assignee_id)
    return case.id


def _open_again(this: Round, case: Case, signal: Signal) -> None:
    severity = _severity(this, signal)
    assignee = case.assignee_id if case.assignee_id in this.desk.by_role.get(case.owner, ()) else this.desk.seat(case.owner)
    again = replace(
        case,
        state="open",
        severity=severity,
        due_at=due_at(severity, this.moment),
        assignee_id=assignee,
        escalation=0,
        waiting_since=None,
        closed_at=None,
        closed_by=None,
        reopened=case.reopened + 1,
    )
    this.opened.append((case.id, True))
    this.change(again, "reopened", before="closed", after=signal.id)
    if assignee and assignee != case.assignee_id:
        this.change(again, "assigned", before=case.assignee_id or "", after=assignee)


def _pressed(this: Round, case: Case, signal: Signal) -> Case:
    """Return the case, more pressing and due earlier if this signal weighs more than those before it."""
    severity = _severity(this, signal)
    if SEVERITIES.index(severity) >= SEVERITIES.index(case.severity):
        return case
    return replace(case, severity=severity, due_at=min(case.due_at, due_at(severity, this.moment)))


def _severity(this: Round, signal: Signal) -> Severity:
    valued = 0 < this.value_line <= this.worth.get(signal.customer_id, 0)
    return severity_of(this.rules[signal.rule_id], common=signal.detail.get("common"), valued=valued)


def _write(connection: Connection, this: Round) -> None:
    workspace_id = this.workspace.id
    rows = [{**asdict(this.cases[id]), "workspace_id": workspace_id} for id in sorted(this.touched)]
    new = [row for row in rows if row["id"] in this.new]
    changed = [{**row, "the_workspace": workspace_id, "the_id": row["id"]} for row in rows if row["id"] not in this.new]
    if new:
        connection.execute(insert(table), new)
    if changed:
        same = update(table).where(table.c.workspace_id == bindparam("the_workspace"), table.c.id == bindparam("the_id"))
        columns: dict[str, Any] = {name: bindparam(name) for name in asdict(this.cases[changed[0]["id"]]) if name != "id"}
        connection.execute(same.values(columns), changed)
    history.keep(connection, workspace_id, this.moves)
    for id, again in this.opened:
        case = this.cases[id]
        history.tell(connection, workspace_id, "Case Reopened" if again else "Case Opened", case, this.moment)
        if case.assignee_id and not again:
            history.tell(connection, workspace_id, "Case Assigned", case, this.moment, assignee=case.assignee_id)
