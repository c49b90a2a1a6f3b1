"""Appends to a journal and says on standard output what was acknowledged, until it is killed. Run by the power-cut tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from corridor.ground.store.journal import Journal


class CarelessJournal(Journal):
    """A journal as one would write it by mistake: it does not wait for the disk."""

    def _connect(self) -> Any:
        connection = super()._connect()
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


def main() -> None:
    kind = CarelessJournal if sys.argv[2] == "careless" else Journal
    journal = kind(Path(sys.argv[1]) / "journal.db")
    for number in range(1_000_000):
        offset = journal.append("main", "test", "track", b'{"event":"A","userId":"u","messageId":"m-%d"}' % number, 1)
        print(offset, flush=True)


if __name__ == "__main__":
    main()
