"""Who was it? Links with their evidence, merges, what is refused, and undoing."""

from __future__ import annotations

from typing import Any

import pytest

from corridor import identify
from corridor.ground.store import metadata
from tests.conftest import House


def seen(user: str | None = None, device: str | None = None, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"type": "track", "event": "Product Viewed", **more}
    if user:
        event["userId"] = user
    if device:
        event["anonymousId"] = device
    return event


def known_as(user: str, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "traits": traits}


def identity(house: House, customer: str) -> dict[str, Any]:
    answer = house.api().get(f"/api/v1/customers/{customer}/identity")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events_of(house: House, customer: str) -> int:
    return int(house.api().get(f"/api/v1/customers/{customer}").json()["events"])


def test_a_visitor_who_signs_in_is_one_person_with_the_evidence(house: House) -> None:
    """Two devices that one user id was seen on are one customer, and each link names the event that says so."""
    house.send(seen(device="phone"), seen(device="phone"), seen(device="laptop"))
    house.send(seen(user="ada", device="phone", messageId="login-1"), seen(user="ada", device="laptop", messageId="login-2"))
    ada = house.customer("ada")
    whole = identity(house, ada)
    assert {(one["kind"], one["value"]) for one in whole["identifiers"]} == {
        ("user_id", "ada"), ("anonymous_id", "phone"), ("anonymous_id", "laptop"),
    }  # fmt: skip
    assert {link["message_id"] for link in whole["links"]} == {"login-1", "login-2"}
    assert len(whole["merges"]) == 1, "the laptop was a customer of its own before"
    assert events_of(house, ada) == 5


def test_addresses_and_numbers_link_in_their_normal_form(house: House) -> None:
    """The same address or number in another spelling is the same identifier."""
    house.send(known_as("ada", email=" Ada@Example.COM ", phone="020 555 0123"))
    house.send({"type": "identify", "anonymousId": "tablet", "traits": {"email": "ada@example.com"}})
    whole = identity(house, house.customer("ada"))
    assert ("email", "ada@example.com") in {(one["kind"], one["value"]) for one in whole["identifiers"]}
    assert ("phone", "+31205550123") in {(one["kind"], one["value"]) for one in whole["identifiers"]}
    assert ("anonymous_id", "tablet") in {(one["kind"], one["value"]) for one in whole["identifiers"]}


def test_a_shared_device_does_not_make_two_people_one(house: House) -> None:
    """Two user ids on one device stay two customers; the refusal is kept with its reason."""
    house.send(seen(user="ada", device="family-tablet"), seen(user="grace", device="family-tablet"))
    assert house.customer("ada") != house.customer("grace")
    refused = [link for link in identity(house, house.customer("grace"))["links"] if link["state"] == "refused"]
    assert len(refused) == 1
    assert "user ids of their own" in refused[0]["reason"]


@pytest.mark.parametrize(
    "junk", ["null", "undefined", "'anonymous'", "0", "00000000-0000-0000-0000-000000000000", "[object Object]", "NULL"]
)
def test_junk_identifiers_link_nobody(house: House, junk: str) -> None:
    """What broken clients send for everybody is nobody's identifier."""
    house.send(seen(user="ada", device=junk), seen(user="grace", device=junk), seen(device=junk))
    assert house.customer("ada") != house.customer("grace")
    assert all(one["value"] != junk for one in identity(house, house.customer("ada"))["identifiers"])


def test_an_alias_names_the_visitor_from_before(house: House) -> None:
    """An alias call joins what was done under the previous id."""
    house.send(seen(device="d-1"), seen(device="d-1"))
    house.send({"type": "alias", "previousId": "d-1", "userId": "ada"})
    assert events_of(house, house.customer("ada")) == 3


def test_a_person_merges_and_undoes_with_everything_following(house: House) -> None:
    """A merge by hand moves everything in every view, in the lake too; undoing it restores both sides."""
    house.send(seen(user="ada"), seen(user="ada"), known_as("ada", city="Delft"))
    house.send(seen(user="a.lovelace"), known_as("a.lovelace", name="Ada Lovelace"))
    ada, other = house.customer("ada"), house.customer("a.lovelace")
    api = house.api()
    merge = api.post("/api/v1/merges", json={"keep": ada, "other": other, "reason": "She told us on the phone."}).json()
    assert events_of(house, ada) == 5
    assert api.get(f"/api/v1/customers/{other}").json()["id"] == ada, "the old id still leads to her"
    assert api.get(f"/api/v1/customers/{ada}").json()["name"] == "Ada Lovelace"
    by_root = house.store.engine.ask("main", "SELECT root, count(*) AS n FROM events GROUP BY root").to_pylist()
    assert [row["n"] for row in by_root] == [5]
    house.send(seen(user="a.lovelace"))
    assert events_of(house, ada) == 6
    undone = api.post(f"/api/v1/merges/{merge['id']}/undo")
    assert undone.status_code == 200
    assert (events_of(house, ada), events_of(house, other)) == (3, 3), "what came since went with its own side"
    again = api.post(f"/api/v1/merges/{merge['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "undone_before")
    house.send(seen(user="a.lovelace"))
    assert events_of(house, other) == 4


def test_an_undone_link_is_not_made_again_by_the_next_event(house: House) -> None:
    """When a merge by a shared device was wrong, the same evidence does not merge again."""
    house.send(seen(device="kiosk"), seen(user="ada"))
    house.send(seen(user="ada", device="kiosk"))
    ada = house.customer("ada")
    merge = identity(house, ada)["merges"][0]
    assert house.api().post(f"/api/v1/merges/{merge['id']}/undo").status_code == 200
    house.send(seen(user="ada", device="kiosk"))
    assert ("anonymous_id", "kiosk") not in {(one["kind"], one["value"]) for one in identity(house, ada)["identifiers"]}


def test_a_merge_of_nobody_is_refused(house: House) -> None:
    """A merge names which customer does not exist, or that both are one already."""
    house.send(seen(user="ada"))
    ada, api = house.customer("ada"), house.api()
    missing = api.post("/api/v1/merges", json={"keep": ada, "other": "nobody", "reason": "x"})
    same = api.post("/api/v1/merges", json={"keep": ada, "other": ada, "reason": "x"})
    assert (missing.status_code, missing.json()["field"]) == (404, "other")
    assert (same.status_code, same.json()["field"]) == (422, "other")


def test_links_survive_a_new_line(house: House) -> None:
    """A line that has just been started knows what an earlier one linked."""
    house.send(seen(user="ada", device="phone"))
    house.line = type(house.line)(house.store)
    house.send(seen(device="phone"))
    assert events_of(house, house.customer("ada")) == 2


def test_every_fact_that_follows_a_customer_is_found_by_customer(house: House) -> None:
    """Tables that follow merges have an index for it, so that a merge costs the same however large they are."""
    for name, table in metadata.tables.items():
        if table.info.get("follows_customer"):
            with house.read() as connection:
                plan = connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN UPDATE {name} SET customer_id = ? WHERE workspace_id = ? AND customer_id = ?",
                    ("a", "main", "b"),
                ).fetchall()
            assert "customer_id=?" in plan[0][3], f"{name} needs an index that begins with workspace_id, customer_id: {plan}"


def test_the_nodes_door_finds_by_kind_and_value(house: House) -> None:
    """A later room finds a customer by an identifier."""
    house.send(known_as("ada", email="ada@example.com"))
    with house.read() as connection:
        node = identify.find(connection, "main", "email", "ada@example.com")
        assert node is not None
        assert node.customer_id == house.customer("ada")
        assert identify.find(connection, "other", "email", "ada@example.com") is None
