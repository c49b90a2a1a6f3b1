"""The Olist orders, imported and asked for by the API, against an independent computation straight on the CSV files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient

from tests.packs.retail.conftest import Shop

ZONE = "America/Sao_Paulo"
NORM = 75.0
HALF_LIFE = pd.Timedelta(days=180)


def read(folder: Path, name: str, *moments: str) -> pd.DataFrame:
    """Read one table straight from its file, the named columns as moments of the shop's zone."""
    (file,) = folder.glob(f"{name}.csv*")
    table = pd.read_csv(file, dtype={"order_id": str, "review_id": str})
    for column in moments:
        naive = pd.to_datetime(table[column], format="%Y-%m-%d %H:%M:%S")
        table[column] = naive.dt.tz_localize(ZONE, ambiguous=[False] * len(table), nonexistent=pd.Timedelta(hours=1))
    return table


class Files:
    """What the files themselves say."""

    def __init__(self, folder: Path) -> None:
        moments = (
            "order_purchase_timestamp",
            "order_approved_at",
            "order_delivered_carrier_date",
            "order_delivered_customer_date",
        )
        orders = read(folder, "orders", *moments)
        due = pd.to_datetime(orders["order_estimated_delivery_date"]).dt.normalize() + pd.Timedelta(days=1)
        orders["due"] = due.dt.tz_localize(ZONE, nonexistent=pd.Timedelta(hours=1)) - pd.Timedelta(microseconds=1)
        orders["miss"] = (orders["order_delivered_customer_date"] - orders["due"]) / pd.Timedelta(days=1)
        self.orders = orders.merge(read(folder, "customers"), on="customer_id")
        self.delivered = self.orders.dropna(subset=["order_delivered_customer_date"])
        self.kept = self.delivered[self.delivered["miss"] <= 0]
        self.broken = self.delivered[self.delivered["miss"] > 0]
        payments = read(folder, "order_payments")
        self.payments = payments[payments["order_id"].isin(self.orders["order_id"])]
        reviews = read(folder, "order_reviews", "review_answer_timestamp")
        self.reviews = reviews.merge(self.orders, on="order_id")

    def gaps(self) -> pd.DataFrame:
        """Set each review beside what was expected: the customer's own history here, else the norm of the market."""
        reviews = self.reviews.sort_values("review_answer_timestamp", kind="stable")
        day = reviews["review_answer_timestamp"].dt.tz_localize(None).dt.normalize()
        was_due = day > pd.to_datetime(reviews["order_estimated_delivery_date"]).dt.normalize()
        reviews["place"] = "purchase"
        reviews.loc[reviews["order_delivered_customer_date"].notna() | was_due, "place"] = "delivery"
        reviews["experience"] = (reviews["review_score"] - 1) / 4 * 100
        histories: dict[tuple[str, str], list[tuple[pd.Timestamp, float]]] = defaultdict(list)
        expected = []
        for row in reviews.itertuples():
            history = histories[row.customer_unique_id, row.place]
            weights = [0.5 ** ((row.review_answer_timestamp - at) / HALF_LIFE) for at, _ in history]
            total = sum(weight * value for weight, (_, value) in zip(weights, history, strict=True))
            expected.append(total / sum(weights) if history else NORM)
            history.append((row.review_answer_timestamp, row.experience))
        return reviews.assign(expectation=expected, gap=reviews["experience"] - expected)


@pytest.fixture(scope="module")
def files(olist: Shop) -> Files:
    """What the files say."""
    return Files(olist.tables)


@pytest.fixture(scope="module")
def program(olist: Shop) -> TestClient:
    """A program that asks the API with a secret key."""
    return olist.house.api()


def items(program: TestClient, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Yield every item of a list of the API, page by page."""
    cursor = None
    while True:
        answer = program.get(f"/api/v1/{path}", params={**query, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        yield from answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return


def gaps_by(program: TestClient, by: str) -> dict[str, dict[str, Any]]:
    """Return the gaps by key."""
    return {item["key"]: item for item in items(program, "gaps", by=by, period="all")}


def test_every_order_was_taken_in(olist: Shop, files: Files, program: TestClient) -> None:
    """Each order of the file is one purchase in the corridor, and one promise."""
    assert olist.done.state == "done"
    corridor = program.get("/api/v1/corridor", params={"period": "all"}).json()
    visits = {stop["key"]: stop["visits"] for stop in corridor["touchpoints"]}
    assert visits["purchase"] == len(files.orders)
    assert visits["approval"] == files.orders["order_approved_at"].notna().sum()
    assert visits["carrier"] == files.orders["order_delivered_carrier_date"].notna().sum()
    assert visits["delivery"] == len(files.delivered)
    assert visits["review"] == len(files.reviews)


def test_the_corridor_goes_from_purchase_to_review(program: TestClient) -> None:
    """Purchase, approval, carrier, delivery, review follow one another, each with how long it takes."""
    corridor = program.get("/api/v1/corridor", params={"period": "all"}).json()
    moves = {(move["from"], move["to"]): move for move in corridor["moves"]}
    way = ["purchase", "approval", "carrier", "delivery", "review"]
    for step in pairwise(way):
        assert moves[step]["visits"] > 0, step
        assert moves[step]["median_wait_s"] > 0, step


def test_share_of_delivery_promises_kept(files: Files, program: TestClient) -> None:
    """A delivery is kept by the end of the estimated day in the shop's zone; the share is that of the delivered orders."""
    promises = gaps_by(program, "touchpoint")["delivery"]["promises"]
    assert promises["n"] == len(files.delivered)
    assert promises["kept"] == len(files.kept)


def test_median_miss_of_broken_promises(files: Files, program: TestClient) -> None:
    """The median miss is how many days after that day's end the late ones came."""
    promises = gaps_by(program, "touchpoint")["delivery"]["promises"]
    assert promises["unit"] == "days"
    assert promises["median_miss"] == pytest.approx(files.broken["miss"].median(), abs=1e-6)


def test_every_promise_has_its_own_outcome(files: Files, program: TestClient) -> None:
    """Order by order the promise is kept or broken as the file says, and one that was cancelled undelivered is withdrawn."""
    states = {
        promise["promise_id"].rpartition(":")[2]: promise["state"]
        for promise in items(program, "promises", limit=200, period="all")
    }
    assert len(states) == len(files.orders)
    assert {order for order, state in states.items() if state == "kept"} == set(files.kept["order_id"])
    assert {order for order, state in states.items() if state == "broken"} == set(files.broken["order_id"])
    cancelled = files.orders[(files.orders["order_status"] == "canceled") & files.orders["order_delivered_customer_date"].isna()]
    assert {order for order, state in states.items() if state == "withdrawn"} == set(cancelled["order_id"])


def test_mean_rating_of_kept_against_broken(olist: Shop, files: Files, program: TestClient) -> None:
    """Who got it in time rates better than who did not, by exactly as much as the file says."""
    promises = items(program, "promises", limit=200, period="all", touchpoint="delivery")
    states = {promise["promise_id"]: promise["state"] for promise in promises}
    sql = """
        SELECT json_extract_string(properties, '$.promise_id') AS promise, CAST(json_extract(properties, '$.value') AS DOUBLE) AS value
        FROM events WHERE name = 'Experience Rated' AND json_extract_string(properties, '$.touchpoint') = 'delivery'"""
    ratings = olist.house.store.engine.ask("main", sql).to_pandas()
    found = ratings["value"].groupby(ratings["promise"].map(states)).mean()
    for state, orders in (("kept", files.kept), ("broken", files.broken)):
        expected = files.reviews[files.reviews["order_id"].isin(orders["order_id"])]["review_score"].mean()
        assert found[state] == pytest.approx(expected)
    assert found["kept"] > found["broken"] + 1


def test_gap_per_state(files: Files, program: TestClient) -> None:
    """Each state is a segment with its own gap, and its own share of promises kept."""
    found = {key: item for key, item in gaps_by(program, "segment").items() if key.startswith("state:")}
    expected = files.gaps().groupby("customer_state")
    assert {f"state:{state}" for state in expected.groups} <= found.keys()
    for state, gaps in expected:
        item = found[f"state:{state}"]
        assert item["n"] == len(gaps)
        if item["gap"] is not None:
            assert item["gap"] == pytest.approx(gaps["gap"].mean(), abs=1e-6)
            assert item["experience"] == pytest.approx(gaps["experience"].mean(), abs=1e-6)
        assert item["promises"]["kept"] == (files.kept["customer_state"] == state).sum()
        assert item["promises"]["n"] == (files.delivered["customer_state"] == state).sum()


def test_delivery_is_where_expectation_breaks(olist: Shop, program: TestClient) -> None:
    """The gaps page and the API put delivery first."""
    assert next(items(program, "gaps", by="touchpoint", period="all"))["key"] == "delivery"
    assert "Delivery" in olist.house.client.get("/gaps?period=all").text


def test_payments_are_revenue(files: Files, olist: Shop) -> None:
    """What was paid is revenue to the cent; a payment of an unknown order is set aside with the reason."""
    with olist.house.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT sum(amount), count(*) FROM revenue WHERE workspace_id = 'main' AND kind = 'paid' AND currency = 'BRL'"
        ).one()
    cents = (files.payments["payment_value"] * 100).round().astype(int)
    assert tuple(rows) == (cents.sum(), len(files.payments))
    aside = sum(count for code, count in olist.done.reasons.items() if code == "no_parent")
    all_payments = read(olist.tables, "order_payments")
    assert aside == len(all_payments) - len(files.payments)


def test_words_of_a_review_come_whole(olist: Shop, files: Files, program: TestClient) -> None:
    """A review's title and message, quotes and line ends included, stand with its rating."""
    said = files.reviews.dropna(subset=["review_comment_message"])
    wanted = {message.strip() for message in said["review_comment_message"]}
    found = {response["text"] for response in items(program, "responses", limit=200, period="all", words=True)}
    assert all(any(text.endswith(message) for text in found) for message in list(wanted)[:50])


def test_the_same_files_again_change_nothing(olist: Shop, program: TestClient) -> None:
    """A second import of the same files accepts nothing, and no figure moves."""
    before = gaps_by(program, "touchpoint")
    again = olist.take_in()
    assert (again.accepted, again.unchanged) == (0, olist.done.accepted)
    assert again.quarantined == olist.done.quarantined
    assert gaps_by(program, "touchpoint") == before
