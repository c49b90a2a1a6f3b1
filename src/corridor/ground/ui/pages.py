"""The shell's own pages: built files, the global search, the choice of a period, and the patterns page."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from corridor.ground.access import Sees
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.ui import patterns
from corridor.ground.ui.assets import DIST
from corridor.ground.ui.rendering import fragment, page, translations
from corridor.ground.ui.shell import SearchHit, search_sources
from corridor.ground.ui.typed import read_day
from corridor.ground.ui.viewing import Viewing
from corridor.ground.web import Storage

router = APIRouter(include_in_schema=False)

A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"
PACKED = ((".br", "br"), (".gz", "gzip"))


@router.get("/static/{path:path}")
def built_file(path: str, request: Request) -> Response:
    """Answer with a file that `web/` built, packed as the browser likes it; names with a hash may be kept for ever."""
    file = (DIST / path).resolve()
    if not file.is_relative_to(DIST.resolve()) or not file.is_file() or file.suffix == ".json":
        raise NotFound(f"There is no file {path} among the built ones.")
    headers = {
        "Cache-Control": A_YEAR if "-" in file.stem else AN_HOUR,
        "Vary": "Accept-Encoding",
    }
    accepted = request.headers.get("accept-encoding", "")
    for suffix, encoding in PACKED:
        packed = file.with_name(file.name + suffix)
        if encoding in accepted and packed.is_file():
            return FileResponse(
                packed,
                media_type=_media_type(file.suffix),
                headers=headers | {"Content-Encoding": encoding},
            )
    return FileResponse(file, media_type=_media_type(file.suffix), headers=headers)


def _media_type(suffix: str) -> str:
    types = {
        ".js": "text/javascript",
        ".css": "text/css",
        ".woff2": "font/woff2",
        ".svg": "image/svg+xml",
    }
    return types.get(suffix, "application/octet-stream")


@router.get("/search")
def search_page(request: Request, caller: Sees, store: Storage, q: str = "") -> HTMLResponse:
    """Show what every room finds for the words."""
    words = q.strip()
    return page(
        request,
        caller,
        "ui/search.html",
        words=words,
        groups=_hits(caller, store, words),
    )


@router.get("/search/hits")
def search_hits(request: Request, caller: Sees, store: Storage, q: str = "") -> HTMLResponse:
    """Give just the hits, for the command palette while somebody types."""
    words = q.strip()
    return fragment(
        request,
        caller,
        "ui/search.html",
        "hits",
        words=words,
        groups=_hits(caller, store, words),
    )


def _hits(caller: Sees, store: Storage, words: str) -> list[tuple[str, list[SearchHit]]]:
    if not words:
        return []
    found = [(source.label, list(source.find(caller, store, words))) for source in search_sources()]
    return [(label, hits) for label, hits in found if hits]


@router.get("/choose-period")
def choose_period(
    caller: Sees, back: str, start: Annotated[str, Query(alias="from", max_length=20)], to: Annotated[str, Query(max_length=20)]
) -> RedirectResponse:
    """Send the reader back to a page with the days they typed, by the Jalali or the Gregorian calendar."""
    _, _ngettext = translations(caller.language)
    first, last = _typed_day(start, "from", caller.language), _typed_day(to, "to", caller.language)
    if last < first:
        raise Invalid(_("The period ends before it begins. Change one of its days."), code="bad_period", field="to")
    # Only a page of ours: with a host in it this would send people anywhere.
    path, _mark, query = back.partition("?")
    address = "/" + path.lstrip("/\\") + "?" + (f"{query}&" if query else "")
    return RedirectResponse(f"{address}from={first.isoformat()}&to={last.isoformat()}", status_code=303)


def _typed_day(text: str, field: str, language: str) -> date:
    try:
        return read_day(text)
    except (ValueError, OverflowError):
        _, _ngettext = translations(language)
        example = "۱۴۰۵/۰۹/۰۱" if language == "fa" else "2026-11-22"
        sentence = _("“%(text)s” is not a day. Write it like %(example)s.", text=text, example=example)
        raise Invalid(sentence, code="bad_day", field=field) from None


@router.get("/patterns")
def patterns_page(request: Request, caller: Sees) -> HTMLResponse:
    """Show every component in both themes and both directions."""
    return page(
        request,
        caller,
        "ui/patterns.html",
        sides=patterns.sides(Viewing.by(request, caller)),
    )
