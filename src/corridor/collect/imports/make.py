"""Makes the events of an import out of its tables, in the order in which they happened; what cannot be an event is set aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from corridor.collect.imports.check import Plan
from corridor.collect.imports.expressions import quoted
from corridor.collect.imports.plan import PLACE
from corridor.collect.imports.rules import Emission
from corridor.collect.imports.workshop import number_of

if TYPE_CHECKING:
    import duckdb

LONGEST_ID = 256
LONGEST_NAME = 200
LARGEST_EVENT = 60_000
"""Characters of an event; the line takes 64 KiB, and a character may be more than a byte."""

_WHY_NOT = {
    "no_id": ("message_id IS NULL", "'an event needs an id, and a part of it is empty'"),
    "no_person": (
        "user_id IS NULL AND anonymous_id IS NULL",
        "'nobody stands in this row: neither the user id nor the anonymous id of the event has a value'",
    ),
    "long_id": (
        f"greatest(length(user_id), length(anonymous_id), length(group_id)) > {LONGEST_ID}",
        f"'the id of the person or account is longer than {LONGEST_ID} characters'",
    ),
    "no_event": (
        f"event IS NULL OR length(event) > {LONGEST_NAME}",
        f"'the event has no name, or one of more than {LONGEST_NAME} characters'",
    ),
    "no_account": ("event = 'group' AND group_id IS NULL", "'no account stands in this row: the group id has no value'"),
    "too_large": (f"length(body) > {LARGEST_EVENT}", "'the event is too large: ' || length(body) || ' characters'"),
}


def make_events(connection: duckdb.DuckDBPyConnection, plan: Plan, told: Callable[[], None]) -> None:
    """Fill the table `outgoing` with the events of all rules: one row is one event, ready to be sent."""
    connection.execute(
        "CREATE TABLE outgoing (rule INTEGER, happened TIMESTAMP, message_id VARCHAR, digest BLOB, body VARCHAR)",
    )
    for number, emission in enumerate(plan.emissions):
        _make(connection, number, emission)
        told()


def _make(connection: duckdb.DuckDBPyConnection, number: int, emission: Emission) -> None:
    cases = " ".join(f"WHEN {condition} THEN {quoted(code)}" for code, (condition, _) in _WHY_NOT.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS SELECT *, CASE {cases} END AS fault FROM ({emission.sql})")
    place = ", ".join(PLACE)
    if number_of(connection, "SELECT count(*) - count(DISTINCT message_id) FROM made WHERE fault IS NULL"):
        connection.execute(
            f"UPDATE made SET fault = 'same_id' WHERE fault IS NULL AND ({place}, happened) NOT IN"
            f" (SELECT ({', '.join(f'first({part} ORDER BY {place}, happened)' for part in (*PLACE, 'happened'))})"
            " FROM made WHERE fault IS NULL GROUP BY message_id)"
        )
    reasons = " ".join(f"WHEN {quoted(code)} THEN {reason}" for code, (_, reason) in _WHY_NOT.items())
    connection.execute(
        f"INSERT INTO broken SELECT {quoted(emission.table)}, {place}, fault, {quoted(emission.key)},"
        f" CASE fault {reasons} ELSE 'an earlier row makes the same event, ' || message_id END, encode(_raw)"
        " FROM made WHERE fault IS NOT NULL"
    )
    connection.execute(
        f"INSERT INTO outgoing SELECT {number}, happened, message_id, unhex(md5(message_id)), body FROM made WHERE fault IS NULL"
    )
