"""Sends events over loopback connections that are kept open, with as little work of its own as can be."""

from __future__ import annotations

import base64
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from corridor.packs.simulation import planned
from corridor.packs.simulation.year import Year


def bodies(events: int, size: int = 100, seed: int = 11, customers: int = 0) -> list[bytes]:
    """Return batches of simulated events as they stand in a request's body."""
    year = Year(planned(customers or max(200, events // 15), events, 365, seed))
    encode = msgspec.json.encode
    encoded = [encode(written[4]) for page in year.pages() for written in page]
    return [b'{"batch":[' + b",".join(encoded[start : start + size]) + b"]}" for start in range(0, len(encoded), size)]


def request(body: bytes, key: str, path: str = "/v1/batch") -> bytes:
    """Return the bytes of a request that carries a body."""
    user = base64.b64encode(f"{key}:".encode()).decode()
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {user}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass(slots=True)
class Sent:
    """What came of sending: how many requests were answered 200, how long each took, how long all of it took."""

    answered: int = 0
    refused: int = 0
    seconds: float = 0.0
    took: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    begun: float = 0.0
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    answer: bytes = b""


def send_all(address: tuple[str, int], requests: Iterator[bytes], connections: int = 8) -> Sent:
    """Send all requests over some connections, the next one on each as soon as the last is answered."""
    sent, chosen = Sent(), selectors.DefaultSelector()
    begun = time.perf_counter()
    busy = 0
    for _ in range(connections):
        line = _Connection(socket.create_connection(address))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.socket.setblocking(False)
        chosen.register(line.socket, selectors.EVENT_READ, line)
        busy += _send_next(chosen, line, requests)
    while busy:
        for key, events in chosen.select(timeout=30):
            line = key.data
            if events & selectors.EVENT_WRITE:
                _push(chosen, line)
            if events & selectors.EVENT_READ and _answered(line):
                sent.took.append(time.perf_counter() - line.begun)
                good = line.answer.startswith(b"HTTP/1.1 200")
                sent.answered += good
                sent.refused += not good
                line.answer = b""
                busy -= 1
                busy += _send_next(chosen, line, requests)
    sent.seconds = time.perf_counter() - begun
    for key in list(chosen.get_map().values()):
        key.data.socket.close()
    chosen.close()
    return sent


def _send_next(chosen: selectors.BaseSelector, line: _Connection, requests: Iterator[bytes]) -> int:
    following = next(requests, None)
    if following is None:
        return 0
    line.begun = time.perf_counter()
    line.unsent = memoryview(following)
    _push(chosen, line)
    return 1


def _push(chosen: selectors.BaseSelector, line: _Connection) -> None:
    try:
        while line.unsent:
            line.unsent = line.unsent[line.socket.send(line.unsent) :]
    except BlockingIOError:
        chosen.modify(line.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
        return
    chosen.modify(line.socket, selectors.EVENT_READ, line)


def _answered(line: _Connection) -> bool:
    """Read what came; say whether the answer is whole.

    Raises:
        ConnectionError: the server closed the connection.
    """
    came = line.socket.recv(65_536)
    if not came:
        raise ConnectionError("The server closed a connection before it had answered.")
    line.answer += came
    head, found, rest = line.answer.partition(b"\r\n\r\n")
    if not found:
        return False
    for row in head.split(b"\r\n"):
        name, _, value = row.partition(b":")
        if name.strip().lower() == b"content-length":
            return len(rest) >= int(value)
    return rest.endswith(b"0\r\n\r\n")
