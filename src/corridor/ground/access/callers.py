"""Who asks? FastAPI dependencies that give a page or an API operation its `Caller`, or refuse. They check CSRF, too.

Sees         everybody who is signed in
Works        works on cases and conversations
Configures   changes touchpoints, surveys and rules
Administers  changes people, keys and the workspace
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request

from corridor.ground.access.facts import ADMINISTERS, CONFIGURES, ROLES, WORKS, Actor, Caller
from corridor.ground.access.keys import find_key, note_use
from corridor.ground.access.sessions import find_session, note_session
from corridor.ground.access.workspaces import find_workspace
from corridor.ground.problems import Forbidden, Unauthorised
from corridor.ground.vocabulary import SECOND, now

if TYPE_CHECKING:
    from corridor.ground.settings import Settings
    from corridor.ground.store import Store

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInFirst(Exception):
    """A page was asked for by somebody who is not signed in; `address` is the sign-in page that leads back."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def session_cookie_name(settings: Settings) -> str:
    """Return the name of the session's cookie. `__Host-` makes the browser refuse it from another host, or without https.

    Browsers treat this computer's own address (http://127.0.0.1, http://localhost) as safe, so the prefix stays even there.
    """
    return "__Host-sid" if settings.secure_cookies else "sid"


async def find_caller(connection: HTTPConnection) -> Caller | None:
    """Return who asks, by session or secret key, or None. Asked once a request and kept."""
    if not hasattr(connection.state, "caller"):
        connection.state.caller = await run_in_threadpool(_look_up, connection)
    caller: Caller | None = connection.state.caller
    return caller


async def still_in(connection: HTTPConnection) -> bool:
    """Say whether who asked may still come in; a page that stays open for live news asks every few seconds."""
    return await run_in_threadpool(_look_up, connection) is not None


async def caller_of(request: Request) -> Caller:
    """Return who asks; a change that a browser asks for must come from one of our own pages.

    Raises:
        Forbidden: the form's token is not the session's.
        SignInFirst: nobody is signed in, and this is a page.
        Unauthorised: no key or session that works came with it.
    """
    caller = await find_caller(request)
    if caller is None:
        raise _not_signed_in(request)
    if caller.by == "session" and request.method not in SAFE_METHODS:
        await check_csrf(request, caller)
    return caller


class Requires:
    """A dependency that lets in callers of the given roles."""

    def __init__(self, roles: frozenset[str], doing: str) -> None:
        self.roles = roles
        self.doing = doing

    async def __call__(self, request: Request) -> Caller:
        """Return the caller.

        Raises:
            Forbidden: names the role and what it is not for.
        """
        # Asked for here rather than declared: each declared dependency of some two hundred handlers costs time at every start.
        caller = await caller_of(request)
        if caller.role not in self.roles:
            raise Forbidden(f"The role {caller.role} does not {self.doing}. Ask an administrator.", code="role_not_allowed")
        return caller


Sees = Annotated[Caller, Depends(Requires(frozenset(ROLES), "see this"))]
Works = Annotated[Caller, Depends(Requires(WORKS, "work on cases and conversations"))]
Configures = Annotated[Caller, Depends(Requires(CONFIGURES, "change touchpoints, surveys and rules"))]
Administers = Annotated[Caller, Depends(Requires(ADMINISTERS, "change people, keys and the workspace"))]


def actor(caller: Caller, request: HTTPConnection) -> Actor:
    """Return the caller as the audit names them."""
    return Actor(id=caller.id, name=caller.name, address=request.client.host if request.client else "")


def is_same_origin(request: HTTPConnection) -> bool:
    """Say whether a browser sent this from one of our own pages. A program that sends neither header is not a browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or (
        urlsplit(origin).netloc == request.headers.get("host") and urlsplit(origin).scheme in ("http", "https")
    )


async def check_csrf(request: Request, caller: Caller) -> None:
    """Refuse a change that another site made the browser ask for.

    Raises:
        Forbidden: tells the person to load the page again.
    """
    sent = request.headers.get("x-csrf-token") or str((await request.form()).get("csrf", ""))
    if not is_same_origin(request) or not hmac.compare_digest(sent.encode(), caller.csrf.encode()):
        raise Forbidden("This form is out of date, or came from another site. Load the page again and repeat.", code="csrf")


def _not_signed_in(request: Request) -> Exception:
    path = request.url.path
    if path.startswith("/api/") or request.headers.get("authorization"):
        return Unauthorised(
            "Send a secret key as `Authorization: Bearer sk_…` (`corridor key create secret` makes one), or sign in.",
            code="unauthorised",
        )
    if request.method not in SAFE_METHODS:
        return SignInFirst("/sign-in")
    asked = path + (f"?{request.url.query}" if request.url.query else "")
    return SignInFirst("/sign-in" if asked == "/" else f"/sign-in?next={quote(asked, safe='/')}")


def _look_up(connection: HTTPConnection) -> Caller | None:
    store: Store = connection.app.state.store
    settings: Settings = connection.app.state.settings
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _of_key(store, text.strip())
    cookie = connection.cookies.get(session_cookie_name(settings), "")
    if not cookie:
        return None
    with store.database.read() as database:
        known = find_session(database, cookie, settings)
    if known is None:
        return None
    if known.note_it:
        with store.database.write() as database:
            note_session(database, known.caller.workspace.id, known.token_hash)
    return known.caller


def _of_key(store: Store, text: str) -> Caller | None:
    with store.database.read() as database:
        found = find_key(database, text, "secret")
        workspace = find_workspace(database, found[0]) if found else None
    if found is None or workspace is None:
        return None
    key = found[1]
    if key.last_used_at is None or key.last_used_at < now() - 60 * SECOND:
        with store.database.write() as database:
            note_use(database, workspace.id, key.id)
    return Caller(
        workspace=workspace, id=key.id, name=key.name, email="", role=key.role, language="fa" if workspace.language == "fa" else "en",
        theme="system", csrf="", by="key",
    )  # fmt: skip
