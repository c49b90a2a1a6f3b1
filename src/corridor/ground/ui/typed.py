"""Days and moments as people type them: by the Gregorian calendar, or by the Jalali one in Persian. Always in the workspace's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from persiantools import jdatetime
from persiantools.digits import fa_to_en

from corridor.ground.ui.shell import Person
from corridor.ground.problems import Invalid
from corridor.ground.ui.languages import N_
from corridor.ground.vocabulary import Microseconds, from_datetime, to_datetime

LATEST_JALALI_YEAR = 1700
"""A year below this is of the Jalali calendar, one above of the Gregorian."""

END_OF_WORK = time(17)

# persiantools has no types.
_Jalali: Any = jdatetime.JalaliDate


def write_moment(at: Microseconds, person: Person) -> str:
    """Return a moment as its field shows it: 2026-11-22T15:00, or ۱۴۰۵/۰۹/۰۱ ۱۵:۰۰ in Latin digits for a reader of Persian."""
    local = to_datetime(at, person.workspace.zone)
    if person.language == "fa":
        return f"{_write_day(local.date(), person)} {local:%H:%M}"
    return local.strftime("%Y-%m-%dT%H:%M")


def read_moment(text: str, person: Person) -> Microseconds:
    """Return the moment that somebody typed; a day alone means the end of its work.

    Raises:
        Invalid: it is not a moment.
    """
    day, _, clock = fa_to_en(text.strip()).replace("T", " ").partition(" ")
    try:
        hour, minute = (int(part) for part in clock.split(":")[:2]) if clock.strip() else (END_OF_WORK.hour, END_OF_WORK.minute)
        moment = datetime.combine(_read_day(day), time(hour, minute), ZoneInfo(person.workspace.zone))
    except (ValueError, OverflowError):
        raise Invalid(N_("Write the deadline as a day and a time."), code="bad_due", field="due") from None
    return from_datetime(moment)


def write_last_day(until: Microseconds | None, person: Person) -> str:
    """Return the last day before a moment as its field shows it; empty for no moment."""
    return "" if until is None else _write_day(to_datetime(until - 1, person.workspace.zone).date(), person)


def read_last_day(text: str, person: Person) -> Microseconds | None:
    """Return the end of the day that somebody typed; None for nothing typed.

    Raises:
        Invalid: it is not a day.
    """
    if not text.strip():
        return None
    try:
        end = datetime.combine(_read_day(fa_to_en(text.strip())) + timedelta(days=1), time.min, ZoneInfo(person.workspace.zone))
    except (ValueError, OverflowError):
        raise Invalid(N_("Write the day with year, month and day, such as 2026-11-22."), code="bad_day", field="due") from None
    return from_datetime(end)


def _write_day(day: date, person: Person) -> str:
    return str(_Jalali(day).strftime("%Y/%m/%d")) if person.language == "fa" else day.isoformat()


def _read_day(text: str) -> date:
    year, month, day = (int(part) for part in text.replace("/", "-").split("-"))
    gregorian: date = _Jalali(year, month, day).to_gregorian() if year < LATEST_JALALI_YEAR else date(year, month, day)
    return gregorian
