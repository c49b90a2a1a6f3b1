"""How much the web does and how long it takes, for /metrics. A label is a pattern or a word of ours; it never tells of anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Histogram

    from corridor.ground.store import Store

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that a room adds to /metrics: `offer(Gauge("corridor_cases_open", "Cases that are open", function))`.

    With a `label` the function returns the figure for each of its values.
    """

    name: str
    meaning: str
    read: Callable[[Store], float | dict[str, float]]
    label: str = ""


@cache
def registry() -> CollectorRegistry:
    """Return the registry of this process's counts and times."""
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

    made = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=made)
    return made


@cache
def request_seconds() -> Histogram:
    """Return the times that answers took, by route; a route is a pattern and tells nothing of anybody."""
    from prometheus_client import Histogram

    names = ("method", "route", "status")
    return Histogram("corridor_request_seconds", "Time to answer a request", names, registry=registry(), buckets=SECONDS)
