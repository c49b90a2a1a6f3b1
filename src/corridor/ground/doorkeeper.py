"""Stands at the door of every request: limits its body, puts the security headers on its answer, ends live streams with their session, logs it."""

from __future__ import annotations

import asyncio
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corridor.ground.access.callers import still_in
from corridor.ground.figures import request_seconds
from corridor.ground.problems import Problem, TooLarge
from corridor.ground.vocabulary import new_id
from corridor.ground.web import INGEST_PATHS, answer_failure, content_policy

log = structlog.get_logger("web")

BODY_WITHIN = 30
"""Seconds in which a caller must have sent the body of a request."""

LOOK_EVERY = 4.0
"""Seconds between two looks whether the session of somebody who listens to a live page still holds."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TooSlow(Problem):
    """A body that does not come in time."""

    status = 408
    title = "Too slow"


class Doorkeeper:
    """Guards every request: limits its body, puts the security headers on its answer, and logs it without personal data."""

    def __init__(self, app: ASGIApp, largest_request: int) -> None:
        self.app = app
        self.largest_request = largest_request
        self.headers = [
            ("content-security-policy", content_policy()),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            # What a person sees must not stay in a shared cache; what may stay (scripts, fonts) says so itself.
            ("cache-control", "no-store"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, guarded."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["request_id"] = new_id()
        begun, status = time.perf_counter(), 0
        ingest = scope["path"].startswith(INGEST_PATHS)
        listener = Listener(scope, self._limited(receive, by_size=not ingest))

        async def guarded_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(message, scope)
                listener.begin(message)
            await send(message)

        try:
            await self.app(scope, listener.receive, guarded_send)
            if listener.sent_away:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception:
            log.exception("request failed", request=scope["request_id"], method=scope["method"], path=_shape(scope))
            if status == 0:
                answer = await answer_failure(Request(scope))
                await answer(scope, receive, guarded_send)
            # The server closes the connection, and a test sees what failed.
            raise
        finally:
            listener.end()
            took = time.perf_counter() - begun
            request_seconds().labels(_method(scope), _shape(scope), str(status)).observe(took)
            if not ingest:
                log.info(
                    "request",
                    method=scope["method"],
                    path=_shape(scope),
                    status=status,
                    ms=round(took * 1000, 1),
                    request=scope["request_id"],
                )

    def _add_headers(self, message: Message, scope: Scope) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self.headers:
            headers.setdefault(name, value)
        if scope["scheme"] == "https":
            headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")

    def _limited(self, receive: Receive, *, by_size: bool) -> Receive:
        """Return a `receive` that gives up on a body which is too large or comes too slowly."""
        seen, whole, deadline = 0, False, asyncio.get_running_loop().time() + BODY_WITHIN

        async def limited() -> Message:
            nonlocal seen, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(f"The body did not come within {BODY_WITHIN} seconds. Send it again.", code="too_slow") from None
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if by_size and seen > self.largest_request:
                raise TooLarge(f"This is over {self.largest_request} bytes. Send less at once.", code="too_large")
            return message

        return limited


class Listener:
    """Watches the session behind a live page (server-sent events) and sends the page away when the session has ended."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.sent_away = False
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    def begin(self, start: Message) -> None:
        """Begin to watch, if this answer is a live page of somebody with a session."""
        caller = self.scope.get("state", {}).get("caller")
        is_live = any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"])
        if is_live and caller is not None and caller.by == "session":
            self._watch = asyncio.create_task(self._look())

    async def receive(self) -> Message:
        """Return the next message of the caller, or their leaving once they are sent away."""
        if self.scope["method"] != "GET":
            return await self._receive()
        message, gone = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({message, gone}, return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            gone.cancel()

    def end(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()

    async def _look(self) -> None:
        # Nobody tells when a session has ended, so there is nothing to wait for.
        while await still_in(HTTPConnection(self.scope)):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY)
        self.sent_away = True
        self._gone.set()


def _shape(scope: Scope) -> str:
    """Return the route's pattern rather than the path: an id or an address in a path is somebody's."""
    route = scope.get("route")
    if route is None and "endpoint" in scope and not scope.get("path_params"):
        return str(scope["path"])
    return str(getattr(route, "path", None) or "(no route)")


def _method(scope: Scope) -> str:
    """Return the method, or `other` for an invented one, so that nobody can fill the figures with names."""
    return scope["method"] if scope["method"] in METHODS else "other"
