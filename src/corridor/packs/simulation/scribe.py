"""Writes down what happens as ordinary events in the shape of the Segment spec, day by day. It does not know what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from corridor.packs.simulation.facts import DAY, Handle, Person, Plan

_MINUTES = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]

Written = tuple[float, int, str, int, dict[str, Any]]
"""A moment, a running number, the source, the person's number, and the event."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is there, in the words of the system that sees them: its ids and channel go on each event."""

    source: str
    person: Person
    fields: dict[str, Any]


class Scribe:
    """The pages of a diary, one a day. Moments are seconds since the local midnight at which the simulated time begins."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        end = datetime.fromtimestamp(plan.until / 1_000_000, UTC).astimezone(ZoneInfo(plan.zone))
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        last_day = midnight.date() if end > midnight else midnight.date() - timedelta(days=1)
        self.first_day = last_day - timedelta(days=plan.days - 1)
        self._offsets = [self._utc_start(day) - day * DAY for day in range(plan.days)]
        self.end = plan.until / 1_000_000 - self._offsets[-1]
        """The moment after which nothing has happened yet."""
        self.count = 0
        self._pages: list[list[Written]] = [[] for _ in range(plan.days)]
        self._dates: dict[int, str] = {}
        self._prefix = f"sim-{plan.seed}-"

    def weekday(self, day: int) -> int:
        """Return the day of the week, 0 for Monday."""
        return (self.first_day.weekday() + day) % 7

    def month(self, day: int) -> int:
        """Return the month, 0 for January."""
        return (self.first_day + timedelta(days=day)).month - 1

    def day(self, day: int) -> str:
        """Return the day as an ISO date; it may lie after the end."""
        return (self.first_day + timedelta(days=day)).isoformat()

    def moment(self, at: float) -> int:
        """Return a moment in microseconds UTC."""
        day = min(max(int(at // DAY), 0), self.plan.days - 1)
        return int((at + self._offsets[day]) * 1000) * 1000

    def iso(self, at: float) -> str:
        """Return a moment as ISO 8601 text in UTC."""
        day = int(at // DAY)
        milliseconds = int((at + self._offsets[day if day < self.plan.days else -1]) * 1000)
        minutes, rest = divmod(milliseconds, 60_000)
        days, minute = divmod(minutes, 1440)
        prefix = self._dates.get(days)
        if prefix is None:
            prefix = self._dates[days] = (date(1970, 1, 1) + timedelta(days=days)).isoformat()
        return f"{prefix}{_MINUTES[minute]}{rest // 1000:02d}.{rest % 1000:03d}Z"

    def has_happened(self, at: float) -> bool:
        """Say whether the moment lies before the end."""
        return at < self.end

    def track(self, at: float, session: Session, name: str, properties: dict[str, Any]) -> None:
        """Write down that something happened."""
        self._write(at, session, {"type": "track", "event": name, "properties": properties})

    def page(self, at: float, session: Session, path: str) -> None:
        """Write down that a page (or, in the app, a screen) was seen."""
        kind = "screen" if session.source == "app" else "page"
        self._write(at, session, {"type": kind, "properties": {"path": path}})

    def identify(self, at: float, session: Session, traits: dict[str, Any]) -> None:
        """Write down what a system knows of somebody."""
        self._write(at, session, {"type": "identify", "traits": traits})

    def group(self, at: float, session: Session, key: str, traits: dict[str, Any]) -> None:
        """Write down that somebody belongs to a business or a household."""
        self._write(at, session, {"type": "group", "groupId": key, "traits": traits})

    def open_page(self, day: int) -> list[Written]:
        """Return what was written for a day so far, in order of time, and tear the page out."""
        page, self._pages[day] = self._pages[day], []
        page.sort(key=_moment_and_number)
        return page

    def _write(self, at: float, session: Session, event: dict[str, Any]) -> None:
        number = self.count
        self.count = number + 1
        if at >= self.end:
            return
        event["messageId"] = self._prefix + str(number)
        event["timestamp"] = self.iso(at)
        event.update(session.fields)
        self._pages[int(at // DAY)].append((at, number, session.source, session.person.number, event))

    def _utc_start(self, day: int) -> float:
        local = datetime.combine(self.first_day + timedelta(days=day), datetime.min.time(), ZoneInfo(self.plan.zone))
        return local.timestamp()


def open_session(scribe: Scribe, at: float, person: Person, handle: Handle, *, signed_in: bool, group: str = "") -> Session:
    """Return the session of a person under one of their handles, as its system sees them."""
    fields: dict[str, Any] = {"channel": handle.channel}
    if handle.anonymous_id is not None:
        fields["anonymousId"] = handle.anonymous_id
    if signed_in:
        fields["userId"] = person.user_id
    context: dict[str, Any] = {"locale": "fa" if person.language == "fa" else "en"}
    if group:
        context["groupId"] = group
    fields["context"] = context
    if scribe.has_happened(at):
        if handle.anonymous_id is not None:
            person.identifiers.add(("anonymous_id", handle.anonymous_id))
        if signed_in:
            person.identifiers.add(("user_id", person.user_id))
    return Session(handle.source, person, fields)


def _moment_and_number(written: Written) -> tuple[float, int]:
    return written[0], written[1]
