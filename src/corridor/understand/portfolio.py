"""The portfolio: accounts or customers on two axes, how they find us across and what they are billed up, in four quadrants.

Whoever has told of no experience yet stands apart; a place on the map is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, text

from corridor.ground.filters import Filters
from corridor.ground.problems import Invalid
from corridor.ground.ui.languages import N_
from corridor.ground.vocabulary import Microseconds, Workspace
from corridor.understand.compare import HALF_LIFE

Of = Literal["account", "customer"]
Quadrant = Literal["model", "growth", "at_risk", "dangling"]
QUADRANTS: tuple[Quadrant, ...] = ("model", "growth", "at_risk", "dangling")

ACROSS = {"satisfaction": 70.0, "gap": 0.0, "recommend": 70.0}
"""What can lie across, each with the usual split between low and high."""

UP = ("billed", "billed_all")
"""What can lie up: billed in the period, or in all."""

SHOWN = 500
"""How many of the highest billed the map shows."""

TOP_SHARE = 0.2
"""Without a threshold of one's own, high value begins where the highest billed fifth does."""

SPENT = """
money AS (  -- one row a customer: billed, less what was refunded
    SELECT customer_id, sum(amount) AS billed FROM revenue
    WHERE workspace_id = :workspace AND kind IN ('billed', 'refunded') AND currency = :currency AND at >= :start AND at < :end
    GROUP BY customer_id
)"""

FELT = {
    "satisfaction": "SELECT customer_id, value AS x, n FROM satisfaction WHERE workspace_id = :workspace",
    "gap": """SELECT customer_id, value - expects AS x, n FROM satisfaction
              WHERE workspace_id = :workspace AND expects IS NOT NULL""",
    "recommend": """SELECT customer_id, avg(common) AS x, count(*) AS n FROM responses
                    WHERE workspace_id = :workspace AND kind = 'recommendation' GROUP BY customer_id""",
}
"""One row a customer: where they stand across now, and of how many answers."""

FELT_THEN = {
    "satisfaction": f"""
        SELECT customer_id, sum(pow(0.5, (:until - at) / {HALF_LIFE}.0) * experience) / sum(pow(0.5, (:until - at) / {HALF_LIFE}.0)) AS x,
               count(*) AS n
        FROM gaps WHERE workspace_id = :workspace AND at < :until GROUP BY customer_id""",
    "gap": f"""
        SELECT customer_id, sum(pow(0.5, (:until - at) / {HALF_LIFE}.0) * gap) / sum(pow(0.5, (:until - at) / {HALF_LIFE}.0)) AS x,
               count(*) AS n
        FROM gaps WHERE workspace_id = :workspace AND at < :until AND gap IS NOT NULL GROUP BY customer_id""",
    "recommend": """
        SELECT customer_id, avg(common) AS x, count(*) AS n FROM responses
        WHERE workspace_id = :workspace AND kind = 'recommendation' AND at < :until GROUP BY customer_id""",
}
"""One row a customer: where they stood across at an earlier moment."""

GROUPS = {
    "customer": ("p.id", "p.name", ""),
    "account": ("p.account_id", "a.name", "JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id"),
}

# One row an account or customer: what they were billed, where they stand across, what is to be expected of them.
STANDING = """
WITH {spent}, felt AS ({felt})
SELECT {id} AS id, {name} AS name, sum(coalesce({amount}, 0)) AS billed, count(*) AS customers,
       sum(felt.x * felt.n) / sum(felt.n) AS x, coalesce(sum(felt.n), 0) AS n,
       sum(p.forecast + CASE WHEN p.paid > 0 THEN max(0, p.billed - p.paid) ELSE 0 END) AS forecast,
       sum(s.value * s.n) / sum(s.n) AS satisfaction
FROM profiles p {joined}
LEFT JOIN money ON money.customer_id = p.id
LEFT JOIN felt ON felt.customer_id = p.id
LEFT JOIN satisfaction s ON s.workspace_id = p.workspace_id AND s.customer_id = p.id
WHERE p.workspace_id = :workspace
  AND (:segment IS NULL OR EXISTS (
      SELECT 1 FROM segment_members m WHERE m.workspace_id = p.workspace_id AND m.segment = :segment AND m.customer_id = p.id))
  {only}
GROUP BY {id}"""

HAS_ACCOUNTS = text("SELECT 1 FROM profiles WHERE workspace_id = :workspace AND account_id IS NOT NULL LIMIT 1")

SETTINGS = text("SELECT x, y, threshold, satisfaction_split FROM portfolio_settings WHERE workspace_id = :workspace AND of = :of")

KEEP_SETTINGS = text("""
    INSERT INTO portfolio_settings (workspace_id, of, x, y, threshold, satisfaction_split)
    VALUES (:workspace, :of, :x, :y, :threshold, :split)
    ON CONFLICT (workspace_id, of) DO UPDATE SET
        x = excluded.x, y = excluded.y, threshold = excluded.threshold, satisfaction_split = excluded.satisfaction_split""")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a portfolio is laid out. Without a threshold (in minor units) it is worked out from the amounts."""

    of: Of
    x: str = "satisfaction"
    y: str = "billed"
    threshold: int | None = None
    split: float = 70.0


@dataclass(frozen=True, slots=True)
class Holding:
    """An account or customer on the map; money in minor units. `before` is where they stood a period earlier (across, up)."""

    id: str
    name: str
    billed: int
    x: float | None
    n: int
    satisfaction: float | None
    forecast: int
    customers: int
    quadrant: Quadrant | None
    before: tuple[float, int] | None = None
    quadrant_before: Quadrant | None = None

    @property
    def moved(self) -> bool:
        """Did they change from one quadrant to another?"""
        return self.quadrant_before is not None and self.quadrant_before != self.quadrant


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A portfolio within the filters: the highest billed first."""

    layout: Layout
    threshold: int
    threshold_is_own: bool
    items: list[Holding]
    unheard: list[Holding]
    """The highest billed of those whose place across nobody knows."""
    counts: dict[Quadrant, int]
    billed: dict[Quadrant, int]
    total: int
    unheard_total: int
    currency: str


def portfolio(
    connection: Connection,
    workspace: Workspace,
    filters: Filters,
    layout: Layout,
    *,
    trails: bool = True,
    after: int = 0,
    limit: int = SHOWN,
) -> Portfolio:
    """Return the portfolio within the filters.

    Args:
        connection: a reading connection.
        workspace: whose portfolio.
        filters: the period billed in, and the segment.
        layout: what lies across and up, and where high begins.
        trails: whether to tell where those shown stood a period earlier.
        after: how many to leave out at the beginning.
        limit: the most to return.
    """
    rows = [dict(row) for row in connection.execute(*_standing(workspace, filters, layout)).mappings()]
    rows.sort(key=lambda row: (-row["billed"], row["id"]))
    threshold = layout.threshold if layout.threshold is not None else usual_threshold([row["billed"] for row in rows])
    holdings = [_holding(row, layout, threshold) for row in rows]
    placed = [holding for holding in holdings if holding.quadrant is not None]
    unheard = [holding for holding in holdings if holding.quadrant is None]
    shown = placed[after : after + limit]
    if trails and shown:
        shown = _with_trails(connection, workspace, filters, layout, threshold, shown)
    return Portfolio(
        layout=layout,
        threshold=threshold,
        threshold_is_own=layout.threshold is not None,
        items=shown,
        unheard=unheard[:limit],
        counts={quadrant: sum(one.quadrant == quadrant for one in placed) for quadrant in QUADRANTS},
        billed={quadrant: sum(one.billed for one in placed if one.quadrant == quadrant) for quadrant in QUADRANTS},
        total=len(placed),
        unheard_total=len(unheard),
        currency=workspace.currency,
    )


def quadrant_of(x: float, billed: int, split: float, threshold: int) -> Quadrant:
    """Return the quadrant of a place on the map; what lies on a border is high."""
    if x >= split:
        return "model" if billed >= threshold else "growth"
    return "at_risk" if billed >= threshold else "dangling"


def usual_threshold(amounts: list[int]) -> int:
    """Return the amount from which on one belongs to the highest billed fifth of those who were billed anything."""
    billed = sorted((amount for amount in amounts if amount > 0), reverse=True)
    return billed[max(0, round(TOP_SHARE * len(billed)) - 1)] if billed else 0


def layout_of(connection: Connection, workspace_id: str, of: str | None = None) -> Layout:
    """Return how a portfolio is laid out; without `of`, that of accounts where there are any, else of customers.

    Raises:
        Invalid: there is no such portfolio.
    """
    if of is None:
        has_accounts = connection.execute(HAS_ACCOUNTS, {"workspace": workspace_id}).first() is not None
        return layout_of(connection, workspace_id, "account" if has_accounts else "customer")
    kind = _known_kind(of)
    row = connection.execute(SETTINGS, {"workspace": workspace_id, "of": kind}).first()
    return Layout(kind, row.x, row.y, row.threshold, row.satisfaction_split) if row else Layout(kind)


def save_layout(connection: Connection, workspace_id: str, layout: Layout) -> None:
    """Keep how a portfolio is laid out.

    Raises:
        Invalid: names the field that is wrong.
    """
    _known_kind(layout.of)
    if layout.x not in ACROSS:
        raise Invalid(f"'{layout.x[:40]}' cannot lie across. Choose one of: {', '.join(ACROSS)}.", field="x")
    if layout.y not in UP:
        raise Invalid(f"'{layout.y[:40]}' cannot lie up. Choose one of: {', '.join(UP)}.", field="y")
    if layout.threshold is not None and not 0 < layout.threshold < 2**62:
        raise Invalid(N_("High value begins at an amount above nought. Leave it empty to have it worked out."), field="threshold")
    lowest = -100 if layout.x == "gap" else 0
    if not lowest <= layout.split <= 100:
        raise Invalid(N_("The split between low and high must lie on the scale of what lies across."), field="satisfaction_split")
    asked = {"workspace": workspace_id, "of": layout.of, "x": layout.x, "y": layout.y}
    connection.execute(KEEP_SETTINGS, asked | {"threshold": layout.threshold, "split": layout.split})


def _known_kind(of: str) -> Of:
    if of not in ("account", "customer"):
        raise Invalid(f"There is no portfolio of '{of[:40]}'. Choose account or customer.", code="bad_of", field="of")
    return "account" if of == "account" else "customer"


def _standing(
    workspace: Workspace, filters: Filters, layout: Layout, *, until: Microseconds | None = None, only: list[str] | None = None
) -> tuple[Any, dict[str, Any]]:
    """Return the question how accounts or customers stand, now or at an earlier moment, with its parameters."""
    id, name, joined = GROUPS[layout.of]
    question = STANDING.format(
        spent=SPENT,
        felt=FELT[layout.x] if until is None else FELT_THEN[layout.x],
        id=id,
        name=name,
        joined=joined,
        amount="p.billed" if layout.y == "billed_all" and until is None else "money.billed",
        only=f"AND {id} IN :only" if only is not None else "",
    )
    period = filters.period if until is None else filters.period.before
    start = -(2**62) if layout.y == "billed_all" else period.start
    asked: dict[str, Any] = {
        "workspace": workspace.id,
        "currency": workspace.currency,
        "segment": filters.segment,
        "start": start,
        "end": period.end,
    }
    if until is not None:
        asked["until"] = until
    if only is None:
        return text(question), asked
    return text(question).bindparams(bindparam("only", expanding=True)), asked | {"only": only}


def _holding(row: dict[str, Any], layout: Layout, threshold: int) -> Holding:
    x = row["x"]
    quadrant = None if x is None else quadrant_of(x, row["billed"], layout.split, threshold)
    return Holding(
        row["id"], row["name"], row["billed"], x, row["n"], row["satisfaction"], row["forecast"] or 0, row["customers"], quadrant
    )


def _with_trails(
    connection: Connection, workspace: Workspace, filters: Filters, layout: Layout, threshold: int, shown: list[Holding]
) -> list[Holding]:
    """Tell where each stood a period earlier. Over all time there is no earlier period."""
    if filters.preset == "all":
        return shown
    only = [holding.id for holding in shown]
    rows = connection.execute(*_standing(workspace, filters, layout, until=filters.period.start, only=only))
    then = {row.id: (row.x, int(row.billed)) for row in rows if row.x is not None}
    found = []
    for holding in shown:
        before = then.get(holding.id)
        quadrant = quadrant_of(*before, layout.split, threshold) if before else None
        found.append(replace(holding, before=before, quadrant_before=quadrant))
    return found
