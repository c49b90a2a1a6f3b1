"""First step of the line: reads what was accepted, repairs clocks, and sets aside, with a reason, what cannot be an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from corridor.ground.store import Request
from corridor.ground.vocabulary import CHANNELS, Batch, Event, Microseconds, Quarantined, Workspace

LONGEST_MESSAGE_ID = 100
LONGEST_ID = 256
LONGEST_NAME = 200
LARGEST_EVENT = 64 * 1024
DEEPEST = 32

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identified",
    "group": "Joined Account",
    "alias": "Alias Given",
}
_LETTERS = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}


class Sent(msgspec.Struct, rename="camel"):
    """An event as a client sends it (Segment spec)."""

    type: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    user_id: str | int | float | None = None
    anonymous_id: str | int | float | None = None
    group_id: str | int | float | None = None
    previous_id: str | int | float | None = None
    message_id: str | int | float | None = None
    timestamp: str | int | float | None = None
    original_timestamp: str | int | float | None = None
    sent_at: str | int | float | None = None
    channel: Any = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    node: int | None = None
    """Only in what rooms record: the identity node itself."""


class Sending(msgspec.Struct, rename="camel"):
    """A request's body with many events; `context` holds for events that have none of the same name."""

    batch: list[msgspec.Raw]
    context: dict[str, Any] | None = None
    sent_at: str | int | float | None = None


_read_event = msgspec.json.Decoder(Sent).decode
_read_sending = msgspec.json.Decoder(Sending).decode


class Wrong(Exception):
    """Why one event cannot walk the line."""

    def __init__(self, code: str, field: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.field = field


def check(workspace: Workspace, requests: list[Request], moment: Microseconds) -> Batch:
    """Turn accepted requests of one workspace into a batch; what cannot be read stands in `quarantined`, nothing is lost."""
    batch = Batch(workspace=workspace, events=[], now=moment)
    for request in requests:
        if not request.intact:
            reason = "The bytes on the disk are not those that were accepted: the disk or the file is damaged."
            batch.quarantined.append(_set_aside(request, 0, request.body, Wrong("damaged", "body", reason)))
        elif request.kind in ("batch", "import", "recorded"):
            _check_sending(batch, request)
        else:
            _check_one(batch, request, 0, request.body, request.kind, None, None)
    return batch


def read_one(request: Request) -> Event:
    """Read a request that carries one event.

    Raises:
        Wrong: why it cannot walk the line.
    """
    try:
        return _to_event(request, 0, request.body, request.kind, None, None)
    except (msgspec.DecodeError, RecursionError) as error:
        field, reason = _explain(str(error))
        raise Wrong("wrong_type", field, reason) from error


def _check_sending(batch: Batch, request: Request) -> None:
    try:
        sending = _read_sending(request.body)
    except (msgspec.DecodeError, RecursionError) as error:
        batch.quarantined.append(_set_aside(request, 0, request.body, Wrong("unreadable", "batch", str(error))))
        return
    for position, raw in enumerate(sending.batch):
        _check_one(batch, request, position, raw, None, sending.context, sending.sent_at)


def _check_one(
    batch: Batch,
    request: Request,
    position: int,
    raw: bytes | msgspec.Raw,
    kind: str | None,
    shared: dict[str, Any] | None,
    sent_at: str | float | None,
) -> None:
    try:
        event = _to_event(request, position, raw, kind, shared, sent_at)
    except Wrong as wrong:
        batch.quarantined.append(_set_aside(request, position, bytes(raw), wrong))
    except (msgspec.DecodeError, RecursionError) as error:
        field, reason = _explain(str(error))
        batch.quarantined.append(_set_aside(request, position, bytes(raw), Wrong("wrong_type", field, reason)))
    else:
        batch.events.append(event)


def _to_event(
    request: Request,
    position: int,
    raw: bytes | msgspec.Raw,
    kind: str | None,
    shared: dict[str, Any] | None,
    sent_at: str | float | None,
) -> Event:
    size = len(raw) if isinstance(raw, bytes) else len(memoryview(raw))
    if size > LARGEST_EVENT:
        raise Wrong("too_large", "", f"The event has {size:,} bytes; the most is {LARGEST_EVENT:,}.")
    sent = _read_event(raw)
    type_ = sent.type or kind or ""
    type_ = _LETTERS.get(type_, type_)
    user_id = _identifier(sent.user_id, "userId")
    anonymous_id = _identifier(sent.anonymous_id, "anonymousId")
    group_id = _identifier(sent.group_id, "groupId")
    previous_id = _identifier(sent.previous_id, "previousId")
    if user_id is None and anonymous_id is None and sent.node is None:
        raise Wrong("no_user_anon_id", "userId", "An event needs a userId or an anonymousId.")
    properties = sent.properties or {}
    context = sent.context or {}
    if shared:
        context = {**shared, **context}
    if type_ == "track":
        name = (sent.event or "").strip()
        if not name:
            raise Wrong("no_event", "event", "A track call needs the name of the event.")
        if len(name) > LONGEST_NAME:
            raise Wrong("long_name", "event", f"The event's name is longer than {LONGEST_NAME} characters.")
    elif type_ in _NAMES:
        name = _NAMES[type_]
        if type_ == "group" and group_id is None:
            raise Wrong("no_group_id", "groupId", "A group call needs a groupId.")
        if type_ == "alias" and (previous_id is None or user_id is None):
            raise Wrong("no_previous_id", "previousId", "An alias call needs a previousId and a userId.")
        if sent.name and "name" not in properties:
            properties = {**properties, "name": sent.name}
        if sent.category and "category" not in properties:
            properties = {**properties, "category": sent.category}
    else:
        raise Wrong("unknown_type", "type", f"'{type_[:40]}' is none of track, identify, page, screen, group, alias.")
    message_id = _message_id(sent.message_id, request, position)
    return Event(
        message_id=message_id,
        type=type_,
        name=name,
        at=_moment_of(sent, request, sent_at),
        received_at=request.received_at,
        source=request.source,
        channel=_channel_of(sent, context, properties),
        user_id=user_id,
        anonymous_id=anonymous_id,
        group_id=group_id,
        previous_id=previous_id,
        properties=properties,
        traits=sent.traits or {},
        context=context,
        offset=request.offset,
        position=position,
        node=sent.node if sent.node is not None and request.kind == "recorded" else 0,
    )


def _identifier(value: str | float | None, field: str) -> str | None:
    if value is None:
        return None
    text = value.strip() if type(value) is str else str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if not text:
        return None
    if len(text) > LONGEST_ID:
        raise Wrong("long_id", field, f"The {field} is longer than {LONGEST_ID} characters.")
    return text


def _message_id(value: str | float | None, request: Request, position: int) -> str:
    if value is None or value == "":
        return f"corridor-{request.offset}-{position}"
    text = str(value)
    if len(text) > LONGEST_MESSAGE_ID:
        raise Wrong("long_message_id", "messageId", f"The messageId is longer than {LONGEST_MESSAGE_ID} characters.")
    return text


def _moment_of(sent: Sent, request: Request, sent_at: str | float | None) -> Microseconds:
    """When it happened. A client's clock is repaired by the difference between its `sentAt` and our time of receipt."""
    given = sent.timestamp if sent.timestamp is not None else sent.original_timestamp
    if given is None:
        return request.received_at
    at = _parse_moment(given, "timestamp")
    client_now = sent.sent_at if sent.sent_at is not None else sent_at
    if client_now is None:
        return at
    return request.received_at - (_parse_moment(client_now, "sentAt") - at)


def _parse_moment(value: str | float, field: str) -> Microseconds:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise Wrong("bad_time", field, f"The {field} '{value[:40]}' is not a time in ISO 8601.") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        try:
            return (moment - _EPOCH) // _MICROSECOND
        except OverflowError:
            raise Wrong("bad_time", field, f"The {field} '{value[:40]}' is out of range.") from None
    # Clients that send numbers send milliseconds; a number this small can only be seconds.
    scale = 1_000 if abs(value) > 100_000_000_000 else 1_000_000
    if not abs(value) * scale < 253_402_300_800_000_000:
        raise Wrong("bad_time", field, f"The {field} {value} is out of range.")
    return int(value * scale)


def _channel_of(sent: Sent, context: dict[str, Any], properties: dict[str, Any]) -> str:
    for said in (sent.channel, context.get("channel"), properties.get("channel")):
        if isinstance(said, str) and said in CHANNELS:
            return said
    library = context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    if sent.type == "screen" or (
        isinstance(name, str) and name.startswith(("analytics-ios", "analytics-android", "@segment/analytics-react"))
    ):
        return "app"
    return "web"


def _set_aside(request: Request, position: int, body: bytes, wrong: Wrong) -> Quarantined:
    return Quarantined(
        source=request.source,
        offset=request.offset,
        position=position,
        received_at=request.received_at,
        code=wrong.code,
        field=wrong.field,
        reason=str(wrong),
        body=body,
    )


def _explain(text: str) -> tuple[str, str]:
    """Return the field and the sentence of a decoder's message such as "Expected `object`, got `str` - at `$.properties`"."""
    reason, _, path = text.partition(" - at ")
    return path.strip("`").removeprefix("$").removeprefix("."), reason.replace("`", "'")
