"""What identify alone writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from corridor.ground.vocabulary import Microseconds

KINDS = ("user_id", "anonymous_id", "email", "phone")
"""The kinds of identifiers, the strongest first."""


@dataclass(frozen=True, slots=True)
class Node:
    """One identifier: a user id, a device, an address. A customer is the set of nodes linked now; `root` is the set's number."""

    id: int
    kind: str
    value: str
    customer_id: str
    root: int
    first_seen: Microseconds


@dataclass(frozen=True, slots=True)
class Link:
    """That two nodes belong to one customer (or, `refused`, why they were not linked), and how we know."""

    id: str
    node: Node
    other: Node
    rule: str
    state: str
    reason: str
    message_id: str
    source: str
    at: Microseconds


@dataclass(frozen=True, slots=True)
class Merge:
    """A recorded decision that two customers are one. `other`'s nodes were moved to `keep`."""

    id: str
    keep: str
    other: str
    nodes: tuple[int, ...]
    rule: str
    by: str
    reason: str
    at: Microseconds
    undone_at: Microseconds | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """For the steps behind identify: customers of this batch that are new, or have other identifiers than before."""

    customer_ids: frozenset[str]


@dataclass(frozen=True)
class AfterMove:
    """Kind of extension: called in the same transaction when nodes moved, with the ids of all customers concerned."""

    function: Callable[[Connection, str, set[str]], None]
