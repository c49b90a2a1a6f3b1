"""How understand speaks to its readers: names of touchpoints, snarls and misses in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corridor.collect import decimals
from corridor.ground.access import Caller
from corridor.ground.ui import N_, formats
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import Touchpoint
from corridor.understand.facts import Move, Snarl

KINDS = {
    "loop": N_("Loop"),
    "hop": N_("Hop"),
    "wait": N_("Wait"),
    "promise": N_("Broken promise"),
}

MEANINGS = {
    "loop": N_("They come back here three times or more within a week."),
    "hop": N_("They need three channels within three days to get help."),
    "wait": N_("It takes longer than nine of ten of these moves do, and more than a day."),
    "promise": N_("A promise made here was broken."),
}

REASONS = {
    "too_few": N_("too few to tell a price"),
    "too_early": N_("too early to tell a price"),
    "cannot_tell": N_("cannot tell: the difference may be chance"),
    "no_loss": N_("no loss seen"),
}

REASONS_AT_LENGTH = {
    "too_few": N_("Fewer than five customers met it, or passed without, at least 90 days ago."),
    "too_early": N_("The 90 days after have not passed for anyone yet."),
    "cannot_tell": N_("What those who met it spent in the 90 days after differs too little from what the others spent."),
    "no_loss": N_("Those who met it spent more in the 90 days after than those who did not."),
}

UNITS = {
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3_600.0,
    "days": 86_400.0,
    "weeks": 7 * 86_400.0,
}

QUADRANTS = {
    "model": N_("Model"),
    "growth": N_("Growth"),
    "at_risk": N_("At risk"),
    "dangling": N_("Dangling"),
}

QUADRANT_MEANINGS = {
    "model": N_("satisfied, billed high: keep them, learn from them"),
    "growth": N_("satisfied, billed low: room to grow"),
    "at_risk": N_("dissatisfied, billed high: act now"),
    "dangling": N_("dissatisfied, billed low: find out why"),
}

ACROSS = {"satisfaction": N_("Satisfaction"), "gap": N_("Gap"), "recommend": N_("Would recommend")}

UP = {"billed": N_("Billed in the period"), "billed_all": N_("Billed in all")}

GROUPINGS = {
    "touchpoint": N_("By touchpoint"),
    "channel": N_("By channel"),
    "segment": N_("By segment"),
    "account": N_("By account"),
}

GROUPS = {"touchpoint": N_("Touchpoint"), "channel": N_("Channel"), "segment": N_("Segment"), "account": N_("Account")}


@dataclass(frozen=True, slots=True)
class Speech:
    """What a template needs to name things to its reader."""

    language: str
    currency: str
    names: dict[str, str]

    @classmethod
    def to(cls, caller: Caller, touchpoints: Iterable[Touchpoint]) -> Speech:
        """Return the speech to a reader about these touchpoints."""
        names = {one.key: one.names.get(caller.language, one.name) for one in touchpoints}
        return cls(caller.language, caller.workspace.currency, names)

    def _(self, text: str) -> str:
        return translate(self.language, text)

    def touchpoint(self, key: str | None) -> str:
        """Return a touchpoint's name; one that is no longer there is called by its key."""
        return self.names.get(key, key) if key else ""

    def snarl(self, snarl: Snarl) -> str:
        """Return what a snarl is called: what, and where."""
        if snarl.kind == "hop":
            return self._(N_("Hop between channels while getting help"))
        if snarl.kind == "wait":
            pattern = self._(N_("Wait from %(start)s to %(end)s"))
            return pattern % {"start": self.touchpoint(snarl.came_from), "end": self.touchpoint(snarl.where)}
        pattern = self._(N_("Loop at %(place)s")) if snarl.kind == "loop" else self._(N_("Broken promise at %(place)s"))
        return pattern % {"place": self.touchpoint(snarl.where)}

    def kind(self, snarl: Snarl) -> str:
        """Return a snarl's kind in a word or two."""
        return self._(KINDS[snarl.kind])

    def meaning(self, snarl: Snarl) -> str:
        """Return what a kind of snarl means."""
        return self._(MEANINGS[snarl.kind])

    def reason(self, snarl: Snarl) -> str:
        """Return why a snarl has no price, in a few words."""
        return self._(REASONS[snarl.reason]) if snarl.reason else ""

    def reason_at_length(self, snarl: Snarl) -> str:
        """Return why a snarl has no price, in a sentence."""
        return self._(REASONS_AT_LENGTH[snarl.reason]) if snarl.reason else ""

    def move(self, move: Move) -> str:
        """Return a move from one touchpoint to another."""
        return f"{self.touchpoint(move.came_from)} → {self.touchpoint(move.to)}"

    def miss(self, value: float | None, unit: str | None) -> str:
        """Return by how much a promise was missed, in its own unit."""
        if value is None or unit is None:
            return ""
        if unit == "days":
            return formats.days(value, self.language)
        if unit in UNITS:
            return formats.duration(value * UNITS[unit], self.language)
        if unit == "money":
            return formats.money(round(value * 10 ** decimals(self.currency)), self.currency, self.language)
        return f"{formats.number(round(value, 2), self.language)} {unit}"

    def quadrant(self, quadrant: str | None) -> str:
        """Return the name of a quadrant."""
        return self._(QUADRANTS[quadrant]) if quadrant else ""

    def quadrant_meaning(self, quadrant: str) -> str:
        """Return what a quadrant means."""
        return self._(QUADRANT_MEANINGS[quadrant])

    def across(self, x: str) -> str:
        """Return what lies across a portfolio."""
        return self._(ACROSS[x])

    def up(self, y: str) -> str:
        """Return what lies up a portfolio."""
        return self._(UP[y])

    def grouping(self, by: str) -> str:
        """Return the name of a way to group gaps."""
        return self._(GROUPINGS[by])

    def group(self, by: str) -> str:
        """Return what one group is."""
        return self._(GROUPS[by])
