"""What understand alone writes: gaps, and how satisfied each customer is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corridor.ground.vocabulary import ExpectationSource, Microseconds

SnarlKind = Literal["loop", "hop", "wait", "promise"]
"""A place that people come back to again and again; from channel to channel; a long wait for the next step; a broken promise."""

PriceReason = Literal["", "too_few", "too_early", "cannot_tell", "no_loss"]
"""Why a snarl has no price."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An experience beside what was expected of it, on the common scale; both are None where nothing is known of an expectation.

    `id` is the response's. `event` is the place in the journal, "offset.position".
    """

    id: str
    node: int
    customer: str
    account: str | None
    touchpoint: str | None
    channel: str
    at: Microseconds
    event: str
    experience: float
    expectation: float | None
    gap: float | None
    source: ExpectationSource | None


@dataclass(frozen=True, slots=True)
class GapFound:
    """A customer told how it was, and it was compared with what they expected."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How a customer finds us, on the common scale: the mean of `n` experiences, the recent ones counting more.

    `expects` is the mean of what was expected of them; None where no expectation is known.
    """

    value: float
    n: int
    expects: float | None
    at: Microseconds
    """When the last of the experiences was."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A touchpoint as customers meet it in the corridor; the gap is None where too few told of one."""

    key: str
    stage: str
    customers: int
    visits: int
    gap: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """From one touchpoint to the next: who made it, how long it takes, and how those who made it found its end."""

    came_from: str
    to: str
    customers: int
    visits: int
    median_wait_s: float
    long_wait_s: float
    """Nine of ten take no longer than this."""
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class Snarl:
    """A place in the corridor that costs.

    `where` is the key of a touchpoint, or the stage for a hop. `price` is in minor units of the workspace's currency with its
    interval from `low` to `high`; it is None where the numbers cannot tell, and `reason` says why.
    """

    kind: SnarlKind
    where: str
    came_from: str | None
    customers: int
    price: int | None = None
    low: int | None = None
    high: int | None = None
    n: int = 0
    """Of how many who met it the price was learnt, beside `others` who passed the same place without."""
    others: int = 0
    reason: PriceReason = ""


@dataclass(frozen=True, slots=True)
class Corridor:
    """The map of a period as it stood `as_of`; `seconds` is what it took to work out."""

    stops: tuple[Stop, ...] = ()
    moves: tuple[Move, ...] = ()
    snarls: tuple[Snarl, ...] = ()
    customers: int = 0
    as_of: Microseconds = 0
    seconds: float = 0.0
