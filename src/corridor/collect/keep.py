"""Last step of the line: the batch's events become rows of the lake, their personal part sealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from corridor.collect.money import money_of
from corridor.collect.personal import seal, split
from corridor.collect.quarantine import quarantine
from corridor.collect.tables import sources
from corridor.collect.touchpoints import Recogniser
from corridor.ground.store.lake import events_schema
from corridor.ground.store.spool import spool
from corridor.ground.vocabulary import Batch, Event

if TYPE_CHECKING:
    import pyarrow
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_encode = msgspec.json.encode


def keep(batch: Batch, connection: Connection, recogniser: Recogniser, keys: Callable[[set[int]], dict[int, AESGCM]]) -> None:
    """Spool the batch's rows for the lake, set aside what was quarantined, and count by source."""
    quarantine(connection, batch.workspace.id, batch.quarantined)
    _count_sources(batch, connection)
    if batch.events:
        rows = lake_rows(batch, recogniser, keys({event.node for event in batch.events}))
        spool(connection, batch.workspace.id, rows, max(event.offset for event in batch.events))


def lake_rows(batch: Batch, recogniser: Recogniser, keys: dict[int, AESGCM]) -> pyarrow.Table:
    """Return one row an event, in the lake's columns."""
    import pyarrow as pa

    schema = events_schema()
    events = batch.events
    shown: list[str] = []
    sealed: list[bytes | None] = []
    amounts: list[int | None] = []
    currencies: list[str | None] = []
    for event in events:
        public, personal = split(event.properties, event.traits, event.context)
        shown.append(_encode(public).decode())
        key = keys.get(event.node) if personal else None
        sealed.append(seal(key, personal) if key else None)
        money = money_of(event, batch.workspace.currency)
        amounts.append(money.amount if money else None)
        currencies.append(money.currency if money else None)
    columns: dict[str, Any] = {
        "stage": [recogniser.stage_of(event.touchpoint) for event in events],
        "amount": amounts,
        "currency": currencies,
        "properties": shown,
        "personal": sealed,
    }
    for name in schema.names:
        if name not in columns:
            columns[name] = [getattr(event, name) for event in events]
    return pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names}, schema=schema)


def _count_sources(batch: Batch, connection: Connection) -> None:
    counts: dict[str, list[int]] = {}
    moments: dict[str, tuple[int, int]] = {}

    def seen(one: Event | Any, place: int) -> None:
        row = counts.setdefault(one.source, [0, 0])
        row[place] += 1
        first, last = moments.get(one.source, (one.received_at, one.received_at))
        moments[one.source] = (min(first, one.received_at), max(last, one.received_at))

    for event in batch.events:
        seen(event, 0)
    for one in batch.quarantined:
        seen(one, 1)
    duplicates = batch.dropped.get("duplicate", 0)
    for source, (events, set_aside) in counts.items():
        first, last = moments[source]
        statement = insert(sources).values(
            workspace_id=batch.workspace.id,
            source=source,
            first_at=first,
            last_at=last,
            events=events,
            duplicates=duplicates,
            quarantined=set_aside,
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "source"],
                set_={
                    "last_at": statement.excluded.last_at,
                    "events": sources.c.events + events,
                    "duplicates": sources.c.duplicates + duplicates,
                    "quarantined": sources.c.quarantined + set_aside,
                },
            )
        )
        duplicates = 0
