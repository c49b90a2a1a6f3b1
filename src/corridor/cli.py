"""The command line's roof: `serve`, `work` and `migrate`, and the commands of all rooms and packs beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from corridor import __version__
from corridor.ground.command_line import DEFAULT_DATA, CareGroup, DataFolder, open_store
from corridor.ground.problems import Unavailable
from corridor.ground.settings import Settings

if TYPE_CHECKING:
    from corridor.ground.store import Store

OWN = ("serve", "work", "migrate", "--version")
"""Commands of the roof itself; for these the rooms' commands need not be loaded, so that the server starts fast."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the line is started again after it died: doubled each time, begun anew once it has worked for a minute."""

PATIENCE = 15
"""Seconds that the line has to finish its batch when it is asked to stop."""

app = typer.Typer(
    cls=CareGroup,
    no_args_is_help=True,
    add_completion=False,
    help="Corridor, a system of experience.",
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command that was typed."""
    if not (len(sys.argv) > 1 and sys.argv[1] in OWN):
        add_commands_of_rooms()
    app(prog_name="corridor")


def add_commands_of_rooms() -> None:
    """Hear the commands of the ground, the rooms in the order of the line, and the packs."""
    from corridor.app import parts
    from corridor.collect.imports import Drain
    from corridor.ground.extensions import offer

    for part in parts("commands"):
        app.add_typer(part.commands)
    offer(Drain(_drain))


def _drain(store: Store) -> None:
    from corridor.worker import drain

    drain(store)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"corridor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Hear customers, see where experience falls short of expectation, close the gap."""


@app.command()
def serve(
    data: DataFolder = DEFAULT_DATA,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one.")] = None,
    line: Annotated[bool, typer.Option(help="Run the line beside the web.")] = True,
) -> None:
    """Serve the pages, the API and the events' door, and run the line beside them."""
    from corridor.app import create_app
    from corridor.ground.serving import listen, serve_app

    settings = Settings.load(data, host=host, port=port)
    listening = listen(settings.host, settings.port)
    store = open_store(settings.data)
    try:
        with only_one(store, "serving"), line_beside(settings, line):
            serve_app(create_app(store, settings), settings, listening)
    finally:
        store.close()


@app.command()
def work(
    data: DataFolder = DEFAULT_DATA,
    beside: Annotated[bool, typer.Option(hidden=True, help="Stop when the process that started this one is gone.")] = False,
) -> None:
    """Run the line alone: take accepted events through its steps until stopped."""
    from corridor.ground.logs import set_up_logs
    from corridor.worker import run

    settings = Settings.load(data)
    set_up_logs(settings)
    if beside:
        threading.Thread(target=_stop_with_parent, daemon=True, name="stop-with-parent").start()
    store = open_store(settings.data)
    try:
        run(store, settings)
    finally:
        store.close()


@app.command()
def migrate(data: DataFolder = DEFAULT_DATA) -> None:
    """Bring the data folder up to date with this version; `serve` does it by itself."""
    from corridor.ground.store.migrate import newest

    open_store(data).close()
    typer.echo(f"{data} is at revision {newest()}.")


@contextmanager
def only_one(store: Store, what: str) -> Iterator[None]:
    """Hold the data folder for one process that does this; a second one is refused in a sentence."""
    from corridor.ground.store import hold

    try:
        with hold(store.folder / f"{what}.lock"):
            yield
    except Unavailable as error:
        if error.code != "held":
            raise
        raise Unavailable(
            f"{store.folder} is in use: another `corridor serve` is running on it. Stop that one first.", code="held"
        ) from error


# --- the line beside it ----------------------------------------------------------------------------------------------


@contextmanager
def line_beside(settings: Settings, wanted: bool) -> Iterator[None]:
    """Run the line in a process of its own for as long as the block runs, if it is wanted."""
    if not wanted:
        yield
        return
    beside = LineBeside([sys.executable, "-m", "corridor.cli", "work", "--beside", "--data", str(settings.data.resolve())])
    beside.start()
    try:
        yield
    finally:
        beside.stop()


class LineBeside:
    """Keeps the line running in a process of its own: starts it, starts it again when it dies, and stops it at the end."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._run, name="line-beside", daemon=True)

    def start(self) -> None:
        """Start the line."""
        self._watch.start()

    def stop(self) -> None:
        """Ask the line to finish its batch and stop; insist if it takes too long."""
        self._stopping.set()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
        self._watch.join(PATIENCE)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _run(self) -> None:
        import structlog

        log = structlog.get_logger("line-beside")
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            begun = time.monotonic()
            # Our end of its standard input closes when we die, however we die; the line then stops by itself.
            # The command is our own, with the data folder as one argument.
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=sys.stderr.fileno())  # noqa: S603
            if self._stopping.is_set():
                self.process.terminate()
            status = self.process.wait()
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - begun > 60 else min(pause * 2, LONGEST_PAUSE)
            log.error("the line stopped; it is started again", status=status, pause=pause)
            self._stopping.wait(pause)


def _stop_with_parent() -> None:
    """Wait until the other end of standard input is closed, then ask this process to stop."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
