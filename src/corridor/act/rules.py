"""The rules that say what is worth noticing. A workspace starts with one of each kind; a rule is switched off, never deleted."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from corridor.act.checks import check_touchpoint
from corridor.act.facts import RULE_KINDS, SEVERITIES, SignalRule
from corridor.act.tables import signal_rules as table
from corridor.ground.access.facts import WORKS
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.vocabulary import new_id

DEFAULTS = (
    SignalRule(id="rating-low", kind="rating_low", bar=40.0),
    # Every broken promise of a big shop is more than anybody can answer well: it begins with the upper fifth by what they paid.
    SignalRule(id="promise-broken", kind="promise_broken"),
    SignalRule(id="silence", kind="silence", days=30),
)
"""What a new workspace notices."""


def rules(connection: Connection, workspace_id: str) -> list[SignalRule]:
    """Return the workspace's rules; the defaults where it has none yet."""
    rows = connection.execute(select(table).where(table.c.workspace_id == workspace_id))
    return sorted(map(_fact, rows), key=lambda known: (RULE_KINDS.index(known.kind), known.id)) or list(DEFAULTS)


def rule(connection: Connection, workspace_id: str, rule_id: str) -> SignalRule:
    """Return one rule.

    Raises:
        NotFound: there is no such rule here.
    """
    for known in rules(connection, workspace_id):
        if known.id == rule_id:
            return known
    raise NotFound("There is no such rule here. The list is at /signals/rules.")


def add_rule(connection: Connection, workspace_id: str, **values: Any) -> SignalRule:
    """Make a rule.

    Raises:
        Invalid: a value is not usable; names the field.
    """
    ensure_rules(connection, workspace_id)
    made = SignalRule(**{"id": new_id(), **values})
    _check(made)
    check_touchpoint(connection, workspace_id, made.touchpoint)
    connection.execute(insert(table).values(workspace_id=workspace_id, **asdict(made)))
    return made


def change_rule(
    connection: Connection, workspace_id: str, rule_id: str, *, version: int | None = None, **values: Any
) -> SignalRule:
    """Change a rule. With `version`, only if nobody has changed it since that version was read.

    Raises:
        Conflict: somebody changed it meanwhile.
        Invalid: a value is not usable; names the field.
        NotFound: there is no such rule here.
    """
    ensure_rules(connection, workspace_id)
    before = rule(connection, workspace_id, rule_id)
    if version is not None and version != before.version:
        raise Conflict(
            "A colleague changed this rule while you were editing it. Look at it again and repeat your change.", code="changed"
        )
    after = replace(before, **values, version=before.version + 1)
    _check(after)
    check_touchpoint(connection, workspace_id, values.get("touchpoint"))
    connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == rule_id).values(**asdict(after)))
    return after


def ensure_rules(connection: Connection, workspace_id: str) -> None:
    """Write the default rules where the workspace has none, so that they can be changed."""
    if connection.execute(select(table.c.id).where(table.c.workspace_id == workspace_id).limit(1)).first() is None:
        connection.execute(insert(table), [{"workspace_id": workspace_id, **asdict(known)} for known in DEFAULTS])


def _fact(row: Any) -> SignalRule:
    return SignalRule(**{column.name: getattr(row, column.name) for column in fields(SignalRule)})


def _check(made: SignalRule) -> None:
    if made.kind not in RULE_KINDS:
        raise Invalid(f"{made.kind!r} is not a kind of rule. Use one of: {', '.join(RULE_KINDS)}.", code="bad_kind", field="kind")
    if made.severity not in SEVERITIES:
        raise Invalid(
            f"{made.severity!r} is not a severity. Use one of: {', '.join(SEVERITIES)}.", code="bad_severity", field="severity"
        )
    if not 0 < made.bar <= 100:
        raise Invalid("The bar is a score on the common scale: above 0, up to 100.", code="bad_bar", field="bar")
    if made.amount is not None and made.amount < 0:
        raise Invalid(
            "The amount cannot be below 0. Leave it empty for the upper fifth of the customers.",
            code="bad_amount",
            field="amount",
        )
    if not 1 <= made.days <= 365:
        raise Invalid("A silence lasts 1 to 365 days.", code="bad_days", field="days")
    if not 1 <= made.freshness_days <= 365:
        raise Invalid("An event opens cases for 1 to 365 days.", code="bad_freshness", field="freshness_days")
    if made.owner is not None and made.owner not in WORKS:
        raise Invalid(
            f"The role {made.owner!r} does not work on cases. Use one of: {', '.join(sorted(WORKS))}.",
            code="bad_owner",
            field="owner",
        )
    if len(made.name) > 120:
        raise Invalid("A rule's name has up to 120 characters.", code="bad_name", field="name")
