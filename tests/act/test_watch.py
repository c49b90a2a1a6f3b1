"""What shows by not happening: a case past its deadline, and a customer who falls silent after trouble."""

from __future__ import annotations

from typing import Any

from corridor.act import cases as reading
from corridor.act import rules
from corridor.ground.vocabulary import DAY, SECOND, now
from tests.act.conftest import Town
from tests.conftest import House

HOUR = 3600 * SECOND


def escalations(house: House, case_id: str) -> list[Any]:
    """The roles that a case was brought to, in order."""
    with house.read() as connection:
        moves = reading.moves_of(connection, "main", case_id)
    return [move.after for move in reversed(moves) if move.kind == "escalated"]


def test_an_overdue_case_is_brought_to_the_next_role_once_a_level(house: House, town: Town) -> None:
    """Past its deadline a case goes to the experience manager, a day later to the executive, and to nobody twice."""
    house.send(town.rated("nadia", 2))
    (case,) = town.cases()
    house.tick(case.due_at - HOUR)
    assert escalations(house, case.id) == []
    house.tick(case.due_at + HOUR)
    house.tick(case.due_at + 2 * HOUR)
    assert escalations(house, case.id) == ["manager"]
    house.tick(case.due_at + 25 * HOUR)
    house.tick(case.due_at + 26 * HOUR)
    assert escalations(house, case.id) == ["manager", "executive"]
    assert town.names_on_timeline("nadia").count("Case Escalated") == 2


def test_a_case_that_waits_for_the_customer_is_not_late(house: House, town: Town) -> None:
    """While a case waits for the customer its clock rests; afterwards it has as much time left as before."""
    house.send(town.rated("nadia", 2))
    (case,) = town.cases()
    browser = house.sign_in(role="operations")
    browser.patch(f"/api/v1/cases/{case.id}", json={"state": "waiting"})
    house.tick(case.due_at + 2 * DAY)
    assert escalations(house, case.id) == []
    back = browser.patch(f"/api/v1/cases/{case.id}", json={"state": "in_progress"}).json()
    assert back["state"] == "in_progress"
    assert town.cases()[0].due_at >= case.due_at


def test_silence_after_trouble_opens_a_case_once(house: House, town: Town) -> None:
    """A customer who was let down and has given no sign for 30 days becomes a case; looking again changes nothing."""
    house.send(town.bought("nadia", 80, 50), *town.late("nadia", "p1", due=42, done=40))
    assert town.cases() == []
    house.tick(now())
    (case,) = town.cases()
    assert (case.kind, case.touchpoint, case.owner) == ("silence", "delivery", "operations")
    house.tick(now() + 2 * HOUR)
    house.tick(now() + 4 * HOUR)
    assert len(town.cases()) == 1


def test_a_bad_experience_is_trouble_too(house: House, town: Town) -> None:
    """A gap under -20 followed by silence is noticed as well."""
    with house.write() as connection:
        rules.change_rule(connection, "main", "rating-low", active=False)
    house.send(town.bought("nadia", 80, 50), town.rated("nadia", 2, 45))
    house.tick(now())
    assert [case.kind for case in town.cases()] == ["silence"]


def test_a_customer_who_came_back_is_not_silent(house: House, town: Town) -> None:
    """A sign of life after the trouble ends the silence."""
    house.send(*town.late("nadia", "p1", due=42, done=40), town.event("nadia", "Product Viewed", 10))
    house.tick(now())
    assert town.cases() == []


def test_silence_of_long_ago_stays_history(house: House, town: Town) -> None:
    """Customers who fell silent long before the rule's freshness open nothing."""
    house.send(*town.late("nadia", "p1", due=200, done=198))
    house.tick(now())
    assert town.cases() == []


def test_silence_without_trouble_is_nobodys_case(house: House, town: Town) -> None:
    """A customer who was content and quiet is left in peace."""
    house.send(town.bought("nadia", 80, 50), town.rated("nadia", 5, 45))
    house.tick(now())
    assert town.cases() == []
