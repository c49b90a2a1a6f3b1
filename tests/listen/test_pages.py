"""The room's home and lists show what was heard, and the customer's page what one customer said and was promised."""

from __future__ import annotations

from typing import Any

import pytest

from corridor.ground.access import Caller
from corridor.listen.pages import promises_panel, responses_panel
from tests.conftest import House


def _event(name: str, user: str, properties: dict[str, Any], at: str = "2026-11-10T10:00:00Z") -> dict[str, Any]:
    return {"type": "track", "event": name, "userId": user, "properties": properties, "timestamp": at}


@pytest.fixture
def told(house: House) -> House:
    """A house that heard six customers about their deliveries: two came late, all were rated."""
    for number in range(6):
        user, key = f"customer {number}", f"order-{number}"
        arrived = "2026-11-14T10:00:00Z" if number < 2 else "2026-11-12T10:00:00Z"
        house.send(
            _event("Promise Made", user, {"promise_id": key, "touchpoint": "delivery", "due": "2026-11-12"}),
            _event("Order Delivered", user, {"promise_id": key}, arrived),
            _event(
                "Experience Rated",
                user,
                {"touchpoint": "delivery", "value": 2, "instrument": "csat", "expectation": 4, "text": "راننده زنگ نزد"},
                "2026-11-15T10:00:00Z",
            ),
        )
    return house


@pytest.mark.parametrize("language", ["en", "fa"])
def test_pages_when_nothing_was_heard(house: House, language: str) -> None:
    """Empty pages say what they will show and what fills them."""
    browser = house.sign_in(language=language)
    for path in ("/listen", "/listen/responses", "/listen/promises"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert 'class="empty"' in answer.text


def test_listen_in_short(told: House) -> None:
    """Means with n, promises kept with the median miss in its own unit, and the latest words are on one page."""
    page = told.sign_in().get("/listen?period=all").text
    assert "67%" in page
    assert "راننده زنگ نزد" in page
    assert "Delivery" in page
    assert "from own history" in page
    assert "1.4 days" in page


def test_lists_narrow_and_lead_on(told: House) -> None:
    """Responses and promises are narrowed by touchpoint, state and words, and lead to the customer."""
    browser = told.sign_in(language="fa")
    broken = browser.get("/listen/promises?period=all&state=broken").text
    assert broken.count("<tr><td>") == 2
    assert "order-0" in broken
    responses = browser.get("/listen/responses?period=all&touchpoint=delivery&words=true").text
    assert responses.count("<tr><td>") == 6
    assert f"/customers/{told.customer('customer 3')}" in responses
    assert browser.get("/listen/promises?state=lost").status_code == 422
    assert 'class="empty"' in browser.get("/listen/responses?channel=email&period=all").text


@pytest.mark.parametrize("language", ["en", "fa"])
def test_what_the_customers_page_shows(told: House, language: Any) -> None:
    """Panels show the promises with the miss, and the words with the score as given and on the common scale."""
    from starlette.requests import Request

    caller = Caller(told.workspace, "1", "Sara", "s@example.com", "agent", language, "system", "", "session")
    request = Request({"type": "http", "app": told.app, "headers": [], "query_string": b"", "path": "/", "method": "GET"})
    customer = told.customer("customer 0")
    promises = promises_panel(request, caller, told.store, customer)
    said = responses_panel(request, caller, told.store, customer)
    assert "order-0" in promises
    assert ("1.4 days" if language == "en" else "۱٫۴ روز") in promises
    assert "راننده زنگ نزد" in said
    assert ("2 on 1–5" if language == "en" else "۲ از مقیاس ۱ تا ۵") in said
    assert promises_panel(request, caller, told.store, "nobody") == responses_panel(request, caller, told.store, "nobody") == ""


def test_another_workspace_hears_nothing(told: House, other_workspace: House) -> None:
    """The home of another workspace is empty."""
    browser = other_workspace.sign_in()
    assert 'class="empty"' in browser.get("/listen?period=all").text
    assert "order-0" not in browser.get("/listen/promises?period=all").text
