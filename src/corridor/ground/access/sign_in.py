"""The pages before the desk: sign in, sign out, and the language and theme that somebody chose."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from corridor.ground.access.audit import record_action
from corridor.ground.access.callers import Sees, actor, find_caller, is_same_origin, session_cookie_name
from corridor.ground.access.facts import LANGUAGES
from corridor.ground.access.people import anybody, set_preferences
from corridor.ground.access.sessions import end_session
from corridor.ground.access.signing_in import Attempt, SignedIn, sign_in
from corridor.ground.problems import Forbidden, TooMany
from corridor.ground.settings import Settings
from corridor.ground.store import Store
from corridor.ground.ui import preferred_language, public_page, translations
from corridor.ground.vocabulary import Workspace
from corridor.ground.web import Storage

router = APIRouter(include_in_schema=False)

DEVICE_FOR = 365 * 86_400
"""Seconds that a browser is remembered as one that somebody signed in from."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


@router.get("/sign-in")
async def sign_in_page(request: Request, store: Storage, next: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """Show the form; somebody who is signed in goes on."""
    if await find_caller(request) is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return _form(request, store, next=local_path(next))


@router.post("/sign-in")
def sign_in_form(
    request: Request,
    store: Storage,
    email: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=2000)],
    next: Annotated[str, Form(max_length=2000)] = "/",
    workspace: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Sign somebody in, or show the form again with what is wrong."""
    if not is_same_origin(request):
        raise Forbidden("This form came from another site. Open the sign-in page and try again.", code="csrf")
    settings: Settings = request.app.state.settings
    attempt = Attempt(
        email=email, password=password, workspace_id=workspace, address=request.client.host if request.client else "",
        device=request.cookies.get(_device_cookie_name(settings), ""), old_session=request.cookies.get(session_cookie_name(settings), ""),
    )  # fmt: skip
    try:
        outcome = sign_in(store, settings, attempt)
    except TooMany as problem:
        return _form(request, store, 429, email=email, next=local_path(next), wait=problem.retry_after or 60)
    if isinstance(outcome, SignedIn):
        response = RedirectResponse(local_path(next), status_code=303)
        put_session_cookie(response, settings, outcome.session)
        _put_cookie(response, settings, _device_cookie_name(settings), outcome.device, DEVICE_FOR)
        return response
    if not outcome:
        return _form(request, store, 401, email=email, next=local_path(next), refused=True)
    choices = [(one.workspace_id, one.workspace_name) for one in outcome]
    return _form(request, store, email=email, next=local_path(next), workspaces=choices)


@router.post("/sign-out")
def sign_out(request: Request, caller: Sees, store: Storage) -> Response:
    """End this session and have the browser forget what it kept."""
    settings: Settings = request.app.state.settings
    name = session_cookie_name(settings)
    with store.database.write() as connection:
        end_session(connection, request.cookies.get(name, ""))
        record_action(connection, caller.workspace.id, actor(caller, request), "signed out", caller.email)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(name, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/preferences")
def preferences(
    caller: Sees,
    store: Storage,
    language: Annotated[str | None, Form(max_length=10)] = None,
    theme: Annotated[str | None, Form(max_length=10)] = None,
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Keep the language and theme that somebody chose, and go back to where they were."""
    with store.database.write() as connection:
        set_preferences(connection, caller.workspace.id, caller.id, language=language, theme=theme)
    return RedirectResponse(local_path(next), status_code=303)


def local_path(address: str) -> str:
    """Return the address if it is a path of this house, else the home page: nobody may lead people away through us."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address and address.isprintable()
    parts = urlsplit(address) if plain else None
    return address if parts is not None and not parts.netloc and not parts.scheme and not parts.path.startswith("//") else "/"


def put_session_cookie(response: Response, settings: Settings, session: str) -> None:
    """Hand the browser its session. `Lax` lets a link in a mail open the page; changes need the CSRF token besides."""
    _put_cookie(response, settings, session_cookie_name(settings), session, None)


def _put_cookie(response: Response, settings: Settings, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")


def _device_cookie_name(settings: Settings) -> str:
    return "__Host-device" if settings.secure_cookies else "device"


def _form(request: Request, store: Store, status: int = 200, *, wait: int = 0, **context: Any) -> HTMLResponse:
    asked = request.query_params.get("language", "")
    language = asked if asked in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))
    with store.database.read() as connection:
        empty = not anybody(connection)
    settings: Settings = request.app.state.settings
    exposed = settings.secure_cookies and request.url.scheme == "http" and request.url.hostname not in LOOPBACK
    waiting = translations(language).ngettext("Wait %(num)s minute.", "Wait %(num)s minutes.", -(-wait // 60)) if wait else ""
    shown: dict[str, Any] = {
        "email": "",
        "next": "/",
        "refused": False,
        "workspaces": [],
        "empty": empty,
        "exposed": exposed,
    } | context
    nowhere = Workspace(id="", name="Corridor", language=language)
    response = public_page(request, nowhere, language, "access/sign_in.html", status, waiting=waiting, **shown)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
