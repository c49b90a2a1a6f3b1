"""The days of the simulated time, one after the other. Run it to get each day's events in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from corridor.packs.simulation.care import Team, help_people, make_team
from corridor.packs.simulation.facts import Plan
from corridor.packs.simulation.ledger import truth
from corridor.packs.simulation.loyalty import may_join_club, may_leave, read_lanterns, renew_clubs, serve_businesses
from corridor.packs.simulation.scribe import Written
from corridor.packs.simulation.shop import MONTHS, WEEKDAYS
from corridor.packs.simulation.visits import visit
from corridor.packs.simulation.world import WEIGHTS, World

REHEARSED = 700
"""Customers in the small run that finds out how often people must come for the wanted number of events."""


class Year:
    """One run of the simulation. `pages()` makes the days; afterwards `truth()` tells what was really so."""

    def __init__(self, plan: Plan) -> None:
        pace, contacts = _rehearse(plan)
        self._begin(plan, pace, contacts)

    @classmethod
    def _at_pace(cls, plan: Plan, pace: tuple[float, float]) -> Year:
        year = cls.__new__(cls)
        year._begin(plan, pace, 0.02 * plan.customers / 100)
        return year

    def _begin(self, plan: Plan, pace: tuple[float, float], contacts_a_day: float) -> None:
        self.plan = plan
        self.world = World(plan)
        self.team: Team = make_team(self.world, contacts_a_day)
        self._sure, self._often = pace
        self._helped = 0

    def pages(self) -> Iterator[list[Written]]:
        """Make the days, one at a time, and yield what happened on each."""
        world, dice, count = self.world, self.world.dice, len(self.world.people)
        joined = np.array([person.joined for person in world.people])
        first = np.maximum(joined, 0)
        known_before = joined < 0
        first[known_before] = (dice.crowd(int(known_before.sum())) * self.plan.days).astype(int)
        comes_at_all = dice.crowd(count) < self._sure
        activity = dice.crowd_gamma(0.7, count)
        gone = np.zeros(count, dtype=bool)
        for day in range(self.plan.days):
            self._remember(day)
            world.minds.new_day(dice)
            season = MONTHS[world.scribe.month(day)] * WEEKDAYS[world.scribe.weekday(day)]
            pull = 2.0 ** ((world.minds.satisfaction - 66) / 20)
            comes = dice.crowd(count) < self._often * season * activity * pull
            comes &= joined <= day
            comes |= comes_at_all & (first == day)
            comes &= ~gone
            for number in np.flatnonzero(comes).tolist():
                person = world.people[number]
                if may_leave(world, person, world.moment_of(day)):
                    gone[number] = True
                    continue
                visit(world, person, day)
                may_join_club(world, person, day)
            renew_clubs(world, day)
            read_lanterns(world, day)
            serve_businesses(world, day)
            self._helped += len(world.contacts[day])
            help_people(world, self.team, day)
            yield world.scribe.open_page(day)

    def truth(self) -> dict[str, Any]:
        """Return what was really so; complete when all pages have been made."""
        world, troubles, scribe = self.world, self.world.troubles, self.world.scribe
        dates = {
            "first_day": scribe.day(0),
            "last_day": scribe.day(self.plan.days - 1),
            "broken_week_from": scribe.day(troubles.broken_from),
            "broken_week_before": scribe.day(troubles.broken_to),
            "action_from": scribe.day(troubles.action_from),
            "holiday_from": scribe.day(troubles.holiday_from),
            "holiday_before": scribe.day(troubles.holiday_to),
        }
        found = truth(self.plan, world.ledger, world.people, world.businesses, world.minds.satisfaction.tolist(), dates)
        found["agents"] = {agent: round(skill, 2) for agent, skill in self.team.skill.items()}
        return found

    def _remember(self, day: int) -> None:
        """Let yesterday's encounters move the minds."""
        if day == 0:
            return
        learn, memories = self.world.minds.learn, self.world.memories
        for memory in memories[day - 1]:
            learn(memory.number, memory.place, memory.expected, memory.felt, WEIGHTS[memory.place])
        memories[day - 1] = []


def _rehearse(plan: Plan) -> tuple[tuple[float, float], float]:
    """Return how often people must come for the wanted number of events, and how many contacts a day that makes.

    The pace has two parts: the share of the people who come at least once, and how often they come besides on an average day.
    """
    size = min(plan.customers, REHEARSED)
    small = replace(plan, customers=size, events=0)
    wanted = plan.events / plan.customers * size
    once, often = 0.0, 1.5 / plan.days
    for sure, extra in ((1.0, 0.0), (1.0, often)):
        year = Year._at_pace(small, (sure, extra))
        made = sum(len(page) for page in year.pages())
        helped = year._helped
        if not extra:
            once = made
            if wanted <= once:
                return (wanted / made, 0.0), helped / size * plan.customers / plan.days * wanted / made
    return (1.0, often * (wanted - once) / max(1, made - once)), helped / size * plan.customers / plan.days * wanted / made
