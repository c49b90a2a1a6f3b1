"""How every page looks and speaks: shell, components, languages. It knows no room; rooms hang their entries and panels into it."""

from corridor.ground.ui.assets import asset, asset_file, island
from corridor.ground.ui.formats import gap_shade, gap_side
from corridor.ground.ui.languages import (
    LANGUAGES,
    N_,
    preferred_language,
    text_direction,
)
from corridor.ground.ui.rendering import (
    fragment,
    navigate,
    page,
    problem_page,
    public_page,
    render,
    translations,
)
from corridor.ground.ui.shell import (
    FilterChoices,
    NavItem,
    Panel,
    SearchHit,
    SearchSource,
)

__all__ = [
    "LANGUAGES",
    "N_",
    "FilterChoices",
    "NavItem",
    "Panel",
    "SearchHit",
    "SearchSource",
    "asset",
    "asset_file",
    "fragment",
    "gap_shade",
    "gap_side",
    "island",
    "navigate",
    "page",
    "preferred_language",
    "problem_page",
    "public_page",
    "render",
    "text_direction",
    "translations",
]
