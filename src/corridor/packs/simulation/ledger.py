"""Keeps the truth while the year is made, and hands it out as `truth.json`. Nothing of it reaches the product."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from corridor.packs.simulation.facts import Business, Person, Plan, Troubles
from corridor.packs.simulation.shop import NAME, PLACES

MINUTE_OF_CARE = 0.75
"""What a minute of an agent costs, in euros."""


@dataclass(slots=True)
class Snarl:
    """A planted place in the corridor that costs: who ran into it, how often, and what it came to."""

    kind: str
    where: list[str]
    words: str
    customers: set[int] = field(default_factory=set)
    times: int = 0
    cost: float = 0.0

    def hit(self, person: Person, cost: float) -> None:
        """Count one time that somebody ran into it."""
        self.customers.add(person.number)
        self.times += 1
        self.cost += cost


@dataclass(slots=True)
class Tally:
    """How many times, and how often it went wrong."""

    n: int = 0
    broken: int = 0
    missed_days: list[float] = field(default_factory=list)

    def count(self, broken: bool, missed_days: float = 0.0) -> None:
        """Count one."""
        self.n += 1
        self.broken += broken
        if broken:
            self.missed_days.append(round(missed_days, 3))

    def facts(self) -> dict[str, Any]:
        """Return the share and the median miss."""
        missed = sorted(self.missed_days)
        return {
            "n": self.n,
            "broken": self.broken,
            "broken_share": round(self.broken / self.n, 4) if self.n else None,
            "median_miss_days": missed[len(missed) // 2] if missed else None,
        }


class Ledger:
    """The truth of one simulated year."""

    def __init__(self, troubles: Troubles) -> None:
        self.troubles = troubles
        self.snarls = {
            "wait": Snarl("wait", ["carrier", "delivery"], "Parcels for one region wait between the carrier and the door."),
            "hop": Snarl("hop", ["chat", "email", "phone"], "One question about an address is sent from chat to e-mail to telephone."),
            "loop": Snarl("loop", ["address-form", "basket"], "The address form refuses a house number with a suffix and goes back to the basket."),
            "hold": Snarl("hold", ["phone"], "Calls about a warranty are held and passed on."),
            "dead_end": Snarl("dead_end", ["care-card"], "The code on the box of a rug leads to a page that does not exist."),
        }  # fmt: skip
        self.deliveries: dict[str, Tally] = {name: Tally() for name in ("all", "broken_week", "other_weeks")}
        self.by_city: dict[str, tuple[Tally, Tally]] = {}
        """By city, before and since the action began."""
        self.price = Tally()
        self.callback = Tally()
        self.felt = [[0, 0.0, 0.0] for _ in PLACES]
        """By touchpoint: how many times, the sum of what was expected and of what was felt, whether or not anybody asked."""
        self.days: list[dict[str, float]] = []
        """By day: contacts, agents on duty, load, median minutes of waiting, mean experience."""
        self.revenue = {"orders": 0.0, "invoices": 0.0, "club": 0.0, "refunds": 0.0}
        self.left = 0
        self.holds: list[int] = []

    def live_through(self, place: int, expected: float, felt: float) -> None:
        """Count one encounter at a touchpoint."""
        row = self.felt[place]
        row[0] += 1
        row[1] += expected
        row[2] += felt

    def delivered(self, city: str, promised_day: int, broken_depot: bool, missed_days: float) -> None:
        """Count a delivery promise that was settled."""
        troubles, broken = self.troubles, missed_days > 0
        in_week = broken_depot and troubles.broken_from <= promised_day < troubles.broken_to
        self.deliveries["all"].count(broken, missed_days)
        self.deliveries["broken_week" if in_week else "other_weeks"].count(broken, missed_days)
        before, since = self.by_city.setdefault(city, (Tally(), Tally()))
        (since if promised_day >= troubles.action_from else before).count(broken, missed_days)


def truth(
    plan: Plan, ledger: Ledger, people: list[Person], businesses: list[Business], satisfaction: list[float], dates: dict[str, str]
) -> dict[str, Any]:
    """Return everything that the events only hint at."""
    return {
        "shop": NAME,
        "plan": asdict(plan),
        "dates": dates,
        "troubles": asdict(ledger.troubles),
        "snarls": [
            {"kind": snarl.kind, "where": snarl.where, "words": snarl.words, "customers": len(snarl.customers),
             "times": snarl.times, "cost": round(snarl.cost, 2), "persons": sorted(snarl.customers)}
            for snarl in ledger.snarls.values()
        ],
        "promises": {
            "delivery": {name: tally.facts() for name, tally in ledger.deliveries.items()},
            "delivery_by_city": {
                city: {"before": before.facts(), "since": since.facts()} for city, (before, since) in sorted(ledger.by_city.items())
            },
            "price": ledger.price.facts(),
            "callback": ledger.callback.facts(),
        },
        "touchpoints": {
            place.touchpoint.key: {
                "stage": place.touchpoint.stage, "n": int(n), "quality": place.quality, "expected": place.expected,
                "mean_expectation": round(expected / n, 3) if n else None, "mean_experience": round(felt / n, 3) if n else None,
                "mean_gap": round((felt - expected) / n, 3) if n else None,
            }
            for place, (n, expected, felt) in zip(PLACES, ledger.felt, strict=True)
        },
        "days": ledger.days,
        "revenue": {kind: round(amount, 2) for kind, amount in ledger.revenue.items()},
        "left": ledger.left,
        "businesses": [
            {"key": business.key, "name": business.name, "billed": business.billed / 100, "care": round(business.care, 2),
             "people": [person.number for person in business.people]}
            for business in businesses
        ],
        "persons": [
            {"number": person.number, "name": person.name, "language": person.language, "city": person.city, "generation": person.generation,
             "household": person.household, "business": person.business, "role": person.role,
             "identifiers": sorted(map(list, person.identifiers)), "satisfaction": round(satisfaction[person.number], 2)}
            for person in people
        ],
    }  # fmt: skip
