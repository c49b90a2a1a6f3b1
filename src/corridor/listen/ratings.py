"""Reads scores and words from the properties of an event, and refuses, with a reason a care lead understands, what is no score."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from corridor.ground.vocabulary import Event, Microseconds, Score
from corridor.listen.facts import PATTERNS, Pattern, ResponseKind

SCALES: dict[str, tuple[float, float]] = {
    "csat": (1, 5),
    "stars": (1, 5),
    "nps": (0, 10),
    "ces": (1, 7),
    "thumbs": (0, 1),
}
"""The scale of an instrument whose event does not name one. Effort is agreement that it was easy: high is good."""

LONGEST_TEXT = 20_000
LONGEST_WORD = 120


class Refused(Exception):
    """Why what an event says cannot become a fact of this room; the event itself stays."""

    def __init__(self, code: str, field: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.field = field
        self.reason = reason


def score_of(event: Event, field: str = "value", instrument: str = "") -> Score:
    """Return the score of an event on its own scale.

    Raises:
        Refused: there is no number, no scale, or the number lies outside the scale.
    """
    said = event.properties
    value = number(said, field)
    if value is None:
        raise Refused("no_score", field, f"{event.name} came without a number in '{field}', so there is nothing to count.")
    lowest, highest = scale_of(event, instrument)
    if not min(lowest, highest) <= value <= max(lowest, highest):
        reason = f"{event.name} gave {value:g} on a scale from {lowest:g} to {highest:g}. Send the scale that was really used."
        raise Refused("outside_scale", field, reason)
    return Score(value, lowest, highest)


def scale_of(event: Event, instrument: str) -> tuple[float, float]:
    """Return the worst and the best value of the scale that the event names, or that its instrument always has.

    Raises:
        Refused: neither is known, or the two ends are the same.
    """
    lowest, highest = number(event.properties, "lowest"), number(event.properties, "highest")
    usual = SCALES.get(instrument)
    if usual is not None:
        lowest, highest = usual[0] if lowest is None else lowest, usual[1] if highest is None else highest
    if lowest is None or highest is None:
        reason = f"{event.name} does not say its scale. Send 'lowest' and 'highest', or an instrument: {', '.join(SCALES)}."
        raise Refused("no_scale", "lowest" if lowest is None else "highest", reason)
    if lowest == highest:
        raise Refused("no_scale", "highest", f"{event.name} has a scale whose two ends are both {lowest:g}.")
    return lowest, highest


def number(said: Mapping[str, Any], field: str) -> float | None:
    """Return a property as a number, or None if it is not there. Numbers in words ("4.0", "۴") count.

    Raises:
        Refused: something is there, but it is no number.
    """
    value = said.get(field)
    if value is None or value == "":
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise Refused("no_number", field, f"'{field}' should be a number but is '{str(value)[:40]}'.")
    return found


def words_of(said: Mapping[str, Any], *fields: str) -> str:
    """Return the first of the fields that holds words."""
    for field in fields:
        value = said.get(field)
        if isinstance(value, str) and value.strip():
            return value.strip()[:LONGEST_TEXT]
    return ""


def word_of(said: Mapping[str, Any], field: str) -> str:
    """Return a short word, such as an instrument or an id; numbers are taken as their digits."""
    value = said.get(field)
    return str(value).strip()[:LONGEST_WORD] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def pattern_of(said: Mapping[str, Any]) -> Pattern:
    """Return what the answer is about; an encounter unless it says otherwise."""
    for pattern in PATTERNS:
        if said.get("pattern") == pattern:
            return pattern
    return "past"


def kind_of(instrument: str) -> ResponseKind:
    """Return what an instrument measures."""
    return "recommendation" if instrument == "nps" else "effort" if instrument == "ces" else "experience"


def fact_id(kind: str, message_id: str, at: Microseconds) -> str:
    """Return the id of what an event said: a UUIDv7 of the event's time, and the same whenever the event is heard again."""
    rest = hashlib.blake2b(f"{kind}\0{message_id}".encode(), digest_size=10).digest()
    value = max(0, at // 1000) << 80 | int.from_bytes(rest)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value & (1 << 128) - 1:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
