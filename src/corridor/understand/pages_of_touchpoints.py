"""The pages of touchpoints: which there are, how their events are recognised, who owns them, what is expected there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from persiantools.digits import fa_to_en

from corridor import collect
from corridor.ground.access import ROLES, Caller, Configures, Sees, actor
from corridor.ground.problems import Conflict, Invalid, Problem
from corridor.ground.ui import N_, navigate, page, translations
from corridor.ground.ui.languages import translate
from corridor.ground.ui.shell import LABELS
from corridor.ground.vocabulary import STAGES, Touchpoint
from corridor.ground.web import Storage
from corridor.understand.places import change_touchpoint, find_touchpoint, remove_touchpoint, shift_touchpoint

router = APIRouter()

Text = Annotated[str, Form(max_length=10_000)]

NEW = Touchpoint("", "", "buy")


@router.get("/corridor/touchpoints")
def touchpoints_page(request: Request, caller: Sees, store: Storage) -> HTMLResponse:
    """Show all touchpoints by stage."""
    with store.database.read() as connection:
        found = collect.touchpoints(connection, caller.workspace.id)
    stages = [(stage, [one for one in found if one.stage == stage]) for stage in STAGES]
    return page(
        request, caller, "understand/touchpoints.html", stages=[(stage, ones) for stage, ones in stages if ones],
        may_configure=caller.configures,
    )  # fmt: skip


@router.get("/corridor/touchpoints/new")
def new_touchpoint_page(request: Request, caller: Configures, stage: str = "buy") -> HTMLResponse:
    """Show an empty form."""
    return _form(request, caller, NEW, _typed(NEW) | {"stage": stage}, is_new=True)


@router.post("/corridor/touchpoints/new")
def add_touchpoint(
    request: Request,
    caller: Configures,
    store: Storage,
    key: Text = "",
    name: Text = "",
    name_fa: Text = "",
    stage: Text = "",
    owner: Text = "",
    weight: Text = "",
    norm: Text = "",
    target: Text = "",
    events: Text = "",
    pages: Text = "",
    where: Text = "",
) -> Response:
    """Add a touchpoint."""
    typed = {
        "key": key, "name": name, "name_fa": name_fa, "stage": stage, "owner": owner, "weight": weight, "norm": norm,
        "target": target, "events": events, "pages": pages, "where": where,
    }  # fmt: skip
    try:
        touchpoint = _read(key.strip(), typed, {})
        with store.database.write() as connection:
            if any(one.key == touchpoint.key for one in collect.touchpoints(connection, caller.workspace.id)):
                raise Conflict(N_("There is a touchpoint of this key already. Choose another."), field="key")
            change_touchpoint(connection, caller.workspace.id, touchpoint, actor(caller, request))
    except (Invalid, Conflict) as problem:
        return _form(request, caller, NEW, typed, problem, is_new=True)
    return _done(caller, N_("The touchpoint is added. It counts from now on."))


@router.get("/corridor/touchpoints/{key}")
def touchpoint_page(request: Request, caller: Configures, store: Storage, key: str) -> HTMLResponse:
    """Show a touchpoint in a form."""
    with store.database.read() as connection:
        touchpoint = find_touchpoint(connection, caller.workspace.id, key)
    return _form(request, caller, touchpoint, _typed(touchpoint))


@router.post("/corridor/touchpoints/{key}")
def save_touchpoint(
    request: Request,
    caller: Configures,
    store: Storage,
    key: str,
    name: Text = "",
    name_fa: Text = "",
    stage: Text = "",
    owner: Text = "",
    weight: Text = "",
    norm: Text = "",
    target: Text = "",
    events: Text = "",
    pages: Text = "",
    where: Text = "",
) -> Response:
    """Change a touchpoint."""
    typed = {
        "key": key, "name": name, "name_fa": name_fa, "stage": stage, "owner": owner, "weight": weight, "norm": norm,
        "target": target, "events": events, "pages": pages, "where": where,
    }  # fmt: skip
    with store.database.read() as connection:
        before = find_touchpoint(connection, caller.workspace.id, key)
    try:
        touchpoint = _read(key, typed, before.names)
        with store.database.write() as connection:
            change_touchpoint(connection, caller.workspace.id, touchpoint, actor(caller, request))
    except Invalid as problem:
        return _form(request, caller, before, typed, problem)
    return _done(caller, N_("The touchpoint is saved. What it recognises anew counts from now on."))


@router.post("/corridor/touchpoints/{key}/place")
def move_touchpoint(
    request: Request, caller: Configures, store: Storage, key: str, later: Annotated[bool, Form()] = False
) -> Response:
    """Put a touchpoint one place earlier or later in its stage."""
    with store.database.write() as connection:
        shift_touchpoint(connection, caller.workspace.id, key, actor(caller, request), later=later)
    return navigate("/corridor/touchpoints")


@router.post("/corridor/touchpoints/{key}/remove")
def drop_touchpoint(request: Request, caller: Configures, store: Storage, key: str) -> Response:
    """Remove a touchpoint."""
    with store.database.write() as connection:
        remove_touchpoint(connection, caller.workspace.id, key, actor(caller, request))
    return _done(caller, N_("The touchpoint is removed. What happened there stays."))


def _done(caller: Caller, text: str) -> Response:
    return navigate("/corridor/touchpoints", said=translations(caller.language).gettext(text))


def _form(
    request: Request,
    caller: Caller,
    touchpoint: Touchpoint,
    typed: dict[str, str],
    problem: Problem | None = None,
    *,
    is_new: bool = False,
) -> HTMLResponse:
    def label(kind: str, value: str) -> str:
        return translate(caller.language, LABELS[kind].get(value, value))

    return page(
        request, caller, "understand/touchpoint.html", 422 if problem else 200, touchpoint=touchpoint, typed=typed, problem=problem,
        is_new=is_new, stage_choices=[(stage, label("stage", stage)) for stage in STAGES],
        role_choices=[(role, label("role", role)) for role in ROLES],
    )  # fmt: skip


def _typed(touchpoint: Touchpoint) -> dict[str, str]:
    """Return a touchpoint as its form shows it."""
    return {
        "key": touchpoint.key,
        "name": touchpoint.name,
        "name_fa": touchpoint.names.get("fa", ""),
        "stage": touchpoint.stage,
        "owner": touchpoint.owner,
        "weight": f"{touchpoint.weight:g}",
        "norm": "" if touchpoint.norm is None else f"{touchpoint.norm:g}",
        "target": "" if touchpoint.target is None else f"{touchpoint.target:g}",
        "events": "\n".join(touchpoint.events),
        "pages": "\n".join(touchpoint.pages),
        "where": "\n".join(f"{name} = {', '.join(values)}" for name, values in touchpoint.where.items()),
    }


def _read(key: str, typed: dict[str, Any], names: dict[str, str]) -> Touchpoint:
    """Return the touchpoint that somebody typed.

    Raises:
        Invalid: names the field that is wrong.
    """
    if not key or not key.replace("_", "").replace("-", "").isalnum():
        raise Invalid(N_("The key is made of letters, digits, “-” and “_”."), field="key")
    if not typed["name"].strip():
        raise Invalid(N_("A touchpoint needs a name."), field="name")
    called = {**names, "fa": typed["name_fa"].strip()}
    weight = _number(typed["weight"], "weight")
    return Touchpoint(
        key=key,
        name=typed["name"].strip()[:200],
        names={language: name for language, name in called.items() if name},
        stage=typed["stage"],
        owner=typed["owner"],
        weight=1.0 if weight is None else weight,
        events=_lines(typed["events"]),
        pages=_paths(typed["pages"]),
        where=_where(typed["where"]),
        norm=_on_scale(typed["norm"], "norm"),
        target=_on_scale(typed["target"], "target"),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _paths(text: str) -> tuple[str, ...]:
    found = _lines(text)
    if any(not path.startswith("/") for path in found):
        raise Invalid(N_("A page's path begins with “/”."), field="pages")
    return found


def _where(text: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for line in _lines(text):
        name, equals, values = line.partition("=")
        given = tuple(value.strip() for value in values.split(",") if value.strip())
        if not equals or not name.strip() or not given:
            raise Invalid(N_("Write each condition as a property, “=” and its values: channel = chat, email."), field="where")
        found[name.strip()] = given
    return found


def _number(text: str, field: str) -> float | None:
    cleaned = fa_to_en(text).replace("٫", ".").strip()
    if not cleaned:
        return None
    try:
        return float(cleaned)
    except ValueError:
        raise Invalid(N_("This should be a number."), field=field) from None


def _on_scale(text: str, field: str) -> float | None:
    found = _number(text, field)
    if found is not None and not 0 <= found <= 100:
        raise Invalid(N_("This stands on the common scale from 0 to 100."), field=field)
    return found
