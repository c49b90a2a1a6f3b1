"""SIGKILL at random moments while events come in (reliability check 1)."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from tests.journeys.ledger import assert_nothing_lost_or_doubled, close_the_books
from tests.journeys.serving import Served, command


def storm(data: Path, *, events: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    key = command("key", "create", "write", data=data)
    served = Served(data)
    acknowledged: set[str] = set()
    sent = threading.Event()

    def send() -> None:
        for start in range(0, events, 100):
            ids = [f"m-{number}" for number in range(start, start + 100)]
            batch = [
                {"type": "track", "event": "Product Viewed", "userId": f"u-{number % 97}", "messageId": id}
                for number, id in enumerate(ids, start)
            ]
            while served.post("/v1/batch", {"batch": batch}, key) != 200:
                time.sleep(0.05)
            acknowledged.update(ids)
        sent.set()

    served.start()
    client = threading.Thread(target=send, daemon=True)
    client.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.1, 1.0))
        served.kill()
        served.start()
    assert sent.wait(timeout=300)
    served.kill()
    assert len(acknowledged) == events
    assert_nothing_lost_or_doubled(acknowledged, close_the_books(data))


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    """After kills in mid-ingest every acknowledged event is in database and lake, once."""
    storm(tmp_path / "data", events=20_000, kills=4, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_twenty_kills_during_a_hundred_thousand_events(tmp_path: Path) -> None:
    """Twenty kills during 100,000 events lose nothing and double nothing."""
    storm(tmp_path / "data", events=100_000, kills=20, seed=2)


def test_the_books_notice_a_lost_and_a_doubled_event(tmp_path: Path) -> None:
    """Negative control: the same books fail when an event is missing or twice there."""
    data = tmp_path / "data"
    key = command("key", "create", "write", data=data)
    served = Served(data)
    served.start()
    assert served.post("/v1/track", {"event": "A", "userId": "u", "messageId": "m-1"}, key) == 200
    served.stop()
    books = close_the_books(data)
    assert_nothing_lost_or_doubled({"m-1"}, books)
    with pytest.raises(AssertionError, match="not in the lake"):
        assert_nothing_lost_or_doubled({"m-1", "m-2"}, books)
    doubled = type(books)(books.in_lake * 2, books.in_profiles, books.in_timeline, "ok")
    with pytest.raises(AssertionError, match="twice"):
        assert_nothing_lost_or_doubled({"m-1"}, doubled)
