"""Tick of the line: what shows by not happening. A case past its deadline is brought to the next role; a silence after trouble is noticed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from corridor.act import history, worth
from corridor.act.cases import case_of, is_overdue
from corridor.act.facts import Signal, SignalRule
from corridor.act.opening import TakenUp, take_up
from corridor.act.route import ESCALATES, HOUR
from corridor.act.rules import rules
from corridor.act.tables import cases as table
from corridor.act.tables import watches
from corridor.ground.vocabulary import DAY, Microseconds, Workspace, new_id

SILENCES = "silences"
TROUBLE = -20.0
"""A gap under this is trouble."""

SOON_AFTER = 30 * DAY
"""Trouble must lie this close to the customer's last sign of life to have anything to do with the silence."""

PROMISED_BEFORE = 90 * DAY
"""Promises made longer than this before they fell due are not looked for: the index goes by when they were made."""

MOST_AT_ONCE = 500

TROUBLES = text("""
    WITH troubles AS (
        SELECT node_id, customer_id, account_id, touchpoint, channel, at, 'gap:' || event AS event
        FROM gaps
        WHERE workspace_id = :workspace AND at >= :since AND at < :until AND gap < :trouble
        UNION ALL
        SELECT node_id, customer_id, account_id, touchpoint, channel, due_at AS at, 'promise:' || promise_key AS event
        FROM promises
        WHERE workspace_id = :workspace AND at >= :made_since AND due_at >= :since AND due_at < :until AND state IN ('broken', 'open')
    )
    SELECT troubles.*, profiles.last_seen
    FROM troubles JOIN profiles ON profiles.workspace_id = :workspace AND profiles.id = troubles.customer_id
    WHERE profiles.billed >= :amount
      AND profiles.last_seen < :until AND profiles.last_seen >= :since
      AND troubles.at BETWEEN profiles.last_seen - :soon AND profiles.last_seen + :soon
      AND (:touchpoint IS NULL OR troubles.touchpoint = :touchpoint)
    ORDER BY troubles.at DESC
""")
"""One row per trouble of a customer who has not been heard of since, the latest trouble first."""


def watch(workspace: Workspace, connection: Connection, moment: Microseconds) -> None:
    """Look for what did not happen: a case closed in time, a sign of life from somebody who met trouble."""
    escalate(connection, workspace.id, moment)
    if _is_time(connection, workspace.id, moment):
        notice_silence(connection, workspace, moment)


def escalate(connection: Connection, workspace_id: str, moment: Microseconds) -> int:
    """Bring each case past its deadline to the next role, once a level; return how many."""
    brought = 0
    for level, (after, role) in enumerate(ESCALATES, start=1):
        query = (
            select(table)
            .where(table.c.workspace_id == workspace_id, is_overdue(moment - after), table.c.escalation < level)
            .limit(MOST_AT_ONCE)
        )
        late = [case_of(row) for row in connection.execute(query)]
        for case in late:
            here = (table.c.workspace_id == workspace_id, table.c.id == case.id)
            connection.execute(update(table).where(*here).values(escalation=level, version=case.version + 1))
            history.tell(connection, workspace_id, "Case Escalated", case, moment, escalated_to=role, level=level)
        history.keep(connection, workspace_id, [history.move(case, "escalated", moment, after=role) for case in late])
        brought += len(late)
    return brought


def notice_silence(connection: Connection, workspace: Workspace, moment: Microseconds) -> TakenUp:
    """Notice the customers who met trouble and have been silent since, by each active rule."""
    active = [rule for rule in rules(connection, workspace.id) if rule.active and rule.kind == "silence"]
    if not active:
        return TakenUp()
    line = worth.recent_value_line(connection, workspace.id, moment)
    found = [signal for rule in active for signal in silences(connection, workspace.id, rule, moment, line)]
    return take_up(connection, workspace, found, active, moment, line)


def silences(connection: Connection, workspace_id: str, rule: SignalRule, moment: Microseconds, value_line: int) -> list[Signal]:
    """Return a signal for each customer whose silence after trouble has become long enough within the rule's freshness."""
    rows = _troubles(connection, workspace_id, rule, moment, rule.freshness_days, value_line)
    latest: dict[str, Any] = {}
    for row in rows:
        latest.setdefault(row.customer_id, row)
    return [_silent(rule, row, moment) for row in latest.values()]


def count_silences(
    connection: Connection, workspace_id: str, rule: SignalRule, moment: Microseconds, days: int, value_line: int
) -> int:
    """Return how many customers fell silent after trouble within some days and are silent still."""
    return len({row.customer_id for row in _troubles(connection, workspace_id, rule, moment, days, value_line)})


def _troubles(
    connection: Connection, workspace_id: str, rule: SignalRule, moment: Microseconds, days: int, value_line: int
) -> list[Any]:
    quiet_since = moment - rule.days * DAY
    since = quiet_since - days * DAY - SOON_AFTER
    parameters = {
        "workspace": workspace_id,
        "since": since,
        "made_since": since - PROMISED_BEFORE,
        "until": quiet_since,
        "trouble": TROUBLE,
        "amount": value_line if rule.amount is None else rule.amount,
        "soon": SOON_AFTER,
        "touchpoint": rule.touchpoint,
    }
    rows = connection.execute(TROUBLES, parameters).all()
    return [row for row in rows if max(row.last_seen, row.at) >= quiet_since - days * DAY]


def _silent(rule: SignalRule, row: Any, moment: Microseconds) -> Signal:
    since = max(row.last_seen, row.at)
    return Signal(
        id=new_id(),
        rule_id=rule.id,
        kind=rule.kind,
        node_id=row.node_id,
        customer_id=row.customer_id,
        account_id=row.account_id,
        touchpoint=row.touchpoint,
        channel=row.channel,
        at=min(moment, since + rule.days * DAY),
        noticed_at=moment,
        state="live",
        event=f"silence:{row.event}",
        detail={"days": (moment - since) // DAY, "trouble_at": row.at},
    )


def _is_time(connection: Connection, workspace_id: str, moment: Microseconds) -> bool:
    """Say whether an hour has passed since the last look, and write down that this is one."""
    here = (watches.c.workspace_id == workspace_id, watches.c.name == SILENCES)
    looked_at = connection.execute(select(watches.c.looked_at).where(*here)).scalar()
    if looked_at is None:
        connection.execute(insert(watches).values(workspace_id=workspace_id, name=SILENCES, looked_at=moment))
        return True
    if moment - looked_at < HOUR:
        return False
    connection.execute(update(watches).where(*here).values(looked_at=moment))
    return True
