"""The line's step that sets each experience beside what was expected of it. It refuses to guess: without an expectation, no gap.

An expectation is looked for from the strongest source to the weakest: what the customer *stated* at this touchpoint within
30 days before (or in the same answer), what they were *promised* on a scale, their own *history* here, the *market's* norm. Every
moment is the event's own, so that the order in which news comes makes no difference: whatever touches a customer has all
gaps of that customer worked out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, text

from corridor import collect
from corridor.ground.extensions import offer
from corridor.ground.vocabulary import DAY, Batch, ExpectationSource, Microseconds
from corridor.identify import AfterMove
from corridor.listen import ExpectationStated, PromiseMade, Response, ResponseHeard
from corridor.understand.facts import Gap, GapFound, Satisfaction

STATED_HOLDS = 30 * DAY
"""How long what a customer said that they expect counts for the experiences that follow."""

HALF_LIFE = 180 * DAY
"""An experience this much older than another counts half as much, in the history of a touchpoint and in satisfaction."""

SCALE_UNITS = ("score", "percent", "%")
"""Units of a promised value that can stand on the common scale as it is; days and amounts of money cannot."""

Expected = tuple[float, ExpectationSource]
Value = TypeVar("Value")

KEEP_GAPS = text("""
    INSERT INTO gaps (workspace_id, id, node_id, customer_id, account_id, touchpoint, channel, at, event,
                      experience, expectation, gap, source)
    VALUES (:workspace_id, :id, :node, :customer, :account, :touchpoint, :channel, :at, :event,
            :experience, :expectation, :gap, :source)
    ON CONFLICT (workspace_id, id) DO UPDATE SET
        experience = excluded.experience, expectation = excluded.expectation, gap = excluded.gap, source = excluded.source""")

GAPS_OF_CUSTOMERS = text("""
    SELECT g.*, r.answer_id FROM gaps g
    LEFT JOIN responses r ON r.workspace_id = g.workspace_id AND r.id = g.id
    WHERE g.workspace_id = :workspace AND g.customer_id IN :customers""").bindparams(bindparam("customers", expanding=True))

STATED_BY_CUSTOMERS = text("""
    SELECT customer_id, touchpoint, at, event, answer_id, common FROM expectations
    WHERE workspace_id = :workspace AND customer_id IN :customers
    ORDER BY at, id""").bindparams(bindparam("customers", expanding=True))

PROMISED_TO_CUSTOMERS = text("""
    SELECT customer_id, touchpoint, coalesce(made_at, at) AS at, value FROM promises
    WHERE workspace_id = :workspace AND customer_id IN :customers
      AND unit IN :units AND value BETWEEN 0 AND 100 AND state <> 'withdrawn'
    ORDER BY 3, id""").bindparams(bindparam("customers", expanding=True), bindparam("units", expanding=True))

KEEP_SATISFACTION = text("""
    INSERT INTO satisfaction (workspace_id, customer_id, value, n, expects, at)
    VALUES (:workspace_id, :customer, :value, :n, :expects, :at)
    ON CONFLICT (workspace_id, customer_id) DO UPDATE SET
        value = excluded.value, n = excluded.n, expects = excluded.expects, at = excluded.at""")

FORGET_SATISFACTION = text("DELETE FROM satisfaction WHERE workspace_id = :workspace_id AND customer_id = :customer")

SATISFACTION = text("SELECT value, n, expects, at FROM satisfaction WHERE workspace_id = :workspace AND customer_id = :customer")


@dataclass(slots=True)
class Experience:
    """One experience of a customer with all that is needed to find what was expected of it."""

    gap: Gap
    answer_id: str | None
    is_new: bool = False


@dataclass(slots=True)
class Known:
    """What is known of one customer's experiences and expectations."""

    experiences: list[Experience] = field(default_factory=list)
    stated: list[Any] = field(default_factory=list)
    promised: list[Any] = field(default_factory=list)


def compare(batch: Batch, connection: Connection) -> None:
    """Find the gap of each experience that was told, keep it, and hand it on."""
    heard = [fact.response for fact in batch.of(ResponseHeard) if is_experience(fact.response)]
    customers = {response.customer for response in heard}
    customers |= {fact.expectation.customer for fact in batch.of(ExpectationStated)}
    customers |= {fact.promise.customer for fact in batch.of(PromiseMade) if fact.promise.unit in SCALE_UNITS}
    if not customers:
        return
    found = work_out(connection, batch.workspace.id, customers, heard)
    events = {f"{event.offset}.{event.position}": event for event in batch.events}
    for response in heard:
        gap = found[response.id]
        event = events.get(gap.event)
        if event is not None:
            event.experience, event.expectation, event.expectation_source = gap.experience, gap.expectation, gap.source
        batch.put(GapFound(gap))


def is_experience(response: Response) -> bool:
    """Say whether the answer tells how something was, rather than its effort, a recommendation or a wish."""
    return response.kind == "experience" and response.pattern != "potential"


def work_out(
    connection: Connection, workspace_id: str, customers: Iterable[str], heard: Iterable[Response] = ()
) -> dict[str, Gap]:
    """Work out all gaps and the satisfaction of these customers; return the gaps by response id.

    Args:
        connection: a writing connection.
        workspace_id: whose customers.
        customers: their ids.
        heard: experiences of theirs that are not kept yet.
    """
    known = _known(connection, workspace_id, sorted(set(customers)))
    for response in heard:
        one = known[response.customer]
        if all(experience.gap.id != response.id for experience in one.experiences):
            one.experiences.append(Experience(_uncompared(response), response.answer_id, is_new=True))
    norms = {touchpoint.key: touchpoint.norm for touchpoint in collect.touchpoints(connection, workspace_id)}
    found: dict[str, Gap] = {}
    changed: list[Gap] = []
    for customer in known.values():
        customer.experiences.sort(key=lambda experience: (experience.gap.at, experience.gap.id))
        histories: dict[str | None, Weighted] = {}
        for experience in customer.experiences:
            before = experience.gap
            history = histories.setdefault(before.touchpoint, Weighted())
            gap = _beside(before, expectation_of(experience, customer, history, norms))
            history.add(gap.at, gap.experience)
            found[gap.id] = gap
            if experience.is_new or gap != before:
                changed.append(gap)
            experience.gap = gap
    if changed:
        connection.execute(KEEP_GAPS, [_row(workspace_id, gap) for gap in changed])
    _keep_satisfaction(connection, workspace_id, known)
    return found


def expectation_of(experience: Experience, customer: Known, history: Weighted, norms: dict[str, float | None]) -> Expected | None:
    """Return what was expected of an experience, from the strongest source that says anything."""
    gap = experience.gap
    stated = _stated(experience, customer)
    if stated is not None:
        return stated, "stated"
    promised = [
        row.value for row in customer.promised if gap.touchpoint and row.touchpoint == gap.touchpoint and row.at <= gap.at
    ]
    if promised:
        return promised[-1], "promised"
    earlier = history.mean
    if earlier is not None and gap.touchpoint:
        return earlier, "history"
    # A norm holds as it was when the experience was compared with it; changing it does not rewrite what was found.
    if gap.source == "market" and gap.expectation is not None:
        return gap.expectation, "market"
    norm = norms.get(gap.touchpoint) if gap.touchpoint else None
    return (norm, "market") if norm is not None else None


def satisfaction(connection: Connection, workspace_id: str, customer_id: str) -> Satisfaction | None:
    """Return how satisfied a customer is; None while they have told of no experience."""
    row = connection.execute(SATISFACTION, {"workspace": workspace_id, "customer": customer_id}).first()
    return Satisfaction(row.value, row.n, row.expects, row.at) if row else None


class Weighted:
    """A mean in which the recent values count more. Only ages relative to each other matter, so it holds at any later moment."""

    def __init__(self) -> None:
        self.latest: Microseconds | None = None
        self.weights = 0.0
        self.total = 0.0

    def add(self, at: Microseconds, value: float) -> None:
        """Take in a value of a moment."""
        if self.latest is None:
            self.latest = at
        if at > self.latest:
            fading = 0.5 ** ((at - self.latest) / HALF_LIFE)
            self.weights *= fading
            self.total *= fading
            self.latest = at
        weight = 0.5 ** ((self.latest - at) / HALF_LIFE)
        self.weights += weight
        self.total += weight * value

    @property
    def mean(self) -> float | None:
        """The mean; None without a value."""
        return self.total / self.weights if self.weights else None


def after_move(connection: Connection, workspace_id: str, customer_ids: set[str]) -> None:
    """Work out again what merged or parted customers expected, now that each has another history."""
    work_out(connection, workspace_id, customer_ids)


offer(AfterMove(after_move))


def _stated(experience: Experience, customer: Known) -> float | None:
    gap = experience.gap
    found = None
    for row in customer.stated:
        if row.event == gap.event or (experience.answer_id and row.answer_id == experience.answer_id):
            if row.touchpoint == gap.touchpoint:
                return float(row.common)
        elif row.touchpoint == gap.touchpoint and gap.at - STATED_HOLDS <= row.at <= gap.at:
            found = float(row.common)
    return found


def _known(connection: Connection, workspace_id: str, customers: list[str]) -> dict[str, Known]:
    known = {customer: Known() for customer in customers}
    for part in _parts(customers):
        asked = {"workspace": workspace_id, "customers": part}
        for row in connection.execute(GAPS_OF_CUSTOMERS, asked):
            known[row.customer_id].experiences.append(Experience(to_gap(row), row.answer_id))
        for row in connection.execute(STATED_BY_CUSTOMERS, asked):
            known[row.customer_id].stated.append(row)
        for row in connection.execute(PROMISED_TO_CUSTOMERS, asked | {"units": SCALE_UNITS}):
            known[row.customer_id].promised.append(row)
    return known


def to_gap(row: Any) -> Gap:
    """Return a row of the table as a fact."""
    return Gap(
        id=row.id, node=row.node_id, customer=row.customer_id, account=row.account_id, touchpoint=row.touchpoint,
        channel=row.channel, at=row.at, event=row.event, experience=row.experience, expectation=row.expectation,
        gap=row.gap, source=row.source,
    )  # fmt: skip


def _uncompared(response: Response) -> Gap:
    return Gap(
        id=response.id, node=response.node, customer=response.customer, account=response.account,
        touchpoint=response.touchpoint, channel=response.channel, at=response.at, event=response.event,
        experience=response.common, expectation=None, gap=None, source=None,
    )  # fmt: skip


def _beside(gap: Gap, expected: Expected | None) -> Gap:
    value, source = expected or (None, None)
    return Gap(
        id=gap.id, node=gap.node, customer=gap.customer, account=gap.account, touchpoint=gap.touchpoint,
        channel=gap.channel, at=gap.at, event=gap.event, experience=gap.experience, expectation=value,
        gap=None if value is None else gap.experience - value, source=source,
    )  # fmt: skip


def _row(workspace_id: str, gap: Gap) -> dict[str, Any]:
    return {"workspace_id": workspace_id, **{name: getattr(gap, name) for name in Gap.__dataclass_fields__}}


def _keep_satisfaction(connection: Connection, workspace_id: str, known: dict[str, Known]) -> None:
    kept, gone = [], []
    for customer, one in known.items():
        values, expected = Weighted(), Weighted()
        for experience in one.experiences:
            values.add(experience.gap.at, experience.gap.experience)
            if experience.gap.expectation is not None:
                expected.add(experience.gap.at, experience.gap.expectation)
        row = {"workspace_id": workspace_id, "customer": customer}
        if values.mean is None:
            gone.append(row)
            continue
        n = len(one.experiences)
        kept.append(row | {"value": values.mean, "n": n, "expects": expected.mean, "at": values.latest})
    if kept:
        connection.execute(KEEP_SATISFACTION, kept)
    if gone:
        connection.execute(FORGET_SATISFACTION, gone)


def _parts(values: list[Value], size: int = 900) -> Iterator[list[Value]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
