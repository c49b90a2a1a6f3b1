"""The nouns that all rooms share, and the few pure functions that belong to them. It refuses to store or to fetch anything."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

Microseconds = int
"""A moment: microseconds since 1970-01-01 UTC."""

STAGES = ("discover", "choose", "buy", "receive", "use", "get help", "renew", "leave")
"""The stages of the corridor in the order a customer meets them."""

CHANNELS = (
    "web", "app", "email", "chat", "sms", "messaging", "voice", "video", "social", "store", "print", "device",
)  # fmt: skip
"""The channels that every workspace knows; a pack may add others."""

ExpectationSource = Literal["stated", "promised", "history", "market"]
EXPECTATION_SOURCES: tuple[ExpectationSource, ...] = ("stated", "promised", "history", "market")
"""Where an expectation comes from, the strongest source first."""

SECOND = 1_000_000
DAY = 86_400 * SECOND

Fact = TypeVar("Fact")


def now() -> Microseconds:
    """Return the present moment."""
    return time.time_ns() // 1000


def new_id(at: Microseconds | None = None) -> str:
    """Return a new UUIDv7 (RFC 9562, section 5.7): ids made later sort later."""
    milliseconds = (now() if at is None else at) // 1000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def to_datetime(at: Microseconds, zone: str = "UTC") -> datetime:
    """Return the moment as an aware datetime in the named zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(ZoneInfo(zone))


def from_datetime(moment: datetime) -> Microseconds:
    """Return an aware datetime as microseconds; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def to_iso(at: Microseconds) -> str:
    """Return the moment as ISO 8601 text in UTC, as the API writes it."""
    return to_datetime(at).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One company's (or brand's) separate world. `id` is a short name that never changes, such as `main`."""

    id: str
    name: str
    zone: str = "UTC"
    currency: str = "EUR"
    region: str = "NL"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of an ISO 4217 currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Score:
    """What somebody answered on a scale, kept as given, with the common value from 0 (worst) to 100 (best)."""

    value: float
    lowest: float
    highest: float

    @property
    def common(self) -> float:
        """The value on the common scale, 0 to 100. A scale where low is good has `lowest` above `highest`."""
        share = (self.value - self.lowest) / (self.highest - self.lowest)
        return 100 * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time, `start` included and `end` not."""

    start: Microseconds
    end: Microseconds

    @classmethod
    def last(cls, days: int, end: Microseconds | None = None) -> Period:
        """Return the `days` days that end at `end` (now)."""
        until = now() if end is None else end
        return cls(until - days * DAY, until)

    @property
    def before(self) -> Period:
        """The period of the same length just before this one, for comparison."""
        return Period(2 * self.start - self.end, self.start)


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A named kind of contact at a stage of the corridor.

    `events` are the event names that belong here, `pages` path prefixes of page views; `where` narrows both to events whose
    property (or `channel`) has one of the given values. `owner` is the role that can close a gap here. `norm` is the market's
    expectation on the common scale.
    """

    key: str
    name: str
    stage: str
    owner: str = "operations"
    weight: float = 1.0
    events: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    norm: float | None = None
    target: float | None = None
    names: dict[str, str] = field(default_factory=dict)
    """The touchpoint's name by language, where it differs from `name`."""


class Event(msgspec.Struct, kw_only=True):
    """One thing that happened, in the shape of the Segment spec; the steps of the line put on it what they find out."""

    message_id: str
    type: str
    name: str
    """What happened, as a reader says it: the event of a track, the kind of call for the others (`Page Viewed`)."""
    at: Microseconds
    received_at: Microseconds
    source: str
    channel: str = "web"
    user_id: str | None = None
    anonymous_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    offset: int = 0
    position: int = 0
    """Place in the journal: the request's offset and the event's number in it."""
    node: int = 0
    """The identity node that it was sent for (put by identify)."""
    root: int = 0
    """The root node of the customer's set of nodes, as known when this was written (put by identify)."""
    customer: str = ""
    account: str | None = None
    touchpoint: str | None = None
    experience: float | None = None
    expectation: float | None = None
    expectation_source: str | None = None
    """Common-scale scores of the gap that this event closed (put by understand)."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that was accepted and kept but could not walk the line, with the reason and the field at fault."""

    source: str
    offset: int
    position: int
    received_at: Microseconds
    code: str
    field: str
    reason: str
    body: bytes


@dataclass(slots=True)
class Batch:
    """The events of one workspace that walk the line together, in one database transaction, and the facts found on the way."""

    workspace: Workspace
    events: list[Event]
    now: Microseconds
    quarantined: list[Quarantined] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    """How many events a step stopped, by reason (`duplicate`)."""
    news: set[tuple[str, str]] = field(default_factory=set)
    """(topic, id) pairs to tell live pages after the commit, such as ("customer", customer id)."""
    _facts: dict[type, list[Any]] = field(default_factory=dict)

    def put(self, fact: object) -> None:
        """Hand a fact to the steps that come later."""
        self._facts.setdefault(type(fact), []).append(fact)

    def of(self, kind: type[Fact]) -> list[Fact]:
        """Return the facts of this kind that earlier steps put, oldest first."""
        return self._facts.get(kind, [])
