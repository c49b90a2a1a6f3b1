"""Settings: where they are read from, what is refused, and that the manual tells all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corridor.ground.problems import Invalid
from corridor.ground.settings import Settings, describe

MANUAL = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_manual_tells_every_setting_with_its_default():
    """Each setting is a row of the one table, with variable, type, default and meaning as the code has them; no row is left over."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", MANUAL.read_text(), re.MULTILINE)
    told = {row[0]: row for row in rows}
    for one in describe():
        default = f"`{one.default}`" if one.default else "none"
        assert told.get(one.name) == (one.name, one.variable, one.type, default, one.meaning), (
            f"docs/configuration.md lacks or misstates {one.name}"
        )
    assert set(told) == {one.name for one in describe()}


def test_a_variable_wins_over_the_folders_file_which_wins_over_the_one_here(tmp_path, monkeypatch):
    """The nearer a setting is to the command, the more it counts."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    Path("corridor.toml").write_text("port = 1\nsession_hours = 2\nlog_level = 'debug'\n")
    (data / "corridor.toml").write_text("port = 3\nsession_hours = 4\n")
    found = Settings.load(data, {"CORRIDOR_PORT": "5"})
    assert (found.port, found.session_hours, found.log_level, found.data) == (5, 4, "debug", data)
    assert Settings.load(data, {"CORRIDOR_PORT": "5"}, port=6).port == 6


def test_the_file_here_may_name_the_data_folder(tmp_path, monkeypatch):
    """`data` in corridor.toml chooses the folder where no option or variable does."""
    monkeypatch.chdir(tmp_path)
    Path("corridor.toml").write_text("data = 'elsewhere'\n")
    assert Settings.load(None, {}).data == Path("elsewhere")
    assert Settings.load(None, {"CORRIDOR_DATA": "there"}).data == Path("there")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("PORT", "many", "number"), ("SECURE_COOKIES", "maybe", "yes or no"), ("LOG_LEVEL", "loud", "debug, info, warning, error"), ("TICK_SECONDS", "x", "number")],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_it_may_be(tmp_path, monkeypatch, name, value, said):
    """A value of the wrong kind is refused with its variable and what it may be."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Invalid) as refused:
        Settings.load(tmp_path, {f"CORRIDOR_{name}": value})
    assert said in refused.value.detail
    assert f"CORRIDOR_{name}" in refused.value.detail


@pytest.mark.parametrize("content", ["prot = 1", "port = ", "port = [1]"])
def test_a_wrong_file_is_named(tmp_path, monkeypatch, content):
    """A misspelt setting, or a file that cannot be read, is refused with the file's path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corridor.toml").write_text(content)
    with pytest.raises(Invalid) as refused:
        Settings.load(tmp_path, {})
    assert "corridor.toml" in refused.value.detail


@pytest.mark.parametrize(("word", "meant"), [("yes", True), ("No", False), ("TRUE", True), ("0", False), ("off", False)])
def test_yes_and_no_may_be_written_in_many_ways(tmp_path, monkeypatch, word, meant):
    """Switches read the usual words."""
    monkeypatch.chdir(tmp_path)
    assert Settings.load(tmp_path, {"CORRIDOR_SECURE_COOKIES": word}).secure_cookies is meant
