"""Snarls: places in the corridor that cost, and what they cost. Where the numbers cannot tell a price, it refuses to name one.

loop     a touchpoint that a customer enters three times within seven days, each time from the same stage or a later one
hop      three different channels within three days while getting help
wait     a move forward that takes longer than nine of ten do, and more than a day
promise  a promise that was broken

The price is what those who met it spent less, in the 90 days after, than those who passed the same place without; that difference is
learnt from the year before those 90 days, and counted for each customer who met the snarl in the period.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from corridor.collect import MONEY_EVENTS
from corridor.ground.filters import Filters
from corridor.ground.statistics import TOO_FEW, Sums, difference_interval
from corridor.ground.store import Store
from corridor.ground.vocabulary import DAY, SECOND, STAGES, now
from corridor.understand.facts import Move, PriceReason, Snarl, SnarlKind
from corridor.understand.lake import NOWHERE, VISITS, Question, question, sliced

if TYPE_CHECKING:
    import pyarrow

AFTERWARDS = 90 * DAY
"""How long after a snarl its customers' spending is looked at."""

LEARNT_FROM = 365 * DAY
"""How long a time, before those days, the price is learnt from."""

PLACES = 12
"""How many places of each kind are looked at: those that most customers met."""

COMING_BACK = ("buy", "receive", "get help", "renew", "leave")
"""Stages where coming back again and again is trouble. Elsewhere it is what we hope for."""

LOST = tuple(name for name, kind in MONEY_EVENTS.items() if kind in ("billed", "refunded"))

SNARLS = f"""
WITH {VISITS},
entries AS (  -- one row each time a customer enters a touchpoint again from the same stage or a later one
    SELECT steps.customer, steps.code, steps.moment, steps.place
    FROM steps JOIN stages AS here ON here.code = steps.code JOIN stages AS before ON before.code = steps.came_from
    WHERE steps.came_from <> steps.code AND here.coming_back AND before.place >= here.place
),
thirds AS (
    SELECT customer, code, moment, moment - lag(moment, 2) OVER again AS since
    FROM entries WINDOW again AS (PARTITION BY customer, code ORDER BY moment, place)
),
helped AS (  -- one row a visit while getting help: how many channels it took in the three days up to then
    SELECT steps.customer, steps.moment, count(DISTINCT steps.channel) OVER (
        PARTITION BY steps.customer ORDER BY steps.moment RANGE BETWEEN {3 * DAY} PRECEDING AND CURRENT ROW) AS channels
    FROM steps JOIN stages ON stages.code = steps.code WHERE stages.helping
),
met AS (  -- one row each time a customer met a snarl
    SELECT 'loop' AS kind, {NOWHERE} AS came_from, code, customer, moment FROM thirds WHERE since <= {7 * DAY}
    UNION ALL
    SELECT 'hop', {NOWHERE}, {NOWHERE}, customer, moment FROM helped WHERE channels >= 3
    UNION ALL
    SELECT 'wait', steps.came_from, steps.code, steps.customer, steps.moment
    FROM steps JOIN waits ON waits.came_from = steps.came_from AND waits.code = steps.code WHERE steps.wait > waits.long
    UNION ALL
    SELECT 'promise', {NOWHERE}, promised.code, promised.customer, promised.moment
    FROM promised WHERE promised.broken AND promised.customer IN (SELECT visits.customer FROM visits)
),
snarled AS (  -- one row a snarl and customer: did they meet it in the period, and when first in the time we learn from
    SELECT kind, came_from, code, customer, max(moment) >= $begin AS lately,
           min(moment) FILTER (WHERE moment >= $learn_from AND moment < $learn_to) AS learnt_at
    FROM met GROUP BY kind, came_from, code, customer
),
places AS (  -- one row a snarl that is worth looking at
    SELECT kind, came_from, code, count(*) FILTER (WHERE lately) AS customers
    FROM snarled GROUP BY kind, came_from, code HAVING count(*) FILTER (WHERE lately) > 0
    QUALIFY row_number() OVER (PARTITION BY kind ORDER BY count(*) FILTER (WHERE lately) DESC, came_from, code) <= {PLACES}
),
passed AS (  -- one row a snarl and customer who passed its place in the time we learn from, whether they met it or not
    SELECT places.kind, places.came_from, places.code, steps.customer, min(steps.moment) AS learnt_at
    FROM steps JOIN stages ON stages.code = steps.code JOIN places ON
         (places.kind = 'loop' AND places.code = steps.code)
         OR (places.kind = 'hop' AND stages.helping)
         OR (places.kind = 'wait' AND places.code = steps.code AND places.came_from = steps.came_from)
    WHERE steps.moment >= $learn_from AND steps.moment < $learn_to
    GROUP BY places.kind, places.came_from, places.code, steps.customer
    UNION ALL
    SELECT places.kind, places.came_from, places.code, promised.customer, min(promised.moment)
    FROM promised JOIN places ON places.kind = 'promise' AND places.code = promised.code
    WHERE promised.moment >= $learn_from AND promised.moment < $learn_to
      AND promised.customer IN (SELECT visits.customer FROM visits)
    GROUP BY places.kind, places.came_from, places.code, promised.customer
),
people AS (
    SELECT snarled.kind, snarled.came_from, snarled.code, snarled.customer, snarled.learnt_at, TRUE AS met
    FROM snarled JOIN places USING (kind, came_from, code) WHERE snarled.learnt_at IS NOT NULL
    UNION ALL
    SELECT passed.kind, passed.came_from, passed.code, passed.customer, passed.learnt_at, FALSE
    FROM passed ANTI JOIN snarled USING (kind, came_from, code, customer)
),
spent AS (  -- one row an event that brought money, or took it back
    SELECT events.root AS customer, epoch_us(events."at") AS moment,
           CASE WHEN events.name = 'Order Refunded' THEN -abs(events.amount) ELSE events.amount END::DOUBLE AS amount
    FROM events
    WHERE events.amount IS NOT NULL AND events.currency = $currency AND events.name IN (SELECT lost.name FROM lost)
      AND events."at" >= $start AND events."at" < $end
      AND NOT (events.name = 'Invoice Issued' AND contains(events.properties, '"order_id":'))
),
later AS (  -- one row a snarl and customer: what they spent in the days after
    SELECT people.kind, people.came_from, people.code, people.customer, people.met, coalesce(sum(spent.amount), 0) AS amount
    FROM people LEFT JOIN spent ON spent.customer = people.customer
         AND spent.moment > people.learnt_at AND spent.moment <= people.learnt_at + {AFTERWARDS}
    GROUP BY people.kind, people.came_from, people.code, people.customer, people.met
)
SELECT places.kind, places.came_from, places.code, any_value(places.customers) AS customers,
       count(*) FILTER (WHERE later.met) AS n, sum(amount) FILTER (WHERE later.met) AS total,
       sum(amount * amount) FILTER (WHERE later.met) AS squares,
       count(*) FILTER (WHERE NOT later.met) AS others, sum(amount) FILTER (WHERE NOT later.met) AS others_total,
       sum(amount * amount) FILTER (WHERE NOT later.met) AS others_squares
FROM places LEFT JOIN later USING (kind, came_from, code)
GROUP BY places.kind, places.came_from, places.code
"""
"""One row a snarl: how many customers met it in the period, and the sums of what they and the others spent in the days after."""

PROMISED = text("""
    SELECT c.root, p.touchpoint, p.state = 'broken' AS broken, coalesce(p.fulfilled_at, p.due_at, p.at) AS moment FROM promises p
    JOIN customers c ON c.workspace_id = p.workspace_id AND c.id = p.customer_id
    WHERE p.workspace_id = :workspace AND p.state IN ('kept', 'broken') AND p.at >= :start AND p.at < :end
      AND (:channel IS NULL OR p.channel = :channel)""")


def snarls(store: Store, workspace_id: str, filters: Filters, moves: Iterable[Move], currency: str) -> list[Snarl]:
    """Return the snarls met within the filters, the dearest first, then those that most customers met."""
    end = min(filters.period.end, now())
    learn_to = end - AFTERWARDS
    start = min(filters.period.start, learn_to - LEARNT_FROM)
    with store.database.read() as connection:
        asked = question(store, connection, workspace_id, filters, start=start)
        asked.tables["promised"] = _promised(connection, asked)
    asked.tables["stages"] = _stages(asked)
    asked.tables["waits"] = _long_waits(asked, moves)
    asked.tables["lost"] = _lost()
    asked = sliced(asked)
    moments = {"begin": filters.period.start, "learn_from": learn_to - LEARNT_FROM, "learn_to": learn_to, "currency": currency}
    sums: dict[tuple[str, int, int], dict[str, Any]] = {}
    for slice in range(asked.slices):
        for row in asked.ask(SNARLS, slice, **moments):
            known = sums.setdefault((row["kind"], row["came_from"], row["code"]), {})
            for name, value in row.items():
                if name not in ("kind", "came_from", "code"):
                    known[name] = known.get(name, 0) + (value or 0)
    found = [_priced(kind, came_from, code, row, asked) for (kind, came_from, code), row in sums.items()]
    return sorted(found, key=lambda snarl: (-(snarl.price or 0), -snarl.customers, snarl.kind, snarl.where))


def _priced(kind: Any, came_from: int, code: int, row: dict[str, Any], asked: Question) -> Snarl:
    met = Sums(row["n"], row["total"], row["squares"])
    others = Sums(row["others"], row["others_total"], row["others_squares"])
    where = "get help" if code == NOWHERE else asked.known[code].key
    before = None if came_from == NOWHERE else asked.known[came_from].key
    price, low, high, reason = price_of(met, others, row["customers"])
    return Snarl(_kind(kind), where, before, row["customers"], price, low, high, met.n, others.n, reason)


def price_of(met: Sums, others: Sums, customers: int) -> tuple[int | None, int | None, int | None, PriceReason]:
    """Return what a snarl costs with its interval, or why that cannot be told."""
    if not met.n and not others.n:
        return None, None, None, "too_early"
    if met.n < TOO_FEW or others.n < TOO_FEW:
        return None, None, None, "too_few"
    lost = difference_interval(others, met)
    assert lost is not None
    if lost.high < 0:
        return None, None, None, "no_loss"
    if lost.low <= 0:
        return None, None, None, "cannot_tell"
    return round(lost.mean * customers), round(lost.low * customers), round(lost.high * customers), ""


def _kind(kind: str) -> SnarlKind:
    known: tuple[SnarlKind, ...] = ("loop", "hop", "wait", "promise")
    return next(one for one in known if one == kind)


def _stages(asked: Question) -> pyarrow.Table:
    import pyarrow as pa

    stages = [touchpoint.stage for touchpoint in asked.known]
    return pa.table(
        {
            "code": pa.array(range(len(stages)), pa.int32()),
            "place": pa.array([STAGES.index(stage) for stage in stages], pa.int32()),
            "coming_back": pa.array([stage in COMING_BACK for stage in stages], pa.bool_()),
            "helping": pa.array([stage == "get help" for stage in stages], pa.bool_()),
        }
    )


def _long_waits(asked: Question, moves: Iterable[Move]) -> pyarrow.Table:
    """Return from how long on a wait is long, for the moves that lead forward."""
    import pyarrow as pa

    codes, stages = asked.codes, {touchpoint.key: STAGES.index(touchpoint.stage) for touchpoint in asked.known}
    forward = [move for move in moves if move.came_from != move.to and stages[move.came_from] <= stages[move.to]]
    long = [move for move in forward if move.long_wait_s * SECOND >= DAY]
    return pa.table(
        {
            "came_from": pa.array([codes[move.came_from] for move in long], pa.int32()),
            "code": pa.array([codes[move.to] for move in long], pa.int32()),
            "long": pa.array([round(move.long_wait_s * SECOND) for move in long], pa.int64()),
        }
    )


def _promised(connection: Connection, asked: Question) -> pyarrow.Table:
    import pyarrow as pa

    span = {"workspace": asked.workspace_id, "start": asked.start, "end": asked.end, "channel": asked.channel}
    rows = [row for row in connection.execute(PROMISED, span) if row.touchpoint in asked.codes]
    return pa.table(
        {
            "customer": pa.array([row.root for row in rows], pa.int64()),
            "code": pa.array([asked.codes[row.touchpoint] for row in rows], pa.int32()),
            "broken": pa.array([bool(row.broken) for row in rows], pa.bool_()),
            "moment": pa.array([row.moment for row in rows], pa.int64()),
        }
    )


def _lost() -> pyarrow.Table:
    import pyarrow as pa

    return pa.table({"name": pa.array(LOST, pa.string())})
