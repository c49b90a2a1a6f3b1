"""Seconds from starting `corridor serve` to its ready line, and the memory that it keeps while nothing comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from bench.harness import Figure, Options, fresh_folder, serving

STARTS = 5
SETTLED_AFTER = 6.0


def measure(options: Options) -> Iterator[Figure]:
    """Measure start-up and idle memory, the line running beside the web."""
    data = fresh_folder(options, "start")
    with serving(data):
        pass
    seconds, memory = [], 0.0
    for number in range(STARTS):
        with serving(data) as server:
            seconds.append(server.ready_after)
            if number == STARTS - 1:
                time.sleep(SETTLED_AFTER)
                memory = server.memory()
    yield Figure("start", median(seconds), "s", 2.0, low=True)
    yield Figure("idle_memory", memory, "MiB", 250, low=True)
