"""Surveys as the API and files write them: what comes in, what goes out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from corridor.ground.statistics import Interval
from corridor.ground.vocabulary import to_iso
from corridor.listen.facts import Pattern
from corridor.listen.surveys import forms
from corridor.listen.surveys.facts import Asks, Audience, Form, Question, Survey, SurveyState, Version, Wording
from corridor.listen.surveys.results import AnsweredRow, Distribution, Results


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuestionIn(_Strict):
    """A question; what is left out is as in the usual survey."""

    asks: Asks
    text: Wording | None = None
    required: bool | None = None
    low_label: Wording | None = None
    high_label: Wording | None = None


class FormIn(_Strict):
    """What to ask; what is left out is as in the usual survey. Expectation and experience share the scale."""

    languages: list[str] | None = None
    title: Wording | None = None
    thanks: Wording | None = None
    scale: Literal["1-5", "0-10"] | None = None
    questions: list[QuestionIn] | None = Field(None, max_length=10)


class SurveyIn(_Strict):
    """A survey to make. `state` "open" publishes it at once."""

    title: str = Field(max_length=500)
    touchpoint: str | None = None
    slug: str = Field("", max_length=200)
    pattern: Pattern = "past"
    audience: Audience = "anyone"
    contact: str = Field("", max_length=500)
    state: Literal["draft", "open"] = "draft"
    form: FormIn | None = None


class SurveyChange(_Strict):
    """What to change of a survey. `state` "open" publishes the form as it stands then, "closed" asks nobody any more."""

    title: str | None = Field(None, max_length=500)
    touchpoint: str | None = None
    slug: str | None = Field(None, max_length=200)
    pattern: Pattern | None = None
    audience: Audience | None = None
    contact: str | None = Field(None, max_length=500)
    state: Literal["open", "closed"] | None = None
    form: FormIn | None = None


class InvitationsIn(_Strict):
    """Whom to invite: customer ids, or identifiers of theirs."""

    customers: list[str] = Field(min_length=1, max_length=1_000)


class InvitationOut(BaseModel):
    """A personal link; it is shown this once."""

    customer_id: str
    url: str


class InvitationsOut(BaseModel):
    """The links that were made."""

    items: list[InvitationOut]


class QuestionOut(BaseModel):
    """A question with all its wordings; `lowest` and `highest` are None where words are asked for."""

    asks: Asks
    text: Wording
    required: bool
    lowest: int | None
    highest: int | None
    low_label: Wording
    high_label: Wording


class FormOut(BaseModel):
    """What is asked, in every language."""

    languages: list[str]
    title: Wording
    thanks: Wording
    questions: list[QuestionOut]


class VersionOut(BaseModel):
    """A form as it was published."""

    number: int
    published_at: str
    published_by: str
    form: FormOut


class SurveyOut(BaseModel):
    """A survey; `form` is as it is being edited, `version` the number of the one that is being asked."""

    id: str
    slug: str
    url: str
    title: str
    touchpoint: str | None
    pattern: Pattern
    audience: Audience
    contact: str
    state: SurveyState
    version: int
    form: FormOut
    created_at: str
    created_by: str
    updated_at: str
    published_at: str | None
    closed_at: str | None


class SurveyWhole(SurveyOut):
    """A survey with everything it has asked so far."""

    versions: list[VersionOut]


class SurveyPage(BaseModel):
    """Surveys: open ones first."""

    items: list[SurveyOut]
    next: str | None = None


class AverageOut(BaseModel):
    """A mean on the common scale with its 95 % interval; None under five values."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


class BarOut(BaseModel):
    """How many gave a value."""

    value: float
    n: int


class DistributionOut(BaseModel):
    """The answers to one question on one scale."""

    asks: str
    lowest: float
    highest: float
    n: int
    bars: list[BarOut]


class ResultsOut(BaseModel):
    """What a survey found in the period."""

    invited: int
    opened: int
    answered: int
    complete: int
    partial: int
    started: int
    expectation: AverageOut
    experience: AverageOut
    gap: AverageOut
    distributions: list[DistributionOut]


class AnsweredOut(BaseModel):
    """One answer with its rating; scores as given and on the common scale."""

    id: str
    at: str
    customer_id: str
    channel: str
    touchpoint: str | None
    language: str | None
    version: int | None
    state: str | None
    lowest: float
    highest: float
    expectation: float | None
    experience: float
    expectation_common: float | None
    experience_common: float
    gap: float | None
    text: str


class AnsweredPage(BaseModel):
    """Answers, the latest first."""

    items: list[AnsweredOut]
    next: str | None


def form_of(given: FormIn | None, before: Form = forms.USUAL) -> Form:
    """Return the form that is meant: what is given, and the rest as it was before."""
    if given is None:
        return before
    known = {question.asks: question for question in before.questions}
    questions = [known[asks] for asks in known] if given.questions is None else [_question(one, known) for one in given.questions]
    scale = given.scale or forms.scale_of(before)
    return Form(
        languages=before.languages if given.languages is None else tuple(given.languages),
        title=before.title if given.title is None else given.title,
        thanks=before.thanks if given.thanks is None else given.thanks,
        questions=tuple(forms.on_scale(question, scale) for question in questions),
    )


def _question(given: QuestionIn, known: dict[Asks, Question]) -> Question:
    base = known.get(given.asks) or forms.usual_question(given.asks)
    return Question(
        asks=given.asks,
        text=base.text if given.text is None else given.text,
        required=base.required if given.required is None else given.required,
        low_label=base.low_label if given.low_label is None else given.low_label,
        high_label=base.high_label if given.high_label is None else given.high_label,
    )


def survey_out(known: Survey, base: str) -> SurveyOut:
    """Return the survey as the API writes it; `base` is the address of the house."""
    return SurveyOut(**_survey(known, base))


def survey_whole(known: Survey, versions: list[Version], base: str) -> SurveyWhole:
    """Return the survey with its versions."""
    published = [
        VersionOut(number=one.number, published_at=to_iso(one.published_at), published_by=one.published_by, form=_form(one.form))
        for one in versions
    ]
    return SurveyWhole(**_survey(known, base), versions=published)


def results_out(found: Results) -> ResultsOut:
    """Return the results as the API writes them."""
    return ResultsOut(
        invited=found.invited,
        opened=found.opened,
        answered=found.answered,
        complete=found.complete,
        partial=found.partial,
        started=found.started,
        expectation=average_out(found.expectation),
        experience=average_out(found.experience),
        gap=average_out(found.gap),
        distributions=[_distribution(one) for one in found.distributions],
    )


def average_out(found: Interval | None) -> AverageOut:
    """Return a mean with its interval; under five values there is only how many there are."""
    if found is None or not found.enough:
        return AverageOut(n=found.n if found else 0, mean=None, low=None, high=None)
    return AverageOut(n=found.n, mean=found.mean, low=found.low, high=found.high)


def answered_out(row: AnsweredRow) -> AnsweredOut:
    """Return one answer as the API writes it."""
    return AnsweredOut(
        id=row.id,
        at=to_iso(row.at),
        customer_id=row.customer_id,
        channel=row.channel,
        touchpoint=row.touchpoint,
        language=row.language,
        version=row.version,
        state=row.state,
        lowest=row.lowest,
        highest=row.highest,
        expectation=row.expected,
        experience=row.value,
        expectation_common=row.expected_common,
        experience_common=row.common,
        gap=row.gap,
        text=row.text,
    )


def _survey(known: Survey, base: str) -> dict[str, Any]:
    return {
        "id": known.id,
        "slug": known.slug,
        "url": f"{base}/s/{known.slug}",
        "title": known.title,
        "touchpoint": known.touchpoint,
        "pattern": known.pattern,
        "audience": known.audience,
        "contact": known.contact,
        "state": known.state,
        "version": known.version,
        "form": _form(known.draft),
        "created_at": to_iso(known.created_at),
        "created_by": known.created_by,
        "updated_at": to_iso(known.updated_at),
        "published_at": to_iso(known.published_at) if known.published_at else None,
        "closed_at": to_iso(known.closed_at) if known.closed_at else None,
    }


def _form(form: Form) -> FormOut:
    return FormOut(
        languages=list(form.languages),
        title=form.title,
        thanks=form.thanks,
        questions=[
            QuestionOut(
                asks=question.asks,
                text=question.text,
                required=question.required,
                lowest=question.lowest if question.values else None,
                highest=question.highest if question.values else None,
                low_label=question.low_label,
                high_label=question.high_label,
            )
            for question in form.questions
        ],
    )


def _distribution(found: Distribution) -> DistributionOut:
    bars = [BarOut(value=bar.value, n=bar.n) for bar in found.bars]
    return DistributionOut(asks=found.asks, lowest=found.lowest, highest=found.highest, n=found.n, bars=bars)
