"""Each experience is set beside what was expected of it, from the strongest source that says anything."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from corridor.ground.vocabulary import DAY
from corridor.identify import merge, undo
from corridor.understand import satisfaction
from corridor.understand.compare import HALF_LIFE, Weighted
from tests.understand.conftest import Town

COUNT = itertools.count()


def test_what_was_stated_comes_before_all(town: Town) -> None:
    """What a customer said they expect within 30 days before wins over promise, history and norm; the latest word counts."""
    town.rated("nadia", 90, days=60)
    town.event("nadia", "Promise Made", 20, promise_id="level", value=95, unit="percent", touchpoint="delivery")
    town.expected("nadia", 60, days=10)
    town.expected("nadia", 70, days=5)
    town.rated("nadia", 40, days=1)
    town.happens()
    last = town.gaps("nadia")[-1]
    assert (last["expectation"], last["source"], last["gap"]) == (70, "stated", -30)


def test_an_old_word_no_longer_counts(town: Town) -> None:
    """What was stated more than 30 days before an experience, or after it, or elsewhere, says nothing of it."""
    town.expected("nadia", 10, days=40)
    town.expected("nadia", 20, days=1)
    town.expected("nadia", 30, days=5, touchpoint="chat")
    town.rated("nadia", 40, days=3)
    town.happens()
    (only,) = town.gaps("nadia")
    assert (only["expectation"], only["source"]) == (75, "market")


def test_the_same_answer_states_and_rates(town: Town) -> None:
    """An expectation given in the same answer counts even if it was written down after the rating."""
    town.rated("nadia", 40, days=3, answer_id="a1")
    town.expected("nadia", 85, days=2.9, answer_id="a1")
    town.happens()
    (only,) = town.gaps("nadia")
    assert (only["expectation"], only["source"]) == (85, "stated")


def test_a_promised_level_comes_before_history(town: Town) -> None:
    """A promise whose value stands on a scale is what to expect; a promised date is not."""
    town.rated("nadia", 20, days=60)
    town.event("nadia", "Promise Made", 20, promise_id="level", value=95, unit="percent", touchpoint="delivery")
    town.rated("nadia", 80, days=1)
    town.promised("omid", "parcel", days=9, due=5)
    town.rated("omid", 80, days=1)
    town.happens()
    assert [(row["expectation"], row["source"]) for row in town.gaps("nadia")] == [(75, "market"), (95, "promised")]
    assert [(row["expectation"], row["source"]) for row in town.gaps("omid")] == [(75, "market")]


def test_history_weighs_what_is_recent(town: Town) -> None:
    """Without a word or a promise, earlier experiences at the same touchpoint are what to expect; half weight after 180 days."""
    town.rated("nadia", 100, days=190)
    town.rated("nadia", 40, days=10)
    town.rated("nadia", 60, days=1)
    town.happens()
    last = town.gaps("nadia")[-1]
    assert last["source"] == "history"
    assert last["expectation"] == pytest.approx((40 + 0.5 * 100) / 1.5)


def test_without_any_expectation_there_is_no_gap(town: Town) -> None:
    """Where nothing is known of an expectation the experience is kept, and no gap is guessed."""
    town.rated("nadia", 40, days=1, touchpoint=None)
    town.happens()
    (only,) = town.gaps("nadia")
    assert (only["experience"], only["expectation"], only["gap"], only["source"]) == (40, None, None, None)


def test_effort_and_recommendation_are_not_experiences(town: Town) -> None:
    """Only answers about how it was make a gap."""
    town.event("nadia", "Effort Rated", 1, value=6, touchpoint="delivery")
    town.event("nadia", "Experience Rated", 1, value=9, instrument="nps", touchpoint="delivery")
    town.happens()
    assert town.gaps() == []


def test_late_news_changes_what_follows(town: Town) -> None:
    """An older experience that arrives late becomes the history of those after it, as if it had come in time."""
    town.rated("nadia", 50, days=2)
    town.happens()
    town.rated("nadia", 90, days=20)
    town.happens()
    town.expected("nadia", 65, days=21)
    town.happens()
    assert [(row["expectation"], row["source"]) for row in town.gaps("nadia")] == [(65, "stated"), (65, "stated")]
    town.rated("omid", 50, days=2)
    town.happens()
    town.rated("omid", 90, days=40)
    town.happens()
    assert [(row["expectation"], row["source"]) for row in town.gaps("omid")] == [(75, "market"), (90, "history")]


def test_the_lake_carries_both_sides(town: Town) -> None:
    """The event that told an experience carries it, and what was expected, into the lake."""
    town.rated("nadia", 40, days=1)
    town.happens()
    rows = town.house.store.engine.ask(
        "main", "SELECT experience, expectation FROM events WHERE experience IS NOT NULL"
    ).to_pylist()
    assert rows == [{"experience": 40, "expectation": 75}]


def test_merging_customers_merges_their_history(town: Town) -> None:
    """After a merge the other's experiences are history too, and satisfaction is of both; undoing it brings back what was."""
    town.rated("nadia", 20, days=9)
    town.rated("nadia-at-work", 80, days=3)
    town.happens()
    keep, other = town.house.customer("nadia"), town.house.customer("nadia-at-work")
    with town.house.write() as connection:
        done = merge(connection, "main", keep, other, "test", "the same address")
    later = town.gaps("nadia")[-1]
    assert (later["expectation"], later["source"]) == (20, "history")
    with town.house.read() as connection:
        both, none = satisfaction(connection, "main", keep), satisfaction(connection, "main", other)
    assert both is not None
    assert both.n == 2
    assert none is None
    with town.house.write() as connection:
        undo(connection, "main", done.id, "test")
    assert [(row["expectation"], row["source"]) for row in town.gaps()] == [(75, "market"), (75, "market")]
    with town.house.read() as connection:
        one = satisfaction(connection, "main", other)
    assert one is not None
    assert (one.value, one.n, one.expects) == (80, 1, 75)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2_000), st.floats(0, 100)), min_size=1, max_size=12), st.randoms())
def test_the_weighted_mean_knows_no_order(values: list[tuple[int, float]], random: object) -> None:
    """However the values arrive, the mean is that of weights halved every 180 days."""
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = Weighted()
    for day, value in shuffled:
        found.add(day * DAY, value)
    weights = [0.5 ** ((2_000 - day) * DAY / HALF_LIFE) for day, _ in values]
    expected = sum(weight * value for weight, (_, value) in zip(weights, values, strict=True)) / sum(weights)
    assert found.mean == pytest.approx(expected)


# Each example walks six batches: looking for a smaller one would take minutes.
@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(st.permutations(range(6)))
def test_the_order_of_arrival_makes_no_difference(old_town: Town, order: list[int]) -> None:
    """The same six events, whichever comes first, come to the same gaps."""
    who = f"nadia-{next(COUNT)}"
    stories: list[Callable[[], None]] = [
        lambda: old_town.rated(who, 90, days=60),
        lambda: old_town.rated(who, 30, days=20),
        lambda: old_town.expected(who, 55, days=45),
        lambda: old_town.rated(who, 70, days=4),
        lambda: old_town.expected(who, 65, days=8, touchpoint="chat"),
        lambda: old_town.rated(who, 10, days=2, touchpoint="chat"),
    ]
    for number in order:
        stories[number]()
        old_town.happens()
    found = [(row["touchpoint"], row["experience"], row["source"], row["expectation"]) for row in old_town.gaps(who)]
    assert found == [
        ("delivery", 90, "market", 75),
        ("delivery", 30, "stated", pytest.approx(55)),
        ("delivery", 70, "history", pytest.approx((30 + 90 * 0.5 ** (40 / 180)) / (1 + 0.5 ** (40 / 180)))),
        ("chat", 10, "stated", 65),
    ]
