"""How packs and later rooms are heard without a central list.

A room defines a *kind* (a small frozen class) and asks `every(Kind)`; whoever has one calls `offer(Kind(...))` when its module
is imported. `discover` imports the modules of the rooms and packs that announce something.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points
from typing import Any, TypeVar

Kind = TypeVar("Kind")

_offers: dict[type, list[Any]] = {}


def offer(thing: Kind) -> Kind:
    """Announce a thing; whoever asks for every thing of its class will hear of it. Offering an equal thing again changes nothing."""
    known = _offers.setdefault(type(thing), [])
    if thing not in known:
        known.append(thing)
    return thing


def every(kind: type[Kind]) -> list[Kind]:
    """Return all things of this class that were offered, in the order of their announcement."""
    return list(_offers.get(kind, []))


def modules(package: str, name: str) -> list[Any]:
    """Import and return the module called `name` of a package and of its sub-packages, where there is one."""
    found = []
    if importlib.util.find_spec(f"{package}.{name}") is not None:
        found.append(importlib.import_module(f"{package}.{name}"))
    paths = importlib.import_module(package).__path__
    for part in pkgutil.iter_modules(paths):
        if part.ispkg and not part.name.startswith("_"):
            found.extend(modules(f"{package}.{part.name}", name))
    return found


def packs() -> list[Any]:
    """Import and return the experience packs: the folders of `corridor.packs` and the entry points of the group `corridor.packs`."""
    built_in = importlib.import_module("corridor.packs")
    found = [importlib.import_module(f"corridor.packs.{part.name}") for part in pkgutil.iter_modules(built_in.__path__)]
    return found + [point.load() for point in entry_points(group="corridor.packs")]
