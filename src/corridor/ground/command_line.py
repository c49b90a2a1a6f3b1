"""What every command of `corridor` shares: where the data is, which workspace, how errors and progress are shown.

@commands.command()
def recount(data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN) -> None:
    store = open_store(data)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from corridor.ground.problems import NotFound, Problem
from corridor.ground.settings import DEFAULT_DATA, Settings

if TYPE_CHECKING:
    from rich.progress import Progress

    from corridor.ground.store import Store
    from corridor.ground.vocabulary import Workspace

__all__ = [
    "DEFAULT_DATA",
    "MAIN",
    "CareGroup",
    "DataFolder",
    "WorkspaceName",
    "complain",
    "open_store",
    "operator",
    "progress",
    "workspace_named",
]

MAIN = "main"


def _chosen_folder(context: typer.Context, value: Path) -> Path:
    """Let `corridor.toml` in the current folder choose the data folder where neither the option nor the variable did."""
    source = context.get_parameter_source("data")
    if source is not None and source.name == "DEFAULT":
        return Settings.load().data
    return value


DataFolder = Annotated[
    Path,
    typer.Option(
        "--data", envvar="CORRIDOR_DATA", help="The folder that holds everything; made at first use.", callback=_chosen_folder
    ),
]
WorkspaceName = Annotated[str, typer.Option("--workspace", envvar="CORRIDOR_WORKSPACE", help="The workspace, by its short name.")]


def open_store(data: Path) -> Store:
    """Open the data folder, made at first use with one workspace `main`."""
    from corridor.ground.access.workspaces import ensure_workspace, find_workspace
    from corridor.ground.store import Store

    store = Store.open(data)
    with store.database.read() as connection:
        there = find_workspace(connection, MAIN)
    if there is None:
        with store.database.write() as connection:
            ensure_workspace(connection, MAIN)
    return store


def workspace_named(store: Store, name: str) -> Workspace:
    """Return the workspace of this short name.

    Raises:
        NotFound: says which workspaces there are.
    """
    from corridor.ground.access.workspaces import find_workspace, workspaces

    with store.database.read() as connection:
        found = find_workspace(connection, name)
        if found is None:
            known = ", ".join(workspace.id for workspace in workspaces(connection))
            raise NotFound(
                f"There is no workspace {name!r}. There are: {known}. `corridor workspace add {name}` makes one.",
                field="workspace",
            )
    return found


def operator() -> str:
    """Return who gives this command, for the audit."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME") or "operator"


def progress() -> Progress:
    """Return a progress display on stderr, so that stdout stays clean for scripts."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=not console.is_terminal,
    )


def complain(sentence: str) -> None:
    """Say on stderr what is wrong, in red where the terminal can."""
    typer.secho(sentence, fg="red", err=True, color=None if sys.stderr.isatty() else False)


class CareGroup(TyperGroup):
    """A group of commands that ends a problem with one sentence and exit status 1, never with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            complain(problem.detail)
            raise typer.Exit(1) from problem
        except PermissionError as error:
            complain(f"{error.filename} cannot be read or written. Check its owner and rights.")
            raise typer.Exit(1) from error
