"""What act alone writes: signals, cases, their moves and notes, and plans. Frozen; a change makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from corridor.ground.vocabulary import Microseconds

Severity = Literal["urgent", "high", "normal"]
SEVERITIES: tuple[Severity, ...] = ("urgent", "high", "normal")
"""The most pressing first."""

State = Literal["open", "in_progress", "waiting", "closed"]
STATES: tuple[State, ...] = ("open", "in_progress", "waiting", "closed")
"""Where a case stands; the clock of its deadline rests while it waits for the customer."""

PlanState = Literal["proposed", "running", "done", "dropped"]
PLAN_STATES: tuple[PlanState, ...] = ("proposed", "running", "done", "dropped")

RuleKind = Literal["rating_low", "promise_broken", "silence"]
RULE_KINDS: tuple[RuleKind, ...] = ("rating_low", "promise_broken", "silence")

TOLD = "told"
"""The kind of cause of a case that a person opened by hand."""


@dataclass(frozen=True, slots=True)
class SignalRule:
    """What is worth noticing. One rule and one touchpoint make one cause of cases.

    `bar` is the common score under which a rating speaks up. `amount` (minor units) is what a customer must have been billed;
    None is the amount that the upper fifth of the billed customers reach. `days` is how long a silence must last. An event older
    than `freshness_days` makes a signal for the record and no case.
    """

    id: str
    kind: RuleKind
    name: str = ""
    active: bool = True
    touchpoint: str | None = None
    bar: float = 40.0
    amount: int | None = None
    days: int = 30
    freshness_days: int = 30
    severity: Severity = "normal"
    owner: str | None = None
    """The role that gets the cases; None is the role that owns the touchpoint."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Signal:
    """Something noticed about one customer at one touchpoint: what happened, and the customer's words where there are any."""

    id: str
    rule_id: str
    kind: str
    node_id: int
    customer_id: str
    account_id: str | None
    touchpoint: str | None
    channel: str | None
    at: Microseconds
    noticed_at: Microseconds
    state: Literal["live", "historic"]
    event: str
    case_id: str | None = None
    words: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    """What was measured: `common` of a rating; `miss` and `unit` of a promise; `days` of a silence."""


@dataclass(frozen=True, slots=True)
class Case:
    """One customer's trouble with one cause: somebody's to close, by a moment."""

    id: str
    number: int
    node_id: int
    customer_id: str
    account_id: str | None
    kind: str
    cause: str
    rule_id: str | None
    title: str
    touchpoint: str | None
    owner: str
    """The role that can close it."""
    assignee_id: str | None
    severity: Severity
    opened_at: Microseconds
    due_at: Microseconds
    latest_at: Microseconds
    state: State = "open"
    signals: int = 0
    value: int = 0
    """What the customer had been billed when the case was opened, minor units."""
    escalation: int = 0
    waiting_since: Microseconds | None = None
    root_cause: str | None = None
    root_cause_words: str = ""
    resolution: str = ""
    closed_at: Microseconds | None = None
    closed_by: str | None = None
    reopened: int = 0
    plan_id: str | None = None
    version: int = 1

    def is_overdue(self, moment: Microseconds) -> bool:
        """Whether its deadline has passed while it was ours to act."""
        return self.state in ("open", "in_progress") and self.due_at < moment


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague wrote on a case."""

    id: str
    case_id: str
    by: str
    at: Microseconds
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a case's history: who did what, when and why. `by` is empty for what the house did by itself."""

    id: str
    case_id: str
    at: Microseconds
    by: str
    kind: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class RootCause:
    """One choice for why a trouble came to be; the list is the workspace's own."""

    key: str
    name: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is being changed so that cases of a kind stop coming."""

    id: str
    title: str
    touchpoint: str | None
    owner: str
    target: str
    due_at: Microseconds | None
    state: PlanState
    created_at: Microseconds
    cases: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """Told to the later steps of the line: a case was opened (or opened again) by what this batch brought."""

    case: Case
    again: bool = False


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts on a case: a person of the workspace, or the house itself (empty id)."""

    id: str = ""
    name: str = ""


THE_HOUSE = Doer()
