"""One screen of a survey: a question in one language, with what is chosen and how far it is. The desk's preview shows the same screens."""

from __future__ import annotations

from dataclasses import dataclass

from corridor.ground.ui import LANGUAGES, N_, text_direction
from corridor.ground.ui.formats import number
from corridor.ground.ui.languages import translate
from corridor.listen.surveys.facts import Form, Question
from corridor.listen.surveys.forms import LONGEST_WORDS

_PROGRESS = N_("Question %(place)s of %(count)s")
_NEXT, _SEND, _BACK, _SKIP = N_("Next"), N_("Send"), N_("Back"), N_("Skip this question")
_YOUR_WORDS = N_("Your words")
_LIMIT = N_("Up to %(most)s characters. Please leave out card numbers and passwords.")


@dataclass(frozen=True, slots=True)
class Screen:
    """A question with all its words in one language, so that a preview can speak another language than the desk around it."""

    question: Question
    language: str
    direction: str
    text: str
    low_label: str
    high_label: str
    steps: tuple[tuple[int, str], ...]
    """The values to choose from, each as the language writes it."""
    place: int
    count: int
    chosen: int | str | None
    progress: str
    next: str
    back: str
    skip: str
    your_words: str
    limit: str
    longest: int = LONGEST_WORDS


def screen(form: Form, language: str, place: int, chosen: int | str | None = None) -> Screen:
    """Return the screen of the question at this place, the first being 0."""
    question, count = form.questions[place], len(form.questions)

    def say(text: str, **values: int) -> str:
        said = translate(language, text)
        return said % {name: number(value, language) for name, value in values.items()} if values else said

    return Screen(
        question=question,
        language=language,
        direction=text_direction(language),
        text=form.say(question.text, language),
        low_label=form.say(question.low_label, language),
        high_label=form.say(question.high_label, language),
        steps=tuple((value, number(value, language)) for value in question.values),
        place=place,
        count=count,
        chosen=chosen,
        progress=say(_PROGRESS, place=place + 1, count=count),
        next=say(_SEND if place == count - 1 else _NEXT),
        back=say(_BACK),
        skip=say(_SKIP),
        your_words=say(_YOUR_WORDS),
        limit=say(_LIMIT, most=LONGEST_WORDS),
    )


def choose_language(form: Form, *wished: str | None) -> str:
    """Return the first wished language that the form speaks, else its first."""
    for language in wished:
        if language in form.languages and language in LANGUAGES:
            return language
    return form.languages[0]


def accepted_languages(header: str) -> list[str]:
    """Return the languages of an Accept-Language header in its order."""
    return [part.split(";")[0].strip().lower()[:2] for part in header.split(",")][:10]
