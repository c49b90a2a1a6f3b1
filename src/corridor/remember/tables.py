"""What remember keeps. Node profiles are the base; a customer's profile is what its nodes' profiles come to together."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text

from corridor.ground.store import workspace_table

node_profiles = workspace_table(
    "node_profiles",
    Column("node_id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Text, nullable=False),
    Column("first_seen", Integer, nullable=False),
    Column("last_seen", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("channels", Text, nullable=False),
    Column("traits", Text, nullable=False),
    Column("account_id", Text),
    Column("account_at", Integer),
    Column("billed", Integer, nullable=False),
    Column("paid", Integer, nullable=False),
    Column("forecast", Integer, nullable=False),
    follows_customer=True,
)
"""`traits` maps a name to [value, when it was said]; money is in minor units of the workspace's currency."""
Index("node_profiles_by_customer", node_profiles.c.workspace_id, node_profiles.c.customer_id)

profiles = workspace_table(
    "profiles",
    Column("id", Text, primary_key=True),
    Column("root", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("traits", Text, nullable=False),
    Column("account_id", Text),
    Column("language", Text, nullable=False),
    Column("first_seen", Integer, nullable=False),
    Column("last_seen", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("billed", Integer, nullable=False),
    Column("paid", Integer, nullable=False),
    Column("forecast", Integer, nullable=False),
    Column("search", Text, nullable=False),
)
"""`search` holds name, identifiers and e-mail in one normal form, for the global search."""
Index("profiles_by_last_seen", profiles.c.workspace_id, profiles.c.last_seen, profiles.c.id)
Index("profiles_by_account", profiles.c.workspace_id, profiles.c.account_id)
Index("profiles_by_billed", profiles.c.workspace_id, profiles.c.billed)

accounts = workspace_table(
    "accounts",
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("traits", Text, nullable=False),
    Column("first_seen", Integer, nullable=False),
)
Index("accounts_by_key", accounts.c.workspace_id, accounts.c.key, unique=True)

timeline = workspace_table(
    "timeline",
    Column("customer_id", Text, primary_key=True),
    Column("at", Integer, primary_key=True, autoincrement=False),
    Column("offset", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("node_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("touchpoint", Text),
    Column("account", Text),
    Column("detail", Text, nullable=False),
    follows_customer=True,
)
"""The last months of each customer; older moments are read from the lake."""
Index("timeline_by_time", timeline.c.workspace_id, timeline.c.at)

revenue = workspace_table(
    "revenue",
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("account_id", Text),
    Column("at", Integer, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    follows_customer=True,
)
"""One row an event that carries money; refunds are negative. `id` is journal offset and position."""
Index("revenue_by_customer", revenue.c.workspace_id, revenue.c.customer_id, revenue.c.at, revenue.c.kind)
# It covers the question of what customers brought in a period.
Index(
    "revenue_by_time",
    revenue.c.workspace_id,
    revenue.c.kind,
    revenue.c.at,
    revenue.c.customer_id,
    revenue.c.amount,
    revenue.c.currency,
)

segmentations = workspace_table("segmentations", Column("trait", Text, primary_key=True))
"""Traits whose values make segments: the trait `state` makes `state:SP`, `state:RJ` …"""

segment_members = workspace_table(
    "segment_members",
    Column("segment", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
)
Index("segment_members_by_customer", segment_members.c.workspace_id, segment_members.c.customer_id)
