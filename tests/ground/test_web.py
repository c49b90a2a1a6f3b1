"""What every page and operation shares: filters, cursors, problems, headers, limits, figures."""

from __future__ import annotations

import json
from datetime import date

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.routing import Route
from starlette.testclient import TestClient

from corridor.ground.doorkeeper import Doorkeeper
from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import DAY, Workspace, to_iso
from corridor.ground.web import content_policy, decode_cursor, encode_cursor, install_problems, read_filters

TEHRAN = Workspace(id="main", name="Main", zone="Asia/Tehran")
TODAY = date(2026, 3, 21)


def all_paths(app: FastAPI) -> list[str]:
    """Return every GET path of the app that needs no id."""
    from tests.isolation import operations

    return sorted({one.path for one in operations(app) if one.method == "GET" and "{" not in one.path})


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preset", "days"), [("30d", 30), ("90d", 90), ("365d", 365)])
def test_a_preset_is_so_many_whole_days_up_to_today(preset, days):
    """A period begins and ends at the workspace's midnight and holds today."""
    found = read_filters(TEHRAN, period=preset, today=TODAY)
    assert to_iso(found.period.end) == "2026-03-21T20:30:00Z"
    assert found.period.end - found.period.start == days * DAY


def test_two_days_mean_both_of_them_in_the_workspaces_zone():
    """From and to are both included, by the clock of the workspace."""
    found = read_filters(TEHRAN, first="2026-01-01", last="2026-01-02", today=TODAY)
    assert (to_iso(found.period.start), to_iso(found.period.end)) == ("2025-12-31T20:30:00Z", "2026-01-02T20:30:00Z")
    assert found.as_query() == {"from": "2026-01-01", "to": "2026-01-02"}


def test_days_of_a_changed_clock_are_whole_days():
    """A day on which the clock is put forward has 23 hours."""
    amsterdam = Workspace(id="main", name="Main", zone="Europe/Amsterdam")
    found = read_filters(amsterdam, first="2026-03-29", last="2026-03-29")
    assert found.period.end - found.period.start == DAY * 23 // 24


@given(
    st.sampled_from([None, "30d", "90d", "365d", "all"]), st.dates(date(1971, 1, 1), date(2100, 1, 1)) | st.none(),
    st.none() | st.text(min_size=1), st.none() | st.text(min_size=1),
)  # fmt: skip
def test_filters_survive_the_address(period, first, segment, channel):
    """What is in the address leads to the same filters again."""
    found = read_filters(TEHRAN, period=period, first=first and first.isoformat(), segment=segment, channel=channel, today=TODAY)
    query = found.as_query()
    again = read_filters(
        TEHRAN, period=query.get("period"), first=query.get("from"), last=query.get("to"), segment=query.get("segment"),
        channel=query.get("channel"), today=TODAY,
    )  # fmt: skip
    assert again == found


@pytest.mark.parametrize(
    ("given_", "field"),
    [({"period": "7d"}, "period"), ({"first": "yesterday"}, "from"), ({"last": "2026-02-30"}, "to"), ({"first": "0001-01-01"}, "from"),
     ({"first": "2026-02-02", "last": "2026-02-01"}, "to")],
)  # fmt: skip
def test_a_wrong_period_is_refused_by_name(given_, field):
    """What is no period is refused, naming the parameter."""
    with pytest.raises(Invalid) as refused:
        read_filters(TEHRAN, **given_)
    assert refused.value.field == field


def test_empty_words_of_a_form_count_as_none():
    """A form that leaves a filter empty means no filter."""
    assert read_filters(TEHRAN, period="", first="", last="", segment="", channel="", today=TODAY) == read_filters(
        TEHRAN, today=TODAY
    )


# --- cursors ---------------------------------------------------------------------------------------------------------


@given(st.integers(-(2**63), 2**63 - 1), st.text())
def test_a_cursor_comes_back_as_it_was(number, word):
    """Where a list goes on survives the way to the caller and back."""
    assert decode_cursor(encode_cursor(number, word), int, str) == (number, word)


@given(st.text(min_size=1))
def test_what_is_no_cursor_is_refused(text):
    """Whatever is sent as a cursor is either one of ours or refused as a value that is wrong."""
    fields, kinds = [], [int, str]
    try:
        parts = decode_cursor(text, int, str)
        kinds = [type(part) for part in parts or ()]
    except Invalid as refused:
        fields = [refused.field]
    assert fields in ([], ["cursor"])
    assert kinds == [int, str]


@pytest.mark.parametrize("parts", [("x",), (1, 2), (1,), (True, "x"), (None, "x"), (2**70, "x"), (1, "x", 3)])
def test_a_cursor_of_another_list_is_refused(parts):
    """A cursor fits only the list that gave it out."""
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(*parts), int, str)


# --- problems --------------------------------------------------------------------------------------------------------


class Sent(BaseModel):
    count: int


@pytest.fixture
def small():
    """A small application with what every application of ours has."""
    app = FastAPI()
    app.state.store = app.state.settings = None
    install_problems(app)

    @app.post("/api/v1/things")
    def things(sent: Sent, limit: int = 1) -> int:
        return sent.count

    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("canary: the customer's own words")

    async def swallow(request):
        from starlette.responses import PlainTextResponse

        return PlainTextResponse(str(len(await request.body())))

    app.router.routes.append(Route("/v1/batch", swallow, methods=["POST"]))
    app.add_middleware(Doorkeeper, largest_request=1000)
    return TestClient(app, base_url="https://testserver", raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("content", "field"),
    [(b"{}", "count"), (b'{"count": "x"}', "count"), (b"{", ""), (b"[]", ""), (b'{"count": 1e999}', "count"), (b"\xff", "")],
)
def test_a_wrong_body_is_a_problem_that_names_the_field(small, content, field):
    """Whatever is sent, the answer is a problem document, never a 500, and names the field where there is one."""
    answer = small.post("/api/v1/things", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    if field:
        assert answer.json()["field"] == field


def test_a_problem_does_not_send_back_what_was_sent(small):
    """A refused value is not echoed: it may be a password."""
    assert "canary" not in small.post("/api/v1/things", json={"count": "canary"}).text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("DELETE", "/api/v1/things", 405), ("PUT", "/v1/batch", 405)]
)
def test_what_is_not_there_or_not_possible_is_a_problem_document(small, method, path, status):
    """404 and 405 speak the same language as every other refusal."""
    answer = small.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 405 or answer.headers["allow"]


def test_a_failure_is_a_problem_that_tells_nothing_of_the_inside(small):
    """When we fail, the caller gets a number to ask for, and the security headers, not our error."""
    answer = small.get("/api/v1/broken")
    assert answer.status_code == 500
    assert answer.json()["code"] == "failure"
    assert "canary" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_request_that_is_too_large_is_refused_before_it_is_read(small):
    """More than the limit is 413, with or without a length; the events' door sets limits of its own."""
    headers = {"Content-Type": "application/json"}
    assert small.post("/api/v1/things", content=b"x" * 1001, headers=headers).status_code == 413
    assert small.post("/api/v1/things", content=iter([b"x" * 600, b"x" * 600]), headers=headers).json()["code"] == "too_large"
    assert small.post("/v1/batch", content=b"x" * 5000).text == "5000"


def test_a_body_that_does_not_come_in_time_is_refused(house, monkeypatch):
    """One byte now and then keeps nobody busy: after half a minute the answer is 408, at the events' door as well."""
    import asyncio

    from corridor.ground import doorkeeper

    assert doorkeeper.BODY_WITHIN == 30
    monkeypatch.setattr(doorkeeper, "BODY_WITHIN", 0.1)

    def answer_to(path: str) -> int:
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "POST", "scheme": "https",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("10.0.0.9", 1),
            "server": ("testserver", 443),
            "headers": [(b"host", b"testserver"), (b"content-type", b"application/json"), (b"authorization", f"Bearer {key}".encode())],
        }  # fmt: skip
        statuses = []

        async def receive():
            await asyncio.sleep(0.03)
            return {"type": "http.request", "body": b" ", "more_body": True}

        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        asyncio.run(asyncio.wait_for(house.app(scope, receive, send), 5))
        return statuses[0]

    key = house.secret_key()
    assert [answer_to("/api/v1/keys"), answer_to("/v1/batch")] == [408, 408]


def test_an_error_of_the_database_tells_no_values(house, capsys):
    """What people wrote does not come into the log by way of an error."""
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    with house.read() as connection, pytest.raises(OperationalError) as failed:
        connection.execute(text("SELECT workspace_id FROM no_such_table WHERE words = :words"), {"words": "canary"})
    assert "canary" not in str(failed.value)


def test_a_person_gets_a_page_and_a_program_a_document(house):
    """The same 404 is a page on the desk and a document over the API."""
    browser = house.client
    assert "<html" in browser.get("/nowhere").text
    assert browser.get("/api/v1/nowhere").json()["code"] == "not_found"
    assert "<html" in house.visitor().get("/nowhere").text


def test_a_fragment_asked_for_without_a_session_leads_to_the_sign_in_page(house):
    """When a session has ended, a click on an open page leads to sign-in instead of nowhere."""
    answer = house.visitor().get("/settings/people", headers={"HX-Request": "true"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/settings/people")


# --- headers ---------------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_security_headers(house):
    """Crawl every page and operation that needs no id, signed in and not: no answer without its headers, and none that a cache may keep."""
    for browser in (house.client, house.visitor()):
        for path in all_paths(house.app):
            if path.endswith("/live") or "stream" in path:
                continue
            answer = browser.get(path, follow_redirects=False)
            assert answer.status_code < 500, path
            for name in (
                "content-security-policy",
                "x-content-type-options",
                "referrer-policy",
                "cross-origin-opener-policy",
                "strict-transport-security",
            ):
                assert name in answer.headers, f"{path} lacks {name}"
            assert "unsafe-inline'" not in answer.headers["content-security-policy"].split("script-src")[1].split(";")[0], path
            if "settings" in path or path.startswith("/api/v1"):
                assert answer.headers["cache-control"] == "no-store", path
            if answer.headers.get("content-type", "").startswith("text/"):
                assert "charset" in answer.headers["content-type"], path


def test_the_policy_lets_no_script_in_but_our_own():
    """No inline script, no foreign host, no frame around us; a page may change a directive by name."""
    assert "script-src 'self';" in content_policy()
    assert "frame-ancestors 'none'" in content_policy()
    assert "default-src 'none'" in content_policy()
    assert "frame-ancestors https://shop.example" in content_policy(frame_ancestors="https://shop.example")


def test_no_page_has_an_inline_script_or_handler(house):
    """Pages keep the policy: scripts are files."""
    import re

    browser = house.client
    for path in all_paths(house.app):
        if path.startswith("/api") or path.endswith("/live") or "stream" in path:
            continue
        answer = browser.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), path
        assert not re.search(r"<[^>]+\son[a-z]+\s*=", answer.text), path
        assert "javascript:" not in answer.text, path


# --- figures and description -----------------------------------------------------------------------------------------


def test_health_and_readiness_need_nobody(house):
    """A supervisor asks without a key."""
    assert house.visitor().get("/healthz").text == "ok\n"
    assert house.visitor().get("/readyz").text == "ready\n"


def test_metrics_are_for_this_computer_and_for_those_who_administer(house):
    """Neither a stranger nor an agent nor a proxied request sees the figures."""
    assert house.visitor().get("/metrics").status_code == 403
    assert house.sign_in(role="agent").get("/metrics").status_code == 403
    assert "corridor_request_seconds" in house.api().get("/metrics").text
    local = TestClient(house.app, client=("127.0.0.1", 5))
    assert local.get("/metrics").status_code == 200
    assert local.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 403


def test_metrics_name_routes_and_nobody(house):
    """A label is a route's pattern: no id, no address, no invented method."""
    house.api().get("/api/v1/people/canary@example.com")
    house.visitor().request("CANARY", "/canary")
    told = house.api().get("/metrics").text
    assert "canary" not in told.lower()
    assert 'route="/api/v1/people/{person_id}"' in told


def test_the_api_describes_itself(house):
    """OpenAPI 3.1, with problems as the answer to a refusal, and two ways in."""
    described = house.visitor().get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["components"]["securitySchemes"]) == {"secretKey", "session"}
    for path, operations in described["paths"].items():
        assert path.startswith("/api/v1/"), path
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    json.dumps(described)


def test_the_log_names_no_customer_and_no_question(house, capsys):
    """A request is logged by its route: neither the query nor an id in the path is written."""
    house.api().get("/api/v1/people/canary-id?query=canary%20words")
    written = capsys.readouterr().err
    assert "/api/v1/people/{person_id}" in written
    assert "canary" not in written


# --- live pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/conversations/live", "/cases/live"])
def test_a_live_page_ends_with_its_session(house, monkeypatch, path):
    """Who signs out, is disabled or gets another role hears no more news, within seconds, also on a page that stays open."""
    import asyncio

    from sqlalchemy import delete

    from corridor.ground import doorkeeper
    from corridor.ground.access.tables import sessions

    assert doorkeeper.LOOK_EVERY <= 5
    monkeypatch.setattr(doorkeeper, "LOOK_EVERY", 0.05)
    cookie = f"__Host-sid={house.client.cookies['__Host-sid']}".encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET", "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("10.0.0.9", 1), "server": ("testserver", 443),
        "headers": [(b"host", b"testserver"), (b"cookie", cookie), (b"accept", b"text/event-stream")],
    }  # fmt: skip
    answered: list[dict] = []

    async def listen_until_the_session_ends():
        first = asyncio.Event()
        asked = False

        async def receive():
            nonlocal asked
            if asked:
                await asyncio.Event().wait()
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            answered.append(message)
            if message.get("body"):
                first.set()

        page = asyncio.create_task(house.app(scope, receive, send))
        await asyncio.wait_for(first.wait(), 10)
        await asyncio.sleep(0.3)
        assert not page.done()
        with house.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.workspace_id == "main"))
        await asyncio.wait_for(page, 5)

    asyncio.run(listen_until_the_session_ends())
    assert answered[0]["status"] == 200
    assert answered[-1]["more_body"] is False
