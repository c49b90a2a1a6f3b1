"""Somebody at a survey's door: which survey, in which language, by which link, and what they have answered so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.datastructures import FormData

from corridor import remember
from corridor.ground.access import find_workspace
from corridor.ground.ui import N_
from corridor.ground.vocabulary import CHANNELS, Workspace
from corridor.listen.surveys.answer import going_on
from corridor.listen.surveys.define import survey_at, version
from corridor.listen.surveys.facts import Answer, Form, Invitation, Survey
from corridor.listen.surveys.invite import find_invitation
from corridor.listen.surveys.screen import accepted_languages, choose_language

GOING_ON = "corridor_answer"
"""The cookie by which the same browser goes on with its answer."""
ANONYMOUS = "corridor_anonymous_id"
"""The cookie that our SDK uses too, so that an anonymous answer joins the same browser's events."""
DAYS_30, A_YEAR = 30 * 86_400, 365 * 86_400

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

Short = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class Carried:
    """What travels from screen to screen in the address and in the form."""

    invitation: str = ""
    anonymous: str = ""
    language: str = ""
    channel: str = ""
    going_on: str = ""
    """The answer's token, carried only where the browser keeps no cookie."""

    def query(self, **more: str | int) -> str:
        """Return it as the query of an address."""
        own = {"i": self.invitation, "a": self.anonymous, "language": self.language, "channel": self.channel, "r": self.going_on}
        given = {**own, **more}
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

    def address(self, place: int, carried: Carried | None = None) -> str:
        """Return the address of the screen at this place."""
        return f"/s/{self.survey.slug}?{(carried or self.carried).query(q=place + 1)}"


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


def carried_of(i: Short = "", a: Short = "", language: Short = "", channel: Short = "", r: Short = "") -> Carried:
    """Return what an address or a form carries, without what cannot be."""
    return Carried(i, a if _is_anonymous_id(a) else "", language[:2], channel if channel in CHANNELS else "", r)


def met_at(connection: Connection, slug: str) -> tuple[Workspace, Survey] | None:
    """Return the survey at this address with its workspace, whatever its state: a person can always be reached."""
    found = survey_at(connection, slug)
    workspace = find_workspace(connection, found[0]) if found else None
    return (workspace, found[1]) if found and workspace else None


def visit_of(connection: Connection, request: Request, slug: str, carried: Carried) -> Visit:
    """Return the visit of whoever asks.

    Raises:
        Turned: the survey is unknown, not open, or not for them.
    """
    met = met_at(connection, slug)
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
        token=request.cookies.get(GOING_ON, "") or carried.going_on,
        invitation_id=invitation.id if invitation else None,
    )
    form = version(connection, workspace.id, asked.id, answer.version if answer else asked.version).form
    language = _language(connection, request, workspace, form, carried, invitation, answer)
    # A browser that keeps the cookie need not show the token in its address any longer.
    token = "" if GOING_ON in request.cookies else carried.going_on
    return Visit(workspace, asked, form, language, replace(carried, language=language, going_on=token), invitation, answer)


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


def help_for(asked: Survey | None, carried: Carried) -> str:
    """Return where a person answers: as the survey says, else a page of ours that takes a message to the desk."""
    if asked is None:
        return ""
    return asked.contact or f"/s/{asked.slug}/person?{carried.query()}"


def place_of(text: str, visit: Visit) -> int:
    """Return the place of a question; anything that is none is the first."""
    place = int(text) - 1 if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    return place if 0 <= place < len(visit.form.questions) else 0


def field_of(posted: FormData, name: str, longest: int = 300) -> str:
    """Return a text of a form; "" where there is none."""
    value = posted.get(name)
    return value.replace("\r\n", "\n")[:longest] if isinstance(value, str) else ""


def anonymous_id_of(request: Request, carried: Carried) -> str:
    """Return the anonymous id of this browser: as its link says, as its cookie says, or a new one."""
    known = request.cookies.get(ANONYMOUS, "")
    return carried.anonymous or (known if _is_anonymous_id(known) else str(uuid4()))


def remember_browser(request: Request, response: Response, anonymous_id: str | None) -> None:
    """Let the browser keep its new anonymous id; what it has already, and what a link said, stays as it is."""
    if anonymous_id and not _is_anonymous_id(request.cookies.get(ANONYMOUS, "")):
        secure = request.url.scheme == "https"
        response.set_cookie(ANONYMOUS, anonymous_id, max_age=A_YEAR, path="/", secure=secure, samesite="lax")


def _is_anonymous_id(text: str) -> bool:
    return re.fullmatch(r"[\w.:@-]{1,200}", text, re.ASCII) is not None
