"""The tables of act. A signal is unique by rule and event, so that a replay notices nothing twice."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Text

from corridor.ground.store import workspace_table

signal_rules = workspace_table(
    "signal_rules",
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    Column("touchpoint", Text),
    Column("bar", Float, nullable=False),
    Column("amount", BigInteger),
    Column("days", Integer, nullable=False),
    Column("freshness_days", Integer, nullable=False),
    Column("severity", Text, nullable=False),
    Column("owner", Text),
    Column("version", Integer, nullable=False),
)

signals = workspace_table(
    "signals",
    Column("id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("touchpoint", Text),
    Column("channel", Text),
    Column("at", BigInteger, nullable=False),
    Column("noticed_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("case_id", Text),
    Column("words", Text, nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default="{}"),
    follows_customer=True,
)
Index("signals_once", signals.c.workspace_id, signals.c.rule_id, signals.c.event, unique=True)
Index("signals_by_time", signals.c.workspace_id, signals.c.at)
Index("signals_of_customer", signals.c.workspace_id, signals.c.customer_id, signals.c.at)
Index("signals_of_node", signals.c.workspace_id, signals.c.node_id)
Index("signals_of_case", signals.c.workspace_id, signals.c.case_id, signals.c.at)

cases = workspace_table(
    "cases",
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("rule_id", Text),
    Column("title", Text, nullable=False, server_default=""),
    Column("touchpoint", Text),
    Column("owner", Text, nullable=False),
    Column("assignee_id", Text),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("signals", Integer, nullable=False),
    Column("latest_at", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("escalation", Integer, nullable=False),
    Column("waiting_since", BigInteger),
    Column("root_cause", Text),
    Column("root_cause_words", Text, nullable=False, server_default=""),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("closed_at", BigInteger),
    Column("closed_by", Text),
    Column("reopened", Integer, nullable=False),
    Column("plan_id", Text),
    Column("version", Integer, nullable=False),
    follows_customer=True,
)
Index("cases_by_number", cases.c.workspace_id, cases.c.number, unique=True)
Index("cases_by_due", cases.c.workspace_id, cases.c.state, cases.c.due_at)
Index("cases_of_person", cases.c.workspace_id, cases.c.assignee_id, cases.c.state, cases.c.due_at)
Index("cases_of_role", cases.c.workspace_id, cases.c.owner, cases.c.state, cases.c.due_at)
Index("cases_of_customer", cases.c.workspace_id, cases.c.customer_id, cases.c.cause)
Index("cases_of_node", cases.c.workspace_id, cases.c.node_id)
Index("cases_of_plan", cases.c.workspace_id, cases.c.plan_id)
Index("cases_closed", cases.c.workspace_id, cases.c.closed_at)

case_notes = workspace_table(
    "case_notes",
    Column("id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)
Index("case_notes_of_case", case_notes.c.workspace_id, case_notes.c.case_id, case_notes.c.at)

case_moves = workspace_table(
    "case_moves",
    Column("id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False),
    Column("before", Text, nullable=False, server_default=""),
    Column("after", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
)
Index("case_moves_of_case", case_moves.c.workspace_id, case_moves.c.case_id, case_moves.c.at)

root_causes = workspace_table(
    "root_causes",
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
)

plans = workspace_table(
    "plans",
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("touchpoint", Text),
    Column("owner", Text, nullable=False),
    Column("target", Text, nullable=False, server_default=""),
    Column("due_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
Index("plans_by_state", plans.c.workspace_id, plans.c.state, plans.c.due_at)

watches = workspace_table(
    "watches",
    Column("name", Text, primary_key=True),
    Column("looked_at", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False, server_default="0"),
)
"""When the house last looked for something that shows by its absence (a silence) or costs a look (the value line), and what it found."""
