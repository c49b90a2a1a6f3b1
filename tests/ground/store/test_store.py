"""Journal, database, lake and engine behind their ports."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Column, Integer, Text, select

from corridor.ground.problems import Invalid, NoSpace, Problem, Unavailable
from corridor.ground.store import Store, database, insert_many, workspace_table
from corridor.ground.store import spool as spooling
from corridor.ground.store.lake import events_schema
from tests.conftest import House


def rows(count: int, offset: int, root: int = 1) -> pa.Table:
    schema = events_schema()
    columns: dict[str, list[object]] = {name: [None] * count for name in schema.names}
    columns.update(offset=[offset] * count, position=list(range(count)), node=[root] * count, root=[root] * count)
    return pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names}, schema=schema)


def test_requests_that_wait_share_a_commit_and_keep_their_order(house: House) -> None:
    """Appends from many threads are all there, each once, with offsets in the order of the commits."""
    journal = house.store.journal
    offsets: list[int] = []

    def append(start: int) -> None:
        for number in range(start, start + 25):
            offsets.append(journal.append("main", "test", "track", b"%d" % number, 1))

    threads = [threading.Thread(target=append, args=(start,)) for start in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = journal.read(0, most_events=1000)
    assert [request.offset for request in found] == sorted(offsets) == list(range(1, 201))
    assert {int(request.body) for request in found} == set(range(200))
    assert all(request.intact for request in found)


def test_an_event_loop_waits_for_the_disk_without_blocking(house: House) -> None:
    """Many requests of one loop are answered together when they are on the disk."""

    async def send() -> list[int]:
        return list(await asyncio.gather(*(house.store.journal.append_soon("main", "t", "track", b"{}", 1) for _ in range(50))))

    assert sorted(asyncio.run(send())) == list(range(1, 51))


def test_the_lake_takes_a_batch_once(house: House) -> None:
    """The same batch number twice changes nothing, from this process or from another."""
    lake = house.store.lake
    assert lake.append("main", rows(5, 1), batch=3)
    assert not lake.append("main", rows(5, 1), batch=3)
    assert not lake.append("main", rows(5, 1), batch=2)
    other = Store.open(house.store.folder)
    assert not other.lake.append("main", rows(5, 1), batch=3)
    assert other.engine.ask("main", "SELECT count(*) AS n FROM events").to_pylist() == [{"n": 5}]
    other.close()


def test_questions_see_what_waits_for_the_lake_and_nothing_twice(house: House) -> None:
    """A question reads lake and spool together, also between the lake's commit and the spool's letting go."""
    with house.write() as connection:
        number = spooling.spool(connection, "main", rows(4, 1), 1)
    ask = "SELECT count(*) AS n FROM events"
    assert house.store.engine.ask("main", ask).to_pylist() == [{"n": 4}]
    house.store.lake.append("main", rows(4, 1), number)
    assert house.store.engine.ask("main", ask).to_pylist() == [{"n": 4}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('{other}/**/*.parquet')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT nothing_of_this_name FROM events",
        "SELECT",
    ],
)
def test_a_question_cannot_leave_its_workspace(house: House, sql: str) -> None:
    """SQL that reaches for files, settings or another workspace is refused with a sentence."""
    house.store.lake.append("other", rows(3, 1), 1)
    with pytest.raises(Invalid, match="cannot be answered"):
        house.store.engine.ask("main", sql.format(other=house.store.lake.path("other")))


def test_a_question_that_takes_too_long_is_stopped(house: House) -> None:
    """A runaway question ends at its limit and the engine goes on."""
    with pytest.raises(Unavailable, match=r"longer than 0\.3 seconds"):
        house.store.engine.ask("main", "SELECT count(*) FROM range(100000000) a, range(100000) b", seconds=0.3)
    assert house.store.engine.ask("main", "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_reading_cannot_write(house: House) -> None:
    """What is read by a page cannot change anything by mistake."""
    with pytest.raises(Problem), house.read() as connection:
        connection.exec_driver_sql("DELETE FROM nodes WHERE workspace_id = 'main'")


def test_a_sqlite_that_can_corrupt_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An affected SQLite library is refused at the start, with the version needed."""
    monkeypatch.setattr(database.sqlite, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(Problem, match=r"3\.51\.3"):
        Store.open(tmp_path)


def test_many_rows_in_one_statement(house: House) -> None:
    """Rows are inserted, ignored or replaced by their key."""
    things = workspace_table("things_of_a_test", Column("id", Text, primary_key=True), Column("n", Integer))
    with house.write() as connection:
        things.create(connection)
        insert_many(
            connection, things, [{"workspace_id": "main", "id": "a", "n": 1}, {"workspace_id": "main", "id": "b", "n": 2}]
        )
        insert_many(connection, things, [{"workspace_id": "main", "id": "a", "n": 9}], "IGNORE")
        insert_many(connection, things, [{"workspace_id": "main", "id": "b", "n": 8}], "REPLACE")
        insert_many(connection, things, [])
        found = connection.execute(select(things.c.id, things.c.n).where(things.c.workspace_id == "main")).all()
        things.drop(connection)
    things.metadata.remove(things)
    assert sorted(map(tuple, found)) == [("a", 1), ("b", 8)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 24 MiB, where the machine lets us make one."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], check=False).returncode:
        pytest.skip("making a small disk needs root and tmpfs")
    return place


def test_a_full_disk_refuses_and_goes_on_when_there_is_space(small_disk: Path) -> None:
    """With the disk full nothing is acknowledged, reads still answer, and it goes on by itself when there is space again."""
    store = Store.open(small_disk / "data")
    try:
        accepted = [store.journal.append("main", "t", "track", b"{}", 1)]
        filler = small_disk / "filler"
        filler.write_bytes(os.urandom(1024))
        refused: NoSpace | None = None
        while refused is None and len(accepted) < 200:
            try:
                accepted.append(store.journal.append("main", "t", "track", os.urandom(500_000), 1))
            except NoSpace as problem:
                refused = problem
        assert refused is not None
        assert "no space left" in refused.detail
        kept = store.journal.read(0, most_events=1_000_000)
        assert [request.offset for request in kept] == accepted
        assert all(request.intact for request in kept)
        store.journal.trim(accepted[-1])
        again = store.journal.append("main", "t", "track", b"{}", 1)
        assert again > accepted[-1]
    finally:
        store.close()
        subprocess.run(["umount", "-l", small_disk], check=True)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A data folder in an impossible place is refused with the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be made"):
        Store.open(tmp_path / "file" / "data")
