"""Is this installation well? Each check says what it found and, where something is wrong, how to mend it. A room adds its own:

offer(HealthCheck("Touchpoints", function))    # function(store, settings) -> Finding
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from corridor.ground.extensions import every, offer
from corridor.ground.problems import Problem

if TYPE_CHECKING:
    from corridor.ground.settings import Settings
    from corridor.ground.store import Store

LEAST_FREE = 1_000_000_000
"""Bytes that should be free on the data folder's disk; compaction writes new files before it deletes the old."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `mend` tells what to do, where it is not well."""

    well: bool
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A check of a room over an open store."""

    name: str
    function: Callable[[Store, Settings], Finding]


def examine(settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Give every check's name and finding; those that need the data are left out where the folder cannot be opened."""
    yield "Python", _python()
    yield "SQLite", _sqlite()
    yield "Time zones", _time_zones()
    yield "Pages", _pages()
    yield "Data folder", _folder(settings.data)
    store, opened = _open(settings.data)
    yield "Database", opened
    if store is None:
        return
    try:
        for check in every(HealthCheck):
            yield check.name, _careful(check, store, settings)
    finally:
        store.close()


def _careful(check: HealthCheck, store: Store, settings: Settings) -> Finding:
    try:
        return check.function(store, settings)
    except Problem as problem:
        return Finding(False, problem.detail)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= (3, 11), version, "Install Python 3.11 or newer and run `make setup`.")


def _sqlite() -> Finding:
    from pysqlite3 import dbapi2 as sqlite

    from corridor.ground.store.database import check_sqlite

    try:
        check_sqlite()
    except Problem as problem:
        return Finding(False, sqlite.sqlite_version, problem.detail)
    return Finding(True, sqlite.sqlite_version)


def _time_zones() -> Finding:
    try:
        ZoneInfo("Asia/Tehran")
        ZoneInfo("Europe/Amsterdam")
    except ZoneInfoNotFoundError:
        return Finding(False, "no time zone data", "Install the package tzdata that requirements/core.txt pins.")
    return Finding(True, "present")


def _pages() -> Finding:
    from corridor.ground.ui.assets import NotBuilt, asset_file

    try:
        there = asset_file("app.css").is_file()
    except NotBuilt:
        there = False
    return Finding(there, "built" if there else "style sheets and scripts are not built", "Run `make setup`.")


def _folder(folder: Path) -> Finding:
    if not folder.exists():
        return Finding(True, f"{folder} does not exist yet and is made now")
    if not folder.is_dir():
        return Finding(False, f"{folder} is not a folder", "Choose another with --data or CORRIDOR_DATA.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding(False, f"{folder} cannot be written", "Give it to the user that runs Corridor, such as with `chown`.")
    if folder.stat().st_mode & 0o007:
        return Finding(False, f"everybody on this computer can enter {folder}", f"Run `chmod 700 {folder}`.")
    free = shutil.disk_usage(folder).free
    says = f"{folder.resolve()}, {free / 1e9:.1f} GB free"
    return Finding(free >= LEAST_FREE, says, f"Free at least {LEAST_FREE / 1e9:.0f} GB on its disk.")


def _open(folder: Path) -> tuple[Store | None, Finding]:
    from corridor.ground.command_line import open_store
    from corridor.ground.store.migrate import current, newest

    try:
        store = open_store(folder)
        with store.database.read() as connection:
            revision = current(connection)
            damage = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except Problem as problem:
        return None, Finding(False, "cannot be opened", problem.detail)
    if damage != "ok":
        return store, Finding(False, f"the file is damaged: {damage}", "Stop `corridor serve` and restore a backup.")
    return store, Finding(revision == newest(), f"revision {revision}", "Run `corridor migrate`.")


def _people(store: Store, settings: Settings) -> Finding:
    from corridor.ground.access.people import people_of
    from corridor.ground.access.workspaces import workspaces

    with store.database.read() as connection:
        able = [
            person
            for workspace in workspaces(connection)
            for person in people_of(connection, workspace.id)
            if person.disabled_at is None and person.role == "admin"
        ]
    mend = "Run `corridor user add you@example.com --role admin`."
    return Finding(bool(able), f"{len(able)} can administer" if able else "no administrator can sign in", mend)


def _keys(store: Store, settings: Settings) -> Finding:
    from corridor.ground.access.keys import keys_of
    from corridor.ground.access.workspaces import workspaces

    with store.database.read() as connection:
        working = [key for one in workspaces(connection) for key in keys_of(connection, one.id) if key.revoked_at is None]
    writes = sum(key.kind == "write" for key in working)
    return Finding(True, f"{writes} to send events with, {len(working) - writes} for the API")


def _audit(store: Store, settings: Settings) -> Finding:
    from corridor.ground.access.heads import first_break
    from corridor.ground.access.workspaces import workspaces

    with store.database.read() as connection:
        broken = {
            one.id: number for one in workspaces(connection) if (number := first_break(connection, one.id, settings)) is not None
        }
    if broken:
        where = ", ".join(f"{workspace} at record {number}" for workspace, number in broken.items())
        return Finding(
            False,
            f"records were changed or taken away: {where}",
            "Compare with a backup and find out who could write the data folder.",
        )
    return Finding(True, "the chain holds")


offer(HealthCheck("People", _people))
offer(HealthCheck("Keys", _keys))
offer(HealthCheck("Audit", _audit))
