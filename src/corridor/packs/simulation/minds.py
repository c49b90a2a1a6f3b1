"""What the hidden people feel and expect: moods, expectations that adapt, satisfaction as the net of good and bad experiences."""

from __future__ import annotations

import numpy as np

from corridor.packs.simulation.dice import Dice
from corridor.packs.simulation.facts import Business, Person
from corridor.packs.simulation.shop import PLACES


class Minds:
    """One row a person; expectations have one column a touchpoint. Everything is on the common scale from 0 to 100."""

    def __init__(self, dice: Dice, people: list[Person], businesses: list[Business]) -> None:
        count = len(people)
        usual = np.array([place.expected for place in PLACES])
        demanding = 5.0 * dice.crowd_bell(count, 1)
        own = 4.0 * dice.crowd_bell(count, len(PLACES))
        self.expectations = np.clip(usual + demanding + own, 20, 98).astype(np.float32)
        self.satisfaction = np.clip(66 + 7.0 * dice.crowd_bell(count), 20, 95)
        self.mood = 4.0 * dice.crowd_bell(count)
        self.care = np.zeros(count)
        """How much better than usual somebody is served, because of the business that they belong to."""
        self.quality = [place.quality for place in PLACES]
        for business in businesses:
            for person in business.people:
                self.care[person.number] = business.care
                self.satisfaction[person.number] += business.care

    def new_day(self, dice: Dice) -> None:
        """Let the moods drift; most of yesterday's is still there."""
        self.mood *= 0.85
        self.mood += 2.1 * dice.crowd_bell(len(self.mood))

    def meet(self, dice: Dice, number: int, place: int, shift: float = 0.0) -> tuple[float, float]:
        """Return what the person expects at a touchpoint now, and what they feel there; `shift` is what went better or worse."""
        expected = self.expectations.item(number, place)
        felt = self.quality[place] + shift + self.mood.item(number) + self.care.item(number) + 6.0 * dice.bell()
        return expected, min(100.0, max(0.0, felt))

    def learn(self, number: int, place: int, expected: float, felt: float, weight: float) -> None:
        """Let an encounter move the person's satisfaction, and a little of what they will expect next time."""
        self.expectations[number, place] = expected + 0.08 * (felt - expected)
        known = self.satisfaction.item(number)
        aim = 65.0 + 0.9 * (felt - expected)
        self.satisfaction[number] = min(98.0, max(2.0, known + 0.2 * weight * (aim - known)))
