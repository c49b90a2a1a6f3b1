"""Averages, shares and differences carry intervals that agree with the printed tables."""

from __future__ import annotations

import math
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ground.statistics import (
    Sums,
    difference_interval,
    interval,
    mean_interval,
    normal_quantile,
    share_difference_interval,
    share_interval,
    t_quantile,
)

TABLE = {
    (1, 0.95): 12.7062,
    (2, 0.95): 4.3027,
    (3, 0.95): 3.1824,
    (4, 0.95): 2.7764,
    (5, 0.95): 2.5706,
    (9, 0.95): 2.2622,
    (10, 0.95): 2.2281,
    (30, 0.95): 2.0423,
    (120, 0.95): 1.9799,
    (3, 0.99): 5.8409,
    (10, 0.99): 3.1693,
    (5, 0.90): 2.0150,
    (60, 0.90): 1.6706,
}


@pytest.mark.parametrize(("freedom", "confidence"), TABLE)
def test_t_agrees_with_the_table(freedom: int, confidence: float) -> None:
    """Student's t is the one printed in the tables, from one degree of freedom on."""
    assert t_quantile(freedom, confidence) == pytest.approx(TABLE[freedom, confidence], abs=6e-5)


def test_t_becomes_normal() -> None:
    """With very many values t is the normal quantile, 1.96 at 95 %."""
    assert normal_quantile() == pytest.approx(1.959964, abs=1e-6)
    assert t_quantile(1e7) == pytest.approx(1.959964, abs=1e-5)


def test_mean_of_a_known_sample() -> None:
    """The interval of a textbook sample is the one worked out by hand."""
    found = interval([1, 2, 3, 4, 5])
    assert found is not None
    assert (found.mean, found.n) == (3, 5)
    assert found.low == pytest.approx(1.03676, abs=1e-4)
    assert found.high == pytest.approx(4.96324, abs=1e-4)


def test_nothing_has_no_mean_and_one_value_no_interval() -> None:
    """No values give None; a single value is shown with an interval that excludes nothing."""
    assert interval([]) is None
    assert mean_interval(0, 0, 0) is None
    assert share_interval(0, 0) is None
    assert difference_interval(Sums(0, 0, 0), Sums(3, 3, 3)) is None
    single = mean_interval(1, 80, 6400)
    assert single is not None
    assert (single.low, single.high) == (-math.inf, math.inf)
    assert not single.enough


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=60))
def test_sums_and_values_agree(values: list[float]) -> None:
    """The interval from a query's sums is the interval from the values themselves."""
    whole = interval(values)
    summed = mean_interval(len(values), sum(values), sum(value * value for value in values))
    assert whole is not None
    assert summed is not None
    assert summed.mean == pytest.approx(whole.mean, abs=1e-6)
    assert summed.high - summed.low == pytest.approx(whole.high - whole.low, abs=1e-3)
    assert whole.mean == pytest.approx(fmean(values))
    assert whole.low <= whole.mean <= whole.high
    assert (whole.high > whole.low) == (variance(values) > 0) or variance(values) < 1e-12


def test_wilson_of_known_shares() -> None:
    """Wilson's interval for 81 of 263 is 0.2553 to 0.3662 (Newcombe 1998), and stays within 0 and 1."""
    found = share_interval(81, 263)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([0.2553, 0.3662], abs=1e-4)
    nobody = share_interval(0, 10)
    everybody = share_interval(10, 10)
    assert nobody is not None
    assert [nobody.low, nobody.high] == pytest.approx([0, 0.2775], abs=1e-4)
    assert everybody is not None
    assert [everybody.low, everybody.high] == pytest.approx([0.7225, 1], abs=1e-4)


def test_difference_of_two_means() -> None:
    """Welch's interval equals the hand calculation for two small groups of unequal spread."""
    first, second = [20.0, 22.0, 19.0, 20.0, 22.0], [28.0, 27.0, 21.0, 25.0, 31.0]
    found = difference_interval(_sums(first), _sums(second))
    assert found is not None
    assert found.mean == pytest.approx(-5.8)
    half = t_quantile(5.0383) * math.sqrt(variance(first) / 5 + variance(second) / 5)
    assert found.high - found.mean == pytest.approx(half, abs=1e-2)
    assert found.high < 0


def test_difference_of_two_shares() -> None:
    """Newcombe's interval for 56/70 against 48/80 is 0.0524 to 0.3339 (Newcombe 1998)."""
    found = share_difference_interval(56, 70, 48, 80)
    assert found is not None
    assert [found.mean, found.n] == pytest.approx([0.2, 70])
    assert [found.low, found.high] == pytest.approx([0.0524, 0.3339], abs=1e-4)


def _sums(values: list[float]) -> Sums:
    return Sums(len(values), sum(values), sum(value * value for value in values))
