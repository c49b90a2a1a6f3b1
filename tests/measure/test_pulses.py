"""The employees' pulse: one answer a person and week, shown only together, and nobody can say whose it was."""

from __future__ import annotations

import pytest

from corridor.ground.vocabulary import DAY, Period, now
from corridor.measure import answer_pulse, pulses
from tests.conftest import House
from tests.measure.conftest import Shop


def answers(house: House, scores: dict[str, int], moment: int | None = None, words: str = "") -> None:
    """Let people answer."""
    with house.write() as connection:
        for person, score in scores.items():
            answer_pulse(connection, house.workspace, person, score, words, moment=moment)


def test_under_five_answers_nothing_is_shown(house: House, shop: Shop) -> None:
    """Four answers give no figure anywhere; the fifth gives the mean of all."""
    answers(house, {"a": 8, "b": 8, "c": 8, "d": 8})
    assert shop.board()["employee"]["value"] is None
    assert house.api().get("/api/v1/pulses").json()["items"][0]["n"] is None
    answers(house, {"e": 3})
    employee = shop.board()["employee"]
    assert (employee["value"], employee["n"], employee["unit"]) == (70, 5, "score")


def test_a_second_answer_takes_the_place_of_the_first(house: House, shop: Shop) -> None:
    """One person counts once a week, however often they answer."""
    answers(house, {"a": 0, "b": 10, "c": 10, "d": 10, "e": 10})
    answers(house, {"a": 10})
    employee = shop.board()["employee"]
    assert (employee["value"], employee["n"]) == (100, 5)


def test_a_week_with_few_answers_stays_out_of_the_mean(house: House, shop: Shop) -> None:
    """Weeks under the threshold are not mixed into longer periods, so no comparison singles anybody out."""
    answers(house, dict.fromkeys("abcde", 5), moment=now() - 14 * DAY)
    answers(house, {"a": 10}, moment=now())
    employee = shop.board()["employee"]
    assert (employee["value"], employee["n"]) == (50, 5)


def test_nobody_can_be_found_in_a_past_week(house: House) -> None:
    """When a week is over its salt is gone: no name and no moment stands with an answer."""
    answers(house, dict.fromkeys("abcde", 5), moment=now() - 14 * DAY)
    answers(house, {"a": 7})
    with house.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM pulses WHERE workspace_id = 'main'").mappings().all()
        salts = connection.exec_driver_sql("SELECT week FROM pulse_salts WHERE workspace_id = 'main'").all()
        assert not pulses.has_answered(connection, house.workspace, "a", moment=now() - 14 * DAY)
        assert pulses.has_answered(connection, house.workspace, "a")
    assert set(rows[0]) == {"workspace_id", "week", "person", "starts_at", "score", "words"}
    assert len(salts) == 1
    assert all(len(row["person"]) == 64 for row in rows)


def test_the_change_is_against_the_period_before(house: House, shop: Shop) -> None:
    """Two periods with enough answers give a change with its interval."""
    answers(house, {"a": 8, "b": 7, "c": 8, "d": 9, "e": 8}, moment=now() - 40 * DAY)
    answers(house, {"a": 5, "b": 6, "c": 5, "d": 6, "e": 5}, moment=now() - 8 * DAY)
    change = shop.board("?period=30d")["employee"]["change"]
    assert change["mean"] == pytest.approx(-26)
    assert change["low"] < change["mean"] < change["high"] < 0


def test_an_employee_answers_on_the_page(house: House) -> None:
    """The page takes an answer, thanks without a name, and says when it was given; a wrong one keeps the words."""
    browser = house.sign_in(role="agent")
    assert "How was your week here?" in browser.get("/pulse").text
    wrong = browser.post("/pulse", data={"score": "", "words": "Too many calls"})
    assert wrong.status_code == 422
    assert "Too many calls</textarea>" in wrong.text
    thanks = browser.post("/pulse", data={"score": "7", "words": "Too many calls"})
    assert "Your answer is kept without your name." in thanks.text
    assert "another answer takes its place" in browser.get("/pulse").text


def test_words_are_read_by_few_and_only_among_five(house: House) -> None:
    """What employees write is shown from five answers on, to those whose task it is."""
    answers(house, dict.fromkeys("abcd", 5), words="Long queues")
    assert "Long queues" not in house.sign_in(role="hr").get("/pulse").text
    answers(house, {"e": 5})
    assert "Long queues" in house.sign_in(role="hr").get("/pulse").text
    assert "Long queues" not in house.sign_in(role="agent").get("/pulse").text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"score": 8, "person": "badge-17"}, 201),
        ({"score": 8}, 422),
        ({"score": 11, "person": "x"}, 422),
        ({"score": 5, "person": "x", "words": "y" * 1001}, 422),
    ],
)
def test_a_program_hands_answers_on(house: House, body: dict[str, object], status: int) -> None:
    """A program answers for people it names by a word of its own; what cannot be is refused."""
    assert house.api().post("/api/v1/pulses", json=body).status_code == status


def test_weeks_are_the_workspaces_own(house: House) -> None:
    """A week begins on Monday at midnight in the workspace's zone."""
    week, starts_at = pulses.week_of(1_767_571_200_000_000, "Asia/Tehran")  # 2026-01-05T00:00Z, a Monday
    assert (week, starts_at) == ("2026-W02", 1_767_571_200_000_000 - 12_600_000_000)
    with house.read() as connection:
        assert pulses.weeks(connection, "main", Period.last(30)) == []
