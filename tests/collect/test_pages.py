"""Sources and what was set aside, as pages."""

from __future__ import annotations

import pytest

from tests.conftest import House


@pytest.mark.parametrize("language", ["en", "fa"])
def test_sources_say_what_was_heard_and_lead_to_what_stood_aside(house: House, language: str) -> None:
    """A source stands with its counts; a number set aside leads to the events, with reason and body, escaped."""
    browser = house.sign_in(language=language)
    assert "wk_…" in browser.get("/sources").text
    assert browser.get("/sources/quarantine").status_code == 200
    house.send(
        {"type": "track", "event": "A", "userId": "ada"},
        {"type": "<script>", "userId": "ada"},
        source="website",
    )
    page = browser.get("/sources").text
    assert "website" in page
    assert "/sources/quarantine?source=website&amp;code=unknown_type" in page
    aside = browser.get("/sources/quarantine?source=website&code=unknown_type").text
    assert "&lt;script&gt;" in aside
    assert "<script>" not in aside.split("<main", 1)[1].replace("<script src", "")


def test_sources_over_the_api(house: House) -> None:
    """Programs read the same counts and reasons."""
    house.send({"type": "track", "event": "A", "userId": "ada"}, {"type": "track", "userId": "ada"}, source="till")
    (source,) = house.api().get("/api/v1/sources").json()["items"]
    assert (source["source"], source["events"], source["quarantined"]) == ("till", 1, 1)
    (reason,) = house.api().get("/api/v1/quarantine/reasons").json()["items"]
    assert (reason["code"], reason["events"]) == ("no_event", 1)
