"""A survey, the form it asks with, and one person's answers, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from corridor.ground.vocabulary import Microseconds
from corridor.listen.facts import Pattern

SurveyState = Literal["draft", "open", "closed"]
Audience = Literal["anyone", "invited"]
Asks = Literal["expectation", "experience", "why"]
AnswerState = Literal["started", "partial", "complete"]
Wording = dict[str, str]
"""A text by language."""


@dataclass(frozen=True, slots=True)
class Question:
    """One screen of a survey: a scale (expectation, experience) or words (why)."""

    asks: Asks
    text: Wording
    required: bool = False
    lowest: int = 1
    highest: int = 5
    low_label: Wording = field(default_factory=dict)
    high_label: Wording = field(default_factory=dict)

    @property
    def values(self) -> range:
        """The values to choose from; none where words are asked for."""
        return range(0) if self.asks == "why" else range(self.lowest, self.highest + 1)


@dataclass(frozen=True, slots=True)
class Form:
    """What a survey asks, in every language it speaks; the first language is the one to fall back on."""

    languages: tuple[str, ...]
    title: Wording
    thanks: Wording
    questions: tuple[Question, ...]

    def say(self, wording: Wording, language: str) -> str:
        """Return the wording in the language, or in the first of the form's that has it."""
        return wording.get(language) or next((wording[other] for other in self.languages if wording.get(other)), "")


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey at a touchpoint. `draft` is the form as it is being edited; `version` is the one that is being asked."""

    id: str
    slug: str
    title: str
    touchpoint: str | None
    pattern: Pattern
    audience: Audience
    contact: str
    state: SurveyState
    version: int
    draft: Form
    created_at: Microseconds
    created_by: str
    updated_at: Microseconds
    published_at: Microseconds | None = None
    closed_at: Microseconds | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A form as it was published; answers keep the version they were given to."""

    number: int
    form: Form
    published_at: Microseconds
    published_by: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A personal, single-use link: it ties the answer to a customer."""

    id: str
    survey_id: str
    node_id: int
    customer_id: str
    created_at: Microseconds
    used_at: Microseconds | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answers to a survey, kept as they are given. A scale's answer is a number, words are text."""

    id: str
    survey_id: str
    version: int
    invitation_id: str | None
    anonymous_id: str | None
    language: str
    channel: str
    state: AnswerState
    answers: dict[str, int | str]
    started_at: Microseconds
    updated_at: Microseconds
    completed_at: Microseconds | None = None
