"""Measures the product: `python -m bench [NAME …] [--full]`. It prints a table and writes `bench/latest.json`."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import shutil
import sys
import time

import bench
from bench.harness import Figure, Measure, Options
from bench.table import show, write

NOT_FIGURES = {"__main__", "harness", "table", "load"}


def names() -> list[str]:
    """Return the figures' names: one module each."""
    return [part.name for part in pkgutil.iter_modules(bench.__path__) if part.name not in NOT_FIGURES]


def measure(name: str) -> Measure:
    """Return how a figure is measured."""
    found: Measure = importlib.import_module(f"bench.{name}").measure
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for; the exit status says whether all of it could be measured, not whether bars were met."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure Corridor against its bars.")
    parser.add_argument("only", nargs="*", help=f"figures to measure; all of them if none is named: {', '.join(names())}")
    parser.add_argument("--full", action="store_true", help="measure at the sizes of the bars (10 M events behind the line)")
    parser.add_argument("--prefill", type=int, help="events behind the line before it is measured")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the lake for the corridor")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts")
    given = parser.parse_args(arguments)
    wanted = given.only or os.environ.get("ONLY", "").replace(",", " ").split() or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"There is no figure {', '.join(unknown)}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    options = Options(full=given.full, prefill=given.prefill, rows=given.rows, seconds=given.seconds)
    figures: list[Figure] = []
    failed = []
    try:
        for name in wanted:
            begun = time.perf_counter()
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                figures.extend(measure(name)(options))
            except Exception as error:
                failed.append(name)
                print(f"{name} could not be measured: {error}", file=sys.stderr)
            print(f"{name} took {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    if figures:
        show(figures)
        write(figures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
