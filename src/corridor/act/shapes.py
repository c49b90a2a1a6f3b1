"""The JSON shapes of act: what the API gives and what it takes."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from corridor.act.facts import Case, Move, Note, Plan, PlanState, RuleKind, Severity, Signal, SignalRule, State
from corridor.act.preview import Preview
from corridor.ground.vocabulary import Microseconds, Workspace, to_iso

Item = TypeVar("Item", bound=BaseModel)


class Amount(BaseModel):
    """An amount in minor units."""

    amount: int
    currency: str


class CaseOut(BaseModel):
    """A case. `cause` is the rule and the touchpoint; `overdue` says whether its deadline has passed while it was ours to act."""

    id: str
    number: int
    customer_id: str
    account_id: str | None
    kind: str
    cause: str
    title: str
    touchpoint: str | None
    owner: str
    assignee_id: str | None
    state: State
    severity: Severity
    opened_at: str
    due_at: str
    overdue: bool
    signals: int
    latest_at: str
    value: Amount
    escalation: int
    root_cause: str | None
    root_cause_words: str
    resolution: str
    closed_at: str | None
    closed_by: str | None
    reopened: int
    plan_id: str | None
    version: int


class SignalOut(BaseModel):
    """Something noticed. `words` are the customer's own."""

    id: str
    rule_id: str
    kind: str
    customer_id: str
    account_id: str | None
    touchpoint: str | None
    channel: str | None
    at: str
    noticed_at: str
    state: Literal["live", "historic"]
    case_id: str | None
    words: str
    detail: dict[str, Any]


class NoteOut(BaseModel):
    """A note on a case; `by` is a person's id."""

    id: str
    by: str
    at: str
    text: str


class MoveOut(BaseModel):
    """One line of a case's history; `by` is empty for what the house did by itself."""

    at: str
    by: str
    kind: str
    before: str
    after: str
    why: str


class CaseWhole(CaseOut):
    """A case with what was noticed, the notes and the history."""

    noticed: list[SignalOut]
    notes: list[NoteOut]
    history: list[MoveOut]


class RuleOut(BaseModel):
    """A rule. `amount` (minor units) null means the upper fifth of the billed customers."""

    id: str
    kind: RuleKind
    name: str
    active: bool
    touchpoint: str | None
    bar: float
    amount: int | None
    days: int
    freshness_days: int
    severity: Severity
    owner: str | None
    version: int


class PreviewOut(BaseModel):
    """What a rule would have noticed in the last `days`, how many cases that makes, and the amount it goes by."""

    days: int
    times: int
    cases: int
    amount: int


class PlanOut(BaseModel):
    """A plan and how many cases are with it."""

    id: str
    title: str
    touchpoint: str | None
    owner: str
    target: str
    due_at: str | None
    state: PlanState
    created_at: str
    cases: int
    version: int


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` goes into `cursor` for the following one."""

    items: list[Item]
    next: str | None = None


class Taken(BaseModel):
    """What the API takes: nothing but the names it knows."""

    model_config = ConfigDict(extra="forbid")


class NewCase(Taken):
    """A case to open by hand."""

    customer_id: str
    title: str
    touchpoint: str | None = None
    severity: Severity = "normal"
    owner: str | None = None
    note: str = ""


class CaseChange(Taken):
    """What to change about an open case; what is left out stays. `version` guards against a colleague's change."""

    version: int | None = None
    state: Literal["open", "in_progress", "waiting"] | None = None
    severity: Severity | None = None
    owner: str | None = None
    due_at: str | None = Field(None, description="ISO 8601, such as 2026-11-22T15:00:00Z")
    plan_id: str | None = Field(None, description="A plan's id; empty text takes the case off its plan")
    why: str = ""


class NewNote(Taken):
    """A note to add."""

    text: str


class Assignment(Taken):
    """Whom to give the case to; null for nobody."""

    assignee_id: str | None
    version: int | None = None
    why: str = ""


class Closing(Taken):
    """Why the trouble came to be, and what was done."""

    root_cause: str = ""
    resolution: str = ""
    root_cause_words: str = ""
    version: int | None = None


class Reopening(Taken):
    """Why the case has to be opened again."""

    why: str
    version: int | None = None


class RuleChange(Taken):
    """What to change about a rule; what is left out stays."""

    version: int | None = None
    name: str | None = None
    active: bool | None = None
    touchpoint: str | None = None
    bar: float | None = None
    amount: int | None = None
    days: int | None = None
    freshness_days: int | None = None
    severity: Severity | None = None
    owner: str | None = None


class NewRule(RuleChange):
    """A rule to add."""

    kind: RuleKind


class PlanChange(Taken):
    """What to change about a plan; what is left out stays."""

    version: int | None = None
    title: str | None = None
    touchpoint: str | None = None
    owner: str | None = None
    target: str | None = None
    due_at: str | None = Field(None, description="ISO 8601, such as 2026-11-22T15:00:00Z")
    state: PlanState | None = None


class NewPlan(PlanChange):
    """A plan to make."""

    title: str
    owner: str = "operations"


def case_out(case: Case, workspace: Workspace, moment: Microseconds) -> CaseOut:
    """Return a case as the API gives it."""
    return CaseOut(**_case_values(case, workspace, moment))


def case_whole(
    case: Case, workspace: Workspace, moment: Microseconds, noticed: list[Signal], notes: list[Note], moves: list[Move]
) -> CaseWhole:
    """Return a case with all that belongs to it."""
    return CaseWhole(
        **_case_values(case, workspace, moment),
        noticed=[signal_out(signal) for signal in noticed],
        notes=[note_out(note) for note in notes],
        history=[
            MoveOut(at=to_iso(move.at), by=move.by, kind=move.kind, before=move.before, after=move.after, why=move.why)
            for move in moves
        ],
    )


def note_out(note: Note) -> NoteOut:
    """Return a note as the API gives it."""
    return NoteOut(id=note.id, by=note.by, at=to_iso(note.at), text=note.text)


def signal_out(signal: Signal) -> SignalOut:
    """Return a signal as the API gives it."""
    return SignalOut(
        **{name: getattr(signal, name) for name in SignalOut.model_fields if name not in ("at", "noticed_at")},
        at=to_iso(signal.at),
        noticed_at=to_iso(signal.noticed_at),
    )


def rule_out(rule: SignalRule) -> RuleOut:
    """Return a rule as the API gives it."""
    return RuleOut(**{name: getattr(rule, name) for name in RuleOut.model_fields})


def preview_out(preview: Preview) -> PreviewOut:
    """Return a preview as the API gives it."""
    return PreviewOut(days=preview.days, times=preview.times, cases=preview.cases, amount=preview.amount)


def plan_out(plan: Plan) -> PlanOut:
    """Return a plan as the API gives it."""
    values = {name: getattr(plan, name) for name in PlanOut.model_fields}
    return PlanOut(**{**values, "created_at": to_iso(plan.created_at), "due_at": to_iso(plan.due_at) if plan.due_at else None})


def _case_values(case: Case, workspace: Workspace, moment: Microseconds) -> dict[str, Any]:
    plain = ("opened_at", "due_at", "latest_at", "closed_at", "overdue", "value", "noticed", "notes", "history")
    values = {name: getattr(case, name) for name in CaseOut.model_fields if name not in plain}
    return {
        **values,
        "opened_at": to_iso(case.opened_at),
        "due_at": to_iso(case.due_at),
        "latest_at": to_iso(case.latest_at),
        "closed_at": to_iso(case.closed_at) if case.closed_at else None,
        "overdue": case.is_overdue(moment),
        "value": Amount(amount=case.value, currency=workspace.currency),
    }
