"""What the people of the simulation say, in their own language, by subject and mood. The phrases stand in `words/*.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from corridor.packs.simulation.dice import Dice

LANGUAGES = ("en", "fa")
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases and names of one language."""

    language: str
    first: list[str]
    last: list[str]
    latin: dict[str, str]
    """Each name in small Latin letters, as it stands in a mail address."""
    streets: list[str]
    experience: dict[str, dict[str, list[str]]]
    messages: dict[str, dict[str, list[str]]]
    public: dict[str, list[str]]
    sms: list[str]

    def rate(self, dice: Dice, place: str, felt: float, slots: dict[str, str]) -> str:
        """Return what somebody writes beside a rating of this height; nothing where the place has no words."""
        moods = self.experience.get(place)
        if moods is None:
            return ""
        mood = "good" if felt >= 68 else "fair" if felt >= 45 else "poor"
        return self.fill(dice.one_of(moods[mood]), slots)

    def say(self, dice: Dice, topic: str, who: str, slots: dict[str, str], number: int | None = None) -> str:
        """Return a sentence of the customer or the agent on a topic; the one of this number where the order matters."""
        lines = self.messages[topic][who]
        return self.fill(dice.one_of(lines) if number is None else lines[min(number, len(lines) - 1)], slots)

    def fill(self, text: str, slots: dict[str, str]) -> str:
        """Put the values into the sentence, with the digits of its language."""
        if "{" not in text:
            return text
        if self.language == "fa":
            slots = {name: value.translate(_PERSIAN_DIGITS) for name, value in slots.items()}
        return text.format(**slots)


@cache
def words(language: str) -> Words:
    """Read the phrases of a language."""
    found = yaml.safe_load((Path(__file__).parent / "words" / f"{language}.yaml").read_text(encoding="utf-8"))
    latin = {}
    for kind in ("first", "last"):
        names = found[kind]
        latin.update(names if isinstance(names, dict) else {name: name.lower() for name in names})
        found[kind] = list(names)
    return Words(language=language, latin=latin, **found)
