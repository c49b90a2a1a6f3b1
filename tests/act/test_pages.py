"""The pages of cases, signals, rules and plans, in both languages, without a line of JavaScript."""

from __future__ import annotations

import asyncio
import re

import pytest

from corridor.act.live import live
from corridor.ground.access import people_of
from tests.act.conftest import Town
from tests.conftest import House


@pytest.fixture
def case_id(house: House, town: Town) -> str:
    """An open case of Nadia's."""
    house.send(town.person("nadia", "Nadia Rahimi"), town.bought("nadia", 120), town.rated("nadia", 1, text="Never <b>again</b>"))
    return town.cases()[0].id


def version_on(page: str) -> str:
    """The version that a page's forms carry."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_page_is_there_in_both_languages(house: House, town: Town, case_id: str, language: str) -> None:
    """Lists, case, forms, rules and plans answer for a reader of English and of Persian."""
    house.send(*town.late("nadia", "p1", 5, 2), *town.late("nadia", "p2", 50, 44))
    browser = house.sign_in(language=language)
    browser.post("/plans", data={"title": "Ring the bell", "due": "1405/12/29" if language == "fa" else "2027-03-20"})
    plan = house.api().get("/api/v1/plans").json()["items"][0]["id"]
    customer = house.customer("nadia")
    for path in (
        "/cases", "/cases?tab=role", "/cases?tab=open", "/cases?tab=closed", "/cases?tab=open&q=zzz", f"/cases/{case_id}",
        f"/cases/{case_id}?do=e", f"/cases/new?customer={customer}", "/cases/causes", "/signals", "/signals?period=365d",
        "/signals/rules", "/signals/rules/rating-low", "/signals/rules/promise-broken", "/signals/rules/silence",
        "/signals/rules/new?kind=silence", "/plans", f"/plans/{plan}",
    ):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert f'lang="{language}"' in answer.text


def test_the_list_shows_who_what_and_by_when(house: House, town: Town, case_id: str) -> None:
    """A case in the list names the customer, what happened, how pressing it is and when it is due; late ones say so in words."""
    browser = house.sign_in(role="operations")
    page = browser.get("/cases?tab=role").text
    assert "Nadia Rahimi" in page
    assert "Low rating: Delivery" in page
    assert "due in" in page
    with house.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET due_at = opened_at - 1 WHERE workspace_id = 'main'")
    assert "overdue, was due" in browser.get("/cases?tab=role").text
    assert "Nadia" in browser.get("/cases?tab=role&overdue=1").text


def test_search_finds_by_number_name_and_filters_narrow(house: House, town: Town, case_id: str) -> None:
    """The list is searched by number and by customer's name, and narrowed by touchpoint and urgency."""
    browser = house.client
    for asked in ("q=1", "q=%231", "q=nadia", "touchpoint=delivery", "severity=high", "kind=rating_low", "state=open"):
        assert "Nadia Rahimi" in browser.get(f"/cases?tab=open&{asked}").text, asked
    for asked in ("q=77", "q=tom", "touchpoint=chat", "severity=urgent", "kind=silence", "state=waiting", "channel=voice"):
        assert "Nadia Rahimi" not in browser.get(f"/cases?tab=open&{asked}").text, asked
    assert "Nadia" in browser.get("/search?q=Nadia").text


def test_the_case_page_tells_the_whole_story(house: House, town: Town, case_id: str) -> None:
    """Who, what they said (as text, never as markup), their timeline, what to do and the history stand on one page."""
    page = house.client.get(f"/cases/{case_id}").text
    assert "Never &lt;b&gt;again&lt;/b&gt;" in page
    for words in ("Rated 1 of 5", "Order Completed", "Close the case", "Opened"):
        assert words in page
    assert f"/customers/{house.customer('nadia')}" in page


def test_a_case_is_closed_and_opened_again_by_forms(house: House, town: Town, case_id: str) -> None:
    """An agent assigns, notes, moves, closes and reopens a case with plain forms."""
    ana = town.colleague("Ana Alves")
    browser = house.sign_in(role="operations")

    def send(action: str, **values: str) -> str:
        version = version_on(browser.get(f"/cases/{case_id}").text)
        answer = browser.post(f"/cases/{case_id}/{action}", data={"version": version, **values})
        assert answer.status_code == 200, answer.text
        return answer.text

    assert "Ana Alves" in send("assign", assignee=ana)
    assert "Called her" in send("note", text="Called her")
    send("state", state="in_progress")
    send("urgency", severity="urgent", due="2030-01-01T10:00", was_due="")
    closed = send("close", root_cause="partner", resolution="New parcel sent")
    assert "New parcel sent" in closed
    assert "A supplier or carrier failed" in closed
    assert "The case is closed." in closed
    again = send("reopen", why="It broke again")
    assert "It broke again" in again
    assert town.cases()[0].state == "open"


def test_nothing_typed_is_lost_when_something_is_missing(house: House, case_id: str) -> None:
    """Closing without a root cause answers with the sentence and with what was typed still in its field."""
    browser = house.client
    version = version_on(browser.get(f"/cases/{case_id}").text)
    answer = browser.post(f"/cases/{case_id}/close", data={"version": version, "resolution": "A long careful text"})
    assert answer.status_code == 422
    assert "Choose the root cause" in answer.text
    assert "A long careful text</textarea>" in answer.text


def test_two_colleagues_at_once(house: House, case_id: str) -> None:
    """The slower of two colleagues sees what the faster one did beside what they typed themselves, and can send again."""
    fast, slow = house.sign_in(role="operations"), house.sign_in(role="agent", name="Slow Sam")
    version = version_on(slow.get(f"/cases/{case_id}").text)
    fast.post(f"/cases/{case_id}/state", data={"version": version, "state": "in_progress"})
    typed = {"version": version, "root_cause": "wait", "resolution": "My own words"}
    answer = slow.post(f"/cases/{case_id}/close", data=typed)
    assert answer.status_code == 409
    assert "A colleague changed this case" in answer.text
    assert "My own words" in answer.text
    assert "In progress" in answer.text
    again = slow.post(f"/cases/{case_id}/close", data={**typed, "version": version_on(answer.text)})
    assert "The case is closed." in again.text


def test_a_case_that_a_colleague_closed_keeps_both_texts(house: House, case_id: str) -> None:
    """If the colleague closed the case meanwhile, both answers are shown."""
    fast, slow = house.sign_in(role="operations"), house.sign_in(role="agent", name="Slow Sam")
    version = version_on(slow.get(f"/cases/{case_id}").text)
    fast.post(f"/cases/{case_id}/close", data={"version": version, "root_cause": "wait", "resolution": "Theirs"})
    answer = slow.post(f"/cases/{case_id}/close", data={"version": version, "root_cause": "wait", "resolution": "Mine"})
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text


def test_a_case_is_opened_from_the_customers_page(house: House, town: Town, case_id: str) -> None:
    """The form of a new case keeps what was typed when the title is missing, and opens the case when it is there."""
    browser = house.client
    customer = house.customer("nadia")
    wrong = browser.post("/cases/new", data={"customer": customer, "title": "", "note": "She rang twice"})
    assert wrong.status_code == 422
    assert "She rang twice" in wrong.text
    made = browser.post("/cases/new", data={"customer": customer, "title": "Invoice by post", "touchpoint": "billing"})
    assert "Invoice by post" in made.text
    assert browser.get("/cases/new?customer=nobody").status_code == 404


def test_rules_are_edited_with_a_preview(house: House, town: Town, case_id: str) -> None:
    """A rule's page counts what it would have noticed, tries other values without keeping them, and refuses what is no number."""
    browser = house.client
    assert "It would have fired 1 time" in browser.get("/signals/rules/rating-low").text
    form = {"version": "1", "kind": "rating_low", "bar": "0.5", "severity": "normal", "active": "1"}
    assert "It would have fired 1 time" in browser.post("/signals/rules/rating-low", data={**form, "try": "1"}).text
    assert house.api().get("/api/v1/signal-rules").json()["items"][0]["bar"] == 40
    wrong = browser.post("/signals/rules/rating-low", data={**form, "bar": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    saved = browser.post("/signals/rules/rating-low", data={**form, "bar": "55", "name": "Anything under three stars"})
    assert "Anything under three stars" in saved.text
    stale = browser.post("/signals/rules/rating-low", data={**form, "bar": "20"})
    assert stale.status_code == 409
    added = browser.post(
        "/signals/rules/new", data={"kind": "promise_broken", "amount": "12.50", "severity": "high", "active": "1", "name": "All"}
    )
    assert added.status_code == 200
    assert 1250 in [one["amount"] for one in house.api().get("/api/v1/signal-rules").json()["items"]]
    assert browser.post("/signals/rules/none-such", data=form).status_code == 404


def test_root_causes_are_the_workspaces_own(house: House, case_id: str) -> None:
    """A cause is added, renamed and retired; a retired one is no longer offered."""
    browser = house.client
    browser.post("/cases/causes", data={"name": "Depot 7"})
    assert "Depot 7" in browser.get(f"/cases/{case_id}").text
    browser.post("/cases/causes", data={"key": "depot-7", "name": "Depot 7, night shift"})
    browser.post("/cases/causes", data={"key": "wait", "retired": "1"})
    page = browser.get(f"/cases/{case_id}").text
    assert "Depot 7, night shift" in page
    assert "The customer waited too long" not in page
    assert browser.post("/cases/causes", data={"name": "depot 7, NIGHT shift"}).status_code == 422
    assert browser.post("/cases/causes", data={"key": "other", "retired": "1"}).status_code == 422


def test_a_plan_is_made_and_changed_by_forms(house: House, case_id: str) -> None:
    """A plan is made, a case is put with it, and a change over a colleague's is refused with what was typed kept."""
    browser = house.client
    assert browser.post("/plans", data={"title": "", "target": "Half as many"}).status_code == 422
    made = browser.post("/plans", data={"title": "Ring the bell", "touchpoint": "delivery", "due": "2027-03-20"})
    plan = str(made.url).rsplit("/", 1)[1]
    version = version_on(browser.get(f"/cases/{case_id}").text)
    browser.post(f"/cases/{case_id}/plan", data={"version": version, "plan": plan})
    page = browser.get(f"/plans/{plan}").text
    assert "Nadia Rahimi" in page
    assert "20 Mar 2027" in page
    form = {"version": "1", "title": "Ring it twice", "state": "running", "due": "2027-03-20"}
    assert "Ring it twice" in browser.post(f"/plans/{plan}", data=form).text
    stale = browser.post(f"/plans/{plan}", data={**form, "title": "Knock"})
    assert stale.status_code == 409
    assert 'value="Knock"' in stale.text
    assert browser.post(f"/plans/{plan}", data={**form, "version": "2", "due": "soon"}).status_code == 422


def test_who_only_looks_is_offered_nothing_to_do(house: House, case_id: str) -> None:
    """An analyst reads a case without its forms, and is refused if they send one all the same."""
    browser = house.sign_in(role="analyst")
    page = browser.get(f"/cases/{case_id}").text
    assert "Close the case" not in page
    assert browser.post(f"/cases/{case_id}/note", data={"text": "x"}).status_code == 403


def test_a_form_without_its_token_is_refused(house: House, case_id: str) -> None:
    """Another site cannot make the browser close a case."""
    browser = house.sign_in(role="operations")
    del browser.headers["X-CSRF-Token"]
    assert browser.post(f"/cases/{case_id}/note", data={"text": "x"}).status_code == 403


def test_the_rail_counts_the_callers_own_cases(house: House, town: Town, case_id: str) -> None:
    """The number beside Cases is how many open ones the reader has."""
    browser = house.sign_in(role="operations", name="Omid Omidi")
    with house.read() as connection:
        (me,) = (person.id for person in people_of(connection, "main") if person.role == "operations")
    house.api().post(f"/api/v1/cases/{case_id}/assign", json={"assignee_id": me})
    assert '<span class="nav-count">1</span>' in browser.get("/plans").text


def test_an_open_page_hears_of_a_colleagues_change(house: House, town: Town, case_id: str) -> None:
    """A case's stream tells of its own changes, and the page then says so without touching what is being typed."""

    async def heard() -> list[str]:
        stream = aiter(live(house.store, "main", case_id).body_iterator)
        pieces = [str(await anext(stream)), str(await anext(stream))]
        house.store.news.tell("main", "case", "another case")
        house.store.news.tell("main", "case", case_id)
        while "event: news" not in pieces[-1]:
            pieces.append(str(await asyncio.wait_for(anext(stream), 5)))
        return pieces

    pieces = asyncio.run(heard())
    assert "event: hello" in pieces[0]
    browser = house.client
    page = browser.get(f"/cases/{case_id}").text
    address = re.search(rf'hx-get="(/cases/{case_id}/changed[^"]+)"', page)
    assert address
    unchanged = browser.get(address.group(1).replace("&amp;", "&")).text
    house.sign_in(role="operations").post(f"/cases/{case_id}/note", data={"text": "Called"})
    changed = browser.get(address.group(1).replace("&amp;", "&")).text
    assert "A colleague has changed this case" not in unchanged
    assert "A colleague has changed this case" in changed
    assert browser.get("/cases/none-such/live").status_code == 404
