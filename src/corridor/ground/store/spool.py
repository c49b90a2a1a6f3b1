"""Between database and lake: rows that the line has committed and the lake not yet. So both hold every event exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Integer, LargeBinary, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from corridor.ground.store.database import workspace_table

if TYPE_CHECKING:
    import pyarrow

lake_spool = workspace_table(
    "lake_spool",
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("last_offset", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    clustered=False,
)
lake_progress = workspace_table(
    "lake_progress",
    Column("batch", Integer, nullable=False, default=0),
)
"""One row a workspace: the number of the last batch ever spooled, so that numbers never come twice."""

moved_nodes = workspace_table(
    "moved_nodes",
    Column("node_id", Integer, primary_key=True, autoincrement=False),
    Column("root", Integer, nullable=False),
)
"""Nodes whose customer is another than when (some of) their events were written; folded into the lake by compaction."""


def spool(connection: Connection, workspace_id: str, rows: pyarrow.Table, last_offset: int) -> int:
    """Keep the lake rows of a batch, in the batch's own transaction; return the batch's number."""
    import pyarrow as pa

    batch = last_batch(connection, workspace_id) + 1
    connection.execute(
        insert(lake_progress)
        .values(workspace_id=workspace_id, batch=batch)
        .on_conflict_do_update(index_elements=["workspace_id"], set_={"batch": batch})
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(rows)
    connection.execute(
        lake_spool.insert().values(
            workspace_id=workspace_id,
            batch=batch,
            last_offset=last_offset,
            rows=rows.num_rows,
            body=sink.getvalue().to_pybytes(),
        )
    )
    return batch


def spooled(connection: Connection, workspace_id: str, after: int = 0, most: int = 100) -> tuple[pyarrow.Table | None, int]:
    """Return the spooled rows behind batch number `after` as one table, with the number of the last batch in it."""
    import pyarrow as pa

    found = connection.execute(
        select(lake_spool.c.batch, lake_spool.c.body)
        .where(lake_spool.c.workspace_id == workspace_id, lake_spool.c.batch > after)
        .order_by(lake_spool.c.batch)
        .limit(most)
    ).all()
    if not found:
        return None, after
    tables = [pa.ipc.open_stream(pa.py_buffer(body)).read_all() for _, body in found]
    return pa.concat_tables(tables), int(found[-1].batch)


def waiting(connection: Connection, workspace_id: str) -> int:
    """Return how many rows wait for the lake."""
    total = connection.execute(select(func.sum(lake_spool.c.rows)).where(lake_spool.c.workspace_id == workspace_id)).scalar()
    return int(total or 0)


def last_batch(connection: Connection, workspace_id: str) -> int:
    """Return the number of the last batch ever spooled."""
    found = connection.execute(select(lake_progress.c.batch).where(lake_progress.c.workspace_id == workspace_id)).scalar()
    return int(found or 0)


def let_go(connection: Connection, workspace_id: str, upto: int) -> None:
    """Drop the spooled batches up to this number: the lake has them."""
    connection.execute(delete(lake_spool).where(lake_spool.c.workspace_id == workspace_id, lake_spool.c.batch <= upto))


def moved(connection: Connection, workspace_id: str) -> pyarrow.Table:
    """Return the moved nodes as a table (node, root)."""
    import pyarrow as pa

    found = connection.execute(
        select(moved_nodes.c.node_id, moved_nodes.c.root).where(moved_nodes.c.workspace_id == workspace_id)
    ).all()
    return pa.table(
        {
            "node": pa.array([row.node_id for row in found], pa.int64()),
            "root": pa.array([row.root for row in found], pa.int64()),
        }
    )


def forget_moved(connection: Connection, workspace_id: str, folded: pyarrow.Table) -> None:
    """Forget nodes whose rows in the lake carry their root by now, unless they have moved again meanwhile."""
    connection.exec_driver_sql(
        "DELETE FROM moved_nodes WHERE workspace_id = ? AND node_id = ? AND root = ?",
        [(workspace_id, node, root) for node, root in zip(folded["node"].to_pylist(), folded["root"].to_pylist(), strict=True)],
    )
