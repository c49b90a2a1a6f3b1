"""Step of the line: what of this batch is worth somebody's attention? Rules make signals of it, and live signals become cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from corridor.act import worth
from corridor.act.facts import Signal, SignalRule
from corridor.act.opening import take_up
from corridor.act.rules import rules
from corridor.collect import OWN_SOURCE
from corridor.ground.vocabulary import DAY, Batch, Event, Microseconds, new_id
from corridor.listen import PromiseSettled, Response, ResponseHeard

OVERDUE = "Promise Overdue"
"""The event by which listen tells that a promise has fallen due and was not kept so far."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept: settled too late, or still not fulfilled at its time."""

    key: str
    node: int
    customer: str
    account: str | None
    touchpoint: str | None
    channel: str
    at: Microseconds
    detail: dict[str, Any]


def notice(batch: Batch, connection: Connection) -> None:
    """Hold what was heard and what became of promises against the workspace's rules."""
    _tell_news(batch)
    heard = [fact.response for fact in batch.of(ResponseHeard)]
    broken = [_settled(fact) for fact in batch.of(PromiseSettled) if fact.promise.state == "broken"]
    broken += [_overdue(event) for event in batch.events if event.name == OVERDUE and event.source == OWN_SOURCE]
    if not heard and not broken:
        return
    active = [rule for rule in rules(connection, batch.workspace.id) if rule.active]
    low = [_rated_low(rule, response, batch.now) for rule in active for response in heard if speaks_up(rule, response)]
    failed = [
        (rule, promise)
        for rule in active
        if rule.kind == "promise_broken"
        for promise in broken
        if _is_here(rule, promise.touchpoint)
    ]
    if not low and not failed:
        return
    line = worth.recent_value_line(connection, batch.workspace.id, batch.now)
    paid = worth.billed(connection, batch.workspace.id, (promise.customer for _, promise in failed))
    let_down = [
        _broken(rule, promise, batch.now)
        for rule, promise in failed
        if paid.get(promise.customer, 0) >= (line if rule.amount is None else rule.amount)
    ]
    taken = take_up(connection, batch.workspace, low + let_down, active, batch.now, line)
    for opened in taken.opened:
        batch.put(opened)
    batch.news.update(("case", case_id) for case_id in taken.touched)


def speaks_up(rule: SignalRule, response: Response) -> bool:
    """Say whether a rating is under the rule's bar."""
    asks = rule.kind == "rating_low" and response.pattern != "potential"
    return asks and response.common < rule.bar and _is_here(rule, response.touchpoint)


def freshness(rule: SignalRule, at: Microseconds, moment: Microseconds) -> Literal["live", "historic"]:
    """Return `live` for what is recent enough to be somebody's case, else `historic`."""
    return "live" if at >= moment - rule.freshness_days * DAY else "historic"


def _tell_news(batch: Batch) -> None:
    """What people did to cases comes back as events: let open pages know."""
    for event in batch.events:
        if event.source == OWN_SOURCE and event.name.startswith("Case "):
            batch.news.add(("case", str(event.properties.get("case_id", ""))))


def _is_here(rule: SignalRule, touchpoint: str | None) -> bool:
    return rule.touchpoint is None or rule.touchpoint == touchpoint


def _rated_low(rule: SignalRule, response: Response, moment: Microseconds) -> Signal:
    return Signal(
        id=new_id(),
        rule_id=rule.id,
        kind=rule.kind,
        node_id=response.node,
        customer_id=response.customer,
        account_id=response.account,
        touchpoint=response.touchpoint,
        channel=response.channel,
        at=response.at,
        noticed_at=moment,
        state=freshness(rule, response.at, moment),
        event=response.event,
        words=response.text,
        detail={"value": response.value, "lowest": response.lowest, "highest": response.highest, "common": response.common},
    )


def _settled(fact: PromiseSettled) -> Broken:
    promise = fact.promise
    detail = {"miss": promise.miss, "unit": promise.unit, "due_at": promise.due_at, "fulfilled_at": promise.fulfilled_at}
    return Broken(
        promise.key, promise.node, promise.customer, promise.account, promise.touchpoint, promise.channel, fact.at, detail
    )


def _overdue(event: Event) -> Broken:
    said = event.properties
    touchpoint = said.get("touchpoint") or event.touchpoint
    detail = {"overdue": True, "unit": said.get("unit")}
    return Broken(str(said["promise_id"]), event.node, event.customer, event.account, touchpoint, event.channel, event.at, detail)


def _broken(rule: SignalRule, promise: Broken, moment: Microseconds) -> Signal:
    return Signal(
        id=new_id(),
        rule_id=rule.id,
        kind=rule.kind,
        node_id=promise.node,
        customer_id=promise.customer,
        account_id=promise.account,
        touchpoint=promise.touchpoint,
        channel=promise.channel,
        at=promise.at,
        noticed_at=moment,
        state=freshness(rule, promise.at, moment),
        # A promise falls due, is fulfilled too late, and may be settled again by late news: its key makes that one thing.
        event=f"promise:{promise.key}",
        detail=promise.detail,
    )
