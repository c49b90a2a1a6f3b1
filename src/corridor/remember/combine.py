"""A customer's profile, made from the profiles of the nodes that are linked now. So a merge and its undoing lose nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, delete, select

from corridor.ground.extensions import offer
from corridor.ground.store import insert_many
from corridor.identify import AfterMove, customer_roots, identifiers_of
from corridor.remember.tables import node_profiles, profiles, segment_members, segmentations

Value = TypeVar("Value")
_read = msgspec.json.decode
_write = msgspec.json.encode


def recombine(connection: Connection, workspace_id: str, customer_ids: set[str]) -> None:
    """Make the profiles of these customers anew from their nodes; one without nodes has none any more."""
    traits_of_segments = [
        row.trait for row in connection.execute(select(segmentations.c.trait).where(segmentations.c.workspace_id == workspace_id))
    ]
    for part in _parts(sorted(customer_ids)):
        by_customer: dict[str, list[Row[Any]]] = {}
        for row in connection.execute(
            select(node_profiles).where(node_profiles.c.workspace_id == workspace_id, node_profiles.c.customer_id.in_(part))
        ):
            by_customer.setdefault(row.customer_id, []).append(row)
        roots = customer_roots(connection, workspace_id, list(by_customer))
        identifiers = identifiers_of(connection, workspace_id, list(by_customer))
        made = [
            _profile(workspace_id, customer, roots.get(customer, 0), nodes, identifiers.get(customer, []))
            for customer, nodes in by_customer.items()
        ]
        gone = [customer for customer in part if customer not in by_customer]
        if gone:
            connection.execute(delete(profiles).where(profiles.c.workspace_id == workspace_id, profiles.c.id.in_(gone)))
        if made:
            connection.exec_driver_sql(
                "INSERT OR REPLACE INTO profiles (workspace_id, id, root, name, traits, account_id, language, first_seen, last_seen,"
                " events, billed, paid, forecast, search) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                made,
            )
        if traits_of_segments:
            _place_in_segments(connection, workspace_id, part, made, traits_of_segments)


def _after_move(connection: Connection, workspace_id: str, customer_ids: set[str]) -> None:
    recombine(connection, workspace_id, customer_ids)


offer(AfterMove(_after_move))


def _profile(
    workspace_id: str, customer: str, root: int, nodes: list[Row[Any]], identifiers: list[tuple[str, str]]
) -> tuple[Any, ...]:
    traits: dict[str, list[Any]] = _read(nodes[0].traits)
    account: tuple[int, str] | None = None
    for node in nodes[1:]:
        for name, (value, at) in _read(node.traits).items():
            if name not in traits or traits[name][1] <= at:
                traits[name] = [value, at]
    for node in nodes:
        if node.account_id is not None and (account is None or account[0] <= node.account_at):
            account = (node.account_at, node.account_id)
    said = {name: value for name, (value, _) in traits.items()}
    name = name_of(said, identifiers)
    return (
        workspace_id,
        customer,
        root,
        name,
        _write(said).decode(),
        account[1] if account else None,
        str(said.get("language") or said.get("locale") or "")[:2].lower(),
        min(node.first_seen for node in nodes),
        max(node.last_seen for node in nodes),
        sum(node.events for node in nodes),
        sum(node.billed for node in nodes),
        sum(node.paid for node in nodes),
        sum(node.forecast for node in nodes),
        searchable(" ".join([name, *(value for kind, value in identifiers if kind != "anonymous_id")])),
    )


def name_of(traits: dict[str, Any], identifiers: list[tuple[str, str]]) -> str:
    """Return how a customer is called: by name, else by the strongest identifier; empty for an anonymous visitor."""
    name = traits.get("name")
    if not isinstance(name, str) or not name.strip():
        parts = [traits.get("firstName") or traits.get("first_name"), traits.get("lastName") or traits.get("last_name")]
        name = " ".join(part for part in parts if isinstance(part, str))
    if name.strip():
        return name.strip()[:200]
    for wanted in ("email", "user_id", "phone"):
        for kind, value in identifiers:
            if kind == wanted:
                return value
    return ""


_FOLDED = str.maketrans({"ي": "ی", "ك": "ک", "ة": "ه", "‌": " ", "ـ": None})


def searchable(text: str) -> str:
    """Return text in the one form that is searched in: NFKC, case folded, Arabic letters as Persian ones."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)


def _place_in_segments(
    connection: Connection, workspace_id: str, part: list[str], made: list[tuple[Any, ...]], traits: list[str]
) -> None:
    wanted = set()
    for row in made:
        said = _read(row[4])
        for trait in traits:
            value = said.get(trait)
            if isinstance(value, str | int | float) and str(value):
                wanted.add((f"{trait}:{value}", row[1]))
    members = segment_members.c
    known = {
        (row.segment, row.customer_id)
        for row in connection.execute(
            select(members.segment, members.customer_id).where(
                members.workspace_id == workspace_id, members.customer_id.in_(part)
            )
        )
    }
    for segment, customer in known - wanted:
        connection.execute(
            delete(segment_members).where(
                members.workspace_id == workspace_id, members.segment == segment, members.customer_id == customer
            )
        )
    fresh = [{"workspace_id": workspace_id, "segment": segment, "customer_id": customer} for segment, customer in wanted - known]
    insert_many(connection, segment_members, fresh)


def _parts(values: list[Value], size: int = 900) -> Iterable[list[Value]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
