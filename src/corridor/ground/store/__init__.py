"""Where everything is kept: journal, database, lake, engine and news, behind small doors. It knows what it keeps for nobody."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corridor.ground.problems import Unavailable
from corridor.ground.store.database import Database, insert_many, metadata, workspace_table
from corridor.ground.store.engine import Engine
from corridor.ground.store.journal import Journal, Request
from corridor.ground.store.lake import Lake
from corridor.ground.store.news import News

__all__ = ["Database", "Engine", "Journal", "Lake", "News", "Request", "Store", "insert_many", "metadata", "workspace_table"]


@dataclass(frozen=True, slots=True)
class Store:
    """One data folder with all its ports."""

    folder: Path
    journal: Journal
    database: Database
    lake: Lake
    engine: Engine
    news: News

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open a data folder; make it, or bring it up to date, where needed.

        Raises:
            Unavailable: the folder cannot be made or written, with the reason.
            NoSpace: the disk is full.
        """
        from corridor.ground.store.migrate import migrate

        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"The data folder {folder} cannot be made: {error.strerror}.", code="not_writable") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Unavailable(
                f"The data folder {folder} cannot be written. Check its owner and rights, or choose another with --data.",
                code="not_writable",
            )
        with hold(folder / "opening.lock", wait=True):
            database = Database(folder / "corridor.db")
            migrate(database)
            journal = Journal(folder / "journal.db")
        lake = Lake(folder / "lake")
        return cls(folder, journal, database, lake, Engine(database, lake), News(folder))

    def close(self) -> None:
        """Write what waits and let go of all files."""
        self.journal.close()
        self.engine.close()
        self.news.close()
        self.database.close()


@contextmanager
def hold(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of this name for as long as the block runs; the system frees it if the process dies.

    Raises:
        Unavailable: another process holds it and `wait` is off.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Unavailable(f"{path.stem} is held by another Corridor process of this data folder.", code="held") from error
        yield
    finally:
        os.close(handle)
