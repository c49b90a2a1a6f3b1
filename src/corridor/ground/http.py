"""Doors for those who run the house: does it live, can it work, and how much does it do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from corridor.ground.access.callers import find_caller
from corridor.ground.access.facts import ADMINISTERS
from corridor.ground.extensions import every
from corridor.ground.figures import Gauge, registry
from corridor.ground.problems import Forbidden

LOOPBACK = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


async def healthz(request: Request) -> Response:
    """Say that the process lives."""
    return PlainTextResponse("ok\n")


def readyz(request: Request) -> Response:
    """Say that the database answers, so that work can be sent here."""
    with request.app.state.store.database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return PlainTextResponse("ready\n")


async def metrics(request: Request) -> Response:
    """Answer with counts and times in Prometheus's text format, to this computer itself or to who administers.

    Raises:
        Forbidden: the caller is elsewhere and sent no key that administers.
    """
    caller = await find_caller(request)
    if not (caller.role in ADMINISTERS if caller else _is_local(request)):
        raise Forbidden("Metrics are shown on this computer itself, or to a secret key that administers.", code="not_local")
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_written, request)


def _written(request: Request) -> Response:
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client import Gauge as Written

    figures = CollectorRegistry()
    for gauge in every(Gauge):
        found = gauge.read(request.app.state.store)
        if isinstance(found, dict):
            written = Written(gauge.name, gauge.meaning, [gauge.label], registry=figures)
            for value, figure in found.items():
                written.labels(value).set(figure)
        else:
            Written(gauge.name, gauge.meaning, registry=figures).set(found)
    return Response(generate_latest(registry()) + generate_latest(figures), media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    """Say whether the caller sits on this computer; a proxy on it that hands on somebody's request does not count."""
    local = request.client is not None and request.client.host in LOOPBACK
    return local and not any(name in request.headers for name in FORWARDED)


routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
