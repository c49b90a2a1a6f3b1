"""The line's own process: walks the line, brings events to the lake, ticks and compacts, until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time

import structlog

from corridor.ground.problems import Unavailable
from corridor.ground.settings import Settings
from corridor.ground.store import Store, hold, spool
from corridor.line import Line

log = structlog.get_logger()

IDLE_AFTER = 5.0
"""Seconds of silence after which the line looks at the journal less often."""
LAKE_SECONDS = 2.0
LAKE_ROWS = 50_000
COMPACT_SECONDS = 60.0


def run(store: Store, settings: Settings) -> None:
    """Walk the line until SIGTERM or SIGINT.

    Raises:
        Unavailable: another process walks the line of this data folder.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with hold(store.folder / "line.lock"):
        walk(store, settings, stop)


def walk(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Walk the line until the event is set. The caller holds the line's lock."""
    line = Line(store, batch_events=settings.batch_events)
    compaction = Compaction(store)
    busy_at = lake_at = tick_at = time.monotonic()
    while not stop.is_set():
        walked = line.walk()
        moment = time.monotonic()
        if walked:
            busy_at = moment
        if line.rows_waiting > LAKE_ROWS or (line.rows_waiting and moment - lake_at > LAKE_SECONDS):
            line.bring_to_lake()
            lake_at = moment
        if moment - tick_at > settings.tick_seconds:
            line.tick()
            compaction.start_if_due()
            tick_at = moment
        if not walked:
            stop.wait(0.02 if moment - busy_at < IDLE_AFTER else 0.1)
    line.bring_to_lake()
    compaction.finish()


def drain(store: Store) -> None:
    """Walk the line until nothing waits, where no other process does; else wait until that one has done it."""
    try:
        with hold(store.folder / "line.lock"):
            line = Line(store)
            while line.walk():
                if line.rows_waiting > LAKE_ROWS:
                    line.bring_to_lake()
            line.bring_to_lake()
    except Unavailable:
        _wait_for_the_line(store)


def _wait_for_the_line(store: Store) -> None:
    from corridor.line import offset_of

    last = store.journal.last_offset()
    while True:
        with store.database.read() as connection:
            if offset_of(connection) >= last:
                return
        time.sleep(0.1)


class Compaction:
    """Joins the lake's small files and folds moved nodes in, beside the line, one workspace after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread: threading.Thread | None = None
        self._last = time.monotonic()

    def start_if_due(self) -> None:
        """Begin a round of compaction where a minute has passed and none runs."""
        if time.monotonic() - self._last < COMPACT_SECONDS or (self._thread is not None and self._thread.is_alive()):
            return
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._compact_all, name="compaction", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for the round that runs."""
        if self._thread is not None:
            self._thread.join()

    def _compact_all(self) -> None:
        for folder in sorted(self._store.lake.folder.glob("*")):
            try:
                compact(self._store, folder.name)
            except Exception:
                log.exception("compaction failed", workspace=folder.name)


def compact(store: Store, workspace_id: str, *, always: bool = False) -> bool:
    """Compact one workspace's events where it is worth it; return whether it was done."""
    if not always and not store.lake.needs_compaction(workspace_id):
        return False
    with store.database.read() as connection:
        moved = spool.moved(connection, workspace_id)
        last = spool.last_batch(connection, workspace_id)
    # Rows spooled before this moment may carry older roots; later ones carry those of `moved`. So fold when the former are there.
    foldable = bool(moved.num_rows) and _wait_for_lake(store, workspace_id, last)
    store.lake.compact(workspace_id, moved if foldable else None)
    if foldable:
        with store.database.write() as connection:
            spool.forget_moved(connection, workspace_id, moved)
    return True


def _wait_for_lake(store: Store, workspace_id: str, batch: int, seconds: float = 30.0) -> bool:
    """Wait until the lake holds the spooled batches up to this number; return whether it does."""
    until = time.monotonic() + seconds
    while store.lake.snapshot(workspace_id).batch < batch:
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True
