"""Reads the rows of a file as text, chunk by chunk; a row that cannot be read is told with its line and does not stop the rest."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import msgspec

from corridor.collect.imports.files import File, opened_text, readable
from corridor.collect.imports.mapping import Table
from corridor.ground.problems import Problem

if TYPE_CHECKING:
    import pyarrow

CHUNK = 20_000
"""Rows that are handed on together."""
BLOCK = 2_000
"""Lines that are read at once where all of them are sound."""
LONGEST_RAW = 64 * 1024
"""Characters of a broken row that are kept."""


class Broken(NamedTuple):
    """A row that was set aside: where it stands, why, and as it is."""

    line: int
    code: str
    column: str
    reason: str
    raw: bytes


@dataclass(slots=True)
class Chunk:
    """Some rows of a file: a table of texts (`_line`, `_raw`, then `c0`, `c1`, … for the mapping's columns) and what was broken."""

    rows: pyarrow.Table
    broken: list[Broken]
    done: int = 0
    """Bytes of the file (as it lies there, packed or not) that are read so far."""


def chunks_of(file: File, table: Table, header: list[str]) -> Iterator[Chunk]:
    """Read a file.

    Raises:
        Problem: the file is damaged; the sentence says which one it is.
    """
    wanted = [column.column or name for name, column in table.columns.items()]
    read = {"csv": _csv_chunks, "jsonl": _jsonl_chunks, "parquet": _parquet_chunks}[file.format]
    with readable(file):
        yield from read(file, table, header, wanted)


class _Lines:
    """The lines of a text, with those that a reader took since the last row, so that they can be given back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._text)
        self.taken.append(line)
        return line

    def block(self, size: int) -> list[str]:
        """Take some lines at once."""
        lines = [self._back.popleft() for _ in range(min(size, len(self._back)))]
        lines.extend(islice(self._text, size - len(lines)))
        return lines

    def give_back(self, lines: list[str]) -> None:
        """Let these lines come next."""
        self._back.extendleft(reversed(lines))

    def settle(self, keep: int) -> str:
        """Return the first `keep` lines that were taken as one text and give the others back."""
        self.give_back(self.taken[keep:])
        raw = "".join(self.taken[:keep])
        self.taken.clear()
        return raw.rstrip("\r\n")


class _CsvRows:
    """The rows of a CSV file, gathered until they are a chunk."""

    def __init__(self, file: File, table: Table, header: list[str], wanted: list[str]) -> None:
        self._file = file
        self._quoting: dict[str, Any] = {"delimiter": table.delimiter, "quotechar": table.quote, "strict": True}
        self._width = len(header)
        self._places = [header.index(name) for name in wanted]
        self._number = 1
        self._clear()

    def _clear(self) -> None:
        self.rows: list[list[str]] = []
        self._at: list[int] = []
        self._raws: list[str] = []
        self.broken: list[Broken] = []

    def skip_header(self, lines: _Lines) -> None:
        """Pass over the row of column names."""
        next(csv.reader(lines, **self._quoting), None)
        self._number += len(lines.taken)
        lines.taken.clear()

    def read_block(self, lines: _Lines) -> bool:
        """Read some lines, all at once where each is a sound row, else row by row; say whether there were any."""
        block = lines.block(BLOCK)
        try:
            rows = list(csv.reader(block, **self._quoting))
        except csv.Error:
            rows = []
        if len(rows) == len(block) and set(map(len, rows)) == {self._width}:
            self.rows += rows
            self._at += range(self._number, self._number + len(rows))
            self._raws += [line.rstrip("\r\n") for line in block]
            self._number += len(rows)
        elif block:
            lines.give_back(block)
            self._read_singly(lines, self._number + len(block))
        return bool(block)

    def _read_singly(self, lines: _Lines, until: int) -> None:
        reader = csv.reader(lines, **self._quoting)
        while self._number < until:
            try:
                row = next(reader)
                reason = "" if len(row) == self._width else f"has {len(row)} columns where the header has {self._width}"
            except StopIteration:
                return
            except csv.Error as error:
                row, reason = [], f"has quotes that do not close: {error}"
                reader = csv.reader(lines, **self._quoting)
            if not reason:
                self.rows.append(row)
                self._at.append(self._number)
                self._number += len(lines.taken)
                self._raws.append(lines.settle(len(lines.taken)))
                continue
            # Where a quote was left open, the lines after the first are sound: they are read again by themselves.
            raw = lines.settle(1)
            if raw.strip():
                self.broken.append(
                    Broken(self._number, "wrong_width" if row else "open_quote", "", reason, _bytes(raw, self._file))
                )
            self._number += 1

    def chunk(self, done: int) -> Chunk:
        """Return what was gathered and begin anew."""
        columns = list(zip(*self.rows, strict=True))
        wanted = [columns[place] if columns else () for place in self._places]
        made = _chunk(self._file, self._at, self._raws, wanted, self.broken, done)
        self._clear()
        return made


def _csv_chunks(file: File, table: Table, header: list[str], wanted: list[str]) -> Iterator[Chunk]:
    gathered = _CsvRows(file, table, header, wanted)
    with opened_text(file) as (text, done):
        lines = _Lines(text)
        if table.header is None:
            gathered.skip_header(lines)
        while gathered.read_block(lines):
            if len(gathered.rows) + len(gathered.broken) >= CHUNK:
                yield gathered.chunk(done())
        yield gathered.chunk(done())


def _jsonl_chunks(file: File, table: Table, header: list[str], wanted: list[str]) -> Iterator[Chunk]:
    decode = msgspec.json.Decoder().decode
    paths = [name.split(".") for name in wanted]
    with opened_text(file) as (text, done):
        columns: list[list[Any]] = [[] for _ in wanted]
        raws: list[str] = []
        at: list[int] = []
        broken: list[Broken] = []
        for number, line in enumerate(text, start=1):
            raw = line.strip()
            if not raw:
                continue
            try:
                content = decode(raw)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                broken.append(Broken(number, "not_json", "", f"is not JSON: {error}", _bytes(raw, file)))
                continue
            if not isinstance(content, dict):
                broken.append(Broken(number, "not_json", "", "is JSON, but not an object with keys", _bytes(raw, file)))
                continue
            for column, path in zip(columns, paths, strict=True):
                column.append(_text_at(content, path))
            raws.append(raw)
            at.append(number)
            if len(at) >= CHUNK:
                yield _chunk(file, at, raws, columns, broken, done())
                columns, raws, at, broken = [[] for _ in wanted], [], [], []
        yield _chunk(file, at, raws, columns, broken, done())


def _text_at(content: Any, path: list[str]) -> str | None:
    whole = ".".join(path)
    if isinstance(content, dict) and whole in content:
        content = content[whole]
    else:
        for step in path:
            content = content.get(step) if isinstance(content, dict) else None
    if content is None or isinstance(content, str):
        return content
    return msgspec.json.encode(content).decode()


def _parquet_chunks(file: File, table: Table, header: list[str], wanted: list[str]) -> Iterator[Chunk]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as parquet

    number = 1
    try:
        opened = parquet.ParquetFile(file.path)
        size, total = file.path.stat().st_size, max(1, opened.metadata.num_rows)
        for batch in opened.iter_batches(CHUNK, columns=list(dict.fromkeys(wanted))):
            texts = [pc.utf8_trim_whitespace(_as_texts(batch.column(name))) for name in wanted]
            raws = pc.binary_join_element_wise(*texts, ",", null_handling="replace", null_replacement="")
            at = pa.array(range(number, number + batch.num_rows), pa.int64())
            number += batch.num_rows
            yield Chunk(pa.table([at, raws, *texts], names=_names(len(texts))), [], size * (number - 1) // total)
    except (pa.ArrowInvalid, OSError) as error:
        sentence = f"{file.name} is damaged: {error} Nothing of this import was taken in. Fetch the file anew."
        raise Problem(sentence, code="damaged_file", field=file.name) from error


def _as_texts(column: pyarrow.Array) -> pyarrow.Array:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array(
            [None if value is None else msgspec.json.encode(value).decode() for value in column.to_pylist()], pa.string()
        )


def _names(columns: int) -> list[str]:
    return ["_line", "_raw", *(f"c{number}" for number in range(columns))]


def _chunk(
    file: File, at: list[int], raws: list[str], columns: Sequence[Sequence[Any]], broken: list[Broken], done: int
) -> Chunk:
    import pyarrow as pa
    import pyarrow.compute as pc

    names = _names(len(columns))
    try:
        cells = [pc.utf8_trim_whitespace(pa.array(texts, pa.string())) for texts in columns]
        return Chunk(pa.table([pa.array(at, pa.int64()), pa.array(raws, pa.string()), *cells], names), broken, done)
    except UnicodeEncodeError:
        sound = [place for place, raw in enumerate(raws) if _is_text(raw)]
    for place in sorted(set(range(len(raws))) - set(sound)):
        reason = f"has bytes that are no text in {file.encoding.removesuffix('-sig')}"
        broken.append(Broken(at[place], "bad_encoding", "", reason, _bytes(raws[place], file)))
    kept = [[column[place] for place in sound] for column in columns]
    return _chunk(file, [at[place] for place in sound], [raws[place] for place in sound], kept, broken, done)


def _is_text(raw: str) -> bool:
    try:
        raw.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bytes(raw: str, file: File) -> bytes:
    return raw[:LONGEST_RAW].encode(file.encoding.removesuffix("-sig"), "surrogateescape")
