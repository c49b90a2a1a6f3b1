"""The working database of one import: DuckDB in memory, which lays down beside the data what does not fit. It is gone afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from corridor.collect.imports.expressions import quoted
from corridor.ground.problems import NoSpace

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"

BROKEN = """
    CREATE TABLE broken (
        name VARCHAR, "file" INTEGER, line BIGINT, code VARCHAR, "column" VARCHAR, reason VARCHAR, raw BLOB
    )"""
"""One row is a row of a file that was set aside: its table, where it stands, why, and as it is."""


@contextmanager
def workshop(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a working database whose overflow lies in this folder, of which what a killed run left is cleared first.

    Raises:
        NoSpace: memory and disk do not suffice.
    """
    import duckdb

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    connection = duckdb.connect(":memory:")
    try:
        for setting in (
            "threads = 2",
            f"memory_limit = '{MEMORY}'",
            f"temp_directory = {quoted(str(folder))}",
            "TimeZone = 'UTC'",
            "preserve_insertion_order = false",
            "autoinstall_known_extensions = false",
            "enable_progress_bar = false",
        ):
            connection.execute(f"SET {setting}")
        connection.execute(BROKEN)
        yield connection
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise NoSpace(
            f"There is not enough memory or disk for the import's working tables in {folder}. Free some space and run the same"
            " command again; nothing accepted was lost.",
            code="no_space",
        ) from error
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def number_of(connection: duckdb.DuckDBPyConnection, question: str) -> int:
    """Return the one number that answers a question."""
    ((number,),) = connection.execute(question).fetchall()
    return int(number)
