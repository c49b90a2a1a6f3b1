"""Home: what needs this person today, the goals, the snarls and the cases, in the order that suits their role."""

from __future__ import annotations

import pytest

from corridor.ground.access import Caller
from corridor.ground.vocabulary import Workspace
from corridor.measure import home
from corridor.measure.snags import trend
from corridor.understand import refresh_due
from tests.conftest import House
from tests.measure.conftest import Shop


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("role", ["admin", "executive", "agent"])
def test_home_is_there_for_everybody(house: House, shop: Shop, role: str, language: str) -> None:
    """Each role has a Home in their language, also while nothing has happened, and it teaches what will stand there."""
    browser = house.sign_in(role=role, language=language)
    assert browser.get("/").status_code == 200
    house.send(*(shop.rated(f"a{number}", 50 + number, 3 + 7 * number, "delivery") for number in range(9)))
    for path in (
        "/",
        "/?period=30d",
        "/?period=365d",
        "/?period=all",
        "/?channel=email",
        "/goals",
        "/goals?period=all",
        "/pulse",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert f'lang="{language}"' in answer.text


def test_an_agent_begins_with_cases_and_an_executive_with_goals(house: House) -> None:
    """The order on the page follows the role."""

    def order(role: str) -> list[str]:
        page = house.sign_in(role=role).get("/").text
        return sorted(("goal-revenue", "Snarls, by what they cost"), key=page.index)

    assert order("agent") == ["Snarls, by what they cost", "goal-revenue"]
    assert order("executive") == ["goal-revenue", "Snarls, by what they cost"]


def test_home_says_what_needs_one_today(house: House, shop: Shop) -> None:
    """The sentence under the greeting counts one's own cases, and the late ones first."""
    browser = house.sign_in(role="operations", name="Omid Omidi")
    assert "Nothing needs you right now." in browser.get("/").text
    house.send(*(shop.rated(user, 5, 1, "delivery") for user in ("nadia", "tom", "eva")))
    assert "1 thing needs you today: 3 cases are yours." in browser.get("/").text
    with house.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET due_at = 1 WHERE workspace_id = 'main' AND number = 1")
    page = browser.get("/").text
    assert "2 things need you today: 1 case is past its deadline, and 2 cases are yours." in page
    assert "Yours to close" in page
    assert "overdue, was due" in page


def test_an_executive_sees_what_is_late_anywhere(house: House, shop: Shop) -> None:
    """Who works on no cases sees those that nobody closed in time."""
    house.sign_in(role="operations")
    house.send(shop.rated("nadia", 5, 1, "delivery"))
    with house.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET due_at = 1 WHERE workspace_id = 'main'")
    page = house.sign_in(role="executive").get("/").text
    assert "Past their deadline" in page
    assert "1 case is past its deadline" in page


@pytest.mark.parametrize(
    ("hour", "said"),
    [(3, "Good night, Sara"), (9, "Good morning, Sara"), (15, "Good afternoon, Sara"), (21, "Good evening, Sara")],
)
def test_the_greeting_goes_by_the_clock_of_the_workspace(hour: int, said: str) -> None:
    """The greeting follows the time of day in the workspace's zone and uses the first name."""
    workspace = Workspace("main", "Main", zone="Asia/Tehran")
    caller = Caller(workspace, "1", "Sara Amini", "s@example.com", "admin", "en", "system", "", "session")
    midnight = 1_767_571_200_000_000 - 12_600_000_000
    assert home.greeting(caller, midnight + hour * 3_600_000_000) == said


@pytest.mark.parametrize(
    ("lately", "earlier", "said"),
    [(40, 20, "growing"), (20, 40, "steady"), (2, 80, "shrinking"), (6, 0, "new"), (2, 1, "")],
)
def test_a_trend_is_named_only_beyond_chance(lately: int, earlier: int, said: str) -> None:
    """More customers a day in the last 30 days than in the 60 before is growth only if chance would not do it."""
    assert trend(lately, 30, earlier, 60) == said


def test_the_dearest_snarls_stand_on_home(house: House, shop: Shop) -> None:
    """Once the corridor is worked out, its snarls show with their place, customers and trend; before, Home says how."""
    assert "Not worked out yet" in house.client.get("/").text
    events = []
    for number in range(12):
        for ago in (80, 79, 78, 12, 11, 10):
            user = f"u{number}"
            events += [shop.event(user, "Order Completed", ago, total=10, currency="EUR", order_id=f"{user}-{ago}")]
            events += [
                shop.event(user, "Order Shipped", ago - 0.1),
                shop.event(user, "Live Chat Conversation Started", ago - 0.3),
            ]
    house.send(*events)
    refresh_due(house.store, house.workspace)
    page = house.client.get("/").text
    assert "Where it snags" in page
    assert "Loop at" in page
