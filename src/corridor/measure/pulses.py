"""The employees' pulse: one question, one answer a person and week, and nobody can say whose it was.

An answer is kept under a hash of the person with the week's own salt; the salt goes when the week is over, and from then on not
even the hash can be made again. A week is shown only from five answers on, always as a whole: so no choice of days or of other
filters leaves one person over.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from corridor.ground.problems import Invalid
from corridor.ground.statistics import TOO_FEW, Sums, mean_interval
from corridor.ground.ui import N_
from corridor.ground.vocabulary import Microseconds, Period, Workspace, from_datetime, now, to_datetime
from corridor.measure.facts import Pulse
from corridor.measure.tables import pulse_salts, pulses

BEST = 10
LONGEST = 1_000


def week_of(moment: Microseconds, zone: str) -> tuple[str, Microseconds]:
    """Return the ISO week of a moment in a zone, such as 2026-W47, and when it began."""
    local = to_datetime(moment, zone)
    year, week, weekday = local.isocalendar()
    monday = datetime.combine(local.date() - timedelta(days=weekday - 1), time.min, ZoneInfo(zone))
    return f"{year}-W{week:02}", from_datetime(monday)


def answer(
    connection: Connection,
    workspace: Workspace,
    person_id: str,
    score: int,
    words: str = "",
    *,
    moment: Microseconds | None = None,
) -> str:
    """Keep somebody's answer for this week, in place of an earlier one; return the week.

    Raises:
        Invalid: the score is not from 0 to 10, or the words are too many.
    """
    if not 0 <= score <= BEST:
        raise Invalid(N_("Choose a number from 0 to 10."), code="bad_score", field="score")
    if len(words) > LONGEST:
        raise Invalid(N_("That is more than 1,000 characters."), code="too_long", field="words")
    week, starts_at = week_of(now() if moment is None else moment, workspace.zone)
    connection.execute(delete(pulse_salts).where(pulse_salts.c.workspace_id == workspace.id, pulse_salts.c.week < week))
    salt = _salt(connection, workspace.id, week)
    values = {"score": score, "words": words.strip()}
    connection.execute(
        insert(pulses)
        .values(workspace_id=workspace.id, week=week, person=_hidden(salt, person_id), starts_at=starts_at, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "week", "person"], set_=values)
    )
    return week


def has_answered(connection: Connection, workspace: Workspace, person_id: str, *, moment: Microseconds | None = None) -> bool:
    """Say whether somebody has answered this week."""
    week, _ = week_of(now() if moment is None else moment, workspace.zone)
    salt = connection.execute(
        select(pulse_salts.c.salt).where(pulse_salts.c.workspace_id == workspace.id, pulse_salts.c.week == week)
    ).scalar()
    if salt is None:
        return False
    here = (pulses.c.workspace_id == workspace.id, pulses.c.week == week, pulses.c.person == _hidden(salt, person_id))
    return connection.execute(select(pulses.c.week).where(*here)).first() is not None


def weeks(connection: Connection, workspace_id: str, period: Period, *, with_words: bool = False) -> list[Pulse]:
    """Return the weeks that begin in a period, the latest first; the figures only of those with enough answers."""
    found = []
    for week, starts_at, totals in reversed(_by_week(connection, workspace_id, period)):
        enough = totals.n >= TOO_FEW
        said = _words(connection, workspace_id, week) if enough and with_words else ()
        found.append(Pulse(week, starts_at, mean_interval(*totals) if enough else None, totals.n, said))
    return found


def total(connection: Connection, workspace_id: str, period: Period) -> Sums:
    """Return the sums of all answers (0 to 100) of the period's weeks that have enough of them."""
    enough = [totals for _, _, totals in _by_week(connection, workspace_id, period) if totals.n >= TOO_FEW]
    return Sums(*(sum(column) for column in zip(*enough, strict=True))) if enough else Sums(0, 0.0, 0.0)


def _by_week(connection: Connection, workspace_id: str, period: Period) -> list[tuple[str, Microseconds, Sums]]:
    score = pulses.c.score * (100.0 / BEST)
    query = (
        select(pulses.c.week, func.min(pulses.c.starts_at), func.count(), func.sum(score), func.sum(score * score))
        .where(pulses.c.workspace_id == workspace_id, pulses.c.starts_at >= period.start, pulses.c.starts_at < period.end)
        .group_by(pulses.c.week)
        .order_by(pulses.c.week)
    )
    return [(row[0], row[1], Sums(row[2], row[3], row[4])) for row in connection.execute(query)]


def _words(connection: Connection, workspace_id: str, week: str) -> tuple[str, ...]:
    # The order of the hashes is nobody's order.
    query = select(pulses.c.words).where(pulses.c.workspace_id == workspace_id, pulses.c.week == week, pulses.c.words != "")
    return tuple(connection.execute(query.order_by(pulses.c.person)).scalars())


def _salt(connection: Connection, workspace_id: str, week: str) -> str:
    connection.execute(
        insert(pulse_salts).values(workspace_id=workspace_id, week=week, salt=secrets.token_hex(32)).on_conflict_do_nothing()
    )
    here = (pulse_salts.c.workspace_id == workspace_id, pulse_salts.c.week == week)
    return str(connection.execute(select(pulse_salts.c.salt).where(*here)).scalar_one())


def _hidden(salt: str, person_id: str) -> str:
    return hmac.new(bytes.fromhex(salt), person_id.encode(), hashlib.sha256).hexdigest()
