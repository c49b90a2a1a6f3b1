"""What a page or a question is narrowed to: a period in the workspace's days, a segment, a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import TypedDict
from zoneinfo import ZoneInfo

from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import Period, Workspace, from_datetime

PRESETS = {"30d": 30, "90d": 90, "365d": 365}
DEFAULT_PRESET = "90d"

PARAMETERS = {
    "period": "30d, 90d, 365d or all",
    "from": "First day, such as 2026-01-01",
    "to": "Last day, included",
    "segment": "Key of a segment",
    "channel": "Key of a channel",
}
"""The parameters of an address that narrow, and what each may be."""

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page or a question is narrowed to; it stands in the URL, so that every view can be kept and shared."""

    period: Period
    preset: str
    """`30d`, `90d`, `365d`, `all`, or `own` for two chosen days."""
    segment: str | None = None
    channel: str | None = None
    first: date | None = None
    last: date | None = None
    """The first and the last day of an `own` period."""

    def as_query(self) -> dict[str, str]:
        """Return the parameters that lead to these filters again; what is as by default is left out."""
        chosen: dict[str, str | None] = {"segment": self.segment, "channel": self.channel}
        if self.preset == "own":
            chosen |= {"from": self.first.isoformat() if self.first else None, "to": self.last.isoformat() if self.last else None}
        elif self.preset != DEFAULT_PRESET:
            chosen["period"] = self.preset
        return {name: value for name, value in chosen.items() if value}


class _Narrowed(TypedDict):
    segment: str | None
    channel: str | None


def read_filters(
    workspace: Workspace,
    *,
    period: str | None = None,
    first: str | None = None,
    last: str | None = None,
    segment: str | None = None,
    channel: str | None = None,
    today: date | None = None,
) -> Filters:
    """Return the filters that these words mean; days are the workspace's.

    Raises:
        Invalid: names the parameter and what it may be.
    """
    tomorrow = (today or datetime.now(ZoneInfo(workspace.zone)).date()) + timedelta(days=1)
    narrowed = _Narrowed(segment=segment or None, channel=channel or None)
    if first or last:
        begin = _day(first, "from") if first else None
        end = _day(last, "to") if last else None
        if begin and end and begin > end:
            raise Invalid(f"The period ends on {end} before it begins on {begin}.", code="bad_period", field="to")
        span = Period(
            _midnight(begin, workspace) if begin else 0, _midnight((end + timedelta(days=1)) if end else tomorrow, workspace)
        )
        return Filters(span, "own", first=begin, last=end, **narrowed)
    preset = period or DEFAULT_PRESET
    if preset == "all":
        return Filters(Period(0, _midnight(tomorrow, workspace)), preset, **narrowed)
    if preset not in PRESETS:
        raise Invalid(
            f"{preset!r} is not a period. Use 30d, 90d, 365d or all, or two days as from= and to=.",
            code="bad_period",
            field="period",
        )
    return Filters(
        Period(_midnight(tomorrow - timedelta(days=PRESETS[preset]), workspace), _midnight(tomorrow, workspace)),
        preset,
        **narrowed,
    )


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day. Write it as 2026-03-21.", code="bad_day", field=name) from None
    if not 1970 <= day.year <= 9000:
        raise Invalid(f"{text!r} is out of range. Use a year from 1970 on.", code="bad_day", field=name)
    return day


def _midnight(day: date, workspace: Workspace) -> int:
    return from_datetime(datetime.combine(day, clock.min, ZoneInfo(workspace.zone)))
