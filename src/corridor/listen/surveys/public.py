"""The survey as a customer meets it: one question a screen, kept as it is answered, without JavaScript, and always a way to a person."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData

from corridor import remember
from corridor.ground.access import find_workspace
from corridor.ground.access.callers import is_same_origin
from corridor.ground.problems import Forbidden, Invalid
from corridor.ground.store import Store
from corridor.ground.ui import N_, preferred_language, public_page
from corridor.ground.ui.formats import number
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import CHANNELS, Workspace
from corridor.ground.web import Storage
from corridor.listen.surveys import forms
from corridor.listen.surveys.answer import ask_person, begin, complete, going_on, keep, read_answer
from corridor.listen.surveys.define import survey_at, version
from corridor.listen.surveys.facts import Answer, Form, Invitation, Survey
from corridor.listen.surveys.invite import find_invitation, note_opened
from corridor.listen.surveys.pace import Pace
from corridor.listen.surveys.screen import accepted_languages, choose_language, screen

router = APIRouter(include_in_schema=False)

GOING_ON = "corridor_answer"
"""The cookie by which the same browser goes on with its answer."""
ANONYMOUS = "corridor_anonymous_id"
"""The cookie that our SDK uses too, so that an anonymous answer joins the same browser's events."""
DAYS_30, A_YEAR = 30 * 86_400, 365 * 86_400

ANSWERS_A_MINUTE = 30
pace = Pace(ANSWERS_A_MINUTE, 60.0)

UNKNOWN = (
    N_("There is no survey here"),
    N_("The address may have a slip in it, or the survey was taken away. Nothing you did was wrong."),
)
NOT_OPEN = (N_("This survey is not open yet"), N_("Please come back a little later."))
CLOSED = (
    N_("This survey is closed"),
    N_("Thank you for coming. We are not asking any more, but we still like to hear from you."),
)
USED = (N_("We have your answer already"), N_("Thank you. This personal link was for one answer, and it has been given."))
NO_INVITATION = (
    N_("This link is not complete"),
    N_("This survey is for invited people. Open it from the link in your invitation, all of it."),
)
TOO_FAST = (
    N_("That was a little too fast"),
    N_("Many answers came from your network in the last minute. Wait a moment, then go on: nothing you answered is lost."),
)

WRONG = {
    "answer_needed": N_("Please choose an answer."),
    "off_scale": N_("Please choose one of the answers shown."),
    "too_long": N_("This is a little too long: up to %(most)s characters fit. What you wrote is still here."),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What travels from screen to screen in the address and in the form."""

    invitation: str = ""
    anonymous: str = ""
    language: str = ""
    channel: str = ""

    def query(self, **more: str | int) -> str:
        """Return it as the query of an address."""
        given = {"i": self.invitation, "a": self.anonymous, "language": self.language, "channel": self.channel, **more}
        return urlencode({name: value for name, value in given.items() if value != ""})


@dataclass(slots=True)
class Visit:
    """Somebody at a survey that can be answered: which one, in which language, and what they have answered so far."""

    workspace: Workspace
    survey: Survey
    form: Form
    language: str
    carried: Carried
    invitation: Invitation | None = None
    answer: Answer | None = None

    def address(self, place: int) -> str:
        """Return the address of the screen at this place."""
        return f"/s/{self.survey.slug}?{self.carried.query(q=place + 1)}"


class Turned(Exception):
    """The survey cannot be answered; says which page to show instead."""

    def __init__(
        self, status: int, words: tuple[str, str], workspace: Workspace | None = None, asked: Survey | None = None
    ) -> None:
        super().__init__(words[0])
        self.status = status
        self.words = words
        self.workspace = workspace
        self.asked = asked


async def _posted(request: Request) -> FormData:
    return await request.form(max_fields=20, max_files=0)


Posted = Annotated[FormData, Depends(_posted)]
Short = Annotated[str, Query(max_length=300)]


def _carried(i: Short = "", a: Short = "", language: Short = "", channel: Short = "") -> Carried:
    return Carried(i, a if _is_anonymous_id(a) else "", language[:2], channel if channel in CHANNELS else "")


@router.get("/s/{slug}")
def question_page(
    request: Request,
    slug: str,
    store: Storage,
    carried: Annotated[Carried, Depends(_carried)],
    q: Annotated[str, Query(max_length=5)] = "1",
) -> Response:
    """Show one question."""
    try:
        with store.database.read() as connection:
            visit = _visit(connection, request, slug, carried)
    except Turned as turned:
        return _turned_page(request, turned, carried)
    place = _place(q, visit)
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
    carried = _carried(*(_field(posted, name) for name in ("i", "a", "language", "channel")))
    try:
        with store.database.read() as connection:
            visit = _visit(connection, request, slug, carried)
    except Turned as turned:
        return _turned_page(request, turned, carried)
    wait = pace.wait(request.client.host if request.client else "")
    if wait:
        return _too_fast(request, visit, wait)
    place = _place(_field(posted, "q"), visit)
    question = visit.form.questions[place]
    said = "" if posted.get("skip") else _field(posted, "answer", forms.LONGEST_WORDS * 4)
    try:
        given = read_answer(question, said)
    except Invalid as problem:
        return _question(request, visit, place, wrong=problem.code, typed=said)
    done = place == len(visit.form.questions) - 1
    token, anonymous_id = _keep(request, store, visit, question.asks, given, done=done)
    on = RedirectResponse(f"/s/{slug}/thanks?{visit.carried.query()}" if done else visit.address(place + 1), 303)
    _set_cookies(request, on, visit, token, anonymous_id, done=done)
    return on


@router.get("/s/{slug}/thanks")
def thanks_page(request: Request, slug: str, store: Storage, carried: Annotated[Carried, Depends(_carried)]) -> HTMLResponse:
    """Thank whoever has answered."""
    with store.database.read() as connection:
        met = _met(connection, slug)
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
        help=_help(asked, replace(carried, language=language)),
    )


@router.get("/s/{slug}/person")
def person_page(request: Request, slug: str, store: Storage, carried: Annotated[Carried, Depends(_carried)]) -> Response:
    """Ask what a person of the house should know, and where they can answer."""
    with store.database.read() as connection:
        met = _met(connection, slug)
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
    carried = _carried(*(_field(posted, name) for name in ("i", "a", "language", "channel")))
    with store.database.read() as connection:
        met = _met(connection, slug)
    if met is None:
        return _turned_page(request, Turned(404, UNKNOWN), carried)
    words, reach = _field(posted, "words", forms.LONGEST_WORDS + 1).strip(), _field(posted, "reach", 201).strip()
    if not words or not reach or len(words) > forms.LONGEST_WORDS or len(reach) > 200:
        return _person(request, met[0], met[1], carried, words=words, reach=reach, wrong=True)
    wait = pace.wait(request.client.host if request.client else "")
    if wait:
        return _too_fast(request, Visit(met[0], met[1], met[1].draft, carried.language, carried), wait)
    known = request.cookies.get(ANONYMOUS, "")
    anonymous_id = carried.anonymous or (known if _is_anonymous_id(known) else str(uuid4()))
    with store.database.write() as connection:
        ask_person(connection, met[0].id, met[1], words, reach, token=carried.invitation, anonymous_id=anonymous_id)
    return _person(request, met[0], met[1], carried, sent=True)


def _met(connection: Connection, slug: str) -> tuple[Workspace, Survey] | None:
    """Return the survey at this address with its workspace, whatever its state: a person can always be reached."""
    found = survey_at(connection, slug)
    workspace = find_workspace(connection, found[0]) if found else None
    return (workspace, found[1]) if found and workspace else None


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


def _visit(connection: Connection, request: Request, slug: str, carried: Carried) -> Visit:
    """Return the visit of whoever asks.

    Raises:
        Turned: the survey is unknown, not open, or not for them.
    """
    met = _met(connection, slug)
    if met is None:
        raise Turned(404, UNKNOWN)
    workspace, asked = met
    if asked.state != "open":
        raise Turned(410 if asked.state == "closed" else 404, CLOSED if asked.state == "closed" else NOT_OPEN, workspace, asked)
    invitation = None
    if carried.invitation:
        invitation = find_invitation(connection, workspace.id, asked.id, carried.invitation)
        if invitation is None:
            raise Turned(404, NO_INVITATION, workspace, asked)
        if invitation.used_at is not None:
            raise Turned(410, USED, workspace, asked)
    elif asked.audience == "invited":
        raise Turned(404, NO_INVITATION, workspace, asked)
    answer = going_on(
        connection,
        workspace.id,
        asked.id,
        token=request.cookies.get(GOING_ON, ""),
        invitation_id=invitation.id if invitation else None,
    )
    form = version(connection, workspace.id, asked.id, answer.version if answer else asked.version).form
    language = _language(connection, request, workspace, form, carried, invitation, answer)
    return Visit(workspace, asked, form, language, replace(carried, language=language), invitation, answer)


def _language(
    connection: Connection,
    request: Request,
    workspace: Workspace,
    form: Form,
    carried: Carried,
    invitation: Invitation | None,
    answer: Answer | None,
) -> str:
    """Return the language to ask in: as chosen, as before, the customer's own, the browser's, the workspace's."""
    profile = remember.profile(connection, workspace.id, invitation.customer_id) if invitation else None
    return choose_language(
        form,
        carried.language,
        answer.language if answer else None,
        profile.language if profile else None,
        *accepted_languages(request.headers.get("accept-language", "")),
        workspace.language,
    )


def _keep(
    request: Request, store: Store, visit: Visit, asks: str, given: int | str | None, *, done: bool
) -> tuple[str, str | None]:
    """Keep the answer; returns the tokens that the browser should carry from now on ("" and None where it has them already)."""
    token, anonymous_id = "", None
    with store.database.write() as connection:
        answer, workspace_id = visit.answer, visit.workspace.id
        if answer is None:
            known = request.cookies.get(ANONYMOUS, "")
            anonymous_id = visit.carried.anonymous or (known if _is_anonymous_id(known) else str(uuid4()))
            answer, token = begin(
                connection,
                workspace_id,
                visit.survey,
                invitation=visit.invitation,
                anonymous_id=anonymous_id,
                language=visit.language,
                channel=visit.carried.channel or "web",
            )
            if visit.invitation is not None or visit.carried.anonymous or anonymous_id == known:
                anonymous_id = None
        answer = keep(connection, workspace_id, answer, asks, given, visit.language)
        if done:
            complete(connection, workspace_id, visit.survey, answer)
    return token, anonymous_id


def _set_cookies(request: Request, response: Response, visit: Visit, token: str, anonymous_id: str | None, *, done: bool) -> None:
    secure = request.url.scheme == "https"
    path = f"/s/{visit.survey.slug}"
    if anonymous_id:
        response.set_cookie(ANONYMOUS, anonymous_id, max_age=A_YEAR, path="/", secure=secure, samesite="lax")
    if done:
        response.delete_cookie(GOING_ON, path=path, secure=secure, httponly=True, samesite="lax")
    elif token and visit.invitation is None:
        response.set_cookie(GOING_ON, token, max_age=DAYS_30, path=path, secure=secure, httponly=True, samesite="lax")


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
        help=_help(visit.survey, visit.carried),
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
        help=_help(turned.asked, replace(carried, language=language)),
    )


def _too_fast(request: Request, visit: Visit, wait: int) -> HTMLResponse:
    response = _turned_page(request, Turned(429, TOO_FAST, visit.workspace, visit.survey), visit.carried)
    response.headers["Retry-After"] = str(wait)
    return response


def _help(asked: Survey | None, carried: Carried) -> str:
    """Return where a person answers: as the survey says, else a page of ours that takes a message to the desk."""
    if asked is None:
        return ""
    return asked.contact or f"/s/{asked.slug}/person?{carried.query()}"


def _place(text: str, visit: Visit) -> int:
    """Return the place of a question; anything that is none is the first."""
    place = int(text) - 1 if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    return place if 0 <= place < len(visit.form.questions) else 0


def _field(posted: FormData, name: str, longest: int = 300) -> str:
    value = posted.get(name)
    return value.replace("\r\n", "\n")[:longest] if isinstance(value, str) else ""


def _is_anonymous_id(text: str) -> bool:
    return re.fullmatch(r"[\w.:@-]{1,200}", text, re.ASCII) is not None
