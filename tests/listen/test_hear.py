"""What customers say and expect becomes responses and expectations; what is wrong is kept aside with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from corridor.ground.vocabulary import Event, Workspace
from corridor.listen import ExpectationStated, ResponseHeard
from tests.listen.conftest import Ear


def test_a_rating_becomes_a_response_on_both_scales(ear: Ear) -> None:
    """A rating keeps its own scale, its words and the common score, and is handed to the later rooms."""
    batch = ear.hear(
        ear.said(
            "Experience Rated",
            {
                "touchpoint": "delivery",
                "value": 2,
                "lowest": 1,
                "highest": 5,
                "instrument": "csat",
                "text": " driver never rang ",
            },
        )
    )
    (row,) = ear.rows("responses")
    assert (row["value"], row["lowest"], row["highest"], row["common"]) == (2, 1, 5, 25)
    assert (row["touchpoint"], row["kind"], row["instrument"], row["text"]) == (
        "delivery",
        "experience",
        "csat",
        "driver never rang",
    )
    (fact,) = batch.of(ResponseHeard)
    assert (fact.response.id, fact.response.customer, fact.response.common) == (row["id"], "nadia", 25)
    assert not batch.of(ExpectationStated)


def test_expectation_in_the_same_breath(ear: Ear) -> None:
    """A rating that also says what was expected gives a response and a stated expectation of the same moment."""
    batch = ear.hear(
        ear.said("Experience Rated", {"touchpoint": "delivery", "value": 6, "lowest": 0, "highest": 10, "expectation": "8"})
    )
    (expectation,) = ear.rows("expectations")
    assert (expectation["source"], expectation["value"], expectation["common"]) == ("stated", 8, 80)
    assert batch.of(ExpectationStated)[0].expectation.at == batch.of(ResponseHeard)[0].response.at


@pytest.mark.parametrize(
    ("name", "properties", "common", "kind"),
    [
        ("Experience Rated", {"value": 9, "instrument": "NPS"}, 90, "recommendation"),
        ("Experience Rated", {"value": 5, "instrument": "stars"}, 100, "experience"),
        ("Experience Rated", {"value": 1, "instrument": "thumbs"}, 100, "experience"),
        ("Effort Rated", {"value": 6}, pytest.approx(83.33, abs=0.01), "effort"),
        ("Effort Rated", {"value": 2, "lowest": 5, "highest": 1}, 75, "effort"),
        ("Product Reviewed", {"rating": "4.0", "review_body": "Good"}, 75, "experience"),
        ("Experience Rated", {"value": "۴", "instrument": "csat"}, 75, "experience"),
    ],
)
def test_instruments_have_their_usual_scale(ear: Ear, name: str, properties: dict[str, Any], common: float, kind: str) -> None:
    """NPS, stars, effort and Segment's reviews are heard without naming a scale; a scale whose low end is good turns round."""
    ear.hear(ear.said(name, properties))
    (row,) = ear.rows("responses")
    assert (row["common"], row["kind"]) == (common, kind)


def test_expectation_stated(ear: Ear) -> None:
    """`Expectation Stated` is kept with what it is about."""
    ear.hear(ear.said("Expectation Stated", {"touchpoint": "chat", "value": 5, "lowest": 1, "highest": 5, "about": "speed"}))
    (row,) = ear.rows("expectations")
    assert (row["touchpoint"], row["common"], row["about"], row["customer_id"]) == ("chat", 100, "speed", "nadia")


@pytest.mark.parametrize(
    ("name", "properties", "code", "field"),
    [
        ("Experience Rated", {"value": 7, "lowest": 1, "highest": 5}, "outside_scale", "value"),
        ("Experience Rated", {"value": 3, "instrument": "csat", "touchpoint": "moon"}, "unknown_touchpoint", "touchpoint"),
        ("Experience Rated", {"value": 3}, "no_scale", "lowest"),
        ("Experience Rated", {"value": 3, "lowest": 3, "highest": 3}, "no_scale", "highest"),
        ("Experience Rated", {"instrument": "csat"}, "no_score", "value"),
        ("Experience Rated", {"value": "good", "instrument": "csat"}, "no_number", "value"),
        ("Experience Rated", {"value": True, "instrument": "csat"}, "no_number", "value"),
        ("Experience Rated", {"value": "nan", "instrument": "csat"}, "no_number", "value"),
        ("Experience Rated", {"value": 3, "instrument": "csat", "expectation": 9}, "outside_scale", "expectation"),
        ("Promise Made", {"promise_id": "p"}, "no_due", "due"),
        ("Promise Made", {"promise_id": "p", "due": "soon"}, "bad_due", "due"),
        ("Promise Made", {"promise_id": "p", "due": 17}, "bad_due", "due"),
        ("Promise Made", {"due": "2026-03-01"}, "no_promise_id", "promise_id"),
        ("Promise Made", {"promise_id": "p", "due": "2026-03-01", "touchpoint": "moon"}, "unknown_touchpoint", "touchpoint"),
        ("Promise Broken", {"promise_id": "p", "miss": -1}, "negative_miss", "miss"),
        ("Promise Kept", {}, "no_promise_id", "promise_id"),
    ],
)
def test_wrong_properties_are_set_aside_with_a_reason(
    ear: Ear, name: str, properties: dict[str, Any], code: str, field: str
) -> None:
    """What cannot be a fact makes no fact; the reason names the field in words that a care lead understands."""
    ear.hear(ear.said(name, properties), ear.said("Experience Rated", {"value": 4, "instrument": "csat"}))
    (aside,) = ear.rows("quarantine")
    assert (aside["code"], aside["field"], aside["source"]) == (code, field, "shop")
    assert len(aside["reason"]) > 30
    assert len(ear.rows("responses")) == 1
    assert not ear.rows("promises")
    assert not ear.rows("expectations")


def test_the_same_event_again_changes_nothing(ear: Ear) -> None:
    """Heard again, as when a batch is replayed, a rating is still one response."""
    event = ear.said("Experience Rated", {"value": 4, "instrument": "csat", "expectation": 5})
    ear.hear(event)
    ear.hear(event, event)
    assert len(ear.rows("responses")) == len(ear.rows("expectations")) == 1


def test_the_recognised_touchpoint_is_used(ear: Ear) -> None:
    """A rating that names no touchpoint belongs to the one at which its event was recognised."""
    ear.hear(ear.said("Product Reviewed", {"rating": 3}, touchpoint="delivery"))
    assert ear.rows("responses")[0]["touchpoint"] == "delivery"


def test_other_events_say_nothing(ear: Ear) -> None:
    """Events that are not about feedback or promises leave no trace in this room."""
    page = Event(message_id="p", type="page", name="Page Viewed", at=0, received_at=0, source="web")
    review = ear.said("Product Reviewed", {"review_body": "no stars"})
    batch = ear.hear(page, review, ear.said("Order Cancelled", {"order_id": "1"}))
    assert not ear.rows("responses")
    assert not ear.rows("promises")
    assert not ear.rows("quarantine")
    assert not batch.of(ResponseHeard)


def test_two_workspaces_do_not_mix(ear: Ear) -> None:
    """A promise of the same name in two workspaces is two promises."""
    ear.hear(ear.said("Promise Made", {"promise_id": "p", "due": "2026-03-02"}))
    ear.workspace = Workspace(id="other", name="Other")
    ear.hear(ear.said("Promise Kept", {"promise_id": "p"}))
    assert ear.rows("promises")[0]["made_at"] is None
    ear.workspace = Workspace(id="main", name="Shop")
    assert ear.rows("promises")[0]["state"] == "open"
