"""The workspace's touchpoints, as people with the right role change them. What is kept is collect's; here it is checked and told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from corridor import collect
from corridor.ground.access import ROLES, Actor, record_action
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.ui.languages import N_
from corridor.ground.vocabulary import Touchpoint


def find_touchpoint(connection: Connection, workspace_id: str, key: str) -> Touchpoint:
    """Return the touchpoint of this key.

    Raises:
        NotFound: there is none in this workspace.
    """
    for touchpoint in collect.touchpoints(connection, workspace_id):
        if touchpoint.key == key:
            return touchpoint
    raise NotFound("There is no such touchpoint.")


def change_touchpoint(connection: Connection, workspace_id: str, touchpoint: Touchpoint, by: Actor) -> None:
    """Add a touchpoint, or change the one of its key, and write down who did it.

    Raises:
        Invalid: names the field that is wrong.
    """
    if touchpoint.owner not in ROLES:
        raise Invalid(f"'{touchpoint.owner[:40]}' is not a role. Choose one of: {', '.join(ROLES)}.", field="owner")
    if touchpoint.target is not None and not 0 <= touchpoint.target <= 100:
        raise Invalid(N_("The target stands on the common scale from 0 to 100."), field="target")
    if not 0 <= touchpoint.weight <= 1_000:
        raise Invalid(N_("The weight is a number from 0 to 1,000."), field="weight")
    before = next((one for one in collect.touchpoints(connection, workspace_id) if one.key == touchpoint.key), None)
    collect.save_touchpoint(connection, workspace_id, touchpoint)
    told = _told(before) if before else None
    record_action(connection, workspace_id, by, "touchpoint.saved", touchpoint.key, before=told, after=_told(touchpoint))


def remove_touchpoint(connection: Connection, workspace_id: str, key: str, by: Actor) -> None:
    """Remove a touchpoint, and write down who did it; what happened there keeps its key.

    Raises:
        NotFound: there is none in this workspace.
    """
    before = find_touchpoint(connection, workspace_id, key)
    collect.forget_touchpoint(connection, workspace_id, key)
    record_action(connection, workspace_id, by, "touchpoint.removed", key, before=_told(before))


def shift_touchpoint(connection: Connection, workspace_id: str, key: str, by: Actor, *, later: bool) -> None:
    """Change places with the touchpoint before or after it at the same stage; at the end of a stage nothing changes.

    Raises:
        NotFound: there is none in this workspace.
    """
    known = collect.touchpoints(connection, workspace_id)
    find_touchpoint(connection, workspace_id, key)
    here = next(place for place, touchpoint in enumerate(known) if touchpoint.key == key)
    there = here + (1 if later else -1)
    if not 0 <= there < len(known) or known[there].stage != known[here].stage:
        return
    known[here], known[there] = known[there], known[here]
    # Places are given in the order of saving.
    for touchpoint in known:
        collect.forget_touchpoint(connection, workspace_id, touchpoint.key)
    for touchpoint in known:
        collect.save_touchpoint(connection, workspace_id, touchpoint)
    record_action(connection, workspace_id, by, "touchpoint.moved", key, after={"place": there})


def _told(touchpoint: Touchpoint) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(touchpoint).items()}
