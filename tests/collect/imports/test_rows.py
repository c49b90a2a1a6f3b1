"""Files as they come: packed or not, with marks and encodings, with broken rows; every row is taken or told, none is lost."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor.collect.imports.files import files_of, header_of
from corridor.collect.imports.mapping import Table
from corridor.collect.imports.rows import chunks_of
from corridor.ground.problems import Problem
from tests.collect.imports.conftest import ORDERS, Shop

TABLE = Table.model_validate({"files": "t.csv", "columns": {"a": "text", "b": "text", "c": "text"}})


def read(folder: Path) -> tuple[list[tuple[int, list[str | None]]], list[tuple[int, str, bytes]]]:
    """Return the rows (line, cells) and the broken ones (line, code, row) of the file t.csv."""
    (file,) = files_of("t", TABLE, folder)
    rows, broken = [], []
    for chunk in chunks_of(file, TABLE, header_of(file, TABLE)):
        for row in chunk.rows.to_pylist():
            rows.append((row["_line"], [row["c0"], row["c1"], row["c2"]]))
        broken += [(one.line, one.code, one.raw) for one in chunk.broken]
    return rows, broken


def test_a_broken_row_is_told_with_line_reason_and_row(shop: Shop) -> None:
    """Too few columns, an open quote, a bad day, a bad number, a missing key, bytes that are no text: each is set aside by itself."""
    shop.write(
        "orders.csv",
        ORDERS.encode()
        + b"o4,mina,2026-03-01 10:00:00\n"
        + b'o5,mina,"2026-03-01 10:00:00,2026-03-02 10:00:00,2026-03-05,1\n'
        + b"o6,mina,2026-02-30 10:00:00,,2026-03-05,1\n"
        + b"o7,mina,2026-03-01 10:00:00,,soon,1\n"
        + b"o8,mina,2026-03-01 10:00:00,,2026-03-05,12 euros\n"
        + b",mina,2026-03-01 10:00:00,,2026-03-05,1\n"
        + b"o9,m\xff\xfena,2026-03-01 10:00:00,,2026-03-05,1\n"
        + b"o1,mina,2026-03-01 10:00:00,,2026-03-05,1\n"
        + b"o10,,2026-03-01 10:00:00,,2026-03-05,1\n"
        + b"o11,mi\0na,2026-03-01 10:00:00,,2026-03-05,1\n"
        + b"o12,mina,2026-03-01 10:00:00,,2026-03-05,1\n",
    )
    done = shop.take_in()
    assert [event["properties"]["order_id"] for event in shop.named("Order Completed")] == ["o1", "o2", "o3", "o12"]
    assert [(code, reason) for code, reason, _ in shop.set_aside()] == [
        ("wrong_width", "orders.csv, line 5: has 3 columns where the header has 6."),
        ("open_quote", "orders.csv, line 6: has quotes that do not close: unexpected end of data."),
        ("bad_datetime", "orders.csv, line 7: bought is '2026-02-30 10:00:00', which is no time."),
        ("bad_date", "orders.csv, line 8: promised is 'soon', which is no day."),
        ("bad_decimal", "orders.csv, line 9: total is '12 euros', which is no number."),
        ("missing", "orders.csv, line 10: order_id is empty, and a row needs it."),
        ("bad_encoding", "orders.csv, line 11: has bytes that are no text in utf-8."),
        ("repeated_key", "orders.csv, line 12: order_id 'o1' came before, at line 2, in a row that differs; the first is kept."),
        ("missing", "orders.csv, line 13: customer is empty, and a row needs it."),
        ("bad_encoding", "orders.csv, line 14: has a NUL character, which no text has."),
    ]
    assert shop.set_aside()[6][2] == b"o9,m\xff\xfena,2026-03-01 10:00:00,,2026-03-05,1"
    assert done.quarantined == 10
    assert done.state == "done"


def test_a_row_that_belongs_to_nothing_is_told(shop: Shop) -> None:
    """A rating of an order that is not there, or that was set aside itself, is set aside too."""
    shop.write("orders.csv", ORDERS.replace("o2,mina,2026-02-01 09:30:00", "o2,mina,yesterday"))
    shop.write(
        "ratings.csv",
        "order_id,score,words,at\no2,5,,2026-02-07 07:00:00\no9,1,,2026-02-07 07:00:00\no1,4,,2026-02-07 07:00:00\n",
    )
    shop.take_in()
    assert [reason for code, reason, _ in shop.set_aside() if code == "no_parent"] == [
        "ratings.csv, line 2: order_id 'o2' is not in orders.",
        "ratings.csv, line 3: order_id 'o9' is not in orders.",
    ]
    assert len(shop.named("Experience Rated")) == 1


def test_words_with_quotes_and_line_ends_come_whole(shop: Shop) -> None:
    """A quoted cell may hold commas, quotes and line ends; the rows after it keep their line numbers."""
    shop.write(
        "ratings.csv", 'order_id,score,words,at\no1,5,"One, ""two""\nthree",2026-01-09 20:00:00\no2,x,,2026-02-07 07:00:00\n'
    )
    shop.take_in()
    (rating,) = shop.named("Experience Rated")
    assert rating["properties"]["text"] == 'One, "two"\nthree'
    assert shop.set_aside()[0][1].startswith("ratings.csv, line 4: score is 'x'")


@pytest.mark.parametrize(
    ("encoding", "mark", "delimiter", "line_end"),
    [
        ("utf-8", b"", ",", "\n"),
        ("utf-8", b"\xef\xbb\xbf", ",", "\r\n"),
        ("utf-16", b"", ";", "\n"),
        ("cp1252", b"", "\t", "\r\n"),
        ("utf-8", b"", "|", "\r"),
    ],
)
def test_encodings_marks_and_delimiters(shop: Shop, encoding: str, mark: bytes, delimiter: str, line_end: str) -> None:
    """What spreadsheets write comes in: a byte order mark, other encodings, delimiters and line ends, packed too."""
    text = ORDERS.replace("ali", "Zoë").replace(",", delimiter).replace("\n", line_end)
    (shop.folder / "orders.csv").unlink()
    shop.write("orders.csv.gz", gzip.compress(mark + text.encode(encoding)))
    shop.change(
        "files: orders.csv",
        f"files: orders.csv\n    delimiter: {delimiter!r}\n    encoding: {encoding}".replace("'\\t'", '"\\t"'),
    )
    shop.take_in()
    assert [event["userId"] for event in shop.named("Order Completed")] == ["mina", "mina", "Zoë"]


def test_a_wrong_delimiter_is_told(shop: Shop) -> None:
    """A file with semicolons is recognised, and the sentence says what to write."""
    shop.write("orders.csv", ORDERS.replace(",", ";"))
    with pytest.raises(Problem, match="are separated by a semicolon; set `delimiter: ';'`"):
        shop.take_in()
    assert shop.is_untouched()


def test_jsonl_comes_in(shop: Shop) -> None:
    """Lines of JSON: numbers, nothing, objects inside objects; a line that is no JSON object is set aside."""
    (shop.folder / "orders.csv").unlink()
    shop.write(
        "orders.jsonl",
        """\
        {"order_id": "o1", "customer": {"name": "mina"}, "bought": "2026-01-05T10:00:00+03:30", "total": 20.5, "promised": "2026-01-09"}
        {"order_id": "o2", "customer": {"name": "ali"}, "bought": "2026-02-01T09:30:00Z", "arrived": null}
        {"order_id": "o3",
        [1, 2]
        """,
    )
    shop.change("files: orders.csv", "files: orders.jsonl")
    shop.change("customer: {kind: text, needed: true}", "customer: {kind: text, needed: true, column: customer.name}")
    shop.change("arrived: datetime\n", "arrived: datetime\n")
    shop.take_in()
    bought = shop.named("Order Completed")
    assert [(one["userId"], one["timestamp"], one["properties"].get("revenue")) for one in bought] == [
        ("mina", "2026-01-05T06:30:00.000000Z", 20.5),
        ("ali", "2026-02-01T09:30:00.000000Z", None),
    ]
    assert [code for code, _, _ in shop.set_aside()] == ["not_json", "not_json"]


def test_parquet_comes_in(shop: Shop) -> None:
    """Parquet with columns of their own kinds; a file that only ends like it is told."""
    rows = list(csv.DictReader(io.StringIO(ORDERS)))
    moments = [None if not row["arrived"] else pa.scalar(row["arrived"]).cast(pa.timestamp("us")).as_py() for row in rows]
    table = pa.table({name: [row[name] for row in rows] for name in ("order_id", "customer", "bought", "promised")})
    table = table.append_column("arrived", pa.array(moments, pa.timestamp("us"))).append_column(
        "total", pa.array([20.5, 7.0, 133.1])
    )
    parquet.write_table(table, shop.folder / "orders.parquet")
    shop.change("files: orders.csv", "files: orders.parquet")
    shop.take_in()
    assert [event["timestamp"] for event in shop.named("Order Delivered")] == [
        "2026-01-08T11:00:00.000000Z",
        "2026-02-06T07:00:00.000000Z",
    ]
    shop.write("orders.parquet", b"PAR1 and nothing more")
    with pytest.raises(Problem, match=r"orders\.parquet is not a sound Parquet file"):
        shop.take_in()


def test_persian_digits_are_digits(shop: Shop) -> None:
    """A number or a time written in Persian digits is read as what it says."""
    shop.write("orders.csv", ORDERS.replace("2026-01-05 10:00:00", "۲۰۲۶-۰۱-۰۵ ۱۰:۰۰:۰۰").replace("20.50", "۲۰.۵۰"))
    shop.take_in()
    first = shop.named("Order Completed")[0]
    assert (first["timestamp"], first["properties"]["revenue"]) == ("2026-01-05T09:00:00.000000Z", 20.5)


def test_space_around_a_cell_does_not_count(shop: Shop) -> None:
    """Spaces around a key or a number, hard ones too, are no part of it; a cell of spaces is empty."""
    shop.write("orders.csv", ORDERS.replace("o1,mina", " o1 ,\u00a0mina ").replace(",20.50", ", 20.50 ").replace("ali", "  "))
    shop.take_in()
    first = shop.named("Order Completed")[0]
    assert (first["userId"], first["properties"]["order_id"], first["properties"]["revenue"]) == ("mina", "o1", 20.5)
    assert [code for code, _, _ in shop.set_aside()] == ["missing"]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ROW = st.lists(CELL, min_size=3, max_size=3)
BROKEN = st.sampled_from(["too,few", "too,many,by,one", '"x"y,b,c', 'a,b,"c"d'])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.one_of(ROW, BROKEN), min_size=1, max_size=40))
def test_broken_rows_never_take_sound_ones_with_them(tmp_path: Path, rows: list[list[str] | str]) -> None:
    """Whatever the cells hold and wherever broken rows stand, each sound row comes out as it went in, with its line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    line, expected, bad = 2, [], []
    for row in rows:
        before = text.tell()
        if isinstance(row, str):
            text.write(row + "\n")
            bad.append(line)
        else:
            writer.writerow(row)
            expected.append((line, [cell.strip() for cell in row]))
        written = text.getvalue()[before:]
        line += len(written.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
    (tmp_path / "t.csv").write_bytes(text.getvalue().encode())
    found, broken = read(tmp_path)
    assert [(at, [(cell or "").strip() for cell in cells]) for at, cells in found] == expected
    assert [at for at, _, _ in broken] == bad


def test_an_open_quote_swallows_nothing(tmp_path: Path) -> None:
    """Lines behind a quote that never closes are read by themselves, however many there are."""
    lines = ["a,b,c", 'x,"never closed,z', *(f"{number},b,c" for number in range(5_000))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    found, broken = read(tmp_path)
    assert len(found) == 5_000
    assert [(at, code) for at, code, _ in broken] == [(2, "open_quote")]
