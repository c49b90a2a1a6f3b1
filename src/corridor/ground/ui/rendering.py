"""Pages, fragments and problems as responses. A page is a template that extends the shell; a fragment is one block of that page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from corridor.ground.problems import Problem
from corridor.ground.ui.environment import environment, written
from corridor.ground.ui.languages import (
    Translations,
    known_language,
    preferred_language,
    translate,
    translate_count,
)
from corridor.ground.ui.viewing import Viewing, viewed
from corridor.ground.vocabulary import Workspace

if TYPE_CHECKING:
    from corridor.ground.access.facts import Caller

SAID = "said"
"""The cookie that carries one sentence over a redirect to the next page."""


def page(request: Request, caller: Caller, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page of the desk, in the shell."""
    return _answer(Viewing.by(request, caller), template, status, context)


def public_page(
    request: Request,
    workspace: Workspace,
    language: str,
    template: str,
    status: int = 200,
    *,
    csrf: str = "",
    **context: Any,
) -> HTMLResponse:
    """Answer with a page of the customer's side (a survey, the portal, sign-in): no rail, `{% extends "ui/public.html" %}`."""
    viewing = Viewing(request, workspace, known_language(language), csrf=csrf)
    return _answer(viewing, template, status, context)


def fragment(
    request: Request,
    caller: Caller,
    template: str,
    block: str,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """Answer with one block of a page, for htmx to put in its place."""
    viewing = Viewing.by(request, caller)
    with viewed(viewing):
        return HTMLResponse(_block(template, block, _given(viewing) | context), status)


def render(request: Request, caller: Caller, template: str, **context: Any) -> Markup:
    """Render a template to HTML, as a panel does."""
    viewing = Viewing.by(request, caller)
    with viewed(viewing):
        html = environment().get_template(template).render(_given(viewing) | context)
        return Markup(html)  # noqa: S704 - the template has escaped what is not ours


def problem_page(request: Request, problem: Problem, caller: Caller | None = None) -> HTMLResponse:
    """Answer with a problem as a sentence, in the shell for who is signed in."""
    if caller is not None:
        return page(request, caller, "ui/problem.html", problem.status, problem=problem)
    language = preferred_language(request.headers.get("accept-language", ""))
    nowhere = Workspace(id="", name="Corridor", language=language)
    return public_page(request, nowhere, language, "ui/public_problem.html", problem.status, problem=problem)


def navigate(path: str, said: str = "") -> RedirectResponse:
    """Answer a form by sending the browser on to a page, with one sentence to show there (already in the reader's language)."""
    response = RedirectResponse(path, status_code=303)
    if said:
        response.set_cookie(SAID, quote(said), max_age=60, path="/", httponly=True, samesite="lax")
    return response


def translations(language: str) -> Translations:
    """Return what Python code needs to speak a language: the two functions to unpack as `_, ngettext`."""

    def gettext(text: str, /, **values: Any) -> str:
        said = translate(language, text)
        return said % _written(values, language) if values else said.replace("%%", "%")

    def ngettext(one: str, many: str, count: float, /, **values: Any) -> str:
        return translate_count(language, one, many, count) % _written({"num": count} | values, language)

    return Translations(gettext, ngettext)


def _written(values: dict[str, Any], language: str) -> dict[str, Any]:
    return {name: written(value, language) for name, value in values.items()}


def _answer(viewing: Viewing, template: str, status: int, context: dict[str, Any]) -> HTMLResponse:
    said = unquote(viewing.request.cookies.get(SAID, ""))
    with viewed(viewing):
        html = environment().get_template(template).render(_given(viewing) | context | {"said": said})
    response = HTMLResponse(html, status, {"Content-Language": viewing.language})
    if said:
        response.delete_cookie(SAID, path="/", httponly=True, samesite="lax")
    return response


def _given(viewing: Viewing) -> dict[str, Any]:
    return {
        "request": viewing.request,
        "caller": viewing.caller,
        "workspace": viewing.workspace,
    }


def _block(name: str, block: str, context: dict[str, Any]) -> str:
    template = environment().get_template(name)
    given = template.new_context(context | {"said": ""})
    # A block sees what its template imports at the top only once that part has run, so run it up to its first output.
    next(iter(template.root_render_func(given)), None)
    return "".join(given.blocks[block][0](given))
