"""Snarls are found where they were planted, priced by what their customers spent less, and not priced where nobody can tell."""

from __future__ import annotations

import pytest

from corridor.ground.filters import Filters
from corridor.ground.statistics import Sums
from corridor.ground.vocabulary import Period
from corridor.understand.corridor import corridor
from corridor.understand.facts import Snarl
from corridor.understand.snarls import price_of
from tests.understand.conftest import Town

HOUR = 1 / 24


def found(town: Town, days: int = 365) -> dict[tuple[str, str], Snarl]:
    town.happens()
    filters = Filters(Period.last(days), "own")
    return {(one.kind, one.where): one for one in corridor(town.house.store, "main", filters, "EUR").snarls}


def buys(town: Town, who: str, days: float, euros: float) -> None:
    town.event(who, "Order Completed", days, revenue=euros, currency="EUR")


def test_a_loop_and_its_price(town: Town) -> None:
    """Who went back and forth at the checkout spent 100 euros less in the 90 days after; the price is that for each of them."""
    for number in range(20):
        looped = number < 10
        for turn in range(4 if looped else 1):
            town.event(f"c{number}", "Checkout Started", 200 - turn * HOUR)
            town.event(f"c{number}", "Order Shipped", 200 - (turn + 0.5) * HOUR)
        buys(town, f"c{number}", 150, (10 if looped else 110) + number % 3)
        buys(town, f"c{number}", 20, 5_000)
    snarl = found(town)["loop", "checkout"]
    assert (snarl.customers, snarl.n, snarl.others, snarl.reason) == (10, 10, 10, "")
    assert snarl.price == pytest.approx(10 * 100_00, rel=0.02)
    assert snarl.low is not None
    assert snarl.high is not None
    assert snarl.low < 10 * 100_00 < snarl.high


def test_browsing_is_no_loop(town: Town) -> None:
    """Coming back to look is what we hope for; steps of one form, one after the other, are one visit."""
    for hour in range(5):
        town.event("nadia", "Product Viewed", 9 - hour * HOUR)
        town.event("nadia", "Page Viewed", 9 - (hour + 0.5) * HOUR)
        town.event("omid", "Checkout Step Completed", 9 - hour * HOUR)
    town.event("omid", "Order Completed", 8)
    assert not [kind for kind, _ in found(town) if kind == "loop"]


def test_a_hop_is_three_channels_in_three_days(town: Town) -> None:
    """Help sought on chat, e-mail and telephone within three days is a hop; over a week it is not."""
    for who, spread in (("nadia", 1.0), ("omid", 3.0)):
        town.event(who, "Message Received", 9, channel="chat")
        town.event(who, "Message Received", 9 - spread, channel="email")
        town.event(who, "Call Started", 9 - 2 * spread, channel="voice")
    snarl = found(town)["hop", "get help"]
    assert snarl.customers == 1


def test_a_wait_is_longer_than_nine_of_ten(town: Town) -> None:
    """Who waited longer for the parcel than nine of ten, and more than a day, met a wait on that move."""
    for number in range(40):
        town.event(f"c{number}", "Order Completed", 60)
        town.event(f"c{number}", "Order Delivered", 57 - number % 2 * HOUR if number >= 4 else 40 - number)
    snarl = found(town)["wait", "delivery"]
    assert (snarl.came_from, snarl.customers) == ("purchase", 4)


def test_a_broken_promise_has_a_price(town: Town) -> None:
    """Customers to whom a promise was broken are set beside those to whom it was kept."""
    for number in range(24):
        broken = number % 2 == 0
        town.event(f"c{number}", "Order Shipped", 205)
        town.promised(f"c{number}", f"p{number}", days=205, due=200, done=197 if broken else 202)
        buys(town, f"c{number}", 150, 20 if broken else 80 + number)
    snarl = found(town)["promise", "delivery"]
    assert (snarl.customers, snarl.n, snarl.others) == (12, 12, 12)
    assert snarl.price is not None
    assert snarl.price == pytest.approx(12 * 72_00)


def test_the_recent_past_has_no_price_yet(town: Town) -> None:
    """While the 90 days after have not passed for anyone, it is too early for a price."""
    for number in range(12):
        for turn in range(4):
            town.event(f"c{number}", "Checkout Started", 20 - turn * HOUR)
            town.event(f"c{number}", "Order Shipped", 20 - (turn + 0.5) * HOUR)
    assert found(town, 30)["loop", "checkout"].reason == "too_early"


@pytest.mark.parametrize(
    ("met", "others", "reason"),
    [
        (Sums(3, 30, 300), Sums(50, 5_000, 600_000), "too_few"),
        (Sums(20, 2_000, 300_000), Sums(20, 2_100, 310_000), "cannot_tell"),
        (Sums(20, 4_000, 801_000), Sums(20, 1_000, 51_000), "no_loss"),
        (Sums(0, 0, 0), Sums(0, 0, 0), "too_early"),
    ],
)
def test_no_price_without_proof(met: Sums, others: Sums, reason: str) -> None:
    """Where too few met it, or the interval holds nought, or they spent more, there is no price but a reason."""
    assert price_of(met, others, 10) == (None, None, None, reason)


def test_a_price_is_the_difference_for_each_customer() -> None:
    """Known values: means 100 and 40, variances 10 and 10, ten each: the difference 60 ± 2.97 for each of 7 customers."""
    met = Sums(10, 400, 16_000 + 90)
    others = Sums(10, 1_000, 100_000 + 90)
    assert price_of(met, others, 7) == (420, round(7 * (60 - 2.971)), round(7 * (60 + 2.971)), "")
