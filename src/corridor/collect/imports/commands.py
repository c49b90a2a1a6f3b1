"""`corridor import`: takes a folder of tables in by a mapping, shows how far it is, and goes on where it was stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, complain, open_store, workspace_named

if TYPE_CHECKING:
    from corridor.collect.imports.run import Display
    from corridor.ground.store import Store
    from corridor.ground.vocabulary import Workspace

commands = typer.Typer()

INTERRUPTED = 130


@commands.command("import")
def import_(
    path: Annotated[Path | None, typer.Argument(help="The folder with the tables, or one file.", show_default=False)] = None,
    mapping: Annotated[str, typer.Option(help="The mapping: a YAML file, or the name of one that --list shows.")] = "",
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
    check: Annotated[bool, typer.Option("--check", help="Only check the mapping, the files and their headers.")] = False,
    show_mappings: Annotated[bool, typer.Option("--list", help="Show the mappings that come with Corridor.")] = False,
) -> None:
    """Import a folder of CSV, JSONL or Parquet tables by a mapping.

    Rows that cannot be read are quarantined with file, line and reason. The same command run again takes only what is new, so
    an import that was stopped goes on where it was. Ends with "N events accepted, M quarantined, K unchanged".
    """
    if show_mappings:
        _list_mappings()
        return
    if path is None or not mapping:
        complain(
            "Give a path and a mapping: corridor import PATH --mapping FILE. `corridor import --list` shows the mappings there are."
        )
        raise typer.Exit(2)
    from corridor.collect.imports.load import find_mapping

    mapping_file = find_mapping(mapping)
    store = open_store(data)
    try:
        into = workspace_named(store, workspace)
        if check:
            _check(store, into, path, mapping_file)
        else:
            _import(store, into, path, mapping_file)
    finally:
        store.close()


def _list_mappings() -> None:
    from corridor.collect.imports.load import mappings, read_mapping

    for name, file in mappings():
        mapping, _ = read_mapping(file)
        typer.echo(f"{name:<20} {mapping.title}")


def _check(store: Store, workspace: Workspace, path: Path, mapping_file: Path) -> None:
    from corridor.collect.imports.run import plan_import

    plan = plan_import(store, workspace, path, mapping_file)
    for name, files in plan.files.items():
        typer.echo(f"{name}: {', '.join(file.name for file in files) or 'no file (it is optional)'}")
    typer.echo(f"The mapping {plan.mapping.mapping} fits: {len(plan.emissions)} kinds of events. Nothing was imported.")


def _import(store: Store, workspace: Workspace, path: Path, mapping_file: Path) -> None:
    from corridor.collect.imports.progress import shown
    from corridor.collect.imports.run import Stopped, run_import

    stop = threading.Event()
    with shown() as display:
        try:
            with _stopping(stop):
                done = run_import(store, workspace, path, mapping_file, display, stop)
            _walk_the_line(store, display)
        except (Stopped, KeyboardInterrupt) as stopped:
            complain("Stopped. What was handed in stays; the same command goes on from here.")
            raise typer.Exit(INTERRUPTED) from stopped
    typer.echo(done.summary)


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop the import between two chunks; a second signal stops it at once."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[signal.SIGINT])


def _walk_the_line(store: Store, display: Display) -> None:
    """See to it that the events reach their customers, and show how far that is."""
    from corridor.collect.imports.facts import Drain
    from corridor.collect.imports.waiting import requests_waiting
    from corridor.ground.extensions import every

    waiting = requests_waiting(store)
    if not waiting:
        return
    display.step("Taking in", waiting, "requests")
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(store, display, waiting, done), daemon=True)
    watcher.start()
    try:
        for drain in every(Drain):
            drain.function(store)
    finally:
        done.set()
        watcher.join()


def _watch(store: Store, display: Display, waiting: int, done: threading.Event) -> None:
    from corridor.collect.imports.waiting import requests_waiting

    while not done.wait(0.5):
        left = requests_waiting(store)
        display.forward(waiting - left)
        waiting = left
    display.forward(waiting - requests_waiting(store))
