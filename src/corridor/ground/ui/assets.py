"""The files that `web/` builds, by the names that pages use. It refuses to serve a page without them and says how to build them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

DIST = Path(__file__).parent / "static" / "dist"


class NotBuilt(RuntimeError):
    """The style sheets and scripts have not been built, or lack a file that a page names."""


def asset(name: str) -> str:
    """Return the address of a built file, such as `app.css`."""
    return f"/static/{_hashed(name)}"


def asset_file(name: str) -> Path:
    """Return the built file itself."""
    return DIST / _hashed(name)


def island(name: str) -> Markup:
    """Return the tags of an island, its script and its style sheet if it has one; put it once on the page that needs it."""
    script = Markup('<script type="module" src="{}"></script>').format(asset(f"islands/{name}.js"))
    if f"islands/{name}.css" not in _names():
        return script
    return Markup('<link rel="stylesheet" href="{}">').format(asset(f"islands/{name}.css")) + script


def _hashed(name: str) -> str:
    try:
        return _names()[name]
    except KeyError:
        raise NotBuilt(f"`{name}` is not among the built files in {DIST}. Run `make setup` to build them again.") from None


def _names() -> dict[str, str]:
    try:
        return _manifest((DIST / "manifest.json").stat().st_mtime_ns)
    except FileNotFoundError:
        raise NotBuilt(f"The pages are not built yet: {DIST} has no manifest. Run `make setup`.") from None


@lru_cache(maxsize=2)
def _manifest(changed: int) -> dict[str, str]:
    found: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    return found
