"""The pages of what was heard: the room's home, all responses, all promises; and what a customer's page shows of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from corridor import remember
from corridor.collect import touchpoints
from corridor.ground.access import Caller, Sees
from corridor.ground.extensions import offer
from corridor.ground.problems import Invalid
from corridor.ground.store import Store
from corridor.ground.ui import N_, NavItem, Panel, page, render
from corridor.ground.web import Filtered, Storage, decode_cursor, encode_cursor
from corridor.listen import heard, words
from corridor.listen.facts import Promise, Response
from corridor.listen.surveys.define import surveys
from corridor.listen.surveys.results import answers_of_surveys

router = APIRouter(include_in_schema=False)

RECENT = 8
A_PAGE = 25
ON_A_PANEL = 6

After = Annotated[str | None, Query(max_length=300)]
Touchpoint = Annotated[str | None, Query(max_length=200)]


@router.get("/listen")
def listen_page(request: Request, caller: Sees, store: Storage, filters: Filtered) -> HTMLResponse:
    """What was said, expected and promised lately."""
    workspace_id = caller.workspace.id
    with store.database.read() as connection:
        recent = heard.responses(connection, workspace_id, filters, limit=RECENT)
        rated = heard.ratings_by_touchpoint(connection, workspace_id, filters)
        promised = heard.promises_by_touchpoint(connection, workspace_id, filters)
        known_surveys = surveys(connection, workspace_id)
        return page(
            request,
            caller,
            "listen/listen.html",
            filters=filters,
            recent=recent,
            rated=rated,
            rated_in_all=heard.rated_in_all(connection, workspace_id, filters),
            promised=promised,
            promised_in_all=heard.in_all(promised),
            stated=heard.stated(connection, workspace_id, filters),
            norms=sum(known.norm is not None for known in touchpoints(connection, workspace_id)),
            earlier=heard.customers_with_history(connection, workspace_id, filters),
            surveys=[survey for survey in known_surveys if survey.state != "closed"][:6],
            answers=answers_of_surveys(connection, workspace_id, filters),
            **_words(connection, caller, recent),
        )


@router.get("/listen/responses")
def responses_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    touchpoint: Touchpoint = None,
    words_only: Annotated[bool, Query(alias="words")] = False,
    after: After = None,
) -> HTMLResponse:
    """Every response, the latest first."""
    with store.database.read() as connection:
        found = heard.responses(
            connection,
            caller.workspace.id,
            filters,
            touchpoint=touchpoint or None,
            words_only=words_only,
            before=decode_cursor(after, int, str),
            limit=A_PAGE + 1,
        )
        return page(
            request,
            caller,
            "listen/responses.html",
            filters=filters,
            responses=found[:A_PAGE],
            next=_next(found),
            touchpoint=touchpoint or "",
            words_only=words_only,
            **_words(connection, caller, found),
        )


@router.get("/listen/promises")
def promises_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    touchpoint: Touchpoint = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    after: After = None,
) -> HTMLResponse:
    """Every promise, the latest made first."""
    if state and state not in words.PROMISE_STATES:
        raise Invalid("A promise is open, kept, broken or withdrawn.", code="bad_state", field="state")
    with store.database.read() as connection:
        found = heard.promises(
            connection,
            caller.workspace.id,
            filters,
            touchpoint=touchpoint or None,
            state=state or None,
            before=decode_cursor(after, int, str),
            limit=A_PAGE + 1,
        )
        return page(
            request,
            caller,
            "listen/promises.html",
            filters=filters,
            promises=found[:A_PAGE],
            next=_next(found),
            touchpoint=touchpoint or "",
            state=state or "",
            **_words(connection, caller, found),
        )


def promises_panel(request: Request, caller: Caller, store: Store, customer_id: str) -> str:
    """Show what a customer was promised, and what became of it."""
    with store.database.read() as connection:
        found = heard.promises(connection, caller.workspace.id, customer=customer_id, limit=ON_A_PANEL)
        context = _words(connection, caller, [])
    return render(request, caller, "listen/promises_panel.html", promises=found, **context) if found else ""


def responses_panel(request: Request, caller: Caller, store: Store, customer_id: str) -> str:
    """Show what a customer said, with the score as given and on the common scale."""
    with store.database.read() as connection:
        found = heard.responses(connection, caller.workspace.id, customer=customer_id, limit=ON_A_PANEL)
        expected = heard.expectations(connection, caller.workspace.id, customer=customer_id, limit=ON_A_PANEL)
        context = _words(connection, caller, [])
    if not found and not expected:
        return ""
    return render(request, caller, "listen/responses_panel.html", responses=found, expectations=expected, **context)


def _words(connection: Connection, caller: Caller, shown: list[Any]) -> dict[str, Any]:
    """Return how the things of these pages are called: touchpoints, customers, states."""

    def in_unit(amount: float, unit: str) -> str:
        return words.in_unit(amount, unit, caller.language, caller.workspace.currency)

    return {
        "touchpoints": words.touchpoint_names(connection, caller.workspace.id, caller.language),
        "names": remember.names(connection, caller.workspace.id, {one.customer for one in shown}),
        "in_unit": in_unit,
        "words": words,
    }


def _next(found: list[Response] | list[Promise]) -> str | None:
    return encode_cursor(found[A_PAGE - 1].at, found[A_PAGE - 1].id) if len(found) > A_PAGE else None


offer(NavItem(label=N_("Listen"), path="/listen", room="listen", order=20))
offer(Panel(place="customer", title=N_("What they said"), render=responses_panel, order=30))
offer(Panel(place="customer", title=N_("Promises"), render=promises_panel, order=20))
