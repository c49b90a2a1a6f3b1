"""Programs make, publish and read surveys as people do."""

from __future__ import annotations

from tests.conftest import House
from tests.listen.surveys.conftest import Asking


def test_made_published_and_read(house: House) -> None:
    """A program makes a survey of its own wording, publishes it, changes it and reads its versions."""
    program = house.api()
    body = {
        "title": "Chat",
        "touchpoint": "chat",
        "slug": "chat-asks",
        "form": {
            "languages": ["en"],
            "scale": "0-10",
            "questions": [{"asks": "experience", "text": {"en": "How was the chat?"}}],
        },
    }
    made = program.post("/api/v1/surveys", json=body)
    assert made.status_code == 201
    survey = made.json()
    assert (survey["state"], survey["version"], survey["versions"]) == ("draft", 0, [])
    assert survey["form"]["questions"][0]["highest"] == 10
    path = f"/api/v1/surveys/{survey['id']}"
    assert program.patch(path, json={"state": "open"}).json()["version"] == 1
    changed = program.patch(
        path, json={"form": {"questions": [{"asks": "expectation"}, {"asks": "experience"}]}, "state": "open"}
    ).json()
    assert (changed["version"], [one["number"] for one in changed["versions"]]) == (2, [2, 1])
    assert changed["versions"][1]["form"]["questions"][0]["text"] == {"en": "How was the chat?"}
    assert program.patch(path, json={"state": "closed"}).json()["state"] == "closed"
    assert program.get("/api/v1/surveys").json()["items"][0]["url"].endswith("/s/chat-asks")


def test_wrong_values_name_their_field(house: House) -> None:
    """What cannot be is answered as a problem that names the field and changes nothing."""
    program = house.api()
    for body, code, field in (
        ({"title": "", "touchpoint": "delivery"}, 422, "title"),
        ({"title": "x", "touchpoint": "moon"}, 422, "touchpoint"),
        ({"title": "x", "slug": "Not An Address"}, 422, "slug"),
        ({"title": "x", "state": "open"}, 422, "touchpoint"),
        ({"title": "x", "form": {"languages": ["de"]}}, 422, "languages"),
        ({"title": "x", "form": {"questions": [{"asks": "why"}]}}, 422, "questions"),
        ({"title": "x", "nonsense": 1}, 422, "nonsense"),
    ):
        answer = program.post("/api/v1/surveys", json=body)
        assert (answer.status_code, answer.json()["field"]) == (code, field)
        assert answer.headers["content-type"] == "application/problem+json"
    assert program.get("/api/v1/surveys").json()["items"] == []


def test_invited_answered_and_read(asking: Asking) -> None:
    """A program invites a customer, who answers; the answer is read with both scores, the gap and the words."""
    asking.house.send({"type": "identify", "userId": "nadia", "traits": {"name": "Nadia"}})
    nadia = asking.house.customer("nadia")
    program = asking.house.api()
    path = f"/api/v1/surveys/{asking.survey.id}"
    (link,) = program.post(f"{path}/invitations", json={"customers": [nadia]}).json()["items"]
    assert link["customer_id"] == nadia
    asking.answer(asking.house.visitor(), "4", "2", "late", carried=link["url"].partition("?")[2])
    asking.house.walk()
    (row,) = program.get(f"{path}/responses").json()["items"]
    assert (row["customer_id"], row["expectation"], row["experience"], row["gap"], row["text"]) == (nadia, 4, 2, -50, "late")
    found = program.get(f"{path}/results").json()
    assert (found["complete"], found["experience"]["n"], found["experience"]["mean"]) == (1, 1, None)
    assert found["invited"] == 1
    (response,) = program.get("/api/v1/responses", params={"customer": nadia}).json()["items"]
    assert (response["score"]["common"], response["survey_id"]) == (25, asking.survey.id)
    (expectation,) = program.get("/api/v1/expectations", params={"survey": asking.survey.id}).json()["items"]
    assert (expectation["source"], expectation["score"]["common"]) == ("stated", 75)
    assert program.post(f"{path}/invitations", json={"customers": ["nobody"]}).status_code == 404


def test_lists_go_on(asking: Asking) -> None:
    """Answers come page by page, each once, the latest first."""
    for number in range(5):
        asking.answer(asking.house.visitor(), "4", str(number + 1), "-")
    asking.house.walk()
    program = asking.house.api()
    for path in (f"/api/v1/surveys/{asking.survey.id}/responses", "/api/v1/responses", "/api/v1/expectations"):
        seen, cursor = [], None
        while True:
            page = program.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 5
    assert program.get("/api/v1/responses", params={"cursor": "x"}).status_code == 422


def test_promises_are_listed_by_state(house: House) -> None:
    """A program reads which promises were broken, by how much and in which unit."""
    house.send(
        {"type": "track", "event": "Promise Made", "userId": "u", "timestamp": "2026-01-01T10:00:00Z",
         "properties": {"promise_id": "o1", "touchpoint": "delivery", "due": "2026-01-03"}},
        {"type": "track", "event": "Order Delivered", "userId": "u", "timestamp": "2026-01-05T00:00:00Z", "properties": {"promise_id": "o1"}},
    )  # fmt: skip
    (promise,) = house.api().get("/api/v1/promises", params={"state": "broken"}).json()["items"]
    assert (promise["promise_id"], promise["unit"], promise["touchpoint"]) == ("o1", "days", "delivery")
    assert round(promise["miss"], 3) == 1
    assert house.api().get("/api/v1/promises", params={"state": "kept"}).json()["items"] == []
    assert house.api().get("/api/v1/promises", params={"from": "2026-02-01"}).json()["items"] == []


def test_another_workspace_finds_nothing(asking: Asking, other_workspace: House) -> None:
    """With the id of another workspace's survey every operation answers 404, and lists are empty."""
    asking.answer(asking.house.visitor(), "4", "2", "secret words")
    asking.house.walk()
    program = other_workspace.api()
    path = f"/api/v1/surveys/{asking.survey.id}"
    assert [program.get(f"{path}{end}").status_code for end in ("", "/results", "/responses")] == [404, 404, 404]
    assert program.patch(path, json={"title": "x"}).status_code == 404
    assert program.patch(path, json={"state": "closed"}).status_code == 404
    assert program.post(f"{path}/invitations", json={"customers": ["x"]}).status_code == 404
    for name in ("surveys", "responses", "expectations", "promises"):
        assert program.get(f"/api/v1/{name}", params={"survey": asking.survey.id}).json()["items"] == []
