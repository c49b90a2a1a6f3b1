"""Brings a data folder's database up to date, by Alembic's migrations; a database that is up to date costs one query."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from corridor.ground.problems import Problem
from corridor.ground.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
ROWS = 1_000_000
"""How many rows of one workspace the planner is told to expect in a table."""


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
    with database.write() as connection:
        tell_planner(connection)


def tell_planner(connection: Connection) -> None:
    """Tell SQLite's planner that a workspace has very many rows and what follows it in an index has few.

    Without figures it takes `workspace_id = ?` to be about as narrow as any look-up, and reads whole tables. The figures are
    written by hand (sqlite.org, "Manual control of query plans using sqlite_stat tables") because an empty table has none.
    """
    connection.exec_driver_sql("ANALYZE")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    rows = []
    for (table,) in tables:
        for _, index, unique, origin, _ in connection.exec_driver_sql(f"PRAGMA index_list('{table}')").fetchall():
            columns = [name for _, _, name in connection.exec_driver_sql(f"PRAGMA index_info('{index}')").fetchall()]
            if columns[0] != "workspace_id":
                continue
            figures = [ROWS, ROWS] + [max(1, ROWS // 10 ** (3 + place)) for place in range(len(columns) - 1)]
            if unique:
                figures[-1] = 1 if len(columns) > 1 else figures[-1]
            # A clustered table's primary key goes by the table's own name here.
            clustered = origin == "pk" and _is_clustered(connection, table)
            rows.append((table, table if clustered else index, " ".join(map(str, figures))))
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)
    connection.exec_driver_sql("ANALYZE sqlite_schema")


def _is_clustered(connection: Connection, table: str) -> bool:
    found = connection.exec_driver_sql(f"PRAGMA table_list('{table}')").fetchone()
    return bool(found and found[4])
