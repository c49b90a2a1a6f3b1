"""Where everything is kept: journal, database, lake, engine and news, behind small doors. It knows what it keeps for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corridor.ground.store.database import Database, metadata, workspace_table

__all__ = ["Database", "Store", "metadata", "workspace_table"]
