"""What understand alone writes: gaps, and how satisfied each customer is."""

from __future__ import annotations

from dataclasses import dataclass

from corridor.ground.vocabulary import ExpectationSource, Microseconds


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
