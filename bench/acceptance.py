"""Events accepted and on the disk a second: batches of 100 over several connections, the line stopped.

Against decoding the same bytes and appending them to a file with one fsync for as many batches as were on their way at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.harness import Figure, Options, fresh_folder, serving, write_key
from bench.load import bodies, request, send_all

CONNECTIONS = 16
BATCH = 100


def measure(options: Options) -> Iterator[Figure]:
    """Measure acceptance over the loopback."""
    data = fresh_folder(options, "acceptance")
    key = write_key(data)
    batches = bodies(200_000 if options.full else 100_000, BATCH)[:-1]
    with serving(data, line=False) as server:
        requests = [request(body, key) for body in batches]
        warm = send_all(server.host_and_port, iter(requests[:100]), CONNECTIONS)
        if warm.refused:
            raise RuntimeError("The server refuses the batches.")
        sent = send_all(server.host_and_port, iter(requests), CONNECTIONS)
    if sent.refused:
        raise RuntimeError(f"{sent.refused} of {len(requests)} batches were refused.")
    reached = sent.answered * BATCH / sent.seconds
    plain = decode_and_append(batches, options.folder / "appended", CONNECTIONS)
    yield Figure(
        "acceptance",
        reached,
        "events/s",
        100_000,
        against=f"decode + append + fsync: {plain:,.0f} events/s",
        ratio=reached / plain,
        least_ratio=0.4,
    )
    slowest = sorted(sent.took)[int(0.99 * len(sent.took))] * 1000
    yield Figure("acceptance_p99", slowest, "ms")


def decode_and_append(batches: list[bytes], path: Path, together: int) -> float:
    """Return how many events a second can be decoded and appended, with one fsync for every `together` batches."""
    decode = msgspec.json.decode
    begun = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(batches), together):
            group = batches[start : start + together]
            for body in group:
                decode(body)
            file.write(b"\n".join(group))
            os.fsync(file.fileno())
    return len(batches) * BATCH / (time.perf_counter() - begun)
