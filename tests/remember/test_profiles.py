"""What do we know? Profiles, accounts, timelines and segments, as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from corridor import remember
from corridor.worker import compact
from tests.conftest import House


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def bought(user: str, amount: float, days: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "type": "track", "event": "Order Completed", "userId": user, "timestamp": ago(days),
        "properties": {"revenue": amount, "currency": "EUR", **more},
    }  # fmt: skip


def test_traits_keep_the_last_that_was_said_whatever_the_order_of_arrival(house: House) -> None:
    """An older statement that arrives late does not overwrite a newer one."""
    house.send({"type": "identify", "userId": "ada", "traits": {"city": "Delft"}, "timestamp": ago(1)})
    house.send({"type": "identify", "userId": "ada", "traits": {"city": "Leiden", "plan": "basic"}, "timestamp": ago(5)})
    customer = house.api().get(f"/api/v1/customers/{house.customer('ada')}").json()
    assert customer["traits"] == {"city": "Delft", "plan": "basic"}


def test_revenue_is_counted_once_and_refunds_are_taken_off(house: House) -> None:
    """Orders are billed, their invoices only paid, refunds taken off; other currencies are kept apart."""
    house.send(
        bought("ada", 100.0, order_id="1"),
        {"type": "track", "event": "Invoice Issued", "userId": "ada", "properties": {"amount": 100, "order_id": "1"}},
        {"type": "track", "event": "Invoice Paid", "userId": "ada", "properties": {"amount": "100.00", "order_id": "1"}},
        {"type": "track", "event": "Order Refunded", "userId": "ada", "properties": {"total": 30}},
        bought("ada", 5.0, currency="USD"),
    )
    customer = house.api().get(f"/api/v1/customers/{house.customer('ada')}").json()
    assert customer["billed"] == {"amount": 7000, "currency": "EUR"}
    assert customer["paid"] == {"amount": 10000, "currency": "EUR"}


def test_people_of_an_account_come_to_its_figures(house: House) -> None:
    """An account's billing is that of the people under it."""
    house.send(
        {"type": "group", "userId": "buyer", "groupId": "acme", "traits": {"name": "Acme"}},
        {"type": "group", "userId": "user", "groupId": "acme"},
        bought("buyer", 50.0),
        bought("user", 25.0),
    )
    (account,) = house.api().get("/api/v1/accounts").json()["items"]
    assert (account["name"], account["customers"], account["billed"]["amount"]) == ("Acme", 2, 7500)
    found = house.api().get(f"/api/v1/customers?account={account['id']}").json()["items"]
    assert len(found) == 2


def test_the_timeline_goes_back_through_the_lake_without_a_gap(house: House) -> None:
    """Moments older than the database keeps are read from the lake, in order, none twice, words included."""
    events = [{**bought("ada", number, days=number * 20), "messageId": f"m{number}"} for number in range(1, 16)]
    events[-1]["properties"]["text"] = "so long ago"
    house.send(*events)
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        url = f"/api/v1/customers/{house.customer('ada')}/timeline?limit=4" + (f"&cursor={cursor}" if cursor else "")
        page = house.api().get(url).json()
        seen += [moment["at"] for moment in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == 15
    assert seen == sorted(seen, reverse=True)
    assert page["items"][-1]["detail"]["text"] == "so long ago"


def test_search_finds_by_name_and_identifier_in_either_spelling(house: House) -> None:
    """Customers are found by parts of name, e-mail or id; Arabic letters count as the Persian ones."""
    house.send(
        {"type": "identify", "userId": "u-1", "traits": {"name": "نادیا کریمی", "email": "nadia@example.com"}},
        {"type": "identify", "userId": "u-2", "traits": {"name": "Tom 100% Weber"}},
    )
    for words, user in [("كريمي", "u-1"), ("NADIA@", "u-1"), ("u-2", "u-2"), ("100% web", "u-2")]:
        found = house.api().get("/api/v1/customers", params={"query": words}).json()["items"]
        assert [one["id"] for one in found] == [house.customer(user)], words
    assert house.api().get("/api/v1/customers", params={"query": "%"}).json()["items"][0]["id"] == house.customer("u-2")


def test_segments_follow_a_trait(house: House) -> None:
    """A trait makes segments; who changes it changes segment."""
    house.send({"type": "identify", "userId": "ada", "traits": {"state": "SP"}, "timestamp": ago(2)})
    with house.write() as connection:
        remember.save_segmentation(connection, "main", "state")
    house.send({"type": "identify", "userId": "grace", "traits": {"state": "SP"}})
    sizes = {one["key"]: one["size"] for one in house.api().get("/api/v1/segments").json()["items"]}
    assert sizes == {"state:SP": 2}
    house.send({"type": "identify", "userId": "ada", "traits": {"state": "RJ"}})
    members = house.api().get("/api/v1/customers?segment=state:RJ").json()["items"]
    assert [one["id"] for one in members] == [house.customer("ada")]


def test_compaction_changes_nothing_that_is_answered(house: House) -> None:
    """After compaction has folded merged customers in, every question has the same answer."""
    house.send({"type": "track", "event": "A", "anonymousId": "d"}, {"type": "track", "event": "A", "userId": "ada"})
    house.send({"type": "track", "event": "A", "userId": "ada", "anonymousId": "d"})
    question = "SELECT root, count(*) AS n, count(DISTINCT node) AS nodes FROM events GROUP BY root"
    before = house.store.engine.ask("main", question).to_pylist()
    assert compact(house.store, "main", always=True)
    assert house.store.engine.ask("main", question).to_pylist() == before == [{"root": before[0]["root"], "n": 3, "nodes": 2}]
    with house.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM moved_nodes WHERE workspace_id = 'main'").scalar()
    assert left == 0
    house.send({"type": "track", "event": "A", "userId": "ada"})
    assert house.store.engine.ask("main", question).to_pylist()[0]["n"] == 4


def test_a_customer_of_nobody_is_not_found(house: House) -> None:
    """An unknown customer is a 404 with a sentence."""
    for path in ("", "/timeline", "/identity"):
        answer = house.api().get(f"/api/v1/customers/nobody{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_what_we_do_about_a_customer_is_not_being_seen(house: House) -> None:
    """A case on a customer stands on the timeline and does not count as a visit."""
    house.send(bought("ada", 5.0, days=40))
    before = house.api().get(f"/api/v1/customers/{house.customer('ada')}").json()
    house.send({"type": "track", "event": "Case Opened", "userId": "ada", "properties": {"case_id": "1"}}, source="corridor")
    after = house.api().get(f"/api/v1/customers/{house.customer('ada')}").json()
    assert (after["last_seen"], after["events"]) == (before["last_seen"], before["events"])
