"""The step of the line that keeps profiles, accounts, revenue, segments and the recent timeline up to date."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from corridor.collect import MONEY_EVENTS, money_of
from corridor.ground.store import insert_many
from corridor.ground.vocabulary import DAY, Batch, Event, Microseconds, new_id
from corridor.identify import Changed
from corridor.remember.combine import recombine
from corridor.remember.tables import accounts, revenue, timeline

RECENT = 120 * DAY
"""How far back the database's timeline goes; older moments are read from the lake."""

OUR_DOINGS = (
    "Case ", "Plan ", "Promise Overdue", "Message Sent", "Signal ", "Conversation Ended", "Live Chat Conversation Ended",
)  # fmt: skip
"""Beginnings of the names of events that we made: they stand on the timeline, but the customer was not seen."""

_encode = msgspec.json.encode

_SEEN = """
INSERT INTO node_profiles (workspace_id, node_id, customer_id, first_seen, last_seen, events, channels, traits, account_id,
    account_at, billed, paid, forecast)
VALUES (?, ?, ?, ?, ?, ?, ?, '{}', NULL, NULL, ?, ?, ?)
ON CONFLICT (workspace_id, node_id) DO UPDATE SET
    first_seen = CASE WHEN excluded.events = 0 THEN first_seen ELSE min(first_seen, excluded.first_seen) END,
    last_seen = CASE WHEN excluded.events = 0 THEN last_seen ELSE max(last_seen, excluded.last_seen) END,
    events = events + excluded.events,
    channels = CASE WHEN excluded.events = 0 THEN channels
        ELSE json_set(channels, ?, coalesce(json_extract(channels, ?), 0) + excluded.events) END,
    billed = billed + excluded.billed,
    paid = paid + excluded.paid,
    forecast = forecast + excluded.forecast
"""
"""One row a node: what this batch saw of it on one channel is added to what was known."""

_SEEN_OF_CUSTOMER = """
UPDATE profiles SET first_seen = min(first_seen, ?), last_seen = max(last_seen, ?), events = events + ?,
    billed = billed + ?, paid = paid + ?, forecast = forecast + ?
WHERE workspace_id = ? AND id = ?
"""


@dataclass(slots=True)
class _Seen:
    """What this batch saw of a node on a channel, or of a customer."""

    customer_id: str
    first: Microseconds
    last: Microseconds
    events: int = 0
    billed: int = 0
    paid: int = 0
    forecast: int = 0


@dataclass(slots=True)
class _Told:
    """What this batch was told about a node: traits as [value, when], and its account."""

    traits: dict[str, list[Any]] = field(default_factory=dict)
    account: tuple[Microseconds, str] | None = None


def update(batch: Batch, connection: Connection) -> None:
    """Take the batch's events into profiles, accounts, revenue and timeline."""
    if not batch.events:
        return
    workspace_id = batch.workspace.id
    told = _told(connection, batch)
    _put_accounts(connection, batch, told)
    seen, money = _see(batch)
    connection.exec_driver_sql(
        _SEEN,
        [
            (
                workspace_id, node, one.customer_id, one.first, one.last, one.events,
                f'{{"{channel}":{one.events}}}' if one.events else "{}", one.billed, one.paid, one.forecast,
                f"$.{channel}", f"$.{channel}",
            )
            for (node, channel), one in seen.items()
        ],
    )  # fmt: skip
    insert_many(connection, revenue, money, "IGNORE")
    if told:
        _write_told(connection, workspace_id, told)
    _write_timeline(connection, batch)
    _update_customers(connection, batch, seen, told)


def forget_old(connection: Connection, workspace_id: str, moment: Microseconds) -> None:
    """Drop timeline rows that are no longer recent; the lake keeps them."""
    connection.execute(delete(timeline).where(timeline.c.workspace_id == workspace_id, timeline.c.at < moment - RECENT))


def _told(connection: Connection, batch: Batch) -> dict[int, _Told]:
    """Return the traits and accounts that identify and group calls, and events that name a group, tell of nodes."""
    joined = _accounts(connection, batch.workspace.id, batch.events)
    told: dict[int, _Told] = {}
    for event in batch.events:
        if event.type == "identify" and event.traits:
            node = told.setdefault(event.node, _Told())
            for name, value in event.traits.items():
                before = node.traits.get(name)
                if before is None or before[1] <= event.at:
                    node.traits[name] = [value, event.at]
        if event.group_id is not None and (account := joined.get(event.group_id)):
            node = told.setdefault(event.node, _Told())
            if node.account is None or node.account[0] <= event.at:
                node.account = (event.at, account)
    return told


def _put_accounts(connection: Connection, batch: Batch, told: dict[int, _Told]) -> None:
    """Put on each event the account that its node belongs to."""
    rows = connection.exec_driver_sql(
        "SELECT node_id, account_id FROM node_profiles WHERE workspace_id = ? AND account_id IS NOT NULL"
        " AND node_id IN (SELECT value FROM json_each(?))",
        (batch.workspace.id, _encode(list({event.node for event in batch.events})).decode()),
    ).fetchall()
    known: dict[int, str] = dict(rows)
    known.update({node: one.account[1] for node, one in told.items() if one.account})
    if known:
        for event in batch.events:
            event.account = known.get(event.node)


def _see(batch: Batch) -> tuple[dict[tuple[int, str], _Seen], list[dict[str, Any]]]:
    seen: dict[tuple[int, str], _Seen] = {}
    money: list[dict[str, Any]] = []
    for event in batch.events:
        key = (event.node, event.channel)
        one = seen.get(key)
        if one is None:
            one = seen[key] = _Seen(event.customer, event.at, event.at)
        if not event.name.startswith(OUR_DOINGS):
            if not one.events or event.at < one.first:
                one.first = event.at
            if not one.events or event.at > one.last:
                one.last = event.at
            one.events += 1
        if event.name in MONEY_EVENTS:
            row = _take_money(one, event, batch)
            if row:
                money.append(row)
    return seen, money


def _take_money(seen: _Seen, event: Event, batch: Batch) -> dict[str, Any] | None:
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
            seen.billed += amount
        elif kind == "paid":
            seen.paid += amount
        else:
            seen.forecast += amount
    return {
        "workspace_id": batch.workspace.id,
        "id": f"{event.offset}-{event.position}",
        "node_id": event.node,
        "customer_id": event.customer,
        "account_id": event.account,
        "at": event.at,
        "amount": amount,
        "currency": money.currency,
        "kind": kind,
    }


def _update_customers(connection: Connection, batch: Batch, seen: dict[tuple[int, str], _Seen], told: dict[int, _Told]) -> None:
    """Make the profiles anew of customers of whom something was told or whose nodes changed; add to those of the others."""
    changed = {id for fact in batch.of(Changed) for id in fact.customer_ids}
    changed.update(event.customer for event in batch.events if event.node in told)
    together: dict[str, _Seen] = {}
    for one in seen.values():
        if one.customer_id in changed or not one.events:
            continue
        whole = together.get(one.customer_id)
        if whole is None:
            together[one.customer_id] = one
        else:
            together[one.customer_id] = _Seen(
                one.customer_id,
                min(whole.first, one.first),
                max(whole.last, one.last),
                whole.events + one.events,
                whole.billed + one.billed,
                whole.paid + one.paid,
                whole.forecast + one.forecast,
            )
    if together:
        connection.exec_driver_sql(
            _SEEN_OF_CUSTOMER,
            [
                (one.first, one.last, one.events, one.billed, one.paid, one.forecast, batch.workspace.id, customer)
                for customer, one in together.items()
            ],
        )
    if changed:
        recombine(connection, batch.workspace.id, changed)
    batch.news.update(("customer", one.customer_id) for one in seen.values())


def _write_told(connection: Connection, workspace_id: str, told: dict[int, _Told]) -> None:
    rows = connection.exec_driver_sql(
        "SELECT node_id, traits, account_at FROM node_profiles WHERE workspace_id = ? AND node_id IN (SELECT value FROM json_each(?))",
        (workspace_id, _encode(list(told)).decode()),
    ).fetchall()
    traits = []
    joined = []
    for node, kept, account_at in rows:
        one = told[node]
        if one.traits:
            known: dict[str, list[Any]] = msgspec.json.decode(kept)
            known.update({name: said for name, said in one.traits.items() if name not in known or known[name][1] <= said[1]})
            traits.append((_encode(known).decode(), workspace_id, node))
        if one.account and (account_at is None or account_at <= one.account[0]):
            joined.append((one.account[1], one.account[0], workspace_id, node))
    if traits:
        connection.exec_driver_sql("UPDATE node_profiles SET traits = ? WHERE workspace_id = ? AND node_id = ?", traits)
    if joined:
        connection.exec_driver_sql(
            "UPDATE node_profiles SET account_id = ?, account_at = ? WHERE workspace_id = ? AND node_id = ?", joined
        )


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
