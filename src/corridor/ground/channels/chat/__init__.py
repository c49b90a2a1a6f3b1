"""The chat channel: how a visitor of a web page writes to the house and hears it. It knows no room."""

from corridor.ground.channels.chat.addresses import cross_origin, crossing, network
from corridor.ground.channels.chat.streams import SILENCE, Frame, frame, pulse
from corridor.ground.channels.chat.tokens import (
    Claim,
    claim_of,
    identifier_hash,
    is_signed,
    is_true,
    new_secret,
    token_for,
)
from corridor.ground.channels.chat.words import LONGEST_MESSAGE, check_words, linked

__all__ = [
    "LONGEST_MESSAGE",
    "SILENCE",
    "Claim",
    "Frame",
    "check_words",
    "claim_of",
    "cross_origin",
    "crossing",
    "frame",
    "identifier_hash",
    "is_signed",
    "is_true",
    "linked",
    "network",
    "new_secret",
    "pulse",
    "token_for",
]
