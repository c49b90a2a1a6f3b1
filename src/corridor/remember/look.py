"""Questions about customers, accounts and segments."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from corridor.collect import unseal
from corridor.collect.imports.facts import MappingSection
from corridor.ground.access import find_workspace
from corridor.ground.extensions import offer
from corridor.ground.store import Store
from corridor.ground.vocabulary import Microseconds, from_datetime, to_datetime
from corridor.identify import identifiers_of, keys_of_nodes
from corridor.remember.combine import recombine, searchable
from corridor.remember.facts import Account, Moment, Profile, Segment
from corridor.remember.tables import accounts as account_table
from corridor.remember.tables import node_profiles, segment_members, segmentations
from corridor.remember.tables import profiles as profile_table
from corridor.remember.tables import timeline as timeline_table


def profile(connection: Connection, workspace_id: str, customer_id: str) -> Profile | None:
    """Return what is known of a customer; None where there is none of this id now."""
    row = connection.execute(
        select(profile_table).where(profile_table.c.workspace_id == workspace_id, profile_table.c.id == customer_id)
    ).first()
    if row is None:
        return None
    return _profiles(connection, workspace_id, [row])[0]


def profiles(
    connection: Connection,
    workspace_id: str,
    *,
    query: str = "",
    segment: str | None = None,
    account: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[Profile], str | None]:
    """Return customers, the last seen first, and the cursor behind them (None at the end).

    Args:
        connection: a reading connection.
        workspace_id: whose customers.
        query: words that name, e-mail or another identifier must all contain.
        segment: only members of this segment.
        account: only people of this account.
        after: the cursor of the page before.
        limit: the most to return.
    """
    columns = profile_table.c
    question = select(profile_table).where(columns.workspace_id == workspace_id)
    for word in searchable(query).split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        matches = columns.search.like(f"%{escaped}%", escape="\\")
        question = question.where(or_(matches, columns.id == word))
    if segment:
        members = select(segment_members.c.customer_id).where(
            segment_members.c.workspace_id == workspace_id, segment_members.c.segment == segment
        )
        question = question.where(columns.id.in_(members))
    if account:
        question = question.where(columns.account_id == account)
    if after:
        seen, _, id = after.partition(":")
        if seen.lstrip("-").isdigit():
            question = question.where(tuple_(columns.last_seen, columns.id) < tuple_(int(seen), id))
    rows = connection.execute(question.order_by(columns.last_seen.desc(), columns.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    following = f"{shown[-1].last_seen}:{shown[-1].id}" if len(rows) > limit else None
    return _profiles(connection, workspace_id, list(shown)), following


def names(connection: Connection, workspace_id: str, customer_ids: set[str]) -> dict[str, str]:
    """Return the names of these customers, for lists that show many."""
    found: dict[str, str] = {}
    wanted = sorted(customer_ids)
    for start in range(0, len(wanted), 900):
        rows = connection.execute(
            select(profile_table.c.id, profile_table.c.name).where(
                profile_table.c.workspace_id == workspace_id, profile_table.c.id.in_(wanted[start : start + 900])
            )
        )
        found.update({row.id: row.name for row in rows})
    return found


def timeline(
    store: Store, workspace_id: str, customer_id: str, *, before: tuple[Microseconds, int, int] | None = None, limit: int = 50
) -> list[Moment]:
    """Return a customer's moments, newest first.

    The recent ones come from the database, older ones from the lake, so nothing is missing however far back one reads.

    Args:
        store: the data folder.
        workspace_id: whose customer.
        customer_id: whose timeline.
        before: (at, offset, position) of the last moment of the page before.
        limit: the most to return.
    """
    columns = timeline_table.c
    question = select(timeline_table).where(columns.workspace_id == workspace_id, columns.customer_id == customer_id)
    if before:
        question = question.where(tuple_(columns.at, columns.offset, columns.position) < tuple_(*before))
    ordered = question.order_by(columns.at.desc(), columns.offset.desc(), columns.position.desc()).limit(limit)
    with store.database.read() as connection:
        rows = connection.execute(ordered).all()
        found = profile(connection, workspace_id, customer_id) if len(rows) < limit else None
    recent = [
        Moment(
            row.at, row.offset, row.position, row.node_id, row.name, row.channel, row.source, row.touchpoint, row.account,
            json.loads(row.detail),
        )
        for row in rows
    ]  # fmt: skip
    if found is None:
        return recent
    last = (recent[-1].at, recent[-1].offset, recent[-1].position) if recent else before
    return recent + _from_lake(store, workspace_id, found.root, last, limit - len(recent))


_OLDER = """
SELECT "at", "offset", position, node, name, channel, source, touchpoint, account, properties, personal
FROM events
WHERE root = $root AND ($at IS NULL OR ("at", "offset", position) < ($at::TIMESTAMPTZ, $offset, $position))
ORDER BY "at" DESC, "offset" DESC, position DESC
LIMIT $limit
"""
"""One row a moment of one customer, newest first, before a given one."""


def _from_lake(
    store: Store, workspace_id: str, root: int, before: tuple[Microseconds, int, int] | None, limit: int
) -> list[Moment]:
    at, offset, position = before or (None, 0, 0)
    rows = store.engine.ask(
        workspace_id,
        _OLDER,
        {
            "root": root,
            "at": None if at is None else to_datetime(at),
            "offset": offset,
            "position": position,
            "limit": limit,
        },
    ).to_pylist()
    with store.database.read() as connection:
        keys = keys_of_nodes(connection, workspace_id, {row["node"] for row in rows})
    return [
        Moment(
            at=from_datetime(row["at"]),
            offset=row["offset"],
            position=row["position"],
            node_id=row["node"],
            name=row["name"],
            channel=row["channel"],
            source=row["source"],
            touchpoint=row["touchpoint"],
            account=row["account"],
            detail=_detail(row["properties"], unseal(keys.get(row["node"]), row["personal"])),
        )
        for row in rows
    ]


def _detail(shown: str, personal: dict[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(shown)
    detail.pop("context", None)
    detail.update(personal.get("properties", {}))
    if personal.get("traits"):
        detail["traits"] = personal["traits"]
    return detail


def account(connection: Connection, workspace_id: str, account_id: str) -> Account | None:
    """Return an account with what its customers come to together."""
    found = accounts(connection, workspace_id, only={account_id})
    return found[0] if found else None


def accounts(connection: Connection, workspace_id: str, *, only: set[str] | None = None) -> list[Account]:
    """Return the workspace's accounts, the highest billed first."""
    totals = (
        select(
            profile_table.c.account_id,
            func.count().label("customers"),
            func.sum(profile_table.c.billed).label("billed"),
            func.sum(profile_table.c.paid).label("paid"),
            func.sum(profile_table.c.forecast).label("forecast"),
        )
        .where(profile_table.c.workspace_id == workspace_id, profile_table.c.account_id.is_not(None))
        .group_by(profile_table.c.account_id)
        .subquery()
    )
    question = (
        select(account_table, totals.c.customers, totals.c.billed, totals.c.paid, totals.c.forecast)
        .outerjoin(totals, totals.c.account_id == account_table.c.id)
        .where(account_table.c.workspace_id == workspace_id)
        .order_by(totals.c.billed.desc(), account_table.c.id)
    )
    if only is not None:
        question = question.where(account_table.c.id.in_(sorted(only)))
    currency = _currency(connection, workspace_id)
    return [
        Account(
            row.id,
            row.key,
            row.name,
            json.loads(row.traits),
            int(row.customers or 0),
            int(row.billed or 0),
            int(row.paid or 0),
            int(row.forecast or 0),
            currency,
        )
        for row in connection.execute(question)
    ]


def segments(connection: Connection, workspace_id: str) -> list[Segment]:
    """Return the workspace's segments with their sizes, by name."""
    rows = connection.execute(
        select(segment_members.c.segment, func.count())
        .where(segment_members.c.workspace_id == workspace_id)
        .group_by(segment_members.c.segment)
        .order_by(segment_members.c.segment)
    )
    return [Segment(key, key.replace(":", ": ", 1), size) for key, size in rows]


def save_segmentation(connection: Connection, workspace_id: str, trait: str) -> None:
    """Make segments of the values of a trait; customers who have it already are placed at once."""
    connection.execute(insert(segmentations).values(workspace_id=workspace_id, trait=trait).on_conflict_do_nothing())
    with_trait = connection.execute(
        select(node_profiles.c.customer_id)
        .where(node_profiles.c.workspace_id == workspace_id, node_profiles.c.traits.like(f'%"{trait}"%'))
        .distinct()
    )
    recombine(connection, workspace_id, {row.customer_id for row in with_trait})


offer(MappingSection("segments", lambda connection, workspace_id, trait: save_segmentation(connection, workspace_id, str(trait))))


def _currency(connection: Connection, workspace_id: str) -> str:
    workspace = find_workspace(connection, workspace_id)
    return workspace.currency if workspace else ""


def _profiles(connection: Connection, workspace_id: str, rows: list[Row[Any]]) -> list[Profile]:
    currency = _currency(connection, workspace_id)
    ids = [row.id for row in rows]
    identifiers = identifiers_of(connection, workspace_id, ids)
    channels: dict[str, dict[str, int]] = {}
    for customer, counted in connection.execute(
        select(node_profiles.c.customer_id, node_profiles.c.channels).where(
            node_profiles.c.workspace_id == workspace_id, node_profiles.c.customer_id.in_(ids)
        )
    ).all():
        together = channels.setdefault(customer, {})
        for channel, count in json.loads(counted).items():
            together[channel] = together.get(channel, 0) + count
    return [
        Profile(
            id=row.id,
            root=row.root,
            name=row.name,
            traits=json.loads(row.traits),
            account_id=row.account_id,
            language=row.language,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            events=row.events,
            channels=channels.get(row.id, {}),
            billed=row.billed,
            paid=row.paid,
            forecast=row.forecast,
            currency=currency,
            identifiers=tuple(identifiers.get(row.id, [])),
        )
        for row in rows
    ]
