"""Who may come in: people, keys, sessions and the caller that a page or an API operation meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from corridor.ground.vocabulary import Microseconds, Workspace

Language = Literal["en", "fa"]
LANGUAGES: tuple[Language, ...] = ("en", "fa")
THEMES = ("system", "light", "dark")
KEY_KINDS = ("write", "secret")

ROLES = (
    "admin", "executive", "manager", "marketing", "operations", "product", "it", "hr", "account", "agent", "analyst",
)  # fmt: skip
"""What a person is here for. A role decides what they may do; a touchpoint's owner is one of them."""

WORKS = frozenset(ROLES) - {"executive", "analyst"}
CONFIGURES = frozenset({"admin", "manager", "marketing", "operations", "product", "it", "analyst"})
ADMINISTERS = frozenset({"admin", "it"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person with a session, or a program with a secret key, always in one workspace."""

    workspace: Workspace
    id: str
    name: str
    email: str
    role: str
    language: Language
    theme: str
    csrf: str
    by: Literal["session", "key"]

    @property
    def works(self) -> bool:
        """Whether they may work on cases and conversations."""
        return self.role in WORKS

    @property
    def configures(self) -> bool:
        """Whether they may change touchpoints, surveys and rules."""
        return self.role in CONFIGURES

    @property
    def administers(self) -> bool:
        """Whether they may change people, keys and the workspace."""
        return self.role in ADMINISTERS


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in to a workspace."""

    id: str
    email: str
    name: str
    role: str
    language: Language
    theme: str
    created_at: Microseconds
    disabled_at: Microseconds | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a program: `write` keys send events, `secret` keys use the API. The key itself is shown once and never kept."""

    id: str
    kind: str
    name: str
    prefix: str
    role: str
    created_by: str
    created_at: Microseconds
    last_used_at: Microseconds | None
    revoked_at: Microseconds | None


@dataclass(frozen=True, slots=True)
class Action:
    """One privileged action as the audit keeps it; `hash` chains it to the one before."""

    number: int
    at: Microseconds
    by: str
    by_name: str
    action: str
    subject: str
    address: str
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does a privileged thing, and from where: a network address, or `command line`."""

    id: str
    name: str
    address: str
