"""The list of customers: found by name, identifier or trait, a screen at a time, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from corridor import identify, remember
from corridor.ground.store import Store
from corridor.ground.vocabulary import Workspace, to_iso

SHOWN = 50
AT_ONCE = 500
"""Customers that one part of an export reads."""

# One row a customer who has told how it was: the mean on the common scale and of how many experiences.
SATISFACTION = text(
    "SELECT customer_id, value, n FROM satisfaction WHERE workspace_id = :workspace AND customer_id IN :customers"
).bindparams(bindparam("customers", expanding=True))

# One row a customer with open cases: how many.
OPEN_CASES = text(
    "SELECT customer_id, count(*) AS n FROM cases "
    "WHERE workspace_id = :workspace AND customer_id IN :customers AND state <> 'closed' GROUP BY customer_id"
).bindparams(bindparam("customers", expanding=True))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    profile: remember.Profile
    account: remember.Account | None
    satisfaction: float | None
    rated: int
    open_cases: int

    @property
    def channels(self) -> list[str]:
        """The channels the customer uses, the most used first."""
        counts = self.profile.channels
        return sorted(counts, key=lambda channel: (-counts[channel], channel))


def list_customers(
    connection: Connection,
    workspace_id: str,
    *,
    query: str = "",
    segment: str | None = None,
    after: str | None = None,
    limit: int = SHOWN,
) -> tuple[list[Row], str | None]:
    """Return a screen of customers, the last seen first, and where the next begins."""
    found, following = remember.profiles(connection, workspace_id, query=query, segment=segment, after=after, limit=limit)
    if not found and query.strip() and not segment:
        found = _of_device(connection, workspace_id, query.strip())
    if not found:
        return [], following
    asked = {"workspace": workspace_id, "customers": [one.id for one in found]}
    satisfied = {row.customer_id: row for row in connection.execute(SATISFACTION, asked)}
    troubled = {row.customer_id: row.n for row in connection.execute(OPEN_CASES, asked)}
    named = {one.account_id for one in found if one.account_id}
    accounts = {one.id: one for one in remember.accounts(connection, workspace_id, only=named)} if named else {}
    rows = [
        Row(
            profile=one,
            account=accounts.get(one.account_id) if one.account_id else None,
            satisfaction=satisfied[one.id].value if one.id in satisfied else None,
            rated=satisfied[one.id].n if one.id in satisfied else 0,
            open_cases=troubled.get(one.id, 0),
        )
        for one in found
    ]
    return rows, following


def write_csv(store: Store, workspace: Workspace, query: str, segment: str | None) -> Iterator[str]:
    """Give the list as CSV, part by part, so that its length does not matter."""
    yield _line(
        ["id", "name", "account", "email", "phone", "user_id", "first_seen", "last_seen", "channels", "satisfaction", "ratings",
         "billed", "currency", "open_cases"]
    )  # fmt: skip
    after: str | None = None
    while True:
        with store.database.read() as connection:
            rows, after = list_customers(connection, workspace.id, query=query, segment=segment, after=after, limit=AT_ONCE)
        yield "".join(_line(_cells(row)) for row in rows)
        if after is None:
            return


def _of_device(connection: Connection, workspace_id: str, device: str) -> list[remember.Profile]:
    """Return whose device this is; devices are not among the words that are searched, for everybody has several."""
    node = identify.find(connection, workspace_id, "anonymous_id", device)
    profile = remember.profile(connection, workspace_id, node.customer_id) if node else None
    return [profile] if profile else []


def _cells(row: Row) -> list[str]:
    one = row.profile
    identifiers: dict[str, list[str]] = {}
    for kind, value in one.identifiers:
        identifiers.setdefault(kind, []).append(value)
    return [
        one.id, one.name, row.account.name if row.account else "",
        *("; ".join(identifiers.get(kind, [])) for kind in ("email", "phone", "user_id")),
        to_iso(one.first_seen), to_iso(one.last_seen), " ".join(row.channels),
        "" if row.satisfaction is None else f"{row.satisfaction:.1f}", str(row.rated), str(one.billed), one.currency, str(row.open_cases),
    ]  # fmt: skip


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking somebody's name for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not cell[1:].isdigit() else cell
