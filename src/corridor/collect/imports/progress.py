"""Shows on stderr how far an import is: a bar with rows a second on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY = 5.0
"""Seconds between two plain lines of one step."""


class Plain:
    """A line when a step begins, every few seconds while it lasts, and when it is done."""

    def __init__(self) -> None:
        self._name = ""
        self._unit = ""
        self._count = 0
        self._begun = self._said = 0.0

    def step(self, name: str, total: int | None, unit: str) -> None:
        """Begin a step."""
        self.end()
        self._name, self._unit, self._count = name, unit, 0
        self._begun = self._said = time.monotonic()

    def forward(self, count: int, size: int | None = None) -> None:
        """Say that so many more are done."""
        self._count += count
        if time.monotonic() - self._said > LINE_EVERY:
            self._said = time.monotonic()
            self._say(" so far")

    def say(self, sentence: str) -> None:
        """Tell something that is worth a sentence."""
        sys.stderr.write(f"{sentence}\n")

    def end(self) -> None:
        """Say how the step ended."""
        if self._name:
            self._say("")
        self._name = ""

    def _say(self, so_far: str) -> None:
        seconds = max(1e-3, time.monotonic() - self._begun)
        speed = f"{self._count / seconds:,.0f} a second"
        sys.stderr.write(f"{self._name}: {self._count:,} {self._unit}{so_far} in {seconds:.1f} s ({speed})\n")
        sys.stderr.flush()


class Bar:
    """A bar that moves."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._count = 0
        self._begun = 0.0
        self._unit = ""

    def step(self, name: str, total: int | None, unit: str) -> None:
        """Begin a step."""
        self._count, self._unit, self._begun = 0, unit, time.monotonic()
        self._task = self._progress.add_task(name, total=total, speed="")

    def forward(self, count: int, size: int | None = None) -> None:
        """Move the bar."""
        if self._task is None:
            return
        self._count += count
        speed = self._count / max(1e-3, time.monotonic() - self._begun)
        said = f"{self._count:,} {self._unit}, {speed:,.0f}/s"
        self._progress.update(self._task, advance=count if size is None else size, speed=said)

    def say(self, sentence: str) -> None:
        """Tell something that is worth a sentence, above the bars."""
        self._progress.console.print(sentence, highlight=False)


@contextmanager
def shown() -> Iterator[Plain | Bar]:
    """Give the display that fits where stderr goes."""
    if not sys.stderr.isatty():
        plain = Plain()
        try:
            yield plain
        finally:
            plain.end()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bar(progress)
