"""Every door of the house, with what it takes: the raw material of the tests that try each of them from another workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from corridor.ground.filters import PARAMETERS
from corridor.ground.openapi import reads_filters

OUTSIDE = ("/static/", "/v1/", "/healthz", "/readyz", "/metrics", "/api/openapi.json", "/sdk/corridor.js")
"""Built files, the events' door (it takes a write key, no session) and the doors of those who run the house: nothing of a workspace is asked there by id."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with the names of what it takes."""

    method: str
    path: str
    parameters: tuple[str, ...]
    query: tuple[str, ...]
    body: tuple[str, ...]
    is_form: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def places(self) -> tuple[str, ...]:
        """Each path parameter with the segment before it, such as `cases/{case_id}`: what it is an id of."""
        segments = re.sub(r":\w+\}", "}", self.path).split("/")
        return tuple(f"{before}/{here}" for before, here in pairwise(segments) if here.startswith("{"))


def operations(app: FastAPI) -> list[Operation]:
    """Return every operation of the app that somebody can ask for by its path."""
    found = {str(one): one for one in _all(app) if not one.path.startswith(OUTSIDE)}
    return [found[name] for name in sorted(found)]


def _all(app: FastAPI) -> Iterator[Operation]:
    for context in iter_route_contexts(app.routes):
        if context.path is None:
            continue
        dependant = getattr(context.original_route, "dependant", None)
        body = _fields(dependant.body_params) if dependant else []
        query = _names(dependant, "query_params") if dependant else set()
        if dependant and reads_filters(dependant):
            query |= set(PARAMETERS)
        is_form = any(type(one.field_info).__name__ in ("Form", "File") for one in dependant.body_params) if dependant else False
        for method in sorted((context.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            yield Operation(
                method=method, path=context.path, parameters=tuple(re.findall(r"\{(\w+)", context.path)), query=tuple(sorted(query)),
                body=tuple(sorted(body)), is_form=is_form,
            )  # fmt: skip


def _names(dependant: Any, kind: str) -> set[str]:
    """Return the names that a handler and all it depends on take."""
    found = {one.alias for one in getattr(dependant, kind)}
    for inner in dependant.dependencies:
        found |= _names(inner, kind)
    return found


def _fields(parameters: Any) -> list[str]:
    """Return the names in a body: of a form's fields, or of a JSON model's members."""
    found: list[str] = []
    for one in parameters:
        model = getattr(one.field_info, "annotation", None)
        members = getattr(model, "model_fields", None)
        found += list(members) if members else [one.alias]
    return found
