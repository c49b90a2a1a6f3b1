"""A promise comes to the same end in whatever order its news arrives, and is noticed once when it is overdue."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from corridor import listen
from corridor.ground.vocabulary import DAY, Event
from corridor.listen import PromiseMade, PromiseSettled
from tests.listen.conftest import Ear

MADE = (
    "Promise Made",
    {"promise_id": "o1", "touchpoint": "delivery", "due": "2026-03-14", "unit": "days"},
    "2026-03-10T09:00:00+00:00",
)


def _only(ear: Ear) -> dict[str, Any]:
    (row,) = ear.rows("promises")
    return row


def test_a_date_holds_to_the_end_of_its_day(ear: Ear) -> None:
    """What is delivered at 23:59 by the workspace's clock on the promised day is in time; a minute later it is not."""
    ear.hear(ear.said(*MADE), ear.said("Order Delivered", {"promise_id": "o1"}, "2026-03-14T22:59:00+00:00"))
    assert (_only(ear)["state"], _only(ear)["miss"]) == ("kept", None)
    late = ear.said("Promise Made", {"promise_id": "o2", "due": "2026-03-14"}, "2026-03-10T09:00:00+00:00")
    ear.hear(late, ear.said("Order Delivered", {"promise_id": "o2"}, "2026-03-14T23:00:00+00:00"))
    assert [row["state"] for row in ear.rows("promises") if row["promise_key"] == "o2"] == ["broken"]


def test_the_miss_is_in_the_promise_own_unit(ear: Ear) -> None:
    """Two and a half days after the promised day's end is a miss of 2.5 days; other units count their own."""
    ear.hear(ear.said(*MADE), ear.said("Order Delivered", {"promise_id": "o1"}, "2026-03-17T11:00:00+00:00"))
    row = _only(ear)
    assert (row["state"], row["unit"]) == ("broken", "days")
    assert row["miss"] == pytest.approx(2.5, abs=1e-6)


@pytest.mark.parametrize(
    ("made", "done", "state", "miss"),
    [
        ({"due": "2026-03-10T12:00:00Z", "unit": "hours"}, {}, "broken", 1),
        ({"due": "2026-03-10T14:00:00", "unit": "hour"}, {}, "kept", None),
        ({"value": 3, "unit": "hours"}, {}, "broken", 1),
        ({"value": 240, "unit": "minutes"}, {}, "kept", None),
        ({"price": 100}, {"total": 120.5}, "broken", 20.5),
        ({"value": 100, "unit": "money"}, {"price": 99}, "kept", None),
        ({"value": 100, "unit": "money"}, {}, "kept", None),
    ],
)
def test_dates_service_levels_and_prices(
    ear: Ear, made: dict[str, Any], done: dict[str, Any], state: str, miss: float | None
) -> None:
    """A promise may be a moment, a length of time or a price; a moment without a zone is the workspace's."""
    ear.hear(
        ear.said("Promise Made", {"promise_id": "x", **made}, "2026-03-10T09:00:00+00:00"),
        ear.said("Order Completed", {"promise_id": "x", **done}, "2026-03-10T13:00:00+00:00"),
    )
    assert (_only(ear)["state"], _only(ear)["miss"]) == (state, miss)


def test_another_systems_word_counts(ear: Ear) -> None:
    """`Promise Broken` and `Promise Kept` settle a promise, with the miss that the other system knows."""
    batch = ear.hear(ear.said("Promise Broken", {"promise_id": "o1", "miss": 4, "unit": "hours"}))
    row = _only(ear)
    assert (row["state"], row["miss"], row["unit"], row["made_at"]) == ("broken", 4, "hours", None)
    assert [fact.promise.state for fact in batch.of(PromiseSettled)] == ["broken"]
    assert not batch.of(PromiseMade)


def test_withdrawn_before_its_end(ear: Ear) -> None:
    """A cancelled order withdraws its promise; cancelled after delivery, the promise stays as it was settled."""
    ear.hear(ear.said(*MADE), ear.said("Order Cancelled", {"promise_id": "o1"}, "2026-03-11T09:00:00+00:00"))
    assert _only(ear)["state"] == "withdrawn"
    ear.hear(ear.said("Order Delivered", {"promise_id": "o1"}, "2026-03-10T20:00:00+00:00"))
    assert _only(ear)["state"] == "kept"


def test_a_second_date_does_not_hide_the_first(ear: Ear) -> None:
    """A later date under the same id does not make a missed promise good."""
    again = ("Promise Made", {**MADE[1], "due": "2026-03-20"}, "2026-03-13T09:00:00+00:00")
    ear.hear(ear.said(*MADE), ear.said(*again), ear.said("Order Delivered", {"promise_id": "o1"}, "2026-03-16T11:00:00+00:00"))
    assert _only(ear)["state"] == "broken"


def test_mentioning_is_not_fulfilling(ear: Ear) -> None:
    """Events about a promise, such as a case or a rating, do not fulfil it."""
    rating = ear.said("Experience Rated", {"promise_id": "o1", "value": 1, "instrument": "csat"}, "2026-03-12T09:00:00+00:00")
    ear.hear(
        ear.said(*MADE), rating, ear.said("Case Opened", {"promise_id": "o1"}), ear.said("Order Updated", {"promise_id": "o1"})
    )
    assert _only(ear)["state"] == "open"


NEWS: tuple[tuple[str, dict[str, Any], str], ...] = (
    MADE,
    ("Promise Made", {**MADE[1], "due": "2026-03-20"}, "2026-03-12T09:00:00+00:00"),
    ("Order Delivered", {"promise_id": "o1"}, "2026-03-16T11:00:00+00:00"),
    ("Order Delivered", {"promise_id": "o1"}, "2026-03-13T11:00:00+00:00"),
    ("Promise Broken", {"promise_id": "o1", "miss": 3, "unit": "days"}, "2026-03-17T11:00:00+00:00"),
    ("Promise Broken", {"promise_id": "o1"}, "2026-03-16T11:00:00+00:00"),
    ("Promise Kept", {"promise_id": "o1"}, "2026-03-12T11:00:00+00:00"),
    ("Promise Withdrawn", {"promise_id": "o1"}, "2026-03-15T11:00:00+00:00"),
    ("Order Cancelled", {"promise_id": "o1"}, "2026-03-12T10:00:00+00:00"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_order_makes_no_difference(ear: Ear, data: st.DataObject) -> None:
    """Any selection of news, in any order, in any batches and with repetitions, ends as it does in the order of time."""
    chosen = data.draw(st.lists(st.sampled_from(NEWS), min_size=1, max_size=6))
    numbered = [(place, news) for place, news in enumerate(chosen)]
    in_time = sorted(numbered, key=lambda one: one[1][2])
    shuffled = data.draw(st.permutations(numbered + data.draw(st.lists(st.sampled_from(numbered), max_size=2))))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3))

    def run(order: list[tuple[int, Any]], places: list[int]) -> tuple[list[dict[str, Any]], list[tuple[str, float | None]]]:
        with ear.database.write() as connection:
            for table in ("promises", "untold_promises"):
                connection.execute(text(f"DELETE FROM {table} WHERE workspace_id = 'main'"))
        told: list[tuple[str, float | None]] = []
        for start, end in itertools.pairwise([0, *sorted(places), len(order)]):
            batch = ear.hear(*(_event(ear, place, news) for place, news in order[start:end]))
            told += [(fact.promise.state, fact.promise.miss) for fact in batch.of(PromiseSettled)]
        return ear.rows("promises"), told

    expected, _ = run(in_time, [])
    found, told = run(list(shuffled), cuts)
    assert found == expected
    assert not ear.rows("quarantine")
    if found and found[0]["state"] != "open":
        assert told[-1] == (found[0]["state"], found[0]["miss"])
    else:
        assert not told


def _event(ear: Ear, place: int, news: tuple[str, dict[str, Any], str]) -> Event:
    return ear.said(*news, message_id=f"n{place}", offset=place, customer=f"customer {place}", node=place)


def _alarmed(ear: Ear, moment: int) -> list[str]:
    with ear.database.write() as connection:
        listen.overdue(ear.workspace, connection, moment)
    return [row["body"].decode() for row in ear.rows("outbox")]


def test_overdue_is_noticed_once(ear: Ear) -> None:
    """A promise that falls due without being kept is recorded as an event of its customer, once."""
    made = ear.said(*MADE)
    ear.hear(made)
    assert not _alarmed(ear, made.at + DAY)
    (body,) = _alarmed(ear, made.at + 6 * DAY)
    assert '"event":"Promise Overdue"' in body
    assert '"node":1' in body
    assert '"promise_id":"o1"' in body
    assert len(_alarmed(ear, made.at + 7 * DAY)) == 1
    ear.hear(ear.said(*MADE))
    assert len(_alarmed(ear, made.at + 8 * DAY)) == 1
    assert _only(ear)["state"] == "open"


def test_history_raises_no_alarm(ear: Ear) -> None:
    """A promise that was imported after it had fallen due is not noticed, and neither is one that was kept or withdrawn."""
    ear.hear(ear.said(*MADE, received_at=ear.said("x", {}, "2026-06-01T00:00:00+00:00").at))
    kept = ear.said("Promise Made", {"promise_id": "o2", "due": "2026-03-14"}, "2026-03-10T09:00:00+00:00")
    ear.hear(kept)
    ear.hear(ear.said("Order Delivered", {"promise_id": "o2"}, "2026-03-12T09:00:00+00:00"))
    assert not _alarmed(ear, kept.at + 300 * DAY)
