"""The list of customers, a customer's page, and why they are one person."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import House
from tests.serve.conftest import nadia


def known(house: House, user_id: str, name: str, **traits: Any) -> str:
    """Let somebody be known by name."""
    house.send({"type": "identify", "userId": user_id, "messageId": f"known-{user_id}", "traits": {"name": name, **traits}})
    return house.customer(user_id)


def test_nobody_yet(house: House) -> None:
    """Before the first event the list says what it will show and how to begin."""
    page = house.client.get("/customers").text
    assert "Nobody has come yet" in page
    assert "/conversations/widget" in page


def test_the_list_shows_what_matters(house: House) -> None:
    """Name, last seen, channels, satisfaction with its n, billed and open cases, and each row leads to the customer."""
    customer = nadia(house)
    page = house.client.get("/customers").text
    row = re.search(r"<tr>\s*<td><a.*?</tr>", page, re.DOTALL)
    assert row
    for part in (f"/customers/{customer}", "<bdi>Nadia Rahimi</bdi>", "€164.00", "n = 1", "Web"):
        assert part in row.group(0)


@pytest.mark.parametrize("words", ["nadia", "NADIA@example.com", "rahimi", "dev-n1", "نادیا"])
def test_customers_are_found(house: House, words: str) -> None:
    """A customer is found by a part of the name or by any identifier, in either script; others are not shown."""
    nadia(house)
    known(house, "nd-fa", "نادیا رحیمی")
    known(house, "omid", "Omid Karimi")
    page = house.client.get("/customers", params={"q": words}).text
    assert "Omid" not in page
    assert ("نادیا" if words == "نادیا" else "Nadia Rahimi") in page


def test_nobody_fits(house: House) -> None:
    """Words that find nobody lead back to all customers."""
    nadia(house)
    page = house.client.get("/customers?q=zzz").text
    assert "Nobody fits" in page
    assert "Show all customers" in page


def test_the_list_goes_on(house: House) -> None:
    """A long list comes in screens, each customer once."""
    house.send(
        *[
            {"type": "identify", "userId": f"u{n}", "messageId": f"u{n}", "traits": {"name": f"Person {n:03d}"}}
            for n in range(120)
        ]
    )
    client, path, seen = house.client, "/customers", []
    while path:
        page = client.get(path).text
        seen += re.findall(r"Person \d{3}", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following.group(1).replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 120


def test_the_list_narrows_to_a_segment(house: House) -> None:
    """The segment of the top bar narrows the list."""
    from corridor.remember import save_segmentation

    with house.write() as connection:
        save_segmentation(connection, "main", "city")
    known(house, "a", "Anna", city="Rotterdam")
    known(house, "b", "Bita", city="Tehran")
    page = house.client.get("/customers", params={"segment": "city:Tehran"}).text
    assert "Bita" in page
    assert "Anna" not in page
    assert "city: Rotterdam" in page, "the other segments can be chosen"


def test_the_list_as_csv(house: House) -> None:
    """The list can be taken along; a name is never a formula there, and who took it is in the audit."""
    customer = nadia(house)
    known(house, "evil", '=HYPERLINK("https://evil.example")')
    answer = house.client.get("/customers.csv")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert (
        rows[customer] | {"name": "Nadia Rahimi", "email": "nadia@example.com", "billed": "16400", "currency": "EUR"}
        == rows[customer]
    )
    assert rows[house.customer("evil")]["name"].startswith("'=")
    with house.read() as connection:
        actions = list(connection.scalars(text("SELECT action FROM audit WHERE workspace_id = 'main'")))
    assert "customers exported" in actions


def test_the_page_tells_the_story(house: House) -> None:
    """Who it is, what happened, what was promised and how it was rated, from facts alone."""
    page = house.client.get(f"/customers/{nadia(house)}").text
    for part in (
        "4 identities" if "4 identities" in page else "3 identities",
        "Amsterdam", "speaks Persian", "marketing</bdi> no", "Bought once, for €164.00", "We kept 0 of 1 promise",
        "broken on 8 Sep 2026", "3 days late", "Last rated Delivery with 2 of 5", "Blue rug and 1 more", "promise broken",
    ):  # fmt: skip
        assert part in page, part


def test_words_are_shown_as_words(house: House) -> None:
    """What customers and other systems wrote never becomes markup, wherever it is shown."""
    trap = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    customer = nadia(house)
    house.send(
        {"type": "identify", "userId": "nadia", "messageId": "t1", "traits": {"name": trap, "city": trap, trap: trap, "consent": {trap: True}}},
        {"type": "group", "userId": "nadia", "groupId": trap, "messageId": "t2", "traits": {"name": trap}},
        {"type": "track", "event": trap, "userId": "nadia", "messageId": "t3", "channel": trap,
         "properties": {"text": trap, "name": trap, "path": trap, "query": trap, "subject": trap, "order_id": trap, "conversation_id": trap}},
    )  # fmt: skip
    client = house.client
    for path in (f"/customers/{customer}", "/customers", f"/customers/{customer}/identity", f"/customers/{customer}/write"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_odd_properties_break_nothing(house: House) -> None:
    """Whatever shapes a system sends in its properties, the page still shows."""
    customer = nadia(house)
    odd: list[Any] = [None, True, [], [1], {}, {"a": []}, 1e308, -1, "", "x" * 5000, [{"name": None}], [{"name": {"a": 1}}]]
    for number, value in enumerate(odd):
        properties = dict.fromkeys(
            ("total", "revenue", "value", "rating", "highest", "products", "name", "title", "path", "query", "subject", "due", "order_id",
             "currency", "text", "promise_id", "touchpoint", "conversation_id"), value,
        )  # fmt: skip
        house.send(
            {"type": "track", "event": f"Odd {number}", "userId": "nadia", "messageId": f"odd-{number}", "properties": properties}
        )
    assert house.client.get(f"/customers/{customer}").status_code == 200
    assert house.sign_in(language="fa").get(f"/customers/{customer}").status_code == 200


def test_an_unknown_customer(house: House) -> None:
    """An id that was never a customer here, or is another workspace's, is the same page not found."""
    answer = house.client.get("/customers/nobody")
    assert answer.status_code == 404
    assert "no such customer" in answer.text


def test_customers_of_another_workspace_are_not_there(house: House, other_workspace: House) -> None:
    """Each page about a customer of one workspace is not found in another."""
    customer = nadia(house)
    stranger = other_workspace.sign_in()
    for path in ("", "/identity", "/write", f"/merge/{customer}"):
        assert stranger.get(f"/customers/{customer}{path}").status_code == 404, path
    assert stranger.post(f"/customers/{customer}/write", data={"text": "x"}).status_code == 404
    assert "Nadia" not in stranger.get("/customers").text
    assert "Nadia" not in stranger.get("/customers.csv").text
    assert "Nadia" not in stranger.get("/search?q=nadia").text


def test_the_timeline_narrows_and_goes_back(house: House) -> None:
    """The timeline shows one channel or touchpoint where that is asked, and older moments on demand, each once."""
    customer = nadia(house)
    house.send(
        *[
            {"type": "track", "event": f"Step {n:03d}", "userId": "nadia", "messageId": f"s{n}", "channel": "app" if n % 2 else "store",
             "timestamp": f"2026-08-{1 + n // 10:02d}T{n % 10:02d}:00:00Z"}
            for n in range(100)
        ]
    )  # fmt: skip
    client, path, seen = house.client, f"/customers/{customer}?channel=app", []
    while path:
        page = client.get(path).text
        seen += re.findall(r"Step (\d{3})", page)
        older = re.search(r'class="button older" href="([^"]+)"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert [int(n) for n in seen] == list(range(99, 0, -2))
    page = client.get(f"/customers/{customer}?touchpoint=delivery").text
    assert "Delivered" in page
    assert "Step" not in page


def test_a_live_page_keeps_what_it_showed(house: House) -> None:
    """A page that looks again for news shows what came and all it showed before, down to the same moment."""
    customer = nadia(house)
    house.send(*[{"type": "track", "event": f"Step {n:03d}", "userId": "nadia", "messageId": f"s{n}", "timestamp": f"2026-09-10T{n // 60:02d}:{n % 60:02d}:00Z"} for n in range(60)])  # fmt: skip
    client = house.client
    page = client.get(f"/customers/{customer}").text
    again = re.search(r'hx-get="([^"]+)" hx-trigger="news', page)
    assert again
    house.send({"type": "track", "event": "Newest", "userId": "nadia", "messageId": "newest"})
    refreshed = client.get(again.group(1).replace("&amp;", "&")).text
    steps = re.findall(r"Step (\d{3})", page)
    assert re.findall(r"Step (\d{3})", refreshed) == steps
    assert "Newest" in refreshed


def test_why_one_person(house: House) -> None:
    """Each link between two identifiers is told in words, with its source and its moment."""
    page = house.client.get(f"/customers/{nadia(house)}/identity").text
    for part in ("dev-n1", "nadia@example.com", "Browser or device", "One event named both", "Told who they are"):
        assert part in page


def test_two_customers_are_merged_by_hand_and_parted_again(house: House) -> None:
    """A merge asks for a reason and shows both first; the old address leads to the one who stays; undoing parts them again."""
    customer, other = nadia(house), known(house, "n.rahimi", "N. Rahimi")
    desk = house.client
    assert f"/customers/{customer}/merge/{other}" in desk.get(f"/customers/{customer}/identity?q=n.rahimi").text
    assert "Are they one person?" in desk.get(f"/customers/{customer}/merge/{other}").text
    assert desk.post(f"/customers/{customer}/merge/{other}", data={"reason": " "}).status_code == 422
    desk.post(f"/customers/{customer}/merge/{other}", data={"reason": "She said so on the telephone"})
    moved = desk.get(f"/customers/{other}", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (303, f"/customers/{customer}")
    assert "was merged into this one" in desk.get(f"/customers/{other}").text
    page = desk.get(f"/customers/{customer}/identity").text
    assert "She said so on the telephone" in page
    merge = re.search(rf"/customers/{customer}/merges/([^/]+)/undo", page)
    assert merge
    desk.post(merge.group(0))
    assert desk.get(f"/customers/{other}", follow_redirects=False).status_code == 200
    assert desk.post(merge.group(0)).status_code == 409
    with house.read() as connection:
        actions = list(connection.scalars(text("SELECT action FROM audit WHERE workspace_id = 'main' ORDER BY number")))
    assert actions[-2:] == ["customers merged", "merge undone"]


def test_who_only_looks_merges_nothing(house: House) -> None:
    """An analyst sees the evidence and can change nothing."""
    customer, other = nadia(house), known(house, "omid", "Omid")
    analyst = house.sign_in("analyst")
    page = analyst.get(f"/customers/{customer}/identity")
    assert page.status_code == 200
    assert "Is somebody else" not in page.text
    assert analyst.post(f"/customers/{customer}/merge/{other}", data={"reason": "x"}).status_code == 403


def test_writing_first(house: House) -> None:
    """An agent writes to a customer who has not written; it opens a conversation, once."""
    customer = nadia(house)
    desk = house.client
    page = desk.get(f"/customers/{customer}/write").text
    client_id = re.search(r'name="client_id" value="([^"]+)"', page)
    assert client_id
    sent = {"text": "Your refund is on its way.", "channel": "email", "client_id": client_id.group(1)}
    first = desk.post(f"/customers/{customer}/write", data=sent, follow_redirects=False)
    assert first.headers["location"].startswith("/conversations/")
    assert (
        desk.post(f"/customers/{customer}/write", data=sent, follow_redirects=False).headers["location"]
        == first.headers["location"]
    )
    assert len(house.api().get("/api/v1/conversations").json()["items"]) == 1
    assert "has no words" in desk.post(f"/customers/{customer}/write", data={"text": " "}).text
