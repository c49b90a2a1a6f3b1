"""Between the socket and the application: how long a slow caller is waited for, what is said when ready, and a clean end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from corridor.ground.problems import Unavailable
from corridor.ground.settings import Settings

HEADERS_WITHIN = 30.0
"""Seconds in which a caller must have sent the headers of a request; a body has its own limit in the doorkeeper."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        Unavailable: the address or the port cannot be had, with what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unavailable(
            f"Cannot listen on {host} port {port}: {reason}. Stop the program that uses it, or choose another with --port.",
            code="cannot_listen",
        ) from error
    return listening


def address_of(listening: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_app(app: Any, settings: Settings, listening: socket.socket) -> None:
    """Serve until asked to stop by SIGTERM or SIGINT, and say once when it is ready."""
    config = uvicorn.Config(
        app, loop="uvloop", http=Punctual, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False,
        proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=30, timeout_graceful_shutdown=3,
    )  # fmt: skip
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(Server(config, address_of(listening)).serve([listening]))


class Server(uvicorn.Server):
    """Says when it is ready, and ends with status 0 when it was asked to."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self.address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started:
            print(f"Corridor is ready at {self.address}", flush=True)  # noqa: T201 - scripts wait for this line

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal. Uvicorn's own way raises it again after a clean end, and the exit status would tell of a crash."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Punctual(HttpToolsProtocol):
    """Closes a connection whose caller does not finish the headers of its request in time, so that slow ones cannot fill the house."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Wait for the rest of this request's headers."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """Stop waiting: the request is on its way."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: the caller has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(HEADERS_WITHIN, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
