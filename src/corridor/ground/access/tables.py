"""The tables of who may come in. Passwords, session tokens and keys are kept as hashes only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Text

from corridor.ground.store import workspace_table

workspaces = workspace_table(
    "workspaces",
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

people = workspace_table(
    "people",
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
Index("people_by_email", people.c.workspace_id, people.c.email_key, unique=True)

sessions = workspace_table(
    "sessions",
    Column("token_hash", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
Index("sessions_by_person", sessions.c.workspace_id, sessions.c.person_id)

devices = workspace_table(
    "devices",
    Column("token_hash", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("devices_by_person", devices.c.workspace_id, devices.c.person_id)

keys = workspace_table(
    "keys",
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
)
Index("keys_by_hash", keys.c.workspace_id, keys.c.hash, unique=True)

audit = workspace_table(
    "audit",
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("audit_by_action", audit.c.workspace_id, audit.c.action, audit.c.number)

attempts = workspace_table(
    "sign_in_attempts",
    Column("id", Text, primary_key=True),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""Failed sign-ins of the last minutes. `who` is a hash of what is limited; the workspace is not known yet, so it stands as ''."""
Index("sign_in_attempts_by_who", attempts.c.workspace_id, attempts.c.who, attempts.c.at)
