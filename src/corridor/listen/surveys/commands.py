"""Commands of surveys: `corridor survey list`, `create FILE`, `results SLUG`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, open_store, operator, workspace_named
from corridor.ground.problems import Invalid, NotFound

commands = typer.Typer()
survey = typer.Typer(no_args_is_help=True, help="Surveys: what was expected, how it was, and why.")
commands.add_typer(survey, name="survey")

AsJson = Annotated[bool, typer.Option("--json", help="JSON, as the API gives it.")]


@survey.command("list")
def list_all(data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN, as_json: AsJson = False) -> None:
    """List the surveys: open ones first."""
    from corridor.listen.surveys import define, shapes

    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        with store.database.read() as connection:
            found = define.surveys(connection, place.id)
    finally:
        store.close()
    for one in found:
        if as_json:
            typer.echo(shapes.survey_out(one, "").model_dump_json())
        else:
            typer.echo(f"{one.slug:40} {one.state:7} v{one.version:<3} {one.touchpoint or '-':20} {one.title}")
    if not found:
        typer.echo("No surveys. `corridor survey create FILE` makes one.", err=True)


@survey.command("create")
def create(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON, as POST /api/v1/surveys takes it.")],
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
) -> None:
    """Make a survey from a file, and print its address."""
    from corridor.listen.surveys import define, shapes

    body = shapes.SurveyIn.model_validate(_checked(file))
    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        with store.database.write() as connection:
            made = define.add_survey(
                connection,
                place.id,
                title=body.title,
                touchpoint=body.touchpoint,
                slug=body.slug,
                pattern=body.pattern,
                audience=body.audience,
                contact=body.contact,
                form=shapes.form_of(body.form),
                by=operator(),
            )
            if body.state == "open":
                define.publish(connection, place.id, made.id, operator())
    finally:
        store.close()
    typer.echo(f"/s/{made.slug}")


@survey.command("results")
def show_results(
    slug: Annotated[str, typer.Argument(help="The survey's address, without /s/.")],
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
    period: Annotated[str, typer.Option(help="30d, 90d, 365d or all.")] = "all",
    as_json: AsJson = False,
) -> None:
    """Show what a survey found."""
    from corridor.ground.filters import read_filters
    from corridor.listen.surveys import define, shapes
    from corridor.listen.surveys.results import results

    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        with store.database.read() as connection:
            found = define.survey_at(connection, slug.removeprefix("/s/"))
            if found is None or found[0] != place.id:
                raise NotFound(f"There is no survey {slug!r} here. `corridor survey list` shows them.", field="slug")
            what = shapes.results_out(results(connection, place.id, found[1].id, read_filters(place, period=period)))
    finally:
        store.close()
    if as_json:
        typer.echo(what.model_dump_json())
        return
    typer.echo(
        f"{found[1].title} ({found[1].state}): {what.answered} answered, {what.complete} complete, {what.partial} left half-way"
    )
    for name, average in (("expectation", what.expectation), ("experience", what.experience), ("gap", what.gap)):
        typer.echo(f"{name:12} {_in_words(average)}")


def _checked(file: Path) -> Any:
    """Return the file's content, if it is a survey.

    Raises:
        Invalid: says what is wrong in it.
    """
    import yaml
    from pydantic import ValidationError

    from corridor.listen.surveys import shapes

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        shapes.SurveyIn.model_validate(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} is neither YAML nor JSON: {error}.", code="bad_file") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise Invalid(f"{file} is not a survey: {place}: {first['msg']}.", code="bad_survey", field=place) from error
    return content


def _in_words(average: Any) -> str:
    if average.mean is None:
        return f"too few to show (n = {average.n})"
    return f"{average.mean:6.1f}  from {average.low:.1f} to {average.high:.1f}  (n = {average.n})"
