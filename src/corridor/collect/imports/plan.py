"""The tables of a mapping with all their columns, in an order in which each can be made, once it is clear that all of it fits together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from zoneinfo import available_timezones

from corridor.collect.imports.expressions import Mistake, Value, computed, condition_sql, json_of, named
from corridor.collect.imports.load import KeyPath
from corridor.collect.imports.mapping import Aggregate, Gather, Mapping, Table

PLACE = ("_file", "_line")
"""Where a row stands: in which file of its table, on which line."""


@dataclass(frozen=True, slots=True)
class Bond:
    """The way from a row to the row of another table that it belongs to."""

    name: str
    to: str
    by: tuple[str, ...]
    optional: bool


@dataclass(slots=True)
class Shape:
    """A table of the mapping as SQL knows it: the kinds of its columns, its key, and what its rows belong to."""

    name: str
    table: Table
    kinds: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    bonds: dict[str, Bond] = field(default_factory=dict)
    grouping: str = ""
    """The SELECT that makes the rows of a grouped table."""
    completing: str = ""
    """The SELECT that makes the whole table out of its rows."""

    @property
    def rows(self) -> str:
        """The SQL table of the rows as they were read."""
        return named(f"rows of {self.name}")

    @property
    def whole(self) -> str:
        """The SQL table with the reckoned and gathered columns too."""
        return named(self.name)


Shapes = dict[str, Shape]


class Scope:
    """The columns that can be named beside a table: its own, and with a name and a dot those of the rows that it belongs to.

    Those of the table `without` are left out: it is only being made.
    """

    def __init__(self, shapes: Shapes, table: str, without: str = "") -> None:
        self._shapes = shapes
        self._table = table
        self._ways = {name: way for name, way in _ways(shapes, table).items() if way[1].to != without}
        self._used: list[str] = []

    def value(self, name: str) -> Value:
        """Return the column's value.

        Raises:
            Mistake: there is no such column; says which there are.
        """
        beside, dot, column = name.rpartition(".")
        shape = self._shapes[self._table]
        if dot:
            if beside not in self._ways:
                near = f"the tables that it belongs to: {', '.join(self._ways)}" if self._ways else "it belongs to no other table"
                raise Mistake(
                    f"names {name}, but from {self._table} there is no way to '{beside}'{perhaps(beside, list(self._ways))} ({near})"
                )
            shape = self._shapes[self._ways[beside][1].to]
            self._use(beside)
        if column not in shape.kinds:
            known = list(shape.kinds)
            raise Mistake(
                f"names '{name}', but {shape.name} has no column '{column}'{perhaps(column, known)} Columns there: {', '.join(known)}"
            )
        return Value(f"{named(beside or self._table)}.{named(column)}", shape.kinds[column])

    def place(self, part: str) -> str:
        """Return the SQL of where the row stands."""
        return f"{named(self._table)}.{part}"

    def tables(self) -> str:
        """Return the FROM clause for all that was named so far."""
        clause = f"{self._shapes[self._table].whole} AS {named(self._table)}"
        for name in self._used:
            origin, bond = self._ways[name]
            keys = zip(bond.by, self._shapes[bond.to].key, strict=True)
            on = " AND ".join(f"{named(origin)}.{named(own)} = {named(name)}.{named(its)}" for own, its in keys)
            clause += f" LEFT JOIN {self._shapes[bond.to].whole} AS {named(name)} ON {on}"
        return clause

    def _use(self, name: str) -> None:
        origin, _ = self._ways[name]
        if origin != self._table:
            self._use(origin)
        if name not in self._used:
            self._used.append(name)


def _ways(shapes: Shapes, table: str) -> dict[str, tuple[str, Bond]]:
    """Return every bond that can be reached from a table, nearest first, with the name of where it begins."""
    found: dict[str, tuple[str, Bond]] = {}
    waiting = [(table, shapes[table])]
    while waiting:
        origin, shape = waiting.pop(0)
        for bond in shape.bonds.values():
            if bond.name not in found and bond.name != table:
                found[bond.name] = (origin, bond)
                waiting.append((bond.name, shapes[bond.to]))
    return found


def read_table(shapes: Shapes, name: str) -> str:
    """Return the table in whose files the rows of a table stand: itself, or what it groups."""
    while (source := shapes[name].table.groups) is not None:
        name = source
    return name


class Mistakes:
    """Gathers what is wrong with a mapping, so that all of it can be told at once."""

    def __init__(self) -> None:
        self.found: list[tuple[KeyPath, str]] = []

    def add(self, path: KeyPath, sentence: str) -> None:
        """Note a mistake."""
        self.found.append((path, sentence if sentence.endswith((".", "?")) else sentence + "."))

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Note what a block finds wrong under this key and go on after it."""
        try:
            yield
        except Mistake as mistake:
            self.add(path, str(mistake))


def perhaps(wrong: str, known: list[str]) -> str:
    """Return the question whether something like it was meant."""
    close = get_close_matches(wrong, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else "."


def shape_tables(mapping: Mapping, zone: str, mistakes: Mistakes) -> Shapes:
    """Return the tables in an order in which each can be made whole; what does not fit is noted."""
    shapes = {name: Shape(name, table) for name, table in mapping.tables.items()}
    for shape in shapes.values():
        _bind(shape, shapes, mistakes)
        for name, column in shape.table.columns.items():
            shape.kinds[name] = column.kind
            if column.zone is not None and column.zone not in available_timezones():
                mistakes.add(("tables", shape.name, "columns", name, "zone"), no_such_zone(column.zone))
        shape.key = tuple(shape.table.key or shape.table.by)
        for key in shape.table.key or ():
            if key not in shape.kinds:
                mistakes.add(("tables", shape.name, "key"), _no_column(shape, key))
    ordered = _in_order(shapes, mistakes)
    if mistakes.found:
        return shapes
    for shape in ordered:
        _complete(shape, shapes, zone, mistakes)
    for shape in ordered:
        _check_bonds(shape, shapes, mistakes)
    return {shape.name: shape for shape in ordered}


def no_such_zone(zone: str) -> str:
    """Return the sentence about a time zone that does not exist."""
    return (
        f"is '{zone}', which is no time zone{perhaps(zone, sorted(available_timezones()))} Zones are named like Europe/Amsterdam"
    )


def _no_column(shape: Shape, name: str) -> str:
    known = list(shape.kinds)
    return f"names '{name}', but {shape.name} has no column '{name}'{perhaps(name, known)} Columns there: {', '.join(known)}"


def _no_table(name: str, shapes: Shapes) -> str:
    return f"names the table '{name}', which is not there{perhaps(name, list(shapes))} Tables there: {', '.join(shapes)}"


def _bind(shape: Shape, shapes: Shapes, mistakes: Mistakes) -> None:
    for name, belongs in shape.table.belongs.items():
        to = belongs.to or name
        path: KeyPath = ("tables", shape.name, "belongs", name)
        if to not in shapes:
            mistakes.add(path, _no_table(to, shapes))
        elif not (key := shapes[to].table.key or list(shapes[to].table.by)):
            mistakes.add(path, f"belongs to {to}, which has no key; say in tables.{to} which columns are its key")
        elif len(key) != len(belongs.by):
            mistakes.add(path, f"gives {len(belongs.by)} column(s), but the key of {to} has {len(key)}: {', '.join(key)}")
        else:
            shape.bonds[name] = Bond(name, to, tuple(belongs.by), belongs.optional)
    if shape.table.groups is not None and shape.table.groups not in shapes:
        mistakes.add(("tables", shape.name, "groups"), _no_table(shape.table.groups, shapes))
    for name, gather in shape.table.gathers.items():
        path = ("tables", shape.name, "gathers", name, "from")
        if gather.from_ not in shapes:
            mistakes.add(path, _no_table(gather.from_, shapes))
        elif _bond_to(source := shapes[gather.from_].table, shape.name) is None:
            known = ", ".join(source.belongs) or "nothing"
            mistakes.add(
                path,
                f"is {gather.from_}, but those rows do not belong to {shape.name} (they belong to {known}); say so in tables.{gather.from_}.belongs",
            )


def _bond_to(table: Table, wanted: str) -> str | None:
    return next((name for name, belongs in table.belongs.items() if (belongs.to or name) == wanted), None)


def _in_order(shapes: Shapes, mistakes: Mistakes) -> list[Shape]:
    """Return the tables so that each comes after those that its columns are made from."""
    ordered: list[Shape] = []
    waiting = dict(shapes)
    while waiting:
        ready = [shape for shape in waiting.values() if not (_made_from(shape, shapes) & waiting.keys() - {shape.name})]
        if not ready:
            mistakes.add(("tables",), f"go round in a circle: {', '.join(waiting)} are each made from one another")
            return ordered
        ordered.extend(waiting.pop(shape.name) for shape in ready)
    return ordered


def _made_from(shape: Shape, shapes: Shapes) -> set[str]:
    sources = {gather.from_ for gather in shape.table.gathers.values()} | {shape.table.groups or ""}
    beside = {bond.to for source in sources & shapes.keys() for _, bond in _ways(shapes, source).values()}
    return sources | (beside - {shape.name} if shape.table.groups is None else beside)


def _complete(shape: Shape, shapes: Shapes, zone: str, mistakes: Mistakes) -> None:
    if shape.table.groups is not None:
        _group(shape, shapes, zone, mistakes)
    parts = ["own.*"]
    joins = ""
    gathered: dict[str, Value] = {}
    for source in dict.fromkeys(gather.from_ for gather in shape.table.gathers.values()):
        joins += _gather(shape, source, shapes, zone, mistakes, gathered)
    parts += [f"{value.sql} AS {named(name)}" for name, value in gathered.items()]
    shape.kinds |= {name: value.kind for name, value in gathered.items()}
    known = {name: Value(f"own.{named(name)}", kind) for name, kind in shape.kinds.items()} | gathered
    for name, formula in shape.table.compute.items():
        with mistakes.at("tables", shape.name, "compute", name):
            known[name] = computed(formula, lambda wanted: _one_of(known, wanted, shape))
            shape.kinds[name] = known[name].kind
            parts.append(f"{known[name].sql} AS {named(name)}")
    shape.completing = f"SELECT {', '.join(parts)} FROM {shape.rows} AS own{joins}"


def _one_of(known: dict[str, Value], wanted: str, shape: Shape) -> Value:
    if wanted not in known:
        raise Mistake(_no_column(shape, wanted))
    return known[wanted]


def _group(shape: Shape, shapes: Shapes, zone: str, mistakes: Mistakes) -> None:
    """Give a grouped table the SELECT that makes its rows, under the name of rows as read."""
    source = shape.table.groups or ""
    scope = Scope(shapes, source)
    path = ("tables", shape.name)
    columns: dict[str, Value] = {}
    for name, column in shape.table.by.items():
        with mistakes.at(*path, "by", name):
            columns[name] = scope.value(column)
    keys = [value.sql for value in columns.values()]
    for name, aggregate in shape.table.values.items():
        with mistakes.at(*path, "values", name):
            columns[name] = _aggregated(aggregate, scope, zone)
    first = f"first({{}} ORDER BY {', '.join(scope.place(part) for part in PLACE)})"
    parts = [f"{value.sql} AS {named(name)}" for name, value in columns.items()]
    parts += [f"{first.format(scope.place(part))} AS {part}" for part in (*PLACE, "_raw")]
    given = " AND ".join(f"{key} IS NOT NULL" for key in keys) or "TRUE"
    shape.kinds = {name: value.kind for name, value in columns.items()}
    shape.grouping = f"SELECT {', '.join(parts)} FROM {scope.tables()} WHERE {given} GROUP BY {', '.join(keys)}"


def _gather(shape: Shape, source: str, shapes: Shapes, zone: str, mistakes: Mistakes, gathered: dict[str, Value]) -> str:
    """Add to `gathered` the values made of one other table's rows; return the join that brings them."""
    scope = Scope(shapes, source, without=shape.name)
    bond = shapes[source].bonds[_bond_to(shapes[source].table, shape.name) or ""]
    alias = named(f"of {source}")
    parts = []
    for name, gather in shape.table.gathers.items():
        if gather.from_ != source:
            continue
        with mistakes.at("tables", shape.name, "gathers", name):
            value = _aggregated(gather, scope, zone)
            parts.append(f"{value.sql} AS {named(name)}")
            own = f"{alias}.{named(name)}"
            gathered[name] = Value(f"coalesce({own}, 0)" if gather.count else own, value.kind)
    keys = [f"{named(source)}.{named(column)}" for column in bond.by]
    parts += [f"{key} AS _key{number}" for number, key in enumerate(keys)]
    on = " AND ".join(f"own.{named(column)} = {alias}._key{number}" for number, column in enumerate(shape.key))
    return f" LEFT JOIN (SELECT {', '.join(parts)} FROM {scope.tables()} GROUP BY {', '.join(keys)}) AS {alias} ON {on}"


def _aggregated(spec: Aggregate | Gather, scope: Scope, zone: str) -> Value:
    ((way, what),) = spec.ways().items()
    order = ", ".join(scope.place(part) for part in PLACE)
    if spec.ordered_by:
        down = spec.ordered_by.startswith("-")
        nulls = "FIRST" if way == "last" else "LAST"
        order = f"{scope.value(spec.ordered_by.removeprefix('-')).sql} {'DESC' if down else 'ASC'} NULLS {nulls}, {order}"
    condition = condition_sql(spec.where, scope.value, zone) if spec.where else "TRUE"
    if way == "count":
        return Value(f"count(*) FILTER (WHERE {condition})", "integer")
    if way == "list":
        items = f"list({json_of(what, scope.value, zone)} ORDER BY {order}) FILTER (WHERE {condition})"
        return Value(f"('[' || array_to_string(list_slice({items}, 1, {spec.most}), ',') || ']')", "json")
    value = scope.value(str(what))
    if way in ("sum", "mean"):
        if value.kind not in ("integer", "decimal"):
            raise Mistake(f"takes the {way} of {what}, which is of kind {value.kind}; only numbers have one")
        return Value(
            f"{'sum' if way == 'sum' else 'avg'}({value.sql}) FILTER (WHERE {condition})",
            "decimal" if way == "mean" else value.kind,
        )
    if way in ("lowest", "highest"):
        return Value(f"{'min' if way == 'lowest' else 'max'}({value.sql}) FILTER (WHERE {condition})", value.kind)
    return Value(f"{way}({value.sql} ORDER BY {order}) FILTER (WHERE {value.sql} IS NOT NULL AND {condition})", value.kind)


def _check_bonds(shape: Shape, shapes: Shapes, mistakes: Mistakes) -> None:
    for bond in shape.bonds.values():
        for own, its in zip(bond.by, shapes[bond.to].key, strict=True):
            path = ("tables", shape.name, "belongs", bond.name)
            if own not in shape.kinds:
                mistakes.add(path, _no_column(shape, own))
            elif shape.kinds[own] != (kind := shapes[bond.to].kinds[its]):
                mistakes.add(path, f"joins {own} ({shape.kinds[own]}) with {bond.to}.{its} ({kind}); give both the same kind")
