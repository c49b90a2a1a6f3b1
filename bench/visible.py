"""Seconds from the answer to an event until it stands on its customer's page, while many others come in."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator

from bench.harness import Figure, Options, fresh_folder, quantile, secret_key, serving, write_key
from bench.load import bodies, request, send_all

RATE = 5_000
BATCH = 50
PROBES_A_SECOND = 10
BEGAN = "Probe Began"
PATIENCE = 30.0


def measure(options: Options) -> Iterator[Figure]:
    """Measure with 5,000 events a second coming in; for as long as `--seconds` says."""
    data = fresh_folder(options, "visible")
    write, secret = write_key(data), secret_key(data)
    batches = bodies(int(RATE * options.seconds * 1.2), BATCH, seed=31)
    with serving(data) as server:
        probe = Probe(server.host_and_port, write, secret)
        probe.begin()
        stop = threading.Event()
        load = threading.Thread(target=_keep_sending, args=(server.host_and_port, write, batches, stop), daemon=True)
        load.start()
        took = probe.seconds_until_visible(options.seconds)
        stop.set()
        load.join(60)
        memory = server.memory()
    yield Figure("visible_p99", quantile(took, 0.99), "s", 1.0, low=True, against=f"{RATE:,} events/s coming in, n = {len(took)}")
    yield Figure("visible_median", quantile(took, 0.5), "s")
    yield Figure("memory_under_load", memory, "MiB", 1536, low=True, against=f"{RATE:,} events/s coming in")


class Probe:
    """One customer whose events are looked for on their timeline."""

    def __init__(self, address: tuple[str, int], write: str, secret: str) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
        self._address, self._write, self._secret = address, write, secret
        self._customer = ""

    def begin(self) -> None:
        """Make the customer known."""
        self._send(BEGAN)
        until = time.perf_counter() + PATIENCE
        while not self._customer:
            found = self._get("/api/v1/customers?query=probe%40example.com")["items"]
            self._customer = found[0]["id"] if found else ""
            if time.perf_counter() > until:
                raise RuntimeError("The probe's customer does not appear.")
            time.sleep(0.05)

    def seconds_until_visible(self, seconds: float) -> list[float]:
        """Send events at a steady pace and look all the while; return how long after its answer each one was seen."""
        answered: dict[str, float] = {}
        sender = threading.Thread(target=self._send_steadily, args=(seconds, answered), daemon=True)
        sender.start()
        seen: dict[str, float] = {}
        until = time.perf_counter() + seconds + PATIENCE
        while sender.is_alive() or len(seen) < len(answered):
            moments = self._get(f"/api/v1/customers/{self._customer}/timeline?limit=100")["items"]
            moment_seen = time.perf_counter()
            for moment in moments:
                seen.setdefault(moment["name"], moment_seen)
            if moment_seen > until:
                raise RuntimeError(f"{len(answered) - len(seen)} events did not appear within {PATIENCE:.0f} s.")
            seen = {name: at for name, at in seen.items() if name.startswith("Probe ") and name != BEGAN}
            time.sleep(0.01)
        return [max(0.0, seen[name] - at) for name, at in answered.items()]

    def _send_steadily(self, seconds: float, answered: dict[str, float]) -> None:
        begun = time.perf_counter()
        for number in range(int(seconds * PROBES_A_SECOND)):
            time.sleep(max(0.0, begun + number / PROBES_A_SECOND - time.perf_counter()))
            self._send(f"Probe {number}")
            answered[f"Probe {number}"] = time.perf_counter()

    def _send(self, name: str) -> None:
        event = {"type": "track", "event": name, "userId": "probe", "messageId": f"probe-{time.time_ns()}",
                 "context": {"traits": {"email": "probe@example.com"}}}  # fmt: skip
        sent = send_all(self._address, iter([request(json.dumps({"batch": [event]}).encode(), self._write)]), 1)
        if sent.refused:
            raise RuntimeError("The probe's event was refused.")

    def _get(self, path: str) -> dict[str, list[dict[str, str]]]:
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self._secret}"})
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}: {told[:300]!r}")
        found: dict[str, list[dict[str, str]]] = json.loads(told)
        return found


def _keep_sending(address: tuple[str, int], key: str, batches: list[bytes], stop: threading.Event) -> None:
    """Send batches at the wanted rate until told to stop."""
    begun = time.perf_counter()

    def paced() -> Iterator[bytes]:
        for number, body in enumerate(batches):
            ahead = begun + number * BATCH / RATE - time.perf_counter()
            if ahead > 0:
                time.sleep(ahead)
            if stop.is_set():
                return
            yield request(body, key)

    send_all(address, paced(), 1)
