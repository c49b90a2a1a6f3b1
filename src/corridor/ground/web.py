"""What every page and API operation shares: storage, filters, cursors, problems and the content policy."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Annotated, Any, TypedDict
from zoneinfo import ZoneInfo

import structlog
from fastapi import Depends, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from corridor.ground.access.callers import Sees, SignInFirst, find_caller
from corridor.ground.problems import Invalid, NotFound, Problem
from corridor.ground.store import Store
from corridor.ground.vocabulary import Period, Workspace, from_datetime

log = structlog.get_logger("web")

MACHINE_PATHS = ("/api/", "/v1/", "/in/", "/mcp", "/healthz", "/readyz", "/metrics")
"""Paths that programs call: their problems are documents (RFC 9457), not pages."""

INGEST_PATHS = ("/v1/", "/in/")
"""Paths that set their own limits on a body, and are counted rather than logged."""

PRESETS = {"30d": 30, "90d": 90, "365d": 365}
DEFAULT_PRESET = "90d"

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


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page or a question is narrowed to; it stands in the URL, so that every view can be kept and shared."""

    period: Period
    preset: str
    """`30d`, `90d`, `365d`, `all`, or `own` for two chosen days."""
    segment: str | None = None
    channel: str | None = None
    first: date | None = None
    last: date | None = None
    """The first and the last day of an `own` period."""

    def as_query(self) -> dict[str, str]:
        """Return the parameters that lead to these filters again; what is as by default is left out."""
        chosen: dict[str, str | None] = {"segment": self.segment, "channel": self.channel}
        if self.preset == "own":
            chosen |= {"from": self.first.isoformat() if self.first else None, "to": self.last.isoformat() if self.last else None}
        elif self.preset != DEFAULT_PRESET:
            chosen["period"] = self.preset
        return {name: value for name, value in chosen.items() if value}


class _Narrowed(TypedDict):
    segment: str | None
    channel: str | None


def read_filters(
    workspace: Workspace,
    *,
    period: str | None = None,
    first: str | None = None,
    last: str | None = None,
    segment: str | None = None,
    channel: str | None = None,
    today: date | None = None,
) -> Filters:
    """Return the filters that these words mean; days are the workspace's.

    Raises:
        Invalid: names the parameter and what it may be.
    """
    tomorrow = (today or datetime.now(ZoneInfo(workspace.zone)).date()) + timedelta(days=1)
    narrowed = _Narrowed(segment=segment or None, channel=channel or None)
    if first or last:
        begin = _day(first, "from") if first else None
        end = _day(last, "to") if last else None
        if begin and end and begin > end:
            raise Invalid(f"The period ends on {end} before it begins on {begin}.", code="bad_period", field="to")
        span = Period(
            _midnight(begin, workspace) if begin else 0, _midnight((end + timedelta(days=1)) if end else tomorrow, workspace)
        )
        return Filters(span, "own", first=begin, last=end, **narrowed)
    preset = period or DEFAULT_PRESET
    if preset == "all":
        return Filters(Period(0, _midnight(tomorrow, workspace)), preset, **narrowed)
    if preset not in PRESETS:
        raise Invalid(
            f"{preset!r} is not a period. Use 30d, 90d, 365d or all, or two days as from= and to=.",
            code="bad_period",
            field="period",
        )
    return Filters(
        Period(_midnight(tomorrow - timedelta(days=PRESETS[preset]), workspace), _midnight(tomorrow, workspace)),
        preset,
        **narrowed,
    )


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day. Write it as 2026-03-21.", code="bad_day", field=name) from None
    if not 1970 <= day.year <= 9000:
        raise Invalid(f"{text!r} is out of range. Use a year from 1970 on.", code="bad_day", field=name)
    return day


def _midnight(day: date, workspace: Workspace) -> int:
    return from_datetime(datetime.combine(day, clock.min, ZoneInfo(workspace.zone)))


class _ReadsFilters:
    """Reads the filters of a request; where it names no period, the usual one is meant."""

    def __init__(self, usual: str) -> None:
        self.usual = usual

    async def __call__(
        self,
        caller: Sees,
        period: Annotated[str | None, Query(description="30d, 90d, 365d or all", max_length=10)] = None,
        first: Annotated[str | None, Query(alias="from", description="First day, such as 2026-01-01", max_length=10)] = None,
        last: Annotated[str | None, Query(alias="to", description="Last day, included", max_length=10)] = None,
        segment: Annotated[str | None, Query(description="Key of a segment", max_length=200)] = None,
        channel: Annotated[str | None, Query(description="Key of a channel", max_length=50)] = None,
    ) -> Filters:
        chosen = period or (None if first or last else self.usual)
        return read_filters(caller.workspace, period=chosen, first=first, last=last, segment=segment, channel=channel)


Storage = Annotated[Store, Depends(_storage)]
Filtered = Annotated[Filters, Depends(_ReadsFilters(DEFAULT_PRESET))]
"""The filters of a page: the last 90 days unless the address says otherwise."""
FilteredWhole = Annotated[Filters, Depends(_ReadsFilters("all"))]
"""The filters of a question over the API: all that there is unless it names a period."""


# --- cursors ---------------------------------------------------------------------------------------------------------


def encode_cursor(*parts: str | float | None) -> str:
    """Return where a list goes on, as text for the caller to send back unread."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(text: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Return the parts of a cursor, one of each kind, or None where none was sent.

    Raises:
        Invalid: it is not one that this list gave out.
    """
    if not text:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        parts = None
    fits = (
        isinstance(parts, list)
        and len(parts) == len(kinds)
        and all(type(part) is kind for part, kind in zip(parts, kinds, strict=True))
    )
    if not fits or any(type(part) is int and not -(2**63) <= part < 2**63 for part in parts):
        raise Invalid(
            "This is not a cursor that this list gave out. Leave it away to begin at the start.",
            code="bad_cursor",
            field="cursor",
        )
    return tuple(parts)


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
