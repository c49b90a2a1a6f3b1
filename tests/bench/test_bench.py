"""The benchmarks' harness tells honestly what met its bar, and keeps what was measured before."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from bench.__main__ import main, measure, names
from bench.acceptance import decode_and_append
from bench.harness import Figure, quantile
from bench.load import bodies, request, send_all
from bench.table import drawn, read, write


def test_a_figure_is_ok_when_it_meets_its_bar_and_its_ratio() -> None:
    """At least or at most, and not without the ratio that is asked for."""
    assert Figure("a", 120, "events/s", 100).ok
    assert not Figure("a", 99, "events/s", 100).ok
    assert Figure("a", 1.9, "s", 2.0, low=True).ok
    assert not Figure("a", 2.1, "s", 2.0, low=True).ok
    assert not Figure("a", 120, "events/s", 100, ratio=0.3, least_ratio=0.4).ok
    assert not Figure("a", 120, "events/s", 100, least_ratio=0.4).ok
    assert Figure("a", 5, "ms").ok


def test_the_bar_is_full_where_the_aim_is_met() -> None:
    """Half the aim draws half a bar, for figures that should be high and for those that should be low."""
    assert drawn(Figure("a", 50, "", 100)).count("█") == 12
    assert drawn(Figure("a", 4, "", 2, low=True)).count("█") == 12
    assert "░" not in drawn(Figure("a", 300, "", 100))


def test_figures_are_written_with_the_members_that_others_read(tmp_path: Path) -> None:
    """latest.json is a list of name, value, unit, bar, ok, against and ratio; a figure measured before stays until measured again."""
    path = tmp_path / "latest.json"
    write([Figure("start", 1.5, "s", 2.0, low=True), Figure("import", 9_000, "lines/s", 6_300)], path)
    write([Figure("start", 1.2, "s", 2.0, low=True)], path)
    told = json.loads(path.read_text())
    assert {one["name"]: one["value"] for one in told} == {"import": 9_000, "start": 1.2}
    assert all(set(one) == {"name", "value", "unit", "bar", "ok", "against", "ratio"} for one in told)
    path.write_text("not json")
    assert read(path) == []


def test_each_figure_has_a_module_that_measures_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Every name can be measured; an unknown one is refused with the list of names."""
    assert {"acceptance", "whole_line", "visible", "start", "pages", "import_rate", "simulator"} <= set(names())
    assert all(callable(measure(name)) for name in names())
    assert main(["speed-of-light"]) == 2
    assert "acceptance" in capsys.readouterr().err


def test_quantiles_are_values_that_were_measured() -> None:
    """The p99 of a hundred values is the hundredth, never beyond the last."""
    assert quantile([float(value) for value in range(100)], 0.99) == 99
    assert quantile([3.0], 0.99) == 3.0


class Accepting(BaseHTTPRequestHandler):
    """A server of the test's own that accepts each batch and refuses what is not one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        batch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["batch"]
        body = json.dumps({"accepted": len(batch)}).encode()
        self.send_response(200 if batch else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Accepting)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "127.0.0.1", server.server_address[1]
    server.shutdown()
    server.server_close()


def test_all_requests_are_sent_and_each_answer_is_counted(address: tuple[str, int]) -> None:
    """Over several connections every batch is answered once, and a refusal is counted as one."""
    batches = bodies(600, 50, customers=60)
    requests = [request(body, "wk_main_x") for body in [*batches, b'{"batch":[]}']]
    sent = send_all(address, iter(requests), 4)
    assert (sent.answered, sent.refused) == (len(batches), 1)
    assert len(sent.took) == len(requests)


def test_the_plain_way_reads_and_writes_the_same_bytes(tmp_path: Path) -> None:
    """What acceptance is compared with appends every batch to a file."""
    batches = [b'{"batch":[1]}', b'{"batch":[2]}', b'{"batch":[3]}']
    assert decode_and_append(batches, tmp_path / "file", 2) > 0
    assert (tmp_path / "file").read_bytes().count(b"batch") == 3
