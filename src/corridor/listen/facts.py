"""What customers said, expected and were promised, as frozen records, and the facts that the line hands on about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corridor.ground.vocabulary import ExpectationSource, Microseconds

PromiseState = Literal["open", "kept", "broken", "withdrawn"]
ResponseKind = Literal["experience", "effort", "recommendation"]
Pattern = Literal["past", "present", "potential"]
"""What a response is about: an encounter (past), the relationship (present), or what could come next (potential)."""

PATTERNS: tuple[Pattern, ...] = ("past", "present", "potential")


@dataclass(frozen=True, slots=True)
class Heard:
    """What every record here has: for whom, where and when. `event` is the place in the journal, "offset.position"."""

    id: str
    node: int
    customer: str
    account: str | None
    touchpoint: str | None
    channel: str
    at: Microseconds
    event: str


@dataclass(frozen=True, slots=True)
class Expectation(Heard):
    """What a customer said that they expect, on the scale it was asked and on the common one."""

    source: ExpectationSource
    value: float
    lowest: float
    highest: float
    common: float
    about: str = ""
    survey_id: str | None = None
    answer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Response(Heard):
    """An answer to an instrument (csat, nps, ces, stars …), with the words that came with it."""

    kind: ResponseKind
    pattern: Pattern
    instrument: str
    value: float
    lowest: float
    highest: float
    common: float
    text: str = ""
    survey_id: str | None = None
    answer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Promise(Heard):
    """A promise and what became of it. `at` is when it was made, or first heard of while its making is not known.

    `miss` says by how much it was broken, in `unit`; it is None for a promise that was kept, and while nobody knows.
    `value` is the promised amount, price or number of units, where there was one.
    """

    key: str
    state: PromiseState
    made_at: Microseconds | None
    due_at: Microseconds | None
    fulfilled_at: Microseconds | None
    unit: str
    value: float | None = None
    miss: float | None = None


@dataclass(frozen=True, slots=True)
class ExpectationStated:
    """A customer said what they expect."""

    expectation: Expectation


@dataclass(frozen=True, slots=True)
class ResponseHeard:
    """A customer answered how it was."""

    response: Response


@dataclass(frozen=True, slots=True)
class PromiseMade:
    """A customer was promised something."""

    promise: Promise


@dataclass(frozen=True, slots=True)
class PromiseSettled:
    """A promise was kept, broken or withdrawn, `at` a moment and by an `event` ("offset.position").

    It comes again, for the same promise id, if late news changes what became of it.
    """

    promise: Promise
    at: Microseconds
    event: str
