"""The door of the house: the Segment HTTP API. It answers 200 when the request is on the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from corridor.collect.accept import LARGEST_BODY, inflate, key_of, read
from corridor.ground.access import KeyRing
from corridor.ground.problems import Problem, TooLarge, Unauthorised
from corridor.ground.store import Store

KINDS = {
    "track": "track", "identify": "identify", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
    "batch": "batch", "import": "import",
    "t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias", "b": "batch",
}  # fmt: skip
"""The paths under /v1 and what they carry; the browser's SDK uses single letters."""

_FROM_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Retry-Count",
    "Access-Control-Max-Age": "86400",
}
_ACCEPTED = b'{"success":true,"accepted":%d}'


def ring_of(request: Request) -> KeyRing:
    """Return the application's ring of write keys."""
    state = request.app.state
    if not hasattr(state, "key_ring"):
        state.key_ring = KeyRing(state.store)
    ring: KeyRing = state.key_ring
    return ring


async def body_of(request: Request) -> bytes:
    """Read a body that is no larger than a request may be.

    Raises:
        TooLarge: it is; no more than the limit was read.
    """
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise TooLarge(f"The request is larger than {LARGEST_BODY:,} bytes. Send smaller batches.", code="too_large")
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLarge(f"The request is larger than {LARGEST_BODY:,} bytes. Send smaller batches.", code="too_large")
        parts.append(part)
    return b"".join(parts)


def _door(kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def accept(request: Request) -> Response:
        try:
            return await _accept(request, kind)
        except Problem as problem:
            headers = dict(_FROM_ANYWHERE)
            if problem.retry_after is not None:
                headers["Retry-After"] = str(problem.retry_after)
            return JSONResponse(
                problem.as_dict(), status_code=problem.status, headers=headers, media_type="application/problem+json"
            )
        except ClientDisconnect:
            return Response(status_code=400)

    return accept


async def _accept(request: Request, kind: str) -> Response:
    body = inflate(await body_of(request), request.headers.get("content-encoding", "").strip().lower())
    accepted = read(body, kind)
    key = key_of(request.headers.get("authorization", "")) or accepted.write_key
    if not key:
        raise Unauthorised("Send a write key: as the user of Basic, or as writeKey in the body.", code="no_key")
    found = ring_of(request).workspace_of_write_key(key)
    if found is None:
        raise Unauthorised("This write key does not work. Make one with 'corridor key create write'.", code="bad_key")
    workspace_id, source = found
    store: Store = request.app.state.store
    await store.journal.append_soon(workspace_id, source, kind, body, accepted.count)
    if accepted.wrong is not None:
        wrong = accepted.wrong
        reasons = [{"position": 0, "code": wrong.code, "field": wrong.field, "reason": str(wrong)}]
        return JSONResponse({"success": True, "accepted": 0, "quarantined": reasons}, headers=_FROM_ANYWHERE)
    return Response(_ACCEPTED % accepted.count, media_type="application/json", headers=_FROM_ANYWHERE)


async def _before(_request: Request) -> Response:
    return Response(status_code=204, headers=_FROM_ANYWHERE)


async def _settings(request: Request) -> Response:
    """Tell the Segment SDKs of browser and phone where to send."""
    key = request.path_params["key"]
    if ring_of(request).workspace_of_write_key(key) is None:
        problem = Unauthorised("This write key does not work.", code="bad_key")
        return JSONResponse(problem.as_dict(), status_code=401, headers=_FROM_ANYWHERE, media_type="application/problem+json")
    host = f"{request.url.netloc}/v1"
    integrations = {"Segment.io": {"apiKey": key, "apiHost": host, "protocol": request.url.scheme}}
    return JSONResponse({"integrations": integrations, "plan": {}}, headers=_FROM_ANYWHERE)


routes = [
    *(Route(f"/v1/{path}", _door(kind), methods=["POST"]) for path, kind in KINDS.items()),
    *(Route(f"/v1/{path}", _before, methods=["OPTIONS"]) for path in KINDS),
    Route("/v1/projects/{key}/settings", _settings, methods=["GET"]),
]
