"""Every text that a person may read has its Persian, in the file of the room that says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import corridor

HOUSE = Path(corridor.__file__).parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "translate_count": (2, 3)}
TEMPLATE_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.i18n"}

Message = str | tuple[str, str]


def messages_of(file: Path) -> Iterator[tuple[int, Message]]:
    """Yield the texts that a file says, each with its line."""
    template = file.suffix == ".html"
    # Babel types its own methods more narrowly than it calls them.
    method: Any = babel_extract if template else "python"
    options = TEMPLATE_OPTIONS if template else {}
    for line, text, _comments, _context in extract_from_file(method, file, keywords=KEYWORDS, options=options):
        yield line, (text[0], text[1]) if isinstance(text, tuple) else text


def sources() -> list[Path]:
    """Return every file of the house that may say something."""
    return sorted([*HOUSE.rglob("*.py"), *(file for folder in HOUSE.rglob("templates") for file in folder.rglob("*.html"))])


def language_file(source: Path) -> Path:
    """Return the file in which the texts of a source are translated: its room's, or that of ground."""
    parts = source.relative_to(HOUSE).parts
    if parts[0] == "ground" or len(parts) == 1:
        own = HOUSE.joinpath(*parts[:2], "languages", "fa.po")
        return own if parts[0] == "ground" and len(parts) > 2 and own.parent.is_dir() else HOUSE / "ground/ui/languages/fa.po"
    depth = 2 if parts[0] == "packs" and len(parts) > 2 else 1
    sub = HOUSE.joinpath(*parts[: depth + 1], "languages", "fa.po")
    return sub if len(parts) > depth + 1 and sub.is_file() else HOUSE.joinpath(*parts[:depth], "languages", "fa.po")


def said() -> dict[Message, tuple[str, Path]]:
    """Return every text with the place that says it first and the file that should translate it."""
    found: dict[Message, tuple[str, Path]] = {}
    for source in sources():
        for line, text in messages_of(source):
            if text:
                found.setdefault(text, (f"{source.relative_to(HOUSE)}:{line}", language_file(source)))
    return found


def translated() -> dict[Message, Path]:
    """Return every text that some file translates in full, with that file."""
    found: dict[Message, Path] = {}
    for file in HOUSE.rglob("languages/fa.po"):
        with file.open("rb") as stream:
            for message in read_po(stream):
                strings = [message.string] if isinstance(message.string, str) else list(message.string or [""])
                if message.id and all(strings) and not message.fuzzy:
                    found[message.id if isinstance(message.id, str) else (message.id[0], message.id[1])] = file
    return found


def as_entry(text: Message) -> str:
    """Write a text as an entry to fill in."""
    quoted = [f'"{part}"' for part in ((text,) if isinstance(text, str) else text)]
    quoted = [part.replace("\n", "\\n") for part in quoted]
    if len(quoted) == 1:
        return f'msgid {quoted[0]}\nmsgstr ""\n'
    return f'msgid {quoted[0]}\nmsgid_plural {quoted[1]}\nmsgstr[0] ""\nmsgstr[1] ""\n'


def test_every_text_is_translated() -> None:
    """Every text of every page and message has a Persian translation."""
    known = translated()
    missing: dict[Path, list[str]] = {}
    for text, (place, file) in said().items():
        if text not in known:
            missing.setdefault(file, []).append(f"#: {place}\n{as_entry(text)}")
    report = "\n".join(
        f"--- add to {file.relative_to(HOUSE.parent)}:\n\n" + "\n".join(entries) for file, entries in missing.items()
    )
    assert not missing, f"{sum(map(len, missing.values()))} texts have no Persian yet.\n{report}"


def test_no_translation_is_left_over() -> None:
    """No translation stands for a text that nobody says any more."""
    spoken = said()
    stale = [f"{file.relative_to(HOUSE)}: {text!r}" for text, file in translated().items() if text not in spoken]
    assert not stale, "Remove these entries, whose text is gone:\n" + "\n".join(stale)


@pytest.mark.parametrize("file", sorted(HOUSE.rglob("languages/fa.po")), ids=lambda file: str(file.relative_to(HOUSE)))
def test_translations_keep_their_placeholders(file: Path) -> None:
    """A translation uses the same values as the text it stands for, so that no page breaks in one language."""
    with file.open("rb") as stream:
        catalogue = read_po(stream)
    wrong = []
    for message in catalogue:
        if not message.id or not message.python_format:
            continue
        wrong += [f"{message.id!r}: {error}" for error in message.check(catalogue)]
    assert not wrong, "\n".join(wrong)


def test_one_text_has_one_translation() -> None:
    """Two rooms that say the same words translate them alike; where they mean different things, the English should differ, too."""
    found: dict[Message, dict[str, str]] = {}
    for file in HOUSE.rglob("languages/fa.po"):
        with file.open("rb") as stream:
            for message in read_po(stream):
                if message.id:
                    key = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
                    found.setdefault(key, {})[str(file.relative_to(HOUSE))] = str(message.string)
    different = [f"{text!r}: {said}" for text, said in found.items() if len(set(said.values())) > 1]
    assert not different, "These texts have several translations; one of them would win everywhere:\n" + "\n".join(different)
