"""What the simulation is asked for, and the hidden people and places that it makes: the truth that events only hint at."""

from __future__ import annotations

from dataclasses import dataclass, field

HOUR = 3600.0
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a year is to be made. `until` is the moment, in microseconds UTC, after which nothing has happened yet."""

    customers: int
    events: int
    days: int
    seed: int
    until: int
    zone: str = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True)
class Troubles:
    """Days (from the start of the simulated time) of what is planted, and its strength."""

    broken_from: int
    broken_to: int
    broken_depot: str = "Rotterdam"
    broken_share: float = 0.85
    action_from: int = 0
    action_city: str = "Utrecht"
    action_effect: float = 0.6
    """By which share the action lowers missed deliveries in its city."""
    missed_share: float = 0.17
    """How often a parcel comes while nobody is at home, and so a day late."""
    slow_region: str = "Limburg"
    slow_days: float = 2.6
    """How much longer a parcel of the slow region takes from the carrier to the door."""
    holiday_from: int = 0
    holiday_to: int = 0

    @classmethod
    def within(cls, days: int) -> Troubles:
        """Place the planted troubles in a time of this many days."""
        broken = int(days * 0.78)
        holiday = int(days * 0.52)
        return cls(
            broken_from=broken,
            broken_to=broken + max(2, min(7, days // 8)),
            action_from=int(days * 0.62),
            holiday_from=holiday,
            holiday_to=holiday + max(2, min(14, days // 10)),
        )


@dataclass(frozen=True, slots=True)
class Handle:
    """What one system knows a person by: a device, an account, a mail address, a telephone line."""

    source: str
    channel: str
    anonymous_id: str | None = None
    user_id: str | None = None
    traits: dict[str, str] = field(default_factory=dict)
    """What the system says of the person when it first meets them."""


@dataclass(slots=True)
class Person:
    """One hidden human being with everything that the shop's systems only see pieces of."""

    number: int
    key: str
    language: str
    first: str
    last: str
    latin: str
    """The name in Latin letters, as it stands in mail addresses."""
    city: str
    region: str
    depot: str
    generation: str
    joined: int
    registered: bool
    user_id: str
    emails: list[str]
    phone: str
    spellings: list[str]
    """The ways in which the phone number is written."""
    devices: list[Handle]
    helps: list[float]
    """Cumulative preference for the channels of help."""
    purse: float
    household: str = ""
    business: str = ""
    role: str = ""
    landline: str = ""
    suffixed: bool = False
    """Whether the house number has a suffix, which the address form does not take."""
    lantern: str = ""
    """The id of the smart lantern that stands in the home."""
    club_since: int = -1
    club_ended: bool = False
    left: bool = False
    met: set[str] = field(default_factory=set)
    """The handles that have introduced themselves already."""
    identifiers: set[tuple[str, str]] = field(default_factory=set)
    orders: int = 0
    last_product: int = 0

    @property
    def name(self) -> str:
        """The name as the person writes it."""
        return f"{self.first} {self.last}"


@dataclass(slots=True)
class Business:
    """A business customer: its people, and what it is worth and how it is treated."""

    key: str
    name: str
    industry: str
    size: float
    """Median amount of one order, in euros."""
    care: float
    """How much better (or worse) than the shop's usual it is served, on the common scale."""
    people: list[Person] = field(default_factory=list)
    billed: int = 0
    review_on: int = 0

    def with_role(self, role: str) -> list[Person]:
        """Return its people of this role; all where there is none."""
        return [person for person in self.people if person.role == role] or self.people


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that the shop sells."""

    sku: str
    category: str
    name: str
    names: dict[str, str]
    price: float
    slow: bool = False
    """Made to order: the promise is a week longer."""


@dataclass(frozen=True, slots=True)
class City:
    """A place where customers live, with the share of them, and the depot that serves it."""

    name: str
    persian: str
    region: str
    depot: str
    share: float
    store: bool
