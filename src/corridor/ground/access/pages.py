"""The settings of a workspace: its name and zone, its people, keys and audit, one's own account, and the workspaces of the house."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from corridor.ground.access import people
from corridor.ground.access.audit import actions, kinds_of_action, record_action
from corridor.ground.access.callers import Administers, Sees, actor
from corridor.ground.access.facts import ROLES, Caller
from corridor.ground.access.heads import first_break
from corridor.ground.access.keys import create_key, keys_of, revoke_key
from corridor.ground.access.sessions import begin_session
from corridor.ground.access.sign_in import put_session_cookie
from corridor.ground.access.sign_in import router as sign_in_router
from corridor.ground.access.words import ACTIONS, sentence
from corridor.ground.access.workspaces import add_workspace, change_workspace, workspaces
from corridor.ground.extensions import offer
from corridor.ground.problems import Forbidden, Problem
from corridor.ground.store import Store
from corridor.ground.ui import N_, NavItem, navigate, page, translations
from corridor.ground.vocabulary import Workspace
from corridor.ground.web import Storage, decode_cursor, encode_cursor

router = APIRouter(include_in_schema=False)
router.include_router(sign_in_router)

offer(NavItem(label=N_("Settings"), path="/settings", room="settings", order=90))

Word = Annotated[str, Form(max_length=200)]
Secret = Annotated[str, Form(max_length=2000)]

ON_A_PAGE = 50


def _errors(problem: Problem, language: str) -> dict[str, str]:
    return {problem.field or "form": sentence(problem, language)}


# --- the workspace ---------------------------------------------------------------------------------------------------


@router.get("/settings")
def workspace_page(request: Request, caller: Sees) -> Response:
    """Show the workspace's settings; who may not change them goes to their own account."""
    if not caller.administers:
        return RedirectResponse("/settings/account", status_code=303)
    return _workspace_page(request, caller, caller.workspace, {})


@router.post("/settings")
def change_settings(
    request: Request, caller: Administers, store: Storage, name: Word, zone: Word, currency: Word, region: Word, language: Word
) -> Response:
    """Keep the workspace's settings."""
    details = {
        "name": name.strip(),
        "zone": zone.strip(),
        "currency": currency.strip().upper(),
        "region": region.strip().upper(),
        "language": language,
    }
    try:
        with store.database.write() as connection:
            change_workspace(connection, caller.workspace, actor(caller, request), **details)
    except Problem as problem:
        shown = replace(caller.workspace, **details)
        return _workspace_page(request, caller, shown, _errors(problem, caller.language), problem.status)
    return navigate("/settings", translations(caller.language).gettext("Kept."))


def _workspace_page(
    request: Request, caller: Caller, shown: Workspace, errors: dict[str, str], status: int = 200
) -> HTMLResponse:
    regions = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/")))
    zones = [*sorted(regions), "UTC"]
    return page(request, caller, "access/workspace.html", status, shown=shown, errors=errors, zones=zones)


# --- one's own account -----------------------------------------------------------------------------------------------


@router.get("/settings/account")
def account_page(request: Request, caller: Sees) -> HTMLResponse:
    """Show somebody's own account."""
    return page(request, caller, "access/account.html", errors={})


@router.post("/settings/account/password")
def change_password(request: Request, caller: Sees, store: Storage, present: Secret, password: Secret) -> Response:
    """Change one's own password; every other session of theirs ends, and this browser gets a new one."""
    settings = request.app.state.settings
    try:
        if not people.has_password(store, caller.workspace.id, caller.id, present):
            raise Forbidden("The present password is not right.", code="wrong_password", field="present")
        with store.database.write() as connection:
            people.set_password(connection, caller.workspace.id, caller.id, password, actor(caller, request))
            session = begin_session(connection, caller.workspace.id, caller.id, settings)
    except Problem as problem:
        return page(request, caller, "access/account.html", problem.status, errors=_errors(problem, caller.language))
    response = navigate(
        "/settings/account", translations(caller.language).gettext("Your password is changed. Other sessions have ended.")
    )
    put_session_cookie(response, settings, session)
    return response


# --- people ----------------------------------------------------------------------------------------------------------


@router.get("/settings/people")
def people_page(request: Request, caller: Administers, store: Storage) -> HTMLResponse:
    """Show who can sign in."""
    return _people_page(request, caller, store)


@router.post("/settings/people")
def add_person(
    request: Request,
    caller: Administers,
    store: Storage,
    email: Word,
    role: Word,
    password: Secret,
    name: Word = "",
    language: Word = "en",
) -> Response:
    """Let somebody sign in."""
    try:
        with store.database.write() as connection:
            by = actor(caller, request)
            people.add_person(connection, caller.workspace.id, email, role, password, by, name=name, language=language)
    except Problem as problem:
        given = {"email": email, "name": name, "role": role, "language": language}
        return _people_page(request, caller, store, problem.status, errors=_errors(problem, caller.language), given=given)
    return navigate("/settings/people", translations(caller.language).gettext("Added."))


@router.post("/settings/people/{person_id}/role")
def change_role(request: Request, caller: Administers, store: Storage, person_id: str, role: Word) -> Response:
    """Give somebody another role."""
    try:
        with store.database.write() as connection:
            people.change_role(connection, caller.workspace.id, person_id, role, actor(caller, request))
    except Problem as problem:
        return _refused_or_raised(request, caller, store, problem)
    return navigate("/settings/people", translations(caller.language).gettext("Kept."))


@router.post("/settings/people/{person_id}/disable")
def disable_person(request: Request, caller: Administers, store: Storage, person_id: str) -> Response:
    """Keep somebody from signing in."""
    try:
        with store.database.write() as connection:
            people.disable_person(connection, caller.workspace.id, person_id, actor(caller, request))
    except Problem as problem:
        return _refused_or_raised(request, caller, store, problem)
    return navigate("/settings/people", translations(caller.language).gettext("They cannot sign in any more."))


@router.post("/settings/people/{person_id}/enable")
def enable_person(request: Request, caller: Administers, store: Storage, person_id: str) -> Response:
    """Let somebody who was disabled sign in again."""
    with store.database.write() as connection:
        people.enable_person(connection, caller.workspace.id, person_id, actor(caller, request))
    return navigate("/settings/people", translations(caller.language).gettext("They can sign in again."))


def _refused_or_raised(request: Request, caller: Caller, store: Store, problem: Problem) -> HTMLResponse:
    if problem.status == 404:
        raise problem
    return _people_page(request, caller, store, problem.status, refusal=sentence(problem, caller.language))


def _people_page(request: Request, caller: Caller, store: Store, status: int = 200, **context: Any) -> HTMLResponse:
    with store.database.read() as connection:
        everybody = people.people_of(connection, caller.workspace.id)
    shown = {"errors": {}, "given": {}, "refusal": ""} | context
    return page(request, caller, "access/people.html", status, people=everybody, roles=ROLES, **shown)


# --- keys ------------------------------------------------------------------------------------------------------------


@router.get("/settings/keys")
def keys_page(request: Request, caller: Administers, store: Storage) -> HTMLResponse:
    """Show the keys, by their beginnings."""
    return _keys_page(request, caller, store)


@router.post("/settings/keys")
def make_key(
    request: Request, caller: Administers, store: Storage, kind: Word, name: Word = "", role: Word = "admin"
) -> Response:
    """Make a key and show it this once, in the answer itself: it must not travel in an address or a cookie."""
    try:
        with store.database.write() as connection:
            _, text = create_key(connection, caller.workspace.id, kind, actor(caller, request), name=name, role=role)
    except Problem as problem:
        return _keys_page(request, caller, store, problem.status, errors=_errors(problem, caller.language))
    return _keys_page(request, caller, store, made=text)


@router.post("/settings/keys/{key_id}/revoke")
def stop_key(request: Request, caller: Administers, store: Storage, key_id: str) -> Response:
    """Stop a key from working."""
    with store.database.write() as connection:
        revoke_key(connection, caller.workspace.id, key_id, actor(caller, request))
    return navigate("/settings/keys", translations(caller.language).gettext("The key does not work any more."))


def _keys_page(request: Request, caller: Caller, store: Store, status: int = 200, **context: Any) -> HTMLResponse:
    with store.database.read() as connection:
        found = keys_of(connection, caller.workspace.id)
    shown = {"errors": {}, "made": ""} | context
    return page(request, caller, "access/keys.html", status, keys=found, roles=ROLES, **shown)


# --- the audit -------------------------------------------------------------------------------------------------------


@router.get("/settings/audit")
def audit_page(
    request: Request,
    caller: Administers,
    store: Storage,
    action: Annotated[str, Query(max_length=100)] = "",
    by: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=100)] = "",
    verify: bool = False,
) -> HTMLResponse:
    """Show recorded actions, the newest first; `verify` walks the whole chain."""
    cursor = decode_cursor(after, int)
    with store.database.read() as connection:
        found = actions(
            connection,
            caller.workspace.id,
            action=action or None,
            by=by or None,
            before=cursor[0] if cursor else None,
            limit=ON_A_PAGE + 1,
        )
        kinds = kinds_of_action(connection, caller.workspace.id)
        broken = first_break(connection, caller.workspace.id, request.app.state.settings) if verify else None
    following = encode_cursor(found[ON_A_PAGE - 1].number) if len(found) > ON_A_PAGE else None
    chosen: dict[str, Any] = {"action": action, "by": by, "kinds": kinds, "names": ACTIONS}
    return page(
        request,
        caller,
        "access/audit.html",
        actions=found[:ON_A_PAGE],
        following=following,
        verified=verify,
        broken=broken,
        **chosen,
    )


# --- workspaces ------------------------------------------------------------------------------------------------------


@router.get("/settings/workspaces")
def workspaces_page(request: Request, caller: Administers, store: Storage) -> HTMLResponse:
    """Show the workspaces that somebody with the caller's address administers."""
    return _workspaces_page(request, caller, store)


@router.post("/settings/workspaces")
def make_workspace(request: Request, caller: Administers, store: Storage, short_name: Word, name: Word = "") -> Response:
    """Make a workspace with the caller as its administrator, set up like this one."""
    like = caller.workspace
    try:
        with store.database.write() as connection:
            made = add_workspace(
                connection,
                short_name.strip(),
                name=name.strip() or None,
                zone=like.zone,
                currency=like.currency,
                region=like.region,
                language=like.language,
            )
            people.copy_person(connection, like.id, caller.id, made.id, actor(caller, request))
            record_action(connection, made.id, actor(caller, request), "workspace added", made.id)
    except Problem as problem:
        given = {"short_name": short_name, "name": name}
        wrong = {"short_name" if problem.field == "id" else problem.field: sentence(problem, caller.language)}
        return _workspaces_page(request, caller, store, problem.status, errors=wrong, given=given)
    said = translations(caller.language).gettext("Added. Sign in again with the same password to enter it.")
    return navigate("/settings/workspaces", said)


def _workspaces_page(request: Request, caller: Caller, store: Store, status: int = 200, **context: Any) -> HTMLResponse:
    with store.database.read() as connection:
        mine = [
            one for one in workspaces(connection) if people.find_person_by_email(connection, one.id, caller.email) is not None
        ]
    shown = {"errors": {}, "given": {}} | context
    return page(request, caller, "access/workspaces.html", status, workspaces=mine, **shown)
