"""Questions about identity: which nodes a customer has, and why they are one person."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, or_, select

from corridor.identify.facts import Link, Merge, Node
from corridor.identify.tables import customers, links, merges, nodes


def nodes_of(connection: Connection, workspace_id: str, customer_id: str) -> list[Node]:
    """Return the customer's identifiers, oldest first."""
    rows = connection.execute(
        select(nodes).where(nodes.c.workspace_id == workspace_id, nodes.c.customer_id == customer_id).order_by(nodes.c.id)
    ).all()
    return [_node(row) for row in rows]


def find(connection: Connection, workspace_id: str, kind: str, value: str) -> Node | None:
    """Return the node of an identifier in its normal form."""
    row = connection.execute(
        select(nodes).where(nodes.c.workspace_id == workspace_id, nodes.c.kind == kind, nodes.c.value == value)
    ).first()
    return _node(row) if row else None


def customer_exists(connection: Connection, workspace_id: str, customer_id: str) -> bool:
    """Whether this workspace has, or had before a merge, a customer of this id."""
    found = connection.execute(
        select(customers.c.id).where(customers.c.workspace_id == workspace_id, customers.c.id == customer_id)
    ).first()
    return found is not None


def survivor(connection: Connection, workspace_id: str, customer_id: str) -> str | None:
    """Return the id under which this customer is known now (its own, unless it was merged); None where there is none."""
    current = customer_id
    for _ in range(1000):
        row = connection.execute(
            select(customers.c.merged_into).where(customers.c.workspace_id == workspace_id, customers.c.id == current)
        ).first()
        if row is None:
            return None
        if row.merged_into is None:
            return current
        current = row.merged_into
    return None


def why(connection: Connection, workspace_id: str, customer_id: str) -> list[Link]:
    """Return the evidence that makes this customer's identifiers one person, oldest first."""
    return [link for link in links_of(connection, workspace_id, customer_id) if link.state == "active"]


def links_of(connection: Connection, workspace_id: str, customer_id: str) -> list[Link]:
    """Return all links that touch this customer's identifiers, with those that were refused or undone."""
    own = select(nodes.c.id).where(nodes.c.workspace_id == workspace_id, nodes.c.customer_id == customer_id)
    rows = connection.execute(
        select(links)
        .where(links.c.workspace_id == workspace_id, or_(links.c.node_id.in_(own), links.c.other_id.in_(own)))
        .order_by(links.c.at)
    ).all()
    ids = {row.node_id for row in rows} | {row.other_id for row in rows}
    known = {
        row.id: _node(row)
        for row in connection.execute(select(nodes).where(nodes.c.workspace_id == workspace_id, nodes.c.id.in_(ids))).all()
    }
    return [
        Link(row.id, known[row.node_id], known[row.other_id], row.rule, row.state, row.reason, row.message_id, row.source, row.at)
        for row in rows
        if row.node_id in known and row.other_id in known
    ]


def merges_of(connection: Connection, workspace_id: str, customer_id: str) -> list[Merge]:
    """Return the merges that this customer took part in, newest first."""
    rows = connection.execute(
        select(merges)
        .where(merges.c.workspace_id == workspace_id, or_(merges.c.keep == customer_id, merges.c.other == customer_id))
        .order_by(merges.c.at.desc())
    ).all()
    return [to_merge(row) for row in rows]


def keys_of_nodes(connection: Connection, workspace_id: str, ids: set[int]) -> dict[int, bytes]:
    """Return the keys that seal the personal part of these nodes' events; destroyed ones are missing."""
    found: dict[int, bytes] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 900):
        rows = connection.execute(
            select(nodes.c.id, nodes.c.key).where(
                nodes.c.workspace_id == workspace_id, nodes.c.id.in_(wanted[start : start + 900])
            )
        )
        found.update({row.id: row.key for row in rows if row.key is not None})
    return found


def to_merge(row: Any) -> Merge:
    """Return a row of the table `merges` as a fact."""
    return Merge(
        id=row.id,
        keep=row.keep,
        other=row.other,
        nodes=tuple(json.loads(row.nodes)),
        rule=row.rule,
        by=row.by,
        reason=row.reason,
        at=row.at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def _node(row: Any) -> Node:
    return Node(row.id, row.kind, row.value, row.customer_id, row.root, row.first_seen)


def customer_roots(connection: Connection, workspace_id: str, customer_ids: list[str]) -> dict[str, int]:
    """Return the root node of each of these customers (at most some 900)."""
    rows = connection.execute(
        select(customers.c.id, customers.c.root).where(customers.c.workspace_id == workspace_id, customers.c.id.in_(customer_ids))
    )
    return {row.id: row.root for row in rows}


def identifiers_of(connection: Connection, workspace_id: str, customer_ids: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Return the (kind, value) pairs of each of these customers (at most some 900)."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = connection.execute(
        select(nodes.c.customer_id, nodes.c.kind, nodes.c.value)
        .where(nodes.c.workspace_id == workspace_id, nodes.c.customer_id.in_(customer_ids))
        .order_by(nodes.c.id)
    )
    for customer, kind, value in rows:
        found.setdefault(customer, []).append((kind, value))
    return found
