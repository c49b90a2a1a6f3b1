"""Mean gaps with their interval, promises with their misses, and the pages and API that show them."""

from __future__ import annotations

import math
import statistics

import pandas as pd
import pytest

from corridor.ground.filters import Filters
from corridor.ground.vocabulary import Period
from corridor.remember import save_segmentation
from corridor.understand import gaps, in_all, worst
from tests.understand.conftest import Town

YEAR = Filters(Period.last(366), "365d")


def shop(town: Town) -> None:
    """Thirty customers in two states: delivery falls short, chat is as expected, the till is above."""
    for number in range(30):
        who = f"c{number}"
        town.waiting.append(
            {"type": "identify", "userId": who, "messageId": f"i{number}", "traits": {"state": "SP" if number % 3 else "RJ"}}
        )
        town.waiting.append({"type": "group", "userId": who, "groupId": f"firm{number % 2}", "messageId": f"g{number}",
                             "traits": {"name": f"Firm {number % 2}"}})  # fmt: skip
        town.rated(who, 40 + number % 7, days=20 + number, text="late again" if number % 5 == 0 else "")
        town.rated(who, 74 + number % 3, days=10, touchpoint="chat", channel="chat")
        town.promised(who, f"p{number}", days=40, due=30, done=29 - number % 4 if number % 4 else 31)
    for number in range(3):
        town.rated(f"c{number}", 95, days=5, touchpoint="checkout")
    with town.house.write() as connection:
        save_segmentation(connection, "main", "state")
    town.happens()


def test_by_touchpoint_as_counted_by_hand(town: Town) -> None:
    """The mean gap, its t interval, n, and the share of promises kept are those of an independent computation."""
    shop(town)
    with town.house.read() as connection:
        found = {one.key: one for one in gaps(connection, "main", "touchpoint", YEAR)}
        breaks = worst(list(found.values()))
    values = [40 + number % 7 - 75 for number in range(30)]
    half = 2.04523 * statistics.stdev(values) / math.sqrt(30)
    delivery = found["delivery"]
    assert delivery.gap is not None
    assert (delivery.n, delivery.customers) == (30, 30)
    assert delivery.gap.mean == pytest.approx(statistics.mean(values))
    assert (delivery.gap.low, delivery.gap.high) == pytest.approx(
        (statistics.mean(values) - half, statistics.mean(values) + half), abs=1e-3
    )
    assert delivery.sources == {"market": 30}
    assert (delivery.promises.n, delivery.promises.kept, delivery.promises.broken) == (30, 8, 22)
    misses = [number % 4 + 0.5 - 1 / 86_400e6 for number in range(30) if number % 4]
    assert delivery.promises.median_miss == pytest.approx(statistics.median(misses), abs=1e-3)
    assert delivery.promises.unit == "days"
    assert breaks is not None
    assert breaks.key == "delivery"


def test_by_state_and_channel_as_counted_by_pandas(town: Town) -> None:
    """The gap per segment and per channel is the mean over its customers' experiences."""
    shop(town)
    rows = pd.DataFrame(town.gaps())
    with town.house.read() as connection:
        by_state = {one.key: one for one in gaps(connection, "main", "segment", YEAR)}
        by_channel = {one.key: one for one in gaps(connection, "main", "channel", YEAR)}
        by_account = {one.name: one for one in gaps(connection, "main", "account", YEAR)}
        together = in_all(connection, "main", YEAR)
    of_rj = rows[rows.customer_id.isin({town.house.customer(f"c{number}") for number in range(0, 30, 3)})]
    assert by_state["state:RJ"].n == len(of_rj)
    assert by_state["state:RJ"].gap is not None
    assert by_state["state:RJ"].gap.mean == pytest.approx(of_rj.gap.mean())
    for channel, group in rows.groupby("channel"):
        found = by_channel[str(channel)]
        assert found.gap is not None
        assert found.gap.mean == pytest.approx(group.gap.mean())
    assert {name: one.n for name, one in by_account.items()} == {"Firm 0": 32, "Firm 1": 31}
    assert (together.n, together.promises.n) == (63, 30)


def test_the_period_and_the_segment_narrow(town: Town) -> None:
    """Only what happened within the period, by members of the segment, on the channel, counts."""
    shop(town)
    with town.house.read() as connection:
        lately = gaps(connection, "main", "touchpoint", Filters(Period.last(15), "own"))
        of_sp = gaps(connection, "main", "touchpoint", Filters(YEAR.period, "365d", segment="state:SP"))
        on_chat = gaps(connection, "main", "touchpoint", Filters(YEAR.period, "365d", channel="chat"))
    assert {one.key: one.n for one in lately if one.n} == {"chat": 30, "checkout": 3}
    assert {one.key: one.n for one in of_sp if one.n} == {"chat": 20, "delivery": 20, "checkout": 2}
    assert {one.key: one.n for one in on_chat if one.n} == {"chat": 30, "checkout": 0} or [
        one.key for one in on_chat if one.n
    ] == ["chat"]


def test_an_open_promise_is_overdue_after_its_day(town: Town) -> None:
    """A promise that nobody fulfilled is open, and overdue once its day is over; neither counts as broken."""
    town.promised("nadia", "gone", days=9, due=3)
    town.promised("omid", "coming", days=2, due=-5)
    town.happens()
    with town.house.read() as connection:
        (delivery,) = gaps(connection, "main", "touchpoint", YEAR)
    assert (delivery.promises.open, delivery.promises.overdue, delivery.promises.n) == (2, 1, 0)
    assert delivery.promises.share is None


def test_api_of_gaps(town: Town) -> None:
    """The API gives each mean with n, interval and source, null and `few` under five, and lists on by a cursor."""
    shop(town)
    api = town.house.api()
    body = api.get("/api/v1/gaps?period=365d").json()
    first = body["items"][0]
    assert (first["key"], first["source"], first["few"], body["worst"]) == ("delivery", "market", False, "delivery")
    assert first["low"] < first["gap"] < first["high"] < 0
    assert first["promises"]["n"] == 30
    assert body["promises"] == first["promises"]
    checkout = next(one for one in body["items"] if one["key"] == "checkout")
    assert (checkout["n"], checkout["gap"], checkout["few"]) == (3, None, True)
    part = api.get("/api/v1/gaps?period=365d&limit=1").json()
    rest = api.get("/api/v1/gaps", params={"period": "365d", "cursor": part["next"]}).json()
    assert [one["key"] for one in part["items"] + rest["items"]] == [one["key"] for one in body["items"]]
    wrong = api.get("/api/v1/gaps?by=moon")
    assert wrong.status_code == 422
    assert "touchpoint, channel, segment, account" in wrong.json()["detail"]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_pages_of_gaps(town: Town, language: str) -> None:
    """The page says where expectation breaks most; behind each number stand the words and the customers."""
    shop(town)
    browser = town.house.sign_in("analyst", language)
    text = browser.get("/gaps?period=365d").text
    assert ("Expectation breaks most at Delivery." if language == "en" else "«تحویل»") in text
    assert 'href="/gaps/delivery?period=365d"' in text
    for by in ("channel", "segment", "account"):
        assert browser.get(f"/gaps?period=365d&by={by}").status_code == 200
    behind = browser.get("/gaps/delivery?period=365d").text
    assert "late again" in behind
    assert f'href="/customers/{town.house.customer("c0")}"' in behind
    assert browser.get("/gaps/segment/state:SP?period=365d&words=true").text.count("<blockquote") == 4
    assert browser.get("/gaps/channel/chat?period=365d").status_code == 200
    assert browser.get("/gaps/moon").status_code == 404
    assert browser.get("/gaps/segment/state:XX").status_code == 404
    assert browser.get("/gaps/account/nobody").status_code == 404


def test_voices_are_paged(town: Town) -> None:
    """All experiences are reached page by page, none twice."""
    shop(town)
    browser = town.house.client
    seen: list[str] = []
    address = "/gaps/delivery?period=365d"
    while address:
        text = browser.get(address).text
        part = text.split('<ul class="voices"')[1].split("</ul>")[0]
        seen += [piece.split('"')[0] for piece in part.split('href="/customers/')[1:]]
        following = text.split('rel="next" href="')
        address = following[1].split('"')[0].replace("&amp;", "&") if len(following) > 1 else ""
    assert len(seen) == len(set(seen)) == 30


def test_an_empty_house_teaches(town: Town) -> None:
    """Before anybody rated anything the pages say what will stand there and what fills it."""
    browser = town.house.client
    assert "No gaps yet" in browser.get("/gaps").text
    assert browser.get("/gaps/delivery").status_code == 200


def test_gaps_as_a_sheet(town: Town) -> None:
    """The CSV has every group, with no mean where too few told of one."""
    shop(town)
    lines = town.house.client.get("/gaps.csv?period=365d").text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith("touchpoint,name,n,customers,expectation")
    assert lines[1].startswith("delivery,Delivery,30,30,75,")
    assert [line for line in lines if line.startswith("checkout,")] == ["checkout,Checkout,3,3,,,,,,0,0,0,3,0,0,0,0,0,,"]
