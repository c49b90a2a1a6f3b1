"""What an import is made of, and the three kinds through which packs, later rooms and the roof are heard by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from corridor.ground.store import Store
from corridor.ground.vocabulary import Microseconds

State = Literal["running", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class MappingFolder:
    """A folder with mappings (`*.yaml`) that `--mapping NAME` finds by name; a pack offers its own."""

    path: Path


@dataclass(frozen=True, slots=True)
class MappingSection:
    """A list in a mapping that another room saves, such as `segments`: `save` is called for each entry, before the events."""

    key: str
    save: Callable[[Connection, str, Any], object]


@dataclass(frozen=True, slots=True)
class Drain:
    """How the roof sees to it that nothing waits for the line any more, in this process or by the one that walks it already."""

    function: Callable[[Store], object]


@dataclass(frozen=True, slots=True)
class TableRead:
    """How much of one table an import has read: its files, the rows taken and the rows set aside."""

    table: str
    files: tuple[str, ...]
    rows: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Import:
    """One run of a mapping over files: what came of it so far."""

    id: str
    mapping: str
    path: str
    state: State
    started_at: Microseconds
    updated_at: Microseconds
    finished_at: Microseconds | None
    accepted: int = 0
    quarantined: int = 0
    unchanged: int = 0
    tables: tuple[TableRead, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)
    """Rows set aside, by code."""
    error: str = ""

    @property
    def source(self) -> str:
        """The source that its events carry."""
        return f"import:{self.mapping}"

    @property
    def summary(self) -> str:
        """The line that scripts read."""
        return f"{self.accepted} events accepted, {self.quarantined} quarantined, {self.unchanged} unchanged"
