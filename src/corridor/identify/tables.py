"""What identify keeps."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text

from corridor.ground.store import workspace_table

nodes = workspace_table(
    "nodes",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("root", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("first_seen", Integer, nullable=False),
    Column("key", LargeBinary),
)
"""`key` seals the personal part of the node's events in the lake; null once it was destroyed."""
Index("nodes_by_value", nodes.c.workspace_id, nodes.c.kind, nodes.c.value, unique=True)
Index("nodes_by_customer", nodes.c.workspace_id, nodes.c.customer_id)

customers = workspace_table(
    "customers",
    Column("id", Text, primary_key=True),
    Column("root", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("merged_into", Text),
)
Index("customers_by_root", customers.c.workspace_id, customers.c.root)

links = workspace_table(
    "links",
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, nullable=False),
    Column("other_id", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Integer, nullable=False),
)
Index("links_by_node", links.c.workspace_id, links.c.node_id)
Index("links_by_other", links.c.workspace_id, links.c.other_id)

merges = workspace_table(
    "merges",
    Column("id", Text, primary_key=True),
    Column("keep", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("other_root", Integer, nullable=False),
    Column("nodes", Text, nullable=False),
    Column("keep_nodes", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("undone_at", Integer),
    Column("undone_by", Text),
)
Index("merges_by_keep", merges.c.workspace_id, merges.c.keep)
Index("merges_by_other", merges.c.workspace_id, merges.c.other)

identity_changes = workspace_table("identity_changes", Column("version", Integer, nullable=False))
"""One row a workspace, counted up by merges and undoings made outside the line, so that the line forgets what it remembers."""
