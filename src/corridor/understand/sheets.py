"""Tables of understand as CSV for a spreadsheet. No cell can begin a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from starlette.responses import Response

from corridor.understand.facts import Corridor
from corridor.understand.gaps import GapOf
from corridor.understand.portfolio import Portfolio
from corridor.understand.words import Speech

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(name: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> Response:
    """Answer with a table to save."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    # The mark lets spreadsheets read Persian as what it is.
    body = "\ufeff" + text.getvalue()
    return Response(
        body, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'}
    )


def moves_sheet(found: Corridor, speech: Speech) -> Response:
    """Answer with the moves of a corridor."""
    head = ("from", "to", "from_name", "to_name", "customers", "visits", "median_wait_s", "nine_of_ten_wait_s", "gap")
    rows = (
        (
            move.came_from, move.to, speech.touchpoint(move.came_from), speech.touchpoint(move.to), move.customers, move.visits,
            move.median_wait_s, move.long_wait_s, move.gap,
        )
        for move in found.moves
    )  # fmt: skip
    return sheet("corridor-moves", head, rows)


def stops_sheet(found: Corridor, speech: Speech) -> Response:
    """Answer with the touchpoints of a corridor."""
    head = ("touchpoint", "name", "stage", "customers", "visits", "gap", "low", "high", "n")
    rows = (
        (stop.key, speech.touchpoint(stop.key), stop.stage, stop.customers, stop.visits, stop.gap, stop.low, stop.high, stop.n)
        for stop in found.stops
    )
    return sheet("corridor-touchpoints", head, rows)


def snarls_sheet(found: Corridor, speech: Speech, currency: str) -> Response:
    """Answer with the snarls of a corridor; prices in minor units."""
    head = ("kind", "from", "where", "words", "customers", "price", "low", "high", "currency", "n", "others", "why_no_price")
    rows = (
        (
            snarl.kind, snarl.came_from, snarl.where, speech.snarl(snarl), snarl.customers, snarl.price, snarl.low, snarl.high,
            currency, snarl.n, snarl.others, snarl.reason,
        )
        for snarl in found.snarls
    )  # fmt: skip
    return sheet("corridor-snarls", head, rows)


def gaps_sheet(found: list[GapOf], by: str) -> Response:
    """Answer with mean gaps; where too few told of one there is no mean."""
    head = (
        by, "name", "n", "customers", "expectation", "experience", "gap", "low", "high", "stated", "promised", "history", "market",
        "promises_settled", "promises_kept", "promises_broken", "promises_open", "promises_overdue", "median_miss", "unit",
    )  # fmt: skip
    rows = (
        (
            one.key, one.name, one.n, one.customers,
            *((None,) * 5 if one.few or one.gap is None else (one.expectation, one.experience, one.gap.mean, one.gap.low, one.gap.high)),
            *(one.sources.get(source, 0) for source in ("stated", "promised", "history", "market")),
            one.promises.n, one.promises.kept, one.promises.broken, one.promises.open, one.promises.overdue,
            one.promises.median_miss, one.promises.unit,
        )
        for one in found
    )  # fmt: skip
    return sheet(f"gaps-by-{by}", head, rows)


def portfolio_sheet(found: Portfolio) -> Response:
    """Answer with a portfolio; money in minor units."""
    head = (
        "id",
        "name",
        "quadrant",
        "quadrant_before",
        found.layout.x,
        "n",
        "satisfaction",
        "billed",
        "forecast",
        "currency",
        "customers",
    )
    rows = (
        (
            one.id, one.name, one.quadrant or "", one.quadrant_before or "", one.x, one.n, one.satisfaction, one.billed, one.forecast,
            found.currency, one.customers,
        )
        for one in [*found.items, *found.unheard]
    )  # fmt: skip
    return sheet("portfolio", head, rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(value)
    is_formula = not isinstance(value, int) and text.lstrip(" \u200e\u200f").startswith(_FORMULA)
    return f"'{text}" if is_formula else text
