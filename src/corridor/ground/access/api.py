"""People, keys, the audit and the workspace over the API. A key's text is answered once, when it is made."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from corridor.ground.access import people
from corridor.ground.access.audit import actions, head
from corridor.ground.access.callers import Administers, Sees, actor
from corridor.ground.access.facts import Action, Key, Person
from corridor.ground.access.heads import first_break
from corridor.ground.access.keys import create_key, keys_of, revoke_key
from corridor.ground.access.workspaces import change_workspace
from corridor.ground.vocabulary import Workspace, to_iso
from corridor.ground.web import Storage, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1", tags=["access"])

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=200)]


class Sent(BaseModel):
    """What a caller sends: a member that we don't know is refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class PersonOut(BaseModel):
    """Somebody who can sign in."""

    id: str
    email: str
    name: str
    role: str
    language: str
    created_at: str
    disabled_at: str | None


class PeopleOut(BaseModel):
    """Everybody of the workspace."""

    items: list[PersonOut]
    next: str | None = None


class PersonIn(Sent):
    """Somebody to let in."""

    email: str = Field(max_length=320)
    role: str = Field(max_length=40)
    password: str = Field(max_length=2000)
    name: str = Field("", max_length=200)
    language: str = Field("en", max_length=10)


class PersonChange(Sent):
    """What to change about somebody."""

    role: str | None = Field(None, max_length=40)
    disabled: bool | None = None


class KeyOut(BaseModel):
    """A key, without its text."""

    id: str
    kind: str
    name: str
    prefix: str
    role: str
    created_by: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class KeysOut(BaseModel):
    """The workspace's keys."""

    items: list[KeyOut]
    next: str | None = None


class KeyMade(KeyOut):
    """A new key with its text, which is not shown again."""

    key: str


class KeyIn(Sent):
    """A key to make: `write` to send events, `secret` for this API."""

    kind: str = Field(max_length=10)
    name: str = Field("", max_length=200)
    role: str = Field("admin", max_length=40)


class ActionOut(BaseModel):
    """A recorded action; `hash` chains it to the one before."""

    number: int
    at: str
    by: str
    by_name: str
    action: str
    subject: str
    address: str
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str


class AuditOut(BaseModel):
    """Recorded actions, the newest first."""

    items: list[ActionOut]
    next: str | None = None


class ChainOut(BaseModel):
    """Whether the audit's chain holds: its length, the newest hash, and the first record that does not fit."""

    records: int
    head: str
    broken_at: int | None


class WorkspaceOut(BaseModel):
    """The caller's workspace."""

    id: str
    name: str
    zone: str
    currency: str
    region: str
    language: str


class WorkspaceChange(Sent):
    """What to change about the workspace."""

    name: str | None = Field(None, max_length=200)
    zone: str | None = Field(None, max_length=100)
    currency: str | None = Field(None, max_length=10)
    region: str | None = Field(None, max_length=10)
    language: str | None = Field(None, max_length=10)


@router.get("/people")
def list_people(caller: Administers, store: Storage) -> PeopleOut:
    """List everybody who can sign in, or could."""
    with store.database.read() as connection:
        return PeopleOut(items=[_person(one) for one in people.people_of(connection, caller.workspace.id)])


@router.post("/people", status_code=201)
def add_person(request: Request, caller: Administers, store: Storage, sent: PersonIn) -> PersonOut:
    """Let somebody sign in."""
    by = actor(caller, request)
    with store.database.write() as connection:
        return _person(
            people.add_person(
                connection, caller.workspace.id, sent.email, sent.role, sent.password, by, name=sent.name, language=sent.language
            )
        )


@router.get("/people/{person_id}")
def show_person(caller: Administers, store: Storage, person_id: str) -> PersonOut:
    """Show one person."""
    with store.database.read() as connection:
        return _person(people.get_person(connection, caller.workspace.id, person_id))


@router.patch("/people/{person_id}")
def change_person(request: Request, caller: Administers, store: Storage, person_id: str, sent: PersonChange) -> PersonOut:
    """Give somebody another role, disable or enable them. Their sessions end."""
    by, workspace_id = actor(caller, request), caller.workspace.id
    with store.database.write() as connection:
        if sent.role is not None:
            people.change_role(connection, workspace_id, person_id, sent.role, by)
        if sent.disabled is not None:
            change = people.disable_person if sent.disabled else people.enable_person
            change(connection, workspace_id, person_id, by)
        return _person(people.get_person(connection, workspace_id, person_id))


@router.get("/keys")
def list_keys(caller: Administers, store: Storage) -> KeysOut:
    """List the keys, the newest first."""
    with store.database.read() as connection:
        return KeysOut(items=[_key(one) for one in keys_of(connection, caller.workspace.id)])


@router.post("/keys", status_code=201)
def make_key(request: Request, caller: Administers, store: Storage, sent: KeyIn) -> KeyMade:
    """Make a key; its text is in this answer and nowhere else."""
    with store.database.write() as connection:
        key, text = create_key(connection, caller.workspace.id, sent.kind, actor(caller, request), name=sent.name, role=sent.role)
    return KeyMade(key=text, **_key(key).model_dump())


@router.delete("/keys/{key_id}")
def stop_key(request: Request, caller: Administers, store: Storage, key_id: str) -> KeyOut:
    """Stop a key from working, within a second."""
    with store.database.write() as connection:
        return _key(revoke_key(connection, caller.workspace.id, key_id, actor(caller, request)))


@router.get("/audit")
def list_actions(
    caller: Administers,
    store: Storage,
    action: Annotated[str | None, Query(max_length=100)] = None,
    by: Annotated[str | None, Query(max_length=200)] = None,
    after: After = None,
    limit: Limit = 50,
) -> AuditOut:
    """List recorded actions, the newest first."""
    cursor = decode_cursor(after, int)
    with store.database.read() as connection:
        found = actions(
            connection, caller.workspace.id, action=action, by=by, before=cursor[0] if cursor else None, limit=limit + 1
        )
    following = encode_cursor(found[limit - 1].number) if len(found) > limit else None
    return AuditOut(items=[_action(one) for one in found[:limit]], next=following)


@router.get("/audit/chain")
def check_chain(request: Request, caller: Administers, store: Storage) -> ChainOut:
    """Walk the whole chain and say whether it holds."""
    with store.database.read() as connection:
        records, newest = head(connection, caller.workspace.id)
        return ChainOut(
            records=records, head=newest, broken_at=first_break(connection, caller.workspace.id, request.app.state.settings)
        )


@router.get("/workspace")
def show_workspace(caller: Sees) -> WorkspaceOut:
    """Show the workspace that the key or session belongs to."""
    return _workspace(caller.workspace)


@router.patch("/workspace")
def change(request: Request, caller: Administers, store: Storage, sent: WorkspaceChange) -> WorkspaceOut:
    """Change the workspace's name, zone, currency, region or language."""
    told = {name: value for name, value in sent.model_dump().items() if value is not None}
    with store.database.write() as connection:
        return _workspace(change_workspace(connection, caller.workspace, actor(caller, request), **told))


def _person(person: Person) -> PersonOut:
    return PersonOut(
        id=person.id, email=person.email, name=person.name, role=person.role, language=person.language,
        created_at=to_iso(person.created_at), disabled_at=to_iso(person.disabled_at) if person.disabled_at else None,
    )  # fmt: skip


def _key(key: Key) -> KeyOut:
    return KeyOut(
        id=key.id, kind=key.kind, name=key.name, prefix=key.prefix, role=key.role, created_by=key.created_by, created_at=to_iso(key.created_at),
        last_used_at=to_iso(key.last_used_at) if key.last_used_at else None, revoked_at=to_iso(key.revoked_at) if key.revoked_at else None,
    )  # fmt: skip


def _action(one: Action) -> ActionOut:
    return ActionOut(
        number=one.number, at=to_iso(one.at), by=one.by, by_name=one.by_name, action=one.action, subject=one.subject, address=one.address,
        before=one.before, after=one.after, hash=one.hash,
    )  # fmt: skip


def _workspace(one: Workspace) -> WorkspaceOut:
    return WorkspaceOut(id=one.id, name=one.name, zone=one.zone, currency=one.currency, region=one.region, language=one.language)
