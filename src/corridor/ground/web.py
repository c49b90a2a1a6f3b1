"""What every page and API operation shares: storage, filters, cursors, problems and the content policy."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from corridor.ground.access.callers import SignInFirst, caller_of, find_caller
from corridor.ground.cursors import decode_cursor, encode_cursor
from corridor.ground.filters import DEFAULT_PRESET, LONGEST, PARAMETERS, Filters, read_filters
from corridor.ground.problems import Invalid, NotFound, Problem
from corridor.ground.store import Store

__all__ = [
    "INGEST_PATHS",
    "Filtered",
    "FilteredWhole",
    "Filters",
    "ReadsFilters",
    "Storage",
    "answer_failure",
    "answer_problem",
    "content_policy",
    "decode_cursor",
    "encode_cursor",
    "install_problems",
    "is_machine_path",
    "problem_document",
    "read_filters",
]

log = structlog.get_logger("web")

MACHINE_PATHS = ("/api/", "/v1/", "/in/", "/mcp", "/healthz", "/readyz", "/metrics")
"""Paths that programs call: their problems are documents (RFC 9457), not pages."""

INGEST_PATHS = ("/v1/", "/in/")
"""Paths that set their own limits on a body, and are counted rather than logged."""

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-elem": "'self'",
    # The width of a bar is a style attribute; an attribute cannot fetch or run anything.
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}


def content_policy(**changes: str) -> str:
    """Return the content security policy, with some directives changed: `content_policy(frame_ancestors="*")` for a page that others embed."""
    changed = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in changed.items())


# --- storage and filters ---------------------------------------------------------------------------------------------


async def _storage(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


class ReadsFilters:
    """Reads the filters of a request; where it names no period, the usual one is meant."""

    def __init__(self, usual: str) -> None:
        self.usual = usual

    async def __call__(self, request: Request) -> Filters:
        """Return the filters.

        Raises:
            Invalid: names the parameter and what it may be.
        """
        # Read by hand: declared parameters of some fifty handlers would cost a fifth of a second at each start.
        sent = {name: value for name, value in request.query_params.items() if name in PARAMETERS}
        for name, value in sent.items():
            if len(value) > LONGEST:
                raise Invalid(f"{name} is longer than any that there is.", code="too_long", field=name)
        first, last = sent.get("from"), sent.get("to")
        period = sent.get("period") or (None if first or last else self.usual)
        caller = await caller_of(request)
        return read_filters(
            caller.workspace, period=period, first=first, last=last, segment=sent.get("segment"), channel=sent.get("channel")
        )


Storage = Annotated[Store, Depends(_storage)]
Filtered = Annotated[Filters, Depends(ReadsFilters(DEFAULT_PRESET))]
"""The filters of a page: the last 90 days unless the address says otherwise."""
FilteredWhole = Annotated[Filters, Depends(ReadsFilters("all"))]
"""The filters of a question over the API: all that there is unless it names a period."""


# --- problems --------------------------------------------------------------------------------------------------------


def is_machine_path(path: str) -> bool:
    """Say whether programs call this path, so that a problem is answered as a document."""
    return path.startswith(MACHINE_PATHS)


def problem_document(problem: Problem, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """Return the problem as an RFC 9457 document."""
    sent = dict(headers or {})
    if problem.retry_after is not None:
        sent["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        sent["WWW-Authenticate"] = 'Bearer realm="corridor"'
    return JSONResponse(problem.as_dict() | more, status_code=problem.status, headers=sent, media_type="application/problem+json")


async def answer_problem(request: Request, problem: Problem, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """Return the problem in the form that fits who asked: a document for a program, a page for a person."""
    if is_machine_path(request.url.path):
        return problem_document(problem, headers, **more)
    from corridor.ground.ui import problem_page

    try:
        caller = await find_caller(request)
    except Problem:
        caller = None
    response: Response = problem_page(request, problem, caller)
    response.headers.update(headers or {})
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def install_problems(app: FastAPI) -> None:
    """Let every refusal and every failure leave the house as a problem."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> Response:
        return await answer_problem(request, problem)

    @app.exception_handler(SignInFirst)
    async def _sign_in(request: Request, refusal: SignInFirst) -> Response:
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": refusal.address})
        return RedirectResponse(refusal.address, status_code=303)

    @app.exception_handler(RequestValidationError)
    async def _values(request: Request, error: RequestValidationError) -> Response:
        wrong = [{"field": _field(one["loc"]), "detail": str(one["msg"])} for one in error.errors()]
        sentence = "; ".join(f"{one['field']}: {one['detail']}" for one in wrong[:5])
        problem = Invalid(f"{sentence}.", code="invalid", field=wrong[0]["field"] if wrong else "")
        return await answer_problem(request, problem, errors=wrong)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, Problem):
            return await answer_problem(request, error.__cause__)
        return await answer_problem(request, _problem_of(error, request), dict(error.headers or {}))


async def answer_failure(request: Request) -> Response:
    """Return what to say when we fail: that it is our fault, and where the log tells more."""
    problem = Problem(
        f"Something went wrong on our side. Trying again may help; the log tells more under {request.scope['request_id']}.",
        code="failure",
    )
    problem.status, problem.title = 500, "Something went wrong"
    try:
        return await answer_problem(request, problem)
    except Exception:
        # The page of the problem fails as well, such as when the pages are not built: still answer with a sentence.
        log.exception("the page of a failure failed", request=request.scope["request_id"])
        return PlainTextResponse(problem.detail, status_code=500)


def _field(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place if part not in ("body", "query", "path", "header")) or str(
        place[-1] if place else ""
    )


def _problem_of(error: HTTPException, request: Request) -> Problem:
    if error.status_code == 404:
        return NotFound(f"There is nothing at {request.url.path}.")
    problem = Problem(
        f"{request.method} is not possible here." if error.status_code == 405 else str(error.detail),
        code="method_not_allowed" if error.status_code == 405 else "bad_request",
    )
    problem.status = error.status_code
    if error.status_code == 405:
        problem.title = "Not possible here"
    return problem
