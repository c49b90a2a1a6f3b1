"""Commands of measure: `corridor scoreboard`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, open_store, workspace_named

commands = typer.Typer()


@commands.command("scoreboard")
def show_scoreboard(
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
    period: Annotated[str, typer.Option(help="30d, 90d, 365d or all.")] = "90d",
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show the three goals: revenue, customer experience and employee experience, and what moved them."""
    from corridor import collect
    from corridor.ground.filters import read_filters
    from corridor.measure.api import ScoreboardOut, goal_out
    from corridor.measure.scoreboard import scoreboard
    from corridor.measure.words import Speech

    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        board = scoreboard(store, place, read_filters(place, period=period))
        with store.database.read() as connection:
            known = {one.key: one for one in collect.touchpoints(connection, place.id)}
    finally:
        store.close()
    speech = Speech("en", place, known)
    if as_json:
        typer.echo(
            json.dumps(
                ScoreboardOut(**{goal.name: goal_out(goal, speech) for goal in board.goals}).model_dump(), ensure_ascii=False
            )
        )
        return
    for goal in board.goals:
        typer.secho(speech.name(goal), bold=True)
        typer.echo(
            f"  {speech.missing(goal)}"
            if goal.missing
            else f"  {speech.value(goal)}  {speech.change(goal)}  {speech.certainty(goal)}"
        )
        for mover in goal.movers:
            typer.echo(f"  · {speech.mover(mover)}: {speech.moved_by(mover)}")
