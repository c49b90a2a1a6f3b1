"""What happened? Accepts, checks, de-duplicates and journals events; it refuses to interpret them."""

from corridor.collect.check import check
from corridor.collect.deduplicate import SeenMessages, deduplicate
from corridor.collect.keep import keep
from corridor.collect.money import MONEY_EVENTS, decimals, money_of
from corridor.collect.personal import unseal
from corridor.collect.quarantine import Reason, Source, known_sources, quarantine, quarantined, reasons
from corridor.collect.record import OWN_SOURCE, record, recorded, taken_up
from corridor.collect.touchpoints import (
    Recogniser,
    add_defaults,
    forget_touchpoint,
    recognise,
    save_touchpoint,
    touchpoints,
)

__all__ = [
    "MONEY_EVENTS",
    "OWN_SOURCE",
    "Reason",
    "Recogniser",
    "SeenMessages",
    "Source",
    "add_defaults",
    "check",
    "decimals",
    "deduplicate",
    "forget_touchpoint",
    "keep",
    "known_sources",
    "money_of",
    "quarantine",
    "quarantined",
    "reasons",
    "recognise",
    "record",
    "recorded",
    "save_touchpoint",
    "taken_up",
    "touchpoints",
    "unseal",
]
