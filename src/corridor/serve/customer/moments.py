"""The timeline as it is read: days with what happened on each, coloured by the gap, with the customer's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from corridor import collect, listen, remember
from corridor.ground.cursors import decode_cursor, encode_cursor
from corridor.ground.store import Store
from corridor.ground.ui.formats import day
from corridor.ground.vocabulary import Microseconds, Touchpoint, Workspace, to_datetime
from corridor.serve.customer.wording import detail_of, miss_in_words, title_of, words_in

SHOWN = 40
MOST_AT_ONCE = 200
MOST_LOOKED_AT = 1_000
"""Moments that a narrowed timeline looks through for one screen; the next screen goes on behind them."""

# One row: the gap that an event closed, on the common scale.
GAPS = text(
    "SELECT event, gap FROM gaps WHERE workspace_id = :workspace AND customer_id = :customer AND event IN :events"
).bindparams(bindparam("events", expanding=True))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the timeline. `ours` where the house did it, `words` what a person wrote."""

    at: Microseconds
    title: str
    detail: str
    words: str
    channel: str
    touchpoint: str
    ours: bool
    gap: float | None
    promise: str
    """What became of the promise that this event settled: `kept`, `broken` or nothing."""
    miss: str
    href: str


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day."""

    name: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One screen of it; `older` is where the next begins, None at the beginning of all things."""

    days: list[Day]
    older: str | None
    channel: str | None = None
    touchpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which part of a timeline is wanted. `down_to` asks for all from now to that place, as a page that refreshes itself does."""

    channel: str | None = None
    touchpoint: str | None = None
    before: str | None = None
    down_to: str | None = None

    def fits(self, moment: remember.Moment) -> bool:
        """Whether the moment is of the wanted channel and touchpoint."""
        return (not self.channel or moment.channel == self.channel) and (
            not self.touchpoint or moment.touchpoint == self.touchpoint
        )


def read_timeline(store: Store, workspace: Workspace, language: str, customer_id: str, wanted: Narrowed) -> Timeline:
    """Return one screen of a customer's timeline, newest first.

    Raises:
        Invalid: `before` or `down_to` is no place on a timeline.
    """
    place, last = _place(wanted.before), _place(wanted.down_to)
    most = MOST_AT_ONCE if last else SHOWN
    at_once = SHOWN if wanted == Narrowed(before=wanted.before) else MOST_AT_ONCE
    found: list[remember.Moment] = []
    looked_at, more = 0, True
    while more and len(found) < most and looked_at < MOST_LOOKED_AT:
        moments = remember.timeline(store, workspace.id, customer_id, before=place, limit=at_once)
        looked_at += len(moments)
        more = len(moments) == at_once
        for number, moment in enumerate(moments, 1):
            if last and (moment.at, moment.offset, moment.position) < last:
                more = False
                break
            place = (moment.at, moment.offset, moment.position)
            if wanted.fits(moment):
                found.append(moment)
            if len(found) == most:
                more = more or number < len(moments)
                break
    with store.database.read() as connection:
        entries = _entries(connection, workspace, language, customer_id, found)
    older = encode_cursor(*place) if more and place else None
    return Timeline(_by_day(entries, workspace.zone, language), wanted.down_to or older, wanted.channel, wanted.touchpoint)


def _place(cursor: str | None) -> tuple[Microseconds, int, int] | None:
    given = decode_cursor(cursor, int, int, int)
    return (int(given[0]), int(given[1]), int(given[2])) if given else None


def _entries(
    connection: Connection, workspace: Workspace, language: str, customer_id: str, moments: list[remember.Moment]
) -> list[Entry]:
    touchpoints = {one.key: one for one in collect.touchpoints(connection, workspace.id)}
    settled = {
        promise.key: promise
        for promise in listen.promises(connection, workspace.id, customer=customer_id, limit=500)
        if promise.state in ("kept", "broken")
    }
    gaps = _gaps(connection, workspace.id, customer_id, [f"{one.offset}.{one.position}" for one in moments])
    return [_entry(one, workspace, language, touchpoints, settled, gaps) for one in moments]


def _entry(
    moment: remember.Moment,
    workspace: Workspace,
    language: str,
    touchpoints: dict[str, Touchpoint],
    settled: dict[str, listen.Promise],
    gaps: dict[str, float],
) -> Entry:
    key = moment.detail.get("promise_id")
    promise = settled.get(key) if isinstance(key, str) and moment.name != "Promise Made" else None
    known = touchpoints.get(moment.touchpoint or str(moment.detail.get("touchpoint", "")))
    return Entry(
        at=moment.at,
        title=title_of(moment.name, language),
        detail=detail_of(moment.name, moment.detail, workspace, language),
        words=words_in(moment.name, moment.detail),
        channel=moment.channel,
        touchpoint=known.names.get(language, known.name) if known else "",
        ours=moment.name.startswith(remember.OUR_DOINGS),
        gap=gaps.get(f"{moment.offset}.{moment.position}"),
        promise=promise.state if promise else "",
        miss=miss_in_words(promise.miss, promise.unit, workspace, language) if promise and promise.state == "broken" else "",
        href=_leads_to(moment.detail),
    )


def _leads_to(detail: dict[str, Any]) -> str:
    """Return the page that shows more of this: the conversation or the case it belongs to."""
    for key, path in (("conversation_id", "/conversations/"), ("case_id", "/cases/")):
        id = detail.get(key)
        if isinstance(id, str) and len(id) == 36 and id.replace("-", "").isalnum():
            return path + id
    return ""


def _gaps(connection: Connection, workspace_id: str, customer_id: str, events: list[str]) -> dict[str, float]:
    if not events:
        return {}
    rows = connection.execute(GAPS, {"workspace": workspace_id, "customer": customer_id, "events": events})
    return {row.event: row.gap for row in rows if row.gap is not None}


def _by_day(entries: list[Entry], zone: str, language: str) -> list[Day]:
    days: list[Day] = []
    last = None
    for entry in entries:
        date = to_datetime(entry.at, zone).date()
        if date != last:
            days.append(Day(day(entry.at, language, zone), []))
            last = date
        days[-1].entries.append(entry)
    return days
