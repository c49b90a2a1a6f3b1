"""`corridor import` from beginning to end: it can be stopped, killed, repeated and fed nonsense; nothing is lost, doubled or half done."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from corridor.collect.imports.hand import MOST_EVENTS
from corridor.collect.imports.run import Stopped
from corridor.ground.problems import Problem, Unavailable
from corridor.ground.store import Store, hold
from tests.collect.imports.conftest import ORDERS, Shop

MANY = 24_000
MAPPING_OF_MANY = """\
mapping: many
tables:
  visits:
    files: visits.csv
    key: visit
    columns: {visit: text, who: text, at: datetime}
events:
  visit: {from: visits, event: Visited, user_id: "{who}", at: "{at}", properties: {visit: "{visit}"}}
"""


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """A folder with many visits, and the mapping beside it."""
    folder = tmp_path / "crowd"
    folder.mkdir()
    rows = (f"v{number},p{number % 700},2026-01-{1 + number % 28:02} 10:00:00\n" for number in range(MANY))
    (folder / "visits.csv").write_text("visit,who,at\n" + "".join(rows))
    (tmp_path / "many.yaml").write_text(MAPPING_OF_MANY)
    return folder


def command(folder: Path, *more: str) -> list[str]:
    """Return the command that imports the crowd."""
    data, mapping = folder.parent / "crowd-data", folder.parent / "many.yaml"
    program = [sys.executable, "-c", "from corridor.cli import main; main()"]
    return [*program, "import", str(folder), "--mapping", str(mapping), "--data", str(data), *more]


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the import to its end."""
    return subprocess.run(command(folder, *more), capture_output=True, text=True, timeout=120, check=False)


def journalled(store: Store) -> int:
    """Return how many events are in the journal."""
    return sum(request.count for request in store.journal.read(0, most_events=10**9))


def start_and_wait(folder: Path, until: Callable[[Path], bool]) -> subprocess.Popen[str]:
    """Start an import and return as soon as something holds of its data folder."""
    process = subprocess.Popen(command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not until(folder.parent / "crowd-data"):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.001)
    return process


def has_handed_in(data: Path) -> bool:
    """Say whether the journal has grown since it was made: some chunks were handed in."""
    log = data / "journal.db-wal"
    return log.exists() and log.stat().st_size > 700_000


def events_in_lake(data: Path) -> tuple[int, int]:
    """Return how many visits the lake has, and how many different ones."""
    store = Store.open(data)
    try:
        found = store.engine.ask(
            "main", "SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM events WHERE name = 'Visited'"
        )
        return found.column("n")[0].as_py(), found.column("ids")[0].as_py()
    finally:
        store.close()


def test_the_command_says_what_it_did(crowd: Path) -> None:
    """It ends with the line that scripts read and with 0, shows its steps on stderr, and the events are with their customers."""
    done = run(crowd)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{MANY} events accepted, 0 quarantined, 0 unchanged"
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "Reading",
        "Making events",
        "Handing in",
        "Taking in",
    ]
    assert events_in_lake(crowd.parent / "crowd-data") == (MANY, MANY)
    again = run(crowd)
    assert again.stdout.splitlines()[-1] == f"0 events accepted, 0 quarantined, {MANY} unchanged"


def test_a_killed_import_goes_on(crowd: Path) -> None:
    """Killed in the middle of handing in, the same command brings the rest: no event is missing and none is there twice."""
    process = start_and_wait(crowd, has_handed_in)
    process.kill()
    process.communicate()
    done = run(crowd)
    assert done.returncode == 0, done.stderr
    accepted, unchanged = (int(done.stdout.split()[place]) for place in (0, 5))
    assert 0 < unchanged < MANY
    assert accepted + unchanged == MANY
    assert events_in_lake(crowd.parent / "crowd-data") == (MANY, MANY)


def test_a_stopped_import_goes_on(crowd: Path) -> None:
    """SIGTERM stops it between two chunks with a sentence and a status that is not 0; the same command goes on."""
    process = start_and_wait(crowd, has_handed_in)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    if process.returncode != 0:
        assert process.returncode == 130
        assert "Stopped. What was handed in stays; the same command goes on from here." in said
    assert run(crowd).returncode == 0
    assert events_in_lake(crowd.parent / "crowd-data") == (MANY, MANY)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "visits.csv").rename(folder / "visitors.csv"), "wants 'visits.csv' (or that with .gz), but"),
        (lambda folder: (folder / "visits.csv").unlink(), "The folder is empty."),
        (lambda folder: (folder / "visits.csv").write_text(""), "visits.csv is empty"),
        (lambda folder: (folder / "visits.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "visits.csv has no such column"),
        (lambda folder: (folder / "visits.csv").chmod(0), "visits.csv cannot be read: Permission denied."),
        (lambda folder: (folder / "visits.csv.gz").write_bytes(b""), "both stand in"),
    ],
    ids=["wrong file", "empty folder", "empty file", "picture", "forbidden file", "twice"],
)
def test_bad_input_is_told(crowd: Path, spoil: Callable[[Path], object], told: str) -> None:
    """A folder or file that cannot be what the mapping wants is told in a sentence with status 1, and nothing is taken in."""
    spoil(crowd)
    if "forbidden" in os.environ.get("PYTEST_CURRENT_TEST", "") and os.geteuid() == 0:
        pytest.skip("the administrator may read every file")
    done = run(crowd)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    store = Store.open(crowd.parent / "crowd-data")
    assert journalled(store) == 0
    store.close()


def test_a_path_or_mapping_that_is_missing_is_told(crowd: Path) -> None:
    """A folder that does not exist, a mapping that does not exist, a workspace that does not exist, and nothing at all."""
    nowhere = crowd.parent / "nowhere"
    mapping = str(crowd.parent / "many.yaml")
    program = [
        sys.executable,
        "-c",
        "from corridor.cli import main; main()",
        "import",
        "--data",
        str(crowd.parent / "crowd-data"),
    ]
    for arguments, status, told in (
        ([str(nowhere), "--mapping", mapping], 1, f"{nowhere} does not exist"),
        ([str(crowd), "--mapping", "many"], 1, "There is no mapping 'many'"),
        ([str(crowd), "--mapping", mapping, "--workspace", "other"], 1, "There is no workspace 'other'"),
        ([], 2, "corridor import PATH --mapping FILE"),
    ):
        done = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status
        assert told in done.stderr


def test_a_mapping_can_be_checked_alone(crowd: Path) -> None:
    """With --check nothing is imported; with --list the mappings of packs are shown."""
    done = run(crowd, "--check")
    assert done.returncode == 0
    assert "visits: visits.csv\nThe mapping many fits: 1 kinds of events. Nothing was imported." in done.stdout
    shown = subprocess.run([*command(crowd)[:3], "import", "--list"], capture_output=True, text=True, timeout=60, check=False)
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["olist", "online_retail"]


def test_a_broken_gzip_leaves_nothing_behind(shop: Shop) -> None:
    """A packed file that was cut off is told by name; nothing of the whole import was taken in, and a sound file goes through."""
    (shop.folder / "orders.csv").unlink()
    packed = gzip.compress(
        ORDERS.encode() + b"".join(b"x%d,mina,2026-01-05 10:00:00,,2026-01-09,1\n" % number for number in range(9_000))
    )
    shop.write("orders.csv.gz", packed[: len(packed) // 2])
    with pytest.raises(Problem, match=r"orders\.csv\.gz is damaged or cut off: .* Fetch the file anew"):
        shop.take_in()
    assert shop.is_untouched()
    shop.write("orders.csv.gz", packed[:-8] + b"\0\0\0\0" + packed[-4:])
    with pytest.raises(Problem, match=r"orders\.csv\.gz ends in \.gz but is not a sound gzip file: CRC check failed"):
        shop.take_in()
    shop.write("orders.csv.gz", b"not packed at all")
    with pytest.raises(Problem, match=r"orders\.csv\.gz ends in \.gz but is not a sound gzip file: Not a gzipped file"):
        shop.take_in()
    assert shop.is_untouched()
    shop.write("orders.csv.gz", packed)
    assert shop.take_in().state == "done"


def test_only_what_is_new_is_taken(shop: Shop) -> None:
    """A file that has grown brings its new rows; a row that was mended comes in, and what stood aside before is not told twice."""
    shop.write("orders.csv", ORDERS + "o4,sara,someday,,2026-03-05,1\n")
    first = shop.take_in()
    assert (first.accepted, first.quarantined, first.unchanged) == (10, 1, 0)
    again = shop.take_in()
    assert (again.accepted, again.quarantined, again.unchanged) == (0, 1, 10)
    shop.write(
        "orders.csv",
        "order_id,customer,bought,arrived,promised,total\no0,reza,2025-12-01 10:00:00,,2025-12-05,3\n"
        + ORDERS.partition("\n")[2],
    )
    shop.write("orders.csv", (shop.folder / "orders.csv").read_text() + "o4,sara,2026-03-01 10:00:00,,2026-03-05,1\n")
    grown = shop.take_in()
    assert (grown.accepted, grown.quarantined, grown.unchanged) == (4, 0, 10)
    assert len(shop.set_aside()) == 1
    assert len({event["messageId"] for event in shop.events()}) == len(shop.events()) == 14


def test_one_file_can_be_imported(shop: Shop) -> None:
    """The path may be a file; other tables of the mapping are then left out if they are optional."""
    done = shop.take_in(shop.folder / "orders.csv")
    assert [table.rows for table in done.tables if table.table == "ratings"] == [0]
    assert not shop.named("Experience Rated")
    with pytest.raises(Problem, match=r"wants a file called 'orders\.csv' .* but ratings\.csv is not called so"):
        shop.take_in(shop.folder / "ratings.csv")


def test_several_files_make_one_table(shop: Shop) -> None:
    """A pattern takes all files that it fits, in the order of their names; a key holds across them."""
    (shop.folder / "orders.csv").unlink()
    shop.change("files: orders.csv", 'files: "orders-*.csv"')
    shop.write("orders-1.csv", ORDERS)
    shop.write("orders-2.csv", ORDERS.replace("o3", "o5"))
    shop.take_in()
    assert [event["properties"]["order_id"] for event in shop.named("Order Completed")] == ["o1", "o2", "o3", "o5"]
    assert [reason for _, reason, _ in shop.set_aside()] == [
        "orders-2.csv, line 2: order_id 'o1' came before, at line 2, in the same row.",
        "orders-2.csv, line 3: order_id 'o2' came before, at line 3, in the same row.",
    ]


def test_it_stops_when_asked(shop: Shop) -> None:
    """A run that is asked to stop says so in its record, and the next one goes on."""
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        shop.take_in(stop=stop)
    assert shop.house.api().get("/api/v1/imports").json()["items"][0]["state"] == "stopped"
    assert shop.take_in().state == "done"


def test_one_run_of_a_mapping_at_a_time(shop: Shop) -> None:
    """Two imports of one mapping would hand the same rows in twice: the second is refused while the first runs."""
    with hold(shop.house.store.folder / "import-main-shop.lock"), pytest.raises(Unavailable, match="import-main-shop is held"):
        shop.take_in()


def test_workspaces_are_imported_apart(shop: Shop, other_workspace: object) -> None:
    """The same files go into each workspace by themselves; nothing of one counts as known in another."""
    from corridor.collect.imports.run import run_import
    from tests.conftest import House

    assert isinstance(other_workspace, House)
    shop.take_in()
    done = run_import(other_workspace.store, other_workspace.workspace, shop.folder, shop.mapping, shop.display)
    assert (done.accepted, done.unchanged) == (10, 0)


def test_a_new_workspace_takes_over_currency_and_zone(shop: Shop) -> None:
    """Before anything came in, the mapping's currency and zone are the workspace's; later they only say what is left out."""
    shop.change("currency: EUR", "currency: GBP")
    shop.take_in()
    shop.house.walk()
    assert (shop.house.workspace.currency, shop.house.workspace.zone) == ("GBP", "Europe/Amsterdam")
    assert shop.display.said == ["The workspace main was new: it now counts in GBP, and its days are those of Europe/Amsterdam."]
    shop.change("currency: GBP", "currency: BRL")
    shop.take_in()
    assert shop.house.workspace.currency == "GBP"
    assert "Amounts in BRL are kept as they are, but the workspace main counts in GBP" in shop.display.said[-1]


def test_chunks_stay_small(shop: Shop) -> None:
    """No request is larger than the line takes in one transaction."""
    rows = "".join(f"p{number},mina,2026-01-05 10:00:00,,,1\n" for number in range(MOST_EVENTS + 5))
    shop.write("orders.csv", "order_id,customer,bought,arrived,promised,total\n" + rows)
    (shop.folder / "ratings.csv").unlink()
    shop.take_in()
    counts = [request.count for request in shop.house.store.journal.read(0, most_events=10**9)]
    assert counts == [MOST_EVENTS, 5]


def test_what_was_read_reaches_the_customer(shop: Shop) -> None:
    """An imported order stands on its customer's timeline with its own time, not that of the import."""
    shop.take_in()
    shop.house.walk()
    timeline = shop.house.api().get(f"/api/v1/customers/{shop.house.customer('mina')}/timeline").json()["items"]
    assert {(one["name"], one["at"]) for one in timeline} >= {
        ("Order Completed", "2026-01-05T09:00:00Z"),
        ("Order Delivered", "2026-01-08T11:00:00Z"),
        ("Experience Rated", "2026-01-09T19:00:00Z"),
    }
