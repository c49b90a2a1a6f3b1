"""The examples on the patterns page: every component with plausible content, once a theme and direction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from markupsafe import Markup

from corridor.ground.ui.environment import environment
from corridor.ground.ui.languages import text_direction
from corridor.ground.ui.viewing import Viewing, viewed
from corridor.ground.vocabulary import DAY, now


@dataclass(frozen=True, slots=True)
class Side:
    """One of the four columns: a theme, a language, and the components rendered in it."""

    theme: str
    language: str
    direction: str
    html: Markup


def sides(viewing: Viewing) -> list[Side]:
    """Return the components in light and dark, English and Persian."""
    return [_side(viewing, theme, language) for language in ("en", "fa") for theme in ("light", "dark")]


def _side(viewing: Viewing, theme: str, language: str) -> Side:
    template = environment().get_template("ui/patterns_parts.html")
    with viewed(replace(viewing, theme=theme, language=language)):
        html = template.render(side=f"{language}-{theme}", moment_now=now(), day=DAY)
    return Side(theme, language, text_direction(language), Markup(html))  # noqa: S704 - rendered by our template
