"""Commands of the ground itself: `doctor`."""

from __future__ import annotations

import typer

from corridor.ground.command_line import DEFAULT_DATA, DataFolder, complain
from corridor.ground.settings import Settings

commands = typer.Typer()


@commands.command()
def doctor(data: DataFolder = DEFAULT_DATA) -> None:
    """Check the installation, the data folder and the set-up, and say how to mend what is wrong."""
    from corridor.ground.doctor import examine

    wrong = 0
    for name, finding in examine(Settings.load(data)):
        mark = typer.style("well ", fg="green") if finding.well else typer.style("wrong", fg="red")
        typer.echo(f"{mark}  {name}: {finding.says}")
        if not finding.well:
            wrong += 1
            typer.echo(f"       {finding.mend}")
    if wrong:
        complain(f"{wrong} to mend." if wrong > 1 else "One thing to mend.")
        raise typer.Exit(1)
