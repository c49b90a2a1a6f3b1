"""Step of the line: what of this batch is worth somebody's attention? Rules make signals of it, and live signals become cases."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from corridor.act import worth
from corridor.act.facts import Signal, SignalRule
from corridor.act.opening import take_up
from corridor.act.rules import rules
from corridor.collect import OWN_SOURCE
from corridor.ground.vocabulary import DAY, Batch, Microseconds, new_id
from corridor.listen import Promise, PromiseSettled, Response, ResponseHeard


def notice(batch: Batch, connection: Connection) -> None:
    """Hold what was heard and what became of promises against the workspace's rules."""
    _tell_news(batch)
    heard = [fact.response for fact in batch.of(ResponseHeard)]
    broken = [fact.promise for fact in batch.of(PromiseSettled) if fact.promise.state == "broken"]
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
    return rule.kind == "rating_low" and response.common < rule.bar and _is_here(rule, response.touchpoint)


def broke_at(promise: Promise, moment: Microseconds) -> Microseconds:
    """Return when a promise was last known to be broken: when it fell due, or when it was fulfilled too late, and never in the future."""
    return min(moment, max(promise.due_at or promise.at, promise.fulfilled_at or 0))


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


def _broken(rule: SignalRule, promise: Promise, moment: Microseconds) -> Signal:
    at = broke_at(promise, moment)
    return Signal(
        id=new_id(),
        rule_id=rule.id,
        kind=rule.kind,
        node_id=promise.node,
        customer_id=promise.customer,
        account_id=promise.account,
        touchpoint=promise.touchpoint,
        channel=promise.channel,
        at=at,
        noticed_at=moment,
        state=freshness(rule, at, moment),
        # A promise is settled more than once when late news comes; its key stays, so that it is noticed once.
        event=f"promise:{promise.key}",
        detail={"miss": promise.miss, "unit": promise.unit, "due_at": promise.due_at, "fulfilled_at": promise.fulfilled_at},
    )
