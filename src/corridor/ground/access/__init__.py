"""Who may come in: workspaces, people, roles, sign-in, keys and the audit. It knows no room, and never keeps a secret as it is."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from corridor.ground.access.audit import record_action
from corridor.ground.access.facts import ROLES, Action, Actor, Caller, Key, Person
from corridor.ground.access.keys import KeyRing, workspace_of_write_key
from corridor.ground.access.people import get_person, people_of
from corridor.ground.access.workspaces import ensure_workspace, find_workspace, workspaces

if TYPE_CHECKING:
    from corridor.ground.access.callers import (
        Administers,
        Configures,
        Requires,
        Sees,
        Works,
        actor,
        find_caller,
        is_same_origin,
        still_in,
    )

__all__ = [
    "ROLES",
    "Action",
    "Actor",
    "Administers",
    "Caller",
    "Configures",
    "Key",
    "KeyRing",
    "Person",
    "Requires",
    "Sees",
    "Works",
    "actor",
    "ensure_workspace",
    "find_caller",
    "find_workspace",
    "get_person",
    "is_same_origin",
    "people_of",
    "record_action",
    "still_in",
    "workspace_of_write_key",
    "workspaces",
]

WEB = frozenset({"Administers", "Configures", "Requires", "Sees", "Works", "actor", "find_caller", "is_same_origin", "still_in"})
"""What only the web asks for: it needs FastAPI, which commands and the line start without."""


def __getattr__(name: str) -> Any:
    if name in WEB:
        return getattr(importlib.import_module("corridor.ground.access.callers"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
