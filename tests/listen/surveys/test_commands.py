"""Operators make and read surveys from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.listen.surveys.commands import commands
from tests.conftest import House

runner = CliRunner()


def _run(house: House, *words: str) -> str:
    result = runner.invoke(commands, ["survey", *words, "--data", str(house.store.folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_create_list_results(house: House, tmp_path: Path) -> None:
    """A survey made from a file can be answered at once, is listed, and tells what it found."""
    file = tmp_path / "survey.yaml"
    file.write_text("title: Delivery\ntouchpoint: delivery\nslug: our-delivery\nstate: open\nform: {scale: 0-10}\n")
    assert _run(house, "create", str(file)) == "/s/our-delivery\n"
    assert "our-delivery" in _run(house, "list")
    for _ in range(5):
        browser = house.visitor()
        for place, given in enumerate(("10", "5", "cold")):
            browser.post("/s/our-delivery", data={"q": str(place + 1), "answer": given})
    house.walk()
    shown = _run(house, "results", "our-delivery")
    assert "5 answered, 5 complete" in shown
    assert "-50.0  from -50.0 to -50.0  (n = 5)" in shown
    assert json.loads(_run(house, "results", "our-delivery", "--json"))["gap"]["mean"] == -50
    assert json.loads(_run(house, "list", "--json"))["slug"] == "our-delivery"
    with pytest.raises(Conflict):
        _run(house, "create", str(file))


@pytest.mark.parametrize("content", ["title: x\nnonsense: 1\n", "{", "- a\n", ""])
def test_a_file_that_is_no_survey(house: House, tmp_path: Path, content: str) -> None:
    """What is wrong in a file is said, and nothing is made."""
    file = tmp_path / "survey.yaml"
    file.write_text(content)
    with pytest.raises(Invalid, match=r"survey\.yaml"):
        _run(house, "create", str(file))
    assert _run(house, "list") == ""


def test_results_of_nothing(house: House) -> None:
    """A survey that does not exist is named."""
    with pytest.raises(NotFound, match="corridor survey list"):
        _run(house, "results", "nowhere")


def test_it_is_a_group_of_its_own() -> None:
    """The commands stand under `corridor survey`."""
    group = typer.main.get_command(commands)
    assert "survey" in group.commands  # type: ignore[attr-defined]
