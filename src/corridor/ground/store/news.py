"""The news port: "this changed", told between the processes so that pages are live. News may be missed; facts never depend on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

NEWS_IN_ONE = 400
WAITING_NEWS = 4096
"""News that may wait for one slow reader before its oldest are dropped."""


class News:
    """A datagram socket in the data folder. The web process listens; every process tells."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "news.sock"
        self._readers: set[asyncio.Queue[tuple[str, str, str]]] = set()
        self._socket: socket.socket | None = None
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)

    def tell(self, workspace_id: str, topic: str, id: str = "") -> None:
        """Tell whoever listens that something changed. Call it after the commit."""
        self.tell_all(workspace_id, [(topic, id)])

    def tell_all(self, workspace_id: str, news: Iterable[tuple[str, str]]) -> None:
        """Tell several (topic, id) at once."""
        waiting = list(news)
        with contextlib.suppress(OSError), _short(self.path) as path:
            for start in range(0, len(waiting), NEWS_IN_ONE):
                self._sender.sendto(json.dumps([workspace_id, waiting[start : start + NEWS_IN_ONE]]).encode(), path)

    async def listen(self, workspace_id: str, topics: set[str]) -> AsyncIterator[tuple[str, str]]:
        """Give (topic, id) of this workspace's news on these topics as they come, until the reader stops."""
        self.start()
        reader: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(WAITING_NEWS)
        self._readers.add(reader)
        try:
            while True:
                workspace, topic, id = await reader.get()
                if workspace == workspace_id and topic in topics:
                    yield topic, id
        finally:
            self._readers.discard(reader)

    def start(self) -> None:
        """Begin to hear other processes; only in a process with an event loop. Doing it twice changes nothing."""
        if self._socket is not None:
            return
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        with _short(self.path) as path:
            self._socket.bind(path)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._receive)

    def close(self) -> None:
        """Stop hearing and telling."""
        if self._socket is not None:
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
        self._sender.close()

    def _receive(self) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(BlockingIOError):
            for _ in range(500):
                workspace_id, told = json.loads(self._socket.recv(65_536))
                for reader in self._readers:
                    for topic, id in told:
                        if reader.full():
                            reader.get_nowait()
                        reader.put_nowait((workspace_id, topic, id))


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """Give a name of the socket that is short enough for the kernel (108 bytes), however deep the data folder lies."""
    name = str(path)
    if len(name.encode()) < 100:
        yield name
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
