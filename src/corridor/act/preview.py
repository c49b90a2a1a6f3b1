"""What would a rule have noticed? Counted over the last 90 days from what was heard, before anybody is bothered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from corridor.act import worth
from corridor.act.facts import SignalRule
from corridor.act.watch import count_silences
from corridor.ground.vocabulary import DAY, Microseconds

LOOKS_BACK = 90

LOW_RATINGS = text("""
    SELECT count(*) AS times, count(DISTINCT customer_id || ' ' || coalesce(touchpoint, '')) AS cases
    FROM responses
    WHERE workspace_id = :workspace AND at >= :since AND common < :bar AND pattern <> 'potential'
      AND (:touchpoint IS NULL OR touchpoint = :touchpoint)
""")
"""One row: ratings under the bar, and how many pairs of customer and touchpoint they come from."""

BROKEN_PROMISES = text("""
    SELECT count(*) AS times, count(DISTINCT promises.customer_id || ' ' || coalesce(promises.touchpoint, '')) AS cases
    FROM promises JOIN profiles ON profiles.workspace_id = :workspace AND profiles.id = promises.customer_id
    WHERE promises.workspace_id = :workspace AND promises.state = 'broken' AND profiles.billed >= :amount
      AND coalesce(promises.fulfilled_at, promises.due_at, promises.at) >= :since
      AND (:touchpoint IS NULL OR promises.touchpoint = :touchpoint)
""")
"""One row: promises broken for customers of this value, and how many pairs of customer and touchpoint they come from."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How often a rule would have fired in `days`, how many cases that makes, and from what amount on a customer counts for it."""

    days: int
    times: int
    cases: int
    amount: int


def preview(connection: Connection, workspace_id: str, rule: SignalRule, moment: Microseconds) -> Preview:
    """Count what a rule, kept or not yet, would have noticed in the last 90 days."""
    line = worth.value_line(connection, workspace_id)
    amount = line if rule.amount is None else rule.amount
    if rule.kind == "silence":
        silent = count_silences(connection, workspace_id, rule, moment, LOOKS_BACK, line)
        return Preview(LOOKS_BACK, silent, silent, amount)
    query = LOW_RATINGS if rule.kind == "rating_low" else BROKEN_PROMISES
    parameters = {
        "workspace": workspace_id,
        "since": moment - LOOKS_BACK * DAY,
        "touchpoint": rule.touchpoint,
        **({"bar": rule.bar} if rule.kind == "rating_low" else {"amount": amount}),
    }
    found = connection.execute(query, parameters).one()
    return Preview(LOOKS_BACK, int(found.times), int(found.cases), amount)
