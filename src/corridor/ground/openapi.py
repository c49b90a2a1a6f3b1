"""The API described as OpenAPI 3.1, at /api/openapi.json: how to sign in to it, and what a refusal looks like."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from corridor.ground.filters import LONGEST, PARAMETERS
from corridor.ground.web import ReadsFilters

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused, and what to do about it (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that names the value and the remedy."},
        "code": {"type": "string", "description": "A word that stays the same, for programs."},
        "message": {"type": "string"},
        "field": {"type": "string", "description": "The field at fault."},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}

REFUSED = {
    "description": "Refused",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

WAYS_IN = {
    "secretKey": {"type": "http", "scheme": "bearer", "description": "A secret key: `corridor key create secret`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-sid",
        "description": "Somebody signed in; changes need X-CSRF-Token.",
    },
}


def describe_api(app: FastAPI) -> None:
    """Let the application describe its API with our problems and ways in."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = _with_problems(schema)
            _describe_filters(app, schema)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    parts = schema.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM
    parts["securitySchemes"] = WAYS_IN
    schema["security"] = [{name: []} for name in WAYS_IN]
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = REFUSED
    return schema


def _describe_filters(app: FastAPI, schema: dict[str, Any]) -> None:
    """Tell of the parameters that an operation's filters read by themselves."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context.original_route, "dependant", None)
        if dependant is None or not reads_filters(dependant):
            continue
        for method in context.methods or ():
            operation = schema["paths"].get(context.path, {}).get(method.lower())
            if operation is not None:
                operation.setdefault("parameters", []).extend(
                    {
                        "name": name,
                        "in": "query",
                        "required": False,
                        "description": told,
                        "schema": {"type": "string", "maxLength": LONGEST},
                    }
                    for name, told in PARAMETERS.items()
                )


def reads_filters(dependant: Dependant) -> bool:
    """Say whether a handler, or something it depends on, is narrowed by filters."""
    return any(isinstance(inner.call, ReadsFilters) or reads_filters(inner) for inner in dependant.dependencies)
