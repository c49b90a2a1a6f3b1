"""What a mapping says becomes events in the shape of the Segment spec, in the order in which they happened, each with an id of its own."""

from __future__ import annotations

from typing import Any

import pytest

from corridor.collect import touchpoints
from corridor.collect.imports import MappingSection
from corridor.ground import extensions
from corridor.ground.problems import Invalid
from tests.collect.imports.conftest import Shop


def test_events_have_the_shape_that_any_client_sends(shop: Shop) -> None:
    """Name, person, time in UTC, channel, properties, and a message id that is the same on every import."""
    shop.take_in()
    assert shop.events()[0] == {
        "messageId": "shop:bought:o1",
        "type": "track",
        "event": "Order Completed",
        "userId": "mina",
        "timestamp": "2026-01-05T09:00:00.000000Z",
        "channel": "web",
        "properties": {"order_id": "o1", "revenue": 20.5, "currency": "EUR"},
    }


def test_events_come_in_the_order_of_time(shop: Shop) -> None:
    """The line meets history as it was: all kinds of events together, the oldest first, what is promised after what is bought."""
    shop.take_in()
    assert [event["event"] for event in shop.events()] == [
        "Order Completed", "Promise Made", "Order Delivered", "Experience Rated",
        "Order Completed", "Promise Made", "Order Completed", "Promise Made", "Order Delivered", "Experience Rated",
    ]  # fmt: skip
    moments = [event["timestamp"] for event in shop.events()]
    assert moments == sorted(moments)


def test_a_promise_holds_to_the_end_of_its_day(shop: Shop) -> None:
    """A date without a time ends with its last microsecond in the mapping's zone, and what fulfils it names it."""
    shop.take_in()
    made = shop.named("Promise Made")[0]["properties"]
    assert made == {
        "promise_id": "shop:delivery:o1",
        "touchpoint": "delivery",
        "unit": "days",
        "due": "2026-01-09T22:59:59.999999Z",
    }
    assert [event["properties"] for event in shop.named("Order Delivered")] == [
        {"promise_id": "shop:delivery:o1"},
        {"promise_id": "shop:delivery:o2"},
    ]
    shop.house.walk()
    found = shop.house.api().get("/api/v1/promises", params={"period": "all"}).json()["items"]
    assert {one["promise_id"]: one["state"] for one in found} == {
        "shop:delivery:o1": "kept",
        "shop:delivery:o2": "broken",
        "shop:delivery:o3": "open",
    }


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        ("2018-02-17", "2018-02-18T02:59:59.999999Z"),
        ("2017-10-14", "2017-10-15T02:59:59.999999Z"),
        ("2017-10-15", "2017-10-16T01:59:59.999999Z"),
    ],
)
def test_the_end_of_a_day_in_which_clocks_change(shop: Shop, day: str, ends: str) -> None:
    """Where clocks go back or forward at midnight, the day ends a microsecond before the next one begins."""
    shop.change("zone: Europe/Amsterdam", "zone: America/Sao_Paulo")
    shop.write("orders.csv", f"order_id,customer,bought,arrived,promised,total\no1,mina,2017-10-01 10:00:00,,{day},1\n")
    (shop.folder / "ratings.csv").unlink()
    shop.take_in()
    assert shop.named("Promise Made")[0]["properties"]["due"] == ends


def test_an_amount_can_be_promised(shop: Shop) -> None:
    """A price is promised in money: what was promised and what it came to are both told, and the room that listens judges."""
    shop.change(
        '    due: "{promised}"\n    due_date_only: true\n', '    promised: "{total}"\n    actual: "{charged}"\n    unit: money\n'
    )
    shop.change("total: decimal", "total: decimal\n      charged: decimal")
    shop.write(
        "orders.csv",
        "order_id,customer,bought,arrived,promised,total,charged\no1,mina,2026-01-05 10:00:00,2026-01-06 10:00:00,,10,12.5\n",
    )
    (shop.folder / "ratings.csv").unlink()
    shop.take_in()
    assert shop.named("Promise Made")[0]["properties"]["value"] == 10.0
    assert shop.named("Order Delivered")[0]["properties"]["value"] == 12.5
    shop.house.walk()
    (promise,) = shop.house.api().get("/api/v1/promises", params={"period": "all"}).json()["items"]
    assert (promise["state"], promise["miss"], promise["unit"]) == ("broken", 2.5, "money")


def test_a_promise_is_withdrawn(shop: Shop) -> None:
    """An order that was cancelled before it came withdraws its promise."""
    shop.change(
        'fulfilled: {event: Order Delivered, at: "{arrived}"}',
        'fulfilled: {event: Order Delivered, at: "{arrived}"}\n'
        '    withdrawn: {event: Order Cancelled, at: "{bought}", where: {arrived: {given: false}}}',
    )
    shop.take_in()
    assert [event["messageId"] for event in shop.named("Order Cancelled")] == ["shop:delivery.withdrawn:o3"]


def test_ratings_keep_their_scale_and_words(shop: Shop) -> None:
    """A rating tells its scale, what it is about, and its words; what is missing is left out."""
    shop.take_in()
    first, second = (event["properties"] for event in shop.named("Experience Rated"))
    assert first == {"touchpoint": "delivery", "value": 5, "lowest": 1.0, "highest": 5.0, "text": "Quick, and well packed"}
    assert "text" not in second


@pytest.mark.parametrize(("about", "name"), [("effort", "Effort Rated"), ("expectation", "Expectation Stated")])
def test_ratings_of_effort_and_expectation(shop: Shop, about: str, name: str) -> None:
    """What customers say about effort, or what they expected, goes by its own name."""
    shop.change("scale: [1, 5]", f"scale: [1, 5]\n    about: {about}")
    shop.take_in()
    assert len(shop.named(name)) == 2


EVERYTHING = """\
mapping: lines
zone: UTC
tables:
  lines:
    files: lines.csv
    repeated: quarantine
    columns:
      invoice: {kind: text, needed: true}
      who: text
      firm: text
      item: text
      quantity: integer
      price: decimal
      at: {kind: datetime, format: ["%d/%m/%Y %H:%M"]}
      gift: boolean
    compute:
      amount: quantity * price
      half: -(amount / 2) + 1
    set_aside:
      - where: {item: POSTAGE}
        because: it is no article
  invoices:
    groups: lines
    by: {invoice: invoice}
    values:
      who: {first: who}
      firm: {first: firm}
      at: {lowest: at}
      last: {highest: at}
      total: {sum: amount}
      mean: {mean: price}
      lines: {count: true}
      gifts: {count: true, where: {gift: true}}
      dearest: {first: item, ordered_by: -price}
      items: {list: {name: "{item}", price: "{price}"}, most: 2, ordered_by: -price}
person:
  user_id: "{who}"
  guest_id: "guest:{invoice}"
  group_id: "{firm}"
accounts:
  firm:
    from: invoices
    id: "{firm}"
    where: {firm: {given: true}}
    at: "{at}"
    traits: {name: "{firm} Ltd"}
customers:
  person:
    from: invoices
    where: {who: {given: true}}
    at: "{at}"
    traits: {largest: "{dearest}"}
revenue:
  billed: {from: invoices, kind: billed, amount: "{total}", currency: GBP, at: "{at}", where: [{total: {at_least: 10}}, {lines: {above: 2}}]}
  given-back: {from: invoices, kind: refunded, amount: "{total}", currency: GBP, at: "{at}", where: {total: {below: 0}}}
events:
  bought:
    from: invoices
    event: "Bought {dearest | 'nothing'}"
    at: "{at}"
    properties:
      fixed: [1, two, {three: true}]
      mean: "{mean}"
      lines: "{lines}"
      gifts: "{gifts}"
      items: "{items}"
      said: "{lines} lines by {who | 'a guest'} until {last}"
"""
LINES = """\
invoice,who,firm,item,quantity,price,at,gift
i1,mina,Bells,TEAPOT,2,12.50,03/01/2026 10:00,no
i1,mina,Bells,CANDLE,10,0.85,03/01/2026 10:05,yes
i1,mina,Bells,BELL,1,30,03/01/2026 10:00,YES
i1,mina,Bells,POSTAGE,1,4.95,03/01/2026 10:00,no
i2,,,CARD,1,1.10,04/01/2026 11:00,
i2,,,CARD,1,1.10,04/01/2026 11:00,
i3,ali,,TEAPOT,-1,12.50,05/01/2026 11:00,0
"""


@pytest.fixture
def lines(shop: Shop) -> Shop:
    """Invoice lines, grouped to invoices, with everything else that a mapping can say."""
    for name in ("orders.csv", "ratings.csv"):
        (shop.folder / name).unlink()
    shop.mapping.write_text(EVERYTHING)
    shop.write("lines.csv", LINES)
    return shop


def test_lines_become_invoices(lines: Shop) -> None:
    """Rows are grouped, summed, counted, listed and reckoned with; texts are made of columns, with a word where one is missing."""
    lines.take_in()
    (bell,) = lines.named("Bought BELL")
    assert bell["properties"] == {
        "fixed": [1, "two", {"three": True}],
        "mean": pytest.approx(14.45),
        "lines": 3,
        "gifts": 2,
        "items": [{"name": "BELL", "price": 30.0}, {"name": "TEAPOT", "price": 12.5}],
        "said": "3 lines by mina until 2026-01-03T10:05:00.000000Z",
    }
    assert bell["groupId"] == "Bells"
    (card,) = lines.named("Bought CARD")
    assert (card.get("userId"), card["anonymousId"]) == (None, "guest:i2")
    assert card["properties"]["said"].startswith("1 lines by a guest until")
    assert [(one["properties"]["amount"], one["userId"]) for one in lines.named("Invoice Issued")] == [(63.5, "mina")]
    assert [one["properties"]["amount"] for one in lines.named("Order Refunded")] == [-12.5]


def test_accounts_and_customers_have_traits(lines: Shop) -> None:
    """Traits of a customer are an identify call, those of an account a group call with its member."""
    lines.take_in()
    (firm,) = lines.named("group")
    assert (firm["groupId"], firm["userId"], firm["traits"]) == ("Bells", "mina", {"name": "Bells Ltd"})
    assert [(one["userId"], one["traits"]) for one in lines.named("identify")] == [
        ("mina", {"largest": "BELL"}),
        ("ali", {"largest": "TEAPOT"}),
    ]


def test_rows_can_be_set_aside_by_the_mapping(lines: Shop) -> None:
    """A row that is no part of the story, and one that stands there twice, are shown with the reason."""
    done = lines.take_in()
    assert [(code, reason) for code, reason, _ in lines.set_aside()] == [
        ("set_aside", "lines.csv, line 5: it is no article."),
        ("repeated_row", "lines.csv, line 7: is the same as line 6, letter by letter."),
    ]
    assert done.reasons == {"set_aside": 1, "repeated_row": 1}


CONDITIONS: list[tuple[dict[str, Any] | list[dict[str, Any]], str]] = [
    ({"customer": "mina"}, "o1 o2"),
    ({"customer": {"not": "mina"}}, "o3"),
    ({"customer": ["ali", "sara"]}, "o3"),
    ({"customer": {"not_in": ["ali"]}}, "o1 o2"),
    ({"customer": {"starts_with": "mi"}}, "o1 o2"),
    ({"arrived": {"given": False}}, "o3"),
    ({"total": {"above": 7, "at_most": 20.5}}, "o1"),
    ({"bought": {"at_least": "2026-02-01T08:30:00"}}, "o2 o3"),
    ({"promised": {"below": "2026-02-05"}}, "o1"),
    ({"arrived": {"above": "{promised}"}}, "o2"),
    ({"promised": {"at_least": "{arrived}"}}, "o1"),
    ([{"customer": "ali"}, {"total": 7}], "o2 o3"),
]


@pytest.mark.parametrize(("where", "orders"), CONDITIONS, ids=str)
def test_conditions(shop: Shop, where: Any, orders: str) -> None:
    """Conditions choose rows by value, list, beginning, presence and comparison; a moment against a day by the moment's day."""
    import json

    shop.change("event: Order Completed\n", f"event: Order Completed\n    where: {json.dumps(where)}\n")
    shop.take_in()
    assert {event["properties"]["order_id"] for event in shop.named("Order Completed")} == set(orders.split())


def test_what_cannot_be_an_event_is_set_aside(shop: Shop) -> None:
    """Nobody in the row, the same event twice, an endless name or id, an event too large: told with the row's line, the rest goes on."""
    shop.change("customer: {kind: text, needed: true}", "customer: text")
    shop.change("event: Order Completed\n", 'event: "Order {total}{customer}"\n    id: "{total}"\n')
    long = "x" * 300
    shop.write(
        "orders.csv",
        "order_id,customer,bought,arrived,promised,total\n"
        "o1,mina,2026-01-05 10:00:00,,,1\n"
        "o2,,2026-01-05 10:00:00,,,2\n"
        "o3,ali,2026-01-05 10:00:00,,,1\n"
        f"o4,{long},2026-01-05 10:00:00,,,3\n"
        "o5,sara,2026-01-05 10:00:00,,,\n",
    )
    (shop.folder / "ratings.csv").unlink()
    shop.take_in()
    assert [(code, reason.partition(": ")[2][:60]) for code, reason, _ in shop.set_aside()] == [
        ("no_person", "nobody stands in this row: neither the user id nor the anonym"[:60]),
        ("same_id", "an earlier row makes the same event, shop:bought:1."),
        ("long_id", "the id of the person or account is longer than 256 character"),
        ("no_id", "an event needs an id, and a part of it is empty."),
    ]
    assert [event["event"] for event in shop.events() if event["event"] != "Promise Made"] == ["Order 1mina"]


def test_a_long_id_is_shortened_and_stays_its_own(shop: Shop) -> None:
    """Message ids have at most a hundred characters; a longer one becomes a digest that is the same again."""
    shop.write("orders.csv", ORDERS_WITH_LONG_IDS)
    (shop.folder / "ratings.csv").unlink()
    shop.take_in()
    ids = [event["messageId"] for event in shop.named("Order Completed")]
    assert len(set(ids)) == 2
    assert all(len(one) <= 100 for one in ids)
    assert shop.take_in().accepted == 0


ORDERS_WITH_LONG_IDS = "order_id,customer,bought,arrived,promised,total\n" + "".join(
    f"{'o' * 120}{number},mina,2026-01-05 10:00:00,,,1\n" for number in range(2)
)


def test_touchpoints_and_sections_are_saved_before_events(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping's touchpoints are the workspace's, and what it says to other rooms reaches them entry by entry."""
    saved: list[tuple[str, Any]] = []
    section = MappingSection("neighbours", lambda _connection, workspace_id, entry: saved.append((workspace_id, entry)))
    monkeypatch.setitem(extensions._offers, MappingSection, [*extensions.every(MappingSection), section])
    shop.change("touchpoints:\n", "neighbours: [left, {right: 1}]\nsegments: [state]\ntouchpoints:\n")
    shop.take_in()
    assert saved == [("main", "left"), ("main", {"right": 1})]
    with shop.house.read() as connection:
        delivery = next(one for one in touchpoints(connection, "main") if one.key == "delivery")
        segmentations = connection.exec_driver_sql("SELECT count(*) FROM segmentations WHERE workspace_id = 'main'").scalar()
    assert (delivery.events, delivery.norm) == (("Order Delivered",), 75.0)
    assert segmentations == 1


def test_most_rows_broken_means_the_mapping_is_wrong(shop: Shop) -> None:
    """Where most rows of a table do not fit, nothing is taken in, and the commonest reason is told; the mapping may allow it."""
    rows = "".join(f"p{number},mina,05.01.2026,,,1\n" for number in range(150))
    shop.write("orders.csv", "order_id,customer,bought,arrived,promised,total\n" + rows)
    (shop.folder / "ratings.csv").unlink()
    with pytest.raises(
        Invalid, match=r"150 of the 150 rows of orders\.csv do not fit .* line 2: bought is '05\.01\.2026', which is no time"
    ):
        shop.take_in()
    assert shop.is_untouched()
    shop.change("zone:", "most_broken: 1\nzone:")
    assert shop.take_in().quarantined == 150
