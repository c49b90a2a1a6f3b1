"""Workspaces: the separate worlds of one installation. It refuses names that could not stand in an address."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, insert, select, update

from corridor.ground import extensions
from corridor.ground.access.audit import record_action
from corridor.ground.access.facts import Actor
from corridor.ground.access.tables import workspaces as table
from corridor.ground.problems import Conflict, Invalid
from corridor.ground.vocabulary import Workspace, now

MAIN = "main"


def _fact(row: Any) -> Workspace:
    return Workspace(
        id=row.workspace_id, name=row.name, zone=row.zone, currency=row.currency, region=row.region, language=row.language
    )


def workspaces(connection: Connection) -> list[Workspace]:
    """Return all workspaces, by short name."""
    return [_fact(row) for row in connection.execute(select(table).order_by(table.c.workspace_id))]


def find_workspace(connection: Connection, workspace_id: str) -> Workspace | None:
    """Return the workspace of this short name, if there is one."""
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id)).first()
    return _fact(row) if row else None


def ensure_workspace(connection: Connection, workspace_id: str, *, name: str | None = None) -> Workspace:
    """Return the workspace of this short name, made now if it was missing."""
    return find_workspace(connection, workspace_id) or add_workspace(connection, workspace_id, name=name)


def add_workspace(connection: Connection, workspace_id: str, *, name: str | None = None, **details: str) -> Workspace:
    """Make a workspace, and let every room that has a module `new_workspace` give it what it begins with.

    Raises:
        Invalid: the short name or a detail is not usable.
        Conflict: there is one of this short name.
    """
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", workspace_id):
        raise Invalid(
            f"{workspace_id!r} cannot name a workspace: use up to 40 small letters, digits and hyphens, such as `north-shop`.",
            code="bad_workspace_name", field="id",
        )  # fmt: skip
    if find_workspace(connection, workspace_id) is not None:
        raise Conflict(f"There is a workspace {workspace_id!r} already.", code="workspace_exists", field="id")
    workspace = Workspace(id=workspace_id, name=(name or workspace_id.replace("-", " ").capitalize()), **details)
    _check(workspace)
    values = {column: getattr(workspace, column) for column in ("name", "zone", "currency", "region", "language")}
    connection.execute(insert(table).values(workspace_id=workspace_id, created_at=now(), **values))
    for room in extensions.modules("corridor", "new_workspace"):
        room.prepare(connection, workspace_id)
    return workspace


def change_workspace(connection: Connection, workspace: Workspace, by: Actor, **details: str) -> Workspace:
    """Change a workspace's name, zone, currency, region or language.

    Raises:
        Invalid: a detail is not usable; names the field.
    """
    changed = replace(workspace, **details)
    _check(changed)
    before = {name: getattr(workspace, name) for name in details if getattr(workspace, name) != details[name]}
    if before:
        after = {name: details[name] for name in before}
        connection.execute(update(table).where(table.c.workspace_id == workspace.id).values(**after))
        record_action(connection, workspace.id, by, "workspace changed", workspace.id, before=before, after=after)
    return changed


def _check(workspace: Workspace) -> None:
    if not workspace.name.strip() or len(workspace.name) > 100:
        raise Invalid("A workspace's name has 1 to 100 characters.", code="bad_name", field="name")
    try:
        ZoneInfo(workspace.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"{workspace.zone!r} is not a time zone. Use a name such as Europe/Amsterdam or Asia/Tehran.",
            code="bad_zone",
            field="zone",
        ) from None
    if not re.fullmatch(r"[A-Z]{3}", workspace.currency):
        raise Invalid(
            f"{workspace.currency!r} is not a currency. Use three letters such as EUR.", code="bad_currency", field="currency"
        )
    if not re.fullmatch(r"[A-Z]{2}", workspace.region):
        raise Invalid(f"{workspace.region!r} is not a region. Use two letters such as NL.", code="bad_region", field="region")
    if workspace.language not in ("en", "fa"):
        raise Invalid(f"{workspace.language!r} is not a language we speak. Use en or fa.", code="bad_language", field="language")
