"""Hands what an import made to the journal and the quarantine, a chunk at a time, each thing once however often the import runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from corridor.collect.imports.check import Plan
from corridor.collect.imports.tables import import_marks
from corridor.collect.imports.workshop import number_of
from corridor.collect.quarantine import quarantine
from corridor.ground.store import Store
from corridor.ground.vocabulary import Quarantined, new_id, now

if TYPE_CHECKING:
    import duckdb

MOST_EVENTS = 2_000
MOST_CHARACTERS = 4_000_000
"""A chunk has no more events and characters than this: the line takes it in one transaction."""
MOST_ROWS = 500
DIGEST = 16


def know_marks(connection: duckdb.DuckDBPyConnection, store: Store, workspace_id: str, mapping: str) -> None:
    """Put what earlier runs handed in into the table `known`: one row is the digest of an event or of a broken row."""
    import pyarrow as pa

    connection.execute("CREATE TABLE known (digest BLOB)")
    marks = select(import_marks.c.digests).where(import_marks.c.workspace_id == workspace_id, import_marks.c.mapping == mapping)
    with store.database.read() as database:
        for digests in database.scalars(marks):
            parts = [digests[place : place + DIGEST] for place in range(0, len(digests), DIGEST)]
            connection.register("marked", pa.table({"digest": pa.array(parts, pa.binary())}))
            connection.execute("INSERT INTO known SELECT digest FROM marked")
            connection.unregister("marked")


def count_events(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return how many events are new and how many were handed in before."""
    fresh = number_of(connection, "SELECT count(*) FROM outgoing ANTI JOIN known USING (digest)")
    return fresh, number_of(connection, "SELECT count(*) FROM outgoing") - fresh


def hand_in(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    workspace_id: str,
    plan: Plan,
    told: Callable[[Connection, int], None],
) -> Iterator[int]:
    """Hand the new events to the journal, oldest first; after each chunk yield how many it had, and be ready to be stopped there.

    `told` writes the progress in the transaction that marks the chunk. Should the process die between the journal's answer and the
    mark, the chunk is handed in again and the line drops its events as duplicates.
    """
    question = "SELECT digest, body FROM outgoing ANTI JOIN known USING (digest) ORDER BY happened, rule, message_id"
    answer = connection.sql(question).to_arrow_reader(MOST_EVENTS)
    for batch in answer:
        for digests, bodies in _parts(batch.column(0).to_pylist(), batch.column(1).to_pylist()):
            body = f'{{"batch":[{",".join(bodies)}]}}'.encode()
            store.journal.append(workspace_id, plan.mapping.source, "import", body, len(bodies))
            with store.database.write() as database:
                _mark(database, workspace_id, plan, "event", digests)
                told(database, len(bodies))
            yield len(bodies)


def _parts(digests: list[bytes], bodies: list[str]) -> Iterator[tuple[list[bytes], list[str]]]:
    """Cut a batch where it grows too large for one transaction of the line."""
    first = size = 0
    for place, body in enumerate(bodies):
        if size and size + len(body) > MOST_CHARACTERS:
            yield digests[first:place], bodies[first:place]
            first, size = place, 0
        size += len(body)
    if bodies:
        yield digests[first:], bodies[first:]


def set_rows_aside(connection: duckdb.DuckDBPyConnection, store: Store, workspace_id: str, plan: Plan) -> dict[str, int]:
    """Quarantine the broken rows that were not quarantined by an earlier run; return how many there are now, by reason."""
    known = {digest for (digest,) in connection.execute("SELECT digest FROM known").fetchall()}
    answer = connection.execute(
        'SELECT name, "file", line, code, "column", reason, raw FROM broken'
        ' QUALIFY row_number() OVER (PARTITION BY name, "file", line ORDER BY code = \'same_id\', code, "column") = 1'
        ' ORDER BY name, "file", line'
    )
    counts: dict[str, int] = {}
    moment = now()
    while rows := answer.fetchmany(MOST_ROWS):
        fresh: list[tuple[bytes, Quarantined]] = []
        for name, number, line, code, column, reason, raw in rows:
            # Lists show the latest first: so that they show a file's rows in its order, the first one counts as the latest.
            moment -= 1
            counts[code] = counts.get(code, 0) + 1
            file = plan.files[name][number].name
            digest = _digest(file, line, code, column, raw)
            if digest not in known:
                sentence = f"{file}, line {line}: {reason}."
                fresh.append((digest, Quarantined(plan.mapping.source, 0, line, moment, code, column, sentence, raw)))
        if fresh:
            with store.database.write() as database:
                quarantine(database, workspace_id, [one for _, one in fresh])
                _mark(database, workspace_id, plan, "row", [digest for digest, _ in fresh])
    return counts


def _digest(*parts: Any) -> bytes:
    found = hashlib.blake2b(digest_size=DIGEST)
    for part in parts:
        found.update(part if isinstance(part, bytes) else str(part).encode())
        found.update(b"\0")
    return found.digest()


def _mark(database: Connection, workspace_id: str, plan: Plan, kind: str, digests: list[bytes]) -> None:
    values = {
        "workspace_id": workspace_id,
        "mapping": plan.mapping.mapping,
        "id": new_id(),
        "kind": kind,
        "digests": b"".join(digests),
    }
    database.execute(insert(import_marks), values)
