"""The corridor that the lake shows is the one that customers walked, counted independently."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor.collect import save_touchpoint
from corridor.ground.access import ensure_workspace
from corridor.ground.filters import Filters
from corridor.ground.store import Store
from corridor.ground.store.lake import events_schema
from corridor.ground.vocabulary import DAY, SECOND, Period, Touchpoint
from corridor.understand import lake
from corridor.understand.corridor import walk
from corridor.understand.facts import Corridor, Move
from tests.understand.conftest import Town

BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * SECOND
MARCH = Filters(Period(BEGIN, BEGIN + 31 * DAY), "own")
STAGES = {"site": "discover", "basket": "buy", "parcel": "receive", "chat": "get help"}

Row = dict[str, Any]
Walks = Callable[[list[Row], Filters], Corridor]


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walks]:
    """Put rows into the lake of a fresh workspace and walk its corridor."""
    store = Store.open(tmp_path_factory.mktemp("corridor") / "data")
    number = itertools.count()

    def walked(rows: list[Row], filters: Filters = MARCH) -> Corridor:
        workspace_id = f"w{next(number)}"
        with store.database.write() as connection:
            ensure_workspace(connection, workspace_id)
            for key, stage in STAGES.items():
                save_touchpoint(connection, workspace_id, Touchpoint(key, key.title(), stage))
        schema = events_schema()
        columns = {name: [row.get(name) for row in rows] for name in schema.names}
        table = pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names}, schema=schema)
        store.lake.append(workspace_id, table, 1)
        return walk(store, workspace_id, filters)

    yield walked
    store.close()


def by_pandas(
    rows: list[Row], filters: Filters = MARCH
) -> tuple[dict[str, tuple[int, int]], dict[tuple[str, str], tuple[Any, ...]]]:
    """Count touchpoints and moves another way: sort, shift, group."""
    log = pd.DataFrame(rows, columns=["root", "at", "offset", "position", "touchpoint", "channel"])
    log = log[log.touchpoint.notna() & (log["at"] >= filters.period.start) & (log["at"] < filters.period.end)]
    if filters.channel:
        log = log[log.channel == filters.channel]
    log = log.sort_values(["root", "at", "offset", "position"])
    log["came_from"] = log.groupby("root").touchpoint.shift()
    log["wait"] = log["at"] - log.groupby("root")["at"].shift()
    stops = {key: (group.root.nunique(), len(group)) for key, group in log.groupby("touchpoint")}
    moved = log.dropna(subset=["came_from"])
    moves = {
        (str(a), str(b)): (
            group.root.nunique(),
            len(group),
            group["wait"].median() / SECOND,
            group["wait"].quantile(0.9) / SECOND,
        )
        for (a, b), group in moved.groupby(["came_from", "touchpoint"])
    }
    return stops, moves


def same(found: Corridor, rows: list[Row], filters: Filters = MARCH) -> None:
    stops, moves = by_pandas(rows, filters)
    assert {stop.key: (stop.customers, stop.visits) for stop in found.stops} == stops
    got: dict[tuple[str, str], Any] = {
        (m.came_from, m.to): (m.customers, m.visits, m.median_wait_s, m.long_wait_s) for m in found.moves
    }
    assert got == {
        pair: (n, visits, pytest.approx(middle), pytest.approx(long)) for pair, (n, visits, middle, long) in moves.items()
    }


visits = st.builds(
    lambda root, second, place, touchpoint, channel: {
        "root": root,
        "node": root,
        "at": BEGIN + second * SECOND,
        "offset": place // 3,
        "position": place % 3,
        "touchpoint": touchpoint,
        "channel": channel,
    },
    root=st.integers(1, 6),
    second=st.one_of(st.integers(0, 20), st.integers(-86_400, 40 * 86_400)),
    place=st.integers(-3, 10_000),
    touchpoint=st.sampled_from([*STAGES, None]),
    channel=st.sampled_from(["web", "chat"]),
)
logs = st.lists(visits, min_size=1, max_size=60, unique_by=lambda row: (row["offset"], row["position"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs, st.sampled_from([None, "chat"]))
def test_any_log_is_counted_as_pandas_counts_it(walks: Walks, rows: list[Row], channel: str | None) -> None:
    """Visits, customers, moves and waits of any log are those of sorting, shifting and grouping it in pandas, ties included."""
    filters = Filters(MARCH.period, "own", channel=channel)
    same(walks(rows, filters), rows, filters)


def test_slices_come_to_the_same_counts(walks: Walks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake too large for one reading is read in slices of customers, and every count is the same."""
    rows: list[Row] = [
        {"root": n % 17, "node": n % 17, "at": BEGIN + n * 7_919 * SECOND % (30 * DAY), "offset": n, "position": 0,
         "touchpoint": list(STAGES)[n * n % 4], "channel": "web"}
        for n in range(400)
    ]  # fmt: skip
    whole = walks(rows, MARCH)
    monkeypatch.setattr(lake, "VISITS_AT_ONCE", 100)
    sliced = walks(rows, MARCH)
    assert sliced.customers == whole.customers == 17
    assert sliced.stops == whole.stops
    assert {(m.came_from, m.to, m.customers, m.visits) for m in sliced.moves} == {
        (m.came_from, m.to, m.customers, m.visits) for m in whole.moves
    }


def test_more_touchpoints_than_a_word_has_bits(walks: Walks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corridor of more than 62 touchpoints is counted like any other."""
    for number in range(130):
        monkeypatch.setitem(STAGES, f"t{number}", "use")
    rows: list[Row] = [
        {"root": n % 3, "node": n % 3, "at": BEGIN + n * SECOND, "offset": n, "position": 0, "touchpoint": f"t{n % 130}", "channel": "web"}
        for n in range(300)
    ]  # fmt: skip
    same(walks(rows, MARCH), rows)


def test_the_gap_of_a_move_is_that_of_those_who_made_it(town: Town) -> None:
    """A move tells how those who made it found its end; the touchpoint tells how all found it, both with five voices or none."""
    for number in range(12):
        who = f"c{number}"
        town.event(who, "Order Completed" if number < 6 else "Product Viewed", 9, order_id=f"o{number}")
        town.event(who, "Order Delivered", 5, order_id=f"o{number}")
        town.rated(who, 35 if number < 6 else 85, days=4)
    town.rated("c0", 10, days=3, touchpoint="chat")
    town.happens()
    found = walk(town.house.store, "main", _last_days())
    moves = {(move.came_from, move.to): move for move in found.moves}
    assert moves["purchase", "delivery"].gap == pytest.approx(35 - 75)
    assert moves["product_page", "delivery"].gap == pytest.approx(85 - 75)
    assert moves["purchase", "delivery"].median_wait_s == 4 * 86_400
    (delivery,) = [stop for stop in found.stops if stop.key == "delivery"]
    assert delivery.gap == pytest.approx(-15)
    assert (delivery.n, delivery.customers) == (12, 12)
    assert delivery.low is not None
    assert delivery.low < -15


def test_a_segment_has_its_own_corridor(town: Town) -> None:
    """With a segment chosen, only its members are counted."""
    from corridor.remember import save_segmentation

    for number in range(6):
        state = "SP" if number < 2 else "RJ"
        town.waiting.append({"type": "identify", "userId": f"c{number}", "traits": {"state": state}, "messageId": f"i{number}"})
        town.event(f"c{number}", "Order Completed", 9)
    with town.house.write() as connection:
        save_segmentation(connection, "main", "state")
    town.happens()
    found = walk(town.house.store, "main", Filters(_last_days().period, "30d", segment="state:SP"))
    assert [(stop.key, stop.customers) for stop in found.stops] == [("purchase", 2)]


def test_merged_customers_walk_one_corridor(town: Town) -> None:
    """What two customers did is one walk once they are known to be one."""
    from corridor.identify import merge

    town.event("nadia", "Order Completed", 9)
    town.event("nadia-at-work", "Order Delivered", 5)
    town.happens()
    assert walk(town.house.store, "main", _last_days()).moves == ()
    with town.house.write() as connection:
        merge(connection, "main", town.house.customer("nadia"), town.house.customer("nadia-at-work"), "test", "one person")
    (move,) = walk(town.house.store, "main", _last_days()).moves
    assert move == Move("purchase", "delivery", 1, 1, 4 * 86_400, 4 * 86_400)


def _last_days() -> Filters:
    return Filters(Period.last(31), "30d")
