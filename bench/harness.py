"""What every figure shares: how it is told, the data folders it works on, and the server process that it measures."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ENDED_BY_ITSELF = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside its bar. `bar` is the least that is good enough, or with `low` the most; None where there is none."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    low: bool = False
    against: str = ""
    """What `ratio` compares with, measured in the same run."""
    ratio: float | None = None
    least_ratio: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the bar is met, and the ratio too where one is asked for."""
        within = self.bar is None or (self.value <= self.bar if self.low else self.value >= self.bar)
        return within and (self.least_ratio is None or (self.ratio is not None and self.ratio >= self.least_ratio))

    def facts(self) -> dict[str, Any]:
        """Return what is written to latest.json."""
        told = asdict(self)
        del told["low"], told["least_ratio"]
        return {**told, "ok": self.ok}


@dataclass(slots=True)
class Options:
    """How much a run measures: the small default, or with `full` the sizes of the bars."""

    full: bool = False
    prefill: int | None = None
    """Events behind the line before it is measured."""
    rows: int = 10_000_000
    """Rows of the lake that the corridor is asked over."""
    seconds: float = 10.0
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="corridor-bench-")))

    @property
    def events_behind(self) -> int:
        """Return the events behind the line before it is measured."""
        if self.prefill is not None:
            return self.prefill
        return 10_000_000 if self.full else 1_000_000


Measure = Callable[[Options], Iterator[Figure]]


def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a `corridor` command to its end.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "corridor.cli", *command], capture_output=True, text=True, env=_environment(), check=False, **more
    )
    if ended.returncode:
        raise RuntimeError(f"corridor {' '.join(command)} failed: {ended.stderr.strip()[-2000:]}")
    return ended


def _environment() -> dict[str, str]:
    """Return our environment without settings of an installation that happens to be configured here."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CORRIDOR_")}


@dataclass(slots=True)
class Server:
    """A `corridor serve` process under test."""

    process: subprocess.Popen[str]
    address: str
    ready_after: float

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Return where it listens."""
        found = re.search(r"//([^:/]+):(\d+)", self.address)
        assert found is not None
        return found[1], int(found[2])

    def family(self) -> list[int]:
        """Return the ids of the process and of those it started."""
        return [self.process.pid, *_children(self.process.pid)]

    def memory(self) -> float:
        """Return the memory of the whole family, shared pages counted once, in MiB."""
        return sum(_proportional_size(number) for number in self.family()) / 1024


@contextmanager
def serving(data: Path, *, line: bool = True) -> Iterator[Server]:
    """Start `corridor serve` on a free port of the loopback, wait until it is ready, and stop it at the end."""
    command = [sys.executable, "-m", "corridor.cli", "serve", "--data", str(data), "--host", "127.0.0.1", "--port", "0"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, *([] if line else ["--no-line"])],
        stdout=subprocess.PIPE,
        stderr=(data / "server.log").open("a"),
        text=True,
        env=_environment(),
    )
    try:
        yield _when_ready(process, begun, data)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDED_BY_ITSELF)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _when_ready(process: subprocess.Popen[str], begun: float, data: Path) -> Server:
    assert process.stdout is not None
    for said in process.stdout:
        found = re.search(r"ready at (http\S+)", said)
        if found:
            return Server(process, found[1], time.perf_counter() - begun)
    raise RuntimeError(f"The server did not start: {(data / 'server.log').read_text()[-2000:]}")


def _children(number: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found


def _proportional_size(number: int) -> float:
    try:
        said = Path(f"/proc/{number}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", said, re.MULTILINE)
    return float(found[1]) if found else 0.0


def fresh_folder(options: Options, name: str) -> Path:
    """Return an empty data folder with the workspace `main` in it."""
    from corridor.ground.access import ensure_workspace
    from corridor.ground.store import Store

    data = options.folder / name
    shutil.rmtree(data, ignore_errors=True)
    store = Store.open(data)
    with store.database.write() as connection:
        ensure_workspace(connection, "main")
    store.close()
    return data


def write_key(data: Path) -> str:
    """Return a new write key of the workspace `main`."""
    return run(["key", "create", "write", "--data", str(data)]).stdout.strip().splitlines()[-1]


def secret_key(data: Path) -> str:
    """Return a new secret key of the workspace `main`."""
    return run(["key", "create", "secret", "--data", str(data)]).stdout.strip().splitlines()[-1]


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
