"""Where experience falls short of expectation: the mean gap by touchpoint, channel, segment or account, and the promises kept there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Connection, TextClause, text

from corridor import collect
from corridor.ground.filters import Filters
from corridor.ground.problems import Invalid
from corridor.ground.statistics import TOO_FEW, Interval, mean_interval, share_interval
from corridor.ground.vocabulary import EXPECTATION_SOURCES, now

By = Literal["touchpoint", "channel", "segment", "account", "all"]
BY: tuple[By, ...] = ("touchpoint", "channel", "segment", "account")
"""What gaps are shown by; `all` is one group of everything."""

NARROWED = """
      AND r.at >= :start AND r.at < :end
      AND (:channel IS NULL OR r.channel = :channel)
      AND (:segment IS NULL OR EXISTS (
          SELECT 1 FROM segment_members m
          WHERE m.workspace_id = r.workspace_id AND m.segment = :segment AND m.customer_id = r.customer_id))"""
"""What the filters of a page leave of a table `r` of gaps or promises."""

KEYS: dict[By, tuple[str, str]] = {
    "touchpoint": ("r.touchpoint", ""),
    "channel": ("r.channel", ""),
    "account": ("r.account_id", ""),
    "all": ("'all'", ""),
    "segment": ("s.segment", "JOIN segment_members s ON s.workspace_id = r.workspace_id AND s.customer_id = r.customer_id"),
}
"""What makes a group, and the table that it stands in where it is not the fact's own."""


def _grouped(question: str) -> dict[By, TextClause]:
    return {by: text(question.format(key=key, joined=joined, narrowed=NARROWED)) for by, (key, joined) in KEYS.items()}


# One row a group: sums over its gaps, and over all its experiences whether or not an expectation is known.
GAPS = _grouped("""
    SELECT {key} AS key, count(r.gap) AS n, count(*) AS responses, count(DISTINCT r.customer_id) AS customers,
           sum(r.gap) AS total, sum(r.gap * r.gap) AS squares, sum(r.expectation) AS expectation,
           sum(CASE WHEN r.gap IS NOT NULL THEN r.experience END) AS experience, sum(r.experience) AS every_experience,
           sum(r.source = 'stated') AS stated, sum(r.source = 'promised') AS promised,
           sum(r.source = 'history') AS history, sum(r.source = 'market') AS market
    FROM gaps r {joined}
    WHERE r.workspace_id = :workspace AND {key} IS NOT NULL {narrowed}
    GROUP BY {key}""")

# One row a group: how its promises stand.
PROMISES = _grouped("""
    SELECT {key} AS key, sum(r.state = 'kept') AS kept, sum(r.state = 'broken') AS broken, sum(r.state = 'open') AS open,
           sum(r.state = 'open' AND r.due_at < :moment) AS overdue, sum(r.state = 'withdrawn') AS withdrawn
    FROM promises r {joined}
    WHERE r.workspace_id = :workspace AND {key} IS NOT NULL {narrowed}
    GROUP BY {key}""")

# One row a group and unit: the middle miss (the mean of the two middle ones) of its broken promises.
MISSES = _grouped("""
    SELECT key, unit, avg(miss) AS median, max(n) AS n FROM (
        SELECT {key} AS key, r.unit, r.miss,
               row_number() OVER (PARTITION BY {key}, r.unit ORDER BY r.miss) AS place,
               count(*) OVER (PARTITION BY {key}, r.unit) AS n
        FROM promises r {joined}
        WHERE r.workspace_id = :workspace AND {key} IS NOT NULL AND r.state = 'broken' AND r.miss IS NOT NULL {narrowed}) ranked
    WHERE place IN ((n + 1) / 2, (n + 2) / 2)
    GROUP BY key, unit""")

ACCOUNT_NAMES = text("SELECT id, name FROM accounts WHERE workspace_id = :workspace")


@dataclass(frozen=True, slots=True)
class Promises:
    """How promises stand. Settled are those that were fulfilled, in time or late; a miss is told in the promise's own unit."""

    kept: int = 0
    broken: int = 0
    open: int = 0
    overdue: int = 0
    """Of the open ones, those that are due by now."""
    withdrawn: int = 0
    misses: tuple[tuple[float, str, int], ...] = ()
    """(median miss, unit, n) of the broken ones, the most frequent unit first."""

    @property
    def n(self) -> int:
        """How many are settled."""
        return self.kept + self.broken

    @property
    def share(self) -> Interval | None:
        """The share of the settled ones that were kept."""
        return share_interval(self.kept, self.n)

    @property
    def median_miss(self) -> float | None:
        """The middle miss of the broken ones."""
        return self.misses[0][0] if self.misses else None

    @property
    def unit(self) -> str | None:
        """What the median miss counts."""
        return self.misses[0][1] if self.misses else None


@dataclass(frozen=True, slots=True)
class GapOf:
    """The mean gap of a touchpoint, channel, segment or account, with what it is the mean of."""

    key: str
    name: str
    n: int
    responses: int
    customers: int
    expectation: float | None
    experience: float | None
    gap: Interval | None
    sources: dict[str, int] = field(default_factory=dict)
    promises: Promises = field(default_factory=Promises)
    owner: str = ""
    stage: str = ""

    @property
    def few(self) -> bool:
        """Are there too few gaps for a mean to be shown?"""
        return self.n < TOO_FEW

    @property
    def source(self) -> str | None:
        """Where most of the expectations come from."""
        return max(self.sources, key=lambda source: self.sources[source]) if self.sources else None

    @property
    def weight(self) -> float:
        """How much expectation breaks here: how far experience falls short, for how many customers."""
        return 0.0 if self.few or self.gap is None else max(0.0, -self.gap.mean) * self.customers


def gaps(connection: Connection, workspace_id: str, by: str, filters: Filters | None = None, language: str = "en") -> list[GapOf]:
    """Return the gap of every touchpoint, channel, segment or account, where expectation breaks most first.

    Raises:
        Invalid: `by` is none of these.
    """
    grouping = known_grouping(by)
    asked = parameters(workspace_id, filters)
    kept = promises(connection, workspace_id, grouping, filters)
    touchpoints = {touchpoint.key: touchpoint for touchpoint in collect.touchpoints(connection, workspace_id)}
    found = {row.key: gap_of(row, row.key, kept.get(row.key)) for row in connection.execute(GAPS[grouping], asked)}
    for key, promised in kept.items():
        found.setdefault(key, GapOf(key, key, 0, 0, 0, None, None, None, promises=promised))
    called = _names(connection, workspace_id, grouping, list(found), touchpoints, language)
    named = []
    for key, one in found.items():
        touchpoint = touchpoints.get(key) if grouping == "touchpoint" else None
        owner, stage = (touchpoint.owner, touchpoint.stage) if touchpoint else ("", "")
        named.append(replace(one, name=called.get(key, key), owner=owner, stage=stage))
    return sorted(named, key=lambda one: (-one.weight, -one.customers, one.key))


def in_all(connection: Connection, workspace_id: str, filters: Filters | None = None) -> GapOf:
    """Return the gap of all experiences, and how all promises stand, within the filters."""
    row = connection.execute(GAPS["all"], parameters(workspace_id, filters)).first()
    kept = promises(connection, workspace_id, "all", filters).get("all")
    return gap_of(row, "all", kept) if row else GapOf("all", "all", 0, 0, 0, None, None, None, promises=kept or Promises())


def promises(connection: Connection, workspace_id: str, by: By, filters: Filters | None = None) -> dict[str, Promises]:
    """Return how the promises made within the filters stand, by touchpoint, channel, segment or account."""
    asked = parameters(workspace_id, filters)
    misses: dict[str, list[tuple[float, str, int]]] = {}
    for row in connection.execute(MISSES[by], asked):
        misses.setdefault(row.key, []).append((row.median, row.unit, row.n))
    return {
        row.key: Promises(
            row.kept, row.broken, row.open, row.overdue or 0, row.withdrawn,
            tuple(sorted(misses.get(row.key, ()), key=lambda miss: (-miss[2], miss[1]))),
        )
        for row in connection.execute(PROMISES[by], asked | {"moment": now()})
    }  # fmt: skip


def worst(found: list[GapOf]) -> GapOf | None:
    """Return where expectation breaks most, if it surely breaks anywhere: the interval stays below nought."""
    return next((one for one in found if one.weight > 0 and one.gap is not None and one.gap.high < 0), None)


def known_grouping(by: str) -> By:
    """Return `by` if gaps can be grouped so.

    Raises:
        Invalid: tells by what they can.
    """
    for known in BY:
        if by == known:
            return known
    raise Invalid(f"Gaps cannot be shown by '{by[:40]}'. Choose one of: {', '.join(BY)}.", code="bad_by", field="by")


def parameters(workspace_id: str, filters: Filters | None) -> dict[str, Any]:
    """Return what the questions of this file are asked with; without filters, about all time."""
    return {
        "workspace": workspace_id,
        "start": filters.period.start if filters else -(2**62),
        "end": filters.period.end if filters else 2**62,
        "channel": filters.channel if filters else None,
        "segment": filters.segment if filters else None,
    }


def gap_of(row: Any, key: str, kept: Promises | None) -> GapOf:
    """Return a row of sums as a mean gap."""
    n = row.n or 0
    experience = row.experience / n if n else row.every_experience / row.responses if row.responses else None
    return GapOf(
        key=key,
        name=key,
        n=n,
        responses=row.responses,
        customers=row.customers,
        expectation=row.expectation / n if n else None,
        experience=experience,
        gap=mean_interval(n, row.total or 0.0, row.squares or 0.0),
        sources={source: getattr(row, source) for source in EXPECTATION_SOURCES if getattr(row, source)},
        promises=kept or Promises(),
    )


def _names(
    connection: Connection, workspace_id: str, by: By, keys: list[str], touchpoints: dict[str, Any], language: str
) -> dict[str, str]:
    if by == "touchpoint":
        return {key: touchpoint.names.get(language, touchpoint.name) for key, touchpoint in touchpoints.items()}
    if by == "account":
        return {row.id: row.name for row in connection.execute(ACCOUNT_NAMES, {"workspace": workspace_id})}
    if by == "segment":
        return {key: key.replace(":", ": ", 1) for key in keys}
    return {}
