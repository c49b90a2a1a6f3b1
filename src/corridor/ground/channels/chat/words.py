"""The words of a message: what is accepted, and how they are shown. It refuses too long and empty messages, and any markup."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

from corridor.ground.problems import Invalid, TooLarge
from corridor.ground.ui.languages import N_

LONGEST_MESSAGE = 10_000
"""Characters of one message; the limit that web chats are used to."""

TOO_LONG = N_("A message may have up to 10,000 characters. Send this one in two parts.")
NO_WORDS = N_("The message has no words. Write something, then send it.")

_ADDRESS = re.compile(
    r"https?://[^\s<>\"'`{}|\\^\u0000-\u0020\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2000}",
    re.IGNORECASE,
)
_KEPT_CONTROLS = {"\n", "\t"}


def check_words(text: str) -> str:
    """Return the message as it is kept: composed, without control characters or blank ends.

    Raises:
        Invalid: there are no words.
        TooLarge: there are too many characters; says how many are allowed.
    """
    if len(text) > LONGEST_MESSAGE:
        raise TooLarge(TOO_LONG, code="message_too_long", field="text")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in lines if sign in _KEPT_CONTROLS or unicodedata.category(sign) not in ("Cc", "Cs"))
    words = unicodedata.normalize("NFC", kept).strip()
    if not words:
        raise Invalid(NO_WORDS, code="message_empty", field="text")
    return words


def linked(text: str) -> Markup:
    """Return the words as safe HTML: all escaped; http and https addresses are links that open apart and pass nothing on."""
    parts: list[Markup] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = _without_trailing_signs(found[0])
        parts.append(escape(text[end : found.start()]))
        parts.append(
            Markup('<a href="{0}" target="_blank" rel="noopener nofollow noreferrer ugc">{0}</a>').format(address)
        )  # fmt: skip
        end = found.start() + len(address)
    parts.append(escape(text[end:]))
    return Markup("").join(parts).replace("\n", Markup("<br>"))


def _without_trailing_signs(address: str) -> str:
    """Leave out what ends the sentence rather than the address: a full stop, or a bracket that was opened before it."""
    while address and (address[-1] in ".,;:!?،؛؟»…" or (address[-1] == ")" and address.count("(") < address.count(")"))):
        address = address[:-1]
    return address
