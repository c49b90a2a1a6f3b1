"""What the widget says, in the language of the page it stands on."""

from __future__ import annotations

from typing import Any

from corridor.ground.channels.chat import LONGEST_MESSAGE
from corridor.ground.ui import LANGUAGES, N_, text_direction, translations
from corridor.serve.facts import ChatSettings

WORDS = {
    "open": N_("Write to us"),
    "close": N_("Close the chat"),
    "greeting": N_("Hello! Ask us anything; a person reads it and answers here."),
    "label": N_("Your message"),
    "placeholder": N_("Write a message …"),
    "send": N_("Send"),
    "sending": N_("Sending …"),
    "sent": N_("Sent"),
    "read": N_("Read"),
    "failed": N_("Not sent yet."),
    "again": N_("Try again"),
    "discard": N_("Discard"),
    "offline": N_("No connection. What you write is kept and sent when it is back."),
    "typing": N_("An answer is being written …"),
    "ended": N_("This conversation was closed. Write on to open it again."),
    "unread": N_("New messages:"),
    "earlier": N_("Earlier messages"),
    "house": N_("They wrote"),
    "you": N_("You wrote"),
    "log": N_("Messages"),
    "too_long": N_("This message is too long. Send it in two parts."),
    "too_many": N_("That was a lot at once. Wait a minute; what you wrote is kept here."),
    "too_many_conversations": N_("Too many conversations have begun from your network. Please try again later, or call us."),
}
"""The widget's texts by the names it knows them under."""


def wording(settings: ChatSettings, language: str) -> dict[str, Any]:
    """Return name, colour and texts of the chat in a language, English where we don't speak it."""
    spoken = language[:2].lower() if language[:2].lower() in LANGUAGES else "en"
    say, _ = translations(spoken)
    words = {name: say(text) for name, text in WORDS.items()}
    if settings.greeting:
        words["greeting"] = settings.greeting
    return {
        "name": settings.name,
        "colour": settings.colour,
        "language": spoken,
        "direction": text_direction(spoken),
        "longest": LONGEST_MESSAGE,
        "words": words,
    }
