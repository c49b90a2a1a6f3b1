"""The command line's roof: starting, serving, saying what is wrong, and ending cleanly."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from corridor import __version__


def corridor(*words: str, **more) -> subprocess.CompletedProcess:
    """Run the real command to its end."""
    return subprocess.run([sys.executable, "-m", "corridor.cli", *words], capture_output=True, text=True, timeout=60, **more)


class Serving:
    """`corridor serve` in a process of its own, on a free port."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "corridor.cli", "serve", "--data", str(folder), "--port", "0", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.line = self.process.stdout.readline()
        self.address = self.line.removeprefix("Corridor is ready at ").strip()

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.read().decode()

    def children(self) -> list[int]:
        """Return the processes that it started, by whichever of its threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(one) for task in tasks for one in task.read_text().split()]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, error = self.process.communicate(timeout=30)
        return self.process.returncode, out, error


@pytest.fixture
def serving(tmp_path):
    started: list[Serving] = []

    def start(*words: str, folder: Path | None = None) -> Serving:
        started.append(Serving(folder or tmp_path / "data", *words))
        return started[-1]

    yield start
    for one in started:
        one.stop(signal.SIGKILL)


def wait_until(holds, seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    return False


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_version_is_told():
    """`corridor --version` names the version, without touching any data."""
    assert corridor("--version").stdout.strip() == f"corridor {__version__}"


def test_the_help_names_every_command():
    """`corridor --help` lists the commands of the roof, the ground, the rooms and the packs."""
    told = corridor("--help").stdout
    for command in ("serve", "work", "migrate", "doctor", "user", "key", "workspace", "import", "simulate"):
        assert re.search(rf"\b{command}\b", told), command


def test_serve_says_one_line_when_ready_and_ends_cleanly(serving, tmp_path):
    """One line on standard output, then pages; SIGTERM ends web and line with status 0 and leaves nobody behind."""
    running = serving()
    assert re.fullmatch(r"Corridor is ready at http://127\.0\.0\.1:\d+\n", running.line)
    assert running.get("/healthz") == "ok\n"
    assert "Sign in" in running.get("/sign-in")
    assert wait_until(lambda: running.children())
    line = running.children()
    status, out, _ = running.stop()
    assert (status, out) == (0, "")
    assert not any(map(is_alive, line))
    assert not list((tmp_path / "data").glob("*.sock"))


def test_an_interrupt_ends_it_as_cleanly(serving):
    """Ctrl C is no crash."""
    running = serving()
    status, out, error = running.stop(signal.SIGINT)
    assert (status, out) == (0, "")
    assert "Traceback" not in error


def test_the_line_is_started_again_when_it_dies(serving):
    """A line that was killed comes back by itself."""
    running = serving()
    assert wait_until(lambda: running.children())
    first = running.children()[0]
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: [one for one in running.children() if one != first])


def test_the_line_ends_when_the_web_is_killed(serving):
    """A killed server leaves no line behind that would hold the data folder."""
    running = serving()
    assert wait_until(lambda: running.children())
    line = running.children()[0]
    time.sleep(1)
    running.stop(signal.SIGKILL)
    assert wait_until(lambda: not is_alive(line))


def test_a_second_server_on_the_same_data_is_refused_in_a_sentence(serving, tmp_path):
    """Two servers would both write the journal: the second one says so and ends with status 1."""
    serving()
    refused = corridor("serve", "--data", str(tmp_path / "data"), "--port", "0")
    assert refused.returncode == 1
    assert "another `corridor serve` is running" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_port_in_use_is_named(tmp_path):
    """A port that is taken is refused in a sentence, before anything is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = corridor("serve", "--data", str(tmp_path / "data"), "--port", str(port))
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "--port" in refused.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "8.8.8.8"])
def test_an_address_that_is_not_ours_is_named(tmp_path, host):
    """An address that this computer does not have is refused in a sentence."""
    refused = corridor("serve", "--data", str(tmp_path / "data"), "--host", host)
    assert refused.returncode == 1
    assert host in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_data_folder_that_is_a_file_is_named(tmp_path):
    """A file where the data folder should be is refused in a sentence."""
    (tmp_path / "file").write_text("x")
    refused = corridor("key", "list", "--data", str(tmp_path / "file"))
    assert refused.returncode == 1
    assert str(tmp_path / "file") in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere, so there is no read-only folder to try")
def test_a_read_only_data_folder_is_named(tmp_path):
    """A folder that cannot be written is refused in a sentence that says what to check."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    refused = corridor("serve", "--data", str(folder), "--port", "0")
    assert refused.returncode == 1
    assert "owner and rights" in refused.stderr


@pytest.mark.parametrize("content", ["port = 'many'", "prot = 1", "= "])
def test_a_wrong_settings_file_is_named(tmp_path, content):
    """A mistake in corridor.toml is refused in a sentence that names the file."""
    (tmp_path / "corridor.toml").write_text(content)
    refused = corridor("serve", cwd=tmp_path, env=os.environ | {"CORRIDOR_DATA": str(tmp_path / "data")})
    assert refused.returncode == 1
    assert "corridor.toml" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_data_folder_is_nobody_elses(tmp_path):
    """What is made at first use can be read by its owner only."""
    corridor("key", "create", "write", "--data", str(tmp_path / "data"))
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_migrate_tells_the_revision(tmp_path):
    """`corridor migrate` brings the folder up to date and says to which revision; doing it twice changes nothing."""
    first, second = (corridor("migrate", "--data", str(tmp_path / "data")) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout


def test_a_slow_caller_is_let_go(serving, monkeypatch):
    """Headers that do not come in time close the connection."""
    from corridor.ground import serving as module

    assert module.HEADERS_WITHIN == 30
    running = serving()
    host, port = running.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        slow.settimeout(0.5)
        with pytest.raises(TimeoutError):
            slow.recv(1)
    assert running.get("/healthz") == "ok\n"


def test_starting_loads_nothing_heavy(tmp_path):
    """The web is made without the engine, the lake and the libraries of science: they come when they are asked for."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom corridor.app import create_app\nfrom corridor.ground.command_line import open_store\n"
        f"create_app(open_store(Path({str(tmp_path / 'data')!r})))\n"
        "print(*[name for name in ('duckdb', 'deltalake', 'pyarrow', 'pandas', 'scipy', 'sqlglot') if name in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (made.returncode, made.stdout.strip()) == (0, ""), made.stderr
