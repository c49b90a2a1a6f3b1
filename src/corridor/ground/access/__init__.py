"""Who may come in: workspaces, people, roles, sign-in, keys and the audit. It knows no room, and never keeps a secret as it is."""

from corridor.ground.access.audit import record_action
from corridor.ground.access.callers import Administers, Configures, Requires, Sees, Works, actor, find_caller, is_same_origin
from corridor.ground.access.facts import ROLES, Action, Actor, Caller, Key, Person
from corridor.ground.access.keys import KeyRing, workspace_of_write_key
from corridor.ground.access.people import get_person, people_of
from corridor.ground.access.workspaces import ensure_workspace, find_workspace, workspaces

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
    "workspace_of_write_key",
    "workspaces",
]
