"""What remember alone writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from corridor.ground.vocabulary import Microseconds


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a customer. Money is in minor units of `currency`; `channels` counts events."""

    id: str
    root: int
    name: str
    traits: dict[str, Any]
    account_id: str | None
    language: str
    first_seen: Microseconds
    last_seen: Microseconds
    events: int
    channels: dict[str, int]
    billed: int
    paid: int
    forecast: int
    currency: str
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A business or household with customers under it."""

    id: str
    key: str
    name: str
    traits: dict[str, Any]
    customers: int
    billed: int
    paid: int
    forecast: int
    currency: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a customer's timeline; `detail` are the event's properties with what the person wrote."""

    at: Microseconds
    offset: int
    position: int
    node_id: int
    name: str
    channel: str
    source: str
    touchpoint: str | None
    account: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """A named part of the customers, such as `state:SP`."""

    key: str
    name: str
    size: int


@dataclass(frozen=True)
class CustomerDetail:
    """Kind of extension: a later room adds a member to `GET /api/v1/customers/{id}`; the function returns a JSON value."""

    name: str
    function: Callable[[Connection, str, str], Any]
