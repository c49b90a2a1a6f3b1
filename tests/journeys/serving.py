"""A served Corridor in processes of its own, to be killed, cut off and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

CORRIDOR = [sys.executable, "-m", "corridor.cli"]


def command(*words: str, data: Path, **environment: str) -> str:
    """Run a command of `corridor` and return what it printed."""
    done = subprocess.run(
        [*CORRIDOR, *words, "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, **environment},
    )
    return done.stdout.strip()


class Served:
    """`corridor serve` over a data folder, in a process group of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.environment = environment
        self.port = _free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience: float = 60.0) -> None:
        """Start it and wait until it says that it is ready."""
        self.process = subprocess.Popen(
            [*CORRIDOR, "serve", "--data", str(self.data), "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, **self.environment},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "ready" in line, f"corridor serve did not become ready: {line!r}"
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("corridor serve does not answer")

    def kill(self) -> None:
        """End the web and the line at once, as SIGKILL does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
            self.process = None

    def stop(self) -> None:
        """Stop it as an operator does, and wait until it has."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
            if self.process.stdout:
                self.process.stdout.close()
            self.process = None

    def post(self, path: str, body: dict[str, Any], key: str, timeout: float = 20) -> int:
        """Post JSON with a write key; return the status, 0 where there was no answer."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=json.dumps({**body, "writeKey": key}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def get(self, path: str, key: str) -> Any:
        """Get JSON of the API with a secret key."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
