"""The API of identify: merges with their evidence, and their undoing."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from corridor.ground.access import Sees, Works, actor, record_action
from corridor.ground.problems import NotFound
from corridor.ground.vocabulary import to_iso
from corridor.ground.web import Storage
from corridor.identify import look, merging
from corridor.identify.facts import Link, Merge

router = APIRouter(prefix="/api/v1", tags=["identify"])


class Identifier(BaseModel):
    """One identifier of a customer."""

    kind: str
    value: str
    first_seen: str


class LinkOut(BaseModel):
    """Why two identifiers are (`active`), or are not (`refused`, `undone`), one customer's."""

    one: Identifier
    other: Identifier
    rule: str
    state: str
    reason: str
    message_id: str
    source: str
    at: str


class MergeOut(BaseModel):
    """A decision that two customers are one."""

    id: str
    keep: str
    other: str
    rule: str
    by: str
    reason: str
    at: str
    undone_at: str | None
    undone_by: str | None


class Identity(BaseModel):
    """All that makes a customer one person."""

    customer: str
    identifiers: list[Identifier]
    links: list[LinkOut]
    merges: list[MergeOut]


class MergeIn(BaseModel):
    """Two customers that are one; `keep`'s id stays."""

    keep: str = Field(max_length=100)
    other: str = Field(max_length=100)
    reason: str = Field(min_length=1, max_length=1000)


@router.get("/customers/{id}/identity")
def get_identity(id: str, caller: Sees, store: Storage) -> Identity:
    """Return a customer's identifiers, the evidence that links them, and the merges it took part in."""
    workspace_id = caller.workspace.id
    with store.database.read() as connection:
        current = look.survivor(connection, workspace_id, id)
        if current is None:
            raise NotFound("There is no such customer.")
        nodes = look.nodes_of(connection, workspace_id, current)
        links = look.links_of(connection, workspace_id, current)
        merges = look.merges_of(connection, workspace_id, current)
    return Identity(
        customer=current,
        identifiers=[Identifier(kind=node.kind, value=node.value, first_seen=to_iso(node.first_seen)) for node in nodes],
        links=[link_out(link) for link in links],
        merges=[merge_out(merge) for merge in merges],
    )


@router.post("/merges", status_code=201)
def post_merge(body: MergeIn, caller: Works, store: Storage, request: Request) -> MergeOut:
    """Record that two customers are one; everything follows at once and nothing is lost."""
    workspace_id = caller.workspace.id
    with store.database.write() as connection:
        done = merging.merge(connection, workspace_id, body.keep, body.other, caller.name, body.reason)
        record_action(
            connection,
            workspace_id,
            actor(caller, request),
            "customers merged",
            done.id,
            after={"keep": done.keep, "other": done.other},
        )
    store.news.tell_all(workspace_id, [("customer", done.keep), ("customer", done.other)])
    return merge_out(done)


@router.post("/merges/{id}/undo")
def post_undo(id: str, caller: Works, store: Storage, request: Request) -> MergeOut:
    """Undo a merge; both customers are as if it had never been."""
    workspace_id = caller.workspace.id
    with store.database.write() as connection:
        undone = merging.undo(connection, workspace_id, id, caller.name)
        record_action(connection, workspace_id, actor(caller, request), "merge undone", id)
    store.news.tell_all(workspace_id, [("customer", undone.keep), ("customer", undone.other)])
    return merge_out(undone)


def link_out(link: Link) -> LinkOut:
    """Return a link as the API shows it."""
    one, other = (
        Identifier(kind=node.kind, value=node.value, first_seen=to_iso(node.first_seen)) for node in (link.node, link.other)
    )
    return LinkOut(
        one=one,
        other=other,
        rule=link.rule,
        state=link.state,
        reason=link.reason,
        message_id=link.message_id,
        source=link.source,
        at=to_iso(link.at),
    )


def merge_out(merge: Merge) -> MergeOut:
    """Return a merge as the API shows it."""
    return MergeOut(
        id=merge.id,
        keep=merge.keep,
        other=merge.other,
        rule=merge.rule,
        by=merge.by,
        reason=merge.reason,
        at=to_iso(merge.at),
        undone_at=to_iso(merge.undone_at) if merge.undone_at else None,
        undone_by=merge.undone_by,
    )
