"""Commands of act: `corridor cases list`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, open_store, workspace_named

commands = typer.Typer()
cases = typer.Typer(no_args_is_help=True, help="Cases: who has to close what, by when.")
commands.add_typer(cases, name="cases")


@cases.command("list")
def list_all(
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
    closed: Annotated[bool, typer.Option(help="The closed ones instead.")] = False,
    overdue: Annotated[bool, typer.Option(help="Only those past their deadline.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most to list.")] = 25,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, as the API gives them.")] = False,
) -> None:
    """List the open cases, the earliest due first."""
    from corridor import remember
    from corridor.act import shapes
    from corridor.act.cases import Wanted, list_cases
    from corridor.act.words import due_in_words, title_of
    from corridor.collect import touchpoints
    from corridor.ground.vocabulary import now

    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        with store.database.read() as connection:
            wanted = Wanted(tab="closed" if closed else "open", overdue=overdue)
            found, following = list_cases(connection, place.id, wanted, limit=limit)
            known = {one.key: one for one in touchpoints(connection, place.id)}
            names = remember.names(connection, place.id, {case.customer_id for case in found})
    finally:
        store.close()
    moment = now()
    for case in found:
        if as_json:
            typer.echo(json.dumps(shapes.case_out(case, place, moment).model_dump(), ensure_ascii=False))
        else:
            due = due_in_words(case, moment, "en", place.zone)
            typer.echo(
                f"#{case.number:<6} {title_of(case, known, 'en'):40} {names.get(case.customer_id, ''):28} {case.owner:12} {due}"
            )
    if not found:
        typer.echo("No cases. They open by themselves when a rule notices something.", err=True)
    elif following:
        typer.echo(f"The first {limit}; more with --limit.", err=True)
