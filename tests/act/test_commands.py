"""`corridor cases list` on the command line."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from corridor.act.commands import commands
from tests.act.conftest import Town
from tests.conftest import House


def run(house: House, *arguments: str) -> str:
    """Run a command on the house's data folder."""
    done = CliRunner().invoke(commands, ["cases", "list", "--data", str(house.store.folder), *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_cases_are_listed_for_people_and_for_programs(house: House, town: Town) -> None:
    """The list names customer, trouble and deadline; with --json each line is what the API gives."""
    house.send(town.person("nadia", "Nadia Rahimi"), town.rated("nadia", 1), town.rated("tom", 2))
    plain = run(house)
    assert "Nadia Rahimi" in plain
    assert "Low rating: Delivery" in plain
    lines = [json.loads(line) for line in run(house, "--json").splitlines() if line.startswith("{")]
    assert [line["number"] for line in lines] == [1, 2]
    assert "The first 1" in run(house, "--limit", "1")


def test_an_empty_list_says_when_cases_open(house: House) -> None:
    """Without cases the command says so, and where they come from."""
    assert "No cases." in run(house, "--overdue")
    assert "No cases." in run(house, "--closed")
