"""Numbers, money, days and gaps as a reader of English or Persian writes them. Pure functions; they know no workspace and no request."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache

from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol
from markupsafe import Markup
from persiantools.digits import en_to_fa
from persiantools.jdatetime import JalaliDate

from corridor.ground.ui.languages import N_, translate, translate_count
from corridor.ground.vocabulary import SECOND, Microseconds, now, to_datetime

MINUS = "\u2212"
# As CLDR has it: without the mark a minus before Persian digits lands on their other side in right-to-left text.
PERSIAN_MINUS = "\u200e" + MINUS
PERSIAN_PLUS = "\u200e+"

ENGLISH_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
PERSIAN_MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip

MINUTE, HOUR, DAY = 60, 3_600, 86_400

SAME, SMALL, LARGE = 3, 8, 15
"""Gaps on the common scale: under 3 is as expected, then a shade stronger at 8 and at 15."""

GAP_WORDS = {
    "below": N_("below expectation"),
    "even": N_("as expected"),
    "above": N_("above expectation"),
}

SHORT = (
    (1e12, N_("%(amount)sT")),
    (1e9, N_("%(amount)sB")),
    (1e6, N_("%(amount)sM")),
    (1e3, N_("%(amount)sk")),
)


def number(value: float | None, language: str, decimals: int | None = None) -> str:
    """Return a number with its thousands grouped; without `decimals`, a whole number has none and another has at most two."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if decimals is None:
        text = f"{abs(value):,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{abs(value):,}"
    else:
        text = f"{abs(value):,.{decimals}f}"
    is_zero = not text.strip("0.,")
    return _sign(value, language, plus=False) * (not is_zero) + digits(text, language)


def signed(value: float | None, language: str, decimals: int = 0) -> str:
    """Return a change with its sign, a true minus, and no sign at zero."""
    if value is None or not math.isfinite(value):
        return "–"
    rounded = round(value, decimals)
    return _sign(rounded, language, plus=True) + digits(f"{abs(rounded):,.{decimals}f}", language)


def _sign(value: float, language: str, *, plus: bool) -> str:
    if value < 0:
        return PERSIAN_MINUS if language == "fa" else MINUS
    if value > 0 and plus:
        return PERSIAN_PLUS if language == "fa" else "+"
    return ""


def digits(text: str, language: str) -> str:
    """Return text made of Latin digits, commas and a point in the digits and separators of the language."""
    if language != "fa":
        return text
    return en_to_fa(text.replace(",", "٬").replace(".", "٫"))


def percent(share: float | None, language: str, decimals: int = 1) -> str:
    """Return a share between 0 and 1 as a percentage."""
    if share is None or not math.isfinite(share):
        return "–"
    return number(100 * share, language, decimals) + ("٪" if language == "fa" else "%")


def short_number(value: float | None, language: str) -> str:
    """Return a number in three digits or so, and in full below ten thousand: 4.82M, 41k, 2,310."""
    if value is None or not math.isfinite(value):
        return "–"
    for size, pattern in SHORT:
        if abs(value) >= max(size, 10_000):
            amount = value / size
            decimals = 0 if size < 1e6 or abs(amount) >= 100 else 1 if abs(amount) >= 10 else 2
            return translate(language, pattern) % {"amount": number(amount, language, decimals)}
    return number(round(value), language)


def money(amount: int | None, currency: str, language: str, *, short: bool = False) -> str:
    """Return an amount of minor units; the currency itself says how many make one (two for EUR, none for JPY)."""
    if amount is None:
        return "–"
    places = _precision(currency)
    value = amount / 10**places
    text = short_number(abs(value), language) if short else number(abs(value), language, places)
    sign = _sign(amount, language, plus=False)
    if language == "fa":
        return f"{sign}{text} {_name(currency, 'fa')}"
    symbol = get_currency_symbol(currency, locale="en")
    return f"{sign}{symbol}{text}" if len(symbol) < 3 else f"{sign}{symbol}\u00a0{text}"


@lru_cache
def _precision(currency: str) -> int:
    return get_currency_precision(currency)


@lru_cache
def _name(currency: str, language: str) -> str:
    return get_currency_name(currency, locale=language)


def day(moment: Microseconds | datetime | date | None, language: str, zone: str) -> str:
    """Return the day in the zone: 14 Nov 2026, or by the Jalali calendar in Persian."""
    if moment is None:
        return "–"
    if isinstance(moment, int):
        moment = to_datetime(moment, zone)
    if language == "fa":
        jalali = JalaliDate(moment.date() if isinstance(moment, datetime) else moment)  # type: ignore[no-untyped-call]
        return en_to_fa(f"{jalali.day} {PERSIAN_MONTHS[jalali.month - 1]} {jalali.year}")
    return f"{moment.day} {ENGLISH_MONTHS[moment.month - 1]} {moment.year}"


def clock(at: Microseconds | None, language: str, zone: str) -> str:
    """Return the time of day in the zone, by 24 hours."""
    if at is None:
        return "–"
    return digits(to_datetime(at, zone).strftime("%H:%M"), language)


def day_and_time(at: Microseconds | None, language: str, zone: str) -> str:
    """Return the day and the time of day in the zone."""
    if at is None:
        return "–"
    separator = "، " if language == "fa" else ", "
    return day(at, language, zone) + separator + clock(at, language, zone)


def duration(seconds: float | None, language: str) -> str:
    """Return a length of time in its largest fitting unit: 12 s, 40 min, 3.5 h, 4.1 days."""
    if seconds is None:
        return "–"
    size = abs(seconds)
    if size < MINUTE:
        return translate(language, N_("%(count)s s")) % {"count": number(round(seconds), language)}
    if size < 2 * HOUR:
        return translate(language, N_("%(count)s min")) % {"count": number(round(seconds / MINUTE), language)}
    if size < 2 * DAY:
        return translate(language, N_("%(count)s h")) % {"count": _tidy(seconds / HOUR, language)}
    return days(seconds / DAY, language)


def days(count: float, language: str) -> str:
    """Return a number of days in words."""
    shown = round(count, 1) if abs(count) < 10 else round(count)
    return translate_count(language, "%(count)s day", "%(count)s days", shown) % {"count": _tidy(count, language)}


def _tidy(value: float, language: str) -> str:
    return number(round(value, 1) if abs(value) < 10 else round(value), language)


def ago(
    at: Microseconds | None,
    language: str,
    zone: str,
    moment: Microseconds | None = None,
) -> str:
    """Return how long ago (or in how long) a moment is; more than a month away, the day."""
    if at is None:
        return "–"
    away = at - (now() if moment is None else moment)
    seconds = abs(away) / SECOND
    if seconds < 45:
        return translate(language, N_("now"))
    if seconds > 30 * DAY:
        return day(at, language, zone)
    pattern = N_("in %(duration)s") if away > 0 else N_("%(duration)s ago")
    # Nobody wants to know that it was 2.3 days ago.
    unit = DAY if seconds >= 2 * DAY else HOUR if seconds >= 2 * HOUR else 1
    return translate(language, pattern) % {"duration": duration(round(seconds / unit) * unit, language)}


def gap_side(gap: float) -> str:
    """Say on which side of the expectation an experience is: `below`, `even` or `above`."""
    if abs(gap) < SAME:
        return "even"
    return "below" if gap < 0 else "above"


def gap_shade(gap: float) -> str:
    """Return the name of a gap's colour: `below-3` … `even` … `above-3`."""
    side = gap_side(gap)
    if side == "even":
        return side
    return f"{side}-{1 + (abs(gap) >= SMALL) + (abs(gap) >= LARGE)}"


def gap(value: float | None, language: str, decimals: int = 0) -> Markup:
    """Return a gap with its sign, its colour, and its word for whoever sees no colour."""
    if value is None:
        return Markup('<span class="gap">–</span>')
    side = gap_side(value)
    return Markup('<span class="gap gap-{}" title="{}">{}<span class="unseen"> {}</span></span>').format(
        side,
        translate(language, GAP_WORDS[side]),
        signed(value, language, decimals),
        translate(language, GAP_WORDS[side]),
    )


def initials(name: str) -> str:
    """Return one or two letters for an avatar."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    # Persian letters join, so two initials would read as a word: one is enough.
    if words[0][0] > "\u0590":
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
