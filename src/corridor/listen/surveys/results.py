"""What a survey found: how many answered, the three averages with their intervals, the distributions, and the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from corridor.ground.filters import Filters
from corridor.ground.statistics import Interval, mean_interval
from corridor.ground.vocabulary import Microseconds
from corridor.listen.heard import NARROWED, narrowed

COUNTS = text("""
    SELECT count(*) FILTER (WHERE state = 'started') AS started,
           count(*) FILTER (WHERE state = 'partial' AND answers <> '{}') AS left_half_way,
           count(*) FILTER (WHERE state = 'complete') AS complete
    FROM survey_answers
    WHERE workspace_id = :workspace AND survey_id = :survey AND started_at >= :start AND started_at < :end
      AND (:channel IS NULL OR channel = :channel)""")

INVITED = text("""
    SELECT count(*) AS invited, count(opened_at) AS opened, count(used_at) AS used FROM invitations
    WHERE workspace_id = :workspace AND survey_id = :survey AND created_at >= :start AND created_at < :end""")

EXPERIENCE = text(f"""
    SELECT count(*) AS n, sum(common) AS total, sum(common * common) AS squares FROM responses r
    WHERE r.workspace_id = :workspace AND r.survey_id = :survey AND r.kind = 'experience' {NARROWED}""")

EXPECTATION = text(f"""
    SELECT count(*) AS n, sum(common) AS total, sum(common * common) AS squares FROM expectations r
    WHERE r.workspace_id = :workspace AND r.survey_id = :survey {NARROWED}""")

GAP = text(f"""
    SELECT count(*) AS n, sum(r.common - e.common) AS total, sum((r.common - e.common) * (r.common - e.common)) AS squares
    FROM responses r JOIN expectations e
      ON e.workspace_id = r.workspace_id AND e.survey_id = r.survey_id AND e.answer_id = r.answer_id
    WHERE r.workspace_id = :workspace AND r.survey_id = :survey AND r.kind = 'experience' {NARROWED}""")

EXPERIENCE_VALUES = text(f"""
    SELECT lowest, highest, value, count(*) AS n FROM responses r
    WHERE r.workspace_id = :workspace AND r.survey_id = :survey AND r.kind = 'experience' {NARROWED}
    GROUP BY lowest, highest, value""")

EXPECTATION_VALUES = text(f"""
    SELECT lowest, highest, value, count(*) AS n FROM expectations r
    WHERE r.workspace_id = :workspace AND r.survey_id = :survey {NARROWED}
    GROUP BY lowest, highest, value""")

ROWS = text(f"""
    SELECT r.id, r.at, r.customer_id, r.channel, r.touchpoint, r.value, r.lowest, r.highest, r.common, r.text,
           e.value AS expected, e.common AS expected_common, r.common - e.common AS gap,
           a.state, a.version, a.language
    FROM responses r
    LEFT JOIN expectations e ON e.workspace_id = r.workspace_id AND e.survey_id = r.survey_id AND e.answer_id = r.answer_id
    LEFT JOIN survey_answers a ON a.workspace_id = r.workspace_id AND a.id = r.answer_id
    WHERE r.workspace_id = :workspace AND r.survey_id = :survey AND r.kind = 'experience' {NARROWED}
      AND (:words = 0 OR r.text <> '')
      AND (:before_at IS NULL OR (r.at, r.id) < (:before_at, :before_id))
    ORDER BY r.at DESC, r.id DESC LIMIT :most""")


ANSWERS = text("""
    SELECT survey_id, count(*) AS n FROM survey_answers
    WHERE workspace_id = :workspace AND started_at >= :start AND started_at < :end AND answers <> '{}'
      AND (:channel IS NULL OR channel = :channel)
    GROUP BY survey_id""")


@dataclass(frozen=True, slots=True)
class Bar:
    """How many gave one value of a scale, and which share of all that is."""

    value: float
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """The answers to one question on one scale; a survey whose scale was changed has one for each."""

    asks: str
    lowest: float
    highest: float
    bars: tuple[Bar, ...]

    @property
    def n(self) -> int:
        """How many answered."""
        return sum(bar.n for bar in self.bars)

    @property
    def mean(self) -> float:
        """The mean on the scale that was asked."""
        return sum(bar.value * bar.n for bar in self.bars) / self.n


@dataclass(frozen=True, slots=True)
class Results:
    """What a survey found in a period. Averages are on the common scale; `gap` is over those who answered both questions."""

    invited: int
    opened: int
    used: int
    started: int
    partial: int
    complete: int
    expectation: Interval | None
    experience: Interval | None
    gap: Interval | None
    distributions: tuple[Distribution, ...]

    @property
    def answered(self) -> int:
        """How many answered at least something and are not answering still."""
        return self.partial + self.complete


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """One answer as the results list it, with the customer who gave it."""

    id: str
    at: Microseconds
    customer_id: str
    channel: str
    touchpoint: str | None
    value: float
    lowest: float
    highest: float
    common: float
    text: str
    expected: float | None
    expected_common: float | None
    gap: float | None
    state: str | None
    version: int | None
    language: str | None


def results(connection: Connection, workspace_id: str, survey_id: str, filters: Filters) -> Results:
    """Return what the survey found within the filters."""
    asked = narrowed(workspace_id, filters) | {"survey": survey_id}
    counts = connection.execute(COUNTS, asked).one()
    invited = connection.execute(INVITED, asked).one()
    averages = [mean_interval(*connection.execute(question, asked).one()) for question in (EXPECTATION, EXPERIENCE, GAP)]
    return Results(
        invited=invited.invited,
        opened=invited.opened,
        used=invited.used,
        started=counts.started,
        partial=counts.left_half_way,
        complete=counts.complete,
        expectation=averages[0],
        experience=averages[1],
        gap=averages[2],
        distributions=(
            *_distributions("expectation", connection.execute(EXPECTATION_VALUES, asked).all()),
            *_distributions("experience", connection.execute(EXPERIENCE_VALUES, asked).all()),
        ),
    )


def answered(
    connection: Connection,
    workspace_id: str,
    survey_id: str,
    filters: Filters,
    *,
    words_only: bool = False,
    before: tuple[Microseconds, str] | None = None,
    limit: int = 25,
) -> list[AnsweredRow]:
    """Return answers with a rating, the latest first, from before the given place on."""
    asked = narrowed(workspace_id, filters) | {
        "survey": survey_id,
        "words": int(words_only),
        "before_at": before[0] if before else None,
        "before_id": before[1] if before else None,
        "most": limit,
    }
    return [AnsweredRow(**row) for row in connection.execute(ROWS, asked).mappings()]


def answers_of_surveys(connection: Connection, workspace_id: str, filters: Filters) -> dict[str, int]:
    """Return how many answers each survey has had in the period, unfinished ones included."""
    rows = connection.execute(ANSWERS, narrowed(workspace_id, filters))
    return {row.survey_id: row.n for row in rows}


def _distributions(asks: str, counted: Any) -> Iterator[Distribution]:
    scales: dict[tuple[float, float], dict[float, int]] = {}
    for row in counted:
        scales.setdefault((row.lowest, row.highest), {})[row.value] = row.n
    for (lowest, highest), values in sorted(scales.items()):
        total = sum(values.values())
        steps = {float(value) for value in range(round(min(lowest, highest)), round(max(lowest, highest)) + 1)}
        places = sorted(steps | set(values)) if len(steps) <= 21 else sorted(values)
        yield Distribution(
            asks, lowest, highest, tuple(Bar(value, values.get(value, 0), values.get(value, 0) / total) for value in places)
        )
