"""Merges and their undoing. No history moves: facts point at nodes, and a merge only says which customer a node belongs to."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from corridor.ground.extensions import every, modules
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.store import metadata
from corridor.ground.store.spool import moved_nodes
from corridor.ground.vocabulary import new_id, now
from corridor.identify.facts import AfterMove, Merge
from corridor.identify.look import nodes_of, survivor, to_merge
from corridor.identify.tables import customers, identity_changes, links, merges, nodes


def merge(connection: Connection, workspace_id: str, keep: str, other: str, by: str, reason: str) -> Merge:
    """Record a person's decision that two customers are one; everything that `other` has is `keep`'s from now on.

    Raises:
        NotFound: one of them is not in this workspace.
        Invalid: both are the same customer already.
    """
    kept, gone = survivor(connection, workspace_id, keep), survivor(connection, workspace_id, other)
    if kept is None:
        raise NotFound("There is no such customer to keep.", field="keep")
    if gone is None:
        raise NotFound("There is no such customer to merge.", field="other")
    if kept == gone:
        raise Invalid("Both are the same customer already.", field="other")
    joining = Joining(
        keep=kept,
        other=gone,
        keep_root=_root_of(connection, workspace_id, kept),
        other_root=_root_of(connection, workspace_id, gone),
        moving=tuple(node.id for node in nodes_of(connection, workspace_id, gone)),
        staying=tuple(node.id for node in nodes_of(connection, workspace_id, kept)),
        rule="person",
        by=by,
        reason=reason,
    )
    (done,) = join_all(connection, workspace_id, [joining])
    for function in every(AfterMove):
        function.function(connection, workspace_id, {kept, gone})
    _changed_outside_the_line(connection, workspace_id)
    return done


@dataclass(frozen=True, slots=True)
class Joining:
    """A merge that is about to be done: `moving` are the nodes of `other`, `staying` those of `keep`."""

    keep: str
    other: str
    keep_root: int
    other_root: int
    moving: tuple[int, ...]
    staying: tuple[int, ...]
    rule: str
    by: str
    reason: str


def join_all(connection: Connection, workspace_id: str, joinings: list[Joining]) -> list[Merge]:
    """Do merges in their order and write down why, in a few statements for all. The caller tells the extensions `AfterMove`."""
    at = now()
    facts = [Merge(new_id(), one.keep, one.other, one.moving, one.rule, one.by, one.reason, at) for one in joinings]
    connection.exec_driver_sql(
        "UPDATE nodes SET root = ?, customer_id = ? WHERE workspace_id = ? AND customer_id = ?",
        [(one.keep_root, one.keep, workspace_id, one.other) for one in joinings],
    )
    connection.exec_driver_sql(
        "INSERT INTO moved_nodes (workspace_id, node_id, root) VALUES (?, ?, ?)"
        " ON CONFLICT (workspace_id, node_id) DO UPDATE SET root = excluded.root",
        [(workspace_id, node, one.keep_root) for one in joinings for node in one.moving],
    )
    for name in _tables_that_follow():
        connection.exec_driver_sql(
            f"UPDATE {name} SET customer_id = ? WHERE workspace_id = ? AND customer_id = ?",
            [(one.keep, workspace_id, one.other) for one in joinings],
        )
    connection.exec_driver_sql(
        "UPDATE customers SET merged_into = ? WHERE workspace_id = ? AND id = ?",
        [(one.keep, workspace_id, one.other) for one in joinings],
    )
    connection.execute(
        merges.insert(),
        [
            {
                "workspace_id": workspace_id,
                "id": fact.id,
                "keep": one.keep,
                "other": one.other,
                "other_root": one.other_root,
                "nodes": json.dumps(one.moving),
                "keep_nodes": json.dumps(one.staying),
                "rule": one.rule,
                "by": one.by,
                "reason": one.reason,
                "at": at,
            }
            for one, fact in zip(joinings, facts, strict=True)
        ],
    )
    return facts


def undo(connection: Connection, workspace_id: str, merge_id: str, by: str) -> Merge:
    """Undo a merge: its nodes, and those that joined them since, are their own customer again.

    Raises:
        NotFound: no such merge in this workspace.
        Conflict: it was undone before.
    """
    row = connection.execute(select(merges).where(merges.c.workspace_id == workspace_id, merges.c.id == merge_id)).first()
    if row is None:
        raise NotFound("There is no such merge.")
    if row.undone_at is not None:
        raise Conflict("This merge was undone before.", code="undone_before")
    current = survivor(connection, workspace_id, row.keep)
    if current is None:
        raise NotFound("The customer of this merge is no longer there.")
    leaving = _with_their_company(connection, workspace_id, current, set(json.loads(row.nodes)), set(json.loads(row.keep_nodes)))
    _move(connection, workspace_id, sorted(leaving), current, row.other, row.other_root)
    connection.execute(
        update(customers).where(customers.c.workspace_id == workspace_id, customers.c.id == row.other).values(merged_into=None)
    )
    connection.execute(
        update(merges).where(merges.c.workspace_id == workspace_id, merges.c.id == merge_id).values(undone_at=now(), undone_by=by)
    )
    for function in every(AfterMove):
        function.function(connection, workspace_id, {current, row.other})
    _changed_outside_the_line(connection, workspace_id)
    done = connection.execute(select(merges).where(merges.c.workspace_id == workspace_id, merges.c.id == merge_id)).one()
    return to_merge(done)


def _move(connection: Connection, workspace_id: str, moving: list[int], source: str, target: str, root: int) -> None:
    """Point nodes, and every fact of theirs in every room, from customer `source` at customer `target`."""
    for part in _parts(moving):
        connection.execute(
            update(nodes).where(nodes.c.workspace_id == workspace_id, nodes.c.id.in_(part)).values(root=root, customer_id=target)
        )
        statement = insert(moved_nodes)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "node_id"], set_={"root": statement.excluded.root}),
            [{"workspace_id": workspace_id, "node_id": node, "root": root} for node in part],
        )
        for name in _tables_that_follow():
            table = metadata.tables[name]
            connection.execute(
                update(table)
                .where(table.c.workspace_id == workspace_id, table.c.customer_id == source, table.c.node_id.in_(part))
                .values(customer_id=target)
            )


@lru_cache
def _tables_that_follow() -> list[str]:
    """Return the tables of all rooms whose facts point at nodes, whether or not their rooms are at work in this process."""
    modules("corridor", "tables")
    return [name for name, table in metadata.tables.items() if table.info.get("follows_customer")]


def _with_their_company(connection: Connection, workspace_id: str, customer_id: str, wrong: set[int], rest: set[int]) -> set[int]:
    """Return the wrongly merged nodes with those that only they brought since; links between the two sides count as undone.

    `rest` are the nodes that the customer had before the merge: what is linked to them stays with them.
    """
    own = {node.id for node in nodes_of(connection, workspace_id, customer_id)}
    rows = connection.execute(
        select(links.c.id, links.c.node_id, links.c.other_id).where(
            links.c.workspace_id == workspace_id, links.c.state == "active", links.c.node_id.in_(own)
        )
    ).all()
    beside: dict[int, set[int]] = {node: set() for node in own}
    for row in rows:
        if row.other_id in own:
            beside[row.node_id].add(row.other_id)
            beside[row.other_id].add(row.node_id)
    staying = _reach(rest & own, beside, wrong)
    leaving = _reach(wrong & own, beside, staying)
    crossing = [row.id for row in rows if (row.node_id in leaving) != (row.other_id in leaving)]
    if crossing:
        connection.execute(
            update(links).where(links.c.workspace_id == workspace_id, links.c.id.in_(crossing)).values(state="undone")
        )
    return leaving


def _reach(start: set[int], beside: dict[int, set[int]], walls: set[int]) -> set[int]:
    found = set(start)
    to_visit = deque(start)
    while to_visit:
        for neighbour in beside.get(to_visit.popleft(), ()):
            if neighbour not in found and neighbour not in walls:
                found.add(neighbour)
                to_visit.append(neighbour)
    return found


def _root_of(connection: Connection, workspace_id: str, customer_id: str) -> int:
    root = connection.execute(
        select(customers.c.root).where(customers.c.workspace_id == workspace_id, customers.c.id == customer_id)
    ).scalar_one()
    return int(root)


def _changed_outside_the_line(connection: Connection, workspace_id: str) -> None:
    connection.execute(
        insert(identity_changes)
        .values(workspace_id=workspace_id, version=1)
        .on_conflict_do_update(index_elements=["workspace_id"], set_={"version": identity_changes.c.version + 1})
    )


def _parts(values: list[int], size: int = 500) -> Iterable[list[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
