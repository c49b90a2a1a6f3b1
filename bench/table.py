"""Shows figures as a table with bars, and writes them down."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.harness import Figure

LATEST = Path(__file__).parent / "latest.json"
WIDTH = 24


def show(figures: list[Figure], console: Console | None = None) -> None:
    """Print the figures; the bar is full where the value just meets its aim."""
    table = Table(title="Corridor, measured", title_justify="left")
    for heading in ("figure", "value", "bar", "", "against", "ratio", "ok"):
        table.add_column(heading, justify="right" if heading in ("value", "bar", "ratio") else "left")
    for figure in figures:
        aim = "" if figure.bar is None else f"{'≤' if figure.low else '≥'} {_short(figure.bar)}"
        ratio = (
            ""
            if figure.ratio is None
            else f"{figure.ratio:.2f}" + ("" if figure.least_ratio is None else f" (≥ {figure.least_ratio:g})")
        )
        table.add_row(
            figure.name, f"{_short(figure.value)} {figure.unit}", aim, drawn(figure), figure.against, ratio,
            "[green]yes[/]" if figure.ok else "[red]no[/]",
        )  # fmt: skip
    console = console or Console()
    if not console.is_terminal:
        console.width = 160
    console.print(table)


def drawn(figure: Figure) -> str:
    """Return a bar of the share of the aim that was reached, cut at its full width."""
    if not figure.bar or not figure.value:
        return ""
    share = figure.bar / figure.value if figure.low else figure.value / figure.bar
    full = round(WIDTH * min(share, 1.0))
    return "█" * full + "░" * (WIDTH - full)


def write(figures: list[Figure], path: Path = LATEST) -> None:
    """Write the figures down; those of other names, measured before, stay."""
    measured = {figure.name for figure in figures}
    before = [told for told in read(path) if told["name"] not in measured]
    path.write_text(json.dumps(before + [figure.facts() for figure in figures], indent=1, ensure_ascii=False) + "\n")


def read(path: Path = LATEST) -> list[dict[str, object]]:
    """Return what was written down last; nothing where nothing was."""
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return [one for one in told if isinstance(one, dict) and "name" in one] if isinstance(told, list) else []


def _short(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
