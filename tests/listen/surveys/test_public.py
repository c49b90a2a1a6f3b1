"""A customer answers a survey on the phone: one question a screen, nothing lost, and the house hears it at once."""

from __future__ import annotations

import re

from sqlalchemy import text

from corridor.ground.vocabulary import now
from corridor.listen.surveys import change_survey, close, publish
from corridor.listen.surveys.answer import PATIENCE
from corridor.listen.surveys.invite import invite
from corridor.listen.surveys.public import ANSWERS_A_MINUTE
from tests.conftest import House
from tests.listen.surveys.conftest import Asking, hidden


def test_two_questions_and_why_become_expectation_experience_and_gap(asking: Asking) -> None:
    """An answer becomes a stated expectation, a response with its words, and the event that the survey was answered."""
    browser = asking.house.visitor()
    page = asking.answer(browser, "5", "2", "The driver never rang")
    assert page.status_code == 200
    assert "A person reads every answer" in page.text
    asking.house.walk()
    (expectation,), (response,) = asking.rows("expectations"), asking.rows("responses")
    assert (expectation["source"], expectation["value"], expectation["common"]) == ("stated", 5, 100)
    assert (response["value"], response["common"], response["text"]) == (2, 25, "The driver never rang")
    assert response["touchpoint"] == "delivery"
    assert response["survey_id"] == asking.survey.id
    assert response["answer_id"] == expectation["answer_id"]
    names = [row["name"] for row in asking.rows("timeline")]
    assert {"Expectation Stated", "Experience Rated", "Survey Answered"} <= set(names)
    assert asking.rows("survey_answers")[0]["state"] == "complete"


def test_every_screen_works_without_javascript(asking: Asking) -> None:
    """Progress, back, what was chosen, the other language and a person are on the screen; nothing needs a script."""
    browser = asking.house.visitor()
    page = asking.answer(browser, "4")
    assert "Question 2 of 3" in page.text
    assert "How good was it?" in page.text
    (back,) = re.findall(r'<a class="button" href="([^"]+)">Back', page.text)
    before = browser.get(back.replace("&amp;", "&"))
    assert re.search(r'value="4" checked', before.text)
    (persian,) = re.findall(r'href="([^"]+)" lang="fa"', page.text)
    switched = browser.get(persian.replace("&amp;", "&"))
    assert 'dir="rtl"' in switched.text
    assert "چقدر خوب بود؟" in switched.text
    assert "پرسش ۲ از ۳" in switched.text
    assert "/s/delivery/person?" in page.text


def test_the_answer_joins_the_same_browsers_events(asking: Asking) -> None:
    """Our first-party cookie is the anonymous id of the SDK, so what the browser did before and the answer are one customer."""
    browser = asking.house.visitor()
    browser.cookies.set("corridor_anonymous_id", "browser-7", domain="testserver.local")
    asking.house.send({"type": "page", "anonymousId": "browser-7", "properties": {"path": "/"}})
    asking.answer(browser, "3", "3", "-")
    asking.house.walk()
    (customer,) = {row["customer_id"] for row in asking.rows("timeline")}
    assert asking.rows("responses")[0]["customer_id"] == customer


def test_a_new_browser_gets_the_cookie(asking: Asking) -> None:
    """A browser without an anonymous id gets one with its first answer, first-party and lax, and not by merely looking."""
    browser = asking.house.visitor()
    page = browser.get(asking.path)
    assert "set-cookie" not in page.headers
    answer = browser.post(asking.path, data=hidden(page) | {"answer": "4"}, follow_redirects=False)
    cookies = answer.headers.get_list("set-cookie")
    (anonymous,) = [cookie for cookie in cookies if cookie.startswith("corridor_anonymous_id=")]
    assert "SameSite=lax" in anonymous
    assert "Path=/;" in anonymous
    (going_on,) = [cookie for cookie in cookies if cookie.startswith("corridor_answer=")]
    assert "HttpOnly" in going_on


def test_a_browser_that_keeps_no_cookies_can_answer(asking: Asking) -> None:
    """Without cookies the answer's token travels in the form, and the answer still arrives whole."""
    page = asking.house.visitor().get(asking.path)
    for given in ("4", "5", "fine"):
        sent = asking.house.visitor().post(asking.path, data=hidden(page) | {"answer": given}, follow_redirects=False)
        page = asking.house.visitor().get(sent.headers["location"])
    asking.house.walk()
    assert [(row["value"], row["text"]) for row in asking.rows("responses")] == [(5, "fine")]


def test_an_app_says_which_anonymous_id_it_has(asking: Asking) -> None:
    """`?a=` ties the answer to an anonymous id only; a strange one is ignored."""
    asking.answer(asking.house.visitor(), "3", "4", "-", carried="a=app-1&channel=app")
    asking.answer(asking.house.visitor(), "3", "4", "-", carried="a=%3Cscript%3E")
    asking.house.walk()
    with asking.house.read() as connection:
        found = connection.execute(
            text("SELECT value FROM nodes WHERE workspace_id = 'main' AND kind = 'anonymous_id'")
        ).scalars()
        assert "app-1" in (values := list(found))
    assert not any("script" in value for value in values)
    assert {row["channel"] for row in asking.rows("responses")} == {"app", "web"}


def test_wrong_answers_are_said_kindly(asking: Asking) -> None:
    """A needed answer left out, a value off the scale, words that are too long: the page says so and keeps what was typed."""
    browser = asking.house.visitor()
    page = asking.answer(browser, "-")
    missing = asking.post(browser, page, {})
    assert missing.status_code == 422
    assert "Please choose an answer" in missing.text
    assert asking.post(browser, page, {"answer": "9"}).status_code == 422
    page = asking.post(browser, page, {"answer": "1"})
    long = asking.post(browser, page, {"answer": "x" * 4001})
    assert long.status_code == 422
    assert "up to 4,000 characters" in long.text
    assert "x" * 4001 in long.text
    assert "A person reads" in asking.post(browser, page, {"answer": "x" * 4000}).text


def test_a_needed_answer_cannot_be_jumped_over(asking: Asking) -> None:
    """Whoever sends the last question first is led back to what is missing; nothing is told before."""
    browser = asking.house.visitor()
    page = browser.get(asking.path)
    jumped = browser.post(asking.path, data=hidden(page) | {"q": "3", "answer": "words"}, follow_redirects=True)
    assert "Question 2 of 3" in jumped.text
    asking.house.walk()
    assert not asking.rows("timeline")


def test_left_half_way_counts_as_partial(asking: Asking) -> None:
    """What was given is told after an hour of silence, marked as partial, once, and can no longer be changed."""
    browser = asking.house.visitor()
    page = asking.answer(browser, "5", "1")
    asking.house.tick(now() + PATIENCE // 2)
    assert not asking.rows("responses")
    asking.house.tick(now() + PATIENCE + 60_000_000)
    asking.house.tick(now() + PATIENCE + 90_000_000)
    assert [row["value"] for row in asking.rows("responses")] == [1]
    assert asking.rows("survey_answers")[0]["state"] == "partial"
    asking.post(browser, page, {"answer": "too late"})
    asking.house.walk()
    assert [row["text"] for row in asking.rows("responses")] == [""]


def test_a_personal_link_ties_the_answer_to_its_customer(asking: Asking) -> None:
    """An invited customer answers on one device and goes on at another; the link is used once, and then says so."""
    asking.house.send({"type": "identify", "userId": "nadia", "traits": {"name": "Nadia"}})
    nadia = asking.house.customer("nadia")
    with asking.house.write() as connection:
        ((customer, path),) = invite(connection, "main", asking.survey.id, [nadia], "Sara")
    assert customer == nadia
    token = path.partition("?i=")[2]
    asking.answer(asking.house.visitor(), "4", carried=f"i={token}")
    other = asking.house.visitor()
    page = other.get(f"{asking.path}?i={token}&q=2")
    assert "Question 2 of 3" in page.text
    for given in ("3", "On another device"):
        page = asking.post(other, page, {"answer": given})
    asking.house.walk()
    assert [(row["customer_id"], row["value"]) for row in asking.rows("responses")] == [(nadia, 3)]
    assert [row["customer_id"] for row in asking.rows("expectations")] == [nadia]
    again = other.get(path)
    assert again.status_code == 410
    assert "We have your answer already" in again.text
    assert token not in str(asking.rows("invitations"))


def test_friendly_pages(asking: Asking) -> None:
    """Unknown address, draft, closed survey, broken personal link: each says what is the matter and leads to a person."""
    visitor = asking.house.visitor()
    assert visitor.get("/s/nowhere").status_code == 404
    assert "There is no survey here" in visitor.get("/s/nowhere").text
    broken = visitor.get(f"{asking.path}?i=broken")
    assert broken.status_code == 404
    assert "This link is not complete" in broken.text
    with asking.house.write() as connection:
        close(connection, "main", asking.survey.id)
    closed = visitor.get(asking.path)
    assert closed.status_code == 410
    assert "This survey is closed" in closed.text
    assert "/person?" in closed.text
    persian = asking.house.visitor().get(asking.path, headers={"accept-language": "fa-IR,fa;q=0.9"})
    assert "این نظرسنجی بسته شده است" in persian.text


def test_only_invited_people(asking: Asking) -> None:
    """A survey for invited people has an address nobody can guess, and opens by a personal link only."""
    with asking.house.write() as connection:
        changed = change_survey(connection, "main", asking.survey.id, audience="invited")
    assert re.fullmatch(r"delivery-\w{16}", changed.slug)
    assert asking.house.visitor().get(f"/s/{changed.slug}").status_code == 404


def test_a_flood_is_slowed(asking: Asking) -> None:
    """More answers a minute from one address than an office gives are asked to wait; the page says that nothing is lost."""
    browser = asking.house.visitor()
    page = browser.get(asking.path)
    codes = [asking.post(browser, page, {"answer": "3"}).status_code for _ in range(ANSWERS_A_MINUTE + 1)]
    assert codes[-2:] == [200, 429]
    slowed = browser.post(asking.path, data=hidden(page) | {"answer": "3"})
    assert int(slowed.headers["retry-after"]) > 0
    assert "a little too fast" in slowed.text


def test_another_site_cannot_answer(asking: Asking) -> None:
    """A form that another site makes the browser send is refused."""
    foreign = asking.house.visitor().post(asking.path, data={"q": "1", "answer": "1"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403


def test_old_answers_keep_their_question(asking: Asking) -> None:
    """Whoever began before a new version was published finishes the questions they began with."""
    early, late = asking.house.visitor(), asking.house.visitor()
    page = asking.answer(early, "4")
    from dataclasses import replace

    form = asking.survey.draft
    questions = tuple(replace(question, highest=10, lowest=0) if question.values else question for question in form.questions)
    with asking.house.write() as connection:
        change_survey(connection, "main", asking.survey.id, draft=replace(form, questions=questions))
        assert publish(connection, "main", asking.survey.id, "Sara").version == 2
    for given in ("5", "-"):
        page = asking.post(early, page, {"skip": "1"} if given == "-" else {"answer": given})
    asking.answer(late, "9", "10", "-")
    asking.house.walk()
    assert sorted((row["value"], row["highest"]) for row in asking.rows("responses")) == [(5, 5), (10, 10)]


def test_a_person_in_one_step(asking: Asking) -> None:
    """From any screen a customer can leave a message and where to answer; it comes to the house as a message of theirs."""
    browser = asking.house.visitor()
    assert browser.get(f"{asking.path}/person").status_code == 200
    assert browser.post(f"{asking.path}/person", data={"words": "", "reach": "x"}).status_code == 422
    sent = browser.post(f"{asking.path}/person", data={"words": "Where is it?", "reach": "nadia@example.com", "language": "en"})
    assert "A person has your message" in sent.text
    asking.house.walk()
    assert "Message Received" in [row["name"] for row in asking.rows("timeline")]
    (message,) = asking.rows("messages")
    assert "Where is it?" in message["text"]
    assert "nadia@example.com" in message["text"]


def test_two_workspaces_have_their_own_surveys(asking: Asking, other_workspace: House) -> None:
    """An address belongs to one workspace: answers go there, and the other cannot take it."""
    asking.answer(asking.house.visitor(), "5", "5", "-")
    asking.house.walk()
    other_workspace.walk()
    with other_workspace.read() as connection:
        found = connection.execute(text("SELECT count(*) FROM responses WHERE workspace_id = 'other'")).scalar()
    assert found == 0
    taken = other_workspace.api().post("/api/v1/surveys", json={"title": "Mine", "touchpoint": "delivery", "slug": "delivery"})
    assert taken.status_code == 409
    assert taken.json()["field"] == "slug"
