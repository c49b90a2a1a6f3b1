"""What becomes of cases, written down twice: a line in the case's own history, and an event that lands on the customer's timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert

from corridor import collect
from corridor.act.facts import Case, Move
from corridor.act.tables import case_moves
from corridor.ground.vocabulary import Microseconds, new_id


def move(case: Case, kind: str, at: Microseconds, *, by: str = "", before: str = "", after: str = "", why: str = "") -> Move:
    """Return one line of a case's history."""
    return Move(id=new_id(), case_id=case.id, at=at, by=by, kind=kind, before=before, after=after, why=why)


def keep(connection: Connection, workspace_id: str, moves: Iterable[Move]) -> None:
    """Write lines of history."""
    rows = [{**asdict(line), "workspace_id": workspace_id} for line in moves]
    if rows:
        connection.execute(insert(case_moves), rows)


def tell(connection: Connection, workspace_id: str, name: str, case: Case, at: Microseconds, **properties: Any) -> None:
    """Hand collect the event that something was done about a case, so that it stands on the customer's timeline."""
    told = {
        "case_id": case.id,
        "case_number": case.number,
        "cause": case.cause,
        "touchpoint": case.touchpoint,
        "owner": case.owner,
        "severity": case.severity,
        **properties,
    }
    collect.record(connection, workspace_id, name, node=case.node_id, properties=told, at=at)
