"""The engine port: questions over the lake, one SQL text in DuckDB's dialect, always about one workspace."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from corridor.ground.problems import Invalid, Unavailable
from corridor.ground.store.database import Database
from corridor.ground.store.lake import Lake, events_schema
from corridor.ground.store.spool import moved, spooled

if TYPE_CHECKING:
    import duckdb
    import pyarrow


class Engine:
    """DuckDB in memory over the lake's Parquet files and the rows that are on their way there; locked down to this workspace."""

    def __init__(self, database: Database, lake: Lake, *, threads: int = 2, memory: str = "1GB") -> None:
        self._database = database
        self._lake = lake
        self._threads = threads
        self._memory = memory
        self._instances: dict[str, duckdb.DuckDBPyConnection] = {}
        self._turn = threading.Lock()

    def ask(
        self,
        workspace_id: str,
        sql: str,
        parameters: dict[str, Any] | None = None,
        *,
        seconds: float = 10.0,
        tables: dict[str, pyarrow.Table] | None = None,
    ) -> pyarrow.Table:
        """Answer a question about one workspace.

        Args:
            workspace_id: whose events the view `events` shows.
            sql: one SELECT in DuckDB's dialect.
            parameters: values for `$name` in it.
            seconds: after this the question is stopped.
            tables: further tables that it may name.

        Raises:
            Invalid: the SQL cannot be answered; the message says where.
            Unavailable: it took longer than `seconds`.
        """
        import duckdb

        cursor = self._instance(workspace_id).cursor()
        timer = threading.Timer(seconds, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            self._show_events(cursor, workspace_id)
            for name, table in (tables or {}).items():
                cursor.register(name, table)
            answer = cursor.sql(sql, params=parameters or {}).to_arrow_table()
        except duckdb.InterruptException as error:
            raise Unavailable(
                f"The question took longer than {seconds:g} seconds. Ask for a shorter period.",
                code="slow_question",
                retry_after=1,
            ) from error
        except duckdb.Error as error:
            raise Invalid(f"The question cannot be answered: {error}", code="bad_question", field="sql") from error
        finally:
            timer.cancel()
            cursor.close()
        found: pyarrow.Table = answer
        return found

    def close(self) -> None:
        """Give the memory back."""
        with self._turn:
            for instance in self._instances.values():
                instance.close()
            self._instances.clear()

    def _instance(self, workspace_id: str) -> duckdb.DuckDBPyConnection:
        import duckdb

        with self._turn:
            instance = self._instances.get(workspace_id)
            if instance is None:
                folder = self._lake.path(workspace_id)
                instance = duckdb.connect(":memory:")
                instance.execute(f"SET threads = {self._threads}")
                instance.execute(f"SET memory_limit = '{self._memory}'")
                instance.execute("SET TimeZone = 'UTC'")
                # What does not fit into memory is put beside the lake, never into the folder that the process was started in.
                spill = str((self._lake.folder / workspace_id / "spill").resolve()).replace("'", "''")
                instance.execute(f"SET temp_directory = '{spill}'")
                instance.execute("SET max_temp_directory_size = '8GB'")
                instance.execute("SET autoinstall_known_extensions = false")
                instance.execute("SET autoload_known_extensions = false")
                quoted = str(folder.resolve()).replace("'", "''")
                instance.execute(f"SET allowed_directories = ['{quoted}']")
                instance.execute("SET enable_external_access = false")
                instance.execute("SET lock_configuration = true")
                self._instances[workspace_id] = instance
            return instance

    def _show_events(self, cursor: duckdb.DuckDBPyConnection, workspace_id: str) -> None:
        """Make the view `events`: the lake, the spooled rows that it lacks, and the roots of nodes that moved."""
        snapshot = self._lake.snapshot(workspace_id)
        with self._database.read() as connection:
            fresh, _ = spooled(connection, workspace_id, snapshot.batch, most=100_000)
            elsewhere = moved(connection, workspace_id)
        parts = []
        if snapshot.files:
            names = ", ".join("'" + name.replace("'", "''") + "'" for name in snapshot.files)
            parts.append(f"SELECT * FROM read_parquet([{names}])")
        if fresh is not None or not parts:
            cursor.register("spooled_events", fresh if fresh is not None else events_schema().empty_table())
            parts.append("SELECT * FROM spooled_events")
        together = " UNION ALL BY NAME ".join(parts)
        if elsewhere.num_rows:
            cursor.register("moved_nodes", elsewhere)
            together = (
                "SELECT e.* REPLACE (coalesce(m.root, e.root) AS root)"
                f" FROM ({together}) AS e LEFT JOIN moved_nodes AS m ON m.node = e.node"
            )
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW events AS {together}")
