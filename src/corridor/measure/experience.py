"""The second goal: how far experience is from what was expected, and which touchpoints moved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from corridor.ground.statistics import TOO_FEW, Sums, difference_interval, mean_interval
from corridor.ground.vocabulary import Period
from corridor.measure.facts import Goal, Mover, Point, Target
from corridor.measure.revenue import steps

MOST_MOVERS = 3
WORTH_TELLING = 0.05
"""Points of the mean gap under which a touchpoint did not move it."""

_NARROWED = """
      AND (:channel IS NULL OR fact.channel = :channel)
      AND (:segment IS NULL OR EXISTS (
          SELECT 1 FROM segment_members AS member
          WHERE member.workspace_id = :workspace AND member.segment = :segment AND member.customer_id = fact.customer_id))"""

_GAPS = text(f"""
    SELECT coalesce(fact.touchpoint, '') AS touchpoint,
           CASE WHEN fact.at < :start THEN -1 ELSE (fact.at - :first) / :step END AS place,
           count(fact.gap) AS n, sum(fact.gap) AS total, sum(fact.gap * fact.gap) AS squares
    FROM gaps AS fact
    WHERE fact.workspace_id = :workspace AND fact.at >= :earlier AND fact.at < :end AND fact.gap IS NOT NULL {_NARROWED}
    GROUP BY 1, 2
""")
"""One row a touchpoint and week of the period (-1: the whole period before): the sums over its gaps."""

_KEPT = text(f"""
    SELECT coalesce(fact.touchpoint, '') AS touchpoint, fact.at >= :start AS is_after, sum(fact.state = 'kept') AS kept, count(*) AS n
    FROM promises AS fact
    WHERE fact.workspace_id = :workspace AND fact.at >= :earlier AND fact.at < :end AND fact.state IN ('kept', 'broken') {_NARROWED}
    GROUP BY 1, 2
""")
"""One row a touchpoint and period: how many of the settled promises made in it were kept."""


def experience_gap(
    connection: Connection, workspace_id: str, period: Period, segment: str | None, channel: str | None, target: Target | None
) -> Goal:
    """Measure the mean gap, its change, and what each touchpoint contributed to the change."""
    cut = steps(period, period.start if period.start else _earliest(connection, workspace_id))
    values: dict[str, Any] = {
        "workspace": workspace_id, "segment": segment, "channel": channel,
        "start": period.start, "end": period.end, "earlier": period.before.start,
    }  # fmt: skip
    rows = connection.execute(_GAPS, values | {"first": cut.first, "step": cut.step}).all()
    after, before = _by(rows, "touchpoint", lately=True), _by(rows, "touchpoint", lately=False)
    weekly = _by(rows, "place", lately=True)
    together, earlier = _total(after), _total(before)
    if together.n < TOO_FEW:
        return Goal("customer", "gap", None, together.n, target=target, missing="too_few_gaps")
    return Goal(
        "customer",
        "gap",
        together.mean,
        together.n,
        interval=mean_interval(*together),
        change=difference_interval(together, earlier) if earlier.n >= TOO_FEW else None,
        series=tuple(_point(cut.first + place * cut.step, weekly.get(place)) for place in range(cut.number)),
        movers=_movers(after, before, _kept(connection, values)) if earlier.n >= TOO_FEW else (),
        target=target,
    )


def contributions(after: dict[str, Sums], before: dict[str, Sums]) -> dict[str, float]:
    """Return how much each touchpoint moved the mean; together they are the whole change.

    A touchpoint moves the mean by its own gap's change, and by taking a larger or smaller share while being better or worse than
    the rest: mean share x change of gap + change of share x (its mean gap - the mean gap of all). Both means are over the two
    periods.
    """
    n_after, n_before = _total(after).n, _total(before).n
    if not n_after or not n_before:
        return {}
    level = (_total(after).mean + _total(before).mean) / 2
    moved = {}
    for key in after.keys() | before.keys():
        one, other = after.get(key), before.get(key)
        share, share_before = (one.n / n_after if one else 0.0), (other.n / n_before if other else 0.0)
        # A touchpoint that is new, or gone, has one mean only: then its share alone moved.
        mean = one.mean if one else (other.mean if other else 0.0)
        mean_before = other.mean if other else mean
        moved[key] = (share + share_before) / 2 * (mean - mean_before) + (share - share_before) * (
            (mean + mean_before) / 2 - level
        )
    return moved


def _movers(after: dict[str, Sums], before: dict[str, Sums], kept: dict[str, tuple[float, float]]) -> tuple[Mover, ...]:
    """Tell of the touchpoints that moved the mean most, and of all the others together, so that the parts make the whole."""
    moved = contributions(after, before)
    known = [key for key in moved if key and all(sums is None or sums.n >= TOO_FEW for sums in (after.get(key), before.get(key)))]
    largest = sorted(known, key=lambda key: -abs(moved[key]))[:MOST_MOVERS]
    told = [key for key in largest if abs(moved[key]) >= WORTH_TELLING]
    found = [_mover(key, moved[key], after.get(key), before.get(key), kept.get(key)) for key in told]
    rest = sum(by for key, by in moved.items() if key not in told)
    if abs(rest) >= WORTH_TELLING:
        found.append(Mover("others", by=rest, by_unit="gap", better=rest > 0, href="/gaps"))
    return tuple(found)


def _mover(key: str, by: float, after: Sums | None, before: Sums | None, kept: tuple[float, float] | None) -> Mover:
    href = f"/gaps/{key}"
    if kept is not None:
        return Mover("promises_kept", key, *kept, "share", by, "gap", by > 0, href)
    return Mover("gap", key, before.mean if before else None, after.mean if after else None, "gap", by, "gap", by > 0, href)


def _kept(connection: Connection, values: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Return the share of promises kept before and after, where both can be shown and they differ."""
    shares: dict[str, dict[bool, float]] = {}
    for row in connection.execute(_KEPT, values):
        if row.n >= TOO_FEW:
            shares.setdefault(row.touchpoint, {})[bool(row.is_after)] = row.kept / row.n
    return {
        key: (both[False], both[True])
        for key, both in shares.items()
        if len(both) == 2 and abs(both[True] - both[False]) >= 0.005
    }


def _by(rows: Sequence[Any], name: str, *, lately: bool) -> dict[Any, Sums]:
    """Return the sums of the rows of this period, or of the one before, together for each value of a column."""
    found: dict[Any, Sums] = {}
    for row in rows:
        if (row.place >= 0) is lately:
            known = found.get(getattr(row, name), Sums(0, 0.0, 0.0))
            found[getattr(row, name)] = Sums(known.n + row.n, known.sum + row.total, known.sum_of_squares + row.squares)
    return found


def _total(parts: dict[str, Sums]) -> Sums:
    return Sums(*(sum(column) for column in zip(*parts.values(), strict=True))) if parts else Sums(0, 0.0, 0.0)


def _point(start: int, week: Sums | None) -> Point:
    return Point(start, week.mean if week and week.n >= TOO_FEW else None, week.n if week else 0)


def _earliest(connection: Connection, workspace_id: str) -> int | None:
    first = connection.execute(text("SELECT min(at) FROM gaps WHERE workspace_id = :workspace"), {"workspace": workspace_id})
    return first.scalar()
