"""The tables of measure. A pulse carries no person: only a hash whose salt is destroyed when its week is over."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Text

from corridor.ground.store import workspace_table

pulses = workspace_table(
    "pulses",
    Column("week", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("score", Integer, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
)
Index("pulses_by_time", pulses.c.workspace_id, pulses.c.starts_at)

pulse_salts = workspace_table(
    "pulse_salts",
    Column("week", Text, primary_key=True),
    Column("salt", Text, nullable=False),
)

targets = workspace_table(
    "targets",
    Column("goal", Text, primary_key=True),
    Column("value", Float, nullable=False),
    Column("until", BigInteger),
    Column("version", Integer, nullable=False),
)
