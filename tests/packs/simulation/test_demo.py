"""The demo: made through the product's own doors, gone on with, and never made over somebody's data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from corridor.ground.access import ROLES, Actor
from corridor.ground.access.secrets import check_password
from corridor.ground.problems import Conflict
from corridor.ground.store import Store
from corridor.packs.simulation import planned
from corridor.packs.simulation.demo.people import COLLEAGUES, PASSWORD
from corridor.packs.simulation.demo.progress import Demo, forget_demo, known_demo
from corridor.packs.simulation.demo.work import told
from corridor.packs.simulation.shop import PLACE_OF


def corridor(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corridor.cli", *arguments], capture_output=True, text=True, timeout=240, check=False
    )


def test_a_demo_is_made_from_nothing_and_gone_on_with(tmp_path: Path) -> None:
    """A small demo has customers, conversations, cases in work, plans and pulses; a second run makes nothing anew."""
    folder = tmp_path / "demo"
    made = corridor("demo", "--data", str(folder), "--customers", "300", "--no-serve")
    assert made.returncode == 0, made.stderr
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text())
    store = Store.open(folder)

    def count(table: str, where: str = "1 = 1") -> int:
        with store.database.read() as connection:
            query = text(f"SELECT count(*) FROM {table} WHERE workspace_id = 'main' AND {where}")
            return int(connection.execute(query).scalar_one())

    try:
        walked = store.engine.ask("main", "SELECT count(*) AS n FROM events WHERE source <> 'corridor'")["n"][0].as_py()
        assert walked >= truth["events"]
        assert count("customers") >= 300
        assert count("quarantine") == 0
        assert count("people") == len(COLLEAGUES)
        assert count("plans") == len(told("cases")["plans"])
        assert count("surveys", "state = 'open'") == 2
        assert count("pulses") > 200
        assert count("conversations", "state = 'open'") >= 4
        assert count("conversations", "state = 'closed'") >= 2
        messages = count("messages")
    finally:
        store.close()
    again = corridor("demo", "--data", str(folder), "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "--fresh" in again.stdout
    store = Store.open(folder)
    try:
        assert count("messages") == messages
    finally:
        store.close()


def test_a_folder_with_other_data_is_left_alone(tmp_path: Path) -> None:
    """Neither a demo nor its forgetting touches a folder that holds something else."""
    (tmp_path / "accounts.csv").write_text("valuable")
    for touch in (known_demo, forget_demo):
        with pytest.raises(Conflict) as refused:
            touch(tmp_path)
        assert "--data" in refused.value.detail
    refused_run = corridor("demo", "--data", str(tmp_path), "--fresh", "--no-serve")
    assert refused_run.returncode == 1
    assert (tmp_path / "accounts.csv").read_text() == "valuable"


def test_what_is_done_is_known_after_an_interruption(tmp_path: Path) -> None:
    """The plan of the year and the finished parts are read back as they were written."""
    demo = Demo(planned(50, 500, 30, 7, "2026-10-31"), "wk_main_x", ["people"])
    demo.keep(tmp_path)
    demo.finish("year", tmp_path)
    assert known_demo(tmp_path) == demo
    assert demo.done == ["people", "year"]
    assert known_demo(tmp_path / "nowhere") is None


def test_people_of_all_kinds_can_sign_in_and_the_password_is_allowed() -> None:
    """There is somebody of nearly every role, in both languages, and the printed password passes the product's own rule."""
    check_password(PASSWORD)
    roles = {colleague.role for colleague in COLLEAGUES}
    assert roles == set(ROLES)
    assert {colleague.language for colleague in COLLEAGUES} == {"en", "fa"}
    assert len({colleague.email for colleague in COLLEAGUES}) == len(COLLEAGUES)
    assert Actor("demo", "Demo", "command line")


def test_the_texts_of_the_demo_name_touchpoints_that_exist() -> None:
    """Plans and surveys point at touchpoints of the shop."""
    cases = told("cases")
    assert {one["touchpoint"] for one in [*cases["plans"], *cases["surveys"]]} <= set(PLACE_OF)
    assert {talk["language"] for talk in told("talks")["talks"]} == {"en", "fa"}
