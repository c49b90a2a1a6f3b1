"""Who gets a case, how urgent it is and by when it is due. Pure rules and two look-ups; it changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from corridor.act.facts import Severity, SignalRule
from corridor.act.tables import cases as table
from corridor.ground.access import people_of
from corridor.ground.access.facts import WORKS
from corridor.ground.vocabulary import SECOND, Microseconds, Touchpoint

HOUR = 3_600 * SECOND
DEADLINES: dict[Severity, Microseconds] = {"urgent": 4 * HOUR, "high": 24 * HOUR, "normal": 72 * HOUR}
"""How long a case of each severity may take."""

ESCALATES: tuple[tuple[Microseconds, str], ...] = ((0, "manager"), (24 * HOUR, "executive"))
"""How long after its deadline a case is brought to which role, level by level."""

DEFAULT_OWNER = "operations"
VERY_LOW = 0.5
"""A rating under this share of the bar is pressing."""


def severity_of(rule: SignalRule, *, common: float | None, valued: bool) -> Severity:
    """Return the rule's severity, one step up for a very low rating and one for a customer of value."""
    steps: tuple[Severity, ...] = ("normal", "high", "urgent")
    step = steps.index(rule.severity) + valued + (common is not None and common < rule.bar * VERY_LOW)
    return steps[min(step, 2)]


def due_at(severity: Severity, moment: Microseconds) -> Microseconds:
    """Return the deadline of a case of this severity that is opened at `moment`."""
    return moment + DEADLINES[severity]


def owner_of(touchpoint: Touchpoint | None, rule: SignalRule | None = None) -> str:
    """Return the role that can close a case here: the rule's, else the touchpoint's, as long as that role works on cases."""
    owner = (rule.owner if rule else None) or (touchpoint.owner if touchpoint else DEFAULT_OWNER)
    return owner if owner in WORKS else "manager"


@dataclass(slots=True)
class Desk:
    """The people who work on cases and how many open ones each has, read once for a batch."""

    by_role: dict[str, list[str]]
    load: Counter[str] = field(default_factory=Counter)

    def seat(self, role: str) -> str | None:
        """Return the person of this role with the fewest open cases and count one more for them; None where the role has nobody."""
        colleagues = self.by_role.get(role)
        if not colleagues:
            return None
        chosen = min(colleagues, key=lambda person: (self.load[person], person))
        self.load[chosen] += 1
        return chosen


def desk(connection: Connection, workspace_id: str) -> Desk:
    """Read who works here and how many open cases each has."""
    by_role: dict[str, list[str]] = {}
    for person in people_of(connection, workspace_id):
        if person.disabled_at is None:
            by_role.setdefault(person.role, []).append(person.id)
    query = (
        select(table.c.assignee_id, func.count())
        .where(table.c.workspace_id == workspace_id, table.c.state != "closed", table.c.assignee_id.is_not(None))
        .group_by(table.c.assignee_id)
    )
    return Desk(by_role, Counter({row[0]: row[1] for row in connection.execute(query)}))
