"""Milliseconds until a page of the desk is whole, over the demo's year; and how long the demo takes from nothing."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from bench.harness import Figure, Options, quantile, run, serving
from corridor.packs.simulation.demo.people import PASSWORD

PAGES = (
    "/", "/customers", "/customers?query=sara", "/corridor", "/gaps", "/gaps?by=channel", "/portfolio", "/cases", "/signals", "/plans",
    "/conversations", "/listen", "/listen/responses", "/listen/promises", "/surveys",
)  # fmt: skip
TIMES = 20
DEMO_SECONDS = 180


def measure(options: Options) -> Iterator[Figure]:
    """Measure each page of the desk, signed in, the line running beside."""
    data = options.folder / "demo"
    if not data.exists():
        begun = time.perf_counter()
        run(["demo", "--data", str(data), "--no-serve", *([] if options.full else ["--customers", "20000"])])
        yield Figure(
            "demo_from_nothing", time.perf_counter() - begun, "s", DEMO_SECONDS, low=True, against="environment and pages built"
        )
    with serving(data) as server:
        browser = Browser(server.host_and_port)
        browser.sign_in("sara@lanternloom.example", PASSWORD)
        pages = [*PAGES, *browser.some_customers(3)]
        took: dict[str, list[float]] = {}
        for path in pages:
            if browser.milliseconds(path) is None:
                continue
            took[path] = [each for _ in range(TIMES) if (each := browser.milliseconds(path)) is not None]
    together = [each for times in took.values() for each in times]
    slowest = max(took, key=lambda path: quantile(took[path], 0.95))
    yield Figure("page_p95", quantile(together, 0.95), "ms", 150, low=True, against=f"{len(took)} pages, {TIMES} times each")
    shown = re.sub(r"[0-9a-f-]{36}", "{id}", slowest)
    yield Figure("page_p95_slowest", quantile(took[slowest], 0.95), "ms", 150, low=True, against=shown)


class Browser:
    """A browser with one connection and one signed-in person."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=60)
        self._cookies: dict[str, str] = {}

    def sign_in(self, email: str, password: str) -> None:
        """Sign in and keep the session."""
        form = urlencode({"email": email, "password": password})
        self._connection.request("POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 303:
            raise RuntimeError(f"Signing in was answered {answer.status}.")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]

    def milliseconds(self, path: str) -> float | None:
        """Return how long a page took; None where there is no such page (yet)."""
        begun = time.perf_counter()
        status, _ = self.get(path)
        took = (time.perf_counter() - begun) * 1000
        if status == 404:
            return None
        if status != 200:
            raise RuntimeError(f"{path} was answered {status}.")
        return took

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page."""
        self._connection.request(
            "GET", path, headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        )
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def some_customers(self, count: int) -> list[str]:
        """Return the paths of some customers' pages."""
        _, text = self.get("/customers")
        return sorted(set(re.findall(r'href="(/customers/[0-9a-f-]{36})"', text)))[:count]
