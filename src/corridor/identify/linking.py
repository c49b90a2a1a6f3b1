"""The step of the line that says who an event belongs to, and links the identifiers that it names, with the event as evidence."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, func, select

from corridor.ground.extensions import every
from corridor.ground.store import insert_many
from corridor.ground.vocabulary import Batch, Event, Quarantined, new_id
from corridor.identify.facts import AfterMove, Changed
from corridor.identify.look import keys_of_nodes
from corridor.identify.merging import Joining, join_all
from corridor.identify.normalise import normal_email, normal_id, normal_phone
from corridor.identify.tables import customers, identity_changes, links, nodes

MOST_OF_A_KIND = {"user_id": 1, "email": 5, "phone": 5, "anonymous_id": 200}
"""How many identifiers of a kind one customer may have; a link that would give more is refused (and kept as refused)."""

REMEMBERED = 200_000
"""Customers that the linker remembers between batches before it begins anew."""

_OF_VALUES = "SELECT customer_id FROM nodes WHERE workspace_id = ? AND kind = ? AND value IN (SELECT value FROM json_each(?))"
_OF_NODES = "SELECT customer_id FROM nodes WHERE workspace_id = ? AND id IN (SELECT value FROM json_each(?))"
_OF_CUSTOMERS = (
    "SELECT id, kind, value, root, customer_id FROM nodes"
    " WHERE workspace_id = ? AND customer_id IN (SELECT value FROM json_each(?))"
)
_PAIRS = "SELECT node_id, other_id, state FROM links WHERE workspace_id = ? AND id IN (SELECT value FROM json_each(?))"
"""Many values in one parameter, so that SQLite compiles each question once."""

Identifier = tuple[str, str]
"""A kind and a value in its normal form."""


@dataclass(slots=True)
class _Customer:
    root: int
    id: str
    kinds: dict[str, int] = field(default_factory=dict)
    nodes: list[int] = field(default_factory=list)


class Linker:
    """Links one workspace's events to customers. It remembers nodes between batches; the database is what counts."""

    def __init__(self, connection: Connection, workspace_id: str) -> None:
        self.workspace_id = workspace_id
        self._nodes: dict[Identifier, int] = {}
        self._customer: dict[int, _Customer] = {}
        self._pairs: dict[tuple[int, int], bool] = {}
        self._keys: dict[int, AESGCM] = {}
        self._version = _version(connection, workspace_id)
        self._next = 1 + (
            connection.execute(select(func.max(nodes.c.id)).where(nodes.c.workspace_id == workspace_id)).scalar() or 0
        )
        self._new_nodes: list[dict[str, Any]] = []
        self._new_customers: list[dict[str, Any]] = []
        self._new_links: list[dict[str, Any]] = []
        self._joinings: list[Joining] = []

    def link(self, batch: Batch, connection: Connection) -> None:
        """Put node, root and customer on each event; an event whose identifiers are all junk is set aside."""
        self._forget_what_changed(connection)
        named = [(event, self._identifiers(event, batch.workspace.region)) for event in batch.events]
        self._look_up(connection, {one for _, found in named for one in found})
        self._look_up_nodes(connection, {event.node for event in batch.events if event.node})
        self._look_up_pairs(connection, named)
        walking = []
        for event, found in named:
            if self._place(event, found, batch):
                walking.append(event)
            else:
                batch.quarantined.append(_nobody(event))
        changed = {self._customer[row["id"]].id for row in self._new_nodes}
        changed.update(one.keep for one in self._joinings)
        if changed:
            batch.put(Changed(frozenset(changed)))
        self._flush(connection)
        for event in walking:
            customer = self._customer[event.node]
            event.root, event.customer = customer.root, customer.id
        batch.events = walking
        if self._joinings:
            moved = {id for one in self._joinings for id in (one.keep, one.other)}
            join_all(connection, self.workspace_id, self._joinings)
            self._joinings = []
            for extension in every(AfterMove):
                extension.function(connection, self.workspace_id, moved)

    def keys(self, connection: Connection, wanted: set[int]) -> dict[int, AESGCM]:
        """Return the ciphers that seal these nodes' personal parts."""
        missing = {node for node in wanted if node not in self._keys}
        if missing:
            for node, key in keys_of_nodes(connection, self.workspace_id, missing).items():
                self._keys[node] = AESGCM(key)
        return self._keys

    def _identifiers(self, event: Event, region: str) -> list[Identifier]:
        """Return the identifiers that an event names, the one that it is sent for first."""
        found: list[Identifier] = []
        if event.user_id is not None and (user_id := normal_id(event.user_id)):
            found.append(("user_id", user_id))
        if event.anonymous_id is not None and (anonymous_id := normal_id(event.anonymous_id)):
            found.append(("anonymous_id", anonymous_id))
        if event.type == "alias" and event.previous_id is not None and (previous_id := normal_id(event.previous_id)):
            known = ("user_id", previous_id)
            found.append(known if known in self._nodes else ("anonymous_id", previous_id))
        said = event.traits if event.type == "identify" else event.context.get("traits")
        if isinstance(said, dict):
            email, phone = said.get("email"), said.get("phone")
            if isinstance(email, str) and (address := normal_email(email)):
                found.append(("email", address))
            if isinstance(phone, str) and (number := normal_phone(phone, region)):
                found.append(("phone", number))
        return found

    def _place(self, event: Event, found: list[Identifier], batch: Batch) -> bool:
        if event.node:
            if event.node not in self._customer:
                return False
            primary = event.node
        elif found:
            # A new identifier joins the customer of one that the event names beside it and that is known.
            known = next((self._nodes[one] for one in found[1:] if one in self._nodes), 0)
            primary = self._node(found[0], event, beside=known)
        else:
            return False
        event.node = primary
        for identifier in found:
            other = self._nodes.get(identifier)
            if other is None:
                other = self._node(identifier, event, beside=primary)
            if other != primary:
                self._link(primary, other, identifier[0], event, batch)
        return True

    def _node(self, identifier: Identifier, event: Event, beside: int = 0) -> int:
        """Return the identifier's node; a new one joins the customer of the node `beside`, where the limits allow it."""
        known = self._nodes.get(identifier)
        if known is not None:
            return known
        kind, value = identifier
        node = self._next
        self._next += 1
        customer = self._customer[beside] if beside else None
        if customer is None or customer.kinds.get(kind, 0) >= MOST_OF_A_KIND[kind]:
            customer = _Customer(node, new_id())
            self._new_customers.append(
                {"workspace_id": self.workspace_id, "id": customer.id, "root": node, "created_at": event.received_at}
            )
        customer.kinds[kind] = customer.kinds.get(kind, 0) + 1
        customer.nodes.append(node)
        key = os.urandom(32)
        self._nodes[identifier] = node
        self._customer[node] = customer
        self._keys[node] = AESGCM(key)
        self._new_nodes.append(
            {
                "workspace_id": self.workspace_id,
                "id": node,
                "kind": kind,
                "value": value,
                "root": customer.root,
                "customer_id": customer.id,
                "first_seen": event.at,
                "key": key,
            }
        )
        return node

    def _link(self, node: int, other: int, kind: str, event: Event, batch: Batch) -> None:
        pair = (node, other) if node < other else (other, node)
        if pair in self._pairs:
            return
        one, two = self._customer[node], self._customer[other]
        refusal = "" if one is two else _refusal(one, two)
        self._pairs[pair] = not refusal
        self._new_links.append(
            {
                "workspace_id": self.workspace_id,
                "id": f"{pair[0]}-{pair[1]}",
                "node_id": pair[0],
                "other_id": pair[1],
                "rule": f"same event: {kind}",
                "state": "refused" if refusal else "active",
                "reason": refusal or event.name,
                "message_id": event.message_id,
                "source": event.source,
                "at": event.at,
            }
        )
        if one is not two and not refusal:
            self._merge(one, two, f"same event: {kind}", event)
            batch.news.add(("customer", one.id))
            batch.news.add(("customer", two.id))

    def _merge(self, one: _Customer, two: _Customer, rule: str, event: Event) -> None:
        """Join two customers: the identified one stays, else the older."""
        keep, gone = (two, one) if two.kinds.get("user_id") and not one.kinds.get("user_id") else (one, two)
        if bool(one.kinds.get("user_id")) == bool(two.kinds.get("user_id")) and two.root < one.root:
            keep, gone = two, one
        self._joinings.append(
            Joining(
                keep=keep.id,
                other=gone.id,
                keep_root=keep.root,
                other_root=gone.root,
                moving=tuple(gone.nodes),
                staying=tuple(keep.nodes),
                rule=rule,
                by=f"event {event.message_id}",
                reason=event.name,
            )
        )
        for node in gone.nodes:
            self._customer[node] = keep
        keep.nodes.extend(gone.nodes)
        for kind, count in gone.kinds.items():
            keep.kinds[kind] = keep.kinds.get(kind, 0) + count

    def _look_up(self, connection: Connection, wanted: set[Identifier]) -> None:
        missing: dict[str, list[str]] = {}
        for kind, value in wanted:
            if (kind, value) not in self._nodes:
                missing.setdefault(kind, []).append(value)
        found: set[str] = set()
        for kind, values in missing.items():
            rows = connection.exec_driver_sql(_OF_VALUES, (self.workspace_id, kind, _json(values))).fetchall()
            found.update(row[0] for row in rows)
        self._load(connection, found)

    def _look_up_nodes(self, connection: Connection, wanted: set[int]) -> None:
        missing = [node for node in wanted if node not in self._customer]
        if missing:
            rows = connection.exec_driver_sql(_OF_NODES, (self.workspace_id, _json(missing))).fetchall()
            self._load(connection, {row[0] for row in rows})

    def _load(self, connection: Connection, wanted: set[str]) -> None:
        if not wanted:
            return
        loaded: dict[str, _Customer] = {}
        rows = connection.exec_driver_sql(_OF_CUSTOMERS, (self.workspace_id, _json(list(wanted)))).fetchall()
        for node, kind, value, root, customer_id in rows:
            customer = loaded.setdefault(customer_id, _Customer(root, customer_id))
            customer.kinds[kind] = customer.kinds.get(kind, 0) + 1
            customer.nodes.append(node)
            self._nodes[(kind, value)] = node
            self._customer[node] = customer

    def _look_up_pairs(self, connection: Connection, named: list[tuple[Event, list[Identifier]]]) -> None:
        """Learn which of the pairs in these events were linked, refused or undone before."""
        wanted = set()
        for event, found in named:
            first = event.node or (self._nodes.get(found[0]) if found else None)
            for identifier in found:
                other = self._nodes.get(identifier)
                if first and other and first != other:
                    pair = (first, other) if first < other else (other, first)
                    if pair not in self._pairs:
                        wanted.add(pair)
        if wanted:
            ids = _json([f"{one}-{two}" for one, two in wanted])
            for one, two, state in connection.exec_driver_sql(_PAIRS, (self.workspace_id, ids)).fetchall():
                self._pairs[(one, two)] = state == "active"

    def _flush(self, connection: Connection) -> None:
        insert_many(connection, customers, self._new_customers)
        insert_many(connection, nodes, self._new_nodes)
        insert_many(connection, links, self._new_links, "IGNORE")
        self._new_customers, self._new_nodes, self._new_links = [], [], []

    def _forget_what_changed(self, connection: Connection) -> None:
        version = _version(connection, self.workspace_id)
        if version != self._version or len(self._customer) > REMEMBERED:
            self._version = version
            self._nodes.clear()
            self._customer.clear()
            self._pairs.clear()
            self._keys.clear()


def _json(values: list[Any]) -> str:
    return msgspec.json.encode(values).decode()


def _refusal(one: _Customer, two: _Customer) -> str:
    """Return why two customers must not be made one by an event; nothing where they may."""
    for kind, most in MOST_OF_A_KIND.items():
        together = one.kinds.get(kind, 0) + two.kinds.get(kind, 0)
        if together > most:
            if kind == "user_id":
                return "Both are known under user ids of their own; a shared device or address does not make them one."
            return f"Together they would have {together} identifiers of the kind {kind}; the most is {most}."
    return ""


def _nobody(event: Event) -> Quarantined:
    return Quarantined(
        source=event.source,
        offset=event.offset,
        position=event.position,
        received_at=event.received_at,
        code="junk_id",
        field="userId",
        reason="The event's identifiers are values that broken clients send for everybody; it cannot be told whose it is.",
        body=msgspec.json.encode(event),
    )


def _version(connection: Connection, workspace_id: str) -> int:
    found = connection.execute(select(identity_changes.c.version).where(identity_changes.c.workspace_id == workspace_id)).scalar()
    return int(found or 0)
