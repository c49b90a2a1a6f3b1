"""Where a list goes on: text for the caller to send back unread. It refuses what the list did not give out."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from corridor.ground.problems import Invalid


def encode_cursor(*parts: str | float | None) -> str:
    """Return where a list goes on, as text for the caller to send back unread."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(text: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Return the parts of a cursor, one of each kind, or None where none was sent.

    Raises:
        Invalid: it is not one that this list gave out.
    """
    if not text:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        parts = None
    fits = (
        isinstance(parts, list)
        and len(parts) == len(kinds)
        and all(type(part) is kind for part, kind in zip(parts, kinds, strict=True))
    )
    if not fits or any(type(part) is int and not -(2**63) <= part < 2**63 for part in parts):
        raise Invalid(
            "This is not a cursor that this list gave out. Leave it away to begin at the start.",
            code="bad_cursor",
            field="cursor",
        )
    return tuple(parts)
