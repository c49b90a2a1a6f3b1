"""The server that the demo starts, and the browsers and programs that come in by its doors as anybody would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from corridor.ground.problems import Unavailable

ENDED_BY_ITSELF = 30


@dataclass(frozen=True, slots=True)
class Served:
    """A `corridor serve` process of our own."""

    address: str


@contextmanager
def served(data: Path) -> Iterator[Served]:
    """Start `corridor serve` on a free port of this computer, wait until it is ready, and stop it at the end.

    Raises:
        Unavailable: it did not start; it has said why.
    """
    command = [sys.executable, "-m", "corridor.cli", "serve", "--data", str(data), "--host", "127.0.0.1", "--port", "0"]
    quietly = {"CORRIDOR_LOG_LEVEL": "warning", **os.environ}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quietly)  # noqa: S603  # our own program
    try:
        assert process.stdout is not None
        for said in process.stdout:
            found = re.search(r"ready at (http\S+)", said)
            if found:
                yield Served(found[1])
                return
        raise Unavailable("The demo's server did not start; the lines above say why.", code="not_started")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(ENDED_BY_ITSELF)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Browser:
    """A browser in which one person has signed in. It keeps the cookies itself: those of a secure site travel on the loopback, too."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self._client = httpx2.Client(base_url=address, timeout=60, follow_redirects=False)
        self._cookies: dict[str, str] = {}
        self._csrf = ""
        answer = self.send("POST", "/sign-in", form={"email": email, "password": password})
        if answer.status_code != 303:
            raise Unavailable(f"{email} could not sign in to the demo.", code="not_signed_in")
        found = re.search(r'name="csrf" value="([^"]+)"', self.send("GET", "/settings/account").text)
        self._csrf = found[1] if found else ""

    def send(self, method: str, path: str, *, form: dict[str, str] | None = None, body: Any = None) -> httpx2.Response:
        """Send a request as the page would and return the answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()), "X-CSRF-Token": self._csrf}
        answer = self._client.request(method, path, data=form, json=body, headers=headers)
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return answer

    def api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call the API as this person and return what it says.

        Raises:
            Unavailable: it refused; with its reason.
        """
        answer = self.send(method, f"/api/v1{path}", body=body)
        if answer.status_code >= 400:
            raise Unavailable(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}", code="refused")
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def send_events(address: str, write_key: str, events: list[dict[str, Any]]) -> None:
    """Send events with a write key, as a program of the shop would.

    Raises:
        Unavailable: they were refused.
    """
    answer = httpx2.post(f"{address}/v1/batch", json={"batch": events}, auth=(write_key, ""), timeout=60)
    if answer.status_code != 200:
        raise Unavailable(f"The demo's events were refused: {answer.text[:500]}", code="refused")
