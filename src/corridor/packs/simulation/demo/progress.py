"""How far a demo has been made, kept in its folder, so that an interrupted one goes on and a finished one is not made again."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from corridor.ground.problems import Conflict
from corridor.packs.simulation.facts import Plan

FILE = "demo.json"


@dataclass(slots=True)
class Demo:
    """What is being shown: the plan of the year, the write key of its site, and the parts that are done."""

    plan: Plan
    write_key: str = ""
    done: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all parts are there."""
        return "corridor" in self.done

    def keep(self, folder: Path) -> None:
        """Write down how far it is."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    def finish(self, part: str, folder: Path) -> None:
        """Note that a part is done."""
        self.done.append(part)
        self.keep(folder)


def known_demo(folder: Path) -> Demo | None:
    """Return the demo in a folder; None where nothing is there yet.

    Raises:
        Conflict: the folder holds something else.
    """
    try:
        told = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        if folder.exists() and any(folder.iterdir()):
            raise Conflict(
                f"{folder} holds data that is no demo; it is left as it is. Choose another folder with --data.", code="no_demo"
            ) from None
        return None
    return Demo(Plan(**told["plan"]), told["write_key"], told["done"])


def forget_demo(folder: Path) -> None:
    """Delete the demo in a folder, to begin anew.

    Raises:
        Conflict: the folder holds something else.
    """
    if known_demo(folder) is not None:
        shutil.rmtree(folder)
