"""Who looks at the page being rendered: language, workspace, request. Filters and components ask here, so that no template has to hand it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request

from corridor.ground.ui.languages import known_language
from corridor.ground.vocabulary import Workspace

if TYPE_CHECKING:
    from corridor.ground.access.facts import Caller

FILTERS = ("period", "from", "to", "segment", "channel")
"""The query parameters that travel from page to page."""

CURSORS = ("after", "before")
"""The query parameters that mean nothing once another has changed."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """One rendering for one viewer; `caller` is None on the customer's side and before sign-in."""

    request: Request
    workspace: Workspace
    language: str
    theme: str = "system"
    csrf: str = ""
    caller: Caller | None = None

    @classmethod
    def by(cls, request: Request, caller: Caller) -> Viewing:
        """Return the viewing of somebody who is signed in."""
        return cls(request, caller.workspace, known_language(caller.language), caller.theme, caller.csrf, caller)

    @property
    def store(self) -> Any:
        """The store that the app was made with; None in an app without one."""
        return getattr(self.request.app.state, "store", None)

    def url(self, path: str, **parameters: Any) -> str:
        """Return the address of another page, with the filters of this one kept."""
        kept = {name: value for name, value in self.request.query_params.items() if name in FILTERS}
        return _address(path, kept | parameters)

    def here(self, **changes: Any) -> str:
        """Return the address of this page with some parameters changed (None takes one away), back on the first screen of a list."""
        kept = {name: value for name, value in self.request.query_params.items() if name not in CURSORS}
        return _address(self.request.url.path, kept | changes)

    @property
    def address(self) -> str:
        """This page's path and query, to come back to."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")


_viewing: ContextVar[Viewing] = ContextVar("viewing")


@contextmanager
def viewed(viewing: Viewing) -> Iterator[None]:
    """Let what is rendered in this block speak to this viewer."""
    token = _viewing.set(viewing)
    try:
        yield
    finally:
        _viewing.reset(token)


def viewing() -> Viewing:
    """Return the viewing that is being rendered now."""
    return _viewing.get()


def _address(path: str, parameters: dict[str, Any]) -> str:
    given = {name: str(value) for name, value in parameters.items() if value is not None and value != ""}
    return path + (f"?{urlencode(given)}" if given else "")
