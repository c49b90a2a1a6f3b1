"""What imports keep in the database: each run with its counts, and marks of what was handed in, so that it is never handed in twice."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text

from corridor.ground.store import workspace_table

imports = workspace_table(
    "imports",
    Column("id", Text, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    Column("finished_at", Integer),
    Column("accepted", Integer, nullable=False, default=0),
    Column("quarantined", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("tables", Text, nullable=False, default="[]"),
    Column("reasons", Text, nullable=False, default="{}"),
    Column("error", Text, nullable=False, default=""),
)
"""One row a run; `digest` is that of the mapping's text."""
Index("imports_by_time", imports.c.workspace_id, imports.c.started_at)

import_marks = workspace_table(
    "import_marks",
    Column("mapping", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digests", LargeBinary, nullable=False),
)
"""One row a chunk: the 16-byte digests of the events' message ids (kind `event`) or of the broken rows (kind `row`) in it."""
