"""The API of what was heard: responses, expectations and promises. Surveys have their own, beside it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from corridor.ground.access import Sees
from corridor.ground.vocabulary import Microseconds, to_iso
from corridor.ground.web import Storage, decode_cursor, encode_cursor
from corridor.listen import heard
from corridor.listen.facts import Expectation, Heard, Promise, PromiseState, Response, ResponseKind
from corridor.listen.narrow import Narrowed

router = APIRouter(prefix="/api/v1", tags=["listen"])

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]
Key = Annotated[str | None, Query(max_length=200)]


class ScoreOut(BaseModel):
    """A score as given on its own scale, and on the common one from 0 (worst) to 100 (best)."""

    value: float
    lowest: float
    highest: float
    common: float


class HeardOut(BaseModel):
    """What everything heard has: for whom, where and when."""

    id: str
    customer_id: str
    account: str | None
    touchpoint: str | None
    channel: str
    at: str


class ResponseOut(HeardOut):
    """An answer to an instrument, with its words."""

    kind: ResponseKind
    pattern: str
    instrument: str
    score: ScoreOut
    text: str
    survey_id: str | None


class ExpectationOut(HeardOut):
    """What a customer expects, with its source."""

    source: str
    score: ScoreOut
    about: str
    survey_id: str | None


class PromiseOut(HeardOut):
    """A promise and what became of it; `miss` is in its own unit."""

    promise_id: str
    state: PromiseState
    made_at: str | None
    due_at: str | None
    fulfilled_at: str | None
    unit: str
    value: float | None
    miss: float | None


class ResponsePage(BaseModel):
    """Responses, the latest first."""

    items: list[ResponseOut]
    next: str | None


class ExpectationPage(BaseModel):
    """Expectations, the latest first."""

    items: list[ExpectationOut]
    next: str | None


class PromisePage(BaseModel):
    """Promises, the latest made first."""

    items: list[PromiseOut]
    next: str | None


@router.get("/responses")
def get_responses(
    caller: Sees,
    store: Storage,
    narrowed: Narrowed,
    customer: Key = None,
    touchpoint: Key = None,
    survey: Key = None,
    kind: ResponseKind | None = None,
    words: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ResponsePage:
    """List responses; with `words`, those that say something."""
    with store.database.read() as connection:
        found = heard.responses(
            connection,
            caller.workspace.id,
            narrowed,
            customer=customer,
            touchpoint=touchpoint,
            survey=survey,
            kind=kind,
            words_only=words,
            before=_before(cursor),
            limit=limit + 1,
        )
    return ResponsePage(items=[_response(one) for one in found[:limit]], next=_next(found, limit))


@router.get("/expectations")
def get_expectations(
    caller: Sees,
    store: Storage,
    narrowed: Narrowed,
    customer: Key = None,
    touchpoint: Key = None,
    survey: Key = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ExpectationPage:
    """List what customers said that they expect."""
    with store.database.read() as connection:
        found = heard.expectations(
            connection,
            caller.workspace.id,
            narrowed,
            customer=customer,
            touchpoint=touchpoint,
            survey=survey,
            before=_before(cursor),
            limit=limit + 1,
        )
    return ExpectationPage(items=[_expectation(one) for one in found[:limit]], next=_next(found, limit))


@router.get("/promises")
def get_promises(
    caller: Sees,
    store: Storage,
    narrowed: Narrowed,
    customer: Key = None,
    touchpoint: Key = None,
    state: Literal["open", "kept", "broken", "withdrawn"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PromisePage:
    """List promises."""
    with store.database.read() as connection:
        found = heard.promises(
            connection,
            caller.workspace.id,
            narrowed,
            customer=customer,
            touchpoint=touchpoint,
            state=state,
            before=_before(cursor),
            limit=limit + 1,
        )
    return PromisePage(items=[_promise(one) for one in found[:limit]], next=_next(found, limit))


def _before(cursor: str | None) -> heard.Place | None:
    place = decode_cursor(cursor, int, str)
    return (place[0], place[1]) if place else None


def _next(found: list[Any], limit: int) -> str | None:
    return encode_cursor(found[limit - 1].at, found[limit - 1].id) if len(found) > limit else None


def _heard(one: Heard) -> dict[str, Any]:
    return {
        "id": one.id,
        "customer_id": one.customer,
        "account": one.account,
        "touchpoint": one.touchpoint,
        "channel": one.channel,
        "at": to_iso(one.at),
    }


def _score(one: Response | Expectation) -> ScoreOut:
    return ScoreOut(value=one.value, lowest=one.lowest, highest=one.highest, common=one.common)


def _response(one: Response) -> ResponseOut:
    return ResponseOut(
        **_heard(one),
        kind=one.kind,
        pattern=one.pattern,
        instrument=one.instrument,
        score=_score(one),
        text=one.text,
        survey_id=one.survey_id,
    )


def _expectation(one: Expectation) -> ExpectationOut:
    return ExpectationOut(**_heard(one), source=one.source, score=_score(one), about=one.about, survey_id=one.survey_id)


def _promise(one: Promise) -> PromiseOut:
    return PromiseOut(
        **_heard(one),
        promise_id=one.key,
        state=one.state,
        made_at=_moment(one.made_at),
        due_at=_moment(one.due_at),
        fulfilled_at=_moment(one.fulfilled_at),
        unit=one.unit,
        value=one.value,
        miss=one.miss,
    )


def _moment(at: Microseconds | None) -> str | None:
    return None if at is None else to_iso(at)
