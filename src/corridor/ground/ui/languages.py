"""English and Persian: one catalogue out of every room's `languages/<language>.po`. It refuses to guess: what nobody translated is shown as written."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

LANGUAGES = {"en": "English", "fa": "فارسی"}
"""Language codes with the name that its speakers give it."""

SOURCE_LANGUAGE = "en"

HOUSE = Path(__file__).resolve().parents[2]
"""The folder of the package `corridor`."""

Forms = tuple[str, ...]
Catalogue = dict[str | tuple[str, str], Forms]
"""Source text (or singular and plural) to the translation (or its forms, the one for a single thing first)."""


class Translations(NamedTuple):
    """What Python code needs to speak one language: `_, ngettext = translations(caller.language)`."""

    gettext: Callable[..., str]
    ngettext: Callable[..., str]


def N_(text: str) -> str:  # noqa: N802 - the name that extraction looks for
    """Mark a text for translation where it is written; it is translated where it is shown."""
    return text


def text_direction(language: str) -> str:
    """Return `rtl` or `ltr`."""
    return "rtl" if language == "fa" else "ltr"


def known_language(language: str | None) -> str:
    """Return the language if we speak it, else English."""
    return language if language in LANGUAGES else SOURCE_LANGUAGE


def preferred_language(accept_language: str, otherwise: str = SOURCE_LANGUAGE) -> str:
    """Return the first language of an Accept-Language header that we speak."""
    for part in accept_language.split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return otherwise


def catalogue(language: str) -> Catalogue:
    """Return all translations into a language, read again when a file has changed."""
    files = _catalogue_files(language)
    return _read_all(files, tuple(file.stat().st_mtime_ns for file in files))


def is_source_text(text: str) -> bool:
    """Say whether somebody of the house wrote this text (a test proves that each such text has a translation)."""
    return text in catalogue("fa")


def translate(language: str, text: str) -> str:
    """Return the translation of a text as it stands, placeholders not filled in."""
    if language == SOURCE_LANGUAGE:
        return text
    return catalogue(language).get(text, (text,))[0]


def translate_count(language: str, one: str, many: str, count: float) -> str:
    """Return the form that fits the count, placeholders not filled in."""
    forms = (one, many) if language == SOURCE_LANGUAGE else catalogue(language).get((one, many), (one, many))
    # Persian has one form or two, depending on the translator's header; both read the same way here.
    return forms[0] if len(forms) == 1 or count == 1 else forms[1]


@lru_cache
def _catalogue_files(language: str) -> tuple[Path, ...]:
    return tuple(sorted(HOUSE.rglob(f"languages/{language}.po")))


@lru_cache(maxsize=4)
def _read_all(files: tuple[Path, ...], changed: tuple[int, ...]) -> Catalogue:
    merged: Catalogue = {}
    for file in files:
        merged.update(_read(file))
    return merged


def _read(file: Path) -> Catalogue:
    from babel.messages.pofile import read_po

    with file.open("rb") as stream:
        messages = [message for message in read_po(stream) if message.id and not message.fuzzy]
    found: Catalogue = {}
    for message in messages:
        key = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        if all(forms):
            found[key] = forms
    return found
