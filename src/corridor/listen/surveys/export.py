"""A survey's answers as CSV for a spreadsheet. No cell can begin a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from corridor import remember
from corridor.ground.filters import Filters
from corridor.ground.store import Store
from corridor.ground.vocabulary import Workspace, to_datetime
from corridor.listen.surveys.facts import Survey
from corridor.listen.surveys.results import AnsweredRow, answered

CHUNK = 500

COLUMNS = (
    "answered_at", "customer_id", "customer", "touchpoint", "channel", "language", "version", "state",
    "expectation", "experience", "lowest", "highest", "expectation_0_100", "experience_0_100", "gap", "words",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(store: Store, workspace: Workspace, survey: Survey, filters: Filters) -> Iterator[str]:
    """Yield the header and then the answers, a few hundred lines at a time, so that a long export holds nobody up."""
    # The mark lets spreadsheets read Persian as what it is.
    yield "\ufeff" + _lines([list(COLUMNS)])
    before: tuple[int, str] | None = None
    while True:
        with store.database.read() as connection:
            rows = answered(connection, workspace.id, survey.id, filters, before=before, limit=CHUNK)
            names = remember.names(connection, workspace.id, {row.customer_id for row in rows})
        if rows:
            yield _lines([_cells(row, names, workspace) for row in rows])
        if len(rows) < CHUNK:
            return
        before = (rows[-1].at, rows[-1].id)


def safe_cell(value: object) -> str:
    """Return a cell's text; words that a spreadsheet would take for a formula are marked as text."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = str(value)
    return f"'{text}" if text.lstrip(" \u200e\u200f").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _cells(row: AnsweredRow, names: dict[str, str], workspace: Workspace) -> list[str]:
    values = (
        to_datetime(row.at, workspace.zone).isoformat(timespec="seconds"),
        row.customer_id,
        names.get(row.customer_id, ""),
        row.touchpoint,
        row.channel,
        row.language,
        row.version,
        row.state,
        row.expected,
        row.value,
        row.lowest,
        row.highest,
        row.expected_common,
        row.common,
        row.gap,
        row.text,
    )
    return [safe_cell(value) for value in values]


def _lines(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
