"""A simulated power cut: only what was brought to the disk survives (reliability check 2)."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corridor.ground.store.journal import Journal
from tests.journeys.ledger import assert_nothing_lost_or_doubled, close_the_books
from tests.journeys.serving import Served, command

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def power_cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that keeps what a power cut would leave."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if os.environ.get("CORRIDOR_NOTHING_SKIPPED"):
            pytest.fail("no C compiler, and nothing may be skipped here")
        pytest.skip("no C compiler to build the power cut with")
    made = tmp_path_factory.mktemp("power") / "power_cut.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, HERE / "power_cut.c", "-ldl"], check=True)
    return made


def cutting(library: Path, data: Path, left: Path) -> dict[str, str]:
    return {"LD_PRELOAD": str(library), "POWER_CUT_FROM": str(data.resolve()), "POWER_CUT_TO": str(left)}


def cut(data: Path, left: Path) -> None:
    """Leave of the data folder what a power cut leaves."""
    shutil.rmtree(data)
    for part in left.rglob("*.part"):
        part.unlink()
    shutil.copytree(left, data)


def cuts(folder: Path, library: Path, *, rounds: int, batches: int, seed: int) -> None:
    chance = random.Random(seed)
    data, left = folder / "data", folder / "left"
    data.mkdir()
    environment = cutting(library, data, left)
    key = command("key", "create", "write", data=data, **environment)
    acknowledged: set[str] = set()
    number = 0
    for _ in range(rounds):
        served = Served(data, **environment)
        served.start()
        until = time.monotonic() + chance.uniform(0.5, 3.0)
        for _ in range(batches):
            if time.monotonic() > until:
                break
            ids = [f"m-{number + place}" for place in range(50)]
            number += 50
            events = [{"type": "track", "event": "A", "userId": f"u-{id[-1]}", "messageId": id} for id in ids]
            if served.post("/v1/batch", {"batch": events}, key) == 200:
                acknowledged.update(ids)
        served.kill()
        cut(data, left)
    assert acknowledged
    assert_nothing_lost_or_doubled(acknowledged, close_the_books(data))


def test_nothing_acknowledged_is_lost_by_power_cuts(tmp_path: Path, power_cut: Path) -> None:
    """After power cuts in mid-ingest every acknowledged event is in database and lake, once."""
    cuts(tmp_path, power_cut, rounds=3, batches=60, seed=3)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_twenty_five_power_cuts(tmp_path: Path, power_cut: Path) -> None:
    """Twenty-five power cuts lose nothing and double nothing."""
    cuts(tmp_path, power_cut, rounds=25, batches=400, seed=4)


@pytest.mark.parametrize(("kind", "loses"), [("careful", False), ("careless", True)])
def test_the_power_cut_takes_what_was_not_on_the_disk(tmp_path: Path, power_cut: Path, kind: str, loses: bool) -> None:
    """Negative control: a journal that does not wait for the disk loses acknowledged requests, ours loses none."""
    data, left = tmp_path / "data", tmp_path / "left"
    data.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.acknowledge", str(data), kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parent.parent,
        env={**os.environ, **cutting(power_cut, data, left)},
    )
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(300)]
    process.kill()
    acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    process.stdout.close()
    process.wait()
    cut(data, left)
    journal = Journal(data / "journal.db")
    kept = {request.offset for request in journal.read(0, most_events=10_000_000, most_requests=10_000_000)}
    journal.close()
    lost = set(acknowledged) - kept
    assert bool(lost) is loses, f"{len(lost)} of {len(acknowledged)} acknowledged requests were lost"
