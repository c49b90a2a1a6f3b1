"""The files of a mapping's tables: which they are, how they are opened, and what their headers say. It reads no rows."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TextIO

from corridor.collect.imports.mapping import Table
from corridor.ground.problems import Invalid, NotFound, Problem

Format = Literal["csv", "jsonl", "parquet"]
_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet",
}  # fmt: skip
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a table, with what is needed to read it."""

    path: Path
    name: str
    """As people see it: relative to the folder that is imported."""
    format: Format
    encoding: str
    packed: bool


def files_of(name: str, table: Table, source: Path) -> list[File]:
    """Return the files of a table in the order of their names; none for an optional table without files.

    Raises:
        NotFound: there is none; says what was looked for and which files there are.
        Invalid: a file stands there both packed and unpacked, or its format cannot be told.
    """
    if not source.exists():
        raise NotFound(f"{source} does not exist. Give the folder with the tables, or the one file.", field="path")
    folder = source if source.is_dir() else source.parent
    found: dict[Path, None] = {}
    for pattern in table.files or ():
        for variant in (pattern, f"{pattern}.gz"):
            found |= dict.fromkeys(path for path in sorted(folder.glob(variant)) if path.is_file() and source in (folder, path))
    for path in found:
        if path.with_name(path.name + ".gz") in found:
            raise Invalid(
                f"{path.name} and {path.name}.gz both stand in {folder}; move one of them away, so that no row is taken twice.",
                code="twice",
            )
    if not found and not table.optional:
        raise NotFound(_nothing_found(name, table, source, folder), code="no_files", field="path")
    return [_file(path, folder, name, table) for path in found]


def _nothing_found(name: str, table: Table, source: Path, folder: Path) -> str:
    wanted = " or ".join(f"'{pattern}'" for pattern in table.files or ())
    there = sorted(path.name for path in folder.iterdir() if path.is_file())
    if source != folder:
        return f"The table {name} wants a file called {wanted} (or that with .gz), but {source.name} is not called so."
    shown = f"Files there: {', '.join(there[:12])}{' …' if len(there) > 12 else ''}." if there else "The folder is empty."
    return f"The table {name} wants {wanted} (or that with .gz), but {folder} has no such file. {shown}"


def _file(path: Path, folder: Path, table_name: str, table: Table) -> File:
    packed = path.suffix == ".gz"
    ending = (path.with_suffix("") if packed else path).suffix.lower()
    format_ = table.format or _ENDINGS.get(ending)
    name = str(path.relative_to(folder))
    if format_ is None:
        raise Invalid(
            f"{name} does not end in .csv, .jsonl or .parquet; say its format: tables.{table_name}.format: csv", code="no_format"
        )
    if format_ == "parquet":
        return File(path, name, format_, "", packed=False)
    try:
        encoding = codecs.lookup(table.encoding).name
    except LookupError:
        raise Invalid(
            f"tables.{table_name}.encoding is '{table.encoding}', which is no encoding; utf-8 and cp1252 are usual.",
            code="bad_mapping",
        ) from None
    file = File(path, name, format_, encoding, packed)
    with readable(file), opened_bytes(file) as (stream, _):
        start = stream.read(4)
    marked = next((marked for mark, marked in _MARKS if start.startswith(mark)), None)
    return File(path, name, format_, marked or encoding, packed)


@contextmanager
def readable(file: File) -> Iterator[None]:
    """Turn the many ways in which a file can be unreadable into one sentence that says which file it is.

    Raises:
        Problem: the file is damaged, cut off, not what it claims to be, or not ours to read.
    """
    remedy = "Nothing of this import was taken in. Fetch the file anew and run the same command again."
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise Problem(f"{file.name} is damaged or cut off: {error}. {remedy}", code="damaged_file", field=file.name) from error
    except gzip.BadGzipFile as error:
        raise Problem(
            f"{file.name} ends in .gz but is not a sound gzip file: {error}. {remedy}", code="damaged_file", field=file.name
        ) from error
    except UnicodeError as error:
        sentence = f"{file.name} cannot be read as {file.encoding}: {error}. Set the table's `encoding`."
        raise Problem(sentence, code="bad_encoding", field=file.name) from error
    except OSError as error:
        raise Problem(
            f"{file.name} cannot be read: {error.strerror or error}.", code="unreadable_file", field=file.name
        ) from error


@contextmanager
def opened_bytes(file: File) -> Iterator[tuple[Any, Callable[[], int]]]:
    """Open a file, unpacked on the way; also give what tells how many of its bytes, as they lie there, are read."""
    with file.path.open("rb") as stream:
        if file.packed:
            with gzip.GzipFile(fileobj=stream) as unpacked:
                yield unpacked, stream.tell
        else:
            yield stream, stream.tell


@contextmanager
def opened_text(file: File) -> Iterator[tuple[TextIO, Callable[[], int]]]:
    """Open a file as text. Bytes that are no text of its encoding come as lone surrogates, to be found and set aside by row."""
    with opened_bytes(file) as (stream, done):
        text = io.TextIOWrapper(io.BufferedReader(stream, 1 << 20), encoding=file.encoding, errors="surrogateescape", newline="")
        try:
            yield text, done
        finally:
            text.detach().detach()


def header_of(file: File, table: Table) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        Problem: the file is empty or cannot be read.
    """
    with readable(file):
        if file.format == "parquet":
            return _parquet_columns(file)
        with opened_text(file) as (text, _):
            return _jsonl_keys(file, text) if file.format == "jsonl" else _csv_header(file, table, text)


def _csv_header(file: File, table: Table, text: TextIO) -> list[str]:
    import csv

    if table.header is not None:
        return table.header
    try:
        header = next(csv.reader(text, delimiter=table.delimiter, quotechar=table.quote), None)
    except csv.Error as error:
        raise Problem(f"{file.name} is not a table with lines and columns: {error}.", code="not_csv", field=file.name) from error
    if not header:
        raise Problem(f"{file.name} is empty; it should begin with a line of column names.", code="empty_file", field=file.name)
    return [name.strip() for name in header]


def _jsonl_keys(file: File, text: TextIO) -> list[str]:
    import json

    keys: dict[str, None] = {}
    first = list(islice(text, 1000))
    for line in first:
        try:
            content = json.loads(line)
        except ValueError:
            continue
        keys |= dict.fromkeys(paths_in(content))
    if not keys:
        what = "is empty" if not first else "has no line that is a JSON object"
        raise Problem(f"{file.name} {what}; it should hold one JSON object a line.", code="not_jsonl", field=file.name)
    return list(keys)


def paths_in(content: Any, before: str = "") -> Iterator[str]:
    """Return the keys of an object, those of objects inside it with a dot between."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield f"{before}{key}"
            yield from paths_in(value, f"{before}{key}.")


def _parquet_columns(file: File) -> list[str]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        names: list[str] = parquet.read_schema(file.path).names
    except pa.ArrowInvalid as error:
        raise Problem(f"{file.name} is not a sound Parquet file: {error}", code="damaged_file", field=file.name) from error
    return names
