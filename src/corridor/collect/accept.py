"""What is done with a request before it is answered: opened, read as JSON, measured, and written to the journal. No more."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass

import msgspec

from corridor.collect.check import Sent, Wrong, read_one
from corridor.ground.problems import Invalid, Problem, TooLarge, Unauthorised
from corridor.ground.store import Request
from corridor.ground.vocabulary import now

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request, after it was inflated."""
MOST_EVENTS = 2_500


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: str | None = None


class _One(Sent, rename="camel"):
    write_key: str | None = None


_read_batch = msgspec.json.Decoder(_Batch).decode
_read_one = msgspec.json.Decoder(_One).decode


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that can be written: how many events it has, and the write key that its body names."""

    count: int
    write_key: str | None
    wrong: Wrong | None = None
    """Why its only event will be set aside; known at once only where there is one."""


def inflate(body: bytes, encoding: str) -> bytes:
    """Return the body as it was before it was compressed.

    Raises:
        TooLarge: it would become larger than a request may be.
        Problem: the encoding is not known, or the bytes are not in it.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise Problem(f"The Content-Encoding '{encoding[:40]}' is not known. Send gzip, or no encoding.", code="bad_encoding")
    opened = zlib.decompressobj(wbits=31 if encoding == "gzip" else 15)
    try:
        plain = opened.decompress(body, LARGEST_BODY + 1)
    except zlib.error as error:
        raise Problem("The body is not the gzip that its header says.", code="bad_encoding") from error
    if len(plain) > LARGEST_BODY:
        raise _too_large()
    if not opened.eof:
        raise Problem("The compressed body ends before its end. Send it again.", code="bad_encoding")
    return plain


def read(body: bytes, kind: str) -> Accepted:
    """Read a request's body as far as is needed to promise that it is kept.

    Args:
        body: JSON, inflated.
        kind: `batch` or `import` for many events, else the type of the only one.

    Raises:
        Problem: it is not JSON, or not of a request's shape.
        TooLarge: too many events.
    """
    if len(body) > LARGEST_BODY:
        raise _too_large()
    try:
        if kind not in ("batch", "import"):
            one = _read_one(body)
            return Accepted(1, one.write_key, _wrong(body, kind))
        many = _read_batch(body)
    except msgspec.ValidationError as error:
        raise _not_a_request(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(f"The body is not valid JSON: {str(error)[:200]}.", code="bad_json", field="body") from error
    if len(many.batch) > MOST_EVENTS:
        raise TooLarge(
            f"The batch has {len(many.batch):,} events; the most is {MOST_EVENTS:,}. Send smaller ones.", code="too_many_events"
        )
    if not many.batch:
        raise Invalid("The batch is empty. Send at least one event.", code="empty_batch", field="batch")
    return Accepted(len(many.batch), many.write_key)


def key_of(authorization: str) -> str | None:
    """Return the write key of an Authorization header: the user of Basic, or a Bearer token.

    Raises:
        Unauthorised: the header cannot be read.
    """
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        user = base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorised(
            "The Authorization header is not readable. Send the write key as the user of Basic.", code="bad_key"
        ) from error
    return user or None


def _wrong(body: bytes, kind: str) -> Wrong | None:
    try:
        read_one(Request(0, "", "", kind, now(), 1, body, True))
    except Wrong as wrong:
        return wrong
    return None


def _not_a_request(message: str) -> Problem:
    reason, _, path = message.partition(" - at ")
    field = path.strip("`").removeprefix("$").removeprefix(".")
    sentence = reason.replace("`", "'")
    return Problem(f"The body has not the shape of a request: {sentence}.", code="bad_shape", field=field or "body")


def _too_large() -> TooLarge:
    return TooLarge(f"The request is larger than {LARGEST_BODY:,} bytes. Send smaller batches.", code="too_large")
