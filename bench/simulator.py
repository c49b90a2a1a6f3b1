"""Simulated events made a second, written into the journal of a data folder."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.harness import Figure, Options, fresh_folder
from corridor.ground.store import Store
from corridor.packs.simulation import planned, simulate_into_workspace


def measure(options: Options) -> Iterator[Figure]:
    """Measure the simulator, its rehearsal and the writing included."""
    data = fresh_folder(options, "simulator")
    store = Store.open(data)
    begun = time.perf_counter()
    made = simulate_into_workspace(planned(10_000, 150_000, 365, 3), store, "main")["events"]
    spent = time.perf_counter() - begun
    store.close()
    yield Figure("simulator", made / spent, "events/s", 30_000)
