"""Lines of a table imported a second by a mapping, until their events stand on the customers' timelines.

It reads invoice lines of the shape of the Online Retail data set: the real ones where `CORRIDOR_TEST_DATA` names their folder
(378,000 lines, at most 60 s), else lines made up here.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench.harness import Figure, Options, fresh_folder, run

LINES = 378_502
MOST_SECONDS = 60
MADE_UP = 120_000


def measure(options: Options) -> Iterator[Figure]:
    """Measure `corridor import` with the mapping that comes with the retail pack."""
    path, lines = _lines(options)
    data = fresh_folder(options, "import")
    begun = time.perf_counter()
    said = run(["import", str(path), "--mapping", "online_retail", "--data", str(data)]).stdout
    spent = time.perf_counter() - begun
    counts = re.search(r"([\d,]+) events accepted, ([\d,]+) quarantined", said)
    if counts is None:
        raise RuntimeError(f"The import did not end as it should: {said[-500:]}")
    yield Figure("import", lines / spent, "lines/s", LINES / MOST_SECONDS, against=f"{lines:,} lines, {counts[0]}")


def _lines(options: Options) -> tuple[Path, int]:
    given = os.environ.get("CORRIDOR_TEST_DATA")
    if given and (Path(given) / "online_retail").is_dir():
        with gzip.open(Path(given) / "online_retail" / "transactions.csv.gz", "rb") as file:
            return Path(given) / "online_retail", sum(1 for _ in file) - 1
    folder = options.folder / "lines"
    folder.mkdir(exist_ok=True)
    _make_up(folder / "transactions.csv")
    return folder, MADE_UP


def _make_up(path: Path) -> None:
    dice, at = random.Random(5), datetime(2026, 1, 5, 8, 0)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"])
        invoice, customer = 500_000, 0
        for line in range(MADE_UP):
            if line % 18 == 0:
                invoice, customer, at = invoice + 1, 12_000 + dice.randrange(4_000), at + timedelta(minutes=11)
            stock = 20_000 + dice.randrange(3_000)
            rows.writerow(
                [
                    invoice,
                    f"{stock}{line % 18}",
                    f"LANTERN NUMBER {stock}",
                    1 + dice.randrange(24),
                    at,
                    dice.randrange(50, 900) / 100,
                    customer,
                    "United Kingdom",
                ]
            )
