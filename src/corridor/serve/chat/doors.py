"""The doors that the widget uses, open to pages of any origin: what counts is the token in the header, never a cookie."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from corridor.ground.access import find_workspace, workspace_of_write_key
from corridor.ground.channels.chat import SILENCE, cross_origin, crossing, frame, network, pulse
from corridor.ground.problems import Invalid, NotFound, Problem, TooLarge
from corridor.ground.store import Store
from corridor.ground.vocabulary import now
from corridor.ground.web import Storage, problem_document
from corridor.serve.chat.receive import as_seen, begin_session, history, note_seen, take_message, tell_typing
from corridor.serve.chat.settings import ensure_chat_settings, find_chat_settings
from corridor.serve.chat.visitors import holder, visitor_now
from corridor.serve.chat.wording import wording
from corridor.serve.conversations import heard_by, running_with_audience
from corridor.serve.facts import ChatSettings

LARGEST_BODY = 65_536
LISTENS_FOR = 600
"""Seconds after which a stream ends by itself; the browser comes back at once, and nothing hangs on for ever."""
HEARTBEAT = 15.0


class CrossOriginRoute(APIRoute):
    """A route whose every answer, problems included, a page of another origin can read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the headers put on its answers."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return cross_origin(await handle(request))
            except Problem as problem:
                return cross_origin(problem_document(problem))
            except RequestValidationError as error:
                return cross_origin(problem_document(Invalid(str(error.errors()[0]["msg"]), code="invalid")))

        return answer


router = APIRouter(prefix="/chat", include_in_schema=False, route_class=CrossOriginRoute)


@dataclass(frozen=True, slots=True)
class Held:
    """Who asks, proven by the token: workspace, settings, visitor."""

    store: Store
    workspace_id: str
    settings: ChatSettings
    visitor_id: str


async def _body(request: Request) -> dict[str, Any]:
    """Read a JSON object, whatever the content type says: plain text spares the browser a pre-flight."""
    received = await request.body()
    if len(received) > LARGEST_BODY:
        raise TooLarge(f"This has {len(received)} bytes; up to {LARGEST_BODY} are read here.", code="too_large")
    try:
        body = json.loads(received)
    except (ValueError, RecursionError) as error:
        raise Invalid('The body is not JSON. Send an object such as {"text": "Hello"}.', code="bad_json") from error
    if not isinstance(body, dict):
        raise Invalid("The body is not a JSON object.", code="bad_json")
    return body


def _held(request: Request, store: Storage) -> Held:
    with store.database.read() as connection:
        workspace_id, settings, visitor_id = holder(connection, request.headers.get("authorization", ""))
    return Held(store, workspace_id, settings, visitor_id)


Said = Annotated[dict[str, Any], Depends(_body)]
Holds = Annotated[Held, Depends(_held)]


@router.options("/{rest:path}")
async def preflight(rest: str) -> Response:
    """Tell a browser that any page may ask."""
    return Response(status_code=204, headers=crossing())


@router.get("/{write_key}/config")
def config(write_key: str, store: Storage, language: Annotated[str, Query(max_length=35)] = "") -> JSONResponse:
    """Tell the widget how it looks and what it says."""
    with store.database.read() as connection:
        found = workspace_of_write_key(connection, write_key)
        workspace = find_workspace(connection, found[0]) if found else None
        settings = find_chat_settings(connection, workspace.id) if workspace else None
    if workspace is None:
        raise NotFound("This write key is not known, or was revoked. Take a new one from the desk.", code="bad_write_key")
    if settings is None:
        with store.database.write() as connection:
            settings = ensure_chat_settings(connection, workspace)
    spoken = settings.language if settings.language != "auto" else language or workspace.language
    return JSONResponse(wording(settings, spoken), headers={"Cache-Control": "public, max-age=60"})


@router.post("/session")
def session(store: Storage, said: Said) -> JSONResponse:
    """Give a browser its token, and tell whether it is believed to be the user it claims."""
    return JSONResponse(begin_session(store, said).as_dict())


@router.get("/messages")
def messages(holds: Holds, before: int | None = None) -> JSONResponse:
    """Give the latest messages, or those before a number."""
    return JSONResponse(history(holds.store, holds.workspace_id, holds.visitor_id, before=before))


@router.post("/messages")
def message(request: Request, holds: Holds, said: Said) -> JSONResponse:
    """Take a message; the answer comes when it is kept."""
    asks = network(request, holds.settings.token_secret)
    taken = take_message(holds.store, holds.workspace_id, holds.visitor_id, asks, said)
    return JSONResponse(as_seen(taken, holds.visitor_id))


@router.post("/typing")
def typing(holds: Holds) -> Response:
    """Let the desk see that the visitor writes."""
    tell_typing(holds.store, holds.workspace_id, holds.visitor_id)
    return Response(status_code=204)


@router.post("/read")
def read(holds: Holds, said: Said) -> Response:
    """Keep that the visitor has read our words up to a number."""
    note_seen(holds.store, holds.workspace_id, holds.visitor_id, _number(said.get("number")), read=True)
    return Response(status_code=204)


@router.get("/events")
async def events(request: Request, store: Storage, after: int = 0) -> StreamingResponse:
    """Stream what the visitor may see, from a number on, and then as it comes."""
    holds = await run_in_threadpool(_held, request, store)
    begin = _number(request.headers.get("last-event-id")) or after
    return StreamingResponse(
        _stream(holds, begin), media_type="text/event-stream", headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    )


async def _stream(holds: Held, after: int) -> AsyncIterator[str]:
    audience = await run_in_threadpool(_audience, holds)
    until = now() + LISTENS_FOR * 1_000_000
    news = holds.store.news.listen(holds.workspace_id, {"chat", "chat-typing"})
    async for piece in pulse(news, HEARTBEAT):
        if now() > until:
            return
        if piece.news == ("chat-typing", audience):
            yield frame("typing", {})
        elif piece.news is None or piece.news == ("chat", audience):
            # The first time gives what was missed; later quiet moments look as well, for news may be lost between processes.
            frames, after = await run_in_threadpool(_missed, holds, audience, after)
            yield frames or SILENCE


def _audience(holds: Held) -> str:
    with holds.store.database.read() as connection:
        return visitor_now(connection, holds.workspace_id, holds.visitor_id).audience


def _missed(holds: Held, audience: str, after: int) -> tuple[str, int]:
    """Return the frames that a browser which has seen the number `after` still lacks, and the number it will have seen then."""
    with holds.store.database.read() as connection:
        found = heard_by(connection, holds.workspace_id, audience, after=after)
        running = running_with_audience(connection, holds.workspace_id, audience, now())
    frames = [frame("message", as_seen(one, holds.visitor_id), id=one.number) for one in found]
    if any(one.direction == "out" for one in found):
        note_seen(holds.store, holds.workspace_id, holds.visitor_id, found[-1].number, read=False)
    closed = running is not None and running.state == "closed"
    frames.append(frame("state", {"closed": closed}))
    return "".join(frames), found[-1].number if found else after


def _number(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return 0
    return number if 0 <= number < 2**62 else 0
