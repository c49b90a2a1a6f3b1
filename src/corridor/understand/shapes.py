"""The JSON shapes of understand: what the API gives and what it takes."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from corridor.ground.filters import Filters
from corridor.ground.statistics import TOO_FEW
from corridor.ground.vocabulary import Touchpoint, to_iso
from corridor.understand.facts import Corridor, Move, Snarl, SnarlKind
from corridor.understand.gaps import GapOf, Promises
from corridor.understand.portfolio import Holding, Portfolio, Quadrant

Item = TypeVar("Item", bound=BaseModel)


class Amount(BaseModel):
    """An amount in minor units (cents) of a currency."""

    amount: int
    currency: str


class Span(BaseModel):
    """From when to when; the end is not included."""

    model_config = ConfigDict(populate_by_name=True)

    start: str = Field(alias="from")
    end: str = Field(alias="to")


class StopOut(BaseModel):
    """A touchpoint of the corridor. The gap, with its interval, is null while fewer than five told of one."""

    key: str
    name: str
    stage: str
    customers: int
    visits: int
    gap: float | None
    low: float | None
    high: float | None
    n: int


class MoveOut(BaseModel):
    """A move from a touchpoint to the next; nine of ten take no longer than `long_wait_s`."""

    model_config = ConfigDict(populate_by_name=True)

    came_from: str = Field(alias="from")
    to: str
    customers: int
    visits: int
    median_wait_s: float
    long_wait_s: float
    gap: float | None


class SnarlOut(BaseModel):
    """A place that costs. Where `price` is null, `reason` says why: too_few, too_early, cannot_tell or no_loss."""

    model_config = ConfigDict(populate_by_name=True)

    kind: SnarlKind
    where: str
    came_from: str | None = Field(alias="from")
    customers: int
    price: Amount | None
    low: Amount | None
    high: Amount | None
    n: int
    others: int
    reason: str


class CorridorOut(BaseModel):
    """The corridor of a period, as it stood `as_of`; `seconds` is what it took to work out."""

    as_of: str
    seconds: float
    period: Span
    customers: int
    touchpoints: list[StopOut]
    moves: list[MoveOut]
    snarls: list[SnarlOut]


class PromisesOut(BaseModel):
    """How promises stand: `n` are settled; `share` of them kept, between `low` and `high`; the median miss of the broken ones."""

    n: int
    kept: int
    broken: int
    open: int
    overdue: int
    share: float | None
    low: float | None
    high: float | None
    median_miss: float | None
    unit: str | None


class GapOut(BaseModel):
    """A mean gap with n and its interval; null where `few` says that too few told of one."""

    key: str
    name: str
    n: int
    customers: int
    expectation: float | None
    experience: float | None
    gap: float | None
    low: float | None
    high: float | None
    few: bool
    source: str | None
    sources: dict[str, int]
    promises: PromisesOut


class GapsOut(BaseModel):
    """Where expectation breaks most first; `worst` is the key of the place where it surely breaks."""

    by: str
    items: list[GapOut]
    next: str | None
    all: GapOut
    promises: PromisesOut
    worst: str | None


class HoldingOut(BaseModel):
    """An account or customer of the portfolio. `x` is where they stand across; `before` where they stood a period earlier."""

    id: str
    name: str
    billed: Amount
    satisfaction: float | None
    x: float | None
    n: int
    forecast: Amount
    customers: int
    quadrant: Quadrant | None
    quadrant_before: Quadrant | None


class PortfolioOut(BaseModel):
    """The portfolio, the highest billed first; `unheard` have told of no experience yet, so their place is not known."""

    of: Literal["account", "customer"]
    x: str
    y: str
    threshold: Amount
    threshold_is_own: bool
    satisfaction_split: float
    counts: dict[Quadrant, int]
    total: int
    unheard: int
    items: list[HoldingOut]
    next: str | None


class LayoutIn(BaseModel):
    """How a portfolio is laid out. The threshold is in minor units; null has it worked out from the amounts."""

    model_config = ConfigDict(extra="forbid")

    of: Literal["account", "customer"]
    x: Literal["satisfaction", "gap", "recommend"] = "satisfaction"
    y: Literal["billed", "billed_all"] = "billed"
    threshold: int | None = None
    satisfaction_split: float = 70.0


class Targets(BaseModel):
    """What a touchpoint is to reach, and what the market expects, on the common scale from 0 to 100."""

    experience: float | None
    norm: float | None


class TouchpointOut(BaseModel):
    """A touchpoint with the rules that recognise its events."""

    key: str
    name: str
    names: dict[str, str]
    stage: str
    owner: str
    weight: float
    targets: Targets
    events: list[str]
    pages: list[str]
    where: dict[str, list[str]]


class TouchpointIn(BaseModel):
    """A touchpoint as it shall be."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    names: dict[str, str] = {}
    stage: str
    owner: str = "operations"
    weight: float = Field(1.0, ge=0, le=1_000)
    norm: float | None = Field(None, ge=0, le=100)
    target: float | None = Field(None, ge=0, le=100)
    events: list[str] = Field([], max_length=200)
    pages: list[str] = Field([], max_length=200)
    where: dict[str, list[str]] = {}


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next` leads to what follows."""

    items: list[Item]
    next: str | None


def corridor_out(found: Corridor, filters: Filters, touchpoints: list[Touchpoint], currency: str) -> CorridorOut:
    """Return a corridor as the API gives it."""
    names = {touchpoint.key: touchpoint.name for touchpoint in touchpoints}
    return CorridorOut(
        as_of=to_iso(found.as_of),
        seconds=found.seconds,
        period=Span(start=to_iso(filters.period.start), end=to_iso(filters.period.end)),
        customers=found.customers,
        touchpoints=[
            StopOut(
                key=stop.key, name=names.get(stop.key, stop.key), stage=stop.stage, customers=stop.customers, visits=stop.visits,
                gap=stop.gap, low=stop.low, high=stop.high, n=stop.n,
            )
            for stop in found.stops
        ],
        moves=[_move_out(move) for move in found.moves],
        snarls=[_snarl_out(snarl, currency) for snarl in found.snarls],
    )  # fmt: skip


def _move_out(move: Move) -> MoveOut:
    return MoveOut(
        came_from=move.came_from, to=move.to, customers=move.customers, visits=move.visits, median_wait_s=move.median_wait_s,
        long_wait_s=move.long_wait_s, gap=move.gap,
    )  # fmt: skip


def _snarl_out(snarl: Snarl, currency: str) -> SnarlOut:
    price, low, high = (_amount(value, currency) for value in (snarl.price, snarl.low, snarl.high))
    return SnarlOut(
        kind=snarl.kind, where=snarl.where, came_from=snarl.came_from, customers=snarl.customers, price=price, low=low, high=high,
        n=snarl.n, others=snarl.others, reason=snarl.reason,
    )  # fmt: skip


def _amount(value: int | None, currency: str) -> Amount | None:
    return None if value is None else Amount(amount=value, currency=currency)


def promises_out(promises: Promises) -> PromisesOut:
    """Return how promises stand as the API gives it."""
    share = promises.share if promises.n >= TOO_FEW else None
    return PromisesOut(
        n=promises.n, kept=promises.kept, broken=promises.broken, open=promises.open, overdue=promises.overdue,
        share=share.mean if share else None, low=share.low if share else None, high=share.high if share else None,
        median_miss=promises.median_miss, unit=promises.unit,
    )  # fmt: skip


def gap_out(one: GapOf) -> GapOut:
    """Return a mean gap as the API gives it."""
    gap = None if one.few else one.gap
    return GapOut(
        key=one.key, name=one.name, n=one.n, customers=one.customers,
        expectation=one.expectation if gap else None, experience=one.experience if gap else None,
        gap=gap.mean if gap else None, low=gap.low if gap else None, high=gap.high if gap else None,
        few=one.few, source=one.source, sources=one.sources, promises=promises_out(one.promises),
    )  # fmt: skip


def portfolio_out(found: Portfolio, next: str | None) -> PortfolioOut:
    """Return a portfolio as the API gives it."""
    layout = found.layout
    return PortfolioOut(
        of=layout.of, x=layout.x, y=layout.y, threshold=Amount(amount=found.threshold, currency=found.currency),
        threshold_is_own=found.threshold_is_own, satisfaction_split=layout.split, counts=found.counts, total=found.total,
        unheard=found.unheard_total, items=[_holding_out(one, found.currency) for one in found.items], next=next,
    )  # fmt: skip


def _holding_out(one: Holding, currency: str) -> HoldingOut:
    return HoldingOut(
        id=one.id, name=one.name, billed=Amount(amount=one.billed, currency=currency), satisfaction=one.satisfaction, x=one.x,
        n=one.n, forecast=Amount(amount=one.forecast, currency=currency), customers=one.customers, quadrant=one.quadrant,
        quadrant_before=one.quadrant_before,
    )  # fmt: skip


def touchpoint_out(touchpoint: Touchpoint) -> TouchpointOut:
    """Return a touchpoint as the API gives it."""
    return TouchpointOut(
        key=touchpoint.key, name=touchpoint.name, names=touchpoint.names, stage=touchpoint.stage, owner=touchpoint.owner,
        weight=touchpoint.weight, targets=Targets(experience=touchpoint.target, norm=touchpoint.norm),
        events=list(touchpoint.events), pages=list(touchpoint.pages),
        where={name: list(values) for name, values in touchpoint.where.items()},
    )  # fmt: skip


def touchpoint_of(key: str, body: TouchpointIn) -> Touchpoint:
    """Return the touchpoint that a program described."""
    return Touchpoint(
        key=key, name=body.name, stage=body.stage, owner=body.owner, weight=body.weight, events=tuple(body.events),
        pages=tuple(body.pages), where={name: tuple(values) for name, values in body.where.items()}, norm=body.norm,
        target=body.target, names=body.names,
    )  # fmt: skip
