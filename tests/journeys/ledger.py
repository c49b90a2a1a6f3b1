"""What must hold after any crash: what was acknowledged is there, and nothing is there twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corridor.ground.store import Store
from corridor.line import Line


@dataclass(frozen=True)
class Books:
    """The events in the lake and in the database after everything has walked the line."""

    in_lake: list[str]
    in_profiles: int
    in_timeline: int
    intact: str


def close_the_books(data: Path) -> Books:
    """Open a data folder, let the line finish its work, and count."""
    store = Store.open(data)
    try:
        Line(store).walk_until_quiet()
        ids = store.engine.ask("main", "SELECT message_id FROM events", seconds=60)["message_id"].to_pylist()
        with store.database.read() as connection:
            profiles = connection.exec_driver_sql("SELECT sum(events) FROM node_profiles WHERE workspace_id = 'main'").scalar()
            moments = connection.exec_driver_sql("SELECT count(*) FROM timeline WHERE workspace_id = 'main'").scalar()
            intact = connection.exec_driver_sql("SELECT integrity_check AS workspace_id FROM pragma_integrity_check").scalar()
        return Books(ids, int(profiles or 0), int(moments or 0), str(intact))
    finally:
        store.close()


def assert_nothing_lost_or_doubled(acknowledged: set[str], books: Books) -> None:
    """Hold what was acknowledged against the books."""
    assert books.intact == "ok"
    assert len(books.in_lake) == len(set(books.in_lake)), "an event is in the lake twice"
    missing = acknowledged - set(books.in_lake)
    assert not missing, f"{len(missing)} acknowledged events are not in the lake"
    assert books.in_profiles == len(books.in_lake), "database and lake do not hold the same events"
    assert books.in_timeline == len(books.in_lake), "the timeline and the lake do not hold the same events"
