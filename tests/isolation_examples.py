"""How to make one of everything in a workspace, so that each door can be tried with it from another workspace.

Whoever adds an operation adds here, and `tests/test_isolation.py` tells what is missing:

- a path parameter → a line in `PLACES`: the segment before it, and how to make one;
- something to send → a line in `BODIES`; wrap what is an id in `Id(...)`, and it is tried with the other workspace's, too;
- a query parameter that names a thing → a line in `QUERIES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from starlette.testclient import TestClient

from corridor import collect
from corridor.ground.vocabulary import Touchpoint, new_id, now
from tests.conftest import House


class Side:
    """One workspace with everything in it marked by a word that stands nowhere else."""

    def __init__(self, house: House, word: str) -> None:
        self.house = house
        self.word = word
        self.made: set[str] = {f"{word}-desk", f"{word}-account"}
        with house.write() as connection:
            collect.save_touchpoint(connection, house.workspace_id, Touchpoint(f"{word}-desk", f"{word} desk", "get help"))
        for name in ("first", "second"):
            self.send_person(name)

    @cached_property
    def program(self) -> TestClient:
        return self.house.api()

    @cached_property
    def browser(self) -> TestClient:
        return self.house.sign_in(name=f"{self.word} keeper")

    def send_person(self, name: str) -> None:
        """Let a customer come, buy, be promised something, rate it and say why."""
        user = f"{self.word}-{name}"
        rated = {"touchpoint": f"{self.word}-desk", "value": 1, "lowest": 1, "highest": 5, "text": f"{self.word} is not amused"}
        promised = {
            "promise_id": f"{user}-promise",
            "touchpoint": f"{self.word}-desk",
            "due": "2026-01-05T00:00:00Z",
            "unit": "days",
        }
        self.house.send(
            {
                "type": "identify",
                "userId": user,
                "traits": {"name": f"{self.word} {name}", "email": f"{user}@{self.word}.example", "state": self.word},
            },
            {"type": "group", "userId": user, "groupId": f"{self.word}-account", "traits": {"name": f"{self.word} limited"}},
            {
                "type": "track",
                "event": "Order Completed",
                "userId": user,
                "properties": {"order_id": user, "total": 900, "currency": "EUR"},
            },
            {"type": "track", "event": "Promise Made", "userId": user, "properties": promised},
            {"type": "track", "event": "Experience Rated", "userId": user, "properties": rated},
        )

    # --- one of everything; each call makes a new one where the thing is changed by what is tried ---

    def customer(self) -> str:
        return self._noted(self.house.customer(f"{self.word}-first"))

    def other_customer(self) -> str:
        return self._noted(self.house.customer(f"{self.word}-second"))

    def new_customer(self) -> str:
        name = new_id()[-12:]
        self.send_person(name)
        return self._noted(self.house.customer(f"{self.word}-{name}"))

    def merge(self) -> str:
        sent = {"keep": self.new_customer(), "other": self.new_customer(), "reason": "one person"}
        return self._made("merges", sent)

    def merged_customer(self) -> str:
        """Return a customer that was merged just now; `last_merge` is the merge."""
        customer = self.new_customer()
        self.last = self._made("merges", {"keep": customer, "other": self.new_customer(), "reason": "one person"})
        return customer

    def last_merge(self) -> str:
        return self.last

    def account(self) -> str:
        return self._noted(self.program.get("/api/v1/accounts").json()["items"][0]["id"])

    def touchpoint(self) -> str:
        return f"{self.word}-desk"

    def new_touchpoint(self) -> str:
        key = f"{self.word}-{new_id()[-8:]}"
        with self.house.write() as connection:
            collect.save_touchpoint(connection, self.house.workspace_id, Touchpoint(key, f"{self.word} place", "use"))
        return self._noted(key)

    def segment(self) -> str:
        return f"state:{self.word}"

    def case(self) -> str:
        sent = {"customer_id": self.customer(), "title": f"{self.word} waits", "touchpoint": self.touchpoint(), "note": self.word}
        return self._made("cases", sent)

    def closed_case(self) -> str:
        case = self.case()
        self._ok(self.program.post(f"/api/v1/cases/{case}/close", json={"root_cause": "partner", "resolution": self.word}))
        return case

    def plan(self) -> str:
        return self._made("plans", {"title": f"{self.word} plan", "owner": "operations"})

    def rule(self) -> str:
        return self._made(
            "signal-rules", {"kind": "rating_low", "name": f"{self.word} rule", "touchpoint": self.touchpoint(), "bar": 40}
        )

    def survey(self) -> str:
        return self._made(
            "surveys", {"title": f"{self.word} survey", "slug": f"{self.word}-{new_id()[-8:]}", "touchpoint": self.touchpoint()}
        )

    def open_survey(self) -> str:
        survey = self.survey()
        self._ok(self.program.patch(f"/api/v1/surveys/{survey}", json={"state": "open"}))
        return survey

    def conversation(self) -> str:
        return self._made(
            "conversations",
            {"customer_id": self.customer(), "text": f"{self.word} calls", "channel": "email", "client_id": new_id()},
        )

    def closed_conversation(self) -> str:
        conversation = self.conversation()
        self._ok(self.program.patch(f"/api/v1/conversations/{conversation}", json={"state": "closed"}))
        return conversation

    def person(self) -> str:
        name = new_id()[-12:]
        return self._made(
            "people", {"email": f"{name}@{self.word}.example", "role": "agent", "password": "four words apart", "name": self.word}
        )

    def disabled_person(self) -> str:
        person = self.person()
        self._ok(self.program.patch(f"/api/v1/people/{person}", json={"disabled": True}))
        return person

    def key(self) -> str:
        return self._made("keys", {"kind": "write", "name": self.word})

    def imported(self) -> str:
        from corridor.collect.imports.tables import imports

        import_id = self._noted(new_id())
        with self.house.write() as connection:
            connection.execute(
                imports.insert().values(
                    workspace_id=self.house.workspace_id, id=import_id, mapping=f"{self.word}.yaml", digest="0", path=f"/{self.word}",
                    state="done", started_at=now(), updated_at=now(), finished_at=now(), accepted=1, quarantined=0, unchanged=0,
                    tables="[]", reasons="{}", error="",
                )
            )  # fmt: skip
        return import_id

    def _made(self, noun: str, sent: dict[str, Any]) -> str:
        return self._noted(self._ok(self.program.post(f"/api/v1/{noun}", json=sent)).json()["id"])

    def _noted(self, id: str) -> str:
        self.made.add(id)
        return id

    def _ok(self, answer: Any) -> Any:
        assert answer.status_code < 400, answer.text
        return answer


Make = Callable[[Side], str]


@dataclass(frozen=True)
class Id:
    """A value in a body that is an id of something of the workspace."""

    make: Make


@dataclass(frozen=True)
class Version:
    """The version of the thing in the path, as a form that shows it would send it."""

    noun: str
    place: str

    def read(self, side: Side, places: dict[str, str]) -> int:
        id = places[self.place]
        one = side.program.get(f"/api/v1/{self.noun}/{id}")
        if one.status_code == 200:
            return int(one.json()["version"])
        return next(int(item["version"]) for item in side.program.get(f"/api/v1/{self.noun}").json()["items"] if item["id"] == id)


CASE = Version("cases", "cases/{case_id}")
PLAN = Version("plans", "plans/{plan_id}")
RULE = Version("signal-rules", "rules/{rule_id}")

PLACES: dict[str, Make] = {
    "accounts/{id}": Side.account,
    "cases/{case_id}": Side.case,
    "conversations/{conversation_id}": Side.conversation,
    "conversations/{id}": Side.conversation,
    "customers/{customer_id}": Side.customer,
    "customers/{id}": Side.customer,
    "imports/{import_id}": Side.imported,
    "keys/{key_id}": Side.key,
    "merge/{other_id}": Side.other_customer,
    "merges/{id}": Side.merge,
    "merges/{merge_id}": Side.merge,
    "people/{person_id}": Side.person,
    "plans/{plan_id}": Side.plan,
    "rules/{rule_id}": Side.rule,
    "signal-rules/{rule_id}": Side.rule,
    "surveys/{survey_id}": Side.survey,
    "touchpoints/{key}": Side.new_touchpoint,
    "gaps/{key}": Side.touchpoint,
    "{by}/{key}": Side.touchpoint,
}
"""What a path parameter is an id of, by the segment before it."""

PREPARED: dict[str, dict[str, Make]] = {
    "POST /api/v1/cases/{case_id}/reopen": {"cases/{case_id}": Side.closed_case},
    "POST /cases/{case_id}/reopen": {"version": CASE, "cases/{case_id}": Side.closed_case},
    "POST /conversations/{conversation_id}/reopen": {"conversations/{conversation_id}": Side.closed_conversation},
    "POST /customers/{customer_id}/merges/{merge_id}/undo": {
        "customers/{customer_id}": Side.merged_customer,
        "merges/{merge_id}": Side.last_merge,
    },
    "POST /surveys/{survey_id}/close": {"surveys/{survey_id}": Side.open_survey},
    "POST /surveys/{survey_id}/invitations": {"surveys/{survey_id}": Side.open_survey},
    "POST /api/v1/surveys/{survey_id}/invitations": {"surveys/{survey_id}": Side.open_survey},
    "POST /settings/people/{person_id}/enable": {"people/{person_id}": Side.disabled_person},
}
"""Operations that need their thing in a certain state."""

BODIES: dict[str, dict[str, Any]] = {
    "PATCH /api/v1/cases/{case_id}": {"plan_id": Id(Side.plan), "severity": "high"},
    "PATCH /api/v1/conversations/{id}": {"assigned_to": Id(Side.person)},
    "PATCH /api/v1/people/{person_id}": {"role": "manager"},
    "PATCH /api/v1/plans/{plan_id}": {"title": "Another plan", "touchpoint": Id(Side.touchpoint)},
    "PATCH /api/v1/signal-rules/{rule_id}": {"bar": 30, "touchpoint": Id(Side.touchpoint)},
    "PATCH /api/v1/surveys/{survey_id}": {"title": "Another survey", "touchpoint": Id(Side.touchpoint)},
    "PATCH /api/v1/workspace": {"name": "Renamed"},
    "POST /api/v1/cases": {"customer_id": Id(Side.customer), "title": "Waits", "touchpoint": Id(Side.touchpoint)},
    "POST /api/v1/cases/{case_id}/assign": {"assignee_id": Id(Side.person)},
    "POST /api/v1/cases/{case_id}/close": {"root_cause": "partner", "resolution": "called"},
    "POST /api/v1/cases/{case_id}/notes": {"text": "called"},
    "POST /api/v1/cases/{case_id}/reopen": {"why": "again"},
    "POST /api/v1/conversations": {"customer_id": Id(Side.customer), "text": "hello", "channel": "email"},
    "POST /api/v1/conversations/{id}/messages": {"text": "hello"},
    "POST /api/v1/keys": {"kind": "write"},
    "POST /api/v1/merges": {"keep": Id(Side.new_customer), "other": Id(Side.new_customer), "reason": "one person"},
    "POST /api/v1/merges/{id}/undo": {},
    "POST /api/v1/people": {"email": "new.person@example.com", "role": "agent", "password": "four words apart"},
    "POST /api/v1/plans": {"title": "A plan", "owner": "operations", "touchpoint": Id(Side.touchpoint)},
    "POST /api/v1/pulses": {"score": 4, "person": "nurse 7"},
    "POST /api/v1/signal-rules": {"kind": "rating_low", "name": "A rule", "bar": 40, "touchpoint": Id(Side.touchpoint)},
    "POST /api/v1/surveys": {"title": "A survey", "slug": "a-survey", "touchpoint": Id(Side.touchpoint)},
    "POST /api/v1/surveys/{survey_id}/invitations": {"customers": [Id(Side.customer)]},
    "POST /cases/causes": {"name": "A cause"},
    "POST /cases/new": {"customer": Id(Side.customer), "title": "Waits", "touchpoint": Id(Side.touchpoint), "severity": "normal"},
    "POST /cases/{case_id}/assign": {"version": CASE, "assignee": Id(Side.person)},
    "POST /cases/{case_id}/close": {"version": CASE, "root_cause": "partner", "resolution": "called"},
    "POST /cases/{case_id}/note": {"text": "called"},
    "POST /cases/{case_id}/plan": {"version": CASE, "plan": Id(Side.plan)},
    "POST /cases/{case_id}/reopen": {"version": CASE, "why": "again"},
    "POST /cases/{case_id}/state": {"version": CASE, "state": "waiting"},
    "POST /cases/{case_id}/urgency": {"version": CASE, "severity": "high"},
    "POST /conversations/widget": {"name": "Help", "greeting": "Hello", "colour": "#0f6e66", "language": "en"},
    "POST /conversations/widget/secret": {},
    "POST /conversations/widget/test-key": {},
    "POST /conversations/{conversation_id}/assign": {"to": Id(Side.person)},
    "POST /conversations/{conversation_id}/close": {},
    "POST /conversations/{conversation_id}/messages": {"text": "hello"},
    "POST /conversations/{conversation_id}/presence": {"what": "here"},
    "POST /conversations/{conversation_id}/reopen": {},
    "POST /corridor/touchpoints/new": {"key": "a-place", "name": "A place", "stage": "use", "owner": "operations", "weight": "1"},
    "POST /corridor/touchpoints/{key}": {"name": "A place", "stage": "use", "owner": "operations", "weight": "1"},
    "POST /corridor/touchpoints/{key}/place": {"later": "true"},
    "POST /corridor/touchpoints/{key}/remove": {},
    "POST /customers/{customer_id}/merge/{other_id}": {"reason": "one person"},
    "POST /customers/{customer_id}/merges/{merge_id}/undo": {},
    "POST /customers/{customer_id}/write": {"text": "hello", "channel": "email"},
    "POST /goals/{goal}": {"version": "0", "value": "5", "until": ""},
    "POST /plans": {"title": "A plan", "owner": "operations", "touchpoint": Id(Side.touchpoint)},
    "POST /plans/{plan_id}": {
        "version": PLAN,
        "title": "A plan",
        "owner": "operations",
        "state": "running",
        "touchpoint": Id(Side.touchpoint),
    },
    "POST /portfolio": {"of": "customer", "x": "satisfaction", "y": "billed"},
    "POST /preferences": {"theme": "dark"},
    "POST /pulse": {"score": "4"},
    "POST /settings": {"name": "Renamed", "zone": "UTC", "currency": "EUR", "region": "NL", "language": "en"},
    "POST /settings/account/password": {"present": "a long enough password", "password": "a long enough password"},
    "POST /settings/keys": {"kind": "write"},
    "POST /settings/keys/{key_id}/revoke": {},
    "POST /settings/people": {"email": "another.person@example.com", "role": "agent", "password": "four words apart"},
    "POST /settings/people/{person_id}/disable": {},
    "POST /settings/people/{person_id}/enable": {},
    "POST /settings/people/{person_id}/role": {"role": "manager"},
    "POST /settings/workspaces": {"short_name": "third"},
    "POST /sign-out": {},
    "POST /signals/rules/{rule_id}": {"version": RULE, "name": "A rule", "bar": "40", "touchpoint": Id(Side.touchpoint)},
    "POST /surveys": {"title": "A survey", "touchpoint": Id(Side.touchpoint)},
    "POST /surveys/{survey_id}/close": {},
    "POST /surveys/{survey_id}/edit": {},
    "POST /surveys/{survey_id}/invitations": {"customers": Id(Side.customer)},
    "POST /surveys/{survey_id}/preview": {},
    "POST /surveys/{survey_id}/publish": {},
    "PUT /api/v1/goals/{goal}": {"value": 5},
    "PUT /api/v1/portfolio/layout": {"of": "customer"},
    "PUT /api/v1/touchpoints/{key}": {"name": "A place", "stage": "use"},
}
"""What is sent, by operation."""

QUERIES: dict[str, Make] = {
    "customer": Side.customer,
    "plan": Side.plan,
    "rule": Side.rule,
    "segment": Side.segment,
    "survey": Side.survey,
    "touchpoint": Side.touchpoint,
    "q": lambda side: side.word,
    "query": lambda side: side.word,
    "words": lambda side: side.word,
    "by": lambda side: f"{side.word} keeper",
}
"""Query parameters that name a thing or a person of the workspace."""

ASKED: dict[str, dict[str, Any]] = {
    "GET /cases/{case_id}/changed": {"version": "1", "notes": "0"},
    "GET /cases/new": {"customer": Id(Side.customer)},
    "GET /corridor/moves": {"start": Id(Side.touchpoint), "end": Id(Side.touchpoint)},
    "GET /choose-period": {"back": "/", "from": "2026-01-01", "to": "2026-02-01"},
}
"""Operations that need something in the query."""

SAME_EVERYWHERE = {"gaps/{by}": "touchpoint", "goals/{goal}": "revenue"}
"""Path parameters that are words of ours, the same in each workspace, and one such word."""

MAKES_IT = {"PUT /api/v1/touchpoints/{key}"}
"""Operations that make a thing of the given key in our own workspace where there was none."""

PUBLIC = {
    "GET /chat/events": "the widget's: a visitor holds a token of one conversation",
    "GET /chat/messages": "the widget's",
    "GET /chat/{write_key}/config": "the widget's: the write key on the company's page names the workspace",
    "POST /chat/messages": "the widget's",
    "POST /chat/read": "the widget's",
    "POST /chat/session": "the widget's",
    "POST /chat/typing": "the widget's",
    "GET /s/{slug}": "a survey's address is public, and its own in the whole house",
    "GET /s/{slug}/person": "a survey's",
    "GET /s/{slug}/thanks": "a survey's",
    "POST /s/{slug}": "a survey's",
    "POST /s/{slug}/person": "a survey's",
    "GET /sdk/demo/{workspace_id}": "a make-believe shop to try the widget on; the short name of a workspace is no secret",
    "GET /sign-in": "nobody is known yet",
    "POST /sign-in": "nobody is known yet; tests/ground/access tries it from every side",
}
"""Doors of the customer's side, with the reason why nobody has to sign in there."""

STREAMS = ("/live", "/events")
"""How the paths end whose answers go on for as long as somebody listens."""


def absent_like(value: str) -> str:
    """Return an id of the same shape that names nothing."""
    if re.fullmatch(r"[0-9a-f-]{36}", value):
        return new_id()
    return "9" * len(value) if value.isdigit() else f"absent{value[-2:]}"
