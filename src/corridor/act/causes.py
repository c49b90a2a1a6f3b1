"""The workspace's own list of root causes: why troubles come to be. A cause that is no longer used is retired, so that old cases keep it."""

from __future__ import annotations

import re

from sqlalchemy import Connection, func, insert, select, update

from corridor.act.facts import RootCause
from corridor.act.tables import root_causes as table
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.ui import N_

OTHER = "other"
"""The cause that has to be told in words."""

DEFAULTS = (
    RootCause("promise", N_("We promised what we could not keep")),
    RootCause("process", N_("The process was not followed")),
    RootCause("product", N_("The product or the service failed")),
    RootCause("information", N_("Information was missing or wrong")),
    RootCause("handover", N_("A handover between teams failed")),
    RootCause("partner", N_("A supplier or carrier failed")),
    RootCause("wait", N_("The customer waited too long")),
    RootCause("outside", N_("Nothing that we could have changed")),
    RootCause(OTHER, N_("Something else")),
)
"""The list of a new workspace; translated where it is shown, until somebody writes their own."""


def causes(connection: Connection, workspace_id: str) -> list[RootCause]:
    """Return the list, retired causes too; the defaults where the workspace has none of its own yet."""
    rows = connection.execute(select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.place)).all()
    return [RootCause(row.key, row.name, bool(row.retired)) for row in rows] or list(DEFAULTS)


def add_cause(connection: Connection, workspace_id: str, name: str) -> RootCause:
    """Add a cause to the list.

    Raises:
        Invalid: the name is empty, too long, or on the list already.
    """
    _ensure(connection, workspace_id)
    known = causes(connection, workspace_id)
    _check(name, known)
    made = RootCause(_key(name, {cause.key for cause in known}), name.strip())
    last = connection.execute(select(func.max(table.c.place)).where(table.c.workspace_id == workspace_id)).scalar() or 0
    connection.execute(
        insert(table).values(workspace_id=workspace_id, key=made.key, name=made.name, retired=False, place=last + 1)
    )
    return made


def change_cause(
    connection: Connection, workspace_id: str, key: str, *, name: str | None = None, retired: bool | None = None
) -> RootCause:
    """Give a cause another name, retire it, or bring it back.

    Raises:
        Invalid: the name is empty, too long, or on the list already.
        NotFound: there is no such cause.
    """
    _ensure(connection, workspace_id)
    known = {cause.key: cause for cause in causes(connection, workspace_id)}
    if key not in known:
        raise NotFound("There is no such root cause here. The list is at /cases/causes.")
    before = known.pop(key)
    if name is not None:
        _check(name, list(known.values()))
    if key == OTHER and retired:
        raise Invalid(
            "“Something else” stays on the list: a case must be closable when nothing else fits.",
            code="cause_needed",
            field="retired",
        )
    after = RootCause(key, before.name if name is None else name.strip(), before.retired if retired is None else retired)
    here = (table.c.workspace_id == workspace_id, table.c.key == key)
    connection.execute(update(table).where(*here).values(name=after.name, retired=after.retired))
    return after


def _ensure(connection: Connection, workspace_id: str) -> None:
    if connection.execute(select(table.c.key).where(table.c.workspace_id == workspace_id).limit(1)).first() is None:
        rows = [
            {"workspace_id": workspace_id, "key": cause.key, "name": cause.name, "retired": False, "place": place}
            for place, cause in enumerate(DEFAULTS, start=1)
        ]
        connection.execute(insert(table), rows)


def _check(name: str, others: list[RootCause]) -> None:
    if not name.strip() or len(name.strip()) > 120:
        raise Invalid("A root cause has a name of 1 to 120 characters.", code="bad_name", field="name")
    if name.strip().casefold() in {cause.name.casefold() for cause in others}:
        raise Invalid(f"“{name.strip()}” is on the list already.", code="cause_exists", field="name")


def _key(name: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "cause"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key
