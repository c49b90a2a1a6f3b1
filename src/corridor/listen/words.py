"""How this room speaks: names of states, kinds and instruments, touchpoints in the reader's language, and a miss in its own unit."""

from __future__ import annotations

from sqlalchemy import Connection

from corridor.collect import decimals, touchpoints
from corridor.ground.ui import N_
from corridor.ground.ui.formats import days, duration, money, number
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import SECOND
from corridor.listen.promise import TIME_UNITS

PROMISE_STATES = {"open": N_("open"), "kept": N_("kept"), "broken": N_("broken"), "withdrawn": N_("withdrawn")}
PROMISE_TONES = {"open": "", "kept": "good", "broken": "bad", "withdrawn": "warn"}

SURVEY_STATES = {"draft": N_("draft"), "open": N_("open for answers"), "closed": N_("closed")}
SURVEY_TONES = {"draft": "warn", "open": "good", "closed": ""}

KINDS = {"experience": N_("Experience"), "effort": N_("Effort"), "recommendation": N_("Recommendation")}

INSTRUMENTS = {
    "csat": N_("satisfaction"),
    "nps": N_("recommendation"),
    "ces": N_("effort"),
    "stars": N_("stars"),
    "thumbs": N_("thumb"),
    "rating": N_("rating"),
}

PATTERN_NAMES = {
    "past": N_("Past: how was that encounter?"),
    "present": N_("Present: how is our relationship?"),
    "potential": N_("Potential: what could we do together next?"),
}

ASKS = {"expectation": N_("Expectation"), "experience": N_("Experience"), "why": N_("Why")}


def touchpoint_names(connection: Connection, workspace_id: str, language: str) -> dict[str, str]:
    """Return the name of each touchpoint by its key, in the order of the corridor."""
    return {known.key: known.names.get(language) or known.name for known in touchpoints(connection, workspace_id)}


def in_unit(amount: float, unit: str, language: str, currency: str) -> str:
    """Return an amount of a promise's unit as a reader says it: 2.5 days, € 12.00, 3 degrees."""
    if unit == "days" and amount >= 0.1:
        return days(amount, language)
    if unit in TIME_UNITS:
        return duration(amount * TIME_UNITS[unit] / SECOND, language)
    if unit == "money":
        return money(round(amount * 10 ** decimals(currency)), currency, language)
    return f"{number(amount, language)} {translate(language, unit)}".strip()
