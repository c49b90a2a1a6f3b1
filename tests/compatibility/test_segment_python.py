"""The unmodified Segment SDK for Python against a served Corridor."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from segment.analytics.client import Client

from tests.journeys.serving import Served, command

EVENTS = 10_000
PEOPLE = 200


@pytest.mark.timeout(240)
def test_ten_thousand_events_are_on_the_right_timelines_within_a_second(tmp_path: Path) -> None:
    """All that the SDK sends stands on the right timelines a second after its last answer."""
    data = tmp_path / "data"
    write, secret = (command("key", "create", kind, data=data) for kind in ("write", "secret"))
    served = Served(data)
    served.start()
    try:
        errors: list[object] = []
        client = Client(
            write, host=served.url, max_queue_size=EVENTS + 1000, gzip=True, on_error=lambda error, _items: errors.append(error)
        )
        for person in range(PEOPLE):
            client.identify(f"person-{person}", {"name": f"Person {person}", "email": f"person-{person}@example.com"})
        for number in range(EVENTS - PEOPLE):
            person = f"person-{number % PEOPLE}"
            client.track(person, "Product Viewed", {"product_id": f"p-{number}", "whose": person})
        client.flush()
        client.shutdown()
        answered = time.monotonic()
        assert errors == []

        found: dict[str, str] = {}
        while time.monotonic() - answered < 60:
            page = served.get("/api/v1/customers?limit=200", secret)["items"]
            found = {one["name"]: one["id"] for one in page}
            if sum(one["events"] for one in page) == EVENTS:
                break
            time.sleep(0.05)
        took = time.monotonic() - answered
        assert sum(one["events"] for one in page) == EVENTS
        print(f"all visible {took:.2f} s after the last answer")
        assert len(found) == PEOPLE
        for person in (0, 77, 199):
            timeline = served.get(f"/api/v1/customers/{found[f'Person {person}']}/timeline?limit=200", secret)["items"]
            assert len(timeline) == EVENTS // PEOPLE
            whose = {moment["detail"].get("whose") for moment in timeline if moment["name"] == "Product Viewed"}
            assert whose == {f"person-{person}"}
    finally:
        served.kill()
