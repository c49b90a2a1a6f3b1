"""The survey as a customer meets it: one question a screen, kept as it is answered, without JavaScript, and always a way to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from corridor.ground.access.callers import is_same_origin
from corridor.ground.problems import Forbidden, Invalid
from corridor.ground.store import Store
from corridor.ground.ui import N_, preferred_language, public_page
from corridor.ground.ui.formats import number
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import Workspace
from corridor.ground.web import Storage
from corridor.listen.surveys import forms
from corridor.listen.surveys.answer import ask_person, begin, complete, going_on, keep, read_answer
from corridor.listen.surveys.define import version
from corridor.listen.surveys.facts import Survey
from corridor.listen.surveys.invite import find_invitation, note_opened
from corridor.listen.surveys.pace import Pace
from corridor.listen.surveys.screen import accepted_languages, choose_language, screen
from corridor.listen.surveys.visit import (
    DAYS_30,
    GOING_ON,
    UNKNOWN,
    USED,
    Carried,
    Turned,
    Visit,
    anonymous_id_of,
    carried_of,
    field_of,
    help_for,
    met_at,
    place_of,
    remember_browser,
    visit_of,
)  # fmt: skip

router = APIRouter(include_in_schema=False)

ANSWERS_A_MINUTE = 30
pace = Pace(ANSWERS_A_MINUTE, 60.0)

TOO_FAST = (
    N_("That was a little too fast"),
    N_("Many answers came from your network in the last minute. Wait a moment, then go on: nothing you answered is lost."),
)

WRONG = {
    "answer_needed": N_("Please choose an answer."),
    "off_scale": N_("Please choose one of the answers shown."),
    "too_long": N_("This is a little too long: up to %(most)s characters fit. What you wrote is still here."),
}


@dataclass(slots=True)
class Kept:
    """What became of one answered question: the screen to go to, and what the browser should keep from now on."""

    done: bool = False
    next_place: int = 0
    token: str = ""
    anonymous_id: str | None = None


async def _posted(request: Request) -> FormData:
    return await request.form(max_fields=20, max_files=0)


Posted = Annotated[FormData, Depends(_posted)]
Short = Annotated[str, Query(max_length=300)]


@router.get("/s/{slug}")
def question_page(
    request: Request,
    slug: str,
    store: Storage,
    carried: Annotated[Carried, Depends(carried_of)],
    q: Annotated[str, Query(max_length=5)] = "1",
) -> Response:
    """Show one question."""
    try:
        with store.database.read() as connection:
            visit = visit_of(connection, request, slug, carried)
    except Turned as turned:
        return _turned_page(request, turned, carried)
    place = place_of(q, visit)
    if place > 0 and visit.answer is None:
        return RedirectResponse(visit.address(0), 303)
    if visit.invitation is not None and visit.answer is None:
        with store.database.write() as connection:
            note_opened(connection, visit.workspace.id, visit.invitation.id)
    return _question(request, visit, place)


@router.post("/s/{slug}")
def answer_question(request: Request, slug: str, store: Storage, posted: Posted) -> Response:
    """Keep the answer to one question and go on to the next; the last one completes the answer."""
    if not is_same_origin(request):
        raise Forbidden("This form came from another site. Open the survey's own page and answer there.", code="csrf")
    carried = carried_of(*(field_of(posted, name) for name in ("i", "a", "language", "channel", "r")))
    try:
        with store.database.read() as connection:
            visit = visit_of(connection, request, slug, carried)
    except Turned as turned:
        return _turned_page(request, turned, carried)
    wait = pace.wait(request.client.host if request.client else "")
    if wait:
        return _too_fast(request, visit, wait)
    place = place_of(field_of(posted, "q"), visit)
    question = visit.form.questions[place]
    said = "" if posted.get("skip") else field_of(posted, "answer", forms.LONGEST_WORDS * 4)
    try:
        given = read_answer(question, said)
    except Invalid as problem:
        return _question(request, visit, place, wrong=problem.code, typed=said)
    try:
        kept = _keep(request, store, visit, place, given)
    except Turned as turned:
        return _turned_page(request, turned, carried)
    carried = visit.carried if visit.invitation or not kept.token else replace(visit.carried, going_on=kept.token)
    on = f"/s/{slug}/thanks?{replace(carried, going_on='').query()}" if kept.done else visit.address(kept.next_place, carried)
    response = RedirectResponse(on, 303)
    _set_cookies(request, response, visit, kept)
    return response


@router.get("/s/{slug}/thanks")
def thanks_page(request: Request, slug: str, store: Storage, carried: Annotated[Carried, Depends(carried_of)]) -> HTMLResponse:
    """Thank whoever has answered."""
    with store.database.read() as connection:
        met = met_at(connection, slug)
        if met is None or not met[1].version:
            return _turned_page(request, Turned(404, UNKNOWN), carried)
        workspace, asked = met
        form = version(connection, workspace.id, asked.id, asked.version).form
    language = choose_language(form, carried.language, *accepted_languages(request.headers.get("accept-language", "")))
    return public_page(
        request,
        workspace,
        language,
        "listen/surveys/thanks.html",
        title=form.say(form.title, language),
        thanks=form.say(form.thanks, language),
        help=help_for(asked, replace(carried, language=language)),
    )


@router.get("/s/{slug}/person")
def person_page(request: Request, slug: str, store: Storage, carried: Annotated[Carried, Depends(carried_of)]) -> Response:
    """Ask what a person of the house should know, and where they can answer."""
    with store.database.read() as connection:
        met = met_at(connection, slug)
    if met is None:
        return _turned_page(request, Turned(404, UNKNOWN), carried)
    if met[1].contact.startswith("http"):
        return RedirectResponse(met[1].contact, 303)
    return _person(request, met[0], met[1], carried)


@router.post("/s/{slug}/person")
def tell_person(request: Request, slug: str, store: Storage, posted: Posted) -> Response:
    """Bring a customer's message to the desk."""
    if not is_same_origin(request):
        raise Forbidden("This form came from another site. Open the survey's own page and write there.", code="csrf")
    carried = carried_of(*(field_of(posted, name) for name in ("i", "a", "language", "channel", "r")))
    with store.database.read() as connection:
        met = met_at(connection, slug)
    if met is None:
        return _turned_page(request, Turned(404, UNKNOWN), carried)
    words, reach = field_of(posted, "words", forms.LONGEST_WORDS + 1).strip(), field_of(posted, "reach", 201).strip()
    if not words or not reach or len(words) > forms.LONGEST_WORDS or len(reach) > 200:
        return _person(request, met[0], met[1], carried, words=words, reach=reach, wrong=True)
    wait = pace.wait(request.client.host if request.client else "")
    if wait:
        return _too_fast(request, Visit(met[0], met[1], met[1].draft, carried.language, carried), wait)
    anonymous_id = anonymous_id_of(request, carried)
    with store.database.write() as connection:
        ask_person(connection, met[0].id, met[1], words, reach, token=carried.invitation, anonymous_id=anonymous_id)
    response = _person(request, met[0], met[1], carried, sent=True)
    if not carried.invitation and not carried.anonymous:
        remember_browser(request, response, anonymous_id)
    return response


def _person(
    request: Request,
    workspace: Workspace,
    asked: Survey,
    carried: Carried,
    *,
    words: str = "",
    reach: str = "",
    wrong: bool = False,
    sent: bool = False,
) -> HTMLResponse:
    language = choose_language(
        asked.draft, carried.language, *accepted_languages(request.headers.get("accept-language", "")), workspace.language
    )
    return public_page(
        request,
        workspace,
        language,
        "listen/surveys/person.html",
        422 if wrong else 200,
        survey=asked,
        carried=replace(carried, language=language),
        words=words,
        reach=reach,
        wrong=wrong,
        sent=sent,
        longest=forms.LONGEST_WORDS,
    )


def _keep(request: Request, store: Store, visit: Visit, place: int, given: int | str | None) -> Kept:
    """Keep the answer, and complete the whole if it was the last question and nothing that is needed is missing.

    Raises:
        Turned: the invitation was used meanwhile, from another screen.
    """
    asks, begun = visit.form.questions[place].asks, Kept()
    with store.database.write() as connection:
        answer, workspace_id = visit.answer, visit.workspace.id
        if visit.invitation is not None:
            # The reading was another transaction: a double click must not begin two answers, or answer twice.
            now_invited = find_invitation(connection, workspace_id, visit.survey.id, visit.carried.invitation)
            if now_invited is None or now_invited.used_at is not None:
                raise Turned(410, USED, visit.workspace, visit.survey)
            answer = going_on(connection, workspace_id, visit.survey.id, invitation_id=visit.invitation.id)
        if answer is None:
            begun.anonymous_id = anonymous_id_of(request, visit.carried) if visit.invitation is None else None
            answer, begun.token = begin(
                connection,
                workspace_id,
                visit.survey,
                invitation=visit.invitation,
                anonymous_id=begun.anonymous_id,
                language=visit.language,
                channel=visit.carried.channel or "web",
            )
        answer = keep(connection, workspace_id, answer, asks, given, visit.language)
        missing = [
            at for at, question in enumerate(visit.form.questions) if question.required and question.asks not in answer.answers
        ]
        last = place == len(visit.form.questions) - 1
        if last and not missing:
            complete(connection, workspace_id, visit.survey, answer)
            begun.done = True
        begun.next_place = missing[0] if last and missing else place + 1
    return begun


def _set_cookies(request: Request, response: Response, visit: Visit, kept: Kept) -> None:
    if visit.invitation is not None:
        return
    if not visit.carried.anonymous:
        remember_browser(request, response, kept.anonymous_id)
    path, secure = f"/s/{visit.survey.slug}", request.url.scheme == "https"
    if kept.done:
        response.delete_cookie(GOING_ON, path=path, secure=secure, httponly=True, samesite="lax")
    elif kept.token:
        response.set_cookie(GOING_ON, kept.token, max_age=DAYS_30, path=path, secure=secure, httponly=True, samesite="lax")


def _question(request: Request, visit: Visit, place: int, *, wrong: str = "", typed: str | None = None) -> HTMLResponse:
    asks, answers = visit.form.questions[place].asks, visit.answer.answers if visit.answer else {}
    chosen = typed if typed is not None else answers.get(asks)
    said = translate(visit.language, WRONG[wrong]) if wrong else ""
    if wrong == "too_long":
        said %= {"most": number(forms.LONGEST_WORDS, visit.language)}
    return public_page(
        request,
        visit.workspace,
        visit.language,
        "listen/surveys/question.html",
        422 if wrong else 200,
        survey=visit.survey,
        title=visit.form.say(visit.form.title, visit.language),
        screen=screen(visit.form, visit.language, place, chosen),
        carried=visit.carried,
        wrong=said,
        back=visit.address(place - 1) if place else "",
        languages=[
            (language, f"/s/{visit.survey.slug}?{replace(visit.carried, language=language).query(q=place + 1)}")
            for language in visit.form.languages
            if language != visit.language
        ],
        help=help_for(visit.survey, visit.carried),
    )


def _turned_page(request: Request, turned: Turned, carried: Carried) -> HTMLResponse:
    language = carried.language or preferred_language(
        request.headers.get("accept-language", ""), turned.workspace.language if turned.workspace else "en"
    )
    workspace = turned.workspace or Workspace(id="", name="Corridor")
    heading, words = (translate(language, text) for text in turned.words)
    return public_page(
        request,
        workspace,
        language,
        "listen/surveys/turned.html",
        turned.status,
        heading=heading,
        words=words,
        help=help_for(turned.asked, replace(carried, language=language)),
    )


def _too_fast(request: Request, visit: Visit, wait: int) -> HTMLResponse:
    response = _turned_page(request, Turned(429, TOO_FAST, visit.workspace, visit.survey), visit.carried)
    response.headers["Retry-After"] = str(wait)
    return response
