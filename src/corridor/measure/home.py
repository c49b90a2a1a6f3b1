"""What Home says to one person: a greeting by the time of day, what needs them today, and what is theirs to close."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from corridor import act, remember
from corridor.act import Case
from corridor.ground.access import Caller
from corridor.ground.ui import N_
from corridor.ground.ui.formats import number
from corridor.ground.ui.languages import translate, translate_count
from corridor.ground.vocabulary import Microseconds, to_datetime
from corridor.measure.facts import Scoreboard
from corridor.measure.words import Speech

GREETINGS = (
    (5, N_("Good night, %(name)s")),
    (12, N_("Good morning, %(name)s")),
    (18, N_("Good afternoon, %(name)s")),
    (24, N_("Good evening, %(name)s")),
)
"""What is said until which hour of the day."""

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's cases: the most pressing of them, and how many there are."""

    cases: list[Case]
    mine: int
    overdue: int
    names: dict[str, str]


def greeting(caller: Caller, moment: Microseconds) -> str:
    """Greet by the time of day in the workspace's zone, with the first name."""
    hour = to_datetime(moment, caller.workspace.zone).hour
    text = next(text for until, text in GREETINGS if hour < until)
    name = caller.name.split()[0] if caller.name.split() else caller.email
    return translate(caller.language, text) % {"name": name}


def desk(connection: Connection, caller: Caller, moment: Microseconds) -> Desk:
    """Return what is the caller's to close; to one who works on no cases, what is past its deadline anywhere."""
    workspace_id = caller.workspace.id
    if caller.works:
        mine = act.open_cases(connection, workspace_id, person=caller.id)
        overdue = sum(case.is_overdue(moment) for case in mine)
    else:
        mine = [case for case in act.open_cases(connection, workspace_id) if case.is_overdue(moment)]
        overdue = act.count_overdue(connection, workspace_id, moment)
    shown = mine[:SHOWN]
    return Desk(shown, len(mine), overdue, remember.names(connection, workspace_id, {case.customer_id for case in shown}))


def lede(caller: Caller, mine: Desk, board: Scoreboard, speech: Speech, growing: int) -> str:
    """Say in one sentence what needs the caller today: their cases, and a growing snarl or what pulled experience down most."""
    language = caller.language
    worse = [mover for mover in board.customer.movers if mover.better is False]
    needs = []
    if mine.overdue:
        text = translate_count(
            language, "%(num)s case is past its deadline", "%(num)s cases are past their deadline", mine.overdue
        )
        needs.append(_filled(text, language, mine.overdue))
    if caller.works and mine.mine > mine.overdue:
        others = mine.mine - mine.overdue
        needs.append(
            _filled(translate_count(language, "%(num)s case is yours", "%(num)s cases are yours", others), language, others)
        )
    if growing:
        text = translate_count(language, "%(num)s snarl is growing", "%(num)s snarls are growing", growing)
        needs.append(_filled(text, language, growing))
    elif worse:
        needs.append(
            translate(language, N_("experience fell at %(touchpoint)s")) % {"touchpoint": speech.touchpoint(worse[0].subject)}
        )
    if not needs:
        return translate(language, N_("Nothing needs you right now."))
    text = translate_count(language, "%(num)s thing needs you today", "%(num)s things need you today", len(needs))
    return translate(language, N_("%(count)s: %(what)s.")) % {
        "count": _filled(text, language, len(needs)),
        "what": _listed(language, needs),
    }


def _filled(text: str, language: str, count: int) -> str:
    return text % {"num": number(count, language)}


def _listed(language: str, parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return translate(language, N_("%(first)s, and %(last)s")) % {
        "first": translate(language, N_(", ")).join(parts[:-1]),
        "last": parts[-1],
    }
