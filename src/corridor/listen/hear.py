"""The line's step that hears what customers say, expect and are promised. It refuses to judge an answer or to decide about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from corridor import collect
from corridor.ground.vocabulary import Batch, Event, Quarantined
from corridor.listen.facts import Expectation, ExpectationStated, Response, ResponseHeard
from corridor.listen.keep import keep_promises
from corridor.listen.promise import TIME_UNITS, Done, Made, News, Said, Withdrawn, due_moment
from corridor.listen.ratings import Refused, fact_id, kind_of, number, pattern_of, score_of, word_of, words_of

KEEP_EXPECTATIONS = text("""
    INSERT INTO expectations (workspace_id, id, node_id, customer_id, account_id, touchpoint, channel, at, event,
                              source, value, lowest, highest, common, about, survey_id, answer_id)
    VALUES (:workspace_id, :id, :node, :customer, :account, :touchpoint, :channel, :at, :event,
            :source, :value, :lowest, :highest, :common, :about, :survey_id, :answer_id)
    ON CONFLICT DO NOTHING""")

KEEP_RESPONSES = text("""
    INSERT INTO responses (workspace_id, id, node_id, customer_id, account_id, touchpoint, channel, at, event,
                           kind, pattern, instrument, value, lowest, highest, common, text, survey_id, answer_id)
    VALUES (:workspace_id, :id, :node, :customer, :account, :touchpoint, :channel, :at, :event,
            :kind, :pattern, :instrument, :value, :lowest, :highest, :common, :text, :survey_id, :answer_id)
    ON CONFLICT DO NOTHING""")

UNIT_NAMES = {
    "second": "seconds", "minute": "minutes", "hour": "hours", "day": "days", "week": "weeks", "currency": "money", "price": "money",
}  # fmt: skip


@dataclass(slots=True)
class Hearing:
    """What one batch said, gathered before it is written."""

    batch: Batch
    connection: Connection
    expectations: list[Expectation] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    promises: list[tuple[str, News, str]] = field(default_factory=list)
    """(promise key, news, the customer whom the event was about)"""
    refused: list[Quarantined] = field(default_factory=list)
    known_touchpoints: set[str] | None = None

    def touchpoint_of(self, event: Event) -> str | None:
        """Return the touchpoint that the event names, or else was recognised at.

        Raises:
            Refused: it names one that this workspace does not have.
        """
        named = event.properties.get("touchpoint")
        if named is None or named == event.touchpoint:
            return event.touchpoint
        if self.known_touchpoints is None:
            self.known_touchpoints = {known.key for known in collect.touchpoints(self.connection, self.batch.workspace.id)}
        if named not in self.known_touchpoints:
            reason = f"{event.name} names the touchpoint '{str(named)[:60]}', which does not exist here. Add it to the touchpoints, or correct the name."
            raise Refused("unknown_touchpoint", "touchpoint", reason)
        return str(named)


def hear(batch: Batch, connection: Connection) -> None:
    """Keep what the batch's events say as expectations, responses and promises, and hand the facts on."""
    hearing = Hearing(batch, connection)
    for event in batch.events:
        handler = HANDLERS.get(event.name)
        if handler is None:
            if "promise_id" not in event.properties:
                continue
            handler = promise_fulfilled
        try:
            handler(hearing, event)
        except Refused as refused:
            hearing.refused.append(_set_aside(event, refused))
    if hearing.expectations:
        connection.execute(KEEP_EXPECTATIONS, _rows(batch, hearing.expectations))
        for expectation in hearing.expectations:
            batch.put(ExpectationStated(expectation))
    if hearing.responses:
        connection.execute(KEEP_RESPONSES, _rows(batch, hearing.responses))
        for response in hearing.responses:
            batch.put(ResponseHeard(response))
    if hearing.promises:
        keep_promises(batch, connection, hearing.promises)
    if hearing.refused:
        collect.quarantine(connection, batch.workspace.id, hearing.refused)


def expectation_stated(hearing: Hearing, event: Event) -> None:
    """`Expectation Stated`: what a customer expects here."""
    score = score_of(event, instrument=word_of(event.properties, "instrument"))
    hearing.expectations.append(_expectation(hearing, event, score.value, score.lowest, score.highest, score.common))


def experience_rated(hearing: Hearing, event: Event) -> None:
    """`Experience Rated`: how it was, with the words, and the expectation where it was asked in the same breath."""
    instrument = word_of(event.properties, "instrument").lower()
    score = score_of(event, instrument=instrument)
    response = _response(hearing, event, instrument or "rating", score.value, score.lowest, score.highest, score.common)
    if event.properties.get("expectation") is not None:
        expected = score_of(event, "expectation", instrument)
        hearing.expectations.append(
            _expectation(hearing, event, expected.value, expected.lowest, expected.highest, expected.common)
        )
    hearing.responses.append(response)


def effort_rated(hearing: Hearing, event: Event) -> None:
    """`Effort Rated`: how easy it was. A scale where low is good has `lowest` above `highest`."""
    score = score_of(event, instrument="ces")
    instrument = word_of(event.properties, "instrument").lower() or "ces"
    response = _response(hearing, event, instrument, score.value, score.lowest, score.highest, score.common, kind="effort")
    hearing.responses.append(response)


def product_reviewed(hearing: Hearing, event: Event) -> None:
    """Segment's `Product Reviewed`; a review without stars is words only, and stays on the timeline."""
    if event.properties.get("rating") is None:
        return
    score = score_of(event, "rating", "stars")
    hearing.responses.append(_response(hearing, event, "stars", score.value, score.lowest, score.highest, score.common))


def promise_made(hearing: Hearing, event: Event) -> None:
    """`Promise Made`: a date, a service level, a price."""
    said = event.properties
    unit, due, value = _unit_of(event), said.get("due"), number(said, "value")
    if value is None:
        value = number(said, "price")
        unit = unit or ("money" if value is not None else "")
    due_at = _due_of(hearing, due) if due not in (None, "") else None
    if due_at is None and value is not None and unit in TIME_UNITS:
        due_at = event.at + round(value * TIME_UNITS[unit])
    if due_at is None and (value is None or unit in TIME_UNITS):
        reason = "A promise needs 'due' (a date, or a date and time), or a 'value' with its 'unit', to be kept or broken by."
        raise Refused("no_due", "due", reason)
    unit = unit or ("days" if isinstance(due, str) and len(due.strip()) <= 10 else "hours")
    made = Made(**_told(hearing, event), received_at=event.received_at, unit=unit, due_at=due_at, value=value)
    hearing.promises.append((_key_of(event), made, event.customer))


def promise_kept(hearing: Hearing, event: Event) -> None:
    """`Promise Kept`: another system says so."""
    said = Said(**_told(hearing, event), verdict="kept", unit=_unit_of(event))
    hearing.promises.append((_key_of(event), said, event.customer))


def promise_broken(hearing: Hearing, event: Event) -> None:
    """`Promise Broken`: another system says so, with the miss where it knows it."""
    miss = number(event.properties, "miss")
    if miss is not None and miss < 0:
        raise Refused(
            "negative_miss", "miss", f"A broken promise cannot be missed by {miss:g}. Send how much too late or too much it was."
        )
    said = Said(**_told(hearing, event), verdict="broken", miss=miss, unit=_unit_of(event))
    hearing.promises.append((_key_of(event), said, event.customer))


def promise_withdrawn(hearing: Hearing, event: Event) -> None:
    """`Promise Withdrawn`, or an `Order Cancelled` that carries the promise's id."""
    if event.name == "Promise Withdrawn" or event.properties.get("promise_id") is not None:
        hearing.promises.append((_key_of(event), Withdrawn(**_told(hearing, event)), event.customer))


def promise_fulfilled(hearing: Hearing, event: Event) -> None:
    """Any other event that carries a promise's id is what was promised."""
    if event.properties["promise_id"] is None:
        return
    value = None
    for name in ("value", "price", "total", "revenue"):
        value = number(event.properties, name) if value is None else value
    hearing.promises.append((_key_of(event), Done(**_told(hearing, event), value=value), event.customer))


def only_mentioned(_hearing: Hearing, _event: Event) -> None:
    """An event that speaks of a promise without fulfilling it."""


HANDLERS: dict[str, Callable[[Hearing, Event], None]] = {
    "Expectation Stated": expectation_stated,
    "Experience Rated": experience_rated,
    "Effort Rated": effort_rated,
    "Product Reviewed": product_reviewed,
    "Promise Made": promise_made,
    "Promise Kept": promise_kept,
    "Promise Broken": promise_broken,
    "Promise Withdrawn": promise_withdrawn,
    "Order Cancelled": promise_withdrawn,
    **dict.fromkeys(
        (
            "Promise Overdue", "Order Updated", "Order Refunded", "Survey Answered", "Signal Noticed",
            "Case Opened", "Case Assigned", "Case Changed", "Case Noted", "Case Escalated", "Case Closed", "Case Reopened",
        ),
        only_mentioned,
    ),
}  # fmt: skip


def _expectation(hearing: Hearing, event: Event, value: float, lowest: float, highest: float, common: float) -> Expectation:
    return Expectation(
        **_place(hearing, event, "expectation"),
        source="stated",
        value=value,
        lowest=lowest,
        highest=highest,
        common=common,
        about=word_of(event.properties, "about"),
        survey_id=word_of(event.properties, "survey_id") or None,
        answer_id=word_of(event.properties, "answer_id") or None,
    )


def _response(
    hearing: Hearing, event: Event, instrument: str, value: float, lowest: float, highest: float, common: float, kind: Any = None
) -> Response:
    return Response(
        **_place(hearing, event, "response"),
        kind=kind or kind_of(instrument),
        pattern=pattern_of(event.properties),
        instrument=instrument,
        value=value,
        lowest=lowest,
        highest=highest,
        common=common,
        text=words_of(event.properties, "text", "review_body", "comment"),
        survey_id=word_of(event.properties, "survey_id") or None,
        answer_id=word_of(event.properties, "answer_id") or None,
    )


def _place(hearing: Hearing, event: Event, kind: str) -> dict[str, Any]:
    return {
        "id": fact_id(kind, event.message_id, event.at),
        "node": event.node,
        "customer": event.customer,
        "account": event.account,
        "touchpoint": hearing.touchpoint_of(event),
        "channel": event.channel,
        "at": event.at,
        "event": f"{event.offset}.{event.position}",
    }


def _told(hearing: Hearing, event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "event": f"{event.offset}.{event.position}",
        "node": event.node,
        "account": event.account,
        "touchpoint": hearing.touchpoint_of(event),
        "channel": event.channel,
    }


def _key_of(event: Event) -> str:
    key = word_of(event.properties, "promise_id")
    if not key:
        raise Refused("no_promise_id", "promise_id", f"{event.name} does not say which promise: it needs a 'promise_id'.")
    return key


def _unit_of(event: Event) -> str:
    unit = word_of(event.properties, "unit").lower()
    return UNIT_NAMES.get(unit, unit)


def _due_of(hearing: Hearing, due: Any) -> int:
    try:
        return due_moment(due, hearing.batch.workspace.zone)
    except (AttributeError, TypeError, ValueError, OverflowError):
        reason = f"'{str(due)[:40]}' is not a date (2026-11-22) or a date and time (2026-11-22T18:00:00Z), so nobody can tell when the promise falls due."
        raise Refused("bad_due", "due", reason) from None


def _rows(batch: Batch, facts: list[Any]) -> list[dict[str, Any]]:
    names = [one.name for one in fields(facts[0])]
    return [{"workspace_id": batch.workspace.id, **{name: getattr(fact, name) for name in names}} for fact in facts]


def _set_aside(event: Event, refused: Refused) -> Quarantined:
    body = msgspec.json.encode(
        {
            "type": event.type,
            "event": event.name,
            "messageId": event.message_id,
            "userId": event.user_id,
            "anonymousId": event.anonymous_id,
            "timestamp": event.at,
            "properties": event.properties,
        }
    )
    return Quarantined(
        event.source, event.offset, event.position, event.received_at, refused.code, refused.field, refused.reason, body
    )
