"""Everything that the customer's page shows of its own: who, the story, the figures. Other rooms add their panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from corridor import act, collect, identify, listen, remember, understand
from corridor.ground.ui.languages import translate
from corridor.ground.ui.shell import CHANNEL_NAMES
from corridor.ground.vocabulary import SECOND, Microseconds, Workspace, now
from corridor.serve.conversations import conversations_of
from corridor.serve.customer.wording import miss_in_words
from corridor.serve.facts import Conversation

# One row: how often and how much a customer was billed, and when last.
BILLED = text(
    "SELECT count(*) AS times, max(at) AS last FROM revenue "
    "WHERE workspace_id = :workspace AND customer_id = :customer AND kind = 'billed'"
)

# One row a touchpoint: the mean of what the customer expected there and of how it was, the largest shortfall first.
GAPS = text(
    "SELECT touchpoint, avg(expectation) AS expectation, avg(experience) AS experience, count(*) AS n FROM gaps "
    "WHERE workspace_id = :workspace AND customer_id = :customer AND gap IS NOT NULL "
    "GROUP BY touchpoint ORDER BY avg(gap) LIMIT 6"
)

PLACES = ("city", "state", "region", "country")
"""Traits, or parts of the trait `address`, that say where somebody lives; the closest first."""


SHOWN_ELSEWHERE = {"name", "firstName", "lastName", "first_name", "last_name", "email", "phone", "language", "avatar"}
MOST_TRAITS = 14


@dataclass(frozen=True, slots=True)
class Rating:
    """How the customer rated something, last."""

    response: listen.Response
    touchpoint: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The last promise that was broken, and by how much in words."""

    promise: listen.Promise
    touchpoint: str
    miss: str


@dataclass(frozen=True, slots=True)
class GapThere:
    """What the customer expected at a touchpoint and how it was, on the common scale, over `n` ratings."""

    key: str | None
    name: str
    expectation: float
    experience: float
    n: int


@dataclass(frozen=True, slots=True)
class Story:
    """The facts of the customer's story, for sentences. Nothing stands in it that was not recorded."""

    first_channel: str | None
    bought: int
    last_bought: Microseconds | None
    kept: int
    broken: int
    last_broken: Broken | None
    ratings: int
    last_rating: Rating | None
    open_cases: int
    closed_cases: int
    waiting: Conversation | None
    waited: float
    """Seconds for which the customer has been waiting for our answer."""
    usual_channel: str | None
    usual_count: int
    contacts: int


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer as their page shows them."""

    profile: remember.Profile
    account: remember.Account | None
    satisfaction: understand.Satisfaction | None
    story: Story
    gaps: list[GapThere]
    conversations: list[Conversation]
    place: str
    speaks: str
    """The customer's language, named in the reader's."""
    consent: list[tuple[str, bool]]
    known: list[tuple[str, str]]
    """What the customer or a system told of them: name and value of each plain trait."""
    channel_choices: list[tuple[str, str]]
    ways_to_write: list[tuple[str, str]]
    touchpoints: list[tuple[str, str]]
    first_case: act.Case | None

    @property
    def id(self) -> str:
        """The customer's id."""
        return self.profile.id


def view_customer(connection: Connection, workspace: Workspace, language: str, customer_id: str) -> CustomerView | None:
    """Return a customer as their page shows them; None where nobody of this id is here now."""
    profile = remember.profile(connection, workspace.id, customer_id)
    if profile is None:
        return None
    names = {one.key: one.names.get(language, one.name) for one in collect.touchpoints(connection, workspace.id)}
    cases = act.cases_of(connection, workspace.id, customer_id)
    opened = [one for one in cases if one.state != "closed"]
    conversations = conversations_of(connection, workspace.id, customer_id)
    return CustomerView(
        profile=profile,
        account=remember.account(connection, workspace.id, profile.account_id) if profile.account_id else None,
        satisfaction=understand.satisfaction(connection, workspace.id, customer_id),
        story=_story(connection, workspace, language, profile, names, len(opened), len(cases) - len(opened), conversations),
        gaps=[
            GapThere(row.touchpoint, names.get(row.touchpoint or "", ""), row.expectation, row.experience, row.n)
            for row in connection.execute(GAPS, {"workspace": workspace.id, "customer": customer_id})
        ],
        conversations=conversations,
        place=_place(profile.traits),
        speaks=_language_name(profile.language, language),
        consent=consent_in(profile.traits),
        known=_known(profile.traits),
        channel_choices=_choices(sorted(profile.channels, key=lambda channel: -profile.channels[channel]), language),
        ways_to_write=_choices(_ways_to_write(profile, conversations), language),
        touchpoints=sorted(names.items(), key=lambda one: one[1]),
        first_case=min(opened, key=lambda one: one.due_at, default=None),
    )


def current_id(connection: Connection, workspace_id: str, customer_id: str) -> str | None:
    """Return the id under which this customer is known now; another one after a merge, None where there is none."""
    return identify.survivor(connection, workspace_id, customer_id)


def consent_in(traits: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return what the customer agreed to, by purpose, as the trait `consent` says it: {"marketing": false, "service": true}."""
    told = traits.get("consent")
    if not isinstance(told, dict):
        return []
    return [(str(purpose), value) for purpose, value in sorted(told.items()) if isinstance(value, bool)]


def _story(
    connection: Connection,
    workspace: Workspace,
    language: str,
    profile: remember.Profile,
    names: dict[str, str],
    opened: int,
    closed: int,
    conversations: list[Conversation],
) -> Story:
    billed = connection.execute(BILLED, {"workspace": workspace.id, "customer": profile.id}).one()
    promises = listen.promises(connection, workspace.id, customer=profile.id, limit=1000)
    broken = [one for one in promises if one.state == "broken"]
    broken.sort(key=lambda one: one.fulfilled_at or one.due_at or one.at)
    ratings = listen.responses(connection, workspace.id, customer=profile.id, limit=1000)
    waiting = next((one for one in conversations if one.state == "open"), None)
    contacts = sum(profile.channels.values())
    usual = max(profile.channels, key=lambda channel: profile.channels[channel], default=None)
    return Story(
        first_channel=next(iter(profile.channels), None) if len(profile.channels) == 1 else None,
        bought=billed.times,
        last_bought=billed.last,
        kept=sum(one.state == "kept" for one in promises),
        broken=len(broken),
        last_broken=Broken(broken[-1], names.get(broken[-1].touchpoint or "", ""), _miss(broken[-1], workspace, language))
        if broken
        else None,
        ratings=len(ratings),
        last_rating=Rating(ratings[0], names.get(ratings[0].touchpoint or "", "")) if ratings else None,
        open_cases=opened,
        closed_cases=closed,
        waiting=waiting,
        waited=(now() - waiting.waiting_since) / SECOND if waiting and waiting.waiting_since else 0,
        usual_channel=usual,
        usual_count=profile.channels[usual] if usual else 0,
        contacts=contacts,
    )


def _miss(promise: listen.Promise, workspace: Workspace, language: str) -> str:
    return miss_in_words(promise.miss, promise.unit, workspace, language)


def _language_name(spoken: str, language: str) -> str:
    from babel import Locale

    return str(Locale(language).languages.get(spoken[:2].lower(), spoken)) if spoken else ""


def _known(traits: Mapping[str, Any]) -> list[tuple[str, str]]:
    plain = [(name, str(value)) for name, value in sorted(traits.items()) if isinstance(value, str | int | float) and value != ""]
    return [(name, value[:200]) for name, value in plain if name not in SHOWN_ELSEWHERE][:MOST_TRAITS]


def _ways_to_write(profile: remember.Profile, conversations: list[Conversation]) -> list[str]:
    """Return the channels on which somebody can be written to, the one they used last first."""
    kinds = {kind for kind, _value in profile.identifiers}
    used = [one.channel for one in conversations]
    possible = [
        *used,
        *(["email"] if "email" in kinds else []),
        *(["sms", "messaging"] if "phone" in kinds else []),
        *(["chat"] if any(one.audience for one in conversations) else []),
        *(["app"] if "app" in profile.channels else []),
    ]
    return list(dict.fromkeys(possible)) or ["email"]


def _choices(channels: list[str], language: str) -> list[tuple[str, str]]:
    return [(channel, translate(language, CHANNEL_NAMES.get(channel, channel))) for channel in channels]


def _place(traits: Mapping[str, Any]) -> str:
    address = traits.get("address")
    told = {**traits, **address} if isinstance(address, dict) else dict(traits)
    return next((str(told[key]) for key in PLACES if isinstance(told.get(key), str) and told[key]), "")
