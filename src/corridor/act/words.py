"""How cases, signals and their history are said to a reader. It knows languages and no tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from corridor.act.facts import TOLD, Case, Move, RootCause, Signal, SignalRule
from corridor.collect import decimals
from corridor.ground.ui import N_, translations
from corridor.ground.ui.formats import ago, day_and_time, money, number
from corridor.ground.ui.languages import translate
from corridor.ground.ui.shell import ROLE_NAMES
from corridor.ground.vocabulary import SECOND, Microseconds, Touchpoint

SEVERITY_NAMES = {"urgent": N_("Urgent"), "high": N_("High"), "normal": N_("Normal")}
SEVERITY_TONES = {"urgent": "bad", "high": "warn", "normal": ""}
STATE_NAMES = {
    "open": N_("Not started"),
    "in_progress": N_("In progress"),
    "waiting": N_("Waiting for the customer"),
    "closed": N_("Closed"),
}
PLAN_STATE_NAMES = {"proposed": N_("Proposed"), "running": N_("Running"), "done": N_("Done"), "dropped": N_("Dropped")}
KIND_NAMES = {
    "rating_low": N_("Low rating"),
    "promise_broken": N_("Promise broken"),
    "silence": N_("Silence after trouble"),
    TOLD: N_("Told by a colleague"),
}
MOVES = {
    "opened": N_("Opened"),
    "signal": N_("It happened again"),
    "assigned": N_("Assigned: %(before)s → %(after)s"),
    "owner": N_("Handed over: %(before)s → %(after)s"),
    "state": N_("%(before)s → %(after)s"),
    "due": N_("Deadline: %(before)s → %(after)s"),
    "severity": N_("Urgency: %(before)s → %(after)s"),
    "plan": N_("Plan: %(before)s → %(after)s"),
    "escalated": N_("Past its deadline: brought to %(after)s"),
    "closed": N_("Closed"),
    "reopened": N_("Opened again"),
}


STORY = ("text", "comment", "words", "reason", "resolution", "product", "name", "order_id", "path", "subject")
"""What tells most of an event on a timeline, the most telling first."""


@dataclass(frozen=True, slots=True)
class Wording:
    """All that a page of cases needs to speak to one reader: language, zone, the moment, and the names of things."""

    language: str
    zone: str
    moment: Microseconds
    currency: str = "EUR"
    touchpoints: Mapping[str, Touchpoint] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)
    causes: tuple[RootCause, ...] = ()

    def title(self, case: Case) -> str:
        """A case in a few words."""
        return title_of(case, self.touchpoints, self.language)

    def due(self, case: Case) -> str:
        """When a case is due, in words when it is late."""
        return due_in_words(case, self.moment, self.language, self.zone)

    def due_tone(self, case: Case) -> str:
        """The tone of the deadline."""
        return due_tone(case, self.moment)

    def touchpoint(self, key: str | None) -> str:
        """A touchpoint's name."""
        return touchpoint_name(self.touchpoints, key, self.language)

    def signal(self, signal: Signal) -> str:
        """What was noticed."""
        return signal_in_words(signal, self.language, self.currency)

    def rule(self, rule: SignalRule) -> str:
        """A rule's name."""
        return rule_name(rule, self.language)

    def cause(self, key: str | None) -> str:
        """A root cause's name."""
        return cause_name(self.causes, key, self.language)

    def move(self, move: Move) -> str:
        """One line of a case's history."""
        return move_in_words(move, self.language, self.zone, people=self.people, plans=self.plans)

    def state(self, state: str) -> str:
        """Where a case stands."""
        return translate(self.language, STATE_NAMES.get(state, state))

    def severity(self, severity: str) -> str:
        """How pressing a case is."""
        return translate(self.language, SEVERITY_NAMES.get(severity, severity))

    def severity_tone(self, severity: str) -> str:
        """The tone of an urgency."""
        return SEVERITY_TONES.get(severity, "")

    def kind(self, kind: str) -> str:
        """What kind of trouble it is."""
        return translate(self.language, KIND_NAMES.get(kind, kind))

    def plan_state(self, state: str) -> str:
        """Where a plan stands."""
        return translate(self.language, PLAN_STATE_NAMES.get(state, state))

    def person(self, id: str | None) -> str:
        """A colleague's name; empty for the house itself."""
        return self.people.get(id or "", "")

    def customer(self, id: str) -> str:
        """A customer's name."""
        return self.customers.get(id) or translate(self.language, N_("Unknown customer"))

    def choices(self, names: Mapping[str, str]) -> list[tuple[str, str]]:
        """Keys with their names, for a field to choose from."""
        return [(key, translate(self.language, name)) for key, name in names.items()]

    def touchpoint_choices(self) -> list[tuple[str, str]]:
        """The touchpoints in the order of the corridor."""
        return [(key, self.touchpoint(key)) for key in self.touchpoints]

    def severity_choices(self) -> list[tuple[str, str]]:
        """The urgencies."""
        return self.choices(SEVERITY_NAMES)

    def state_choices(self) -> list[tuple[str, str]]:
        """The states that an open case can be in."""
        return self.choices({state: name for state, name in STATE_NAMES.items() if state != "closed"})

    def plan_state_choices(self) -> list[tuple[str, str]]:
        """The states that a plan can be in."""
        return self.choices(PLAN_STATE_NAMES)

    def cause_choices(self) -> list[tuple[str, str]]:
        """The root causes that are in use."""
        return [(cause.key, self.cause(cause.key)) for cause in self.causes if not cause.retired]

    def role_choices(self, roles: Iterable[str], prefix: str = "") -> list[tuple[str, str]]:
        """Roles by name."""
        return [(prefix + role, translate(self.language, ROLE_NAMES.get(role, role))) for role in roles]

    def story(self, detail: Mapping[str, object]) -> str:
        """What tells most of an event on a timeline."""
        return next((str(detail[name]) for name in STORY if detail.get(name)), "")


def touchpoint_name(touchpoints: Mapping[str, Touchpoint], key: str | None, language: str) -> str:
    """Return a touchpoint's name in the language; the key itself where the touchpoint is gone."""
    if not key:
        return ""
    known = touchpoints.get(key)
    return known.names.get(language, known.name) if known else key


def title_of(case: Case, touchpoints: Mapping[str, Touchpoint], language: str) -> str:
    """Return a case in a few words: its own title, or what was noticed and where."""
    what = case.title or translate(language, KIND_NAMES.get(case.kind, case.kind))
    where = touchpoint_name(touchpoints, case.touchpoint, language)
    return f"{what}: {where}" if where and case.kind != TOLD else what


def cause_name(causes: Iterable[RootCause], key: str | None, language: str) -> str:
    """Return a root cause's name; the names of the first list are translated."""
    return next((translate(language, cause.name) for cause in causes if cause.key == key), key or "")


def rule_name(rule: SignalRule, language: str) -> str:
    """Return a rule's own name, or what kind it is."""
    return rule.name or translate(language, KIND_NAMES[rule.kind])


def signal_in_words(signal: Signal, language: str, currency: str) -> str:
    """Return what was noticed, with the figures that were measured."""
    ngettext = translations(language).ngettext
    detail = signal.detail
    if signal.kind == "rating_low" and detail.get("value") is not None:
        return _said(
            language,
            N_("Rated %(value)s of %(best)s"),
            value=_tidy(detail["value"], language),
            best=_tidy(best(detail), language),
        )
    if signal.kind == "promise_broken":
        return _broken(detail, language, currency)
    if signal.kind == "silence" and detail.get("days") is not None:
        return ngettext("Silent for %(num)s day after trouble", "Silent for %(num)s days after trouble", int(detail["days"]))
    return translate(language, KIND_NAMES.get(signal.kind, signal.kind))


def best(detail: Mapping[str, float]) -> float:
    """Return the best value of the scale that a rating was given on."""
    return detail.get("highest", 100)


def _broken(detail: Mapping[str, object], language: str, currency: str) -> str:
    ngettext = translations(language).ngettext
    miss, unit = detail.get("miss"), detail.get("unit")
    if detail.get("overdue"):
        return translate(language, N_("Promise fallen due and not kept"))
    if not isinstance(miss, int | float) or miss <= 0:
        return translate(language, N_("Promise broken"))
    size = round(float(miss), 1)
    if unit in ("day", "days"):
        return ngettext("Promise broken, %(num)s day late", "Promise broken, %(num)s days late", size)
    if unit in ("hour", "hours"):
        return ngettext("Promise broken, %(num)s hour late", "Promise broken, %(num)s hours late", size)
    if unit == "money":
        amount = money(round(float(miss) * 10 ** decimals(currency)), currency, language)
        return _said(language, N_("Promised price exceeded by %(amount)s"), amount=amount)
    return _said(language, N_("Promise broken, by %(miss)s %(unit)s"), miss=number(size, language), unit=str(unit or ""))


def move_in_words(move: Move, language: str, zone: str, *, people: Mapping[str, str], plans: Mapping[str, str]) -> str:
    """Return one line of a case's history as a sentence."""
    before, after = (_value(move.kind, value, language, zone, people, plans) for value in (move.before, move.after))
    return translate(language, MOVES.get(move.kind, move.kind)) % {"before": before, "after": after}


def due_in_words(case: Case, moment: Microseconds, language: str, zone: str) -> str:
    """Return when a case is due, and in words when it is late."""
    if case.state == "closed":
        return _said(language, N_("closed %(when)s"), when=ago(case.closed_at, language, zone, moment))
    if case.state == "waiting":
        return translate(language, N_("waits for the customer"))
    when = ago(case.due_at, language, zone, moment)
    return _said(language, N_("overdue, was due %(when)s") if case.is_overdue(moment) else N_("due %(when)s"), when=when)


def due_tone(case: Case, moment: Microseconds) -> str:
    """Return the tone in which the deadline is shown: bad when late, warn within a day."""
    if case.state in ("closed", "waiting"):
        return ""
    return "bad" if case.is_overdue(moment) else "warn" if case.due_at - moment < 24 * 3600 * SECOND else ""


def _value(kind: str, value: str, language: str, zone: str, people: Mapping[str, str], plans: Mapping[str, str]) -> str:
    nobody = {"assigned": N_("nobody"), "plan": N_("none")}
    if not value:
        return translate(language, nobody.get(kind, "–"))
    if kind == "assigned":
        return people.get(value, translate(language, N_("somebody who has left")))
    if kind == "plan":
        return plans.get(value, value)
    if kind == "due":
        return day_and_time(int(value), language, zone)
    names = {"state": STATE_NAMES, "severity": SEVERITY_NAMES, "owner": ROLE_NAMES, "escalated": ROLE_NAMES}.get(kind, {})
    return translate(language, names.get(value, value))


def _tidy(value: float, language: str) -> str:
    return number(int(value) if float(value).is_integer() else value, language)


def _said(language: str, text: str, **values: str) -> str:
    return translate(language, text) % values
