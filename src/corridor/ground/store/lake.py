"""The lake port: every event, columnar, in Delta tables that other tools can open. It takes each spooled batch exactly once."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import deltalake
    import pyarrow

APPLICATION = "corridor-line"
"""The name under which the lake remembers the last spooled batch that it holds (Delta's application transactions)."""

SMALL_FILE = 8 * 1024 * 1024
FILES_BEFORE_COMPACTION = 24
LARGEST_FILE = 256 * 1024 * 1024


def events_schema() -> pyarrow.Schema:
    """Return the columns of an event in the lake. `personal` is sealed with the key of the event's node and has no statistics."""
    import pyarrow as pa

    moment = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [
            ("offset", pa.int64()),
            ("position", pa.int32()),
            ("message_id", pa.string()),
            ("node", pa.int64()),
            ("root", pa.int64()),
            ("type", pa.string()),
            ("name", pa.string()),
            ("channel", pa.string()),
            ("source", pa.string()),
            ("touchpoint", pa.string()),
            ("stage", pa.string()),
            ("account", pa.string()),
            ("at", moment),
            ("received_at", moment),
            ("amount", pa.int64()),
            ("currency", pa.string()),
            ("experience", pa.float64()),
            ("expectation", pa.float64()),
            ("properties", pa.string()),
            ("personal", pa.binary()),
        ]
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The lake of a workspace at one moment: its Parquet files and the number of the last spooled batch in them."""

    files: tuple[str, ...]
    batch: int


class Lake:
    """A folder of Delta tables, one folder a workspace. The line is the only committer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables: dict[str, Any] = {}
        self._turn = threading.Lock()

    def path(self, workspace_id: str) -> Path:
        """Return the folder of this workspace's events."""
        return self.folder / workspace_id / "events"

    def append(self, workspace_id: str, rows: pyarrow.Table, batch: int) -> bool:
        """Add the rows of the spooled batches up to number `batch`; return False where the lake has them already."""
        from deltalake import CommitProperties, Transaction, write_deltalake

        with self._turn:
            table = self._create(workspace_id)
            if (table.transaction_version(APPLICATION) or 0) >= batch:
                return False
            since = time.time() - 1
            write_deltalake(
                table,
                rows,
                mode="append",
                commit_properties=CommitProperties(app_transactions=[Transaction(APPLICATION, batch)]),
            )
            table.update_incremental()
            _make_durable(self.path(workspace_id), since)
            return True

    def snapshot(self, workspace_id: str) -> Snapshot:
        """Return the files that hold the events now; none where no event was written yet."""
        with self._turn:
            table = self._open(workspace_id)
            if table is None:
                return Snapshot((), 0)
            files = tuple(uri.removeprefix("file://") for uri in table.file_uris())
            return Snapshot(files, table.transaction_version(APPLICATION) or 0)

    def version(self, workspace_id: str) -> int:
        """Return the number of the table's newest version, -1 where there is none; it grows with every change."""
        with self._turn:
            table = self._open(workspace_id)
            return -1 if table is None else int(table.version())

    def needs_compaction(self, workspace_id: str) -> bool:
        """Whether enough small files have gathered to be worth rewriting."""
        files = self.snapshot(workspace_id).files
        small = sum(1 for name in files if Path(name).stat().st_size < SMALL_FILE)
        return small >= FILES_BEFORE_COMPACTION

    def compact(self, workspace_id: str, moved: pyarrow.Table | None = None, keep_hours: int = 1) -> None:
        """Fold moved nodes into the rows, join small files into large ones and drop files no question can still be reading.

        Args:
            workspace_id: whose events.
            moved: rows (node, root) of the nodes whose customer is another than when their events were written.
            keep_hours: how long files of older versions stay for questions that began before.
        """
        from deltalake import DeltaTable
        from deltalake.exceptions import CommitFailedError

        path = self.path(workspace_id)
        if not (path / "_delta_log").is_dir():
            return
        # A handle of its own: appends go on meanwhile, and Delta's own rules settle who commits first.
        table = DeltaTable(str(path))
        since = time.time() - 1
        if moved is not None and moved.num_rows:
            try:
                _fold(table, moved)
            except CommitFailedError:
                # Rows came meanwhile, and Delta wants the question asked again. This time the appends wait.
                with self._turn:
                    table = DeltaTable(str(path))
                    _fold(table, moved)
        table.optimize.compact(target_size=LARGEST_FILE)
        _make_durable(path, since)
        table.vacuum(retention_hours=keep_hours, enforce_retention_duration=False, dry_run=False)
        table.create_checkpoint()

    def _open(self, workspace_id: str) -> deltalake.DeltaTable | None:
        from deltalake import DeltaTable

        table = self._tables.get(workspace_id)
        if table is None:
            path = self.path(workspace_id)
            if not (path / "_delta_log").is_dir():
                return None
            table = self._tables[workspace_id] = DeltaTable(str(path))
        else:
            table.update_incremental()
        found: deltalake.DeltaTable = table
        return found

    def _create(self, workspace_id: str) -> deltalake.DeltaTable:
        from deltalake import DeltaTable

        table = self._open(workspace_id)
        if table is None:
            path = self.path(workspace_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            table = DeltaTable.create(
                str(path),
                schema=events_schema(),
                name="events",
                configuration={
                    "delta.dataSkippingStatsColumns": "offset,node,root,at,touchpoint",
                    "delta.checkpointInterval": "50",
                },
            )
            self._tables[workspace_id] = table
        return table


def _fold(table: deltalake.DeltaTable, moved: pyarrow.Table) -> None:
    merge = table.merge(moved, "target.node = source.node", source_alias="source", target_alias="target")
    merge.when_matched_update({"root": "source.root"}, predicate="target.root <> source.root").execute()


def _make_durable(path: Path, since: float) -> None:
    """Bring what was written since then to the disk. Delta's writer leaves it to the system, and a power cut would take it.

    A lost file would be worse than a late one: the spool lets its rows go as soon as the lake says that it has them.
    """
    for folder in (path / "_delta_log", path):
        for entry in os.scandir(folder):
            if entry.is_file() and entry.stat().st_mtime >= since:
                _sync(entry.path)
        _sync(folder)


def _sync(path: str | Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
