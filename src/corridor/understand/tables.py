"""What understand keeps in the database. All of it can be worked out anew from what listen and the lake hold."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Text

from corridor.ground.store import workspace_table

gaps = workspace_table(
    "gaps",
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("touchpoint", Text),
    Column("channel", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("experience", Float, nullable=False),
    Column("expectation", Float),
    Column("gap", Float),
    Column("source", Text),
    follows_customer=True,
)
"""One row a response about an experience; its id is the response's."""
# It covers the question of the mean gap at each touchpoint and channel.
Index(
    "gaps_by_time",
    gaps.c.workspace_id,
    gaps.c.at,
    gaps.c.touchpoint,
    gaps.c.channel,
    gaps.c.experience,
    gaps.c.expectation,
    gaps.c.gap,
    gaps.c.source,
    gaps.c.customer_id,
)
Index("gaps_by_customer", gaps.c.workspace_id, gaps.c.customer_id, gaps.c.at)
Index("gaps_by_node", gaps.c.workspace_id, gaps.c.node_id)
Index("gaps_by_touchpoint", gaps.c.workspace_id, gaps.c.touchpoint, gaps.c.at)

satisfaction = workspace_table(
    "satisfaction",
    Column("customer_id", Text, primary_key=True),
    Column("value", Float, nullable=False),
    Column("n", Integer, nullable=False),
    Column("expects", Float),
    Column("at", Integer, nullable=False),
)

corridor_state = workspace_table(
    "corridor_state",
    Column("asked", Text, primary_key=True),
    Column("as_of", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Finished corridors by what was asked (`90d`, or days with a segment or channel); `stamp` says what they were worked out from."""

portfolio_settings = workspace_table(
    "portfolio_settings",
    Column("of", Text, primary_key=True),
    Column("x", Text, nullable=False),
    Column("y", Text, nullable=False),
    Column("threshold", Integer),
    Column("satisfaction_split", Float, nullable=False),
)
"""How the portfolio of accounts, and that of customers, is laid out; without a threshold it is worked out from the amounts."""
