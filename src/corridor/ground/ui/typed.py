"""Days and moments as people type them: by the Gregorian calendar, or by the Jalali one in Persian. Always in the workspace's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from persiantools import jdatetime
from persiantools.digits import fa_to_en

from corridor.ground.problems import Invalid
from corridor.ground.ui.languages import N_
from corridor.ground.vocabulary import Microseconds, from_datetime, to_datetime

if TYPE_CHECKING:
    from corridor.ground.access.facts import Caller

LATEST_JALALI_YEAR = 1700
"""A year below this is of the Jalali calendar, one above of the Gregorian."""

END_OF_WORK = time(17)

# persiantools has no types.
_Jalali: Any = jdatetime.JalaliDate


def write_moment(at: Microseconds, caller: Caller) -> str:
    """Return a moment as its field shows it: 2026-11-22T15:00, or ۱۴۰۵/۰۹/۰۱ ۱۵:۰۰ in Latin digits for a reader of Persian."""
    local = to_datetime(at, caller.workspace.zone)
    if caller.language == "fa":
        return f"{_write_day(local.date(), caller)} {local:%H:%M}"
    return local.strftime("%Y-%m-%dT%H:%M")


def read_moment(text: str, caller: Caller) -> Microseconds:
    """Return the moment that somebody typed; a day alone means the end of its work.

    Raises:
        Invalid: it is not a moment.
    """
    day, _, clock = fa_to_en(text.strip()).replace("T", " ").partition(" ")
    try:
        hour, minute = (int(part) for part in clock.split(":")[:2]) if clock.strip() else (END_OF_WORK.hour, END_OF_WORK.minute)
        moment = datetime.combine(read_day(day), time(hour, minute), ZoneInfo(caller.workspace.zone))
    except (ValueError, OverflowError):
        raise Invalid(N_("Write the deadline as a day and a time."), code="bad_due", field="due") from None
    return from_datetime(moment)


def write_last_day(until: Microseconds | None, caller: Caller) -> str:
    """Return the last day before a moment as its field shows it; empty for no moment."""
    return "" if until is None else _write_day(to_datetime(until - 1, caller.workspace.zone).date(), caller)


def read_last_day(text: str, caller: Caller) -> Microseconds | None:
    """Return the end of the day that somebody typed; None for nothing typed.

    Raises:
        Invalid: it is not a day.
    """
    if not text.strip():
        return None
    try:
        end = datetime.combine(read_day(text) + timedelta(days=1), time.min, ZoneInfo(caller.workspace.zone))
    except (ValueError, OverflowError):
        raise Invalid(N_("Write the day with year, month and day, such as 2026-11-22."), code="bad_day", field="due") from None
    return from_datetime(end)


def _write_day(day: date, caller: Caller) -> str:
    return str(_Jalali(day).strftime("%Y/%m/%d")) if caller.language == "fa" else day.isoformat()


def read_day(text: str) -> date:
    """Return the day of three numbers, year first, in either calendar and either digits.

    Raises:
        ValueError, OverflowError: it is not a day.
    """
    year, month, day = (int(part) for part in fa_to_en(text.strip()).replace("/", "-").split("-"))
    gregorian: date = _Jalali(year, month, day).to_gregorian() if year < LATEST_JALALI_YEAR else date(year, month, day)
    return gregorian
