"""The portfolio: who stands where, where high value begins, who moved, and who is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ground.filters import Filters
from corridor.ground.vocabulary import Period
from corridor.understand.portfolio import Layout, portfolio, quadrant_of, save_layout, usual_threshold
from tests.understand.conftest import Town

QUARTER = Filters(Period.last(90), "90d")


def firms(town: Town) -> None:
    """Four firms in four corners, one that nobody has heard, and a person of no firm."""
    for name, euros, value in (
        ("model", 900, 90),
        ("risk", 800, 30),
        ("growth", 50, 85),
        ("dangling", 40, 20),
        ("silent", 700, None),
    ):
        who = f"{name}-buyer"
        town.waiting.append(
            {"type": "group", "userId": who, "groupId": name, "messageId": f"g-{name}", "traits": {"name": name.title()}}
        )
        town.event(who, "Order Completed", 20, revenue=euros, currency="EUR")
        town.event(who, "Order Completed", 200, revenue=5, currency="EUR")
        if value is not None:
            town.rated(who, value, days=10)
    town.rated("risk-buyer", 95, days=120)
    town.event("growth-buyer", "Opportunity Updated", 3, value=333, currency="EUR")
    town.event("alone", "Order Completed", 3, revenue=10_000, currency="EUR")
    town.happens()


def test_four_corners(town: Town) -> None:
    """Billed and satisfied say the quadrant; the amounts are those of the period; what is to come is the bubble."""
    firms(town)
    with town.house.read() as connection:
        found = portfolio(connection, town.house.workspace, QUARTER, Layout("account", threshold=500_00))
    assert {one.name: one.quadrant for one in found.items} == {
        "Model": "model", "Risk": "at_risk", "Growth": "growth", "Dangling": "dangling",
    }  # fmt: skip
    assert {one.name: one.billed for one in found.items}["Risk"] == 800_00
    assert {one.name: one.forecast for one in found.items}["Growth"] == 333_00
    assert [one.name for one in found.unheard] == ["Silent"]
    assert found.counts == {"model": 1, "growth": 1, "at_risk": 1, "dangling": 1}


def test_who_moved(town: Town) -> None:
    """A trail leads from where a firm stood, and was billed, a period earlier."""
    firms(town)
    with town.house.read() as connection:
        found = portfolio(connection, town.house.workspace, QUARTER, Layout("account", threshold=500_00))
    (moved,) = [one for one in found.items if one.moved]
    assert (moved.name, moved.quadrant_before, moved.quadrant) == ("Risk", "growth", "at_risk")
    assert moved.before == (95, 0)


def test_axes_can_be_changed(town: Town) -> None:
    """All that was ever billed can lie up, the gap or the recommendation across."""
    firms(town)
    town.event("model-buyer", "Experience Rated", 2, value=10, instrument="nps")
    town.happens()
    workspace = town.house.workspace
    with town.house.read() as connection:
        everything = portfolio(connection, workspace, QUARTER, Layout("account", y="billed_all"))
        gap = portfolio(connection, workspace, QUARTER, Layout("account", x="gap", split=0))
        recommend = portfolio(connection, workspace, QUARTER, Layout("account", x="recommend"))
    assert everything.items[0].billed == 905_00
    assert {one.name: one.x for one in gap.items}["Model"] == 15
    assert [(one.name, one.x) for one in recommend.items] == [("Model", 100)]
    with town.house.read() as connection:
        nobody = portfolio(connection, workspace, Filters(QUARTER.period, "90d", segment="state:SP"), Layout("account"))
    assert (nobody.items, nobody.unheard) == ([], [])


@given(st.lists(st.integers(-10, 10_000)))
def test_the_usual_threshold_is_the_highest_billed_fifth(amounts: list[int]) -> None:
    """About a fifth of those billed anything, and at least one, reach the threshold; without any it is nought."""
    threshold = usual_threshold(amounts)
    billed = [amount for amount in amounts if amount > 0]
    reached = sum(amount >= threshold for amount in billed)
    assert (threshold in billed) if billed else threshold == 0
    assert not billed or reached >= max(1, round(0.2 * len(billed)))


def test_a_border_is_high() -> None:
    """Whoever stands on a border belongs to its upper side."""
    assert quadrant_of(70, 500, 70, 500) == "model"
    assert quadrant_of(69.9, 500, 70, 500) == "at_risk"
    assert quadrant_of(70, 499, 70, 500) == "growth"


def test_api_of_the_portfolio(town: Town) -> None:
    """The API names threshold, split and quadrants, and takes axes for one question; the workspace's layout holds otherwise."""
    firms(town)
    api = town.house.api()
    body = api.get("/api/v1/portfolio?period=90d").json()
    assert (body["of"], body["satisfaction_split"], body["threshold_is_own"], body["total"], body["unheard"]) == (
        "account",
        70,
        False,
        4,
        1,
    )
    assert body["items"][0] | {"id": ""} == {
        "id": "", "name": "Model", "billed": {"amount": 900_00, "currency": "EUR"}, "satisfaction": 90, "x": 90, "n": 1,
        "forecast": {"amount": 0, "currency": "EUR"}, "customers": 1, "quadrant": "model", "quadrant_before": None,
    }  # fmt: skip
    people = api.get("/api/v1/portfolio?period=90d&of=customer&x=gap&satisfaction_split=0&threshold=100000&limit=2").json()
    assert (len(people["items"]), people["threshold"]["amount"], people["items"][0]["quadrant"]) == (2, 100_000, "growth")
    rest = api.get("/api/v1/portfolio", params={"period": "90d", "of": "customer", "cursor": people["next"]}).json()
    assert len(rest["items"]) == 2
    assert api.put("/api/v1/portfolio/layout", json={"of": "account", "threshold": 85_000}).status_code == 204
    assert api.get("/api/v1/portfolio?period=90d").json()["counts"] == {"model": 1, "growth": 1, "at_risk": 0, "dangling": 2}


def test_page_of_the_portfolio(town: Town) -> None:
    """The page shows the four quadrants, the movers and the unheard, and is laid out anew by a form."""
    firms(town)
    browser = town.house.client
    text = browser.get("/portfolio").text
    for name in ("Model", "Risk", "Silent"):
        assert name in text
    assert "data-option" in text
    assert 'href="/gaps/account/' in browser.get("/portfolio?quadrant=at_risk").text
    form = {"of": "account", "x": "gap", "y": "billed", "threshold": "۶۰۰٫۵", "split": "0"}
    assert browser.post("/portfolio", data=form, follow_redirects=False).headers["location"] == "/portfolio?of=account"
    assert "€600.50" in browser.get("/portfolio").text
    wrong = browser.post("/portfolio", data=form | {"threshold": "-3"})
    assert wrong.status_code == 422
    assert "above nought" in wrong.text
    assert browser.get("/portfolio?of=customer").status_code == 200
    assert town.house.sign_in("manager", "fa").get("/portfolio").status_code == 200
    assert town.house.sign_in("agent").post("/portfolio", data=form).status_code == 403
    assert browser.get("/portfolio.csv").text.count("\n") == 6


def test_an_empty_portfolio_teaches(town: Town) -> None:
    """Without accounts the page of customers comes first; with nobody at all it says what fills it."""
    assert "No customers yet" in town.house.client.get("/portfolio").text
    assert "No accounts yet" in town.house.client.get("/portfolio?of=account").text


def test_a_layout_is_checked(town: Town) -> None:
    """What cannot lie on an axis is refused with the field's name."""
    from corridor.ground.problems import Invalid

    for field, layout in (
        ("x", Layout("account", x="moon")),
        ("y", Layout("account", y="moon")),
        ("satisfaction_split", Layout("account", split=130)),
        ("threshold", Layout("account", threshold=0)),
    ):
        with town.house.write() as connection, pytest.raises(Invalid) as refused:
            save_layout(connection, "main", layout)
        assert refused.value.field == field
