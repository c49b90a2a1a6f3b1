"""The door of the house: what is accepted, what is refused, and with which words."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from tests.conftest import House


def one(**more: object) -> dict[str, object]:
    return {"type": "track", "event": "Product Viewed", "userId": "ada", **more}


def names_on_timeline(house: House, user_id: str) -> list[str]:
    house.walk()
    answer = house.api().get(f"/api/v1/customers/{house.customer(user_id)}/timeline")
    return [moment["name"] for moment in answer.json()["items"]]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t"])
def test_a_single_event_lands_on_its_timeline(house: House, path: str) -> None:
    """An event with the write key in its body is accepted and stands on the customer's timeline."""
    answer = house.visitor().post(path, json={**one(), "writeKey": house.write_key()})
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "accepted": 1}
    assert names_on_timeline(house, "ada") == ["Product Viewed"]


def test_a_batch_with_basic_and_gzip(house: House) -> None:
    """A compressed batch with the key as the user of Basic is accepted whole."""
    key = base64.b64encode(f"{house.write_key()}:".encode()).decode()
    body = gzip.compress(json.dumps({"batch": [one(messageId=str(number)) for number in range(30)]}).encode())
    answer = house.visitor().post(
        "/v1/batch", content=body, headers={"Authorization": f"Basic {key}", "Content-Encoding": "gzip"}
    )
    assert answer.json() == {"success": True, "accepted": 30}
    assert len(names_on_timeline(house, "ada")) == 30


def test_the_browsers_plain_text_and_preflight(house: House) -> None:
    """What a browser sends from another origin works: plain text, and the request before it."""
    before = house.visitor().options("/v1/t", headers={"Origin": "https://shop.example"})
    assert before.headers["access-control-allow-origin"] == "*"
    body = json.dumps({**one(), "writeKey": house.write_key()})
    answer = house.visitor().post("/v1/t", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b'{"batch": [', 400, "bad_json", "body"),
        (b'{"batch": 7}', 400, "bad_shape", "batch"),
        (b"[]", 400, "bad_shape", "body"),
        (b'{"batch": []}', 422, "empty_batch", "batch"),
        (b"\xff\xfe", 400, "bad_json", "body"),
        (b'{"batch": [NaN]}', 400, "bad_json", "body"),
        (b'{"batch":' + b"[" * 100_000, 400, "bad_json", "body"),
    ],
)
def test_what_is_no_request_is_refused_with_the_field(house: House, body: bytes, status: int, code: str, field: str) -> None:
    """A body that cannot be read is answered with a problem document that names the field and the remedy."""
    answer = house.visitor().post("/v1/batch", content=body, headers={"Authorization": f"Bearer {house.write_key()}"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["field"]) == (code, field)
    assert problem["message"] == problem["detail"]


def test_a_wrong_or_missing_key_is_refused(house: House) -> None:
    """Without a key that works nothing is taken; the answer says how to get one."""
    missing = house.visitor().post("/v1/track", json=one())
    wrong = house.visitor().post("/v1/track", json={**one(), "writeKey": "wk_main_nonsense"})
    assert (missing.status_code, missing.json()["code"]) == (401, "no_key")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_key")


def test_oversize_is_refused_before_it_is_read_whole(house: House) -> None:
    """A body over the limit is refused, also where it only becomes large when it is inflated."""
    key = {"Authorization": f"Bearer {house.write_key()}"}
    plain = house.visitor().post("/v1/batch", content=b" " * 5_000_000, headers=key)
    bomb = gzip.compress(b" " * 50_000_000)
    packed = house.visitor().post("/v1/batch", content=bomb, headers={**key, "Content-Encoding": "gzip"})
    assert plain.status_code == packed.status_code == 413
    cut = house.visitor().post("/v1/batch", content=bomb[:1000], headers={**key, "Content-Encoding": "gzip"})
    assert (cut.status_code, cut.json()["code"]) in [(413, "too_large"), (400, "bad_encoding")]


def test_an_event_that_cannot_walk_is_kept_with_its_reason(house: House) -> None:
    """A batch with one bad event is accepted; the bad one is set aside with field and reason, its neighbours land."""
    bad = [
        {"type": "track", "userId": "ada"},
        {"type": "dance", "userId": "ada"},
        {"type": "track", "event": "x"},
        {"type": "track", "event": "x", "userId": "ada", "timestamp": "yesterday"},
        {"type": "track", "event": "x", "userId": "ada", "properties": []},
        {"type": "track", "event": "x", "userId": "null"},
        {"type": "group", "userId": "ada"},
    ]
    house.send(one(), *bad, one(messageId="2"))
    assert names_on_timeline(house, "ada") == ["Product Viewed", "Product Viewed"]
    set_aside = house.api().get("/api/v1/quarantine").json()["items"]
    codes = {row["code"] for row in set_aside}
    assert codes == {"no_event", "unknown_type", "no_user_anon_id", "bad_time", "wrong_type", "junk_id", "no_group_id"}
    assert len(set_aside) == len(bad)
    assert all(row["reason"] for row in set_aside)


def test_a_single_bad_event_is_told_at_once(house: House) -> None:
    """Who sends one event that cannot walk is told so in the answer; it is kept all the same."""
    answer = house.visitor().post("/v1/track", json={"userId": "ada", "writeKey": house.write_key()})
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 0
    assert answer.json()["quarantined"][0]["code"] == "no_event"


def test_a_clients_wrong_clock_is_repaired(house: House) -> None:
    """An event keeps its distance from the moment of sending, whatever the client's clock says."""
    sent = {**one(timestamp="2019-01-01T00:00:00Z"), "sentAt": "2019-01-01T00:10:00Z"}
    house.send(sent)
    moment = house.api().get(f"/api/v1/customers/{house.customer('ada')}/timeline").json()["items"][0]
    assert moment["at"] > "2026"


def test_the_same_message_counts_once(house: House) -> None:
    """An event that is sent again with the same message id, in the same request or later, counts once; another source's counts."""
    house.send(one(messageId="m"), one(messageId="m"))
    house.send(one(messageId="m"))
    assert len(names_on_timeline(house, "ada")) == 1
    house.send(one(messageId="m"), source="another")
    assert len(names_on_timeline(house, "ada")) == 2


def test_settings_for_the_browsers_sdk(house: House) -> None:
    """The SDK of browser and phone learns where to send."""
    key = house.write_key()
    settings = house.visitor().get(f"/v1/projects/{key}/settings").json()
    assert settings["integrations"]["Segment.io"]["apiKey"] == key
    assert house.visitor().get("/v1/projects/none/settings").status_code == 401
