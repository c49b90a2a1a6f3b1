"""Sessions of people who signed in. A session is a random token in a cookie; here only its hash is kept.

The cookie reads `workspace.token`, so that no look-up crosses workspaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from corridor.ground.access.facts import Caller
from corridor.ground.access.secrets import hashed, new_token
from corridor.ground.access.tables import people, sessions, workspaces
from corridor.ground.vocabulary import SECOND, Workspace, now

if TYPE_CHECKING:
    from corridor.ground.settings import Settings

NOTED_EVERY = 60 * SECOND
"""How exactly we know when a session was last used: a page that is only read should seldom write."""


@dataclass(frozen=True, slots=True)
class Known:
    """A session found: its caller, and whether it is time to note that it was used."""

    caller: Caller
    token_hash: str
    note_it: bool


def begin_session(connection: Connection, workspace_id: str, person_id: str, settings: Settings) -> str:
    """Begin a session and return the text of its cookie."""
    token, moment = new_token(), now()
    connection.execute(
        insert(sessions).values(
            workspace_id=workspace_id, token_hash=hashed(token), person_id=person_id, csrf=new_token(), created_at=moment,
            seen_at=moment, expires_at=moment + settings.session_hours * 3600 * SECOND,
        )
    )  # fmt: skip
    connection.execute(delete(sessions).where(sessions.c.workspace_id == workspace_id, sessions.c.expires_at < moment))
    return f"{workspace_id}.{token}"


def find_session(connection: Connection, cookie: str, settings: Settings) -> Known | None:
    """Return who this cookie is, unless the session ended, was idle too long, or the person was disabled."""
    workspace_id, _, token = cookie.partition(".")
    if not token:
        return None
    moment = now()
    query = (
        select(sessions, people.c.name, people.c.email, people.c.role, people.c.language, people.c.theme)
        .add_columns(workspaces.c.name.label("workspace_name"), workspaces.c.zone, workspaces.c.currency, workspaces.c.region)
        .add_columns(workspaces.c.language.label("workspace_language"))
        .join(people, (people.c.workspace_id == sessions.c.workspace_id) & (people.c.id == sessions.c.person_id))
        .join(workspaces, workspaces.c.workspace_id == sessions.c.workspace_id)
        .where(sessions.c.workspace_id == workspace_id, sessions.c.token_hash == hashed(token))
        .where(sessions.c.expires_at > moment, people.c.disabled_at.is_(None))
        .where(sessions.c.seen_at > moment - settings.session_idle_minutes * 60 * SECOND)
    )
    row = connection.execute(query).first()
    return Known(_caller(row), row.token_hash, row.seen_at < moment - NOTED_EVERY) if row else None


def note_session(connection: Connection, workspace_id: str, token_hash: str) -> None:
    """Keep that a session was used just now."""
    connection.execute(
        update(sessions).where(sessions.c.workspace_id == workspace_id, sessions.c.token_hash == token_hash).values(seen_at=now())
    )


def end_session(connection: Connection, cookie: str) -> None:
    """Sign out this one session."""
    workspace_id, _, token = cookie.partition(".")
    connection.execute(delete(sessions).where(sessions.c.workspace_id == workspace_id, sessions.c.token_hash == hashed(token)))


def _caller(row: Any) -> Caller:
    workspace = Workspace(
        id=row.workspace_id,
        name=row.workspace_name,
        zone=row.zone,
        currency=row.currency,
        region=row.region,
        language=row.workspace_language,
    )
    return Caller(
        workspace=workspace, id=row.person_id, name=row.name, email=row.email, role=row.role, language=row.language, theme=row.theme,
        csrf=row.csrf, by="session",
    )  # fmt: skip
