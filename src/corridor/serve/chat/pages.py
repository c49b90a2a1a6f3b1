"""The script that other people's pages load, the page to try it on, and the desk's page of the chat's settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from corridor.ground.access import Administers, Caller, Configures, actor, find_workspace, workspace_of_write_key
from corridor.ground.channels.chat import identifier_hash
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.ui import asset_file, navigate, page, public_page, translations
from corridor.ground.web import Storage, content_policy
from corridor.serve.chat import doors
from corridor.serve.chat.settings import (
    change_chat_settings,
    ensure_chat_settings,
    find_chat_settings,
    renew_test_key,
    renew_widget_secret,
)
from corridor.serve.chat.wording import wording

router = APIRouter(include_in_schema=False)
router.include_router(doors.router)

PACKED = ((".br", "br"), (".gz", "gzip"))
SETTINGS_PAGE = "/conversations/widget"


@router.get("/sdk/corridor.js")
def script(request: Request) -> Response:
    """Answer with the browser SDK and widget; any page may load it, and asks again every hour."""
    file = asset_file("sdk/corridor.js")
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }
    accepted = request.headers.get("accept-encoding", "")
    for suffix, encoding in PACKED:
        packed = file.with_name(file.name + suffix)
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type="text/javascript", headers=headers | {"Content-Encoding": encoding})
    return FileResponse(file, media_type="text/javascript", headers=headers)


@router.get("/sdk/demo/{workspace_id}")
def demo_page(request: Request, workspace_id: str, store: Storage, language: str = "") -> HTMLResponse:
    """Show a page of a make-believe shop with the widget on it, to try it from the customer's side."""
    with store.database.read() as connection:
        workspace = find_workspace(connection, workspace_id)
        settings = find_chat_settings(connection, workspace_id) if workspace else None
    if workspace is None:
        raise NotFound("There is no such workspace.")
    if settings is None:
        with store.database.write() as connection:
            settings = ensure_chat_settings(connection, workspace)
    with store.database.read() as connection:
        works = workspace_of_write_key(connection, settings.test_key) is not None
    spoken = language if language in ("en", "fa") else workspace.language
    shown = public_page(
        request, workspace, spoken, "serve/chat/demo.html",
        settings=settings, works=works, host=_host(request), name=wording(settings, spoken)["name"],
    )  # fmt: skip
    shown.headers["Content-Security-Policy"] = content_policy()
    return shown


@router.get(SETTINGS_PAGE)
def settings_page(request: Request, caller: Configures, store: Storage) -> HTMLResponse:
    """Show how the chat looks, the lines to put on a page, and how a signed-in user is proven."""
    return _settings_page(request, caller, store)


def _settings_page(request: Request, caller: Caller, store: Storage, problem: Invalid | None = None) -> HTMLResponse:
    with store.database.read() as connection:
        settings = find_chat_settings(connection, caller.workspace.id)
    if settings is None:
        with store.database.write() as connection:
            settings = ensure_chat_settings(connection, caller.workspace)
    return page(
        request, caller, "serve/chat/settings.html", status=problem.status if problem else 200,
        settings=settings, host=_host(request), problem=problem,
        example=identifier_hash(settings.widget_secret, "user-1001") if caller.administers else "",
    )  # fmt: skip


@router.post(SETTINGS_PAGE)
def change_settings(
    request: Request,
    caller: Configures,
    store: Storage,
    name: Annotated[str, Form()] = "",
    colour: Annotated[str, Form()] = "",
    greeting: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "auto",
) -> Response:
    """Keep how the chat looks."""
    try:
        with store.database.write() as connection:
            change_chat_settings(
                connection,
                caller.workspace,
                actor(caller, request),
                name=name,
                colour=colour,
                greeting=greeting,
                language=language,
            )
    except Invalid as problem:
        return _settings_page(request, caller, store, problem)
    _ = translations(caller.language).gettext
    return navigate(SETTINGS_PAGE, _("Kept. Open pages show it within a minute."))


@router.post(f"{SETTINGS_PAGE}/secret")
def new_secret(request: Request, caller: Administers, store: Storage) -> Response:
    """Make a new widget secret; the former counts for one more day."""
    with store.database.write() as connection:
        renew_widget_secret(connection, caller.workspace, actor(caller, request))
    _ = translations(caller.language).gettext
    return navigate(SETTINGS_PAGE, _("There is a new secret. The former one counts for one more day."))


@router.post(f"{SETTINGS_PAGE}/test-key")
def new_test_key(request: Request, caller: Administers, store: Storage) -> Response:
    """Make a new write key for the test page."""
    with store.database.write() as connection:
        renew_test_key(connection, caller.workspace, actor(caller, request))
    _ = translations(caller.language).gettext
    return navigate(SETTINGS_PAGE, _("The test page has a new key."))


def _host(request: Request) -> str:
    """Return the address that pages of others reach this house under: the configured one, or the one that was just used."""
    configured: str = request.app.state.settings.address
    return configured.rstrip("/") or f"{request.url.scheme}://{request.headers.get('host', '127.0.0.1')}"
