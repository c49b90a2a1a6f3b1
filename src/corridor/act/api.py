"""The API of act: cases, signals, their rules, root causes and plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import Connection

from corridor.act import cases as reading
from corridor.act import causes, plans, rules, shapes, work
from corridor.act.facts import Case, Doer, Severity, SignalRule
from corridor.act.preview import preview
from corridor.act.signals import list_signals
from corridor.act.told import open_case
from corridor.ground.access import Caller, Configures, Sees, Works
from corridor.ground.problems import Invalid
from corridor.ground.store import Store
from corridor.ground.vocabulary import from_datetime, now
from corridor.ground.web import Filtered, Storage, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1", tags=["act"])

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


def _doer(caller: Caller) -> Doer:
    return Doer(caller.id, caller.name)


@router.get("/cases")
def get_cases(
    caller: Sees,
    store: Storage,
    tab: Literal["mine", "role", "open", "closed"] = "open",
    query: Annotated[str, Query(max_length=200)] = "",
    customer: str | None = None,
    touchpoint: str | None = None,
    severity: Severity | None = None,
    state: Literal["open", "in_progress", "waiting", "closed"] | None = None,
    overdue: bool = False,
    plan: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> shapes.Page[shapes.CaseOut]:
    """List cases: the caller's (`mine`), their role's, all open ones, or the closed ones; the earliest due first."""
    wanted = reading.Wanted(
        tab="closed" if state == "closed" else tab, person=caller.id, role=caller.role, query=query, customer=customer,
        touchpoint=touchpoint, severity=severity, state=state, overdue=overdue, plan=plan,
    )  # fmt: skip
    after = decode_cursor(cursor, int, str)
    with store.database.read() as connection:
        found, following = reading.list_cases(
            connection, caller.workspace.id, wanted, after=(after[0], after[1]) if after else None, limit=limit
        )
    items = [shapes.case_out(case, caller.workspace, now()) for case in found]
    return shapes.Page(items=items, next=encode_cursor(*following) if following else None)


@router.post("/cases", status_code=201)
def post_case(caller: Works, store: Storage, body: shapes.NewCase) -> shapes.CaseOut:
    """Open a case that somebody was told of."""
    with store.database.write() as connection:
        case = open_case(
            connection, caller.workspace.id, body.customer_id, body.title, _doer(caller),
            touchpoint=body.touchpoint, severity=body.severity, owner=body.owner, note=body.note,
        )  # fmt: skip
    return _told(store, caller, case)


@router.get("/cases/{case_id}")
def get_case(caller: Sees, store: Storage, case_id: str) -> shapes.CaseWhole:
    """Return a case with what was noticed, the notes and the history."""
    workspace = caller.workspace
    with store.database.read() as connection:
        return shapes.case_whole(
            reading.find_case(connection, workspace.id, case_id),
            workspace,
            now(),
            reading.signals_of(connection, workspace.id, case_id),
            reading.notes_of(connection, workspace.id, case_id),
            reading.moves_of(connection, workspace.id, case_id),
        )


@router.patch("/cases/{case_id}")
def patch_case(caller: Works, store: Storage, case_id: str, body: shapes.CaseChange) -> shapes.CaseOut:
    """Change an open case: state, urgency, role, deadline or plan."""
    with store.database.write() as connection:
        case = _change_case(connection, caller, case_id, body)
    return _told(store, caller, case)


def _change_case(connection: Connection, caller: Caller, case_id: str, body: shapes.CaseChange) -> Case:
    workspace_id, by = caller.workspace.id, _doer(caller)
    case = work.check_seen(connection, workspace_id, case_id, body.version)
    if body.severity is not None:
        case = work.set_severity(connection, workspace_id, case_id, body.severity, by)
    if body.owner is not None:
        case = work.hand_over(connection, workspace_id, case_id, body.owner, by, why=body.why)
    if body.due_at is not None:
        case = work.set_due(connection, workspace_id, case_id, _moment(body.due_at, "due_at"), by, why=body.why)
    if body.plan_id is not None:
        case = work.attach(connection, workspace_id, case_id, body.plan_id or None, by)
    if body.state is not None:
        case = work.move_on(connection, workspace_id, case_id, body.state, by, why=body.why)
    return case


@router.post("/cases/{case_id}/notes", status_code=201)
def post_note(caller: Works, store: Storage, case_id: str, body: shapes.NewNote) -> shapes.NoteOut:
    """Write a note on a case."""
    with store.database.write() as connection:
        note = work.add_note(connection, caller.workspace.id, case_id, body.text, _doer(caller))
    store.news.tell(caller.workspace.id, "case", case_id)
    return shapes.note_out(note)


@router.post("/cases/{case_id}/assign")
def post_assign(caller: Works, store: Storage, case_id: str, body: shapes.Assignment) -> shapes.CaseOut:
    """Give a case to a person, or to nobody."""
    with store.database.write() as connection:
        case = work.assign(
            connection, caller.workspace.id, case_id, body.assignee_id, _doer(caller), version=body.version, why=body.why
        )
    return _told(store, caller, case)


@router.post("/cases/{case_id}/close")
def post_close(caller: Works, store: Storage, case_id: str, body: shapes.Closing) -> shapes.CaseOut:
    """Close a case; it needs the root cause and what was done."""
    with store.database.write() as connection:
        case = work.close(
            connection, caller.workspace.id, case_id, _doer(caller), root_cause=body.root_cause, resolution=body.resolution,
            root_cause_words=body.root_cause_words, version=body.version,
        )  # fmt: skip
    return _told(store, caller, case)


@router.post("/cases/{case_id}/reopen")
def post_reopen(caller: Works, store: Storage, case_id: str, body: shapes.Reopening) -> shapes.CaseOut:
    """Open a closed case again, with the reason."""
    with store.database.write() as connection:
        case = work.reopen(connection, caller.workspace.id, case_id, body.why, _doer(caller), version=body.version)
    return _told(store, caller, case)


@router.get("/signals")
def get_signals(
    caller: Sees,
    store: Storage,
    filters: Filtered,
    rule: str | None = None,
    touchpoint: str | None = None,
    customer: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> shapes.Page[shapes.SignalOut]:
    """List what was noticed in the period, the latest first."""
    after = decode_cursor(cursor, int, str)
    with store.database.read() as connection:
        found, following = list_signals(
            connection, caller.workspace.id, period=filters.period, rule_id=rule, touchpoint=touchpoint, customer=customer,
            channel=filters.channel, segment=filters.segment, after=(after[0], after[1]) if after else None, limit=limit,
        )  # fmt: skip
    return shapes.Page(
        items=[shapes.signal_out(signal) for signal in found], next=encode_cursor(*following) if following else None
    )


@router.get("/signal-rules")
def get_rules(caller: Sees, store: Storage) -> shapes.Page[shapes.RuleOut]:
    """List the rules that say what is worth noticing."""
    with store.database.read() as connection:
        return shapes.Page(items=[shapes.rule_out(rule) for rule in rules.rules(connection, caller.workspace.id)])


@router.post("/signal-rules", status_code=201)
def post_rule(caller: Configures, store: Storage, body: shapes.NewRule) -> shapes.RuleOut:
    """Add a rule."""
    with store.database.write() as connection:
        return shapes.rule_out(rules.add_rule(connection, caller.workspace.id, **_given(body)))


@router.patch("/signal-rules/{rule_id}")
def patch_rule(caller: Configures, store: Storage, rule_id: str, body: shapes.RuleChange) -> shapes.RuleOut:
    """Change a rule; `touchpoint`, `amount` and `owner` may be set to null."""
    with store.database.write() as connection:
        changed = rules.change_rule(connection, caller.workspace.id, rule_id, version=body.version, **_given(body))
    return shapes.rule_out(changed)


@router.get("/signal-rules/{rule_id}/preview")
def get_preview(
    caller: Sees,
    store: Storage,
    rule_id: str,
    bar: Annotated[float | None, Query(gt=0, le=100)] = None,
    amount: Annotated[int | None, Query(ge=0)] = None,
    days: Annotated[int | None, Query(ge=1, le=365)] = None,
) -> shapes.PreviewOut:
    """Count how often the rule would have fired in the last 90 days, as it is or with other values."""
    with store.database.read() as connection:
        known = rules.rule(connection, caller.workspace.id, rule_id)
        tried = _tried(known, bar=bar, amount=amount, days=days)
        return shapes.preview_out(preview(connection, caller.workspace.id, tried, now()))


@router.get("/root-causes")
def get_causes(caller: Sees, store: Storage) -> dict[str, list[dict[str, Any]]]:
    """List the workspace's root causes."""
    with store.database.read() as connection:
        known = causes.causes(connection, caller.workspace.id)
    return {"items": [{"key": cause.key, "name": cause.name, "retired": cause.retired} for cause in known]}


@router.get("/plans")
def get_plans(caller: Sees, store: Storage) -> shapes.Page[shapes.PlanOut]:
    """List the plans, what runs and is due first at the top."""
    with store.database.read() as connection:
        return shapes.Page(items=[shapes.plan_out(plan) for plan in plans.list_plans(connection, caller.workspace.id)])


@router.post("/plans", status_code=201)
def post_plan(caller: Works, store: Storage, body: shapes.NewPlan) -> shapes.PlanOut:
    """Make a plan."""
    with store.database.write() as connection:
        return shapes.plan_out(plans.make_plan(connection, caller.workspace.id, **_plan_values(body)))


@router.get("/plans/{plan_id}")
def get_plan(caller: Sees, store: Storage, plan_id: str) -> shapes.PlanOut:
    """Return a plan."""
    with store.database.read() as connection:
        return shapes.plan_out(plans.find_plan(connection, caller.workspace.id, plan_id))


@router.patch("/plans/{plan_id}")
def patch_plan(caller: Works, store: Storage, plan_id: str, body: shapes.PlanChange) -> shapes.PlanOut:
    """Change a plan."""
    with store.database.write() as connection:
        changed = plans.change_plan(connection, caller.workspace.id, plan_id, version=body.version, **_plan_values(body))
    return shapes.plan_out(changed)


def _told(store: Store, caller: Caller, case: Case) -> shapes.CaseOut:
    store.news.tell(caller.workspace.id, "case", case.id)
    return shapes.case_out(case, caller.workspace, now())


def _given(body: shapes.RuleChange) -> dict[str, Any]:
    nullable = ("touchpoint", "amount", "owner")
    sent = body.model_dump(exclude_unset=True, exclude={"version"})
    return {name: value for name, value in sent.items() if value is not None or name in nullable}


def _plan_values(body: shapes.PlanChange) -> dict[str, Any]:
    sent = body.model_dump(exclude_unset=True, exclude={"version"})
    values = {name: value for name, value in sent.items() if value is not None or name in ("touchpoint", "due_at")}
    if isinstance(body, shapes.NewPlan):
        values = {"owner": body.owner, **values}
    if values.get("due_at"):
        values["due_at"] = _moment(values["due_at"], "due_at")
    return values


def _tried(known: SignalRule, **values: Any) -> SignalRule:
    return replace(known, **{name: value for name, value in values.items() if value is not None})


def _moment(text: str, field: str) -> int:
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Invalid(f"{text!r} is not a moment. Write it as 2026-11-22T15:00:00Z.", code="bad_moment", field=field) from None
