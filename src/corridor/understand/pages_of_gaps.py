"""The pages of gaps: where expectation breaks, and what stands behind each number."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from corridor import collect
from corridor.ground.access import Caller, Sees
from corridor.ground.problems import NotFound
from corridor.ground.statistics import TOO_FEW, mean_interval, share_interval
from corridor.ground.store import Store
from corridor.ground.ui import formats, gap_shade, page, translations
from corridor.ground.web import Filtered, Filters, Storage, decode_cursor, encode_cursor
from corridor.remember import account, names, segments
from corridor.understand import sheets
from corridor.understand.behind import BIN, Group, furthest, promises_trend, spread, trend, voices
from corridor.understand.gaps import BY, By, GapOf, gaps, in_all, known_grouping, worst
from corridor.understand.places import find_touchpoint
from corridor.understand.words import Speech

router = APIRouter()

SHOWN = 100
"""Rows of the page; the CSV and the API have all."""

VOICES = 25


@router.get("/gaps")
def gaps_page(
    request: Request, caller: Sees, store: Storage, filters: Filtered, by: str = "touchpoint", everything: bool = False
) -> HTMLResponse:
    """Show the mean gap by touchpoint, channel, segment or account, where expectation breaks most first."""
    grouping = known_grouping(by)
    with store.database.read() as connection:
        found = gaps(connection, caller.workspace.id, grouping, filters, caller.language)
        together = in_all(connection, caller.workspace.id, filters)
        speech = Speech.to(caller, collect.touchpoints(connection, caller.workspace.id))
    return page(
        request, caller, "understand/gaps.html", filters=filters, by=grouping, groupings=BY, speech=speech, together=together,
        gaps=found if everything else found[:SHOWN], hidden=0 if everything else max(0, len(found) - SHOWN), worst=worst(found),
        promising=[one for one in found if one.promises.n or one.promises.open], too_few=TOO_FEW,
    )  # fmt: skip


@router.get("/gaps.csv")
def gaps_sheet(caller: Sees, store: Storage, filters: Filtered, by: str = "touchpoint") -> Response:
    """Save all gaps as they are grouped."""
    with store.database.read() as connection:
        found = gaps(connection, caller.workspace.id, by, filters, caller.language)
    return sheets.gaps_sheet(found, by)


Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/gaps/{by}/{key:path}")
def gap_of_group_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    by: Literal["touchpoint", "channel", "segment", "account"],
    key: str,
    words: bool = False,
    after: Cursor = None,
) -> HTMLResponse:
    """Show what stands behind the gap of a channel, a segment or an account."""
    return _behind(request, caller, store, filters, by, key, words, after)


@router.get("/gaps/{key}")
def gap_page(
    request: Request, caller: Sees, store: Storage, filters: Filtered, key: str, words: bool = False, after: Cursor = None
) -> HTMLResponse:
    """Show what stands behind the gap of a touchpoint."""
    return _behind(request, caller, store, filters, "touchpoint", key, words, after)


def _behind(
    request: Request, caller: Caller, store: Store, filters: Filters, by: By, key: str, words: bool, after: str | None
) -> HTMLResponse:
    group = Group(caller.workspace, by, key, filters)
    before = decode_cursor(after, int, str)
    with store.database.read() as connection:
        touchpoints = collect.touchpoints(connection, caller.workspace.id)
        found = gaps(connection, caller.workspace.id, by, filters, caller.language)
        one = next((one for one in found if one.key == key), None)
        if one is None:
            one = _nothing_yet(connection, caller.workspace.id, by, key)
        told = voices(connection, group, words_only=words, before=(before[0], before[1]) if before else None, limit=VOICES + 1)
        short = furthest(connection, group)
        known = names(
            connection, caller.workspace.id, {voice.gap.customer for voice in told} | {row.customer_id for row in short}
        )
        bars = spread(connection, group)
        weeks = trend(connection, group)
        kept = promises_trend(connection, group)
    speech = Speech.to(caller, touchpoints)
    last = told[VOICES - 1].gap if len(told) > VOICES else None
    return page(
        request, caller, "understand/gap.html", filters=filters, by=by, one=one, speech=speech, voices=told[:VOICES],
        next=encode_cursor(last.at, last.id) if last else None, words=words, names=known, short=short, too_few=TOO_FEW,
        touchpoint=next((touchpoint for touchpoint in touchpoints if by == "touchpoint" and touchpoint.key == key), None),
        title=_title(one, speech, by), bars=_bars(bars, caller), weeks=_weeks(weeks, caller), kept=_kept(kept, caller),
        may_configure=caller.configures,
    )  # fmt: skip


def _nothing_yet(connection: Connection, workspace_id: str, by: By, key: str) -> GapOf:
    """Return an empty group of something that exists though nobody told of it within the filters.

    Raises:
        NotFound: it is nothing that this workspace knows.
    """
    name = key
    if by == "touchpoint":
        find_touchpoint(connection, workspace_id, key)
    elif by == "account":
        known = account(connection, workspace_id, key)
        if known is None:
            raise NotFound("There is no such account.")
        name = known.name
    elif by == "segment" and key not in {segment.key for segment in segments(connection, workspace_id)}:
        raise NotFound("There is no such segment.")
    return GapOf(key, name, 0, 0, 0, None, None, None)


def _title(one: GapOf, speech: Speech, by: By) -> str:
    return speech.touchpoint(one.key) if by == "touchpoint" else one.name


def _bars(found: list[tuple[int, int]], caller: Caller) -> dict[str, Any]:
    """Return the spread of gaps as a plot with its table."""
    labels = [formats.signed(low, caller.language) for low, _ in found]
    colours = ["below-3" if low < -15 else gap_shade(low + BIN / 2) for low, _ in found]
    data = [{"value": n, "itemStyle": {"color": f"var(--{shade})"}} for (_, n), shade in zip(found, colours, strict=True)]
    gettext, _ = translations(caller.language)
    span = gettext("%(low)s to %(high)s")
    return {
        "option": {
            "xAxis": {"type": "category", "data": labels},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [{"type": "bar", "barCategoryGap": "8%", "data": data}],
            "tooltip": {"trigger": "axis"},
        },
        "rows": [
            [span % {"low": formats.signed(low, caller.language), "high": formats.signed(low + BIN, caller.language)}, n]
            for low, n in found
        ],
    }


def _weeks(found: list[Any], caller: Caller) -> dict[str, Any]:
    """Return expectation and experience from week to week as a plot with its table; weeks with too few are left open."""
    gettext, _ = translations(caller.language)
    enough = [row for row in found if row.n >= TOO_FEW]
    lines = [
        (gettext("expectation"), "expectation", "var(--ink-3)", "dashed"),
        (gettext("experience"), "experience", "var(--accent)", "solid"),
    ]
    return {
        "n": len(enough),
        "option": {
            "xAxis": {"type": "time"},
            "yAxis": {"type": "value", "scale": True},
            "legend": {"bottom": 0, "data": [name for name, *_ in lines]},
            "grid": {"bottom": 28},
            "tooltip": {"trigger": "axis"},
            "series": [
                {
                    "type": "line", "name": name, "symbolSize": 5, "lineStyle": {"type": style}, "color": colour,
                    "data": [[row.start // 1000, round(getattr(row, column) / row.n, 1) if row.n >= TOO_FEW else None] for row in found],
                }
                for name, column, colour, style in lines
            ],
        },
        "rows": [_week(row) for row in found],
    }  # fmt: skip


def _week(row: Any) -> list[Any]:
    if row.n < TOO_FEW:
        return [row.start, row.n, None, None, None, None, None]
    gap = mean_interval(row.n, row.total, row.squares)
    assert gap is not None
    return [row.start, row.n, row.expectation / row.n, row.experience / row.n, gap.mean, gap.low, gap.high]


def _kept(found: list[Any], caller: Caller) -> dict[str, Any]:
    """Return the share of promises kept from week to week as a plot with its table."""
    enough = [(row, share_interval(row.kept, row.n)) for row in found if row.n >= TOO_FEW]
    return {
        "n": len(enough),
        "option": {
            "xAxis": {"type": "time"},
            "yAxis": {"type": "value", "max": 1, "scale": True},
            "tooltip": {"trigger": "axis"},
            "series": [
                {"type": "line", "symbolSize": 5, "data": [[row.start // 1000, round(row.kept / row.n, 4)] for row, _ in enough]}
            ],
        },
        "rows": [[row.start, row.n, row.kept / row.n, share.low, share.high] for row, share in enough if share],
    }
