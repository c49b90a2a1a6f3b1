"""A data folder opens whatever version made it, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from corridor.app import parts
from corridor.ground.problems import Problem
from corridor.ground.store import Store, metadata
from corridor.ground.store.database import Database
from corridor.ground.store.migrate import migrate, newest


def test_the_migrations_make_exactly_the_tables_that_the_rooms_define(tmp_path: Path) -> None:
    """A table or column that a room adds needs a migration, which this names."""
    parts("tables")
    database = Database(tmp_path / "corridor.db")
    migrate(database)
    with database.write() as connection:
        context = MigrationContext.configure(connection)
        missing = [change for change in compare_metadata(context, metadata) if "sqlite_stat" not in str(change)]
    database.close()
    assert not missing, f"write a migration for: {missing}"


def test_a_folder_made_by_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Older code does not touch what newer code made; it says which revision it found."""
    Store.open(tmp_path).close()
    database = Database(tmp_path / "corridor.db")
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Problem, match="newer version.*9999.*" + newest()):
        migrate(database)
    database.close()


def test_questions_are_answered_by_index_however_large_a_workspace_is(tmp_path: Path) -> None:
    """The planner is told that a workspace has many rows, so it looks up by what follows the workspace in a key."""
    store = Store.open(tmp_path)
    with store.database.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM nodes WHERE workspace_id = ? AND customer_id IN (SELECT value FROM json_each(?))",
            ("main", "[]"),
        ).fetchall()
    store.close()
    assert "customer_id=?" in plan[0][3]
