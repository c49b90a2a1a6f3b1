"""What customers have been billed, and from where on they count as customers of value."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, insert, text, update

from corridor.act.tables import watches
from corridor.ground.vocabulary import SECOND, Microseconds

UPPER_SHARE = 5
"""One in so many billed customers is a customer of value."""

FEWEST = 25
"""With fewer billed customers than this, every one of them is of value."""

LINE = "value line"
GOOD_FOR = 60 * SECOND

_BILLED = text("SELECT id, billed FROM profiles WHERE workspace_id = :workspace AND id IN :customers").bindparams(
    bindparam("customers", expanding=True)
)
_HOW_MANY = text("SELECT count(*) FROM profiles WHERE workspace_id = :workspace AND billed > 0")
_REACHED_BY = text(
    "SELECT billed FROM profiles WHERE workspace_id = :workspace AND billed > 0 ORDER BY billed DESC LIMIT 1 OFFSET :place"
)
_KNOWN = text("SELECT looked_at, found FROM watches WHERE workspace_id = :workspace AND name = :name")


def billed(connection: Connection, workspace_id: str, customers: Iterable[str]) -> dict[str, int]:
    """Return what each of these customers has been billed, minor units of the workspace's currency."""
    asked = sorted(set(customers))
    found: dict[str, int] = {}
    for start in range(0, len(asked), 500):
        rows = connection.execute(_BILLED, {"workspace": workspace_id, "customers": asked[start : start + 500]})
        found.update((row.id, int(row.billed or 0)) for row in rows)
    return found


def value_line(connection: Connection, workspace_id: str) -> int:
    """Return the amount that the upper fifth of the billed customers reach; 0 where there are too few to tell."""
    how_many = int(connection.execute(_HOW_MANY, {"workspace": workspace_id}).scalar_one())
    if how_many < FEWEST:
        return 0
    place = max(0, how_many // UPPER_SHARE - 1)
    return int(connection.execute(_REACHED_BY, {"workspace": workspace_id, "place": place}).scalar_one())


def recent_value_line(connection: Connection, workspace_id: str, moment: Microseconds) -> int:
    """Return the value line as looked up within the last minute; it writes down what it finds."""
    known = connection.execute(_KNOWN, {"workspace": workspace_id, "name": LINE}).first()
    if known is not None and 0 <= moment - known.looked_at < GOOD_FOR:
        return int(known.found)
    found = value_line(connection, workspace_id)
    if known is None:
        connection.execute(insert(watches).values(workspace_id=workspace_id, name=LINE, looked_at=moment, found=found))
    else:
        here = (watches.c.workspace_id == workspace_id, watches.c.name == LINE)
        connection.execute(update(watches).where(*here).values(looked_at=moment, found=found))
    return found
