"""The page of the portfolio: accounts or customers in four quadrants, who moved, and who has not been heard."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from persiantools.digits import fa_to_en

from corridor import collect
from corridor.ground.access import Caller, Configures, Sees, actor, record_action
from corridor.ground.problems import Invalid, Problem
from corridor.ground.ui import N_, formats, navigate, page, translations
from corridor.ground.web import Filtered, Filters, Storage
from corridor.understand import sheets
from corridor.understand.portfolio import (
    ACROSS,
    QUADRANTS,
    SHOWN,
    UP,
    Holding,
    Layout,
    Portfolio,
    Quadrant,
    layout_of,
    portfolio,
    save_layout,
)
from corridor.understand.words import Speech

router = APIRouter()

LISTED = 50
"""Rows of the list below the map."""

TRAILS, NAMED = 60, 10
LARGEST, SMALLEST = 46, 7
"""Diameters of the largest and the smallest bubble, in pixels."""

SHADES = {"model": "above-3", "growth": "above-2", "at_risk": "below-3", "dangling": "below-2"}

Of = Literal["account", "customer"] | None


@router.get("/portfolio")
def portfolio_page(
    request: Request, caller: Sees, store: Storage, filters: Filtered, of: Of = None, quadrant: Quadrant | None = None
) -> HTMLResponse:
    """Show the portfolio as a map of quadrants."""
    return _show(request, caller, store, filters, of, quadrant)


@router.get("/portfolio.csv")
def portfolio_sheet(caller: Sees, store: Storage, filters: Filtered, of: Of = None) -> Response:
    """Save the whole portfolio."""
    with store.database.read() as connection:
        layout = layout_of(connection, caller.workspace.id, of)
        found = portfolio(connection, caller.workspace, filters, layout, limit=10**9, trails=False)
    return sheets.portfolio_sheet(found)


@router.post("/portfolio")
def lay_out(
    request: Request,
    caller: Configures,
    store: Storage,
    filters: Filtered,
    of: Annotated[Literal["account", "customer"], Form()],
    x: Annotated[str, Form()],
    y: Annotated[str, Form()],
    threshold: Annotated[str, Form()] = "",
    split: Annotated[str, Form()] = "",
) -> Response:
    """Lay the portfolio out anew for everybody."""
    typed = {"x": x, "y": y, "threshold": threshold, "split": split}
    try:
        layout = Layout(of, x, y, _amount(threshold, caller.workspace.currency), _number(split, ACROSS.get(x, 70.0)))
        with store.database.write() as connection:
            before = layout_of(connection, caller.workspace.id, of)
            save_layout(connection, caller.workspace.id, layout)
            told = {"x": x, "y": y, "threshold": layout.threshold, "split": layout.split}
            was = {"x": before.x, "y": before.y, "threshold": before.threshold, "split": before.split}
            record_action(
                connection, caller.workspace.id, actor(caller, request), "portfolio.laid_out", of, before=was, after=told
            )
    except Invalid as problem:
        return _show(request, caller, store, filters, of, None, typed, problem)
    answer: RedirectResponse = navigate(
        f"/portfolio?of={of}", said=translations(caller.language).gettext(N_("The portfolio is laid out anew."))
    )
    return answer


def _show(
    request: Request,
    caller: Caller,
    store: Any,
    filters: Filters,
    of: str | None,
    quadrant: Quadrant | None,
    typed: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    with store.database.read() as connection:
        layout = layout_of(connection, caller.workspace.id, of)
        found = portfolio(connection, caller.workspace, filters, layout)
        speech = Speech.to(caller, collect.touchpoints(connection, caller.workspace.id))
    listed = [one for one in found.items if quadrant in (None, one.quadrant)]
    places = collect.decimals(found.currency)
    usual = {
        "x": layout.x,
        "y": layout.y,
        "threshold": "" if layout.threshold is None else f"{layout.threshold / 10**places:.{places}f}",
        "split": f"{layout.split:g}",
    }
    return page(
        request, caller, "understand/portfolio.html", 422 if problem else 200, filters=filters, found=found, speech=speech,
        quadrants=QUADRANTS, quadrant=quadrant, listed=listed[:LISTED], listed_of=len(listed), chart_data=_chart(found, speech, caller),
        movers=[one for one in found.items if one.moved], typed=typed or usual, problem=problem, shown=SHOWN, across_choices=[(x, speech.across(x)) for x in ACROSS], up_choices=[(y, speech.up(y)) for y in UP],
        may_configure=caller.configures, link=_link,
    )  # fmt: skip


def _link(of: str, id: str) -> str:
    return f"/customers/{id}" if of == "customer" else f"/gaps/account/{id}"


def _amount(text: str, currency: str) -> int | None:
    """Return a typed amount of money in minor units; None for nothing typed."""
    cleaned = fa_to_en(text).replace(",", "").replace("٬", "").replace("٫", ".").strip()
    if not cleaned:
        return None
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0 or amount > 10**15:
        raise Invalid(N_("High value begins at an amount above nought. Leave it empty to have it worked out."), field="threshold")
    return int((amount * 10 ** collect.decimals(currency)).to_integral_value())


def _number(text: str, otherwise: float) -> float:
    cleaned = fa_to_en(text).replace("٫", ".").strip()
    if not cleaned:
        return otherwise
    try:
        return float(cleaned)
    except ValueError:
        raise Invalid(
            N_("The split between low and high must lie on the scale of what lies across."), field="satisfaction_split"
        ) from None


def _chart(found: Portfolio, speech: Speech, caller: Caller) -> dict[str, Any]:
    """Return the map as a plot with its table."""
    unit = 10 ** collect.decimals(found.currency)
    most = max((one.forecast for one in found.items), default=0) or 1
    low, high = (-100, 100) if found.layout.x == "gap" else (0, 100)
    top = round(1.1 * max([found.threshold * 2, *(one.billed for one in found.items)], default=0) / unit) or 1
    split, threshold = found.layout.split, found.threshold / unit
    areas = [
        ("growth", split, 0, high, threshold),
        ("model", split, threshold, high, top),
        ("dangling", low, 0, split, threshold),
        ("at_risk", low, threshold, split, top),
    ]
    gettext, _ = translations(caller.language)
    told = gettext(N_("%(name)s: %(x)s, billed %(billed)s, forecast %(forecast)s"))
    named = {one.id for one in found.items[:NAMED]}

    def bubble(one: Holding) -> dict[str, Any]:
        assert one.x is not None
        words = {
            "name": one.name or one.id,
            "x": formats.number(round(one.x), caller.language),
            "billed": formats.money(one.billed, found.currency, caller.language, short=True),
            "forecast": formats.money(one.forecast, found.currency, caller.language, short=True),
        }
        return {
            "name": told % words,
            "value": [round(one.x, 1), one.billed / unit],
            "symbolSize": round(SMALLEST + (LARGEST - SMALLEST) * (max(0, one.forecast) / most) ** 0.5, 1),
            "href": _link(found.layout.of, one.id),
            "label": {"show": one.id in named, "formatter": one.name.replace("{", "").replace("}", "")[:24]},
        }

    trails = [
        {
            "type": "line", "silent": True, "symbol": "none", "z": 1,
            "lineStyle": {"type": "dotted", "width": 1.2, "color": "var(--ink-3)"},
            "data": [[round(one.before[0], 1), one.before[1] / unit], [round(one.x or 0, 1), one.billed / unit]],
        }
        for one in [one for one in found.items if one.moved and one.before][:TRAILS]
        if one.before
    ]  # fmt: skip
    bubbles = [
        {
            "type": "scatter", "name": speech.quadrant(quadrant), "z": 3, "color": f"var(--{SHADES[quadrant]})",
            "itemStyle": {"opacity": 0.75, "borderColor": "var(--surface)", "borderWidth": 1},
            "label": {"position": "right", "fontSize": 11, "color": "var(--ink)"}, "labelLayout": {"hideOverlap": True},
            "data": [bubble(one) for one in found.items if one.quadrant == quadrant],
        }
        for quadrant in QUADRANTS
    ]  # fmt: skip
    ground = {
        "type": "scatter", "data": [], "silent": True,
        "markArea": {
            "silent": True, "itemStyle": {"color": "transparent"},
            "data": [
                [
                    {
                        "name": speech.quadrant(quadrant), "coord": [left, bottom],
                        "label": {
                            "position": f"inside{'Top' if bottom else 'Bottom'}{'Left' if left == low else 'Right'}", "color": "var(--ink-3)", "fontSize": 12,
                            "fontWeight": 600,
                        },
                    },
                    {"coord": [right, upper]},
                ]
                for quadrant, left, bottom, right, upper in areas
            ],
        },
        "markLine": {
            "silent": True, "symbol": "none", "label": {"show": False}, "lineStyle": {"color": "var(--line-strong)", "type": "solid"},
            "data": [{"xAxis": split}, {"yAxis": threshold}],
        },
    }  # fmt: skip
    across, up = speech.across(found.layout.x), speech.up(found.layout.y)
    return {
        "option": {
            "grid": {"top": 28, "bottom": 34, "right": 24},
            "xAxis": {
                "type": "value", "min": low, "max": high, "name": across, "nameLocation": "middle", "nameGap": 26, "format": "number",
            },
            "yAxis": {"type": "value", "min": 0, "max": top, "name": up, "axisLabel": {"showMaxLabel": False}},
            "tooltip": {"formatter": "{b}"},
            "series": [ground, *trails, *bubbles],
        },
        "columns": [
            (gettext(N_("Name")), "text"), (across, "number"), (up, "money"), (gettext(N_("Forecast")), "money"), (gettext(N_("Quadrant")), "text"), (gettext(N_("Before")), "text"),
        ],
        "rows": [
            [
                one.name, round(one.x, 1) if one.x is not None else None, one.billed, one.forecast, speech.quadrant(one.quadrant),
                speech.quadrant(one.quadrant_before),
            ]
            for one in found.items
        ],
    }  # fmt: skip
