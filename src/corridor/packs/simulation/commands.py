"""The command `simulate`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, open_store, progress, workspace_named
from corridor.packs.simulation.run import planned, simulate_into_folder, simulate_into_workspace

commands = typer.Typer()


@commands.command()
def simulate(
    customers: Annotated[int, typer.Option(help="Hidden persons.")] = 2_000,
    events: Annotated[int, typer.Option(help="About so many events.")] = 30_000,
    days: Annotated[int, typer.Option(help="Length of the simulated time.")] = 365,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop, event for event.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write files into this folder, instead of the workspace's journal.")] = None,
    until: Annotated[str, typer.Option(help="Last day, such as 2026-11-22; this moment if left out.")] = "",
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
) -> None:
    """Make a year of a shop whose truth is known, as ordinary events, with truth.json beside them."""
    plan = planned(customers, events, days, seed, until)
    begun = time.perf_counter()
    with progress() as bar:
        task = bar.add_task("Days", total=days)

        def told(done: int, _made: int) -> None:
            bar.update(task, completed=done)

        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            truth = simulate_into_folder(plan, out, told)
            where = out
        else:
            store = open_store(data)
            try:
                workspace_named(store, workspace)
                truth = simulate_into_workspace(plan, store, workspace, told)
            finally:
                store.close()
            where = data
    spent = time.perf_counter() - begun
    made = truth["events"]
    typer.echo(f"{made:,} events of {customers:,} customers over {days} days, {made / spent:,.0f} a second.")
    typer.echo(f"The truth stands in {where / 'truth.json'}.")
    if out is None:
        typer.echo("The events wait in the journal; `corridor serve` (or `corridor work`) takes them up.")
