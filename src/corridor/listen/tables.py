"""The tables of what was heard: responses, expectations and promises. Those of the surveys stand in `surveys/tables.py`."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Text

from corridor.ground.store import workspace_table

responses = workspace_table(
    "responses",
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("touchpoint", Text),
    Column("channel", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("lowest", Float, nullable=False),
    Column("highest", Float, nullable=False),
    Column("common", Float, nullable=False),
    Column("text", Text, nullable=False),
    Column("survey_id", Text),
    Column("answer_id", Text),
    follows_customer=True,
)
# It covers the question of the mean at each touchpoint.
Index(
    "responses_by_time",
    responses.c.workspace_id,
    responses.c.at,
    responses.c.kind,
    responses.c.channel,
    responses.c.touchpoint,
    responses.c.common,
)
Index("responses_by_customer", responses.c.workspace_id, responses.c.customer_id, responses.c.at)
Index("responses_by_node", responses.c.workspace_id, responses.c.node_id)
Index(
    "responses_by_survey",
    responses.c.workspace_id,
    responses.c.survey_id,
    responses.c.at,
    sqlite_where=responses.c.survey_id.is_not(None),
)

expectations = workspace_table(
    "expectations",
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("touchpoint", Text),
    Column("channel", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("lowest", Float, nullable=False),
    Column("highest", Float, nullable=False),
    Column("common", Float, nullable=False),
    Column("about", Text, nullable=False),
    Column("survey_id", Text),
    Column("answer_id", Text),
    follows_customer=True,
)
Index("expectations_by_time", expectations.c.workspace_id, expectations.c.at)
Index(
    "expectations_by_customer",
    expectations.c.workspace_id,
    expectations.c.customer_id,
    expectations.c.touchpoint,
    expectations.c.at,
)
Index("expectations_by_node", expectations.c.workspace_id, expectations.c.node_id)
Index(
    "expectations_by_survey",
    expectations.c.workspace_id,
    expectations.c.survey_id,
    expectations.c.at,
    sqlite_where=expectations.c.survey_id.is_not(None),
)

promises = workspace_table(
    "promises",
    Column("id", Text, primary_key=True),
    Column("promise_key", Text, nullable=False),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("touchpoint", Text),
    Column("channel", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", Integer),
    Column("due_at", Integer),
    Column("fulfilled_at", Integer),
    Column("unit", Text, nullable=False),
    Column("value", Float),
    Column("miss", Float),
    # When to notice that it is overdue; empty once noticed or settled, and for promises that came in after they fell due.
    Column("alarm_at", Integer),
    Column("evidence", Text, nullable=False),
    follows_customer=True,
)
# It covers the question of how many are kept at each touchpoint.
Index("promises_by_time", promises.c.workspace_id, promises.c.at, promises.c.state, promises.c.channel, promises.c.touchpoint)
Index("promises_by_customer", promises.c.workspace_id, promises.c.customer_id, promises.c.at)
Index("promises_by_node", promises.c.workspace_id, promises.c.node_id)
Index("promises_alarmed", promises.c.workspace_id, promises.c.alarm_at, sqlite_where=promises.c.alarm_at.is_not(None))

# Fulfilments and withdrawals of promises that nobody has told us of yet; a row moves to `promises` when they do.
untold_promises = workspace_table(
    "untold_promises",
    Column("id", Text, primary_key=True),
    Column("evidence", Text, nullable=False),
)
