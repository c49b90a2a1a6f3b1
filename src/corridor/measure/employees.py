"""The third goal: how it is to work here, by the pulse; with what is known of the work itself beside it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from corridor.ground.statistics import TOO_FEW, difference_interval, mean_interval
from corridor.ground.vocabulary import SECOND, Period
from corridor.measure import pulses
from corridor.measure.facts import Goal, Mover, Point, Target

_REPLIES = text("""
    SELECT avg(seconds) AS median, max(n) AS n FROM (
        SELECT (first_reply_at - started_at) / :second AS seconds,
               row_number() OVER (ORDER BY first_reply_at - started_at) AS place, count(*) OVER () AS n
        FROM conversations
        WHERE workspace_id = :workspace AND started_at >= :start AND started_at < :end AND first_reply_at IS NOT NULL) AS ranked
    WHERE place IN ((n + 1) / 2, (n + 2) / 2)
""")
"""One row: the median time to the first reply, in seconds, of the conversations that began in the period."""

_CLOSED = text("""
    SELECT count(*) AS n, coalesce(sum(closed_at > due_at), 0) AS late
    FROM cases WHERE workspace_id = :workspace AND closed_at >= :start AND closed_at < :end
""")
"""One row: the cases that were closed in the period, and how many of them after their deadline."""

_LOAD = text("""
    SELECT count(*) AS n, count(DISTINCT assignee_id) AS people
    FROM cases WHERE workspace_id = :workspace AND opened_at >= :start AND opened_at < :end AND assignee_id IS NOT NULL
""")
"""One row: the cases that were opened in the period and how many people got them."""

WORTH_TELLING = 0.02
"""A relative change under which the work is as it was."""


def employee_experience(connection: Connection, workspace_id: str, period: Period, target: Target | None) -> Goal:
    """Measure the pulse of the people who work here, and how their work has changed."""
    now_, before = pulses.total(connection, workspace_id, period), pulses.total(connection, workspace_id, period.before)
    movers = _movers(connection, workspace_id, period)
    if now_.n < TOO_FEW:
        return Goal("employee", "score", None, 0, movers=movers, target=target, missing="too_few_answers")
    weekly = pulses.weeks(connection, workspace_id, period)
    return Goal(
        "employee",
        "score",
        now_.mean,
        now_.n,
        interval=mean_interval(*now_),
        change=difference_interval(now_, before) if before.n >= TOO_FEW else None,
        series=tuple(
            Point(week.starts_at, week.interval.mean if week.interval else None, week.n if week.interval else 0)
            for week in reversed(weekly)
        ),
        movers=movers,
        target=target,
    )


def _movers(connection: Connection, workspace_id: str, period: Period) -> tuple[Mover, ...]:
    after, before = (_work(connection, workspace_id, span) for span in (period, period.before))
    found = [
        Mover("first_reply", "", before.get("first_reply"), after.get("first_reply"), "seconds", href="/conversations"),
        Mover("closed_late", "", before.get("closed_late"), after.get("closed_late"), "share", href="/cases?tab=closed"),
        Mover("cases_each", "", before.get("cases_each"), after.get("cases_each"), "count", href="/cases?tab=open"),
    ]
    return tuple(_judged(mover) for mover in found if mover.after is not None)


def _judged(mover: Mover) -> Mover:
    """Say whether it went the right way: less of each of these is better."""
    if (
        mover.before is None
        or mover.after is None
        or abs(mover.after - mover.before) <= WORTH_TELLING * max(mover.before, mover.after)
    ):
        return mover
    return Mover(
        mover.kind, mover.subject, mover.before, mover.after, mover.unit, better=mover.after < mover.before, href=mover.href
    )


def _work(connection: Connection, workspace_id: str, span: Period) -> dict[str, float]:
    asked: dict[str, Any] = {"workspace": workspace_id, "start": span.start, "end": span.end}
    replies = connection.execute(_REPLIES, asked | {"second": SECOND}).one()
    closed = connection.execute(_CLOSED, asked).one()
    load = connection.execute(_LOAD, asked).one()
    found = {}
    if (replies.n or 0) >= TOO_FEW:
        found["first_reply"] = float(replies.median)
    if closed.n >= TOO_FEW:
        found["closed_late"] = closed.late / closed.n
    if load.n >= TOO_FEW and load.people:
        found["cases_each"] = load.n / load.people
    return found
