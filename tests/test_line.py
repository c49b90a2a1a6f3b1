"""The line: one transaction a batch, an event that breaks a step is isolated, and nothing is counted twice."""

from __future__ import annotations

from typing import Any

import pytest

from corridor import line as the_line
from corridor.ground.vocabulary import Batch
from tests.conftest import House


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "userId": f"u-{number}", "messageId": f"m-{number}", **more}


def in_lake(house: House) -> list[str]:
    found = house.store.engine.ask("main", "SELECT message_id FROM events ORDER BY message_id")["message_id"].to_pylist()
    return list(found)


def test_an_event_that_breaks_a_step_is_set_aside_and_the_others_land(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails on one event costs only that event; it is kept with the step's name."""

    def fussy(batch: Batch, *_: Any) -> None:
        if any(one.message_id == "m-7" for one in batch.events):
            raise RuntimeError("cannot take sevens")

    steps = tuple((name, fussy if name == "act.notice" else step) for name, step in the_line.STEPS)
    monkeypatch.setattr(the_line, "STEPS", steps)
    for start in (0, 5, 10):
        house.send(*(event(number) for number in range(start, start + 5)), {"type": "track", "userId": "nameless"})
    assert in_lake(house) == sorted(f"m-{number}" for number in range(15) if number != 7)
    with house.read() as connection:
        rows = connection.exec_driver_sql("SELECT code, field, reason FROM quarantine WHERE workspace_id = 'main'").fetchall()
    assert sorted(row.code for row in rows) == ["no_event"] * 3 + ["step_failed"], "the others keep their own reasons"
    assert [row.field for row in rows if row.code == "step_failed"] == ["act.notice"]
    assert house.line.walked["act.notice"].failures > 0


def test_a_batch_that_failed_walks_again_and_counts_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a transaction is undone, nothing of it was remembered: the events land at the next walk, once."""
    failures = iter([SystemExit("the process is asked to end")])

    def once(batch: Batch, *_: Any) -> None:
        for failure in failures:
            raise failure

    monkeypatch.setattr(the_line, "STEPS", (*the_line.STEPS, ("test.once", once)))
    house.line.walked["test.once"] = the_line.Walked()
    with pytest.raises(SystemExit):
        house.send(*(event(number) for number in range(5)))
    house.walk()
    assert len(in_lake(house)) == 5
    house.send(*(event(number) for number in range(5)))
    assert len(in_lake(house)) == 5


def test_workspaces_in_one_journal_stay_apart(house: House, other_workspace: House) -> None:
    """Events of two workspaces that walk together land each in its own."""
    other_workspace.store.journal.append("other", "test", "track", b'{"event":"B","userId":"u"}', 1)
    house.send(event(1))
    assert len(in_lake(house)) == 1
    found = house.store.engine.ask("other", "SELECT name FROM events").to_pylist()
    assert found == [{"name": "B"}]


def test_damaged_bytes_in_the_journal_are_found_and_set_aside(house: House) -> None:
    """A request whose bytes changed on the disk is reported, and the good ones around it land."""
    journal = house.store.journal
    for number in range(3):
        journal.append("main", "test", "track", b'{"event":"A","userId":"u","messageId":"m-%d"}' % number, 1)
    connection = journal._connect()
    connection.execute("UPDATE requests SET body = CAST(replace(body, 'm-1', 'm-9') AS BLOB) WHERE \"offset\" = 2")
    connection.close()
    house.walk()
    assert in_lake(house) == ["m-0", "m-2"]
    with house.read() as reading:
        codes = reading.exec_driver_sql("SELECT code FROM quarantine WHERE workspace_id = 'main'").fetchall()
    assert [row.code for row in codes] == ["damaged"]


def test_the_journal_lets_go_of_what_the_lake_has(house: House) -> None:
    """Requests leave the journal when their events are in the lake, and offsets go on."""
    house.send(event(1))
    assert house.store.journal.read(0, most_events=10) == []
    house.send(event(2))
    assert house.store.journal.last_offset() == 2


def test_two_lines_do_not_walk_one_folder(house: House) -> None:
    """A second line is refused with a sentence."""
    from corridor.ground.problems import Unavailable
    from corridor.ground.store import hold

    with (
        hold(house.store.folder / "line.lock"),
        pytest.raises(Unavailable, match="another Corridor process"),
        hold(house.store.folder / "line.lock"),
    ):
        pass
