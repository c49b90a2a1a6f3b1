"""The desk's pages of surveys: the list, the builder with its phone, the results with the words, and the export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import Connection
from starlette.datastructures import FormData

from corridor import remember
from corridor.ground.access import Caller, Configures, Sees, actor, record_action
from corridor.ground.extensions import offer
from corridor.ground.problems import Conflict, Invalid, NotFound, Problem
from corridor.ground.store import Store
from corridor.ground.ui import LANGUAGES, N_, NavItem, fragment, navigate, page, translations
from corridor.ground.web import Filtered, Storage, decode_cursor, encode_cursor
from corridor.listen import words
from corridor.listen.surveys import define, export, forms, public, typed
from corridor.listen.surveys.address import base_address
from corridor.listen.surveys.facts import Survey
from corridor.listen.surveys.invite import invite
from corridor.listen.surveys.results import answered, answers_of_surveys, results
from corridor.listen.surveys.screen import screen

router = APIRouter(include_in_schema=False)
router.include_router(public.router)

A_PAGE = 25
Text = Annotated[str, Form(max_length=500)]
After = Annotated[str | None, Query(max_length=300)]


async def _posted(request: Request) -> FormData:
    return await request.form(max_fields=100, max_files=0)


Posted = Annotated[FormData, Depends(_posted)]


@router.get("/surveys")
def surveys_page(request: Request, caller: Sees, store: Storage, filters: Filtered) -> HTMLResponse:
    """All surveys of the workspace."""
    with store.database.read() as connection:
        return page(
            request,
            caller,
            "listen/surveys/surveys.html",
            filters=filters,
            surveys=define.surveys(connection, caller.workspace.id),
            answers=answers_of_surveys(connection, caller.workspace.id, filters),
            **_words(connection, caller),
        )


@router.get("/surveys/new")
def new_survey_page(request: Request, caller: Configures, store: Storage) -> HTMLResponse:
    """Ask for a title and a touchpoint; the rest of a new survey is as usual."""
    return _new_page(request, caller, store)


@router.post("/surveys")
def make_survey(request: Request, caller: Configures, store: Storage, title: Text = "", touchpoint: Text = "") -> Response:
    """Make a survey with the usual two questions and go on to its builder."""
    try:
        with store.database.write() as connection:
            made = define.add_survey(connection, caller.workspace.id, title=title, touchpoint=touchpoint or None, by=caller.name)
    except (Invalid, Conflict) as problem:
        return _new_page(request, caller, store, title=title, touchpoint=touchpoint, problem=problem)
    return navigate(f"/surveys/{made.id}/edit")


@router.get("/surveys/{survey_id}")
def results_page(
    request: Request,
    survey_id: str,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    words_only: Annotated[bool, Query(alias="words")] = False,
    after: After = None,
) -> HTMLResponse:
    """What the survey found."""
    with store.database.read() as connection:
        known = define.survey(connection, caller.workspace.id, survey_id)
        found = answered(
            connection,
            caller.workspace.id,
            survey_id,
            filters,
            words_only=words_only,
            before=decode_cursor(after, int, str),
            limit=A_PAGE + 1,
        )
        return page(
            request,
            caller,
            "listen/surveys/results.html",
            filters=filters,
            survey=known,
            results=results(connection, caller.workspace.id, survey_id, filters),
            versions=define.versions(connection, caller.workspace.id, survey_id),
            rows=found[:A_PAGE],
            next=encode_cursor(found[A_PAGE - 1].at, found[A_PAGE - 1].id) if len(found) > A_PAGE else None,
            words_only=words_only,
            names=remember.names(connection, caller.workspace.id, {row.customer_id for row in found}),
            address=_address(request, known),
            **_words(connection, caller),
        )


@router.get("/surveys/{survey_id}/answers.csv")
def answers_csv(request: Request, survey_id: str, caller: Sees, store: Storage, filters: Filtered) -> StreamingResponse:
    """Export the answers within the filters."""
    with store.database.read() as connection:
        known = define.survey(connection, caller.workspace.id, survey_id)

    def lines() -> Iterator[str]:
        yield from export.csv_lines(store, caller.workspace, known, filters)

    headers = {"Content-Disposition": f'attachment; filename="{known.slug}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/surveys/{survey_id}/edit")
def builder_page(request: Request, survey_id: str, caller: Configures, store: Storage) -> HTMLResponse:
    """Show the builder."""
    with store.database.read() as connection:
        known = define.survey(connection, caller.workspace.id, survey_id)
    return _builder(request, caller, store, known, seen=known.updated_at)


@router.post("/surveys/{survey_id}/edit")
def change(request: Request, survey_id: str, caller: Configures, store: Storage, posted: Posted) -> Response:
    """Keep what was typed; with the button "publish", ask it from now on."""
    _ = translations(caller.language).gettext
    changes, seen = typed.typed_changes(posted), _seen(posted)
    publish = posted.get("then") == "publish"
    try:
        with store.database.write() as connection:
            define.change_survey(connection, caller.workspace.id, survey_id, seen=seen, **changes)
            if publish:
                _publish(connection, request, caller, survey_id)
    except NotFound:
        raise
    except Problem as problem:
        with store.database.read() as connection:
            known = define.survey(connection, caller.workspace.id, survey_id)
        return _builder(request, caller, store, typed.shown(known, changes), seen=seen, problem=problem)
    if publish:
        return navigate(f"/surveys/{survey_id}", _("Published. The survey can be answered now."))
    return navigate(f"/surveys/{survey_id}/edit", _("Saved. It is asked like this once you publish it."))


@router.post("/surveys/{survey_id}/preview")
def preview(request: Request, survey_id: str, caller: Configures, store: Storage, posted: Posted) -> HTMLResponse:
    """Show on the phone what is being typed; nothing is kept."""
    with store.database.read() as connection:
        known = define.survey(connection, caller.workspace.id, survey_id)
    drawn = typed.shown(known, typed.typed_changes(posted))
    return fragment(request, caller, "listen/surveys/builder.html", "phones", **_phones(drawn))


@router.post("/surveys/{survey_id}/publish")
def publish_survey(request: Request, survey_id: str, caller: Configures, store: Storage) -> Response:
    """Ask the survey from now on."""
    _ = translations(caller.language).gettext
    try:
        with store.database.write() as connection:
            _publish(connection, request, caller, survey_id)
    except Invalid as problem:
        with store.database.read() as connection:
            known = define.survey(connection, caller.workspace.id, survey_id)
        return _builder(request, caller, store, known, seen=known.updated_at, problem=problem)
    return navigate(f"/surveys/{survey_id}", _("Published. The survey can be answered now."))


@router.post("/surveys/{survey_id}/close")
def close_survey(request: Request, survey_id: str, caller: Configures, store: Storage) -> Response:
    """Ask nobody any more."""
    _ = translations(caller.language).gettext
    with store.database.write() as connection:
        define.close(connection, caller.workspace.id, survey_id)
        record_action(connection, caller.workspace.id, actor(caller, request), "survey closed", survey_id)
    return navigate(f"/surveys/{survey_id}", _("Closed. What was answered stays here."))


@router.get("/surveys/{survey_id}/invitations")
def invitations_page(request: Request, survey_id: str, caller: Configures, store: Storage) -> HTMLResponse:
    """Ask whom to invite."""
    return _invitations(request, caller, store, survey_id)


@router.post("/surveys/{survey_id}/invitations")
def invite_customers(
    request: Request, survey_id: str, caller: Configures, store: Storage, customers: Annotated[str, Form(max_length=200_000)] = ""
) -> HTMLResponse:
    """Make personal links and show them, this once."""
    named = [one.strip() for one in customers.replace(",", "\n").splitlines() if one.strip()]
    try:
        with store.database.write() as connection:
            links = invite(connection, caller.workspace.id, survey_id, named, caller.name)
            after = {"customers": len(links)}
            record_action(connection, caller.workspace.id, actor(caller, request), "customers invited", survey_id, after=after)
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _invitations(request, caller, store, survey_id, typed_customers=customers, problem=problem)
    return _invitations(request, caller, store, survey_id, links=links)


def _publish(connection: Connection, request: Request, caller: Caller, survey_id: str) -> None:
    published = define.publish(connection, caller.workspace.id, survey_id, caller.name)
    after = {"version": published.version}
    record_action(connection, caller.workspace.id, actor(caller, request), "survey published", survey_id, after=after)


def _new_page(
    request: Request, caller: Caller, store: Store, *, title: str = "", touchpoint: str = "", problem: Problem | None = None
) -> HTMLResponse:
    with store.database.read() as connection:
        return page(
            request,
            caller,
            "listen/surveys/new.html",
            problem.status if problem else 200,
            title=title,
            touchpoint=touchpoint,
            errors={problem.field: typed.mistake(problem, caller.language)} if problem else {},
            **_words(connection, caller),
        )


def _builder(
    request: Request, caller: Caller, store: Store, known: Survey, *, seen: int | None, problem: Problem | None = None
) -> HTMLResponse:
    sentence = typed.mistake(problem, caller.language) if problem else ""
    with store.database.read() as connection:
        published = define.versions(connection, caller.workspace.id, known.id)
        return page(
            request,
            caller,
            "listen/surveys/builder.html",
            problem.status if problem else 200,
            survey=known,
            form=known.draft,
            questions={question.asks: question for question in known.draft.questions},
            usual={asks: forms.usual_question(asks) for asks in forms.QUESTIONS},
            scale=forms.scale_of(known.draft),
            scales=list(forms.SCALES),
            seen=seen,
            problem=sentence,
            errors={problem.field: sentence} if problem and problem.field else {},
            unpublished=not published or published[0].form != known.draft,
            address=_address(request, known),
            **_phones(known),
            **_words(connection, caller),
        )


def _phones(known: Survey) -> dict[str, Any]:
    """Return what the phones of the preview show: every screen in every language of the survey."""
    form = typed.preview_form(known.draft)
    return {
        "phones": [
            (LANGUAGES[language], [screen(form, language, place) for place in range(len(form.questions))])
            for language in form.languages
        ]
    }


def _invitations(
    request: Request,
    caller: Caller,
    store: Store,
    survey_id: str,
    *,
    links: list[tuple[str, str]] | None = None,
    typed_customers: str = "",
    problem: Problem | None = None,
) -> HTMLResponse:
    with store.database.read() as connection:
        known = define.survey(connection, caller.workspace.id, survey_id)
        return page(
            request,
            caller,
            "listen/surveys/invitations.html",
            problem.status if problem else 200,
            survey=known,
            links=[(customer, f"{base_address(request)}{path}") for customer, path in links or []],
            names=remember.names(connection, caller.workspace.id, {customer for customer, _ in links or []}),
            typed=typed_customers,
            problem=typed.mistake(problem, caller.language) if problem else "",
        )


def _address(request: Request, known: Survey) -> str:
    return f"{base_address(request)}/s/{known.slug}"


def _seen(posted: FormData) -> int | None:
    said = posted.get("seen")
    return int(said) if isinstance(said, str) and said.isdecimal() and len(said) < 19 else None


def _words(connection: Connection, caller: Caller) -> dict[str, Any]:
    return {"touchpoints": words.touchpoint_names(connection, caller.workspace.id, caller.language), "words": words}


offer(NavItem(label=N_("Surveys"), path="/surveys", room="listen", order=21))
