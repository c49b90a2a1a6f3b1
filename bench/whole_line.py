"""Events a second from the journal through every step to the customer's profile and the lake, sustained, with many behind them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Figure, Options, fresh_folder
from corridor.ground.store import Store
from corridor.line import Line, offset_of
from corridor.packs.simulation import planned, simulate_into_workspace

MEASURED = 300_000
EVENTS_A_CUSTOMER = 40
"""Most events are of customers who are known already, as in a shop that has been open for a while."""
SETTLED = 0.1
"""Share of the measured events that go by before the clock starts: the process starts and fills its memory."""


def measure(options: Options) -> Iterator[Figure]:
    """Measure `corridor work` while it takes up the rest of a simulated year, of which the larger part was taken up before."""
    data = fresh_folder(options, "whole_line")
    behind = options.events_behind
    store = Store.open(data)
    try:
        total = behind + MEASURED
        made = simulate_into_workspace(planned(total // EVENTS_A_CUSTOMER, total, 365, 21), store, "main")["events"]
        walked = _walk(store, behind)
        with store.database.read() as connection:
            first = offset_of(connection)
        reached, events = _time_the_worker(store, data, first, store.journal.last_offset(), made - walked)
    finally:
        store.close()
    name = f"whole_line_{behind // 1_000_000}M" if behind >= 1_000_000 else "whole_line"
    yield Figure(name, reached, "events/s", 25_000, against=f"{walked:,} events behind, {events:,} measured")
    for step, share in _shares(data).items():
        yield Figure(f"{name}:{step}", share, "µs/event")


def _walk(store: Store, events: int) -> int:
    """Take up about so many events, bringing them to the lake in pieces as the worker does; return how many."""
    line, at = Line(store), time.monotonic()
    checked = line.walked["collect.check"]
    while checked.events < events and line.walk():
        if time.monotonic() - at > 2:
            line.bring_to_lake()
            at = time.monotonic()
    line.bring_to_lake()
    return checked.events


def _time_the_worker(store: Store, data: Path, first: int, last: int, made: int) -> tuple[float, int]:
    """Return the events a second that the worker takes up, and how many were timed."""
    start_at = first + int((last - first) * SETTLED)
    command = [sys.executable, "-m", "corridor.cli", "work", "--data", str(data)]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(data / "worker.log").open("a"))
    try:
        begun, begun_offset = 0.0, 0
        while True:
            offset = _reached(store)
            if not begun and offset >= start_at:
                begun, begun_offset = time.perf_counter(), offset
            if offset >= last:
                break
            if worker.poll() is not None:
                raise RuntimeError(f"The line stopped: {(data / 'worker.log').read_text()[-2000:]}")
            time.sleep(0.05)
        # In the lake, too: the last rows are brought there when the worker stops.
        worker.terminate()
        worker.wait(120)
        spent = time.perf_counter() - begun
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait()
    events = round(made * (last - begun_offset) / (last - first))
    return events / spent, events


def _reached(store: Store) -> int:
    with store.database.read() as connection:
        return offset_of(connection)


def _shares(data: Path) -> dict[str, float]:
    """Return the microseconds that each step takes for an event, in a line of its own over a further sample."""
    store = Store.open(data)
    try:
        simulate_into_workspace(planned(750, 30_000, 365, 23), store, "main")
        line = Line(store)
        line.walk_until_quiet()
        return {name: 1e6 * walked.seconds / max(1, walked.events) for name, walked in line.walked.items()}
    finally:
        store.close()
