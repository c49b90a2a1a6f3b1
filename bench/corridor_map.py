"""The corridor over many events: from the lake, against pandas on the same files in the same run; and from the live state.

Both find the touchpoints with their customers and visits, and the moves between them with customers, visits and the median wait. pm4py is
not measured: it is built on pandas and does this slower.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.harness import Figure, Options, fresh_folder
from corridor.ground.access import find_workspace
from corridor.ground.filters import read_filters
from corridor.ground.store import Store
from corridor.ground.store.lake import events_schema
from corridor.ground.vocabulary import DAY, Workspace, now
from corridor.packs.simulation import furnish
from corridor.packs.simulation.shop import PLACES
from corridor.understand.corridor import walk
from corridor.understand.live import current, refresh

AT_ONCE = 1_000_000
EVENTS_A_CUSTOMER = 16


def measure(options: Options) -> Iterator[Figure]:
    """Measure the corridor over a synthetic lake."""
    data = fresh_folder(options, "corridor")
    store = Store.open(data)
    furnish(store, "main")
    fill(store, options.rows)
    store.close()
    against, stops = pandas_takes(data / "lake" / "main" / "events")
    # A store that was never asked anything: no engine, no cache of ours. The libraries are loaded, as pandas was.
    for library in ("deltalake", "duckdb"):
        importlib.import_module(library)
    store = Store.open(data)
    try:
        with store.database.read() as connection:
            workspace = find_workspace(connection, "main")
        assert workspace is not None
        filters = read_filters(workspace, period="all")
        begun = time.perf_counter()
        found = walk(store, "main", filters)
        cold = time.perf_counter() - begun
        if {stop.key: (stop.customers, stop.visits) for stop in found.stops} != stops:
            raise RuntimeError("The corridor and pandas do not count the same visits.")
        yield Figure(
            "corridor_cold",
            cold,
            "s",
            2.0,
            low=True,
            against=f"pandas {against:.1f} s over {options.rows:,} events",
            ratio=against / cold,
            least_ratio=5,
        )
        yield from _live(store, workspace, filters, against)
    finally:
        store.close()


def _live(store: Store, workspace: Workspace, filters: Any, against: float) -> Iterator[Figure]:
    begun = time.perf_counter()
    refresh(store, workspace, filters)
    yield Figure("corridor_with_snarls", time.perf_counter() - begun, "s")
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        current(store, workspace, filters)
        times.append(time.perf_counter() - begun)
    live = sorted(times)[len(times) // 2]
    yield Figure(
        "corridor_live", live * 1000, "ms", 100, low=True, against=f"pandas {against:.1f} s", ratio=against / live, least_ratio=50
    )


def fill(store: Store, rows: int) -> None:
    """Write rows into the lake as the line does, in pieces: customers who walk from touchpoint to touchpoint over a year."""
    dice = np.random.default_rng(17)
    keys = np.array([place.touchpoint.key for place in PLACES])
    stages = np.array([place.touchpoint.stage for place in PLACES])
    weights = np.array([place.touchpoint.weight for place in PLACES])
    customers = max(1, rows // EVENTS_A_CUSTOMER)
    end = now()
    for batch, start in enumerate(range(0, rows, AT_ONCE), 1):
        count = min(AT_ONCE, rows - start)
        codes = dice.choice(len(keys), count, p=weights / weights.sum())
        nodes = dice.integers(1, customers + 1, count)
        at = np.sort(end - DAY * 365 + ((start + dice.random(count) * count) / rows * 364 * DAY).astype(np.int64))
        columns: dict[str, Any] = {
            "offset": np.arange(start + 1, start + count + 1),
            "position": np.zeros(count, np.int32),
            "message_id": pa.array([f"bench-{number}" for number in range(start, start + count)]),
            "node": nodes,
            "root": nodes,
            "type": pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array(["track"])).cast(pa.string()),
            "name": pa.array(keys[codes]),
            "channel": pa.array(np.array(["web", "app", "email", "voice"])[codes % 4]),
            "source": pa.array(["bench"] * count),
            "touchpoint": pa.array(keys[codes]),
            "stage": pa.array(stages[codes]),
            "at": at,
            "received_at": at,
            "properties": pa.array(['{"order_id":"LL-000001","value":49.0,"currency":"EUR"}'] * count),
        }
        schema = events_schema()
        table = pa.table(
            {
                field.name: pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
                for field in schema
            }
        )
        store.lake.append("main", table.cast(schema), batch)


def pandas_takes(folder: Path) -> tuple[float, dict[str, tuple[int, int]]]:
    """Return the seconds that pandas takes for the same, reading included, and the touchpoints' customers and visits."""
    begun = time.perf_counter()
    columns = ["root", "touchpoint", "at", "offset", "position"]
    frame = pd.concat([pd.read_parquet(file, columns=columns) for file in sorted(folder.glob("*.parquet"))], ignore_index=True)
    frame["touchpoint"] = frame["touchpoint"].astype("category")
    frame = frame.sort_values(["root", "at", "offset", "position"])
    before = frame.shift(1)
    same = before["root"] == frame["root"]
    moves = pd.DataFrame(
        {
            "from": before["touchpoint"].where(same),
            "to": frame["touchpoint"],
            "root": frame["root"],
            "wait": (frame["at"] - before["at"]).where(same),
        }
    )
    visited = frame.groupby("touchpoint", observed=True)["root"].agg(["nunique", "size"])
    moves.dropna(subset=["from"]).groupby(["from", "to"], observed=True).agg(
        customers=("root", "nunique"), visits=("root", "size"), wait=("wait", "median")
    )
    spent = time.perf_counter() - begun
    return spent, {str(key): (int(row["nunique"]), int(row["size"])) for key, row in visited.iterrows()}
