"""Makes the hidden people of the shop from a seed: who they are, what they are called in which system, whom they belong to."""

from __future__ import annotations

from corridor.packs.simulation.dice import Dice, steps
from corridor.packs.simulation.facts import Business, Handle, Person, Plan
from corridor.packs.simulation.shop import CITIES, GENERATIONS, INDUSTRIES
from corridor.packs.simulation.words import Words, words

PERSIAN_SHARE = 0.28
BUSINESS_PEOPLE = 0.07
"""Share of the people who buy for a business."""
HOUSEHOLD_PEOPLE = 0.24
KNOWN_BEFORE = 0.55
"""Share of the people who were customers before the simulated time began."""

_MAIL_HOUSES = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
_BUSINESS_NAMES = (
    "Harbour",
    "Linden",
    "Old Mill",
    "North Star",
    "Silver Birch",
    "Canal",
    "Blue Door",
    "Weaver",
    "Lighthouse",
    "Orchard",
)
_BUSINESS_KINDS = {
    "hotels": ("Hotels", "Inns", "Guest Houses"),
    "cafés": ("Cafés", "Tea Rooms", "Bistros"),
    "theatres": ("Theatre", "Playhouse"),
    "offices": ("Offices", "Workspaces"),
    "schools": ("School", "Academy"),
    "clinics": ("Clinic", "Care Centre"),
}
_HELP_WEIGHTS = {
    "1928-1945": (0.05, 0.20, 0.70, 0.03, 0.02),
    "1946-1964": (0.15, 0.30, 0.45, 0.08, 0.02),
    "1965-1980": (0.30, 0.27, 0.22, 0.16, 0.05),
    "1981-1996": (0.38, 0.14, 0.10, 0.28, 0.10),
    "1997-2012": (0.32, 0.06, 0.04, 0.40, 0.18),
}


def people(plan: Plan, dice: Dice) -> list[Person]:
    """Make the people, without their businesses and households."""
    city_steps = steps([city.share for city in CITIES])
    generation_steps = steps([share for _, share in GENERATIONS])
    generations = [name for name, _ in GENERATIONS]
    helps = {generation: steps(weights) for generation, weights in _HELP_WEIGHTS.items()}
    tongues = {language: words(language) for language in ("en", "fa")}
    return [
        _person(plan, dice, number, tongues, city_steps, generation_steps, generations, helps) for number in range(plan.customers)
    ]


def _person(
    plan: Plan,
    dice: Dice,
    number: int,
    tongues: dict[str, Words],
    city_steps: list[float],
    generation_steps: list[float],
    generations: list[str],
    helps: dict[str, list[float]],
) -> Person:
    tongue = tongues["fa" if dice.happens(PERSIAN_SHARE) else "en"]
    first, last = dice.one_of(tongue.first), dice.one_of(tongue.last)
    latin = f"{tongue.latin[first]}.{tongue.latin[last]}"
    city = dice.by_weight(CITIES, city_steps)
    generation = dice.by_weight(generations, generation_steps)
    key = f"{plan.seed}-{number}"
    phone = f"+31970{90_000_000 - number % 80_000_000:08d}"
    joined = -1 if dice.happens(KNOWN_BEFORE) else dice.whole(plan.days)
    return Person(
        number=number,
        key=key,
        language=tongue.language,
        first=first,
        last=last,
        latin=latin,
        city=city.name,
        region=city.region,
        depot=city.depot,
        generation=generation,
        joined=joined,
        registered=dice.happens(0.78),
        user_id=f"c{plan.seed}-{number:06d}",
        emails=_addresses(dice, latin, number),
        phone=phone,
        spellings=_spellings(phone),
        devices=_devices(dice, key, generation),
        helps=helps[generation],
        purse=dice.around(1.0, 0.45),
        suffixed=dice.happens(0.09),
        club_since=-1,
    )


def _addresses(dice: Dice, latin: str, number: int) -> list[str]:
    """A person's mail addresses: the first is the main one; some people write it in more than one way, some have two."""
    house = dice.one_of(_MAIL_HOUSES)
    first, _, last = latin.partition(".")
    main = f"{latin}{number}@{house}"
    found = [main]
    if dice.happens(0.30):
        found.append(f"{first.title()}.{last.title()}{number}@{house.upper() if dice.happens(0.3) else house}")
    if dice.happens(0.12):
        found.append(f"{first[0]}{last}{number}@{dice.one_of(_MAIL_HOUSES)}")
    return found


def _spellings(phone: str) -> list[str]:
    digits = phone[3:]
    return [phone, f"0{digits[:3]} {digits[3:7]} {digits[7:]}", f"0031 {digits[:3]} {digits[3:]}"]


def _devices(dice: Dice, key: str, generation: str) -> list[Handle]:
    """One to four devices; the first is the one that is used most. Apps stand on phones of the younger more often."""
    young = generation in ("1981-1996", "1997-2012")
    app = dice.happens(0.55 if young else 0.22)
    browsers = 1 + dice.happens(0.45) + dice.happens(0.15)
    devices = [Handle("website", "web", f"web-{key}-{place}") for place in range(browsers)]
    if app:
        devices.insert(0 if dice.happens(0.6) else 1, Handle("app", "app", f"app-{key}"))
    return devices


def form_households(plan: Plan, dice: Dice, crowd: list[Person]) -> int:
    """Put some of the people into households of two to four that share a home, a name and sometimes a telephone; return how many."""
    single = [person for person in crowd if not person.business]
    wanted = int(len(crowd) * HOUSEHOLD_PEOPLE)
    place = made = 0
    while place < min(wanted, len(single) - 4):
        size = 2 + dice.happens(0.45) + dice.happens(0.3)
        members = single[place : place + size]
        head = members[0]
        landline = f"+31970{10_000_000 + made % 70_000_000:08d}" if dice.happens(0.5) else ""
        for member in members:
            member.household = f"household-{plan.seed}-{made}"
            member.landline = landline
            member.city, member.region, member.depot = head.city, head.region, head.depot
            if member.language == head.language:
                member.last = head.last
        place += size
        made += 1
    return made


def form_businesses(plan: Plan, dice: Dice, crowd: list[Person]) -> list[Business]:
    """Put some of the people, as buyers, users and managers, into businesses of very different worth and treatment."""
    wanted = int(len(crowd) * BUSINESS_PEOPLE)
    if wanted < 3:
        return []
    made: list[Business] = []
    place = len(crowd) - wanted
    while place < len(crowd):
        industry = INDUSTRIES[len(made) % len(INDUSTRIES)]
        # Worth and treatment are thrown apart, so that all four quadrants of the portfolio have somebody in them.
        business = Business(
            key=f"business-{plan.seed}-{len(made)}",
            name=f"{_BUSINESS_NAMES[len(made) % 10]} {dice.one_of(_BUSINESS_KINDS[industry])} {len(made) // 10 + 1}",
            industry=industry,
            size=dice.around(1_600.0, 1.25),
            care=11.0 * dice.bell(),
            review_on=dice.whole(90),
        )
        for person in crowd[place : place + 4 + dice.whole(8)]:
            person.business = business.key
            person.registered = True
            person.role = ("manager", "buyer", "user", "user", "buyer", "user")[len(business.people) % 6]
            business.people.append(person)
        place += len(business.people)
        made.append(business)
    return made
