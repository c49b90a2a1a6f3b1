"""Keys of programs: write keys send events, secret keys use the API. A key is shown once; only its hash is kept.

A key names its workspace (`sk_main_…`), so that no look-up ever crosses workspaces.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from corridor.ground.access.audit import record_action
from corridor.ground.access.facts import KEY_KINDS, ROLES, Actor, Key
from corridor.ground.access.secrets import hashed, new_token
from corridor.ground.access.tables import keys as table
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.vocabulary import SECOND, new_id, now

if TYPE_CHECKING:
    from corridor.ground.store import Store

BEGINNINGS = {"write": "wk", "secret": "sk"}


def create_key(
    connection: Connection, workspace_id: str, kind: str, by: Actor, *, name: str = "", role: str = "admin"
) -> tuple[Key, str]:
    """Make a key and return it with its text, which nobody can see again.

    Raises:
        Invalid: an unknown kind or role, or a name that is too long.
    """
    if kind not in KEY_KINDS:
        raise Invalid(
            f"{kind!r} is not a kind of key. Use write (to send events) or secret (for the API).",
            code="bad_key_kind",
            field="kind",
        )
    if role not in ROLES:
        raise Invalid(f"{role!r} is not a role. Use one of: {', '.join(ROLES)}.", code="bad_role", field="role")
    if len(name) > 100:
        raise Invalid("A key's name has up to 100 characters.", code="bad_name", field="name")
    text = f"{BEGINNINGS[kind]}_{workspace_id}_{new_token()}"
    key = Key(
        id=new_id(), kind=kind, name=name.strip() or f"{kind} key", prefix=text[: len(workspace_id) + 10], role=role,
        created_by=by.name, created_at=now(), last_used_at=None, revoked_at=None,
    )  # fmt: skip
    values = {column: getattr(key, column) for column in ("id", "kind", "name", "prefix", "role", "created_by", "created_at")}
    connection.execute(insert(table).values(workspace_id=workspace_id, hash=hashed(text), **values))
    record_action(connection, workspace_id, by, "key created", key.prefix, after={"kind": kind, "name": key.name, "role": role})
    return key, text


def keys_of(connection: Connection, workspace_id: str) -> list[Key]:
    """Return all keys of the workspace, the newest first."""
    query = select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id.desc())
    return [_fact(row) for row in connection.execute(query)]


def revoke_key(connection: Connection, workspace_id: str, key_id: str, by: Actor) -> Key:
    """Stop a key from working, within a second everywhere. It says so again if it was stopped before.

    Raises:
        NotFound: there is no such key here.
    """
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == key_id)).first()
    if row is None:
        raise NotFound(f"There is no key {key_id!r}. `corridor key list` shows them.", field="id")
    if row.revoked_at is None:
        connection.execute(
            update(table).where(table.c.workspace_id == workspace_id, table.c.id == key_id).values(revoked_at=now())
        )
        record_action(connection, workspace_id, by, "key revoked", row.prefix, before={"kind": row.kind, "name": row.name})
    return next(key for key in keys_of(connection, workspace_id) if key.id == key_id)


def workspace_of_key(text: str) -> str:
    """Return the workspace that a key names, or '' if it is no key of ours."""
    parts = text.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] in BEGINNINGS.values() else ""


def find_key(connection: Connection, text: str, kind: str) -> tuple[str, Key] | None:
    """Return the workspace and the key of this text, if it is one of this kind and works."""
    workspace_id = workspace_of_key(text)
    query = select(table).where(table.c.workspace_id == workspace_id, table.c.hash == hashed(text))
    row = connection.execute(query).first() if workspace_id else None
    if row is None or row.kind != kind or row.revoked_at is not None:
        return None
    return row.workspace_id, _fact(row)


def workspace_of_write_key(connection: Connection, key: str) -> tuple[str, str] | None:
    """Return the workspace and the source's name that a write key sends for, or None if it does not work."""
    found = find_key(connection, key, "write")
    return (found[0], found[1].name) if found else None


class KeyRing:
    """The write keys that work, in memory: a look-up costs a dictionary. A revoked key stops within a second, a new one works at once."""

    def __init__(self, store: Store, *, fresh_for: float = 0.9) -> None:
        self._store = store
        self._fresh_for = fresh_for
        self._known: dict[str, tuple[str, str]] = {}
        self._read_at = float("-inf")
        self._turn = threading.Lock()
        self._used: dict[tuple[str, str], int] = {}

    def workspace_of_write_key(self, key: str) -> tuple[str, str] | None:
        """Return the workspace and the source's name that a write key sends for, or None if it does not work."""
        if time.monotonic() - self._read_at > self._fresh_for:
            self._refresh()
        found = self._known.get(key)
        return found if found is not None else self._look_up(key)

    def _refresh(self) -> None:
        """Forget the keys that have been revoked; one thread does it, the others go on with what is known."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            with self._store.database.read() as connection:
                works = self._working(connection, {found[0] for found in self._known.values()})
            self._known = {key: found for key, found in self._known.items() if (found[0], hashed(key)) in works}
            self._read_at = time.monotonic()
        finally:
            self._turn.release()

    def _working(self, connection: Connection, workspace_ids: set[str]) -> set[tuple[str, str]]:
        query = select(table.c.workspace_id, table.c.hash).where(
            table.c.workspace_id.in_(sorted(workspace_ids)), table.c.kind == "write", table.c.revoked_at.is_(None)
        )
        return {(row.workspace_id, row.hash) for row in connection.execute(query)}

    def _look_up(self, key: str) -> tuple[str, str] | None:
        if not workspace_of_key(key):
            return None
        with self._store.database.read() as connection:
            found = workspace_of_write_key(connection, key)
        if found is not None:
            self._known = {**self._known, key: found}
        return found


def note_use(connection: Connection, workspace_id: str, key_id: str) -> None:
    """Keep when a key was last used, to the minute."""
    moment = now()
    connection.execute(
        update(table)
        .where(table.c.workspace_id == workspace_id, table.c.id == key_id)
        .where((table.c.last_used_at.is_(None)) | (table.c.last_used_at < moment - 60 * SECOND))
        .values(last_used_at=moment)
    )


def _fact(row: Any) -> Key:
    return Key(
        id=row.id, kind=row.kind, name=row.name, prefix=row.prefix, role=row.role, created_by=row.created_by,
        created_at=row.created_at, last_used_at=row.last_used_at, revoked_at=row.revoked_at,
    )  # fmt: skip
