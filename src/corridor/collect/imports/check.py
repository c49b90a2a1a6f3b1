"""Checks a mapping against itself, the workspace and the headers of all files, before a single row is taken."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from corridor.collect.imports.expressions import is_constant
from corridor.collect.imports.files import DELIMITERS, File, files_of, header_of
from corridor.collect.imports.load import Source, read_mapping
from corridor.collect.imports.mapping import Mapping, Table
from corridor.collect.imports.plan import Mistakes, Shapes, no_such_zone, perhaps, shape_tables
from corridor.collect.imports.rules import Emission, emissions
from corridor.ground.vocabulary import Touchpoint, Workspace


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping that fits: what to read, what to make of it, and what to save before."""

    mapping: Mapping
    digest: str
    zone: str
    shapes: Shapes
    emissions: list[Emission]
    files: dict[str, list[File]]
    headers: dict[Path, list[str]]

    def touchpoints(self) -> list[Touchpoint]:
        """Return the touchpoints that the mapping brings."""
        return [
            Touchpoint(
                key=key,
                name=part.name,
                stage=part.stage,
                owner=part.owner,
                weight=part.weight,
                events=tuple(part.events),
                pages=tuple(part.pages),
                where={name: tuple(values) for name, values in part.where.items()},
                norm=part.norm,
                target=part.target,
                names=dict(part.names),
            )
            for key, part in self.mapping.touchpoints.items()
        ]


def check(mapping_file: Path, source: Path, workspace: Workspace, known_touchpoints: Collection[str]) -> Plan:
    """Return the plan of an import, or say everything that does not fit.

    Raises:
        Invalid: the mapping names what is not there: a key, a column, a table, a zone, a touchpoint.
        NotFound: a table has no file.
        Problem: a file cannot be read.
    """
    mapping, text = read_mapping(mapping_file)
    mistakes = Mistakes()
    zone = mapping.zone or workspace.zone
    if mapping.zone is not None and (sentence := _zone_mistake(mapping.zone)):
        mistakes.add(("zone",), sentence)
        zone = "UTC"
    shapes = shape_tables(mapping, zone, mistakes)
    emitted = [] if mistakes.found else emissions(mapping, shapes, zone, mistakes)
    _check_touchpoints(mapping, {*known_touchpoints, *mapping.touchpoints}, mistakes)
    if not emitted and not mistakes.found:
        mistakes.add((), "makes no event: it needs at least one rule under events, customers, promises, revenue or ratings")
    _refuse(text, mistakes)
    files = {name: files_of(name, table, source) for name, table in mapping.tables.items() if table.files is not None}
    headers = {file.path: header_of(file, mapping.tables[name]) for name, found in files.items() for file in found}
    for name, found in files.items():
        for file in found:
            for key, sentence in _missing_columns(mapping.tables[name], file, headers[file.path]):
                mistakes.add(("tables", name, "columns", key), sentence)
    _refuse(text, mistakes)
    digest = hashlib.sha256(text.text.encode()).hexdigest()
    return Plan(mapping, digest, zone, shapes, emitted, files, headers)


def _refuse(text: Source, mistakes: Mistakes) -> None:
    if mistakes.found:
        raise text.refuse(mistakes.found)


def _zone_mistake(zone: str) -> str:
    from zoneinfo import available_timezones

    return "" if zone in available_timezones() else no_such_zone(zone)


def _check_touchpoints(mapping: Mapping, known: set[str], mistakes: Mistakes) -> None:
    named = [("promises", key, rule.touchpoint) for key, rule in mapping.promises.items()]
    named += [("ratings", key, rule.touchpoint) for key, rule in mapping.ratings.items()]
    for section, key, touchpoint in named:
        if is_constant(touchpoint) and touchpoint not in known:
            near = perhaps(touchpoint, sorted(known))
            sentence = f"is '{touchpoint}', which neither the mapping nor the workspace has{near} Touchpoints there: {', '.join(sorted(known))}"
            mistakes.add((section, key, "touchpoint"), sentence)


def _missing_columns(table: Table, file: File, header: list[str]) -> Iterator[tuple[str, str]]:
    for key, column in table.columns.items():
        wanted = column.column or key
        times = header.count(wanted)
        if times == 1:
            continue
        if times > 1:
            yield (
                key,
                f"wants the column '{wanted}', but {file.name} has {times} columns of that name; rename one of them in the file",
            )
            continue
        apart = next((sign for sign in DELIMITERS if sign != table.delimiter and len(header) == 1 and sign in header[0]), None)
        if file.format == "csv" and apart is not None:
            yield (
                key,
                f"wants the column '{wanted}', but the columns of {file.name} are separated by a {DELIMITERS[apart]}; set `delimiter: {apart!r}`",
            )
            return
        yield (
            key,
            f"wants the column '{wanted}', but {file.name} has no such column{perhaps(wanted, header)} Columns there: {_listed(header)}",
        )


def _listed(header: list[str]) -> str:
    shown = ", ".join(name[:60] for name in header[:40])
    return f"{shown} … and {len(header) - 40} more" if len(header) > 40 else shown
