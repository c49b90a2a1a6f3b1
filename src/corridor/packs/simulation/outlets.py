"""Where simulated events go: into the journal of a data folder, as if the shop's systems had sent them, or into files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Protocol

import msgspec

from corridor.ground.problems import TooMany
from corridor.ground.store import Journal
from corridor.packs.simulation.scribe import Written

LARGEST_BATCH = 500
SLICE = 5_000
"""Events that are sorted into batches together; a longer slice makes fuller batches."""

Sending = tuple[str, list[bytes]]
"""A source and the events that it sends in one batch."""


class Outlet(Protocol):
    """Takes the days' events in order of time."""

    def take(self, page: list[Written]) -> None:
        """Take the events of one day."""

    def close(self) -> None:
        """Be done: nothing more comes."""


def sendings(page: Iterable[Written]) -> Iterator[Sending]:
    """Group events into batches by source, so that each person's events still come in order of time.

    A batch is sent before one of its people does something that another source tells.
    """
    encode = msgspec.json.encode
    open_batches: dict[str, list[bytes]] = {}
    last_source: dict[int, str] = {}
    for _, _, source, person, event in page:
        before = last_source.get(person)
        if before is not None and before != source and before in open_batches:
            yield before, open_batches.pop(before)
        last_source[person] = source
        batch = open_batches.setdefault(source, [])
        batch.append(encode(event))
        if len(batch) == LARGEST_BATCH:
            yield source, open_batches.pop(source)
    yield from open_batches.items()


class JournalOutlet:
    """Appends to the journal of a workspace; many batches share one commit."""

    def __init__(self, journal: Journal, workspace_id: str) -> None:
        self._journal = journal
        self._workspace_id = workspace_id
        self._slice: list[Written] = []

    def take(self, page: list[Written]) -> None:
        """Take the events of one day."""
        self._slice.extend(page)
        if len(self._slice) >= SLICE:
            self._send()

    def close(self) -> None:
        """Send what is left."""
        self._send()

    def _send(self) -> None:
        asyncio.run(self._append_all(list(sendings(self._slice))))
        self._slice = []

    async def _append_all(self, batches: list[Sending]) -> None:
        waiting = []
        for source, events in batches:
            body = b'{"batch":[' + b",".join(events) + b"]}"
            while True:
                try:
                    waiting.append(self._journal.append_soon(self._workspace_id, source, "batch", body, len(events)))
                    break
                except TooMany:
                    await asyncio.gather(*waiting)
                    waiting = []
        await asyncio.gather(*waiting)


class FolderOutlet:
    """Writes one file of JSON lines a source, as exports of the shop's systems."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, IO[bytes]] = {}

    def take(self, page: list[Written]) -> None:
        """Take the events of one day."""
        encode = msgspec.json.encode
        for _, _, source, _, event in page:
            file = self._files.get(source)
            if file is None:
                file = self._files[source] = (self._folder / f"{source}.jsonl").open("wb")
            file.write(encode(event))
            file.write(b"\n")

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
