"""Colleagues make a survey, word it, publish it, invite customers and read what was found."""

from __future__ import annotations

import csv
import io
import re

import pytest
from starlette.testclient import TestClient

from corridor.listen.surveys.export import safe_cell
from tests.conftest import House
from tests.listen.surveys.conftest import Asking


def _fields(page: str) -> dict[str, str]:
    """Return what the builder's form would send as it stands."""
    from html import unescape

    form = page[page.index('action="/surveys/') :]
    form = form[: form.index("</form>")]
    sent = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]* name="(\w+)" type="text" value="([^"]*)"', form)
        + re.findall(r'<input type="hidden" name="(seen)" value="(\d+)">', form)
        + re.findall(r'<input type="checkbox" name="(\w+)" value="(1)" checked', form)
    }
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return sent


def test_made_worded_published_answered_read(house: House) -> None:
    """From an empty page to the first results, by forms alone."""
    browser = house.sign_in(role="marketing")
    assert "No survey yet" in browser.get("/surveys").text
    builder = browser.post("/surveys", data={"title": "After delivery", "touchpoint": "delivery"})
    address = builder.url.path
    fields = _fields(builder.text) | {
        "experience_en": "How did the delivery go?",
        "slug": "after-delivery",
        "contact": "+31 20 555 01 23",
    }
    saved = browser.post(address, data=fields | {"then": "save"})
    assert "Saved." in saved.text
    assert house.visitor().get("/s/after-delivery").status_code == 404
    published = browser.post(address, data=_fields(saved.text) | {"then": "publish"})
    assert "Published." in published.text
    question = house.visitor().get("/s/after-delivery?q=1")
    assert 'href="tel:+31205550123"' in question.text
    for number in range(6):
        Asking_answer(house, "after-delivery", "5", str(1 + number % 2), f"words {number}")
    house.walk()
    results = browser.get(address.removesuffix("/edit")).text
    assert "words 5" in results
    assert "How did the delivery go?" not in results
    assert re.search(r"/customers/[\w-]+", results)
    assert "below expectation" in results
    assert "After delivery" in browser.get("/listen").text


def Asking_answer(house: House, slug: str, *answers: str) -> None:
    browser = house.visitor()
    for place, given in enumerate(answers):
        browser.post(f"/s/{slug}", data={"q": str(place + 1), "answer": given})


def test_what_is_wrong_is_said_beside_its_field(asking: Asking) -> None:
    """A taken address, a missing text, a bad contact: the form comes back with all that was typed, in the reader's language."""
    browser = asking.house.sign_in()
    other = browser.post("/surveys", data={"title": "Second", "touchpoint": "delivery"})
    fields = _fields(other.text)
    taken = browser.post(other.url.path, data=fields | {"slug": "delivery", "title": "Typed title"})
    assert taken.status_code == 409
    assert "This address is taken" in taken.text
    assert 'value="Typed title"' in taken.text
    missing = browser.post(other.url.path, data=fields | {"why_fa": " "})
    assert missing.status_code == 422
    assert "This text is missing" in missing.text
    assert browser.post(other.url.path, data=fields | {"contact": "javascript:alert(1)"}).status_code == 422
    persian = asking.house.sign_in(language="fa")
    assert "این نشانی گرفته شده است" in persian.post(other.url.path, data=fields | {"slug": "delivery"}).text


def test_two_colleagues_do_not_overwrite_each_other(asking: Asking) -> None:
    """Whoever saves an older state is told, and the newer one stays."""
    browser = asking.house.sign_in()
    path = f"/surveys/{asking.survey.id}/edit"
    fields = _fields(browser.get(path).text)
    browser.post(path, data=fields | {"title": "First"})
    late = browser.post(path, data=fields | {"title": "Second"})
    assert late.status_code == 409
    assert "A colleague changed this survey" in late.text
    assert "First" in browser.get("/surveys").text


def test_the_phone_shows_what_is_typed(asking: Asking) -> None:
    """The preview is drawn from the form as it is, unfinished or not, and keeps nothing."""
    browser = asking.house.sign_in()
    path = f"/surveys/{asking.survey.id}"
    fields = _fields(browser.get(f"{path}/edit").text) | {"experience_fa": "تحویل چطور بود؟", "why_en": "", "scale": "0-10"}
    drawn = browser.post(f"{path}/preview", data=fields).text
    assert drawn.startswith('<div id="phones"')
    assert "تحویل چطور بود؟" in drawn
    assert "survey-steps-11" in drawn
    assert "تحویل چطور بود؟" not in browser.get(f"{path}/edit").text


def test_closed_and_opened_again(asking: Asking) -> None:
    """A closed survey asks nobody; publishing opens it again with the same version."""
    browser = asking.house.sign_in()
    path = f"/surveys/{asking.survey.id}"
    assert "Closed. What was answered stays here." in browser.post(f"{path}/close").text
    assert asking.house.visitor().get(asking.path).status_code == 410
    browser.post(f"{path}/publish")
    assert asking.house.visitor().get(asking.path).status_code == 200
    assert len(asking.rows("survey_versions")) == 1


def test_too_few_to_show(asking: Asking) -> None:
    """Under five answers no average is shown, to nobody; the words are."""
    for _ in range(4):
        asking.answer(asking.house.visitor(), "5", "1", "cold")
    asking.house.walk()
    browser = asking.house.sign_in(role="executive")
    page = browser.get(f"/surveys/{asking.survey.id}").text
    assert page.count("too few to show") >= 3
    assert "cold" in page
    assert "Edit" not in page
    asking.answer(asking.house.visitor(), "5", "1", "cold")
    asking.house.walk()
    assert "too few to show" not in browser.get(f"/surveys/{asking.survey.id}").text


def test_the_export_cannot_begin_a_formula(asking: Asking) -> None:
    """What a customer writes stays words in a spreadsheet."""
    asking.answer(asking.house.visitor(), "5", "1", '=HYPERLINK("http://evil")')
    asking.house.walk()
    answer = asking.house.sign_in().get(f"/surveys/{asking.survey.id}/answers.csv?period=all")
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row["words"] == '\'=HYPERLINK("http://evil")'
    assert (row["expectation"], row["experience"], row["gap"], row["state"]) == ("5", "1", "-100", "complete")


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\u200f=1"])
def test_cells_that_could_be_formulas(words: str) -> None:
    """Whatever a spreadsheet takes for a formula is marked as text."""
    assert safe_cell(words) == f"'{words}"


def test_personal_links_from_the_page(asking: Asking) -> None:
    """Customers are invited by any identifier; an unknown one stops the whole list."""
    asking.house.send({"type": "identify", "userId": "nadia", "traits": {"name": "Nadia", "email": "nadia@example.com"}})
    browser = asking.house.sign_in()
    path = f"/surveys/{asking.survey.id}/invitations"
    refused = browser.post(path, data={"customers": "nadia\nnobody"})
    assert refused.status_code == 404
    assert "no customers here" in refused.text
    assert not asking.rows("invitations")
    made = browser.post(path, data={"customers": "NADIA@example.com\nnadia"})
    assert len(re.findall(r"/s/delivery\?i=[\w-]{40,}", made.text)) == 1
    assert "Nadia" in made.text


def _doors(survey_id: str) -> list[tuple[str, str]]:
    path = f"/surveys/{survey_id}"
    return [
        ("GET", path), ("GET", f"{path}/edit"), ("POST", f"{path}/edit"), ("POST", f"{path}/preview"), ("POST", f"{path}/publish"),
        ("POST", f"{path}/close"), ("GET", f"{path}/invitations"), ("POST", f"{path}/invitations"), ("GET", f"{path}/answers.csv"),
    ]  # fmt: skip


def test_another_workspace_sees_nothing(asking: Asking, other_workspace: House) -> None:
    """Every page of a survey is a plain 404 for the people of another workspace, with our id."""
    browser = other_workspace.sign_in()
    data = {"title": "x", "slug": "xyz", "customers": "x", "language_en": "1"}
    for method, path in _doors(asking.survey.id):
        answer = browser.request(method, path, data=data if method == "POST" else None)
        assert answer.status_code == 404, (method, path)


def test_who_may_change_a_survey(asking: Asking) -> None:
    """An agent and an executive see results; making and changing is for those who configure."""
    agent: TestClient = asking.house.sign_in(role="agent")
    assert agent.get(f"/surveys/{asking.survey.id}").status_code == 200
    assert agent.get("/surveys/new").status_code == 403
    assert agent.post(f"/surveys/{asking.survey.id}/close").status_code == 403
    assert asking.house.visitor().get("/surveys", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_page_in_both_languages(asking: Asking, language: str) -> None:
    """All pages of surveys open in English and in Persian, empty and with answers."""
    browser = asking.house.sign_in(language=language)
    paths = ["/surveys", "/surveys/new", *(path for method, path in _doors(asking.survey.id) if method == "GET")]
    for path in paths:
        assert browser.get(path).status_code == 200
    for _ in range(6):
        asking.answer(asking.house.visitor(), "5", "2", "سرد بود")
    asking.house.walk()
    for path in (*paths, f"/surveys/{asking.survey.id}?words=true", f"/surveys/{asking.survey.id}?channel=email"):
        answer = browser.get(path)
        assert answer.status_code == 200
        if "csv" not in path:
            assert f'lang="{language}"' in answer.text
