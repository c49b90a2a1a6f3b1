"""The step of the line that keeps profiles, accounts, revenue, segments and the recent timeline up to date."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from corridor.collect import MONEY_EVENTS, money_of
from corridor.ground.vocabulary import DAY, Batch, Event, Microseconds, new_id
from corridor.remember.combine import recombine
from corridor.remember.tables import accounts, node_profiles, revenue, timeline

RECENT = 120 * DAY
"""How far back the database's timeline goes; older moments are read from the lake."""

OUR_DOINGS = ("Case ", "Plan ", "Promise Overdue", "Message Sent", "Signal ")
"""Beginnings of the names of events that we made: they stand on the timeline, but the customer was not seen."""

Value = TypeVar("Value")
_encode = msgspec.json.encode
_decode = msgspec.json.decode


@dataclass(slots=True)
class _Node:
    """What is known of one node, as its row in `node_profiles`."""

    customer_id: str
    first_seen: Microseconds
    last_seen: Microseconds
    events: int = 0
    channels: dict[str, int] = field(default_factory=dict)
    traits: dict[str, list[Any]] = field(default_factory=dict)
    account_id: str | None = None
    account_at: Microseconds | None = None
    billed: int = 0
    paid: int = 0
    forecast: int = 0


def update(batch: Batch, connection: Connection) -> None:
    """Take the batch's events into profiles, accounts, revenue and timeline."""
    if not batch.events:
        return
    workspace_id = batch.workspace.id
    known = _load(connection, workspace_id, {event.node for event in batch.events})
    joined = _accounts(connection, workspace_id, batch.events)
    money: list[dict[str, Any]] = []
    for event in batch.events:
        node = known.get(event.node)
        if node is None:
            node = known[event.node] = _Node(event.customer, event.at, event.at)
        node.customer_id = event.customer
        _see(node, event, joined)
        event.account = node.account_id
        if event.name in MONEY_EVENTS:
            row = _take_money(node, event, batch)
            if row:
                money.append(row)
    _save(connection, workspace_id, known)
    if money:
        connection.execute(insert(revenue).on_conflict_do_nothing(), money)
    _write_timeline(connection, batch)
    touched = {event.customer for event in batch.events}
    recombine(connection, workspace_id, touched)
    batch.news.update(("customer", customer) for customer in touched)


def forget_old(connection: Connection, workspace_id: str, moment: Microseconds) -> None:
    """Drop timeline rows that are no longer recent; the lake keeps them."""
    connection.execute(delete(timeline).where(timeline.c.workspace_id == workspace_id, timeline.c.at < moment - RECENT))


def _see(node: _Node, event: Event, joined: dict[str, str]) -> None:
    if not event.name.startswith(OUR_DOINGS):
        node.events += 1
        node.first_seen = min(node.first_seen, event.at)
        node.last_seen = max(node.last_seen, event.at)
        node.channels[event.channel] = node.channels.get(event.channel, 0) + 1
    if event.type == "identify" and event.traits:
        for name, value in event.traits.items():
            before = node.traits.get(name)
            if before is None or before[1] <= event.at:
                node.traits[name] = [value, event.at]
    group = event.group_id
    if group is not None and (account := joined.get(group)) and (node.account_at is None or node.account_at <= event.at):
        node.account_id, node.account_at = account, event.at


def _take_money(node: _Node, event: Event, batch: Batch) -> dict[str, Any] | None:
    kind = MONEY_EVENTS[event.name]
    # An invoice of an order was counted when the order was completed.
    if event.name == "Invoice Issued" and event.properties.get("order_id") is not None:
        return None
    money = money_of(event, batch.workspace.currency)
    if money is None:
        return None
    amount = -abs(money.amount) if kind == "refunded" else money.amount
    if money.currency == batch.workspace.currency:
        if kind in ("billed", "refunded"):
            node.billed += amount
        elif kind == "paid":
            node.paid += amount
        else:
            node.forecast += amount
    return {
        "workspace_id": batch.workspace.id,
        "id": f"{event.offset}-{event.position}",
        "node_id": event.node,
        "customer_id": event.customer,
        "account_id": node.account_id,
        "at": event.at,
        "amount": amount,
        "currency": money.currency,
        "kind": kind,
    }


def _accounts(connection: Connection, workspace_id: str, events: list[Event]) -> dict[str, str]:
    """Return the account id of each group that the events name; make the accounts that are new."""
    groups: dict[str, list[Event]] = {}
    for event in events:
        if event.group_id is not None:
            groups.setdefault(event.group_id, []).append(event)
    if not groups:
        return {}
    rows = connection.execute(
        select(accounts).where(accounts.c.workspace_id == workspace_id, accounts.c.key.in_(sorted(groups)))
    ).all()
    found = {row.key: row.id for row in rows}
    traits = {row.key: json.loads(row.traits) for row in rows}
    for key, named in groups.items():
        said = {name: value for event in named if event.type == "group" for name, value in event.traits.items()}
        if key in found and not said:
            continue
        together = {**traits.get(key, {}), **said}
        found.setdefault(key, new_id())
        statement = insert(accounts).values(
            workspace_id=workspace_id,
            id=found[key],
            key=key,
            name=str(together.get("name") or key),
            traits=json.dumps(together, ensure_ascii=False),
            first_seen=min(event.at for event in named),
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "id"],
                set_={"name": statement.excluded.name, "traits": statement.excluded.traits},
            )
        )
    return found


def _load(connection: Connection, workspace_id: str, wanted: set[int]) -> dict[int, _Node]:
    found: dict[int, _Node] = {}
    columns = [column for column in node_profiles.c if column.name != "workspace_id"]
    for part in _parts(sorted(wanted)):
        rows = connection.execute(
            select(*columns).where(node_profiles.c.workspace_id == workspace_id, node_profiles.c.node_id.in_(part))
        )
        for node, customer, first, last, events, channels, traits, account, account_at, billed, paid, forecast in rows:
            found[node] = _Node(
                customer,
                first,
                last,
                events,
                _decode(channels),
                _decode(traits),
                account,
                account_at,
                billed,
                paid,
                forecast,
            )
    return found


def _save(connection: Connection, workspace_id: str, known: dict[int, _Node]) -> None:
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO node_profiles (workspace_id, node_id, customer_id, first_seen, last_seen, events, channels, traits,"
        " account_id, account_at, billed, paid, forecast) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                workspace_id,
                id,
                node.customer_id,
                node.first_seen,
                node.last_seen,
                node.events,
                _encode(node.channels).decode(),
                _encode(node.traits).decode(),
                node.account_id,
                node.account_at,
                node.billed,
                node.paid,
                node.forecast,
            )
            for id, node in known.items()
        ],
    )


def _write_timeline(connection: Connection, batch: Batch) -> None:
    oldest = batch.now - RECENT
    rows = [
        (
            batch.workspace.id,
            event.customer,
            event.at,
            event.offset,
            event.position,
            event.node,
            event.name,
            event.channel,
            event.source,
            event.touchpoint,
            event.account,
            _encode(detail_of(event)).decode(),
        )
        for event in batch.events
        if event.at >= oldest
    ]
    if rows:
        connection.exec_driver_sql(
            'INSERT OR REPLACE INTO timeline (workspace_id, customer_id, at, "offset", position, node_id, name, channel, source,'
            " touchpoint, account, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def detail_of(event: Event) -> dict[str, Any]:
    """Return what a reader of the timeline wants to know of an event: its properties, or the traits that it told."""
    if event.type in ("identify", "group") and event.traits:
        return {"traits": event.traits, **event.properties}
    if event.type in ("page", "screen") and "path" not in event.properties:
        page = event.context.get("page")
        if isinstance(page, dict) and isinstance(page.get("path"), str):
            return {"path": page["path"], **event.properties}
    return event.properties


def _parts(values: list[Value], size: int = 900) -> Iterable[list[Value]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
