"""Averages and shares with the interval that belongs to them. Pure functions; it refuses to say more than the numbers carry."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

TOO_FEW = 5
"""With fewer values than this an average says nothing and gives people away: show "too few to show" instead."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, share or difference with its confidence interval from `low` to `high`, and the number of values behind it."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def enough(self) -> bool:
        """Are there enough values to show the mean to anyone?"""
        return self.n >= TOO_FEW


class Sums(NamedTuple):
    """What a query returns about a column: `count(x)`, `sum(x)`, `sum(x * x)`."""

    n: int
    sum: float
    sum_of_squares: float

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return self.sum / self.n

    @property
    def variance(self) -> float:
        """The unbiased variance; 0 for a single value, and never below 0 by rounding."""
        if self.n < 2:
            return 0.0
        return max(0.0, (self.sum_of_squares - self.sum * self.sum / self.n) / (self.n - 1))


def interval(values: Iterable[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Return the mean of the values with its t interval, or None without a value."""
    known = list(values)
    if not known:
        return None
    centre = math.fsum(known) / len(known)
    squares = math.fsum((value - centre) ** 2 for value in known)
    variance = squares / (len(known) - 1) if len(known) > 1 else 0.0
    return _around(centre, variance, len(known), confidence)


def mean_interval(n: int, sum: float, sum_of_squares: float, confidence: float = CONFIDENCE) -> Interval | None:
    """Return the mean and its t interval from what a query returned, or None without a value.

    A single value has no spread: its interval is unbounded, from minus to plus infinity.
    """
    if not n:
        return None
    sums = Sums(n, sum or 0.0, sum_of_squares or 0.0)
    return _around(sums.mean, sums.variance, n, confidence)


def share_interval(hits: int, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Return the share `hits / n` (0 to 1) with its Wilson interval, or None without a case."""
    if not n:
        return None
    z = normal_quantile(confidence)
    share = hits / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(
        share,
        min(share, max(0.0, centre - half)),
        max(share, min(1.0, centre + half)),
        n,
    )


def difference_interval(first: Sums, second: Sums, confidence: float = CONFIDENCE) -> Interval | None:
    """Return `first - second` of two independent means with Welch's t interval; n is the smaller group's. None if one is empty."""
    if not first.n or not second.n:
        return None
    difference = first.mean - second.mean
    n = min(first.n, second.n)
    if n < 2:
        return Interval(difference, -math.inf, math.inf, n)
    parts = (first.variance / first.n, second.variance / second.n)
    error = sum(parts)
    if error == 0:
        return Interval(difference, difference, difference, n)
    freedom = error**2 / (parts[0] ** 2 / (first.n - 1) + parts[1] ** 2 / (second.n - 1))
    half = t_quantile(freedom, confidence) * math.sqrt(error)
    return Interval(difference, difference - half, difference + half, n)


def share_difference_interval(
    hits: int, n: int, other_hits: int, other_n: int, confidence: float = CONFIDENCE
) -> Interval | None:
    """Return `hits / n - other_hits / other_n` with Newcombe's interval from the two Wilson intervals. None if one is empty."""
    first = share_interval(hits, n, confidence)
    second = share_interval(other_hits, other_n, confidence)
    if first is None or second is None:
        return None
    difference = first.mean - second.mean
    below = math.hypot(first.mean - first.low, second.high - second.mean)
    above = math.hypot(first.high - first.mean, second.mean - second.low)
    return Interval(difference, difference - below, difference + above, min(n, other_n))


def normal_quantile(confidence: float = CONFIDENCE) -> float:
    """Return z such that a normal value lies within -z and z with this probability."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def t_quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return t such that a Student t value lies within -t and t with this probability.

    Exact for 1 and 2 degrees of freedom; else G. W. Hill's algorithm 396 (Communications of the ACM, 1970), good to six digits.
    """
    outside = 1 - confidence
    if freedom <= 1:
        return math.cos(outside * math.pi / 2) / math.sin(outside * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (outside * (2 - outside)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y = (d * outside) ** (2 / freedom)
    if y > 0.05 + a:
        x = -normal_quantile(confidence)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        tail = 1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3)
        y = ((tail + 0.5 / (freedom + 4)) * y - 1) * (freedom + 1) / (freedom + 2) + 1 / y
    return math.sqrt(freedom * y)


def _around(mean: float, variance: float, n: int, confidence: float) -> Interval:
    if n < 2:
        return Interval(mean, -math.inf, math.inf, n)
    half = t_quantile(n - 1, confidence) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)
