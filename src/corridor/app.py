"""The web's roof: puts the pages, API operations and routes of all rooms and packs together. It has no business of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from corridor import __version__
from corridor.ground import extensions
from corridor.ground.logs import set_up_logs
from corridor.ground.settings import Settings
from corridor.ground.web import Doorkeeper, install_problems

if TYPE_CHECKING:
    from corridor.ground.store import Store

ROOMS = ("collect", "identify", "remember", "listen", "understand", "act", "serve", "measure")


def create_app(store: Store, settings: Settings | None = None) -> FastAPI:
    """Return the application over an open store."""
    app = FastAPI(
        title="Corridor", version=__version__, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None, telemetry={"tracing": False, "metrics": False},
        description="A system of experience: what customers do, say and expect, and where experience falls short of it.",
    )  # fmt: skip
    app.state.store = store
    app.state.settings = settings or Settings()
    set_up_logs(app.state.settings)
    install_problems(app)
    for route in parts("http"):
        app.router.routes.extend(route.routes)
    for kind in ("api", "pages"):
        for part in parts(kind):
            app.include_router(part.router)
    add_health(app, store)
    app.add_middleware(Doorkeeper, largest_request=app.state.settings.largest_request)
    return app


def parts(name: str) -> list[Any]:
    """Return the modules called `name` of the ground, of the rooms in the order of the line, and of the packs."""
    found = extensions.modules("corridor.ground", name)
    for room in ROOMS:
        found.extend(extensions.modules(f"corridor.{room}", name))
    for pack in extensions.packs():
        found.extend(extensions.modules(pack.__name__, name))
    return found


def add_health(app: FastAPI, store: Store) -> None:
    """Add the pages that tell a supervisor whether the process lives and whether it can work."""

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> PlainTextResponse:
        with store.database.read() as connection:
            connection.exec_driver_sql("SELECT 1 AS workspace_id")
        return PlainTextResponse("ready\n")
