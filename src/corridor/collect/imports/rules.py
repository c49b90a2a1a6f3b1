"""From the rules of a mapping to events: for each kind of event one SELECT whose rows are the events, in the shape of the Segment spec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from corridor.collect.imports.expressions import (
    Mistake,
    Value,
    as_json,
    as_local_day,
    as_moment,
    as_text,
    condition_sql,
    end_of_day,
    is_constant,
    json_of,
    quoted,
    template,
)
from corridor.collect.imports.mapping import (
    AccountRule,
    Conditions,
    CustomerRule,
    EventRule,
    Mapping,
    PromiseRule,
    RatingRule,
    RevenueRule,
    Rule,
    Settled,
)
from corridor.collect.imports.plan import PLACE, Mistakes, Scope, Shapes, perhaps, read_table
from corridor.ground.vocabulary import CHANNELS

LONGEST_MESSAGE_ID = 100
RATED = {"experience": "Experience Rated", "effort": "Effort Rated", "expectation": "Expectation Stated"}
PAID = {"billed": "Invoice Issued", "paid": "Invoice Paid", "refunded": "Order Refunded"}


@dataclass(frozen=True, slots=True)
class Emission:
    """One kind of event: the table in whose files its rows stand, and the SELECT that gives place, time, id, person and JSON."""

    key: str
    table: str
    sql: str


@dataclass(frozen=True, slots=True)
class _Call:
    """What an event is, before it is SQL: the parts that differ between kinds of rules."""

    key: str
    type: str
    event: str | None
    at: str
    where: list[Conditions | None]
    properties: dict[str, Any]
    """Texts of the mapping, or a `Value` that is ready."""
    traits: dict[str, Any]
    needs: str | None = None
    """A text without whose value there is no event."""


def emissions(mapping: Mapping, shapes: Shapes, zone: str, mistakes: Mistakes) -> list[Emission]:
    """Return what the mapping's rules emit, in the order in which events of one moment shall come."""
    found: list[Emission] = []
    seen: dict[str, str] = {}
    for section in ("customers", "accounts", "events", "promises", "revenue", "ratings"):
        for key, rule in getattr(mapping, section).items():
            if key in seen:
                mistakes.add(
                    (section, key), f"has the same key as one in {seen[key]}; message ids are made from it, so give it another"
                )
            seen[key] = section
            if rule.from_ not in shapes:
                sentence = (
                    f"is '{rule.from_}', which is no table{perhaps(rule.from_, list(shapes))} Tables there: {', '.join(shapes)}"
                )
                mistakes.add((section, key, "from"), sentence)
                continue
            for call in _calls(mapping, key, rule):
                emission = _Writer(mapping, shapes, zone, mistakes, (section, key)).write(rule, call)
                if emission is not None:
                    found.append(emission)
    return found


def _calls(mapping: Mapping, key: str, rule: Rule) -> Iterator[_Call]:
    where = [rule.where]
    if isinstance(rule, CustomerRule):
        yield _Call(key, "identify", None, rule.at, where, rule.properties, rule.traits)
    elif isinstance(rule, AccountRule):
        yield _Call(key, "group", None, rule.at, where, rule.properties, rule.traits)
    elif isinstance(rule, EventRule):
        yield _Call(key, "track", rule.event, rule.at, where, rule.properties, {})
    elif isinstance(rule, RevenueRule):
        money = {"amount": rule.amount, "currency": rule.currency or mapping.currency}
        yield _Call(key, "track", rule.event or PAID[rule.kind], rule.at, where, {**money, **rule.properties}, {})
    elif isinstance(rule, RatingRule):
        rating = {"touchpoint": rule.touchpoint, "value": rule.value, "lowest": rule.scale[0], "highest": rule.scale[1]}
        words = {"text": _Text(tuple(rule.text))} if rule.text else {}
        named = {"instrument": rule.instrument} if rule.instrument else {}
        yield _Call(key, "track", RATED[rule.about], rule.at, where, {**rating, **words, **named, **rule.properties}, {})
    elif isinstance(rule, PromiseRule):
        yield from _promise(mapping, key, rule)


@dataclass(frozen=True, slots=True)
class _Text:
    """Several texts that become one, those that are missing left out."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Due:
    """The moment until which a promise holds."""

    due: str
    date_only: bool


@dataclass(frozen=True, slots=True)
class _PromiseId:
    """The id that all events of one promise carry."""


def _promise(mapping: Mapping, key: str, rule: PromiseRule) -> Iterator[_Call]:
    promise: dict[str, Any] = {"promise_id": _PromiseId(), "touchpoint": rule.touchpoint, "unit": rule.unit}
    if rule.due is not None:
        promise["due"] = _Due(rule.due, rule.due_date_only)
    else:
        promise["value"] = rule.promised
    measure = rule.due or rule.promised
    yield _Call(key, "track", "Promise Made", rule.at, [rule.where], {**promise, **rule.properties}, {}, measure)
    if rule.fulfilled is not None:
        settled: dict[str, Any] = {"promise_id": _PromiseId(), **rule.properties, **rule.fulfilled.properties}
        if rule.actual is not None:
            settled["value"] = rule.actual
        yield _settled(f"{key}.fulfilled", rule, rule.fulfilled, settled)
    if rule.withdrawn is not None:
        withdrawn = {"promise_id": _PromiseId(), **rule.properties, **rule.withdrawn.properties}
        yield _settled(f"{key}.withdrawn", rule, rule.withdrawn, withdrawn)


def _settled(key: str, rule: PromiseRule, settled: Settled, properties: dict[str, Any]) -> _Call:
    measure = rule.due or rule.promised
    return _Call(key, "track", settled.event, settled.at, [rule.where, settled.where], properties, {}, measure)


class _Writer:
    """Writes the SELECT of one kind of event, and notes what in its rule does not fit."""

    def __init__(self, mapping: Mapping, shapes: Shapes, zone: str, mistakes: Mistakes, path: tuple[str, str]) -> None:
        self._mapping = mapping
        self._shapes = shapes
        self._zone = zone
        self._mistakes = mistakes
        self._path = path

    def write(self, rule: Rule, call: _Call) -> Emission | None:
        """Return the emission; None where something in it does not fit."""
        before = len(self._mistakes.found)
        shape = self._shapes[rule.from_]
        scope = Scope(self._shapes, rule.from_)
        own_id = self._text("id", rule.id if rule.id is not None else self._key_as_text(rule), scope)
        moment = self._moment(call.at, scope)
        conditions = [self._condition(where, scope) for where in call.where if where is not None]
        if call.needs is not None:
            conditions.append(f"{self._text('due', call.needs, scope)} IS NOT NULL")
        user = self._text("user_id", self._person(rule, "user_id"), scope)
        anonymous = self._text("anonymous_id", self._person(rule, "anonymous_id"), scope)
        guest = self._text("guest_id", self._person(rule, "guest_id"), scope)
        account = self._text("group_id", self._person(rule, "group_id"), scope)
        self._check_channel(rule.channel or self._mapping.channel)
        channel = self._text("channel", rule.channel or self._mapping.channel, scope)
        event = self._text("event", call.event, scope) if call.event is not None else "NULL"
        properties = self._object("properties", call.properties, scope, rule)
        traits = self._object("traits", call.traits, scope, rule) if call.traits else "NULL"
        if len(self._mistakes.found) > before or not shape.kinds:
            return None
        if guest != "NULL":
            anonymous = f"coalesce({anonymous}, CASE WHEN {user} IS NULL THEN {guest} END)"
        full = f"{quoted(f'{self._mapping.mapping}:{call.key}:')} || {own_id}"
        parts = {
            "messageId": Value("message_id", "text"),
            "type": Value(quoted(call.type), "text"),
            "event": Value("event", "text"),
            "userId": Value("user_id", "text"),
            "anonymousId": Value("anonymous_id", "text"),
            "groupId": Value("group_id", "text"),
            "timestamp": Value("happened", "datetime"),
            "channel": Value("channel", "text"),
            "properties": Value("properties", "json"),
            "traits": Value("traits", "json"),
        }
        body = ", ".join(f"{quoted(json_key(name))} || {as_json(value)}" for name, value in parts.items())
        place = ", ".join(f"{scope.place(part)} AS {part}" for part in (*PLACE, "_raw"))
        short = f"CASE WHEN length(id) > {LONGEST_MESSAGE_ID} THEN {quoted(self._mapping.mapping + ':')} || md5(id) ELSE id END"
        sql = (
            f"WITH made AS (SELECT {place}, {full} AS id, {moment} AS happened, {user} AS user_id, {anonymous} AS anonymous_id,"
            f" {account} AS group_id, {channel} AS channel, {event} AS event, {properties} AS properties, {traits} AS traits"
            f" FROM {scope.tables()} WHERE {' AND '.join(conditions) or 'TRUE'}),"
            f" named AS (SELECT *, {short} AS message_id FROM made WHERE happened IS NOT NULL)"
            f" SELECT {', '.join((*PLACE, '_raw'))}, happened, message_id, user_id, anonymous_id, group_id,"
            f" {'event' if call.type == 'track' else quoted(call.type)} AS event, '{{' || concat_ws(',', {body}) || '}}' AS body FROM named"
        )
        return Emission(call.key, read_table(self._shapes, rule.from_), sql)

    def _person(self, rule: Rule, name: str) -> str | None:
        """Return what the rule says, or the mapping's `person` where the rule itself names nobody."""
        own: str | None = getattr(rule, name)
        names_somebody = rule.user_id is not None or rule.anonymous_id is not None or rule.guest_id is not None
        if own is not None or (names_somebody and name != "group_id"):
            return own
        return getattr(self._mapping.person, name)  # type: ignore[no-any-return]

    def _key_as_text(self, rule: Rule) -> str | None:
        key = self._shapes[rule.from_].key
        if not key:
            self._mistakes.add(
                (*self._path, "id"),
                f"is missing, and {rule.from_} has no key to make it from; say which columns make the event the same again",
            )
            return None
        return ":".join(f"{{{column}}}" for column in key)

    def _text(self, name: str, text: str | None, scope: Scope) -> str:
        if text is None:
            return "NULL"
        with self._mistakes.at(*self._path, name):
            return f"nullif(trim({as_text(template(text, scope.value, self._zone))}), '')"
        return "NULL"

    def _moment(self, text: str, scope: Scope) -> str:
        with self._mistakes.at(*self._path, "at"):
            return as_moment(template(text, scope.value, self._zone), self._zone).sql
        return "NULL"

    def _condition(self, where: Conditions, scope: Scope) -> str:
        with self._mistakes.at(*self._path, "where"):
            return condition_sql(where, scope.value, self._zone)
        return "TRUE"

    def _check_channel(self, channel: str) -> None:
        if is_constant(channel) and channel not in CHANNELS:
            near = perhaps(channel, list(CHANNELS))
            self._mistakes.add(
                (*self._path, "channel"), f"is '{channel}', which is no channel{near} Channels: {', '.join(CHANNELS)}"
            )

    def _object(self, name: str, content: dict[str, Any], scope: Scope, rule: Rule) -> str:
        parts = []
        for key, value in content.items():
            if value is None:
                continue
            own = (key,) if key not in type(rule).model_fields else ()
            path = (*self._path, name, *own) if own else (*self._path, key)
            with self._mistakes.at(*path):
                parts.append(f"{quoted(json_key(key))} || {self._json(value, scope, rule)}")
        return f"('{{' || concat_ws(',', {', '.join(parts)}) || '}}')" if parts else "'{}'"

    def _json(self, value: Any, scope: Scope, rule: Rule) -> str:
        if isinstance(value, _Due):
            return as_json(self._due(value, scope))
        if isinstance(value, _PromiseId):
            own = self._text("id", rule.id if rule.id is not None else self._key_as_text(rule), scope)
            return as_json(Value(f"({quoted(f'{self._mapping.mapping}:{self._path[1]}:')} || {own})", "text"))
        if isinstance(value, _Text):
            parts = [as_text(template(part, scope.value, self._zone)) for part in value.parts]
            return as_json(Value(f"nullif(concat_ws('\n', {', '.join(parts)}), '')", "text"))
        return json_of(value, scope.value, self._zone)

    def _due(self, due: _Due, scope: Scope) -> Value:
        value = template(due.due, scope.value, self._zone)
        if due.date_only:
            day = value.sql if value.kind == "date" else as_local_day(as_moment(value, self._zone).sql, self._zone)
            return Value(end_of_day(day, self._zone), "datetime")
        if value.kind == "date":
            raise Mistake("is a day without a time; with `due_date_only: true` it holds to the end of that day")
        return as_moment(value, self._zone)


def json_key(name: str) -> str:
    """Return the beginning of a JSON member."""
    return json.dumps(name, ensure_ascii=False) + ":"
