"""Two workspaces never see each other: every operation and page is tried with the other's ids, in path, query and body.

What belongs to another workspace gets the answer of what never was; nothing of it is shown, and no row anywhere changes. The list of
operations comes from the application itself; one without an example in `tests/isolation_examples.py` fails here.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from corridor.ground.extensions import modules
from corridor.ground.store import metadata
from tests.conftest import House
from tests.isolation import Operation, operations
from tests.isolation_examples import (
    ASKED,
    BODIES,
    MAKES_IT,
    PLACES,
    PREPARED,
    PUBLIC,
    QUERIES,
    SAME_EVERYWHERE,
    STREAMS,
    Id,
    Side,
    Version,
    absent_like,
)

pytestmark = pytest.mark.timeout(60)
"""A stream that should have been a refusal would go on for ever."""

OURS, THEIRS = "heron", "kestrel"
NOTED_ELSEWHERE = {"sessions", "keys", "sign_in_attempts"}
"""Tables that note each use of a session or key, also where the answer is a refusal."""


class Neighbours:
    """Two workspaces in one data folder."""

    def __init__(self, folder: Any) -> None:
        house = House(folder)
        other = House(folder, "other", store=house.store)
        # One line walks a data folder.
        other.line = house.line
        self.ours, self.theirs = Side(house, OURS), Side(other, THEIRS)
        modules("corridor", "tables")

    def rows(self, *, workspace_id: str | None = None) -> dict[str, list[Any]]:
        """Return every row of every table, or of one workspace."""
        with self.ours.house.read() as connection:
            return {
                table.name: sorted(
                    map(
                        repr,
                        connection.execute(
                            table.select() if workspace_id is None else table.select().where(table.c.workspace_id == workspace_id)
                        ),
                    )
                )
                for table in metadata.sorted_tables
                if table.name not in NOTED_ELSEWHERE
            }

    def close(self) -> None:
        self.ours.house.close()


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory) -> Iterator[Neighbours]:
    made = Neighbours(tmp_path_factory.mktemp("isolation"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def app_operations(neighbours) -> list[Operation]:
    return operations(neighbours.ours.house.app)


def test_every_operation_says_what_is_expected_of_it(app_operations):
    """Each path parameter has an example or a reason, and each operation that changes something says what it is sent."""
    missing = []
    for one in app_operations:
        if str(one) in PUBLIC:
            continue
        missing += [
            f"{one}: PLACES lacks {place}" for place in one.places if place not in PLACES and place not in SAME_EVERYWHERE
        ]
        if one.method not in ("GET", "DELETE") and str(one) not in BODIES:
            missing.append(f"{one}: BODIES lacks what is sent ({', '.join(one.body) or 'nothing'})")
    assert not missing, "\n".join(missing)


def test_every_example_belongs_to_an_operation(app_operations):
    """No example is left behind when its operation goes."""
    known = {str(one) for one in app_operations}
    told = set(ASKED) | set(BODIES) | set(PREPARED) | set(PUBLIC)
    assert not told - known, told - known


def test_the_api_description_and_the_routes_agree(neighbours, app_operations):
    """What the OpenAPI document tells is what is tried."""
    described = {
        f"{method.upper()} {path}" for path, methods in neighbours.ours.house.app.openapi()["paths"].items() for method in methods
    }
    assert described == {str(one) for one in app_operations if one.path.startswith("/api/v1/")}


def ask(
    neighbours: Neighbours, one: Operation, places: dict[str, str], body: dict[str, Any], query: dict[str, str] | None = None
) -> Any:
    """Ask as an administrator of our workspace."""
    side = neighbours.ours
    segments = re.sub(r":\w+\}", "}", one.path).split("/")
    filled_in = [places.get(f"{before}/{here}", here) for before, here in pairwise(["", *segments])]
    path = "/".join(quote(segment, safe="") for segment in filled_in)
    sent: dict[str, Any] = {"params": query or {}, "follow_redirects": False}
    if one.path.startswith("/api/"):
        return side.program.request(one.method, path, **sent, **({"json": body} if one.method not in ("GET", "DELETE") else {}))
    # What an earlier form had to say is shown on whatever page comes next.
    side.browser.cookies.delete("said")
    return side.browser.request(one.method, path, **sent, **({"data": body} if one.method != "GET" else {}))


def filled(template: Any, side: Side, places: dict[str, str]) -> Any:
    """Return the body with an id made by this side wherever one stands, and the version of the thing in the path."""
    if isinstance(template, Version):
        return template.read(side, places)
    if isinstance(template, Id):
        return template.make(side)
    if isinstance(template, dict):
        return {name: filled(value, side, places) for name, value in template.items()}
    return [filled(value, side, places) for value in template] if isinstance(template, list) else template


def id_places(template: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Id]]:
    """Give the way to each id in a body, however deep."""
    if isinstance(template, Id):
        yield path, template
    steps = template.items() if isinstance(template, dict) else enumerate(template) if isinstance(template, list) else ()
    for step, value in steps:
        yield from id_places(value, (*path, step))


def put(body: Any, path: tuple[Any, ...], value: str) -> Any:
    """Return the body with another value at this place."""
    changed = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def made_for(one: Operation, side: Side) -> dict[str, str]:
    """Return an example for each of the operation's path parameters."""
    makes = PLACES | PREPARED.get(str(one), {})
    return {place: SAME_EVERYWHERE[place] if place in SAME_EVERYWHERE else makes[place](side) for place in one.places}


def told(answer: Any, *sent: str) -> str:
    """Return what an answer says, without what was sent and what differs by itself."""
    text = answer.text
    for value in sent:
        text = text.replace(value, "[sent]")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "[id]", text)
    return f"{answer.status_code} {text}"


def assert_shows_nothing_of_theirs(neighbours: Neighbours, answer: Any, sent: str = "") -> None:
    """Fail where a word or an id of theirs stands in the answer, but for what was sent and comes back as typed."""
    text = answer.text
    for written in (sent, quote(sent), quote_plus(sent), quote(sent, safe=""), escape(sent)) if sent else ():
        text = text.replace(written, "")
    at = text.lower().find(THEIRS)
    assert at < 0, f"their word is in the answer: …{text[max(0, at - 200) : at + 100]}…"
    assert not [id for id in neighbours.theirs.made if id in text and id != sent]


def every(kind: str) -> Any:
    """Try each operation of a kind; the list is made from the application when the tests are collected."""
    return pytest.mark.parametrize("name", [str(one) for one in COLLECTED if KINDS[kind](one)])


def _collected() -> list[Operation]:
    from fastapi import FastAPI

    from corridor.app import parts

    app = FastAPI(openapi_url=None)
    for kind in ("api", "pages"):
        for part in parts(kind):
            app.include_router(part.router)
    return [one for one in operations(app) if str(one) not in PUBLIC]


COLLECTED = _collected()
KINDS = {
    "with a thing in the path": lambda one: bool(set(one.places) - set(SAME_EVERYWHERE)),
    "that reads": lambda one: one.method == "GET" and not one.parameters and not one.path.endswith(STREAMS),
    "with an id in the body": lambda one: any(id_places(BODIES.get(str(one), {}))),
    "that can be asked for": lambda one: not one.path.endswith(STREAMS),
}


def called(name: str) -> Operation:
    return next(one for one in COLLECTED if str(one) == name)


@every("that can be asked for")
def test_an_operation_works_on_our_own_and_leaves_theirs_alone(neighbours, name):
    """With our own ids it does its work (so the examples are good), shows nothing of theirs, and changes no row of theirs."""
    one = called(name)
    places = made_for(one, neighbours.ours)
    body = filled(BODIES.get(name, {}), neighbours.ours, places)
    before = neighbours.rows(workspace_id="other")
    if name == "POST /sign-out":
        neighbours.ours.__dict__.pop("browser", None)
    answer = ask(neighbours, one, places, body, filled(ASKED.get(name, {}), neighbours.ours, places))
    if name in ("POST /sign-out", "POST /settings/account/password"):
        neighbours.ours.__dict__.pop("browser", None)
    assert answer.status_code < 400, f"{name} does not work on our own: {answer.status_code} {answer.text[:600]}"
    assert_shows_nothing_of_theirs(neighbours, answer)
    assert neighbours.rows(workspace_id="other") == before


@every("with a thing in the path")
def test_a_thing_of_theirs_in_the_path_is_as_absent_as_one_that_never_was(neighbours, name):
    """Their id gets the same 404 as an id of nothing, with nothing shown and no row changed; also beside an id of our own."""
    one = called(name)
    for place in (place for place in one.places if place not in SAME_EVERYWHERE):
        ours = made_for(one, neighbours.ours)
        body, query = (filled(given.get(name, {}), neighbours.ours, ours) for given in (BODIES, ASKED))
        theirs = made_for(one, neighbours.theirs)[place]
        absent = absent_like(theirs)
        before, theirs_before = neighbours.rows(), neighbours.rows(workspace_id="other")
        answers = {id: ask(neighbours, one, ours | {place: id}, body, query) for id in (theirs, absent)}
        wanted = (200, 201) if name in MAKES_IT else (404,)
        assert answers[theirs].status_code in wanted, f"their {place}: {answers[theirs].status_code} {answers[theirs].text[:400]}"
        assert told(answers[theirs], theirs) == told(answers[absent], absent)
        assert_shows_nothing_of_theirs(neighbours, answers[theirs], theirs)
        assert neighbours.rows(workspace_id="other") == theirs_before
        if name in MAKES_IT:
            assert neighbours.ours.program.delete(one.path.replace("{key}", theirs)).status_code < 400
        else:
            assert neighbours.rows() == before


@every("with an id in the body")
def test_a_thing_of_theirs_in_the_body_is_as_absent_as_one_that_never_was(neighbours, name):
    """Each id in a body, however deep, is refused when it is theirs, in the words for an id of nothing; no row changes."""
    one = called(name)
    for path, example in list(id_places(BODIES[name])):
        ours = made_for(one, neighbours.ours)
        body = filled(BODIES[name], neighbours.ours, ours)
        theirs = example.make(neighbours.theirs)
        absent = absent_like(theirs)
        before = neighbours.rows()
        answers = {id: ask(neighbours, one, ours, put(body, path, id)) for id in (theirs, absent)}
        assert answers[theirs].status_code in (404, 409, 422), f"{name} with their {path}: {answers[theirs].status_code}"
        assert told(answers[theirs], theirs) == told(answers[absent], absent)
        assert_shows_nothing_of_theirs(neighbours, answers[theirs], theirs)
        assert neighbours.rows() == before


@every("that reads")
def test_a_list_shows_nothing_of_theirs_whatever_is_asked(neighbours, name):
    """Their customer, segment, touchpoint, word or cursor in the query finds nothing of theirs."""
    one = called(name)
    asked: list[dict[str, str]] = [
        {parameter: QUERIES[parameter](neighbours.theirs)} for parameter in one.query if parameter in QUERIES
    ]
    if one.path.startswith("/api/") and "cursor" in one.query:
        given = neighbours.theirs.program.get(one.path, params={"limit": 1, "period": "all"}).json().get("next")
        asked += [{"cursor": given}] if given else []
    before = neighbours.rows(workspace_id="other")
    for query in asked:
        answer = ask(neighbours, one, {}, {}, query | ({"period": "all"} if "period" in one.query else {}))
        assert answer.status_code < 500
        assert_shows_nothing_of_theirs(neighbours, answer, next(iter(query.values())))
    assert neighbours.rows(workspace_id="other") == before


def test_the_marks_would_be_seen(neighbours):
    """The other side sees its own: the words and ids that are looked for do stand in the answers where they may."""
    theirs = neighbours.theirs
    assert THEIRS in theirs.program.get("/api/v1/customers").text.lower()
    assert theirs.customer() in theirs.program.get("/api/v1/customers").text
    assert theirs.browser.get(f"/customers/{theirs.customer()}").status_code == 200


@pytest.mark.parametrize("role", ["admin", "agent", "analyst"])
def test_no_role_opens_another_workspace(neighbours, role):
    """Whatever one may do at home, the neighbour's customer is not there."""
    browser = neighbours.ours.house.sign_in(role=role, name=f"{OURS} {role}")
    assert browser.get(f"/customers/{neighbours.theirs.customer()}").status_code == 404


def test_a_session_or_key_carried_to_another_workspace_opens_nothing(neighbours):
    """The workspace's name in a cookie or key is no wish: with another name the token is unknown."""
    ours = neighbours.ours
    token = ours.browser.cookies["__Host-sid"].removeprefix("main.")
    thief = ours.house.visitor()
    thief.cookies.set("__Host-sid", f"other.{token}")
    assert thief.get("/settings/account", follow_redirects=False).status_code == 303
    key = ours.house.secret_key().replace("sk_main_", "sk_other_")
    assert ours.house.visitor().get("/api/v1/workspace", headers={"Authorization": f"Bearer {key}"}).status_code == 401
