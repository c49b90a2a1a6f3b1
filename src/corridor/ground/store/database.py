"""The database port: what rooms write. `read()` and `write()` are the two verbs, on SQLite here; every table carries its workspace."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, create_engine, event
from sqlalchemy.exc import OperationalError

from corridor.ground.problems import NoSpace, Problem, Unavailable

OLDEST_SAFE_SQLITE = (3, 51, 3)
"""Older versions can corrupt a WAL database when two connections write and checkpoint at once (SQLite's WAL-reset bug)."""

metadata = MetaData()
"""Every room's tables; migrations are made from it."""


def workspace_table(name: str, *columns: Any, follows_customer: bool = False, clustered: bool = True) -> Table:
    """Define a table of a room; the column `workspace_id` comes first and is the first part of its primary key.

    A table that `follows_customer` has the columns `node_id` and `customer_id`: a fact points at the node, and its customer is
    set anew by identify when nodes move in a merge or its undoing. A table is `clustered` by its primary key (one look-up less)
    unless its rows are large.
    """
    info = {"follows_customer": follows_customer}
    first = Column("workspace_id", Text, primary_key=True)
    return Table(name, metadata, first, *columns, info=info, sqlite_with_rowid=not clustered)


def insert_many(connection: Connection, table: Table, rows: list[dict[str, Any]], conflict: str = "ABORT") -> None:
    """Insert many rows of the same columns, several times as fast as SQLAlchemy's own way, which prepares each row in Python.

    Args:
        connection: a writing connection.
        table: where to.
        rows: column names and values; all have the names of the first.
        conflict: what a row with a known key does: ABORT, IGNORE or REPLACE.
    """
    if not rows:
        return
    names = list(rows[0])
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    take = itemgetter(*names)
    connection.exec_driver_sql(
        f'INSERT OR {conflict} INTO "{table.name}" ({quoted}) VALUES ({marks})',
        [take(row) for row in rows] if len(names) > 1 else [(take(row),) for row in rows],
    )


class Database:
    """One SQLite file in WAL mode, `synchronous=FULL`, shared by the web and the line."""

    def __init__(self, path: Path) -> None:
        check_sqlite()
        self.path = path
        self._writer = _engine(path, "BEGIN IMMEDIATE", pool_size=2)
        self._reader = _engine(path, "BEGIN", pool_size=16)
        # Threads of one process queue here rather than in SQLite's busy loop, which is unfair and slow.
        self._turn = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a write transaction; it is committed at the end, or undone if the block raises."""
        with self._turn, _explained(self.path), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment's state and cannot write."""
        with _explained(self.path), self._reader.begin() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("PRAGMA query_only=OFF")

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()


def check_sqlite() -> None:
    """Refuse a SQLite library that can corrupt a file which two processes write.

    Raises:
        Problem: names the version found and the one that is needed.
    """
    if sqlite.sqlite_version_info < OLDEST_SAFE_SQLITE:
        needed = ".".join(map(str, OLDEST_SAFE_SQLITE))
        raise Problem(
            f"The SQLite library {sqlite.sqlite_version} can corrupt the data folder; version {needed} or newer is needed. "
            "Install the package pysqlite3 that requirements/core.txt pins.",
            code="sqlite_too_old",
        )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise explain(error, path) from error


def explain(error: Exception, path: Path) -> Exception:
    """Return the problem that a person can act on, for a full disk or a locked file; any other error as it is."""
    text = str(error)
    if "disk is full" in text or "disk I/O error" in text:
        return NoSpace(
            f"There is no space left to write {path.name}. Free some space; nothing accepted was lost.", code="no_space"
        )
    if "readonly database" in text or "unable to open" in text:
        return Unavailable(f"{path} cannot be written. Check the folder's owner and rights.", code="not_writable", retry_after=5)
    if "locked" in text:
        return Unavailable(f"{path.name} is held by another program. Stop it or try again.", code="locked", retry_after=1)
    return error


def _engine(path: Path, begin: str, pool_size: int) -> Engine:
    # An error must not carry values into the log: they are people's words and names.
    engine = create_engine(
        f"sqlite:///{path}", module=sqlite, pool_size=pool_size, max_overflow=16, query_cache_size=2000, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "busy_timeout=5000",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
