"""Reads the builder's form: what somebody typed about a survey, and how what is wrong with it is said in their language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData

from corridor.ground.problems import Problem
from corridor.ground.ui import LANGUAGES, N_
from corridor.ground.ui.languages import translate
from corridor.listen.surveys import forms
from corridor.listen.surveys.facts import Form, Question, Survey, Wording

MISTAKES = {
    "bad_title": N_("Give it a title of up to 120 characters."),
    "bad_slug": N_("Use 3 to 60 small letters, digits and hyphens, such as “delivery”."),
    "slug_taken": N_("This address is taken. Choose another."),
    "bad_contact": N_("Give a web address, an e-mail address or a telephone number where a person answers."),
    "unknown_touchpoint": N_("Choose one of the touchpoints."),
    "no_touchpoint": N_("Choose the touchpoint that the survey asks about; without it no gap can be seen."),
    "no_language": N_("Choose at least one language."),
    "missing_text": N_("This text is missing. Write it, or take the language away."),
    "long_text": N_("This text is too long: up to 300 characters fit."),
    "bad_scale": N_("Choose one of the scales."),
    "bad_pattern": N_("Choose one of the three."),
    "bad_audience": N_("Choose one of the two."),
    "changed": N_("A colleague changed this survey while you were editing it. Look at it again and repeat your change."),
    "not_open": N_("This survey was never published, so it cannot be closed."),
    "closed": N_("This survey is closed. Publish it again before inviting anyone."),
    "no_customer": N_("Some of these are no customers here. Nobody was invited; mend the list and try again."),
    "nobody": N_("Write at least one customer: their id, e-mail address, telephone number or your own user id."),
    "too_many": N_("Invite up to 1,000 customers at once."),
}


def mistake(problem: Problem, language: str) -> str:
    """Return what is wrong, in the reader's language where we have a sentence for it."""
    return translate(language, MISTAKES.get(problem.code, problem.detail))


def typed_changes(posted: FormData) -> dict[str, Any]:
    """Return what the form says about a survey, as `change_survey` takes it; of what it does not mention nothing changes."""
    changes: dict[str, Any] = {
        name: _text(posted, name) for name in ("title", "slug", "pattern", "audience", "contact") if name in posted
    }
    if "touchpoint" in posted:
        changes["touchpoint"] = _text(posted, "touchpoint") or None
    if "scale" in posted:
        changes["draft"] = typed_form(posted)
    return changes


def typed_form(posted: FormData) -> Form:
    """Return the form as typed, checked by nobody yet."""
    scale = _text(posted, "scale")
    scale = scale if scale in forms.SCALES else "1-5"
    asked = [asks for asks in forms.QUESTIONS if asks == "experience" or posted.get(f"ask_{asks}")]
    return Form(
        languages=tuple(language for language in LANGUAGES if posted.get(f"language_{language}")),
        title=_wording(posted, "public_title"),
        thanks=_wording(posted, "thanks"),
        questions=tuple(forms.on_scale(_question(posted, forms.usual_question(asks)), scale) for asks in asked),
    )


def shown(known: Survey, changes: Mapping[str, Any]) -> Survey:
    """Return the survey as typed, to show the form again or its preview; nothing of it is kept."""
    return replace(known, **changes)


def preview_form(form: Form) -> Form:
    """Return a form that can be shown however unfinished it is: with a language, and the usual words where some are missing."""
    languages = form.languages or ("en",)

    def filled(wording: Wording, usual: Wording) -> Wording:
        return {language: wording.get(language, "").strip() or usual.get(language, "") for language in LANGUAGES}

    usual = {question.asks: question for question in forms.USUAL.questions}
    return Form(
        languages,
        filled(form.title, forms.USUAL.title),
        filled(form.thanks, forms.USUAL.thanks),
        tuple(replace(question, text=filled(question.text, usual[question.asks].text)) for question in form.questions),
    )


def _question(posted: FormData, usual: Question) -> Question:
    text = _wording(posted, usual.asks)
    if usual.asks == "why":
        return replace(usual, text=text)
    required = usual.asks == "experience" or bool(posted.get(f"required_{usual.asks}"))
    return replace(usual, text=text, required=required, low_label=_wording(posted, "low"), high_label=_wording(posted, "high"))


def _wording(posted: FormData, name: str) -> Wording:
    return {language: _text(posted, f"{name}_{language}", 2_000) for language in LANGUAGES}


def _text(posted: FormData, name: str, longest: int = 500) -> str:
    value = posted.get(name)
    return value.strip()[:longest] if isinstance(value, str) else ""
