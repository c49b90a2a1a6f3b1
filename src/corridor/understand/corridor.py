"""The corridor: which touchpoints customers meet, and how they go from one to the next, by one named question to the lake.

A visit is an event at a touchpoint; a move leads from one visit of a customer to their next. Visits are in the order of their time,
and within one moment in the order in which they came in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from corridor.ground.filters import Filters
from corridor.ground.statistics import TOO_FEW
from corridor.ground.store import Store
from corridor.ground.vocabulary import SECOND, now
from corridor.understand.facts import Corridor, Move, Stop
from corridor.understand.gaps import gaps, parameters
from corridor.understand.lake import VISITS, question, sliced
from corridor.understand.snarls import snarls

if TYPE_CHECKING:
    import pyarrow

CORRIDOR = f"""
WITH {VISITS},
met AS (  -- one row a customer and group of 62 touchpoints: which they met, a bit each, and whether they may have made a move twice
    SELECT customer, code // 62 AS sixty_two, bit_or(1::BIGINT << (code % 62)) AS bits,
           bit_count(bitstring_agg((came_from * 62 + code) % 1021, 0, 1020)) < count(came_from) AS again
    FROM steps GROUP BY customer, sixty_two
),
reached AS (  -- one row a touchpoint: how many customers met it
    SELECT sixty_two * 62 + bit AS code, count(*) AS customers
    FROM met JOIN range(62) AS places (bit) ON (bits >> bit) & 1 = 1 GROUP BY sixty_two * 62 + bit
),
made AS (  -- one row a move (came_from is null for first visits): how often, how long the middle one takes, and the ninth of ten
    SELECT came_from, code, count(*) AS visits, quantile_cont((wait / 1e6)::REAL, [0.5, 0.9]) AS waits
    FROM steps GROUP BY came_from, code
),
repeated AS (  -- one row a move: how often somebody made it who had made it before
    SELECT came_from, code, count(*) - count(DISTINCT customer) AS visits
    FROM steps WHERE customer IN (SELECT customer FROM met WHERE again) AND came_from IS NOT NULL GROUP BY came_from, code
),
felt_there AS (  -- one row a move: the gaps told at its end by those who made it
    SELECT came_from, code, sum(felt.total) AS total, sum(felt.n) AS n
    FROM (SELECT DISTINCT steps.customer, steps.came_from, steps.code FROM steps SEMI JOIN felt USING (customer, code)) AS walked
    JOIN felt USING (customer, code) WHERE came_from IS NOT NULL GROUP BY came_from, code
)
SELECT 'all' AS what, NULL AS came_from, NULL AS code, count(DISTINCT customer) AS customers, (SELECT sum(visits) FROM made) AS visits,
       NULL AS waits, NULL AS total, NULL AS n FROM met
UNION ALL
SELECT 'stop', NULL, code, customers, visits, NULL, NULL, NULL
FROM reached JOIN (SELECT code, sum(visits) AS visits FROM made GROUP BY code) AS visited USING (code)
UNION ALL
SELECT 'move', came_from, code, made.visits - coalesce(repeated.visits, 0), made.visits, waits, total, n
FROM made LEFT JOIN repeated USING (came_from, code) LEFT JOIN felt_there USING (came_from, code) WHERE came_from IS NOT NULL
"""
"""One row for all, one a touchpoint (`stop`), and one a move between two, over the visits within the filters.

Counting the different customers of each move would take as long as all the rest: so those who surely made no move twice (their bits
tell) are counted as they are, and only of the others the different ones.
"""

FELT = text("""
    SELECT c.root, g.touchpoint, sum(g.gap) AS total, count(*) AS n FROM gaps g
    JOIN customers c ON c.workspace_id = g.workspace_id AND c.id = g.customer_id
    WHERE g.workspace_id = :workspace AND g.gap IS NOT NULL AND g.at >= :start AND g.at < :end
      AND (:channel IS NULL OR g.channel = :channel)
    GROUP BY c.root, g.touchpoint""")


@dataclass(slots=True)
class Tally:
    """What the slices found about one touchpoint or move, added up."""

    customers: int = 0
    visits: int = 0
    middle: float = 0.0
    long: float = 0.0
    total: float = 0.0
    n: int = 0

    def add(self, row: dict[str, Any]) -> None:
        """Take in a slice. Each is a random part of the customers, so its median counts by how many moves it has."""
        visits = int(row["visits"])
        self.customers += row["customers"]
        if row["waits"]:
            share = visits / (self.visits + visits)
            middle, long = row["waits"]
            self.middle += share * (middle - self.middle)
            self.long += share * (long - self.long)
        self.visits += visits
        self.total += row["total"] or 0.0
        self.n += int(row["n"] or 0)


def corridor(store: Store, workspace_id: str, filters: Filters, currency: str) -> Corridor:
    """Work out the whole corridor within the filters, with its snarls and their price."""
    walked = walk(store, workspace_id, filters)
    if not walked.moves:
        return walked
    found = snarls(store, workspace_id, filters, walked.moves, currency)
    return replace(walked, snarls=tuple(found), seconds=(now() - walked.as_of) / SECOND)


def walk(store: Store, workspace_id: str, filters: Filters) -> Corridor:
    """Work out the touchpoints and the moves within the filters, without the snarls."""
    as_of = now()
    with store.database.read() as connection:
        asked = question(store, connection, workspace_id, filters)
        if not asked.known:
            return Corridor(as_of=as_of)
        asked.tables["felt"] = _felt(connection, workspace_id, filters, asked.codes)
        found = {gap.key: gap for gap in gaps(connection, workspace_id, "touchpoint", filters)}
    asked = sliced(asked)
    tallies: dict[tuple[str, int | None, int | None], Tally] = {}
    for slice in range(asked.slices):
        for row in asked.ask(CORRIDOR, slice):
            if row["visits"]:
                tallies.setdefault((row["what"], row["came_from"], row["code"]), Tally()).add(row)
    stops, moves, everyone = [], [], 0
    for (what, came_from, code), tally in tallies.items():
        if code is None:
            everyone = tally.customers
            continue
        touchpoint = asked.known[code]
        if what == "move" and came_from is not None:
            moves.append(
                Move(
                    asked.known[came_from].key,
                    touchpoint.key,
                    tally.customers,
                    tally.visits,
                    tally.middle,
                    tally.long,
                    tally.total / tally.n if tally.n >= TOO_FEW else None,
                )
            )
            continue
        gap = found.get(touchpoint.key)
        interval = gap.gap if gap and not gap.few else None
        low, high = (interval.low, interval.high) if interval else (None, None)
        stops.append(
            Stop(
                touchpoint.key,
                touchpoint.stage,
                tally.customers,
                tally.visits,
                interval.mean if interval else None,
                low,
                high,
                gap.n if gap else 0,
            )
        )
    order = {touchpoint.key: code for code, touchpoint in enumerate(asked.known)}
    return Corridor(
        stops=tuple(sorted(stops, key=lambda stop: order[stop.key])),
        moves=tuple(sorted(moves, key=lambda move: (-move.customers, move.came_from, move.to))),
        customers=everyone,
        as_of=as_of,
        seconds=(now() - as_of) / SECOND,
    )


def _felt(connection: Connection, workspace_id: str, filters: Filters, codes: dict[str, int]) -> pyarrow.Table:
    """Return the gaps told within the filters, one row a customer and touchpoint."""
    import pyarrow as pa

    narrowed = {name: value for name, value in parameters(workspace_id, filters).items() if name != "segment"}
    rows = [row for row in connection.execute(FELT, narrowed) if row.touchpoint in codes]
    return pa.table(
        {
            "customer": pa.array([row.root for row in rows], pa.int64()),
            "code": pa.array([codes[row.touchpoint] for row in rows], pa.int32()),
            "total": pa.array([row.total for row in rows], pa.float64()),
            "n": pa.array([row.n for row in rows], pa.int64()),
        }
    )
