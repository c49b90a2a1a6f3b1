"""The simulated world of one run: its people, its calendar of things to come, and the small acts that all stories share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corridor.packs.simulation.dice import Dice, steps
from corridor.packs.simulation.facts import DAY, HOUR, Business, Handle, Person, Plan, Troubles
from corridor.packs.simulation.ledger import Ledger
from corridor.packs.simulation.minds import Minds
from corridor.packs.simulation.population import form_businesses, form_households, people
from corridor.packs.simulation.scribe import Scribe, Session, open_session
from corridor.packs.simulation.shop import CITIES, CURRENCY, HOURS_ONLINE, LANTERN, PLACE_OF, PLACES, PRODUCTS
from corridor.packs.simulation.words import Words, words

WEIGHTS = [place.touchpoint.weight for place in PLACES]
_EFFORT_ASKED = {PLACE_OF[key] for key in ("address-form", "chat", "email", "phone", "messaging", "returns", "search")}
_CITY_NAMES = {"en": {city.name: city.name for city in CITIES}, "fa": {city.name: city.persian for city in CITIES}}
_PRODUCT_NAMES = {
    "en": [product.name for product in PRODUCTS],
    "fa": [product.names["fa"] for product in PRODUCTS],
}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody will ask for help: when, about what, on which channel."""

    at: float
    person: Person
    topic: str
    order: str = ""
    product: int = 0
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """An encounter that will have moved somebody's mind by a certain day."""

    number: int
    place: int
    expected: float
    felt: float


class World:
    """Everything that one run needs. The stories (`visits`, `orders`, `care` …) are functions of it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dice = Dice(plan.seed, 1)
        self.troubles = Troubles.within(plan.days)
        self.scribe = Scribe(plan)
        self.ledger = Ledger(self.troubles)
        making = Dice(plan.seed, 2)
        self.people = people(plan, making)
        self.businesses: list[Business] = form_businesses(plan, making, self.people)
        self.business_of = {business.key: business for business in self.businesses}
        self.households = form_households(plan, making, self.people)
        self.minds = Minds(making, self.people, self.businesses)
        self.contacts: list[list[Contact]] = [[] for _ in range(plan.days)]
        self.memories: list[list[Memory]] = [[] for _ in range(plan.days)]
        self.renewals: list[list[Person]] = [[] for _ in range(plan.days)]
        self.lanterns: list[Person] = []
        self.orders = 0
        self.threads = 0
        self.tongues: dict[str, Words] = {language: words(language) for language in ("en", "fa")}
        hours = steps(HOURS_ONLINE)
        self._hours = [next(hour for hour, step in enumerate(hours) if place / 512 < step) for place in range(512)]

    def moment_of(self, day: int) -> float:
        """Throw a moment of a day when people are awake and online."""
        return day * DAY + (self._hours[int(self.dice.share() * 512)] + self.dice.share()) * HOUR

    def at_office(self, day: int, opens: float = 9.0, closes: float = 18.0) -> float:
        """Throw a moment of a day between two hours."""
        return day * DAY + self.dice.between(opens, closes) * HOUR

    def next_order(self) -> str:
        """Return the number of a new order."""
        self.orders += 1
        return f"LL{self.plan.seed % 100:02d}-{self.orders:06d}"

    def next_thread(self) -> str:
        """Return the id of a new conversation or call."""
        self.threads += 1
        return f"t{self.plan.seed}-{self.threads}"

    def will_contact(self, contact: Contact) -> None:
        """Put a contact into the calendar; the agents' load of its day depends on it."""
        day = int(contact.at // DAY)
        if day < self.plan.days:
            self.contacts[day].append(contact)

    def meet(self, at: float, person: Person, key: str, shift: float = 0.0) -> tuple[float, float]:
        """Let a person live through a touchpoint; return what they expected and what they felt."""
        place = PLACE_OF[key]
        expected, felt = self.minds.meet(self.dice, person.number, place, shift)
        if self.scribe.has_happened(at):
            self.ledger.live_through(place, expected, felt)
            self.memories[int(at // DAY)].append(Memory(person.number, place, expected, felt))
        return expected, felt

    def ask(
        self,
        at: float,
        session: Session,
        key: str,
        met: tuple[float, float],
        *,
        chance: float = 0.16,
        soon: bool = False,
        **slots: Any,
    ) -> None:
        """Ask how it was, sometimes what was expected and how easy it was. Who felt strongly answers more often."""
        dice = self.dice
        expected, felt = met
        if not dice.happens(chance + 0.004 * abs(felt - expected)):
            return
        at += 90 if soon else dice.wait(5 * HOUR)
        scribe, place = self.scribe, PLACE_OF[key]
        if dice.happens(0.4):
            stated = {"touchpoint": key, "instrument": "csat", "value": _stars(expected + 3 * dice.bell())}
            scribe.track(at, session, "Expectation Stated", stated)
        rated: dict[str, Any] = {"touchpoint": key, "instrument": "csat", "value": _stars(felt)}
        if dice.happens(0.5):
            text = self.tongues[session.person.language].rate(dice, key, felt, self.slots(session.person, **slots))
            if text:
                rated["text"] = text
        scribe.track(at + 20, session, "Experience Rated", rated)
        if place in _EFFORT_ASKED and dice.happens(0.6):
            ease = min(7, max(1, round(1 + (felt + 6 * dice.bell()) / 100 * 6)))
            scribe.track(at + 40, session, "Effort Rated", {"touchpoint": key, "instrument": "ces", "value": ease})

    def slots(self, person: Person, *, product: int = -1, days: int = 2, minutes: int = 8, order: str = "") -> dict[str, str]:
        """Return what may be filled into this person's phrases."""
        language = person.language
        return {
            "product": _PRODUCT_NAMES[language][person.last_product if product < 0 else product],
            "city": _CITY_NAMES[language][person.city],
            "days": str(days),
            "minutes": str(minutes),
            "order": order or "LL-1",
        }

    def device_session(self, at: float, person: Person, handle: Handle) -> Session:
        """Open a session on one of the person's own devices; signed in where they did so there before."""
        return open_session(self.scribe, at, person, handle, signed_in=person.registered and handle.anonymous_id in person.met)

    def sign_in(self, at: float, session: Session, handle: Handle) -> Session:
        """Let a person say who they are on a device: registered people sign in, guests leave their address."""
        person = session.person
        if handle.anonymous_id in person.met:
            return session
        person.met.add(str(handle.anonymous_id))
        if person.registered:
            session = open_session(self.scribe, at, person, handle, signed_in=True)
        email = person.emails[self.dice.whole(len(person.emails))] if self.dice.happens(0.3) else person.emails[0]
        phone = self.number_of(person) if self.dice.happens(0.6) else ""
        self.introduce(at, session, person.name, email, phone)
        self.join_group(at, session)
        return session

    def number_of(self, person: Person) -> str:
        """Return a telephone number that the person gives, in one of its spellings; sometimes it is that of the whole home."""
        if person.landline and self.dice.happens(0.4):
            return person.landline
        return self.dice.one_of(person.spellings)

    def introduce(self, at: float, session: Session, name: str, email: str = "", phone: str = "") -> None:
        """Write down what a system knows of a person, as it spells it."""
        person = session.person
        traits = {"name": name, "language": person.language, "city": person.city, "region": person.region, "generation": person.generation,
                  "plan": "club" if person.club_since >= 0 and not person.club_ended else "none"}  # fmt: skip
        if email:
            traits["email"] = email
        if phone:
            traits["phone"] = phone
        if person.role:
            traits["role"] = person.role
        self.scribe.identify(at, session, traits)
        if self.scribe.has_happened(at):
            person.identifiers.update((kind, value) for kind, value in (("email", email), ("phone", phone)) if value)

    def join_group(self, at: float, session: Session) -> None:
        """Write down the business or household that the person belongs to, once."""
        person = session.person
        key = person.business or person.household
        if not key or not person.registered or key in person.met:
            return
        person.met.add(key)
        if person.business:
            business = self.business_of[person.business]
            traits = {
                "name": business.name,
                "industry": business.industry,
                "type": "business",
                "employees": 10 + 7 * len(business.people),
            }
        else:
            traits = {"name": f"{person.last} · {person.city}", "type": "household"}
        self.scribe.group(at + 1, session, key, traits)

    def mail_session(self, at: float, person: Person) -> Session:
        """Open the session of somebody who writes an e-mail; the help desk knows them by their address."""
        handle = Handle("helpdesk", "email", f"mail-{person.key}")
        return self._known_by(at, person, handle, email=person.emails[-1])

    def phone_session(self, at: float, person: Person) -> Session:
        """Open the session of somebody who calls, from the shared telephone of the home where there is one."""
        line = person.landline if person.landline and self.dice.happens(0.5) else person.phone
        handle = Handle("telephony", "voice", f"line-{line[1:]}")
        latin = person.latin.replace(".", " ").title()
        return self._known_by(at, person, handle, name=latin, phone=line)

    def message_session(self, at: float, person: Person, channel: str) -> Session:
        """Open the session of somebody who writes in a messaging app or on social media, or gets a text message."""
        handle = Handle("helpdesk" if channel != "sms" else "courier", channel, f"{channel}-{person.key}")
        return self._known_by(at, person, handle, phone=self.dice.one_of(person.spellings) if channel != "social" else "")

    def _known_by(self, at: float, person: Person, handle: Handle, name: str = "", email: str = "", phone: str = "") -> Session:
        session = open_session(self.scribe, at, person, handle, signed_in=False)
        if handle.anonymous_id not in person.met:
            person.met.add(str(handle.anonymous_id))
            self.introduce(at, session, name or person.name, email, phone)
        return session

    def price_of(self, product: int, pieces: int = 1) -> float:
        """Return what so many pieces of a product cost, in euros."""
        return round(PRODUCTS[product].price * pieces, 2)

    def describe(self, product: int, pieces: int = 1) -> dict[str, Any]:
        """Return a product as the Segment spec writes it in an order."""
        thing = PRODUCTS[product]
        return {"product_id": thing.sku, "name": thing.name, "category": thing.category, "price": thing.price, "quantity": pieces}

    def seen(self, product: int) -> dict[str, Any]:
        """Return the properties of an event about one product."""
        thing = PRODUCTS[product]
        return {"product_id": thing.sku, "category": thing.category, "price": thing.price, "currency": CURRENCY}

    def choose_product(self) -> int:
        """Throw the product that somebody looks at: a few are much liked, lanterns most of all."""
        return LANTERN if self.dice.happens(0.12) else self.dice.whole(len(PRODUCTS))


def _stars(common: float) -> int:
    """Return the stars, one to five, that somebody gives for a feeling on the common scale."""
    return min(5, max(1, round(1 + common / 25)))
