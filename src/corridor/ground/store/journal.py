"""The journal port: every accepted request, in order, on the disk before it is answered, until the lake has it."""

from __future__ import annotations

import asyncio
import queue
import threading
import zlib
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from corridor.ground.problems import TooMany
from corridor.ground.store.database import check_sqlite, explain
from corridor.ground.vocabulary import Microseconds, now

LARGEST_QUEUE = 64 * 1024 * 1024
"""Bytes that may wait for the disk before further requests are asked to come back later."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
)
"""
_INSERT = "INSERT INTO requests (workspace_id, source, kind, received_at, count, checksum, body) VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Request:
    """One accepted request: `body` is its JSON as it came, `count` the number of events in it."""

    offset: int
    workspace_id: str
    source: str
    kind: str
    received_at: Microseconds
    count: int
    body: bytes
    intact: bool
    """Whether the body still has the checksum that it was written with."""


@dataclass(slots=True)
class _Waiting:
    row: tuple[Any, ...]
    future: Future[int] | asyncio.Future[int]
    loop: asyncio.AbstractEventLoop | None


class Journal:
    """A SQLite file of its own. One thread writes it: all requests that wait share one commit and one fsync (group commit)."""

    def __init__(self, path: Path) -> None:
        check_sqlite()
        self.path = path
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._bytes = 0
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._local = threading.local()
        self._trimmer: Any = None
        connection = self._connect()
        connection.execute(_SCHEMA)
        connection.close()

    def append(
        self,
        workspace_id: str,
        source: str,
        kind: str,
        body: bytes,
        count: int,
        received_at: Microseconds | None = None,
    ) -> int:
        """Write a request and return its offset when it is on the disk.

        Raises:
            TooMany: too much waits for the disk; nothing was taken.
            NoSpace: the disk is full; nothing was taken.
        """
        future: Future[int] = Future()
        self._enqueue((workspace_id, source, kind, received_at or now(), count, zlib.crc32(body), body), future, None)
        return future.result()

    def append_soon(self, workspace_id: str, source: str, kind: str, body: bytes, count: int) -> asyncio.Future[int]:
        """As `append`, for an event loop: the returned future is done when the request is on the disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        self._enqueue((workspace_id, source, kind, now(), count, zlib.crc32(body), body), future, loop)
        return future

    def read(self, after: int, *, most_events: int, most_requests: int = 5000) -> list[Request]:
        """Return the requests behind offset `after`, oldest first, up to about `most_events` events (at least one request)."""
        cursor = self._reader().execute(
            'SELECT "offset", workspace_id, source, kind, received_at, count, checksum, body FROM requests'
            ' WHERE "offset" > ? ORDER BY "offset" LIMIT ?',
            (after, most_requests),
        )
        found: list[Request] = []
        events = 0
        for offset, workspace_id, source, kind, received_at, count, checksum, body in cursor:
            if found and events + count > most_events:
                break
            events += count
            intact = zlib.crc32(body) == checksum
            found.append(Request(offset, workspace_id, source, kind, received_at, count, body, intact))
        cursor.close()
        return found

    def last_offset(self) -> int:
        """Return the newest offset ever given, 0 where nothing was accepted yet."""
        row = self._reader().execute("SELECT seq FROM sqlite_sequence WHERE name = 'requests'").fetchone()
        return int(row[0]) if row else 0

    def trim(self, upto: int, most: int = 500) -> None:
        """Let go of requests up to this offset, at most so many at once, so that no append waits long. The lake has them."""
        connection = self._trimmer or self._connect()
        self._trimmer = connection
        with suppress(sqlite.OperationalError):
            connection.execute(
                'DELETE FROM requests WHERE "offset" IN (SELECT "offset" FROM requests WHERE "offset" <= ? ORDER BY "offset" LIMIT ?)',
                (upto, most),
            )

    def close(self) -> None:
        """Write what waits and stop the writer."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()
            self._writer = None
        reader = getattr(self._local, "reader", None)
        for connection in (reader, self._trimmer):
            if connection is not None:
                connection.close()
        self._local.reader = self._trimmer = None

    def _enqueue(
        self, row: tuple[Any, ...], future: Future[int] | asyncio.Future[int], loop: asyncio.AbstractEventLoop | None
    ) -> None:
        if self._bytes > LARGEST_QUEUE:
            raise TooMany("More events are coming than the disk can take. Send them again shortly.", code="busy", retry_after=1)
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._write_all, name="journal", daemon=True)
                    self._writer.start()
        self._bytes += len(row[6])
        self._waiting.put(_Waiting(row, future, loop))

    def _connect(self) -> Any:
        connection = sqlite.connect(str(self.path), timeout=5, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cell_size_check=ON", "trusted_schema=OFF", "secure_delete=FAST"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _reader(self) -> Any:
        reader = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._connect()
            reader.execute("PRAGMA query_only=ON")
        return reader

    def _write_all(self) -> None:
        connection = self._connect()
        while (group := self._next_group()) is not None:
            self._commit(connection, group)
        connection.close()

    def _next_group(self) -> list[_Waiting] | None:
        """Return all requests that wait, as soon as there is one; None when it is time to stop."""
        first = self._waiting.get()
        group: list[_Waiting] = []
        while first is not None:
            group.append(first)
            if len(group) >= 2000:
                return group
            try:
                first = self._waiting.get_nowait()
            except queue.Empty:
                return group
        self._waiting.put(None)
        return group or None

    def _commit(self, connection: Any, group: list[_Waiting]) -> None:
        error: Exception | None = None
        last = 0
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, [waiting.row for waiting in group])
            last = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
            connection.execute("COMMIT")
        except sqlite.Error as problem:
            error = explain(problem, self.path)
            with suppress(sqlite.Error):
                connection.execute("ROLLBACK")
        first = last - len(group) + 1
        self._bytes -= sum(len(waiting.row[6]) for waiting in group)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[int], int]]] = {}
        for number, waiting in enumerate(group):
            if isinstance(waiting.future, Future):
                waiting.future.set_exception(error) if error else waiting.future.set_result(first + number)
            elif waiting.loop is not None:
                by_loop.setdefault(waiting.loop, []).append((waiting.future, first + number))
        for loop, answers in by_loop.items():
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_answer, answers, error)


def _answer(answers: list[tuple[asyncio.Future[int], int]], error: Exception | None) -> None:
    for future, offset in answers:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(offset)
