"""The three goals: what they are worth, how surely they changed, and what moved them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.ground.statistics import Sums
from corridor.measure.experience import contributions
from tests.conftest import House
from tests.measure.conftest import Shop


def test_an_empty_house_shows_no_number(house: House, shop: Shop) -> None:
    """With nothing known every goal is without a value and says why."""
    board = shop.board()
    assert [board[goal]["value"] for goal in ("revenue", "customer", "employee")] == [None, None, None]
    assert [board[goal]["missing"] for goal in ("revenue", "customer", "employee")] == [
        "too_few_buyers", "too_few_gaps", "too_few_answers",
    ]  # fmt: skip


def test_revenue_counts_those_who_had_bought_before(house: House, shop: Shop) -> None:
    """Revenue from existing customers leaves out first purchases, takes refunds off, and is compared with the period before."""
    old = [f"old-{number}" for number in range(8)]
    house.send(
        *(shop.bought(user, 50, 250) for user in old),
        *(shop.bought(user, 100, 120) for user in old),
        *(shop.bought(user, 110, 20) for user in old),
        shop.event("old-0", "Order Refunded", 10, order_id="old-0-20", total=30, currency="EUR"),
        *(shop.bought(f"new-{number}", 500, 15) for number in range(9)),
        *(shop.bought(f"recent-{number}", 70, 130) for number in range(6)),
    )
    revenue = shop.board()["revenue"]
    assert revenue["value"] == (8 * 110 - 30) * 100
    assert (revenue["unit"], revenue["currency"], revenue["n"]) == ("money", "EUR", 8)
    # Before: those who had bought before that period began; the six who first bought within it do not count.
    assert revenue["change"]["mean"] == pytest.approx((8 * 110 - 30) / 800 - 1)
    assert revenue["change"]["low"] < revenue["change"]["mean"] < revenue["change"]["high"]
    assert sum(point["value"] for point in revenue["series"]) == pytest.approx(revenue["value"])


def test_the_movers_of_revenue_make_up_the_whole_change(house: House, shop: Shop) -> None:
    """How many bought and what each spent come together to the difference between the two periods."""
    chance = random.Random(7)
    old = [f"old-{number}" for number in range(30)]
    house.send(
        *(shop.bought(user, 20, 300) for user in old),
        *(shop.bought(user, chance.randint(10, 90), 120) for user in old[:20]),
        *(shop.bought(user, chance.randint(30, 99), 30) for user in old[5:]),
    )
    revenue = shop.board()["revenue"]
    before = revenue["value"] / (1 + revenue["change"]["mean"])
    moved = {one["kind"]: one["by"] for one in revenue["moved_by"]}
    assert moved["buyers"] + moved["spend"] == pytest.approx(revenue["value"] - before)
    assert all(one["href"].startswith("/") for one in revenue["moved_by"])


def test_the_growth_has_the_interval_of_a_bootstrap(house: House, shop: Shop) -> None:
    """The interval of the change agrees with drawing the customers again a thousand times."""
    chance = random.Random(3)
    spent = [(chance.randint(20, 200), chance.randint(20, 200)) for _ in range(60)]
    events = []
    for number, (before, after) in enumerate(spent):
        events += [
            shop.bought(f"c{number}", 10, 300),
            shop.bought(f"c{number}", before, 120),
            shop.bought(f"c{number}", after, 20),
        ]
    house.send(*events)
    change = shop.board()["revenue"]["change"]
    draws = sorted(
        sum(after for _, after in again) / sum(before for before, _ in again) - 1
        for again in ([chance.choice(spent) for _ in spent] for _ in range(2000))
    )
    assert change["low"] == pytest.approx(draws[50], abs=0.05)
    assert change["high"] == pytest.approx(draws[1949], abs=0.05)


def test_all_time_has_no_existing_customers(house: House, shop: Shop) -> None:
    """Over all time nobody had bought before, so the goal asks for a period instead of showing nought."""
    house.send(*(shop.bought(f"c{number}", 10, 30) for number in range(9)))
    assert shop.board("?period=all")["revenue"]["missing"] == "all_time"


def test_the_gap_moves_by_its_touchpoints(house: House, shop: Shop) -> None:
    """The mean gap comes with its interval and change, and the touchpoints' parts make up the change."""
    house.send(
        *(shop.rated(f"a{number}", 60 + number, 120, "delivery") for number in range(10)),
        *(shop.rated(f"b{number}", 70, 120, "chat") for number in range(10)),
        *(shop.rated(f"c{number}", 80 + number, 20, "delivery") for number in range(10)),
        *(shop.rated(f"d{number}", 66, 20, "chat") for number in range(6)),
    )
    customer = shop.board()["customer"]
    mean_after = (sum(5 + number for number in range(10)) + 6 * -9) / 16
    mean_before = (sum(-15 + number for number in range(10)) + 10 * -5) / 20
    assert customer["n"] == 16
    assert customer["value"] == pytest.approx(mean_after)
    assert customer["change"]["mean"] == pytest.approx(mean_after - mean_before)
    assert customer["interval"]["low"] < mean_after < customer["interval"]["high"]
    moved = {one["touchpoint"]: one for one in customer["moved_by"]}
    assert moved["delivery"]["better"] is True
    assert moved["chat"]["better"] is False
    assert sum(one["by"] for one in customer["moved_by"]) == pytest.approx(mean_after - mean_before)


def test_filters_narrow_the_gap(house: House, shop: Shop) -> None:
    """A channel narrows the goal to what was said there."""
    house.send(
        *({**shop.rated(f"a{number}", 50, 20, "delivery"), "channel": "email"} for number in range(6)),
        *({**shop.rated(f"b{number}", 90, 20, "delivery"), "channel": "app"} for number in range(6)),
    )
    assert shop.board("?channel=email")["customer"]["value"] == pytest.approx(-25)
    assert shop.board("?channel=voice")["customer"]["missing"] == "too_few_gaps"


def test_kept_promises_tell_why_a_touchpoint_moved(house: House, shop: Shop) -> None:
    """Where promises are made, the share that was kept is told, before and after."""
    events = []
    for number in range(10):
        for ago, late in ((130, number < 5), (30, number < 1)):
            user, key = f"u{number}-{ago}", f"p{number}-{ago}"
            due = shop.event(user, "x", ago - 4)["timestamp"]
            events += [
                shop.event(user, "Promise Made", ago, promise_id=key, touchpoint="delivery", due=due, unit="days"),
                shop.event(user, "Order Delivered", ago - (6 if late else 3), promise_id=key),
                shop.rated(user, 40 if late else 80, ago - 7, "delivery"),
            ]
    house.send(*events)
    (mover,) = shop.board()["customer"]["moved_by"]
    assert (mover["kind"], mover["before"], mover["after"], mover["unit"]) == ("promises_kept", 0.5, 0.9, "share")
    assert mover["text"] == "Delivery: promises kept 50% → 90%"


sums = st.builds(
    lambda values: Sums(len(values), math.fsum(values), math.fsum(value * value for value in values)),
    st.lists(st.floats(-100, 100), min_size=1, max_size=20),
)
periods = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), sums, min_size=1)


@settings(deadline=None)
@given(periods, periods)
def test_contributions_always_add_up(after: dict[str, Sums], before: dict[str, Sums]) -> None:
    """Whatever touchpoints come, go, grow or change: their contributions make the whole change of the mean."""

    def mean(parts: dict[str, Sums]) -> float:
        return sum(part.sum for part in parts.values()) / sum(part.n for part in parts.values())

    moved = sum(contributions(after, before).values())
    assert moved == pytest.approx(mean(after) - mean(before), abs=1e-6)


def test_two_workspaces_have_two_scoreboards(house: House, other_workspace: House, shop: Shop) -> None:
    """What one workspace earns and hears is not in the other's figures."""
    house.send(*(shop.rated(f"a{number}", 50, 20, "delivery") for number in range(6)))
    assert shop.board()["customer"]["n"] == 6
    assert other_workspace.api().get("/api/v1/scoreboard").json()["customer"]["value"] is None


def test_the_command_line_tells_the_goals(house: House, shop: Shop) -> None:
    """`corridor scoreboard` prints the goals, and with --json what the API gives."""
    import json

    from typer.testing import CliRunner

    from corridor.measure.commands import commands

    house.send(*(shop.rated(f"a{number}", 50, 20, "delivery") for number in range(6)))
    folder = str(house.store.folder)
    plain = CliRunner().invoke(commands, ["--data", folder])
    assert plain.exit_code == 0, plain.output
    assert "Customer experience, gap" in plain.output
    as_json = CliRunner().invoke(commands, ["--data", folder, "--json", "--period", "30d"])
    assert json.loads(as_json.output)["customer"]["n"] == 6
