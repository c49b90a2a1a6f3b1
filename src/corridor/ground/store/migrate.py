"""Brings a data folder's database up to date, by Alembic's migrations; a database that is up to date costs one query."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from corridor.ground.problems import Problem
from corridor.ground.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """Return the revision that this code needs: the number that the last file in `migrations/versions` begins with."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current(connection: Connection) -> str | None:
    """Return the database's revision, None where nothing was made yet."""
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").all()
    if not tables:
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def migrate(database: Database) -> None:
    """Run the migrations that the database lacks, each in a transaction of its own.

    Raises:
        Problem: the data were made by a newer version of Corridor.
    """
    with database.read() as connection:
        found = current(connection)
    needed = newest()
    if found == needed:
        return
    if found is not None and found > needed:
        raise Problem(
            f"{database.path} was made by a newer version of Corridor (revision {found}; this one knows {needed}). "
            "Install that version, or restore a backup made by this one.",
            code="data_too_new",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    command.upgrade(config, "head")
