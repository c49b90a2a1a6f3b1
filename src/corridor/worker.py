"""The line's own process: walks the line, brings events to the lake, ticks and compacts, until it is told to stop."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from corridor.ground.access import workspaces
from corridor.ground.problems import Unavailable
from corridor.ground.settings import Settings
from corridor.ground.store import Store, hold, spool
from corridor.ground.vocabulary import Workspace
from corridor.line import BESIDE, Line

log = structlog.get_logger()

IDLE_AFTER = 5.0
"""Seconds of silence after which the line looks at the journal less often."""
LAKE_SECONDS = 2.0
LAKE_ROWS = 50_000
COMPACT_SECONDS = 60.0
BESIDE_SECONDS = 2.0


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
    beside = Beside(store, stop)
    beside.start()
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
            tell_figures(store.folder, line)
            tick_at = moment
        if not walked:
            stop.wait(0.02 if moment - busy_at < IDLE_AFTER else 0.1)
    line.bring_to_lake()
    tell_figures(store.folder, line)
    beside.finish()


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


class Beside:
    """Does in a thread of its own what the line need not wait for: keeps answers fresh, and compacts the lake."""

    def __init__(self, store: Store, stop: threading.Event) -> None:
        self._store = store
        self._stop = stop
        self._thread = threading.Thread(target=self._work, name="beside", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Wait for what is being done to end."""
        self._thread.join()

    def _work(self) -> None:
        compacted_at = time.monotonic()
        while not self._stop.wait(BESIDE_SECONDS):
            with self._store.database.read() as connection:
                known = workspaces(connection)
            is_time = time.monotonic() - compacted_at > COMPACT_SECONDS
            for workspace in known:
                for name, function in BESIDE:
                    self._try(name, workspace, partial(function, self._store))
                if is_time:
                    self._try("compact", workspace, lambda one: compact(self._store, one.id))
            if is_time:
                compacted_at = time.monotonic()

    def _try(self, name: str, workspace: Workspace, work: Callable[[Workspace], object]) -> None:
        if self._stop.is_set():
            return
        try:
            work(workspace)
        except Exception:
            log.exception("work beside the line failed", work=name, workspace=workspace.id)


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


FIGURES = "line.json"


def tell_figures(folder: Path, line: Line) -> None:
    """Leave in the data folder how much each step has done, for `/metrics` in the web's process."""
    told = {
        "steps": {name: [walked.events, walked.seconds, walked.failures] for name, walked in line.walked.items()},
        "dropped": line.dropped,
        "offset": line.offset,
    }
    part = folder / f"{FIGURES}.part"
    part.write_text(json.dumps(told))
    part.replace(folder / FIGURES)


def figures(folder: Path) -> dict[str, Any]:
    """Return what the line told last; nothing where none has run."""
    try:
        told: dict[str, Any] = json.loads((folder / FIGURES).read_text())
    except (OSError, ValueError):
        return {"steps": {}, "dropped": {}, "offset": 0}
    return told
