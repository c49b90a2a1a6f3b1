"""The Jinja environment: finds `room/x.html` in that room's `templates/`, and speaks the viewer's language in every filter."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from corridor.ground.extensions import packs
from corridor.ground.ui import assets, formats, shell
from corridor.ground.ui.languages import (
    HOUSE,
    LANGUAGES,
    is_source_text,
    text_direction,
    translate,
    translate_count,
)
from corridor.ground.ui.viewing import viewing
from corridor.ground.vocabulary import Microseconds, to_iso


class RoomLoader(BaseLoader):
    """Finds templates by discovery: any folder `templates` of the house, and those of packs that are installed beside it."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of `room/x.html`; a sub-room's is `room/sub/x.html`, a pack's `packs/name/x.html`."""
        file = find_template(template)
        if file is None:
            raise TemplateNotFound(template)
        changed = file.stat().st_mtime_ns
        return file.read_text(encoding="utf-8"), str(file), lambda: file.stat().st_mtime_ns == changed

    def list_templates(self) -> list[str]:
        """Return the name of every template on disk."""
        return sorted(
            f"{room}/{file.relative_to(folder).as_posix()}"
            for room, folder in folders().items()
            for file in folder.rglob("*.html")
        )


def find_template(name: str) -> Path | None:
    """Return the file of a template, looked for in the deepest room that its name begins with."""
    parts = name.split("/")
    if ".." in parts:
        return None
    for cut in range(len(parts) - 1, 0, -1):
        folder = folders().get("/".join(parts[:cut]))
        if folder and folder.joinpath(*parts[cut:]).is_file():
            return folder.joinpath(*parts[cut:])
    return None


@lru_cache
def folders() -> dict[str, Path]:
    """Return the folders of templates by the name that templates are addressed with."""
    found = {}
    for folder in HOUSE.rglob("templates"):
        room = folder.parent.relative_to(HOUSE).as_posix().removeprefix("ground/")
        found[room] = folder
    for pack in packs():
        folder = Path(pack.__file__ or "").parent / "templates"
        if folder.is_dir() and folder not in found.values():
            found[f"packs/{pack.__name__.split('.')[-1]}"] = folder
    return found


def say(text: str, /, **values: Any) -> Markup:
    """Translate for the viewer. Text that nobody of the house wrote is escaped; numbers are written as the language writes them."""
    return _fill(text, translate(viewing().language, text), values)


def say_count(one: str, many: str, count: float, /, **values: Any) -> Markup:
    """Translate for the viewer in the form that fits the count, which the text shows as `%(num)s`."""
    return _fill(
        one,
        translate_count(viewing().language, one, many, count),
        {"num": count} | values,
    )


def _fill(source: str, text: str, values: dict[str, Any]) -> Markup:
    trusted = text is not source or is_source_text(source)
    pattern = Markup(text) if trusted else escape(text)  # noqa: S704 - only what the house itself wrote
    if not values:
        return pattern.replace("%%", "%")
    language = viewing().language
    return pattern % {name: written(value, language) for name, value in values.items()}


def written(value: Any, language: str) -> Any:
    """Return a number in the language's digits, anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return formats.number(value, language)
    return value


def attributes(given: dict[str, Any]) -> Markup:
    """Return HTML attributes: `hx_get` becomes `hx-get`, True a bare name, and what is None or False is left out."""
    shown = [
        (name.rstrip("_").replace("_", "-"), value) for name, value in given.items() if value is not None and value is not False
    ]
    return Markup("").join(
        Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value) for name, value in shown
    )


def csrf_field() -> Markup:
    """Return the hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(viewing().csrf)


def panels(place: str, subject: str) -> list[tuple[str, Markup]]:
    """Return title and HTML of what later rooms show at a place."""
    now = viewing()
    shown = [(panel.title, panel.render(now.request, now.caller, now.store, subject)) for panel in shell.panels_at(place)]
    return [(title, Markup(html)) for title, html in shown if html.strip()]  # noqa: S704 - rendered by a room's template


def rail() -> list[list[shell.NavItem]]:
    """Return the rail of whoever looks."""
    caller = viewing().caller
    return shell.rail(caller) if caller else []


def nav_count(item: shell.NavItem) -> int | None:
    """Return the number beside an entry of the rail."""
    now = viewing()
    return item.count(now.caller, now.store) if item.count and now.store else None


def current_path() -> str:
    """Return the rail's entry that this page belongs to."""
    now = viewing()
    return shell.current_path(now.caller, now.request.url.path) if now.caller else ""


def filter_choices(name: str) -> list[tuple[str, str]]:
    """Return the values to choose from in a filter of the top bar."""
    now = viewing()
    return shell.filter_choices(name, now.caller, now.store) if now.store else []


def label(kind: str, value: str) -> str:
    """Return the name of a channel, a stage, a role or an expectation's source in the viewer's language."""
    return translate(viewing().language, shell.LABELS[kind].get(value, value))


def _by_language(write: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value, *given, **named: write(value, viewing().language, *given, **named)


def _by_zone(write: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value: write(value, viewing().language, viewing().workspace.zone)


def _money(amount: int | None, currency: str | None = None, short: bool = False) -> str:
    now = viewing()
    return formats.money(amount, currency or now.workspace.currency, now.language, short=short)


def _iso(at: Microseconds) -> str:
    return to_iso(at)


@lru_cache
def environment() -> Environment:
    """Return the one environment of the house."""
    made = Environment(
        loader=RoomLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    # What the i18n extension looks up: text of `{% trans %}` comes with its values, as with its own "newstyle" callables.
    made.newstyle_gettext = True  # type: ignore[attr-defined]
    made.globals.update(_=say, gettext=say, ngettext=say_count)
    made.globals.update(
        LANGUAGES=LANGUAGES,
        asset=assets.asset,
        channel_names=shell.CHANNEL_NAMES,
        csrf_field=csrf_field,
        current_path=current_path,
        dir=lambda: text_direction(viewing().language),
        filter_choices=filter_choices,
        gap_shade=formats.gap_shade,
        here=lambda **changes: viewing().here(**changes),
        island=assets.island,
        nav_count=nav_count,
        panels=panels,
        rail=rail,
        url=lambda path, **parameters: viewing().url(path, **parameters),
        viewing=viewing,
    )
    made.filters.update(
        ago=_by_zone(formats.ago),
        attributes=attributes,
        channel=lambda value: label("channel", value),
        clock=_by_zone(formats.clock),
        date=_by_zone(formats.day),
        datetime=_by_zone(formats.day_and_time),
        days=_by_language(formats.days),
        digits=_by_language(formats.digits),
        duration=_by_language(formats.duration),
        gap=_by_language(formats.gap),
        initials=formats.initials,
        iso=_iso,
        money=_money,
        money_short=lambda amount, currency=None: _money(amount, currency, short=True),
        number=_by_language(formats.number),
        number_short=_by_language(formats.short_number),
        percent=_by_language(formats.percent),
        role=lambda value: label("role", value),
        signed=_by_language(formats.signed),
        source=lambda value: label("source", value),
        stage=lambda value: label("stage", value),
        translated=lambda text: translate(viewing().language, text),
    )
    made.tests["ascii"] = str.isascii
    return made
