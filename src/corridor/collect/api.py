"""The API of collect: where events come from, and what was set aside with its reason."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from corridor.collect.quarantine import known_sources, quarantined, reasons
from corridor.ground.access import Configures, Sees
from corridor.ground.vocabulary import to_iso
from corridor.ground.web import Storage, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1", tags=["collect"])


class SourceOut(BaseModel):
    """Where events come from, and what became of them."""

    source: str
    first_at: str
    last_at: str
    events: int
    duplicates: int
    quarantined: int


class SourcePage(BaseModel):
    """Sources, the last heard first."""

    items: list[SourceOut]
    next: str | None


class SetAsideOut(BaseModel):
    """An event or a row that was set aside; `body` is what came, as text, or in base64 where it is none."""

    id: str
    source: str
    received_at: str
    code: str
    field: str
    reason: str
    body: str
    encoding: str


class SetAsidePage(BaseModel):
    """What was set aside, the newest first."""

    items: list[SetAsideOut]
    next: str | None


class ReasonOut(BaseModel):
    """How many events of a source were set aside for the same reason."""

    source: str
    code: str
    field: str
    reason: str
    events: int
    last_at: str


class ReasonPage(BaseModel):
    """Reasons, the commonest first."""

    items: list[ReasonOut]
    next: str | None


@router.get("/sources")
def get_sources(caller: Sees, store: Storage) -> SourcePage:
    """List where events come from."""
    with store.database.read() as connection:
        found = known_sources(connection, caller.workspace.id)
    return SourcePage(
        items=[
            SourceOut(
                source=one.source,
                first_at=to_iso(one.first_at),
                last_at=to_iso(one.last_at),
                events=one.events,
                duplicates=one.duplicates,
                quarantined=one.quarantined,
            )
            for one in found
        ],
        next=None,
    )


@router.get("/quarantine")
def get_quarantine(
    caller: Configures,
    store: Storage,
    source: Annotated[str | None, Query(max_length=300)] = None,
    code: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SetAsidePage:
    """List what was set aside, with the reason and what came, the newest first."""
    after = decode_cursor(cursor, str)
    with store.database.read() as connection:
        found = quarantined(
            connection, caller.workspace.id, source=source, code=code, after=after[0] if after else None, limit=limit + 1
        )
    shown = found[:limit]
    items = []
    for id, one in shown:
        body, encoding = text_of(one.body)
        items.append(
            SetAsideOut(
                id=id,
                source=one.source,
                received_at=to_iso(one.received_at),
                code=one.code,
                field=one.field,
                reason=one.reason,
                body=body,
                encoding=encoding,
            )
        )
    return SetAsidePage(items=items, next=encode_cursor(shown[-1][0]) if len(found) > limit else None)


@router.get("/quarantine/reasons")
def get_reasons(caller: Sees, store: Storage, source: Annotated[str | None, Query(max_length=300)] = None) -> ReasonPage:
    """List why events were set aside, the commonest reason first."""
    with store.database.read() as connection:
        found = reasons(connection, caller.workspace.id, source)
    return ReasonPage(
        items=[
            ReasonOut(
                source=one.source,
                code=one.code,
                field=one.field,
                reason=one.reason,
                events=one.events,
                last_at=to_iso(one.last_at),
            )
            for one in found
        ],
        next=None,
    )


def text_of(body: bytes) -> tuple[str, str]:
    """Return what came as text, with `utf-8`, or in base64 where it is no text."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
