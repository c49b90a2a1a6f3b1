"""An import from beginning to end, as named steps. Nothing is handed in before all files were read to their end."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from corridor.collect.imports import runs
from corridor.collect.imports.check import Plan, check
from corridor.collect.imports.facts import Import, State
from corridor.collect.imports.hand import count_events, hand_in, know_marks, set_rows_aside
from corridor.collect.imports.make import make_events
from corridor.collect.imports.settle import settle
from corridor.collect.imports.stage import stage_tables
from corridor.collect.imports.workshop import workshop
from corridor.collect.touchpoints import touchpoints
from corridor.ground.problems import Problem
from corridor.ground.store import Store, hold
from corridor.ground.vocabulary import Workspace, now

ALIVE_EVERY = 5.0
"""Seconds between two signs of life of a run while it reads."""


class Stopped(Exception):
    """Somebody asked the import to stop; what was handed in stays, and the same command goes on from there."""


class Display(Protocol):
    """Shows how far an import is."""

    def step(self, name: str, total: int | None, unit: str) -> None:
        """Begin a step of so many bytes, events or the like; None where nobody knows how many."""

    def forward(self, count: int, size: int | None = None) -> None:
        """Say that so many more rows or events are done; `size` is how much of the total that is, where it counts otherwise."""

    def say(self, sentence: str) -> None:
        """Tell something that is worth a sentence."""


def plan_import(store: Store, workspace: Workspace, source: Path, mapping_file: Path) -> Plan:
    """Check the mapping, the files and their headers; nothing is taken in.

    Raises:
        Problem: something does not fit; the sentences say all of it.
    """
    with store.database.read() as connection:
        known = [touchpoint.key for touchpoint in touchpoints(connection, workspace.id)]
    return check(mapping_file, source, workspace, known)


def run_import(
    store: Store,
    workspace: Workspace,
    source: Path,
    mapping_file: Path,
    display: Display,
    stop: threading.Event | None = None,
) -> Import:
    """Import a folder (or one file) by a mapping and return what came of it.

    Raises:
        Problem: the mapping or a file is wrong; nothing was handed in.
        Stopped: `stop` was set.
    """
    plan = plan_import(store, workspace, source, mapping_file)
    with hold(store.folder / f"import-{workspace.id}-{plan.mapping.mapping}.lock"):
        with store.database.write() as connection:
            run = runs.begin(connection, workspace.id, plan.mapping.mapping, plan.digest, source.resolve())
        return _Run(store, workspace, plan, run, display, stop or threading.Event()).walk()


class _Run:
    """One run and how far it is."""

    def __init__(
        self, store: Store, workspace: Workspace, plan: Plan, run: Import, display: Display, stop: threading.Event
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._plan = plan
        self._run = run
        self._display = display
        self._stop = stop
        self._alive_at = time.monotonic()

    def walk(self) -> Import:
        """Take the steps in their order, and record how it ended."""
        try:
            with workshop(self._store.folder / "imports" / f"{self._workspace.id}-{self._plan.mapping.mapping}") as connection:
                self._display.step(
                    "Reading", sum(file.path.stat().st_size for files in self._plan.files.values() for file in files), "rows"
                )
                tables = stage_tables(connection, self._plan, self._read)
                self._run = replace(self._run, tables=tuple(tables))
                self._display.step("Making events", len(self._plan.emissions), "rules")
                make_events(connection, self._plan, lambda: self._forward(1))
                know_marks(connection, self._store, self._workspace.id, self._plan.mapping.mapping)
                self._settle()
                reasons = set_rows_aside(connection, self._store, self._workspace.id, self._plan)
                fresh, known = count_events(connection)
                self._run = replace(self._run, reasons=reasons, quarantined=sum(reasons.values()), unchanged=known)
                self._display.step("Handing in", fresh, "events")
                for count in hand_in(connection, self._store, self._workspace.id, self._plan, self._handed_in):
                    self._forward(count)
        except BaseException as error:
            state: State = "stopped" if isinstance(error, Stopped | KeyboardInterrupt) else "failed"
            said = (
                error.detail if isinstance(error, Problem) else "" if state == "stopped" else f"{type(error).__name__}: {error}"
            )
            self._record(replace(self._run, state=state, finished_at=now(), error=said))
            raise
        self._record(replace(self._run, state="done", finished_at=now()))
        return self._run

    def _settle(self) -> None:
        with self._store.database.write() as connection:
            said = settle(connection, self._workspace, self._plan)
        if said:
            self._display.say(said)

    def _read(self, rows: int, size: int) -> None:
        self._forward(rows, size)
        if time.monotonic() - self._alive_at > ALIVE_EVERY:
            self._record(self._run)
            self._alive_at = time.monotonic()

    def _handed_in(self, connection: Connection, events: int) -> None:
        self._run = replace(self._run, accepted=self._run.accepted + events)
        runs.record(connection, self._workspace.id, self._run)

    def _forward(self, count: int, size: int | None = None) -> None:
        self._display.forward(count, size)
        if self._stop.is_set():
            raise Stopped

    def _record(self, run: Import) -> None:
        self._run = run
        with self._store.database.write() as connection:
            runs.record(connection, self._workspace.id, run)
