"""Targets of the goals: set, shown as a line, guarded against a colleague's change, and taken away."""

from __future__ import annotations

import re

import pytest

from tests.conftest import House
from tests.measure.conftest import Shop


def test_a_target_is_set_and_shown(house: House, shop: Shop) -> None:
    """A target set by the API stands with its goal on the scoreboard and on Home."""
    house.send(*(shop.rated(f"a{number}", 50 + number, 3 + 7 * number, "delivery") for number in range(9)))
    program = house.api()
    made = program.put("/api/v1/goals/customer", json={"value": -2, "until": "2027-01-01T00:00:00Z"})
    assert made.json() == {"goal": "customer", "value": -2, "until": "2027-01-01T00:00:00Z", "version": 1}
    assert shop.board()["customer"]["target"]["value"] == -2
    assert "target −2.0" in house.client.get("/").text
    assert program.delete("/api/v1/goals/customer").status_code == 204
    assert program.get("/api/v1/goals").json() == {"items": []}


@pytest.mark.parametrize(
    ("goal", "body", "status"),
    [
        ("happiness", {"value": 1}, 422),
        ("employee", {"value": 101}, 422),
        ("customer", {"value": -101}, 422),
        ("revenue", {"value": 0}, 422),
        ("revenue", {"value": 5, "until": "soon"}, 422),
        ("employee", {"value": 70, "version": 3}, 409),
    ],
)
def test_what_cannot_be_a_target_is_refused(house: House, goal: str, body: dict[str, object], status: int) -> None:
    """An unknown goal, a value out of reach, a wrong day and an old version each get their answer."""
    assert house.api().put(f"/api/v1/goals/{goal}", json=body).status_code == status


def test_targets_are_set_on_the_page(house: House) -> None:
    """The goals' page takes a target in whole currency and a last day, and keeps what was typed when it is refused."""
    browser = house.client
    saved = browser.post("/goals/revenue", data={"version": "0", "value": "1,250.50", "until": "2027-03-20"})
    assert saved.status_code == 200
    assert house.api().get("/api/v1/goals").json()["items"][0]["value"] == 125_050
    wrong = browser.post("/goals/employee", data={"version": "0", "value": "many", "until": ""})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    stale = browser.post("/goals/revenue", data={"version": "0", "value": "9", "until": ""})
    assert stale.status_code == 409
    gone = browser.post("/goals/revenue", data={"version": "1", "value": "", "until": ""})
    assert gone.status_code == 200
    assert house.api().get("/api/v1/goals").json()["items"] == []


def test_a_persian_reader_types_a_jalali_day(house: House) -> None:
    """In Persian, digits and days of the Jalali calendar are understood and shown again."""
    browser = house.sign_in(language="fa")
    page = browser.post("/goals/employee", data={"version": "0", "value": "۷۵", "until": "۱۴۰۵/۱۲/۲۹"})
    assert page.status_code == 200
    (target,) = house.api().get("/api/v1/goals").json()["items"]
    assert (target["value"], target["until"]) == (75, "2027-03-21T00:00:00Z")
    assert re.search(r'value="1405/12/29"', browser.get("/goals").text)


def test_who_does_not_configure_sets_no_targets(house: House) -> None:
    """An agent sees the goals and cannot change them."""
    browser = house.sign_in(role="agent")
    assert "Save the target" not in browser.get("/goals").text
    assert browser.post("/goals/revenue", data={"version": "0", "value": "1"}).status_code == 403
