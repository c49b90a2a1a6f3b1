"""The corridor's page and API, its live state, and the touchpoints as people change them."""

from __future__ import annotations

from typing import Any

import pytest

from corridor.ground.filters import read_filters
from corridor.understand import kept_corridor, live, pages_of_corridor, refresh_due
from tests.conftest import House
from tests.understand.conftest import Town


def walks(town: Town, customers: int = 8) -> None:
    """Eight customers buy, get their parcel and ask for help; one of them comes back to the shop."""
    for number in range(customers):
        who = f"c{number}"
        town.waiting.append({"type": "identify", "userId": who, "messageId": f"i{who}", "traits": {"name": f"Customer {number}"}})
        town.event(who, "Product Viewed", 30)
        town.event(who, "Order Completed", 29)
        town.event(who, "Order Delivered", 25)
        town.event(who, "Message Received", 24, channel="chat", text="hello")
        town.event(who, "Product Viewed", 9)
        town.rated(who, 40, days=23)
    town.happens()


def test_api_of_the_corridor(town: Town) -> None:
    """The API gives touchpoints, moves and snarls in the shape that others rely on."""
    walks(town)
    body = town.house.api().get("/api/v1/corridor").json()
    assert body["customers"] == 8
    delivery = next(one for one in body["touchpoints"] if one["key"] == "delivery")
    assert (delivery["stage"], delivery["customers"], delivery["visits"], delivery["gap"]) == ("receive", 8, 8, -35)
    move = next(one for one in body["moves"] if (one["from"], one["to"]) == ("purchase", "delivery"))
    assert (move["customers"], move["visits"], move["median_wait_s"], move["gap"]) == (8, 8, 4 * 86_400, -35)
    assert body["as_of"].endswith("Z")
    assert body["snarls"] == []


@pytest.mark.parametrize("language", ["en", "fa"])
def test_page_of_the_corridor(town: Town, language: str) -> None:
    """The map is there without JavaScript, its boxes and bands are links, and the table holds the same numbers."""
    walks(town)
    browser = town.house.sign_in("manager", language)
    text = browser.get("/corridor").text
    assert '<svg class="corridor-svg"' in text
    assert 'href="/gaps/delivery"' in text
    assert "/corridor/moves?start=purchase&amp;end=delivery" in text
    assert 'class="stage-list"' in text
    table = browser.get("/corridor?view=table").text
    assert '<svg class="corridor-svg"' not in table
    assert "/corridor/moves?start=delivery&amp;end=chat" in table
    who = browser.get("/corridor/moves?start=purchase&end=delivery").text
    assert who.count('href="/customers/') == 8
    assert "Customer 3" in who
    assert browser.get("/corridor/moves?start=purchase&end=moon").status_code == 404
    assert browser.get("/corridor/moves?start=delivery&end=purchase").status_code == 200


def test_snarls_on_the_page(town: Town) -> None:
    """A snarl hangs as a pill below its touchpoint and stands in the list with its price, or why there is none."""
    for number in range(12):
        for turn in range(4):
            town.event(f"c{number}", "Checkout Started", 20 - turn / 24)
            town.event(f"c{number}", "Order Shipped", 20 - (turn + 0.5) / 24)
        town.event(f"c{number}", "Message Received", 9, channel="chat")
        town.event(f"c{number}", "Message Received", 8, channel="email")
        town.event(f"c{number}", "Call Started", 7, channel="voice")
    town.happens()
    text = town.house.client.get("/corridor").text
    assert 'class="pill"' in text
    assert "Loop at Checkout" in text
    assert "Hop between channels while getting help" in text
    assert "too early to tell a price" in text
    assert "loop,,checkout,Loop at Checkout,12" in town.house.client.get("/corridor.csv?table=snarls").text


def test_sheets_of_the_corridor(town: Town) -> None:
    """Moves and touchpoints can be saved; no cell begins a formula."""
    walks(town)
    browser = town.house.client
    moves = browser.get("/corridor.csv")
    assert moves.headers["content-type"].startswith("text/csv")
    assert "purchase,delivery,Purchase,Delivery,8,8,345600,345600,-35" in moves.text
    assert "delivery,Delivery,receive,8,8,-35" in browser.get("/corridor.csv?table=touchpoints").text


def test_an_empty_corridor_teaches(house: House) -> None:
    """Without a visit the page says what will stand there."""
    assert "No corridor yet" in house.client.get("/corridor").text
    assert house.api().get("/api/v1/corridor").json()["touchpoints"] == []


def test_the_state_is_served_until_something_happens(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is kept and given again; after an event it is worked out anew, at once where that is cheap."""
    walks(town)
    store, workspace = town.house.store, town.house.workspace
    filters = read_filters(workspace)
    first = live.current(store, workspace, filters)
    monkeypatch.setattr(live, "corridor", lambda *_: pytest.fail("it should have been given again"))
    assert live.current(store, workspace, filters) == first
    monkeypatch.undo()
    town.event("new", "Order Completed", 1)
    town.happens()
    monkeypatch.setattr(live, "CHEAP", 1e9)
    assert live.current(store, workspace, filters).customers == 9


def test_a_dear_answer_is_kept_for_a_while(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long is given again for a minute although something happened, and says as of when; `fresh` insists."""
    monkeypatch.setattr(live, "CHEAP", 0.0)
    walks(town)
    api = town.house.api()
    first = api.get("/api/v1/corridor").json()
    town.event("new", "Order Completed", 1)
    town.happens()
    assert api.get("/api/v1/corridor").json() == first
    assert api.get("/api/v1/corridor?fresh=true").json()["customers"] == 9
    assert api.get("/api/v1/corridor?channel=chat").json()["customers"] == 8


def test_the_usual_corridors_are_kept_fresh(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the line each usual period is worked out when something happened, but not more often than its share of time allows."""
    walks(town)
    store, workspace = town.house.store, town.house.workspace
    assert refresh_due(store, workspace) == 4
    assert refresh_due(store, workspace) == 0
    town.event("new", "Order Completed", 1)
    town.happens()
    assert refresh_due(store, workspace) == 0
    monkeypatch.setattr(live, "OFTEN_ENOUGH", 0)
    monkeypatch.setattr(live, "SHARE", 1e9)
    assert refresh_due(store, workspace) == 4
    with store.database.read() as connection:
        found = kept_corridor(connection, workspace, read_filters(workspace, period="all"))
    assert found is not None
    assert found.customers == 9


def test_a_large_lake_lets_nobody_wait(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the lake is large the page comes at once and fetches the map; without JavaScript a link waits for it."""
    walks(town)
    monkeypatch.setattr(pages_of_corridor, "AT_ONCE", -1)
    browser = town.house.client
    text = browser.get("/corridor").text
    assert 'hx-trigger="load"' in text
    assert "wait=true" in text
    part = browser.get("/corridor", headers={"HX-Request": "true", "HX-Target": "corridor"}).text
    assert '<svg class="corridor-svg"' in part
    assert "<html" not in part
    assert '<svg class="corridor-svg"' in browser.get("/corridor").text


# --- touchpoints ----------------------------------------------------------------------------------------------------


FORM: dict[str, Any] = {
    "key": "showroom", "name": "Showroom", "name_fa": "نمایشگاه", "stage": "choose", "owner": "operations", "weight": "۱٫۵", "norm": "80",
    "target": "", "events": "Store Visited\nProduct Tried\n", "pages": "", "where": "channel = store, print",
}  # fmt: skip


def test_a_touchpoint_is_added_and_recognises(town: Town) -> None:
    """A touchpoint made on the page recognises its events from then on, with its Persian name for Persian readers."""
    browser = town.house.client
    assert browser.get("/corridor/touchpoints/new").status_code == 200
    assert browser.post("/corridor/touchpoints/new", data=FORM, follow_redirects=False).status_code == 303
    listed = browser.get("/corridor/touchpoints").text
    assert "Showroom" in listed
    body = town.house.api().get("/api/v1/touchpoints/showroom").json()
    assert (body["weight"], body["targets"], body["where"]) == (
        1.5, {"experience": None, "norm": 80}, {"channel": ["store", "print"]},
    )  # fmt: skip
    town.house.line._memories.clear()
    town.event("nadia", "Store Visited", 2, channel="store")
    town.happens()
    assert [one["key"] for one in town.house.api().get("/api/v1/corridor?fresh=true").json()["touchpoints"]] == ["showroom"]
    assert "نمایشگاه" in town.house.sign_in("analyst", "fa").get("/corridor/touchpoints").text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("key", "show room", "The key is made of"),
        ("key", "delivery", "There is a touchpoint of this key already"),
        ("name", " ", "A touchpoint needs a name"),
        ("norm", "120", "from 0 to 100"),
        ("weight", "heavy", "This should be a number"),
        ("weight", "-1", "from 0 to 1,000"),
        ("pages", "help", "begins with"),
        ("where", "channel chat", "Write each condition"),
        ("stage", "moon", "is not a stage"),
        ("owner", "moon", "is not a role"),
    ],
)
def test_a_slip_in_the_form_keeps_what_was_typed(house: House, field: str, value: str, says: str) -> None:
    """What cannot be is said at its field, and nothing that was typed is lost."""
    answer = house.client.post("/corridor/touchpoints/new", data=FORM | {field: value})
    assert answer.status_code == 422
    assert says in answer.text
    assert "Store Visited" in answer.text
    assert house.api().get("/api/v1/touchpoints/showroom").status_code == 404


def test_touchpoints_are_changed_ordered_and_removed(house: House) -> None:
    """A touchpoint can be changed, put earlier or later in its stage, and removed; each is in the audit."""
    browser = house.client
    api = house.api()

    def order() -> list[str]:
        return [one["key"] for one in api.get("/api/v1/touchpoints").json()["items"] if one["stage"] == "get help"]

    assert order() == ["chat", "email_help", "call"]
    browser.post("/corridor/touchpoints/call/place", data={"later": "false"})
    assert order() == ["chat", "call", "email_help"]
    browser.post("/corridor/touchpoints/chat/place", data={"later": "false"})
    assert order() == ["chat", "call", "email_help"]
    assert browser.get("/corridor/touchpoints/call").status_code == 200
    browser.post("/corridor/touchpoints/call", data=FORM | {"name": "Telephone", "stage": "get help", "where": ""})
    assert api.get("/api/v1/touchpoints/call").json()["name"] == "Telephone"
    browser.post("/corridor/touchpoints/call/remove")
    assert order() == ["chat", "email_help"]
    with house.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT action FROM audit WHERE workspace_id = 'main' AND subject = 'call' ORDER BY number"
        )
        assert [row.action for row in rows] == ["touchpoint.moved", "touchpoint.saved", "touchpoint.removed"]


def test_only_who_configures_changes_touchpoints(house: House) -> None:
    """An agent sees the touchpoints and cannot change them, by page or by API."""
    agent = house.sign_in("agent")
    assert "/corridor/touchpoints/new" not in agent.get("/corridor/touchpoints").text
    assert agent.get("/corridor/touchpoints/delivery").status_code == 403
    assert agent.post("/corridor/touchpoints/delivery/remove").status_code == 403


def test_touchpoints_by_the_api(house: House) -> None:
    """A program puts a touchpoint, reads it, and takes it away; a wrong value names its field."""
    api = house.api()
    body = {"name": "Kiosk", "stage": "buy", "owner": "operations", "events": ["Kiosk Used"], "norm": 60}
    assert api.put("/api/v1/touchpoints/kiosk", json=body).json()["targets"] == {"experience": None, "norm": 60}
    assert api.put("/api/v1/touchpoints/kiosk", json=body | {"stage": "moon"}).json()["field"] == "stage"
    assert api.put("/api/v1/touchpoints/kiosk", json=body | {"norm": 101}).status_code == 422
    assert api.delete("/api/v1/touchpoints/kiosk").status_code == 204
    assert api.get("/api/v1/touchpoints/kiosk").status_code == 404


def test_satisfaction_stands_with_the_customer(town: Town) -> None:
    """A customer's record in the API tells how satisfied they are, of how many experiences, and what they expected."""
    walks(town)
    found = town.house.api().get(f"/api/v1/customers/{town.house.customer('c1')}").json()
    assert found["satisfaction"] == {"value": 40, "n": 1, "expects": 75}
