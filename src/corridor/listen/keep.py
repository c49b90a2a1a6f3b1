"""Writes promises: joins a batch's news with what was known before, and hands on what was made and what was settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from corridor import collect
from corridor.ground.vocabulary import Batch, Microseconds, Workspace, to_iso
from corridor.listen.facts import Promise, PromiseMade, PromiseSettled
from corridor.listen.promise import Evidence, Made, News, decode, encode, promise_id

KNOWN = text("""
    SELECT id, customer_id, state, miss, alarm_at, evidence FROM promises
    WHERE workspace_id = :workspace AND id IN :ids""").bindparams(bindparam("ids", expanding=True))

UNTOLD = text("""
    SELECT id, evidence FROM untold_promises
    WHERE workspace_id = :workspace AND id IN :ids""").bindparams(bindparam("ids", expanding=True))

KEEP = text("""
    INSERT INTO promises (workspace_id, id, promise_key, node_id, customer_id, account_id, touchpoint, channel, at, event,
                          state, made_at, due_at, fulfilled_at, unit, value, miss, alarm_at, evidence)
    VALUES (:workspace, :id, :promise_key, :node_id, :customer_id, :account_id, :touchpoint, :channel, :at, :event,
            :state, :made_at, :due_at, :fulfilled_at, :unit, :value, :miss, :alarm_at, :evidence)
    ON CONFLICT (workspace_id, id) DO UPDATE SET
        node_id = excluded.node_id, customer_id = excluded.customer_id, account_id = excluded.account_id,
        touchpoint = excluded.touchpoint, channel = excluded.channel, at = excluded.at, event = excluded.event,
        state = excluded.state, made_at = excluded.made_at, due_at = excluded.due_at, fulfilled_at = excluded.fulfilled_at,
        unit = excluded.unit, value = excluded.value, miss = excluded.miss, alarm_at = excluded.alarm_at, evidence = excluded.evidence""")

KEEP_UNTOLD = text("""
    INSERT INTO untold_promises (workspace_id, id, evidence) VALUES (:workspace, :id, :evidence)
    ON CONFLICT (workspace_id, id) DO UPDATE SET evidence = excluded.evidence""")

FORGET_UNTOLD = text("DELETE FROM untold_promises WHERE workspace_id = :workspace AND id = :id")

FELL_DUE = text("""
    SELECT id, promise_key, node_id, touchpoint, channel, due_at, unit, value FROM promises
    WHERE workspace_id = :workspace AND alarm_at <= :moment ORDER BY alarm_at LIMIT 500""")

NOTICED = text("UPDATE promises SET alarm_at = NULL WHERE workspace_id = :workspace AND id = :id")


@dataclass(slots=True)
class Standing:
    """How a promise stood before this batch."""

    evidence: Evidence
    waiting: bool = False
    """Is it kept among the untold, because only its end is known?"""
    customer: str = ""
    state: str = ""
    miss: float | None = None
    alarm_at: Microseconds | None = None


def keep_promises(batch: Batch, connection: Connection, news: list[tuple[str, News, str]]) -> None:
    """Write what the news makes of each promise, and put the facts on the batch."""
    workspace_id = batch.workspace.id
    keys = {key: promise_id(workspace_id, key) for key in {key for key, _, _ in news}}
    standing = _standing(connection, workspace_id, keys)
    made_before = {key: known.evidence.made for key, known in standing.items()}
    customers: dict[int, str] = {}
    for key, told, customer in news:
        customers[told.node] = customer
        standing[key].evidence.add(told)
    rows, waiting, told_now = [], [], []
    for key, known in standing.items():
        evidence = known.evidence
        if evidence.home is None:
            waiting.append({"workspace": workspace_id, "id": keys[key], "evidence": encode(evidence).decode()})
            continue
        promise = _promise(keys[key], evidence, customers, known)
        rows.append(_row(workspace_id, promise, evidence, _alarm(promise, evidence, known, made_before[key])))
        if known.waiting:
            told_now.append({"workspace": workspace_id, "id": promise.id})
        if made_before[key] is None and evidence.made is not None:
            batch.put(PromiseMade(promise))
        if evidence.end is not None and (promise.state, promise.miss) != (known.state, known.miss):
            batch.put(PromiseSettled(promise, evidence.end.at, evidence.end.event))
    if rows:
        connection.execute(KEEP, rows)
    if waiting:
        connection.execute(KEEP_UNTOLD, waiting)
    if told_now:
        connection.execute(FORGET_UNTOLD, told_now)


def overdue(workspace: Workspace, connection: Connection, moment: Microseconds) -> None:
    """Record `Promise Overdue` once for each promise that has fallen due without being kept.

    A promise that came in after it had fallen due, as an import of history brings them, has no alarm: nobody can act on it now.
    """
    fell_due = connection.execute(FELL_DUE, {"workspace": workspace.id, "moment": moment}).all()
    for row in fell_due:
        collect.record(
            connection,
            workspace.id,
            "Promise Overdue",
            node=row.node_id,
            properties={
                "promise_id": row.promise_key,
                "due": to_iso(row.due_at),
                "unit": row.unit,
                **({"value": row.value} if row.value is not None else {}),
                **({"touchpoint": row.touchpoint} if row.touchpoint else {}),
            },
            at=moment,
            channel=row.channel,
            message_id=f"overdue-{row.id}",
        )
    if fell_due:
        connection.execute(NOTICED, [{"workspace": workspace.id, "id": row.id} for row in fell_due])


def _standing(connection: Connection, workspace_id: str, keys: dict[str, str]) -> dict[str, Standing]:
    asked = {"workspace": workspace_id, "ids": list(keys.values())}
    found: dict[str, Standing] = {
        row.id: Standing(decode(row.evidence), False, row.customer_id, row.state, row.miss, row.alarm_at)
        for row in connection.execute(KNOWN, asked)
    }
    for row in connection.execute(UNTOLD, asked):
        found[row.id] = Standing(decode(row.evidence), waiting=True)
    return {key: found.get(own_id) or Standing(Evidence(key)) for key, own_id in keys.items()}


def _promise(id: str, evidence: Evidence, customers: dict[int, str], known: Standing) -> Promise:
    home, made = evidence.home, evidence.made
    assert home is not None
    state, fulfilled_at, miss = evidence.outcome()
    said_unit = evidence.said.unit if evidence.said and evidence.said.miss is not None else ""
    return Promise(
        id=id,
        node=home.node,
        customer=customers.get(home.node) or known.customer,
        account=home.account,
        touchpoint=home.touchpoint,
        channel=home.channel,
        at=home.at,
        event=home.event,
        key=evidence.key,
        state=state,
        made_at=made.at if made else None,
        due_at=made.due_at if made else None,
        fulfilled_at=fulfilled_at,
        unit=said_unit or (made.unit if made else "") or (evidence.said.unit if evidence.said else ""),
        value=made.value if made else None,
        miss=miss,
    )


def _alarm(promise: Promise, evidence: Evidence, known: Standing, made_before: Made | None) -> Microseconds | None:
    if promise.state != "open" or evidence.made is None or promise.due_at is None:
        return None
    if made_before is evidence.made:
        return known.alarm_at
    return promise.due_at if evidence.made.received_at <= promise.due_at else None


def _row(workspace_id: str, promise: Promise, evidence: Evidence, alarm_at: Microseconds | None) -> dict[str, Any]:
    return {
        "workspace": workspace_id,
        "id": promise.id,
        "promise_key": promise.key,
        "node_id": promise.node,
        "customer_id": promise.customer,
        "account_id": promise.account,
        "touchpoint": promise.touchpoint,
        "channel": promise.channel,
        "at": promise.at,
        "event": promise.event,
        "state": promise.state,
        "made_at": promise.made_at,
        "due_at": promise.due_at,
        "fulfilled_at": promise.fulfilled_at,
        "unit": promise.unit,
        "value": promise.value,
        "miss": promise.miss,
        "alarm_at": alarm_at,
        "evidence": encode(evidence).decode(),
    }
