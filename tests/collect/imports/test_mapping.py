"""A wrong mapping: each mistake is told with file, line, key, value and remedy, and nothing is taken in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corridor.collect.imports.load import find_mapping, read_mapping
from corridor.ground.problems import Invalid, NotFound
from tests.collect.imports.conftest import Shop

Refused = Callable[[], str]


def test_a_missing_column_is_named_with_what_is_there(shop: Shop, refused: Refused) -> None:
    """A column that no file has is told with its place in the mapping, the likely name, and the columns of the file."""
    shop.change("order_id: text", "order_idd: text")
    shop.change("key: order_id", "key: order_idd")
    shop.change('order_id: "{order_id}"', 'order_id: "{order_idd}"')
    said = refused()
    assert (
        "shop.yaml, line 9: tables.orders.columns.order_idd wants the column 'order_idd', but orders.csv has no such column"
        in said
    )
    assert "did you mean 'order_id'?" in said
    assert "Columns there: order_id, customer, bought, arrived, promised, total." in said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    key: order_id\n", "    kee: order_id\n", "tables.orders.kee is not known here. Did you mean 'key'?"),
        ("arrived: datetime", "arrived: datetim", "tables.orders.columns.arrived.kind is 'datetim'; it must be one of text, integer"),
        ("due: \"{promised}\"", "due: \"{promise}\"", "names 'promise', but orders has no column 'promise'; did you mean 'promised'?"),
        ("{orders.customer}", "{order.customer}", "from ratings there is no way to 'order'; did you mean 'orders'?"),
        ("{orders.customer}", "{orders.custmer}", "orders has no column 'custmer'; did you mean 'customer'?"),
        ("from: ratings", "from: rating", "ratings.told.from is 'rating', which is no table; did you mean 'ratings'?"),
        ("belongs: {orders: order_id}", "belongs: {order: order_id}", "names the table 'order', which is not there; did you mean 'orders'?"),
        ("zone: Europe/Amsterdam", "zone: Europe/Amsterdm", "zone is 'Europe/Amsterdm', which is no time zone; did you mean 'Europe/Amsterdam'?"),
        ("currency: EUR\ntables", "currency: euro\ntables", "currency is 'euro', which cannot stand here: three capitals are needed, such as EUR."),
        ("stage: receive", "stage: recieve", "touchpoints.delivery.stage must be one of the stages discover, choose"),
        ("    touchpoint: delivery\n    at", "    touchpoint: delivry\n    at", "promises.delivery.touchpoint is 'delivry', which neither the mapping nor the workspace has; did you mean 'delivery'?"),
        ("due_date_only: true", "due_date_only: false", "promises.delivery.due is a day without a time; with `due_date_only: true` it holds to the end of that day."),
        ("scale: [1, 5]", "scale: [5, 5]", "ratings.told.scale needs two different ends"),
        ("at: \"{bought}\"\n    properties", "at: \"{total}\"\n    properties", "events.bought.at is of kind decimal; a datetime or a date is needed."),
        ("    event: Order Completed\n", "", "events.bought lacks the key 'event', which is needed."),
        ("person:\n", "persons:\n", "persons is not a key of a mapping. Did you mean 'person'?"),
        ("user_id: \"{customer}\"", "user_id: \"{customer\"", "a brace is not closed"),
        ("event: Order Completed\n", "event: Order Completed\n    channel: fax\n", "events.bought.channel is 'fax', which is no channel"),
        ("event: Order Completed\n", "event: Order Completed\n    where: {total: {above: much}}\n", "compares total, which is of kind decimal, with 'much'"),
        ("  told:", "  bought:", "ratings.bought has the same key as one in events"),
        ("files: orders.csv", "files: orders.csv\n    compute: {double: total * twice}", "names 'twice', but orders has no column 'twice'"),
        ("files: orders.csv", "files: orders.csv\n    compute: {double: open('x')}", "only columns of this table, numbers, brackets and + - * / can stand in it"),
        ("files: orders.csv", "files: orders.csv\n    gathers: {best: {from: ratings, most: 3}}", "needs exactly one of count, sum, mean"),
        ("files: ratings.csv", "files: ratings.csv\n    gathers: {n: {from: orders, count: true}}", "those rows do not belong to ratings"),
        ("files: orders.csv", "files: orders.csv\n    encoding: utf-80", "tables.orders.encoding is 'utf-80', which is no encoding"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_remedy(shop: Shop, refused: Refused, old: str, new: str, told: str) -> None:
    """Whatever does not fit is told by its key, its value and what could stand there."""
    shop.change(old, new)
    said = refused()
    assert told in said
    assert said.startswith(("shop.yaml, line", "tables."))


def test_all_mistakes_are_told_at_once(shop: Shop, refused: Refused) -> None:
    """Who writes a mapping need not run it once for each mistake."""
    shop.change('revenue: "{total}"', 'revenue: "{totl}"')
    shop.change('value: "{score}"', 'value: "{stars}"')
    said = refused().splitlines()
    assert len(said) == 2
    assert "'totl'" in said[0]
    assert "'stars'" in said[1]


def test_a_circle_is_told(shop: Shop, refused: Refused) -> None:
    """Tables that are each made from the other cannot be made."""
    shop.change("events:\n", "    \nevents:\n")
    shop.change("person:\n", "  a: {groups: b, by: {x: x}}\n  b: {groups: a, by: {x: x}}\nperson:\n")
    assert "tables go round in a circle: a, b" in refused()


def test_a_key_stands_once(shop: Shop, refused: Refused) -> None:
    """Of two equal keys YAML would silently take the last."""
    shop.change("zone: Europe/Amsterdam\n", "zone: Europe/Amsterdam\nzone: Asia/Tehran\n")
    assert "the key 'zone' stands here twice (line 3, column 1)" in refused()


def test_words_of_yaml_stay_words(shop: Shop) -> None:
    """The state NO is no `false`, and a day is no time."""
    shop.change("event: Order Completed\n", "event: Order Completed\n    where: {customer: [NO, on, mina, 2026-01-01]}\n")
    shop.take_in()
    assert len(shop.named("Order Completed")) == 2


def test_what_is_no_mapping_is_told(shop: Shop, refused: Refused) -> None:
    """Text that is no YAML, bytes that are no text, and YAML that is no mapping are each told as what they are."""
    shop.mapping.write_text("mapping: [unclosed")
    assert "is not valid YAML" in refused()
    shop.mapping.write_bytes(b"\x89PNG\xff\xfe")
    assert "is not text in UTF-8" in refused()
    shop.mapping.write_text("- just\n- a list\n")
    assert "is not a mapping" in refused()


def test_a_mapping_is_found_by_name_or_file(shop: Shop, tmp_path: Path) -> None:
    """A name that no pack brings is told with those there are."""
    assert find_mapping("olist").name == "olist.yaml"
    assert find_mapping(str(shop.mapping)) == shop.mapping
    with pytest.raises(NotFound, match=r"neither as a file nor by name\. Did you mean 'olist'\?.* online_retail"):
        find_mapping("olists")
    with pytest.raises(NotFound, match="is a folder"):
        find_mapping(str(tmp_path))


def test_lists_of_other_rooms_must_be_lists(shop: Shop) -> None:
    """Segmentations are saved by the room of profiles; the mapping gives it a list of traits."""
    shop.change("touchpoints:\n", "segments: state\ntouchpoints:\n")
    with pytest.raises(Invalid, match="segments must be a list"):
        read_mapping(shop.mapping)
