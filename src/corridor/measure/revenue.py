"""The first goal: revenue from existing customers, those who had bought before the period began; and what moved it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, text

from corridor.ground.statistics import CONFIDENCE, TOO_FEW, Interval, normal_quantile
from corridor.ground.vocabulary import DAY, Microseconds, Period
from corridor.measure.facts import Goal, Mover, Point, Target

EARNED = ("billed", "refunded")
PAID = ("paid", "refunded")
"""What counts where nothing is billed, only paid."""

WEEK = 7 * DAY
MOST_POINTS = 60

_IS_BILLED = text("SELECT EXISTS (SELECT 1 FROM revenue WHERE workspace_id = :workspace AND kind = 'billed')")

_REVENUE = """
    WITH spent AS MATERIALIZED (
        SELECT customer_id, CASE WHEN at < :start THEN -1 ELSE (at - :first) / :step END AS place, sum(amount) AS amount
        FROM revenue
        WHERE workspace_id = :workspace AND kind IN :kinds AND currency = :currency AND at >= :earlier AND at < :end
        GROUP BY place, customer_id
    ),
    people AS MATERIALIZED (
        SELECT customer_id,
               sum(CASE WHEN place >= 0 THEN amount ELSE 0 END) AS after,
               sum(CASE WHEN place < 0 THEN amount ELSE 0 END) AS before
        FROM spent {narrowed}
        GROUP BY customer_id
    ),
    dated AS (
        SELECT people.*,
               EXISTS (SELECT 1 FROM revenue AS one
                       WHERE one.workspace_id = :workspace AND one.customer_id = people.customer_id AND one.at < :earlier
                         AND one.kind IN :kinds) AS was_one
        FROM people
        WHERE EXISTS (SELECT 1 FROM revenue AS one
                      WHERE one.workspace_id = :workspace AND one.customer_id = people.customer_id AND one.at < :start
                        AND one.kind IN :kinds)
    ),
    existing AS MATERIALIZED (
        SELECT customer_id, after, CASE WHEN was_one THEN before ELSE 0 END AS before FROM dated
    )
    SELECT 'all' AS part, 0 AS place, count(CASE WHEN after > 0 THEN 1 END) AS buyers,
           count(CASE WHEN before > 0 THEN 1 END) AS buyers_before, sum(after) AS after, sum(before) AS before,
           sum(1.0 * after * after) AS after_squares, sum(1.0 * before * before) AS before_squares,
           sum(1.0 * after * before) AS products, count(*) AS customers
    FROM existing
    UNION ALL
    SELECT 'let down', 0, 0, 0, sum(after), sum(before), 0, 0, 0, count(*)
    FROM existing
    WHERE customer_id IN (
        SELECT customer_id FROM promises
        WHERE workspace_id = :workspace AND state = 'broken' AND at >= :earlier AND at < :end)
    UNION ALL
    SELECT 'week', spent.place, count(*), 0, sum(spent.amount), 0, 0, 0, 0, count(*)
    FROM spent JOIN existing ON existing.customer_id = spent.customer_id
    WHERE spent.place >= 0
    GROUP BY spent.place
"""
"""Several rows, by `part`. Existing are those who had bought before; each period counts those who had bought before it began, so that
the two figures are of the same kind.

all       one row: how many of them bought, and for what, in the period and in the one before, with sums of squares and products
let down  one row: those of them to whom a promise made in either period was broken
week      one row a week of the period: what they brought
"""

_NARROWED = """WHERE spent.customer_id IN (
            SELECT customer_id FROM segment_members WHERE workspace_id = :workspace AND segment = :segment)"""


class Steps(NamedTuple):
    """How a period is cut into points of a series: whole weeks that end with the period."""

    first: Microseconds
    step: Microseconds
    number: int


def steps(period: Period, earliest: Microseconds | None = None) -> Steps:
    """Cut a period into weeks, or into several weeks at a time where there would be too many points."""
    start = max(period.start, earliest) if earliest is not None else period.start
    count = max(1, math.ceil((period.end - start) / WEEK))
    weeks = math.ceil(count / MOST_POINTS)
    count = math.ceil(count / weeks)
    return Steps(period.end - count * weeks * WEEK, weeks * WEEK, count)


def existing_revenue(
    connection: Connection, workspace_id: str, currency: str, period: Period, segment: str | None, target: Target | None
) -> Goal:
    """Measure the revenue from existing customers."""
    if period.start <= 0:
        return Goal("revenue", "money", None, 0, target=target, missing="all_time")
    is_billed = bool(connection.execute(_IS_BILLED, {"workspace": workspace_id}).scalar())
    cut = steps(period)
    values: dict[str, Any] = {
        "workspace": workspace_id, "currency": currency, "kinds": list(EARNED if is_billed else PAID), "segment": segment,
        "start": period.start, "end": period.end, "earlier": period.before.start, "first": cut.first, "step": cut.step,
    }  # fmt: skip
    rows = _ask(connection, values)
    totals = next(row for row in rows if row.part == "all")
    if totals.buyers < TOO_FEW:
        return Goal("revenue", "money", None, totals.buyers, target=target, missing="too_few_buyers")
    weeks = {row.place: row for row in rows if row.part == "week"}
    earned = [(weeks[place].after, weeks[place].customers) if place in weeks else (0, 0) for place in range(cut.number)]
    series = tuple(Point(cut.first + place * cut.step, float(amount), n) for place, (amount, n) in enumerate(earned))
    let_down = next(row for row in rows if row.part == "let down")
    return Goal(
        "revenue", "money", float(totals.after), totals.buyers, change=growth(totals), series=series,
        movers=_movers(totals, let_down), target=target,
    )  # fmt: skip


def growth(totals: Any) -> Interval | None:
    """Return the change of the total as a share, with its interval over customers; None where there was too little before.

    The ratio of two sums over the same customers: its variance by the delta method needs only sums of squares and products.
    """
    if totals.buyers_before < TOO_FEW or totals.before <= 0:
        return None
    ratio = totals.after / totals.before
    residual = totals.after_squares - 2 * ratio * totals.products + ratio * ratio * totals.before_squares
    variance = max(0.0, residual) * totals.customers / max(1, totals.customers - 1) / totals.before**2
    half = normal_quantile(CONFIDENCE) * math.sqrt(variance)
    return Interval(ratio - 1, ratio - 1 - half, ratio - 1 + half, totals.customers)


def _movers(totals: Any, let_down: Any) -> tuple[Mover, ...]:
    """Split the change into how many bought and what each spent (together they make all of it); and those who were let down."""
    if totals.buyers_before < TOO_FEW:
        return ()
    spend, spend_before = totals.after / totals.buyers, totals.before / totals.buyers_before
    by_buyers = (totals.buyers - totals.buyers_before) * (spend + spend_before) / 2
    by_spend = (spend - spend_before) * (totals.buyers + totals.buyers_before) / 2
    found = [
        Mover("buyers", "", totals.buyers_before, totals.buyers, "count", by_buyers, "money", by_buyers >= 0, "/customers"),
        Mover("spend", "", spend_before, spend, "money", by_spend, "money", by_spend >= 0, "/portfolio"),
    ]
    if let_down.customers >= TOO_FEW:
        moved = let_down.after - let_down.before
        found.append(
            Mover("let_down", "", None, let_down.customers, "count", moved, "money", moved >= 0, "/signals?kind=promise_broken")
        )
    return tuple(sorted(found, key=lambda mover: -abs(mover.by or 0)))


def _ask(connection: Connection, values: dict[str, Any]) -> list[Any]:
    asked = _REVENUE.format(narrowed=_NARROWED if values["segment"] else "")
    statement = text(asked).bindparams(bindparam("kinds", expanding=True))
    return list(connection.execute(statement, {name: values[name] for name in values if f":{name}" in asked}))
