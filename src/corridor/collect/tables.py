"""What collect keeps in the database. Events themselves live in the journal and the lake."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, Text

from corridor.ground.store import workspace_table

touchpoints = workspace_table(
    "touchpoints",
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("names", Text, nullable=False, default="{}"),
    Column("stage", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("events", Text, nullable=False),
    Column("pages", Text, nullable=False),
    Column("narrowed", Text, nullable=False),
    Column("norm", Float),
    Column("target", Float),
    Column("place", Integer, nullable=False, default=0),
)

outbox = workspace_table(
    "outbox",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("message_id", Text, nullable=False),
    Column("recorded_at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    clustered=False,
)
"""What rooms and people did, written in their own transaction and taken up by the line as events."""

outbox_progress = workspace_table("outbox_progress", Column("last_id", Integer, nullable=False))

quarantine = workspace_table(
    "quarantine",
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("received_at", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    clustered=False,
)
Index("quarantine_by_source", quarantine.c.workspace_id, quarantine.c.source, quarantine.c.received_at)
Index("quarantine_by_time", quarantine.c.workspace_id, quarantine.c.received_at)

seen_messages = workspace_table(
    "seen_messages",
    Column("day", Integer, primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("digests", LargeBinary, nullable=False),
    clustered=False,
)
"""Digests of message ids, one row a batch, so that each row is written once and a day is dropped whole."""

line_progress = workspace_table(
    "line_progress",
    Column("offset", Integer, nullable=False),
)
"""One row (workspace_id '*'): the last offset of the journal whose events have walked the line."""

sources = workspace_table(
    "sources",
    Column("source", Text, primary_key=True),
    Column("first_at", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
)
