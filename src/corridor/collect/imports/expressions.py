"""The small languages inside a mapping, as SQL: `{column | other}` in texts, conditions on rows, and sums like `quantity * price`."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from corridor.collect.imports.mapping import Condition

_REFERENCE = re.compile(r"\{([^{}]*)\}")
_NUMBERS = ("integer", "decimal")
_MOMENTS = ("datetime", "date")
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class Mistake(Exception):
    """A part of the mapping that does not fit the rest; the message is the end of a sentence that begins with the key."""


@dataclass(frozen=True, slots=True)
class Value:
    """A piece of SQL and the kind of value it gives: a kind of column, or `json` for text that is JSON already."""

    sql: str
    kind: str


Resolve = Callable[[str], Value]
"""Gives the value of a column by its name, such as `state` or `customers.state`."""


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def as_utc(sql: str, zone: str) -> str:
    """Return a local time of the zone as UTC; a time that the clock skipped or had twice is taken as the later one."""
    return sql if zone == "UTC" else f"timezone('UTC', timezone({quoted(zone)}, {sql}))"


def as_local_day(sql: str, zone: str) -> str:
    """Return the day in the zone on which a UTC time falls."""
    return f"CAST(timezone({quoted(zone)}, timezone('UTC', {sql})) AS DATE)"


def end_of_day(sql: str, zone: str) -> str:
    """Return the last moment of a day in the zone, as UTC: a microsecond before the next day begins."""
    return f"({as_utc(f'CAST({sql} + 1 AS TIMESTAMP)', zone)} - INTERVAL 1 MICROSECOND)"


def as_moment(value: Value, zone: str) -> Value:
    """Return a value as a moment; a day counts from its beginning in the zone."""
    if value.kind == "datetime":
        return value
    if value.kind == "date":
        return Value(as_utc(f"CAST({value.sql} AS TIMESTAMP)", zone), "datetime")
    raise Mistake(f"is of kind {value.kind}; a datetime or a date is needed")


def as_text(value: Value) -> str:
    """Return the value as SQL text, missing where it is missing."""
    if value.kind == "datetime":
        return f"strftime({value.sql}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    if value.kind == "decimal":
        return f"regexp_replace(CAST(CAST({value.sql} AS DOUBLE) AS VARCHAR), '\\.0$', '')"
    return value.sql if value.kind in ("text", "json") else f"CAST({value.sql} AS VARCHAR)"


def as_json(value: Value) -> str:
    """Return the value as SQL text that is JSON, missing where it is missing."""
    if value.kind == "text":
        return f"CAST(to_json({value.sql}) AS VARCHAR)"
    if value.kind in _MOMENTS:
        return f"('\"' || {as_text(value)} || '\"')"
    if value.kind == "decimal":
        return f"CAST(to_json(CAST({value.sql} AS DOUBLE)) AS VARCHAR)"
    return as_text(value)


def template(text: str, resolve: Resolve, zone: str) -> Value:
    """Return what a text of the mapping gives: one reference keeps its kind; among other text, a missing part makes all missing."""
    parts = [part for part in re.split(r"(\{[^{}]*\})", text) if part]
    loose = _REFERENCE.sub("", text)
    if "{" in loose or "}" in loose:
        raise Mistake(f"is '{text}', where a brace is not closed; a column is written {{name}}")
    if len(parts) == 1 and _REFERENCE.fullmatch(parts[0]):
        return _reference(parts[0], resolve, zone)
    pieces = [as_text(_reference(part, resolve, zone)) if part.startswith("{") else quoted(part) for part in parts]
    return Value("(" + (" || ".join(pieces) or "''") + ")", "text")


def is_constant(text: str) -> bool:
    """Say whether a text names no column."""
    return _REFERENCE.search(text) is None


def _reference(braced: str, resolve: Resolve, zone: str) -> Value:
    values = []
    for choice in braced[1:-1].split("|"):
        name = choice.strip()
        is_text = len(name) > 1 and name[0] == name[-1] and name[0] in "'\""
        values.append(Value(quoted(name[1:-1]), "text") if is_text else resolve(name))
    kinds = {value.kind for value in values}
    if kinds == set(_MOMENTS):
        values = [as_moment(value, zone) for value in values]
    elif len(kinds) > 1:
        values = [Value(as_text(value), "text") for value in values]
    if len(values) == 1:
        return values[0]
    return Value(f"coalesce({', '.join(value.sql for value in values)})", values[0].kind)


def json_of(content: Any, resolve: Resolve, zone: str) -> str:
    """Return SQL that makes the JSON of a property: texts may name columns, and what is missing is left out."""
    if isinstance(content, Mapping):
        parts = [_pair(str(key), json_of(value, resolve, zone)) for key, value in content.items()]
        return f"('{{' || concat_ws(',', {', '.join(parts)}) || '}}')" if parts else "'{}'"
    if isinstance(content, list):
        parts = [json_of(value, resolve, zone) for value in content]
        return f"('[' || concat_ws(',', {', '.join(parts)}) || ']')" if parts else "'[]'"
    if isinstance(content, str) and not is_constant(content):
        return as_json(template(content, resolve, zone))
    return quoted(json.dumps(content, ensure_ascii=False))


def _pair(key: str, value: str) -> str:
    return f"{quoted(json.dumps(key, ensure_ascii=False) + ':')} || {value}"


def condition_sql(alternatives: Sequence[Mapping[str, Condition]], resolve: Resolve, zone: str) -> str:
    """Return SQL that is true for the rows that count."""
    entries = [
        " AND ".join(test for name, condition in entry.items() for test in _tests(name, condition, resolve, zone)) or "TRUE"
        for entry in alternatives
    ]
    return "(" + " OR ".join(f"({entry})" for entry in entries) + ")"


def _tests(name: str, condition: Condition, resolve: Resolve, zone: str) -> list[str]:
    column = resolve(name)
    given = condition.model_fields_set
    tests = []
    if "given" in given and condition.given is not None:
        tests.append(f"{column.sql} IS {'NOT ' if condition.given else ''}NULL")
    if "is_" in given:
        left, right = _compared(name, column, condition.is_, resolve, zone)
        tests.append(f"{left} IS NOT DISTINCT FROM {right}")
    if "not_" in given:
        left, right = _compared(name, column, condition.not_, resolve, zone)
        tests.append(f"{left} IS DISTINCT FROM {right}")
    for wanted, choices in (("", condition.in_), ("NOT ", condition.not_in)):
        if choices is not None:
            among = ", ".join(_compared(name, column, choice, resolve, zone)[1] for choice in choices)
            tests.append(f"coalesce({wanted}{column.sql} IN ({among}), {'TRUE' if wanted else 'FALSE'})")
    if condition.starts_with is not None:
        tests.append(f"coalesce(starts_with({as_text(column)}, {quoted(condition.starts_with)}), FALSE)")
    for field, sign in (("above", ">"), ("at_least", ">="), ("below", "<"), ("at_most", "<=")):
        if field in given:
            left, right = _compared(name, column, getattr(condition, field), resolve, zone)
            tests.append(f"coalesce({left} {sign} {right}, FALSE)")
    return tests


def _compared(name: str, column: Value, other: Any, resolve: Resolve, zone: str) -> tuple[str, str]:
    """Return both sides of a comparison. A moment against a day is compared by the moment's day in the zone."""
    if isinstance(other, str) and not is_constant(other):
        value = template(other, resolve, zone)
        if column.kind == "datetime" and value.kind == "date":
            return as_local_day(column.sql, zone), value.sql
        if column.kind == "date" and value.kind == "datetime":
            return column.sql, as_local_day(value.sql, zone)
        if column.kind != value.kind and not {column.kind, value.kind} <= set(_NUMBERS):
            raise Mistake(f"compares {name} ({column.kind}) with {other} ({value.kind}); both must be of one kind")
        return column.sql, value.sql
    return column.sql, _literal(name, column.kind, other)


def _literal(name: str, kind: str, value: Any) -> str:
    try:
        if kind in _NUMBERS and not isinstance(value, bool):
            return str(Decimal(str(value)))
        if kind == "datetime":
            moment = datetime.fromisoformat(str(value))
            return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"
        if kind == "date":
            return f"DATE '{date.fromisoformat(str(value)).isoformat()}'"
        if kind == "boolean" and isinstance(value, bool):
            return str(value).upper()
        if kind == "text" and not isinstance(value, bool | dict | list) and value is not None:
            return quoted(str(value))
    except (ValueError, InvalidOperation):
        pass
    raise Mistake(
        f"compares {name}, which is of kind {kind}, with {value!r}; write a {kind} there, or {{column}}, or use `given: false` for missing"
    )


def computed(formula: str, resolve: Resolve) -> Value:
    """Return the value of a formula over number columns: + - * /, brackets and numbers."""
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except SyntaxError:
        raise Mistake(f"is '{formula}', which is not a formula such as quantity * price") from None
    return Value(_formula(tree, formula, resolve), "decimal")


def _formula(node: ast.expr, formula: str, resolve: Resolve) -> str:
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        left, right = (_formula(node.left, formula, resolve), _formula(node.right, formula, resolve))
        return f"({left} / nullif({right}, 0))" if isinstance(node.op, ast.Div) else f"({left} {_SIGNS[type(node.op)]} {right})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"(-{_formula(node.operand, formula, resolve)})"
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return str(Decimal(str(node.value)))
    if isinstance(node, ast.Name):
        value = resolve(node.id)
        if value.kind not in _NUMBERS:
            raise Mistake(f"reckons with {node.id}, which is of kind {value.kind}; only integer and decimal columns can be used")
        return value.sql
    raise Mistake(f"is '{formula}'; only columns of this table, numbers, brackets and + - * / can stand in it")
