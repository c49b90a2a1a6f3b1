"""Proving who one is: a password tried under limits, in the same time and with the same answer whether or not the address is known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select, update

from corridor.ground.access.audit import record_action
from corridor.ground.access.facts import Actor
from corridor.ground.access.people import email_key
from corridor.ground.access.secrets import hash_of_nobody, hash_password, hashed, matches, new_token, outdated
from corridor.ground.access.sessions import begin_session, end_session
from corridor.ground.access.tables import attempts, devices
from corridor.ground.access.tables import people as people_table
from corridor.ground.access.tables import workspaces as workspaces_table
from corridor.ground.problems import TooMany
from corridor.ground.vocabulary import SECOND, Microseconds, new_id, now

if TYPE_CHECKING:
    from corridor.ground.settings import Settings
    from corridor.ground.store import Store

MINUTE = 60 * SECOND
NOWHERE = ""
"""The workspace of an attempt: it is not known before the person is."""

LONGEST_WINDOW = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts may be made in a window of time on one thing that is limited."""

    count: int
    window: Microseconds


HERE_AND_NAME = Limit(5, 5 * MINUTE)
NAME = Limit(10, LONGEST_WINDOW)
HERE = Limit(30, 5 * MINUTE)
"""One network address may try 30 times: enough for an office behind one address, too few to try a list."""
KNOWN_DEVICE = Limit(10, LONGEST_WINDOW)
"""Somebody on a device that they signed in from before is not locked out by strangers who try their address."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whose address and password fit."""

    workspace_id: str
    workspace_name: str
    person_id: str
    name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session begun: the texts of its cookie and of the device's."""

    session: str
    device: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody sent to sign in, and from where."""

    email: str
    password: str
    workspace_id: str
    address: str
    device: str
    old_session: str


def sign_in(store: Store, settings: Settings, attempt: Attempt) -> SignedIn | list[Candidate]:
    """Sign somebody in. An empty list says that address and password don't fit; several candidates, that they must choose a workspace.

    Raises:
        TooMany: too many attempts in too short a time, with the seconds to wait.
    """
    with store.database.write() as connection:
        counted = _count(connection, _limits(connection, attempt))
    # Argon2 takes its time outside of any transaction.
    with store.database.read() as connection:
        known = _known(connection, attempt)
    fitting = [one for one in known if matches(one.password_hash, attempt.password)]
    if not known:
        matches(hash_of_nobody(), attempt.password)
    if not fitting:
        return []
    with store.database.write() as connection:
        _forgive(connection, counted)
        return _begin(connection, settings, fitting[0], attempt) if len(fitting) == 1 else fitting


def _known(connection: Connection, attempt: Attempt) -> list[Candidate]:
    """Return who has this address, in the workspace that was chosen or in any."""
    chosen = [workspace_id for workspace_id in _workspace_ids(connection) if attempt.workspace_id in ("", workspace_id)]
    query = (
        select(people_table, workspaces_table.c.name.label("workspace_name"))
        .join(workspaces_table, workspaces_table.c.workspace_id == people_table.c.workspace_id)
        .where(people_table.c.workspace_id.in_(chosen), people_table.c.email_key == email_key(attempt.email))
        .where(people_table.c.disabled_at.is_(None))
        .order_by(people_table.c.workspace_id)
    )
    return [
        Candidate(row.workspace_id, row.workspace_name, row.id, row.name, row.password_hash) for row in connection.execute(query)
    ]


def _workspace_ids(connection: Connection) -> list[str]:
    return list(connection.execute(select(workspaces_table.c.workspace_id)).scalars())


def _begin(connection: Connection, settings: Settings, who: Candidate, attempt: Attempt) -> SignedIn:
    if attempt.old_session:
        end_session(connection, attempt.old_session)
    if outdated(who.password_hash):
        strengthen = {"password_hash": hash_password(attempt.password)}
        mine = (people_table.c.workspace_id == who.workspace_id, people_table.c.id == who.person_id)
        connection.execute(update(people_table).where(*mine).values(**strengthen))
    device = attempt.device
    if not _is_device_of(connection, device, who.person_id):
        token = new_token()
        device = f"{who.workspace_id}.{token}"
        connection.execute(
            insert(devices).values(
                workspace_id=who.workspace_id, token_hash=hashed(token), person_id=who.person_id, created_at=now()
            )
        )
    record_action(
        connection, who.workspace_id, Actor(who.person_id, who.name, attempt.address), "signed in", email_key(attempt.email)
    )
    return SignedIn(begin_session(connection, who.workspace_id, who.person_id, settings), device)


def _is_device_of(connection: Connection, device: str, person_id: str) -> bool:
    workspace_id, _, token = device.partition(".")
    query = select(devices.c.person_id).where(devices.c.workspace_id == workspace_id, devices.c.token_hash == hashed(token))
    return bool(token) and connection.execute(query).scalar() == person_id


# --- limits ----------------------------------------------------------------------------------------------------------


def _limits(connection: Connection, attempt: Attempt) -> list[tuple[str, Limit]]:
    """Return what this attempt counts against. Addresses are kept as hashes: the table tells nobody who tried."""
    name = email_key(attempt.email)
    if any(_is_device_of(connection, attempt.device, one.person_id) for one in _known(connection, attempt)):
        return [(_key("device", attempt.device), KNOWN_DEVICE)]
    return [
        (_key("here and name", attempt.address, name), HERE_AND_NAME),
        (_key("name", name), NAME),
        (_key("here", attempt.address), HERE),
    ]


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _count(connection: Connection, limits: list[tuple[str, Limit]]) -> list[str]:
    """Count an attempt before the password is looked at, so that many at once count as many; return what to forgive if it fits."""
    moment = now()
    for who, limit in limits:
        query = select(func.count(), func.min(attempts.c.at)).where(
            attempts.c.workspace_id == NOWHERE, attempts.c.who == who, attempts.c.at > moment - limit.window
        )
        count, oldest = connection.execute(query).one()
        if count >= limit.count:
            wait = max(1, -(-(oldest + limit.window - moment) // SECOND))
            raise TooMany(
                f"Too many attempts to sign in. Wait {-(-wait // 60)} minutes, then try again.",
                code="too_many_attempts",
                retry_after=wait,
            )
    ids = [new_id() for _ in limits]
    for id, (who, _) in zip(ids, limits, strict=True):
        connection.execute(insert(attempts).values(workspace_id=NOWHERE, id=id, who=who, at=moment))
    connection.execute(delete(attempts).where(attempts.c.workspace_id == NOWHERE, attempts.c.at < moment - LONGEST_WINDOW))
    return ids


def _forgive(connection: Connection, ids: list[str]) -> None:
    connection.execute(delete(attempts).where(attempts.c.workspace_id == NOWHERE, attempts.c.id.in_(ids)))
