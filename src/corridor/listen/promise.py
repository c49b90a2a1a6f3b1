"""What became of a promise, worked out from all that is known about it, so that the order in which the news came makes no difference."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from corridor.ground.vocabulary import DAY, SECOND, Microseconds, from_datetime
from corridor.listen.facts import PromiseState

TIME_UNITS: dict[str, int] = {
    "seconds": SECOND,
    "minutes": 60 * SECOND,
    "hours": 3_600 * SECOND,
    "days": DAY,
    "weeks": 7 * DAY,
}
"""Units whose miss is a time past due, in microseconds. In any other unit (money, degrees) a miss is an amount above the promised one."""

_NAMESPACE = UUID("6f0f3c4e-58d2-4c6e-9f7e-2b8f6d0a51c7")


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event's news about a promise, and where it came from."""

    at: Microseconds
    event: str
    node: int
    account: str | None = None
    touchpoint: str | None = None
    channel: str = "web"


class Made(Told, frozen=True, kw_only=True, omit_defaults=True):
    """It was promised."""

    received_at: Microseconds
    unit: str
    due_at: Microseconds | None = None
    value: float | None = None


class Done(Told, frozen=True, kw_only=True, omit_defaults=True):
    """What was promised happened; `value` is what it came to, for a promised price or amount."""

    value: float | None = None


class Said(Told, frozen=True, kw_only=True, omit_defaults=True):
    """Another system judged it: kept or broken."""

    verdict: Literal["kept", "broken"]
    miss: float | None = None
    unit: str = ""


class Withdrawn(Told, frozen=True, kw_only=True, omit_defaults=True):
    """It was taken back, or no longer wanted."""


News = Made | Done | Said | Withdrawn
First = TypeVar("First", Made, Done, Withdrawn)


class Evidence(msgspec.Struct, omit_defaults=True):
    """All that is known about one promise."""

    key: str
    made: Made | None = None
    done: Done | None = None
    said: Said | None = None
    withdrawn: Withdrawn | None = None

    def add(self, news: News) -> None:
        """Take in one piece of news. Adding the same pieces in any order, and again, comes to the same.

        The first making holds: a new date for the same promise would hide that the first was missed. The first fulfilment and the
        first withdrawal hold too; of several verdicts the latest does.
        """
        if isinstance(news, Made):
            self.made = _first(self.made, news)
        elif isinstance(news, Done):
            self.done = _first(self.done, news)
        elif isinstance(news, Said):
            self.said = news if self.said is None or _order(news) > _order(self.said) else self.said
        else:
            self.withdrawn = _first(self.withdrawn, news)

    @property
    def home(self) -> Made | Said | None:
        """The news that makes this a promise at all: its making, or else another system's verdict. None while neither is known."""
        return self.made or self.said

    @property
    def end(self) -> Done | Said | Withdrawn | None:
        """The news that settles it; None while it is open."""
        settled = min((news for news in (self.done, self.said) if news), key=lambda news: news.at, default=None)
        if self.withdrawn and (settled is None or self.withdrawn.at < settled.at):
            return self.withdrawn
        return settled

    def outcome(self) -> tuple[PromiseState, Microseconds | None, float | None]:
        """Return the state, when it was fulfilled, and by how much it was missed."""
        if isinstance(self.end, Withdrawn):
            return "withdrawn", None, None
        fulfilled_at = self.done.at if self.done else self.said.at if self.said and self.said.verdict == "kept" else None
        if self.said:
            return self.said.verdict, fulfilled_at, self._said_miss() if self.said.verdict == "broken" else None
        if self.done and self.made:
            miss = self._missed_by(self.made, self.done)
            return ("kept", fulfilled_at, None) if miss <= 0 else ("broken", fulfilled_at, miss)
        return "open", None, None

    def _said_miss(self) -> float | None:
        assert self.said is not None
        if self.said.miss is not None or self.made is None:
            return self.said.miss
        found = self._missed_by(self.made, self.done or Done(at=self.said.at, event="", node=0))
        return found if found > 0 else None

    @staticmethod
    def _missed_by(made: Made, done: Done) -> float:
        if made.unit not in TIME_UNITS and made.value is not None and done.value is not None:
            return done.value - made.value
        if made.due_at is None:
            return 0.0
        return (done.at - made.due_at) / TIME_UNITS.get(made.unit, DAY)


def _order(news: News) -> tuple[Microseconds, bytes]:
    return news.at, msgspec.json.encode(news)


def _first(known: First | None, news: First) -> First:
    return news if known is None or _order(news) < _order(known) else known


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Evidence).decode


def promise_id(workspace_id: str, key: str) -> str:
    """Return the id of the promise that a workspace's systems call `key`; it is the same whichever event speaks of it first."""
    return str(uuid5(_NAMESPACE, f"{workspace_id}\0{key}"))


def due_moment(due: str, zone: str) -> Microseconds:
    """Return when a promise falls due: a time without a zone is the workspace's, a date without a time holds to that day's end.

    Raises:
        ValueError: it is neither a date nor a date and time of ISO 8601.
    """
    due = due.strip()
    if "T" not in due and " " not in due and len(due) <= 10:
        midnight = datetime.combine(date.fromisoformat(due) + timedelta(days=1), time(), ZoneInfo(zone))
        return from_datetime(midnight) - 1
    moment = datetime.fromisoformat(due)
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))
