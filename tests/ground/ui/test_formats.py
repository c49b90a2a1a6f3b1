"""Numbers, money, days and gaps read as a reader of English or of Persian writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.digits import fa_to_en

from corridor.ground.ui import formats
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import DAY, SECOND, from_datetime

NOON = from_datetime(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "decimals", "english", "persian"),
    [
        (1204, None, "1,204", "۱٬۲۰۴"),
        (12.5, None, "12.5", "۱۲٫۵"),
        (-3, None, "−3", "\u200e−۳"),
        (4.0, 1, "4.0", "۴٫۰"),
        (-0.04, 1, "0.0", "۰٫۰"),
        (None, None, "–", "–"),
        (float("nan"), None, "–", "–"),
    ],
)
def test_number(value: float | None, decimals: int | None, english: str, persian: str) -> None:
    """A number has its thousands grouped, a true minus, and the digits of the language."""
    assert formats.number(value, "en", decimals) == english
    assert formats.number(value, "fa", decimals) == persian


@given(st.integers(-(10**15), 10**15))
def test_persian_number_is_the_same_number(value: int) -> None:
    """The same number stands in both languages, whatever it is."""
    plain = fa_to_en(formats.number(value, "fa")).replace("٬", ",").replace("\u200e", "")
    assert plain == formats.number(value, "en")


@pytest.mark.parametrize(
    ("amount", "currency", "english", "persian"),
    [
        (231000, "EUR", "€2,310.00", "۲٬۳۱۰٫۰۰ یورو"),
        (-50, "EUR", "−€0.50", "\u200e−۰٫۵۰ یورو"),
        (81200, "JPY", "¥81,200", "۸۱٬۲۰۰ ین ژاپن"),
        (12345, "KWD", "KWD\u00a012.345", "۱۲٫۳۴۵ دینار کویت"),
        (None, "EUR", "–", "–"),
    ],
)
def test_money(amount: int | None, currency: str, english: str, persian: str) -> None:
    """An amount has as many decimals as its own currency, not always two."""
    assert formats.money(amount, currency, "en") == english
    assert formats.money(amount, currency, "fa") == persian


@pytest.mark.parametrize(
    ("amount", "english", "persian"),
    [
        (231_000, "€2,310", "۲٬۳۱۰ یورو"),
        (4_100_000, "€41k", "۴۱ هزار یورو"),
        (482_000_000, "€4.82M", "۴٫۸۲ میلیون یورو"),
        (-4_100_000, "−€41k", "\u200e−۴۱ هزار یورو"),
    ],
)
def test_short_money(amount: int, english: str, persian: str) -> None:
    """Where there is little room, money is shown in three digits or so."""
    assert formats.money(amount, "EUR", "en", short=True) == english
    assert formats.money(amount, "EUR", "fa", short=True) == persian


def test_percent_takes_a_share() -> None:
    """A share of one becomes a percentage."""
    assert formats.percent(0.941, "en") == "94.1%"
    assert formats.percent(0.941, "fa") == "۹۴٫۱٪"


def test_days_are_the_workspaces_and_jalali_in_persian() -> None:
    """A moment just before midnight in London is already the next day in Tehran, and that day is Jalali in Persian."""
    late = from_datetime(datetime(2026, 3, 20, 22, 30, tzinfo=UTC))
    assert formats.day(late, "en", "Europe/London") == "20 Mar 2026"
    assert formats.day(late, "en", "Asia/Tehran") == "21 Mar 2026"
    assert formats.day(late, "fa", "Asia/Tehran") == "۱ فروردین ۱۴۰۵"
    assert formats.day_and_time(late, "fa", "Asia/Tehran") == "۱ فروردین ۱۴۰۵، ۰۲:۰۰"
    assert formats.day_and_time(late, "en", "Asia/Tehran") == "21 Mar 2026, 02:00"


@pytest.mark.parametrize(
    ("seconds", "english", "persian"),
    [
        (12, "12 s", "۱۲ ثانیه"),
        (40 * 60, "40 min", "۴۰ دقیقه"),
        (3.5 * 3600, "3.5 h", "۳٫۵ ساعت"),
        (4.1 * 86400, "4.1 days", "۴٫۱ روز"),
        (30 * 86400, "30 days", "۳۰ روز"),
        (None, "–", "–"),
    ],
)
def test_duration(seconds: float | None, english: str, persian: str) -> None:
    """A length of time is told in its largest fitting unit."""
    assert formats.duration(seconds, "en") == english
    assert formats.duration(seconds, "fa") == persian


def test_one_day_is_not_plural() -> None:
    """One of a thing is said as one."""
    assert formats.days(1, "en") == "1 day"
    assert formats.days(1.5, "en") == "1.5 days"
    assert formats.days(1, "fa") == "۱ روز"


def test_ago_looks_both_ways() -> None:
    """What was is ago, what is due is ahead, and what is far away is a day."""
    assert formats.ago(NOON - 10 * SECOND, "en", "UTC", NOON) == "now"
    assert formats.ago(NOON - 3 * DAY, "en", "UTC", NOON) == "3 days ago"
    assert formats.ago(NOON - 3 * DAY - 9 * 3600 * SECOND, "en", "UTC", NOON) == "3 days ago"
    assert formats.ago(NOON + 2400 * SECOND, "en", "UTC", NOON) == "in 40 min"
    assert formats.ago(NOON + 2400 * SECOND, "fa", "UTC", NOON) == "۴۰ دقیقه دیگر"
    assert formats.ago(NOON - 45 * DAY, "en", "UTC", NOON) == "8 Oct 2026"


@given(st.floats(-100, 100, allow_nan=False), st.sampled_from(["en", "fa"]))
def test_a_gap_is_never_told_by_colour_alone(value: float, language: str) -> None:
    """A gap carries a word beside its colour, and the word, the sign and the colour agree."""
    html = str(formats.gap(value, language))
    side = formats.gap_side(value)
    assert f"gap-{side}" in html
    assert translate(language, formats.GAP_WORDS[side]) in html
    assert formats.gap_shade(value).startswith(side)
    if side == "below":
        assert formats.MINUS in html


@pytest.mark.parametrize(
    ("gap", "shade"),
    [
        (-18, "below-3"),
        (-13, "below-2"),
        (-6, "below-1"),
        (1, "even"),
        (9, "above-2"),
        (15, "above-3"),
        (-3, "below-1"),
        (2.9, "even"),
    ],
)
def test_shades_mean_the_same_everywhere(gap: float, shade: str) -> None:
    """The diverging scale has fixed steps."""
    assert formats.gap_shade(gap) == shade


@pytest.mark.parametrize(
    ("name", "letters"), [("Nadia Rahimi", "NR"), ("Cher", "C"), ("نادیا رحیمی", "ن"), ("", "?"), ("— …", "?")]
)
def test_initials(name: str, letters: str) -> None:
    """An avatar shows a letter or two, whatever the name is written in."""
    assert formats.initials(name) == letters
