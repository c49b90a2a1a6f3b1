"""The web's roof: puts the pages, API operations and routes of all rooms and packs together. It has no business of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from corridor import __version__
from corridor.ground import extensions
from corridor.ground.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from corridor.ground.store import Store

ROOMS = ("collect", "identify", "remember", "listen", "understand", "act", "serve", "measure")
"""The rooms in the order of the line."""

SIGN_EVERY = 3600
"""Seconds between two signatures under the audit."""


def parts(name: str) -> list[Any]:
    """Return the modules called `name` of the ground, of the rooms in the order of the line, and of the packs."""
    found = extensions.modules("corridor.ground", name)
    for room in ROOMS:
        found.extend(extensions.modules(f"corridor.{room}", name))
    for pack in extensions.packs():
        found.extend(extensions.modules(pack.__name__, name))
    return found


def create_app(store: Store, settings: Settings | None = None) -> FastAPI:
    """Return the application over an open store."""
    # FastAPI is imported here, so that a command which only needs `parts` starts without it.
    from fastapi import FastAPI

    from corridor.ground.doorkeeper import Doorkeeper
    from corridor.ground.logs import set_up_logs
    from corridor.ground.openapi import describe_api
    from corridor.ground.web import install_problems

    chosen = settings or Settings(data=store.folder)
    set_up_logs(chosen)
    app = FastAPI(
        title="Corridor", version=__version__, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None, lifespan=_life,
        telemetry={"tracing": False, "metrics": False},
        description="A system of experience: what customers do, say and expect, and where experience falls short of it.",
    )  # fmt: skip
    app.state.store = store
    app.state.settings = chosen
    install_problems(app)
    for part in parts("http"):
        app.router.routes.extend(part.routes)
    for kind in ("api", "pages"):
        for part in parts(kind):
            app.include_router(part.router)
    _offer_figures_of_the_line()
    describe_api(app)
    app.add_middleware(Doorkeeper, largest_request=chosen.largest_request)
    return app


@cache
def _offer_figures_of_the_line() -> None:
    """Show on /metrics how much each step of the line has done."""
    from corridor.ground.figures import Gauge
    from corridor.worker import figures

    def of_steps(place: int) -> Callable[[Store], dict[str, float]]:
        return lambda store: {name: step[place] for name, step in figures(store.folder)["steps"].items()}

    for name, meaning, place in (
        ("corridor_line_events", "Events that came to a step of the line since it started", 0),
        ("corridor_line_seconds", "Seconds that a step of the line has worked", 1),
        ("corridor_line_failures", "Batches that a step of the line could not take", 2),
    ):
        extensions.offer(Gauge(name, meaning, of_steps(place), label="step"))
    extensions.offer(
        Gauge(
            "corridor_line_dropped",
            "Events that the line stopped",
            lambda store: figures(store.folder)["dropped"],
            label="reason",
        )
    )
    extensions.offer(Gauge("corridor_journal_offset", "Last offset of the journal that was taken up", _offset))


def _offset(store: Store) -> float:
    from corridor.worker import figures

    return float(figures(store.folder)["offset"])


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    """Give the pages their threads, and sign the audit's heads while the application lives."""
    from anyio.to_thread import current_default_thread_limiter

    current_default_thread_limiter().total_tokens = app.state.settings.web_threads
    signing = asyncio.create_task(_sign_heads(app))
    try:
        yield
    finally:
        signing.cancel()
        with suppress(asyncio.CancelledError):
            await signing


async def _sign_heads(app: FastAPI) -> None:
    from starlette.concurrency import run_in_threadpool

    from corridor.ground.access.heads import sign_heads

    while True:
        await asyncio.sleep(SIGN_EVERY)
        await run_in_threadpool(sign_heads, app.state.store, app.state.settings)
