"""What rooms hang into the shell: entries of the rail, panels, search, choices of a filter; and the words that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from corridor.ground.extensions import every
from corridor.ground.ui.languages import N_

if TYPE_CHECKING:
    from corridor.ground.access.facts import Caller

RAIL = (
    ("home", "collect", "identify", "remember"),
    ("listen", "understand"),
    ("act",),
    ("serve",),
    ("measure",),
    ("settings", "ground", "access"),
)
"""The rail's groups in the order of the line, each with the rooms whose entries it shows."""

CHANNEL_NAMES = {
    "web": N_("Web"),
    "app": N_("App"),
    "email": N_("E-mail"),
    "chat": N_("Chat"),
    "sms": N_("SMS"),
    "messaging": N_("Messaging"),
    "voice": N_("Phone"),
    "video": N_("Video"),
    "social": N_("Social media"),
    "store": N_("Store"),
    "print": N_("Print"),
    "device": N_("Device"),
}

STAGE_NAMES = {
    "discover": N_("Discover"),
    "choose": N_("Choose"),
    "buy": N_("Buy"),
    "receive": N_("Receive"),
    "use": N_("Use"),
    "get help": N_("Get help"),
    "renew": N_("Renew"),
    "leave": N_("Leave"),
}

ROLE_NAMES = {
    "admin": N_("Administrator"),
    "executive": N_("Executive"),
    "manager": N_("Experience manager"),
    "marketing": N_("Marketing"),
    "operations": N_("Operations"),
    "product": N_("Product"),
    "it": N_("IT"),
    "hr": N_("Human resources"),
    "account": N_("Account manager"),
    "agent": N_("Agent"),
    "analyst": N_("Analyst"),
}

SOURCE_NAMES = {
    "stated": N_("stated"),
    "promised": N_("promised"),
    "history": N_("from own history"),
    "market": N_("market norm"),
}
"""Where an expectation comes from, as a reader says it."""

LABELS: dict[str, dict[str, str]] = {
    "channel": CHANNEL_NAMES,
    "stage": STAGE_NAMES,
    "role": ROLE_NAMES,
    "source": SOURCE_NAMES,
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the rail. `room` chooses its group, `roles` who sees it (everybody if empty), `count` a number beside it."""

    label: str
    path: str
    room: str
    order: int = 50
    roles: frozenset[str] = frozenset()
    count: Callable[[Any, Any], int | None] | None = None
    """Called with the caller and the store."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Something that a later room shows on the page of an earlier one, at a named place such as `customer`.

    `render` is called with the request, the caller, the store and the id of the subject, and returns HTML ("" for nothing).
    """

    place: str
    title: str
    render: Callable[[Request, Any, Any, str], str]
    order: int = 50


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing that was found, with the page that shows it."""

    title: str
    detail: str
    href: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A room's answer to the global search. `find` is called with the caller, the store and the words, best hit first."""

    label: str
    find: Callable[[Any, Any, str], Sequence[SearchHit]]
    order: int = 50


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """The values to choose from in a filter of the top bar: `segment` or `channel`, as (value, label) pairs, from caller and store."""

    name: str
    find: Callable[[Any, Any], Sequence[tuple[str, str]]]


def rail(caller: Caller) -> list[list[NavItem]]:
    """Return the groups of entries that this caller sees, in order."""
    seen = [item for item in every(NavItem) if not item.roles or caller.role in item.roles]
    groups: list[list[NavItem]] = [[] for _ in RAIL]
    for item in sorted(seen, key=lambda item: (item.order, item.label)):
        groups[_group(item)].append(item)
    # Home is the first thing, whichever room makes it.
    groups[0].sort(key=lambda item: item.path != "/")
    return [group for group in groups if group]


def _group(item: NavItem) -> int:
    if item.path == "/":
        return 0
    places = [place for place, rooms in enumerate(RAIL) if item.room.split("/")[0] in rooms]
    return places[0] if places else len(RAIL) - 1


def current_path(caller: Caller, path: str) -> str:
    """Return the path of the rail's entry that a page belongs to: the longest that the page's path begins with."""
    paths = [item.path for group in rail(caller) for item in group]
    fitting = [entry for entry in paths if path == entry or path.startswith(entry.rstrip("/") + "/")]
    return max((entry for entry in fitting if entry != "/" or path == "/"), key=len, default="")


def panels_at(place: str) -> list[Panel]:
    """Return the panels offered for a place, in order."""
    return sorted(
        (panel for panel in every(Panel) if panel.place == place),
        key=lambda panel: (panel.order, panel.title),
    )


def search_sources() -> list[SearchSource]:
    """Return whoever answers the global search, in order."""
    return sorted(every(SearchSource), key=lambda source: (source.order, source.label))


def filter_choices(name: str, caller: Any, store: Any) -> list[tuple[str, str]]:
    """Return the values to choose from in a filter, as (value, label)."""
    return [choice for choices in every(FilterChoices) if choices.name == name for choice in choices.find(caller, store)]
