"""The API of cases, signals, rules and plans: one noun, one path, the same verbs."""

from __future__ import annotations

import pytest

from tests.act.conftest import Town
from tests.conftest import House


@pytest.fixture
def case_id(house: House, town: Town) -> str:
    """An open case of Nadia's."""
    house.send(town.person("nadia", "Nadia Rahimi"), town.rated("nadia", 1, text="Never again"))
    return town.cases()[0].id


def test_a_case_is_worked_to_its_end(house: House, case_id: str) -> None:
    """A case is read, noted, moved, closed and opened again, and its history tells each step."""
    program = house.api()
    assert program.get(f"/api/v1/cases/{case_id}").json()["noticed"][0]["words"] == "Never again"
    assert program.post(f"/api/v1/cases/{case_id}/notes", json={"text": "Called"}).status_code == 201
    moved = program.patch(f"/api/v1/cases/{case_id}", json={"state": "in_progress", "severity": "urgent"}).json()
    assert (moved["state"], moved["severity"]) == ("in_progress", "urgent")
    closing = {"root_cause": "wait", "resolution": "Apologised and refunded", "version": moved["version"]}
    closed = program.post(f"/api/v1/cases/{case_id}/close", json=closing).json()
    assert (closed["state"], closed["root_cause"]) == ("closed", "wait")
    assert program.get("/api/v1/cases?tab=closed").json()["items"][0]["id"] == case_id
    again = program.post(f"/api/v1/cases/{case_id}/reopen", json={"why": "It broke again"}).json()
    assert (again["state"], again["reopened"]) == ("open", 1)
    whole = program.get(f"/api/v1/cases/{case_id}").json()
    kinds = [line["kind"] for line in whole["history"]]
    assert kinds == ["reopened", "closed", "state", "severity", "opened"]


@pytest.mark.parametrize(
    ("closing", "field"),
    [
        ({"resolution": "Refunded"}, "root_cause"),
        ({"root_cause": "wait"}, "resolution"),
        ({"root_cause": "nonsense", "resolution": "Refunded"}, "root_cause"),
        ({"root_cause": "other", "resolution": "Refunded"}, "root_cause_words"),
    ],
)
def test_closing_needs_the_root_cause_and_what_was_done(house: House, case_id: str, closing: dict[str, str], field: str) -> None:
    """What is missing for closing is named, and the case stays open."""
    program = house.api()
    answer = program.post(f"/api/v1/cases/{case_id}/close", json=closing)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert program.get(f"/api/v1/cases/{case_id}").json()["state"] == "open"


def test_a_colleagues_change_is_not_overwritten(house: House, case_id: str) -> None:
    """Whoever sends a version that is out of date gets 409 with how the case stands now, and nothing is changed."""
    program = house.api()
    seen = program.get(f"/api/v1/cases/{case_id}").json()["version"]
    program.patch(f"/api/v1/cases/{case_id}", json={"state": "in_progress", "version": seen})
    answer = program.post(f"/api/v1/cases/{case_id}/close", json={"root_cause": "wait", "resolution": "Mine", "version": seen})
    assert answer.status_code == 409
    assert answer.json()["current"]["state"] == "in_progress"
    assert program.get(f"/api/v1/cases/{case_id}").json()["resolution"] == ""


def test_a_closed_case_takes_no_changes(house: House, case_id: str) -> None:
    """A closed case has to be opened again before it is changed; reopening needs a reason."""
    program = house.api()
    program.post(f"/api/v1/cases/{case_id}/close", json={"root_cause": "wait", "resolution": "Done"})
    assert program.patch(f"/api/v1/cases/{case_id}", json={"state": "open"}).status_code == 409
    assert program.post(f"/api/v1/cases/{case_id}/assign", json={"assignee_id": None}).status_code == 409
    assert program.post(f"/api/v1/cases/{case_id}/reopen", json={"why": "  "}).status_code == 422


def test_a_case_is_given_to_people_who_work_on_cases(house: House, town: Town, case_id: str) -> None:
    """A case goes to a colleague who works; not to an analyst, nor to somebody who does not exist."""
    program = house.api()
    ana, ella = town.colleague("Ana Alves"), town.colleague("Ella Eder", "executive")
    assert program.post(f"/api/v1/cases/{case_id}/assign", json={"assignee_id": ana}).json()["assignee_id"] == ana
    assert program.post(f"/api/v1/cases/{case_id}/assign", json={"assignee_id": ella}).status_code == 422
    assert program.post(f"/api/v1/cases/{case_id}/assign", json={"assignee_id": "nobody"}).status_code == 404
    over = program.patch(f"/api/v1/cases/{case_id}", json={"owner": "agent"}).json()
    assert (over["owner"], over["assignee_id"]) == ("agent", None)


def test_a_case_is_opened_by_hand(house: House, town: Town, case_id: str) -> None:
    """A program opens a case for a customer, with a note; an unknown customer is refused."""
    program = house.api()
    customer = house.customer("nadia")
    body = {"customer_id": customer, "title": "Wants the invoice by post", "touchpoint": "billing", "note": "Called today"}
    made = program.post("/api/v1/cases", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["owner"], made.json()["number"]) == ("told", "account", 2)
    assert program.post("/api/v1/cases", json={**body, "customer_id": "nobody"}).status_code == 404
    assert program.post("/api/v1/cases", json={**body, "title": " "}).status_code == 422
    assert program.post("/api/v1/cases", json={**body, "touchpoint": "moon"}).status_code == 422


def test_the_list_is_paged_without_gaps(house: House, town: Town) -> None:
    """Following `next` gives every case once, the earliest due first."""
    house.send(*(town.rated(f"customer-{number}", 1 + number % 2) for number in range(30)))
    program = house.api()
    seen: list[str] = []
    dues: list[str] = []
    address = "/api/v1/cases?limit=7"
    while True:
        body = program.get(address).json()
        seen += [one["id"] for one in body["items"]]
        dues += [one["due_at"] for one in body["items"]]
        if not body["next"]:
            break
        address = f"/api/v1/cases?limit=7&cursor={body['next']}"
    assert len(seen) == len(set(seen)) == 30
    assert dues == sorted(dues)
    assert program.get("/api/v1/cases?cursor=nonsense").status_code == 422


def test_rules_are_changed_tried_and_added(house: House, town: Town) -> None:
    """A rule is tried with other values before it is changed; a value that cannot be is refused by name."""
    house.send(*(town.rated(f"customer-{number}", 3) for number in range(4)))
    program = house.api()
    assert [one["id"] for one in program.get("/api/v1/signal-rules").json()["items"]] == [
        "rating-low", "promise-broken", "silence",
    ]  # fmt: skip
    assert program.get("/api/v1/signal-rules/rating-low/preview").json()["times"] == 0
    assert program.get("/api/v1/signal-rules/rating-low/preview?bar=60").json()["times"] == 4
    changed = program.patch("/api/v1/signal-rules/rating-low", json={"bar": 60, "version": 1}).json()
    assert (changed["bar"], changed["version"]) == (60, 2)
    assert program.patch("/api/v1/signal-rules/rating-low", json={"bar": 70, "version": 1}).status_code == 409
    assert program.patch("/api/v1/signal-rules/rating-low", json={"bar": 700}).json()["field"] == "bar"
    added = program.post("/api/v1/signal-rules", json={"kind": "silence", "days": 60, "amount": 0, "name": "Long silence"})
    assert added.status_code == 201
    assert len(program.get("/api/v1/signal-rules").json()["items"]) == 4


def test_plans_hold_cases(house: House, case_id: str) -> None:
    """A plan is made, gets cases, is changed, and counts what is with it."""
    program = house.api()
    plan = program.post(
        "/api/v1/plans", json={"title": "Ring the bell", "touchpoint": "delivery", "target": "Half as many"}
    ).json()
    assert program.patch(f"/api/v1/cases/{case_id}", json={"plan_id": plan["id"]}).json()["plan_id"] == plan["id"]
    running = program.patch(f"/api/v1/plans/{plan['id']}", json={"state": "running", "due_at": "2027-01-01T00:00:00Z"}).json()
    assert (running["state"], running["cases"], running["due_at"]) == ("running", 1, "2027-01-01T00:00:00Z")
    assert program.patch(f"/api/v1/plans/{plan['id']}", json={"title": ""}).status_code == 422
    assert program.patch(f"/api/v1/cases/{case_id}", json={"plan_id": "no-such-plan"}).status_code == 404
    assert [one["id"] for one in program.get("/api/v1/cases?plan=" + plan["id"]).json()["items"]] == [case_id]


def test_who_only_looks_changes_nothing(house: House, case_id: str) -> None:
    """An executive and an analyst see cases and may not work on them; an agent may not change rules."""
    for role in ("executive", "analyst"):
        browser = house.sign_in(role=role)
        assert browser.get(f"/api/v1/cases/{case_id}").status_code == 200
        assert browser.post(f"/api/v1/cases/{case_id}/notes", json={"text": "x"}).status_code == 403
    assert house.sign_in(role="agent").patch("/api/v1/signal-rules/rating-low", json={"bar": 10}).status_code == 403


def test_another_workspace_knows_nothing_of_it(house: House, other_workspace: House, case_id: str) -> None:
    """A case's id of one workspace is in the other the same as no case at all."""
    stranger = other_workspace.api()
    plan = house.api().post("/api/v1/plans", json={"title": "Ours"}).json()["id"]
    assert stranger.get("/api/v1/cases").json()["items"] == []
    assert stranger.get("/api/v1/signals").json()["items"] == []
    for path in (f"/api/v1/cases/{case_id}", f"/api/v1/plans/{plan}"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/api/v1/cases/{case_id}/notes", json={"text": "x"}).status_code == 404
    assert stranger.patch(f"/api/v1/cases/{case_id}", json={"state": "waiting"}).status_code == 404
    customer = house.customer("nadia")
    assert stranger.post("/api/v1/cases", json={"customer_id": customer, "title": "x"}).status_code == 404
