"""Chance, reproducible from a seed and quick enough to be thrown for every event. It knows nothing of what is decided by it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Thing = TypeVar("Thing")

BLOCK = 8192


class Dice:
    """Random numbers drawn in blocks from a NumPy generator: one at a time for stories, as arrays for crowds."""

    def __init__(self, seed: int, *purpose: int) -> None:
        self._singles, self._curves, self._crowd = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence([seed, *purpose]).spawn(3)
        )
        uniform: Iterator[float] = chain.from_iterable(self._singles.random(BLOCK).tolist() for _ in repeat(None))
        normal: Iterator[float] = chain.from_iterable(self._curves.standard_normal(BLOCK).tolist() for _ in repeat(None))
        self.share = uniform.__next__
        """Throw a number from 0 up to, not including, 1."""
        self.bell = normal.__next__
        """Throw a number from the standard normal curve."""

    def happens(self, probability: float) -> bool:
        """Say whether something of this probability happens."""
        return self.share() < probability

    def between(self, low: float, high: float) -> float:
        """Throw a number between two bounds, all as likely."""
        return low + (high - low) * self.share()

    def whole(self, below: int) -> int:
        """Throw a whole number from 0 up to, not including, `below`."""
        return int(self.share() * below)

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """Pick one of the things, all as likely."""
        return things[int(self.share() * len(things))]

    def by_weight(self, things: Sequence[Thing], steps: Sequence[float]) -> Thing:
        """Pick one of the things by cumulative weights that end at 1."""
        thrown = self.share()
        for thing, step in zip(things, steps, strict=True):
            if thrown < step:
                return thing
        return things[-1]

    def around(self, middle: float, spread: float) -> float:
        """Throw a positive number whose logarithm is normal: `middle` is its median, `spread` that of the logarithm."""
        return middle * math.exp(spread * self.bell())

    def wait(self, mean: float) -> float:
        """Throw the time until something that happens once in `mean` on average."""
        return -mean * math.log(1.0 - self.share())

    def crowd(self, size: int) -> NDArray[np.float64]:
        """Throw `size` numbers from 0 up to, not including, 1."""
        return self._crowd.random(size)

    def crowd_bell(self, *shape: int) -> NDArray[np.float64]:
        """Throw an array from the standard normal curve."""
        return self._crowd.standard_normal(shape)

    def crowd_gamma(self, shape: float, size: int) -> NDArray[np.float64]:
        """Throw `size` positive numbers of mean 1 from a gamma curve: the smaller `shape`, the more unequal."""
        return self._crowd.gamma(shape, 1 / shape, size)


def steps(weights: Sequence[float]) -> list[float]:
    """Return the cumulative weights, scaled so that they end at 1."""
    total: Any = np.cumsum(np.asarray(weights, dtype=np.float64))
    return list(map(float, total / total[-1]))
