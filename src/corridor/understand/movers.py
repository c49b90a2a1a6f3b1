"""Who made a move: the customers behind a band of the map, those who waited longest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, text

from corridor.ground.filters import Filters
from corridor.ground.problems import NotFound
from corridor.ground.store import Store
from corridor.ground.vocabulary import SECOND, Microseconds
from corridor.understand.lake import VISITS, question

MOST = 200
"""How many customers the list shows."""

MOVERS = f"""
WITH {VISITS},
made AS (  -- one row a customer: how often they made the move, how long they took at most, and when last
    SELECT customer, count(*) AS times, max(wait) AS longest, max(moment) AS latest
    FROM steps WHERE came_from = $came_from AND code = $to GROUP BY customer
)
SELECT customer, times, longest, latest, count(*) OVER () AS everyone FROM made
ORDER BY longest DESC, customer LIMIT {MOST}
"""
"""One row a customer who made the move, the longest wait first."""

CUSTOMERS = text("""
    SELECT c.root, c.id, p.name FROM customers c LEFT JOIN profiles p ON p.workspace_id = c.workspace_id AND p.id = c.id
    WHERE c.workspace_id = :workspace AND c.merged_into IS NULL AND c.root IN :roots""").bindparams(
    bindparam("roots", expanding=True)
)


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer who made a move."""

    customer_id: str
    name: str
    times: int
    longest_s: float
    latest: Microseconds


def movers(store: Store, workspace_id: str, filters: Filters, came_from: str, to: str) -> tuple[list[Mover], int]:
    """Return who made a move within the filters, the longest wait first, and how many did in all.

    Raises:
        NotFound: one of the touchpoints is not in this workspace.
    """
    with store.database.read() as connection:
        asked = question(store, connection, workspace_id, filters)
    codes = asked.codes
    if came_from not in codes or to not in codes:
        raise NotFound("There is no move between these touchpoints.")
    rows = asked.ask(MOVERS, came_from=codes[came_from], to=codes[to])
    with store.database.read() as connection:
        roots = {"workspace": workspace_id, "roots": [row["customer"] for row in rows]}
        known = {row.root: row for row in connection.execute(CUSTOMERS, roots)}
    found = [
        Mover(known[row["customer"]].id, known[row["customer"]].name or "", row["times"], row["longest"] / SECOND, row["latest"])
        for row in rows
        if row["customer"] in known
    ]
    return found, rows[0]["everyone"] if rows else 0
