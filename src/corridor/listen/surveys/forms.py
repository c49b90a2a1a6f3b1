"""What a survey asks: the usual two questions and why, and the checks that a form must pass before anybody is asked."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from corridor.ground.problems import Invalid
from corridor.ground.ui import LANGUAGES
from corridor.listen.surveys.facts import Asks, Form, Question, Wording

SCALES: dict[str, tuple[int, int]] = {"1-5": (1, 5), "0-10": (0, 10)}
"""The scales to choose from. Expectation and experience share one, or their difference would mean nothing."""

QUESTIONS: tuple[Asks, ...] = ("expectation", "experience", "why")
"""What can be asked, in the order in which it is."""

LONGEST_WORDING = 300
LONGEST_WORDS = 4_000
"""Characters of a question, and of an answer in words."""

USUAL = Form(
    languages=("en", "fa"),
    title={"en": "Two quick questions", "fa": "دو پرسش کوتاه"},
    thanks={
        "en": "Thank you. A person reads every answer.",
        "fa": "سپاسگزاریم. هر پاسخ را یک نفر می‌خواند.",
    },
    questions=(
        Question(
            "expectation",
            {"en": "How good did you expect it to be?", "fa": "انتظار داشتید چقدر خوب باشد؟"},
            low_label={"en": "Very poor", "fa": "خیلی بد"},
            high_label={"en": "Excellent", "fa": "عالی"},
        ),
        Question(
            "experience",
            {"en": "How good was it?", "fa": "چقدر خوب بود؟"},
            required=True,
            low_label={"en": "Very poor", "fa": "خیلی بد"},
            high_label={"en": "Excellent", "fa": "عالی"},
        ),
        Question("why", {"en": "Why? What made it so?", "fa": "چرا؟ چه چیزی باعث آن شد؟"}),
    ),
)
"""What a new survey asks until somebody words it better."""


def usual_question(asks: Asks) -> Question:
    """Return the question of this kind as a new survey words it."""
    return next(question for question in USUAL.questions if question.asks == asks)


def scale_of(form: Form) -> str:
    """Return the key of the scale that the form's questions use."""
    for question in form.questions:
        for key, ends in SCALES.items():
            if question.values and (question.lowest, question.highest) == ends:
                return key
    return "1-5"


def on_scale(question: Question, scale: str) -> Question:
    """Return the question on another scale; a question for words is as it was.

    Raises:
        Invalid: there is no such scale.
    """
    if scale not in SCALES:
        raise Invalid(f"{scale!r} is not a scale. Use one of: {', '.join(SCALES)}.", code="bad_scale", field="scale")
    lowest, highest = SCALES[scale]
    return replace(question, lowest=lowest, highest=highest) if question.asks != "why" else question


def checked(form: Form) -> Form:
    """Return the form with its texts tidied.

    Raises:
        Invalid: it cannot be asked; names the field that is wrong and what to do.
    """
    if not form.languages or len(set(form.languages)) < len(form.languages):
        raise Invalid("Choose at least one language, each once.", code="no_language", field="languages")
    unknown = [language for language in form.languages if language not in LANGUAGES]
    if unknown:
        raise Invalid(
            f"{unknown[0]!r} is not a language we speak. Use {', '.join(LANGUAGES)}.", code="bad_language", field="languages"
        )
    asked = [question.asks for question in form.questions]
    if "experience" not in asked or len(set(asked)) < len(asked):
        raise Invalid("A survey asks how it was, and asks nothing twice.", code="bad_questions", field="questions")
    if len({(question.lowest, question.highest) for question in form.questions if question.values}) > 1:
        raise Invalid("Expectation and experience need the same scale.", code="bad_scale", field="scale")
    if scale_of(form) not in SCALES or not all((q.lowest, q.highest) in SCALES.values() for q in form.questions if q.values):
        raise Invalid(f"Use one of the scales {', '.join(SCALES)}.", code="bad_scale", field="scale")
    return Form(
        form.languages,
        _wording(form, form.title, "public_title", needed=True),
        _wording(form, form.thanks, "thanks", needed=True),
        tuple(_question(form, question) for question in form.questions),
    )


def _question(form: Form, question: Question) -> Question:
    return replace(
        question,
        text=_wording(form, question.text, question.asks, needed=True),
        low_label=_wording(form, question.low_label, "low"),
        high_label=_wording(form, question.high_label, "high"),
    )


def _wording(form: Form, wording: Wording, field: str, *, needed: bool = False) -> Wording:
    # Words of a language that is switched off are kept, for when it is switched on again.
    tidy = {language: " ".join(wording.get(language, "").split()) for language in LANGUAGES}
    for language, text in tidy.items():
        if needed and not text and language in form.languages:
            raise Invalid(
                f"This text is missing in {LANGUAGES[language]}. Write it, or take the language away.",
                code="missing_text",
                field=f"{field}_{language}",
            )
        if len(text) > LONGEST_WORDING:
            raise Invalid(
                f"This text has {len(text)} characters; the most is {LONGEST_WORDING}.",
                code="long_text",
                field=f"{field}_{language}",
            )
    return {language: text for language, text in tidy.items() if text}


def written(form: Form) -> str:
    """Return the form as it is kept."""
    return msgspec.json.encode(form).decode()


def read(kept: str) -> Form:
    """Return the form that was kept."""
    return msgspec.json.decode(kept, type=Form)
