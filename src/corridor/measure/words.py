"""How the goals, and what moved them, are said to a reader. It knows languages and no tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from corridor.collect import decimals
from corridor.ground.statistics import Interval
from corridor.ground.ui import N_, formats
from corridor.ground.ui.formats import duration, money, number, percent, signed
from corridor.ground.ui.languages import translate, translate_count
from corridor.ground.vocabulary import Touchpoint, Workspace
from corridor.measure.facts import Goal, Mover, Unit
from corridor.understand import Snarl

GOAL_NAMES = {
    "revenue": N_("Revenue from existing customers"),
    "customer": N_("Customer experience, gap"),
    "employee": N_("Employee experience"),
}
MISSING = {
    "all_time": N_("Existing customers are those who had bought before the period began. Choose a period that has a beginning."),
    "too_few_buyers": N_("Too few to show: fewer than five customers who had bought before bought again in this period."),
    "too_few_gaps": N_("Too few to show: fewer than five experiences with a known expectation in this period."),
    "too_few_answers": N_("Too few to show: a week's pulse counts from five answers on."),
}
MOVERS = {
    "buyers": N_("Existing customers who bought: %(before)s → %(after)s"),
    "spend": N_("Spent by each of them: %(before)s → %(after)s"),
    "promises_kept": N_("%(touchpoint)s: promises kept %(before)s → %(after)s"),
    "gap": N_("%(touchpoint)s: gap %(before)s → %(after)s"),
    "gap_new": N_("%(touchpoint)s: gap %(after)s, new"),
    "gap_gone": N_("%(touchpoint)s: gap %(before)s, gone"),
    "others": N_("All other touchpoints"),
    "first_reply": N_("First reply in conversations"),
    "closed_late": N_("Cases closed after their deadline"),
    "cases_each": N_("Cases for each person"),
}
SNARLS = {
    "hop": N_("Hop between channels while getting help"),
    "wait": N_("Wait from %(start)s to %(end)s"),
    "loop": N_("Loop at %(place)s"),
    "promise": N_("Broken promise at %(place)s"),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """What is needed to tell the goals to one reader."""

    language: str
    workspace: Workspace
    touchpoints: Mapping[str, Touchpoint]

    def name(self, goal: Goal) -> str:
        """The goal's name."""
        return translate(self.language, GOAL_NAMES[goal.name])

    def value(self, goal: Goal) -> str:
        """The goal's value as it is shown."""
        return "–" if goal.value is None else self.amount(goal.value, goal.unit, short=True)

    def missing(self, goal: Goal) -> str:
        """Why there is no value to show; empty where there is one."""
        return translate(self.language, MISSING[goal.missing]) if goal.missing else ""

    def change(self, goal: Goal) -> str:
        """The change against the period before."""
        if goal.change is None:
            return ""
        return self._percent(goal.change.mean) if goal.unit == "money" else signed(goal.change.mean, self.language, 1)

    def certainty(self, goal: Goal) -> str:
        """The interval and the number behind the value, or behind the change where the value is a sum."""
        parts = [self._interval(goal), self._behind(goal)]
        # In Persian each part keeps to itself, or the figures of one would stand among those of the next.
        isolated = [f"\u2067{part}\u2069" if self.language == "fa" else part for part in parts if part]
        return translate(self.language, N_(", ")).join(isolated)

    def target(self, goal: Goal) -> str:
        """The target, and how far the latest week is."""
        if goal.target is None:
            return ""
        wanted = self.amount(goal.target.value, goal.unit, short=True)
        return translate(self.language, N_("target %(value)s a week") if goal.unit == "money" else N_("target %(value)s")) % {
            "value": wanted
        }

    def mover(self, mover: Mover) -> str:
        """What moved a goal."""
        if mover.kind == "let_down":
            count = int(mover.after or 0)
            text = translate_count(
                self.language, "%(num)s customer with a broken promise", "%(num)s customers with a broken promise", count
            )
            return text % {"num": number(count, self.language)}
        kind = mover.kind
        if kind == "gap" and (mover.before is None or mover.after is None):
            kind = "gap_new" if mover.before is None else "gap_gone"
        return translate(self.language, MOVERS[kind]) % {
            "touchpoint": self.touchpoint(mover.subject),
            "before": self.amount(mover.before, mover.unit),
            "after": self.amount(mover.after, mover.unit),
        }

    def moved_by(self, mover: Mover) -> str:
        """By how much it moved the goal; where that cannot be said, what it was and is."""
        if mover.by is None:
            before, after = (self.amount(value, mover.unit) for value in (mover.before, mover.after))
            return (
                after
                if mover.before is None
                else translate(self.language, N_("%(before)s → %(after)s")) % {"before": before, "after": after}
            )
        if mover.by_unit == "money":
            amount = round(mover.by)
            sign = ("\u200e+" if self.language == "fa" else "+") if amount > 0 else ""
            return sign + money(amount, self.workspace.currency, self.language, short=True)
        return signed(mover.by, self.language, 1)

    def snarl(self, snarl: Snarl) -> str:
        """What a snarl is called: what, and where."""
        text = translate(self.language, SNARLS[snarl.kind])
        return text % {
            "start": self.touchpoint(snarl.came_from or ""),
            "end": self.touchpoint(snarl.where),
            "place": self.touchpoint(snarl.where),
        }

    def touchpoint(self, key: str) -> str:
        """A touchpoint's name."""
        known = self.touchpoints.get(key)
        return known.names.get(self.language, known.name) if known else key

    def amount(self, value: float | None, unit: Unit, *, short: bool = False) -> str:
        """A value in its unit."""
        if value is None:
            return "–"
        if unit == "money":
            return self._money(value, short=short)
        if unit == "gap":
            return signed(value, self.language, 1)
        if unit == "share":
            return percent(value, self.language, 0)
        if unit == "seconds":
            return duration(value, self.language)
        return number(round(value, 1), self.language, 0 if unit == "score" or float(value).is_integer() else 1)

    def _money(self, value: float, *, short: bool) -> str:
        """An amount, from a hundred on without its cents: here they are noise."""
        currency = self.workspace.currency
        one = 10 ** decimals(currency)
        if short or abs(value) >= 100_000 * one:
            return money(round(value), currency, self.language, short=True)
        if abs(value) < 100 * one or one == 1:
            return money(round(value), currency, self.language)
        cents = formats.digits("." + "0" * decimals(currency), self.language)
        return money(round(value / one) * one, currency, self.language).replace(cents, "")

    def _interval(self, goal: Goal) -> str:
        known = goal.change if goal.unit == "money" else goal.interval
        if known is None or not (math.isfinite(known.low) and math.isfinite(known.high)):
            return ""
        between = f"{self._end(goal, known.low)} … {self._end(goal, known.high)}"
        # The two ends stand in the order of numbers in either language.
        isolated = f"\u2066{between}\u2069" if self.language == "fa" else between
        return translate(self.language, N_("95%% %(range)s")) % {"range": isolated}

    def _end(self, goal: Goal, value: float) -> str:
        if goal.unit == "money":
            return self._percent(value)
        return signed(value, self.language, 1) if goal.unit == "gap" else number(value, self.language, 0)

    def _behind(self, goal: Goal) -> str:
        if goal.unit == "money":
            text = translate_count(self.language, "%(num)s customer", "%(num)s customers", goal.n)
        elif goal.unit == "score":
            text = translate_count(self.language, "%(num)s answer", "%(num)s answers", goal.n)
        else:
            text = translate(self.language, N_("n = %(num)s"))
        return text % {"num": number(goal.n, self.language)}

    def _percent(self, share: float) -> str:
        return signed(100 * share, self.language, 1) + ("٪" if self.language == "fa" else "%")


def is_better(change: Interval | None) -> bool | None:
    """Say whether a change is for the better; None where it may be chance."""
    if change is None or not math.isfinite(change.low) or change.low <= 0 <= change.high:
        return None
    return change.mean > 0
