"""Puts the rows of all tables into a working database of its own, each column as its kind; what does not fit is set aside with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from corridor.collect.imports.check import Plan
from corridor.collect.imports.expressions import Value, as_utc, condition_sql, named, quoted
from corridor.collect.imports.facts import TableRead
from corridor.collect.imports.mapping import Column
from corridor.collect.imports.plan import Shape, Shapes
from corridor.collect.imports.rows import Broken, Chunk, chunks_of
from corridor.collect.imports.workshop import number_of
from corridor.ground.problems import Invalid

if TYPE_CHECKING:
    import duckdb

Told = Callable[[int, int], None]
"""Hears of progress: the rows that were read since it last heard, and the bytes of the file that they took."""

SQL_KINDS = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(24, 6)",
    "datetime": "TIMESTAMP",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
NO = {
    "integer": "no whole number",
    "decimal": "no number",
    "datetime": "no time",
    "date": "no day",
    "boolean": "neither yes nor no",
}
PERSIAN_AND_ARABIC = "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"
"""Digits that are read as 0 to 9 twice over."""
_WITH_OFFSET = r":\d\d(:\d\d(\.\d+)?)?\s*([Zz]|[+-]\d\d(:?\d\d)?)$"
FEWEST_TO_JUDGE = 100
"""Rows that a table must have before the share of broken ones says that the mapping is wrong rather than the rows."""


def stage_tables(connection: duckdb.DuckDBPyConnection, plan: Plan, told: Told) -> list[TableRead]:
    """Read all files into the working database, set aside what cannot stay, and make the tables whole.

    Raises:
        Problem: a file is damaged, or so many rows do not fit that the mapping must be wrong; nothing was taken in then.
    """
    shapes = plan.shapes
    for shape in shapes.values():
        if shape.table.files is not None:
            _read_table(connection, shape, plan, told)
    for shape in _parents_first(shapes):
        _set_aside_repeated(connection, shape)
        for bond in shape.bonds.values():
            if not bond.optional and shapes[bond.to].table.files is not None:
                _set_aside_orphans(connection, shape, shapes[bond.to], bond.by)
    for shape in shapes.values():
        if shape.grouping:
            connection.execute(f"CREATE TABLE {shape.rows} AS {shape.grouping}")
        connection.execute(f"CREATE {'TABLE' if _is_reckoned(shape) else 'VIEW'} {shape.whole} AS {shape.completing}")
    reads = [_count(connection, shape, plan) for shape in shapes.values() if shape.table.files is not None]
    for read in reads:
        _refuse_if_mostly_broken(connection, read, plan)
    return reads


def _read_table(connection: duckdb.DuckDBPyConnection, shape: Shape, plan: Plan, told: Told) -> None:
    columns = shape.table.columns
    kinds = "".join(f", {named(name)} {SQL_KINDS[column.kind]}" for name, column in columns.items())
    connection.execute(f"CREATE TABLE {shape.rows} (_file INTEGER, _line BIGINT, _raw VARCHAR{kinds})")
    for number, file in enumerate(plan.files[shape.name]):
        before = 0
        for chunk in chunks_of(file, shape.table, plan.headers[file.path]):
            _take(connection, shape, number, chunk, plan.zone)
            told(chunk.rows.num_rows + len(chunk.broken), chunk.done - before)
            before = chunk.done


def _take(connection: duckdb.DuckDBPyConnection, shape: Shape, number: int, chunk: Chunk, zone: str) -> None:
    set_aside(connection, shape.name, number, chunk.broken)
    if not chunk.rows.num_rows:
        return
    import pyarrow.compute as pc

    other_digits = pc.any(pc.match_substring_regex(chunk.rows.column("_raw"), f"[{PERSIAN_AND_ARABIC}]")).as_py()
    connection.register("incoming", chunk.rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE converted AS {_converting(shape, zone, bool(other_digits))}")
    connection.unregister("incoming")
    names = "".join(f", {named(name)}" for name in shape.table.columns)
    connection.execute(f"INSERT INTO {shape.rows} SELECT {number}, _line, _raw{names} FROM converted WHERE _fault IS NULL")
    connection.execute(
        f'INSERT INTO broken SELECT {quoted(shape.name)}, {number}, _line, _fault.code, _fault."column", _fault.reason, encode(_raw)'
        " FROM converted WHERE _fault IS NOT NULL"
    )


def set_aside(connection: duckdb.DuckDBPyConnection, name: str, number: int, broken: list[Broken]) -> None:
    """Note rows that cannot be taken."""
    if broken:
        rows = [(name, number, *one) for one in broken]
        connection.executemany("INSERT INTO broken VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _converting(shape: Shape, zone: str, other_digits: bool) -> str:
    """Return the SELECT that turns the texts of a chunk into the kinds of the columns, with the fault of each row that has one."""
    missing = ", ".join(quoted(text) for text in {"", *shape.table.missing})
    columns = list(shape.table.columns.items())
    given = "".join(f", CASE WHEN c{place} NOT IN ({missing}) THEN c{place} END AS c{place}" for place in range(len(columns)))
    kept = "".join(f", c{place}" for place in range(len(columns)))
    typed = "".join(
        f", {_typed(f'c{place}', column, zone, other_digits)} AS {named(name)}" for place, (name, column) in enumerate(columns)
    )
    inside = "".join(f", {_in_calendar(name, column)} AS {named(name)}" for name, column in columns)
    return (
        f"WITH given AS (SELECT _line, _raw{given} FROM incoming),"
        f" typed AS (SELECT _line, _raw{kept}{typed} FROM given), inside AS (SELECT _line, _raw{kept}{inside} FROM typed)"
        f" SELECT *, CASE {' '.join(_faults(shape, zone))} END AS _fault FROM inside"
    )


def _faults(shape: Shape, zone: str) -> Iterator[str]:
    yield _fault("contains(_raw, chr(0))", "bad_encoding", "", quoted("has a NUL character, which no text has"))
    key = set(shape.table.key or ())
    for place, (name, column) in enumerate(shape.table.columns.items()):
        if column.kind != "text":
            said = f"{quoted(name + ' is ')} || '''' || left(c{place}, 80) || '''' || {quoted(', which is ' + NO[column.kind])}"
            yield _fault(f"c{place} IS NOT NULL AND {named(name)} IS NULL", f"bad_{column.kind}", name, said)
        if column.needed or name in key:
            yield _fault(f"{named(name)} IS NULL", "missing", name, quoted(f"{name} is empty, and a row needs it"))
    for rule in shape.table.set_aside:
        condition = condition_sql(rule.where, lambda wanted: Value(named(wanted), shape.kinds[wanted]), zone)
        yield _fault(condition, "set_aside", "", quoted(rule.because))
    yield "ELSE NULL"


def _fault(condition: str, code: str, column: str, reason: str) -> str:
    return f'WHEN {condition} THEN {{"code": {quoted(code)}, "column": {quoted(column)}, "reason": {reason}}}'


def _typed(text: str, column: Column, zone: str, other_digits: bool) -> str:
    if column.kind == "text":
        return text
    if column.kind == "boolean":
        yes, no = (", ".join(quoted(word.lower()) for word in words) for words in (column.true, column.false))
        return f"CASE WHEN lower({text}) IN ({yes}) THEN TRUE WHEN lower({text}) IN ({no}) THEN FALSE END"
    return _read(f"translate({text}, '{PERSIAN_AND_ARABIC}', '01234567890123456789')" if other_digits else text, column, zone)


def _read(text: str, column: Column, zone: str) -> str:
    if column.kind == "integer":
        return f"CASE WHEN regexp_full_match({text}, '[+-]?\\d+(\\.0*)?') THEN TRY_CAST({text} AS BIGINT) END"
    if column.kind == "decimal":
        number = f"replace(replace({text}, '.', ''), ',', '.')" if column.decimal_comma else text
        return f"TRY_CAST({number} AS {SQL_KINDS['decimal']})"
    local = column.zone or zone
    if column.format in (["unix"], ["unix_ms"]):
        moment = f"make_timestamp(CAST(TRY_CAST({text} AS DECIMAL(24, 6)) * {1_000_000 if column.format == ['unix'] else 1_000} AS BIGINT))"
        day = f"CAST(timezone({quoted(local)}, timezone('UTC', {moment})) AS DATE)"
    elif column.format is not None:
        parsed = f"try_strptime({text}, [{', '.join(quoted(one) for one in column.format)}])"
        moment, day = as_utc(parsed, local), f"CAST({parsed} AS DATE)"
    else:
        parsed = f"TRY_CAST({text} AS TIMESTAMP)"
        offset = f"regexp_matches({text}, {quoted(_WITH_OFFSET)})"
        moment = f"CASE WHEN {offset} THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) ELSE {as_utc(parsed, local)} END"
        day = f"TRY_CAST({parsed} AS DATE)"
    return day if column.kind == "date" else moment


def _in_calendar(name: str, column: Column) -> str:
    """Return the column; a day or time that the line could not read, before the year 1 or after 9999, as missing."""
    if column.kind not in ("date", "datetime"):
        return named(name)
    return f"CASE WHEN {named(name)} BETWEEN '0001-01-03' AND '9999-12-29' THEN {named(name)} END"


def _parents_first(shapes: Shapes) -> list[Shape]:
    """Return the tables with files so that the rows of one are settled before those that belong to it."""
    waiting = {name: shape for name, shape in shapes.items() if shape.table.files is not None}
    ordered: list[Shape] = []
    while waiting:
        ready = [
            shape
            for shape in waiting.values()
            if not ({bond.to for bond in shape.bonds.values()} & waiting.keys() - {shape.name})
        ]
        ordered.extend(waiting.pop(shape.name) for shape in ready or list(waiting.values()))
    return ordered


def _set_aside_repeated(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    if shape.table.key:
        key = ", ".join(named(column) for column in shape.table.key)
        shown = " || ', ' || ".join(f"CAST({named(column)} AS VARCHAR)" for column in shape.table.key)
        again = f"{quoted(' and '.join(shape.table.key) + ' ')} || '''' || left({shown}, 120) || ''' came before, at line ' || first_line"
        reason = f"{again} || CASE WHEN _raw = first_raw THEN ', in the same row' ELSE ', in a row that differs; the first is kept' END"
        _drop_later(connection, shape, key, "repeated_key", ",".join(shape.table.key), reason)
    elif shape.table.repeated == "quarantine":
        _drop_later(connection, shape, "_raw", "repeated_row", "", "'is the same as line ' || first_line || ', letter by letter'")


def _drop_later(connection: duckdb.DuckDBPyConnection, shape: Shape, key: str, code: str, column: str, reason: str) -> None:
    if not number_of(connection, f"SELECT count(*) - count(DISTINCT ({key},)) FROM {shape.rows}"):
        return
    # Only groups with more than one row are sorted: a window over all rows would cost most of the import.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE later AS SELECT * FROM (SELECT _file, _line, _raw, {key if key != '_raw' else '1 AS one'},"
        " row_number() OVER following AS place, first(_line) OVER following AS first_line, first(_raw) OVER following AS first_raw"
        f" FROM {shape.rows} SEMI JOIN (SELECT {key} FROM {shape.rows} GROUP BY ALL HAVING count(*) > 1) USING ({key})"
        f" WINDOW following AS (PARTITION BY {key} ORDER BY _file, _line)) WHERE place > 1"
    )
    _drop(connection, shape, f"SELECT _file, _line, _raw, {reason} AS reason FROM later", code, column)


def _set_aside_orphans(connection: duckdb.DuckDBPyConnection, shape: Shape, parent: Shape, by: tuple[str, ...]) -> None:
    on = " AND ".join(f"own.{named(mine)} = its.{named(theirs)}" for mine, theirs in zip(by, parent.key, strict=True))
    shown = " || ', ' || ".join(f"coalesce(CAST(own.{named(column)} AS VARCHAR), '(empty)')" for column in by)
    absent = quoted("' is not in " + parent.name)
    reason = f"{quoted(' and '.join(by) + ' ')} || '''' || left({shown}, 120) || {absent}"
    select = f"SELECT _file, _line, _raw, {reason} AS reason FROM {shape.rows} AS own ANTI JOIN {parent.rows} AS its ON {on}"
    _drop(connection, shape, select, "no_parent", ",".join(by))


def _drop(connection: duckdb.DuckDBPyConnection, shape: Shape, select: str, code: str, column: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE dropped AS {select}")
    if not number_of(connection, "SELECT count(*) FROM dropped"):
        return
    connection.execute(
        f"INSERT INTO broken SELECT {quoted(shape.name)}, _file, _line, {quoted(code)}, {quoted(column)}, reason, encode(_raw) FROM dropped"
    )
    connection.execute(f"DELETE FROM {shape.rows} WHERE (_file, _line) IN (SELECT (_file, _line) FROM dropped)")


def _is_reckoned(shape: Shape) -> bool:
    return bool(shape.table.gathers or shape.table.compute)


def _count(connection: duckdb.DuckDBPyConnection, shape: Shape, plan: Plan) -> TableRead:
    rows = number_of(connection, f"SELECT count(*) FROM {shape.rows}")
    broken = number_of(connection, f"SELECT count(*) FROM broken WHERE name = {quoted(shape.name)}")
    return TableRead(shape.name, tuple(file.name for file in plan.files[shape.name]), rows, broken)


def _refuse_if_mostly_broken(connection: duckdb.DuckDBPyConnection, read: TableRead, plan: Plan) -> None:
    total = read.rows + read.quarantined
    if total < FEWEST_TO_JUDGE or read.quarantined <= plan.mapping.most_broken * total:
        return
    worst = connection.execute(
        "SELECT any_value(reason ORDER BY line), min(line), count(*) FROM broken WHERE name = ?"
        ' GROUP BY code, "column" ORDER BY count(*) DESC LIMIT 1',
        [read.table],
    ).fetchall()
    reason, line, count = worst[0]
    example = f" {count:,} of them such as line {line}: {reason}."
    raise Invalid(
        f"{read.quarantined:,} of the {total:,} rows of {', '.join(read.files)} do not fit the table {read.table}.{example}"
        " That is more than a few broken rows, so nothing was imported. Correct the mapping"
        f" (or allow it: `most_broken: 1`; now {plan.mapping.most_broken:g}).",
        code="mostly_broken",
        field=f"tables.{read.table}",
    )
