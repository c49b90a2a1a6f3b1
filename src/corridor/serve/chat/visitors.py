"""Who writes by chat: a browser that holds our token, and the user it has proven to be. A mere claim never opens anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from corridor import collect, identify
from corridor.ground.channels.chat import claim_of, is_signed, is_true
from corridor.ground.problems import Unauthorised
from corridor.ground.vocabulary import new_id, now
from corridor.serve.chat.settings import find_chat_settings
from corridor.serve.facts import ChatSettings, Visitor
from corridor.serve.tables import conversations, messages
from corridor.serve.tables import visitors as table


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says about its visitor; nothing of it is believed without a signature."""

    anonymous_id: str = ""
    user_id: str = ""
    identifier_hash: str = ""
    name: str = ""
    email: str = ""
    language: str = ""
    page: str = ""

    @classmethod
    def by(cls, body: dict[str, Any]) -> Told:
        """Read it from a body; what is not text, or is too long for what it is, does not count."""
        traits = body.get("traits")
        given = traits if isinstance(traits, dict) else {}
        return cls(
            anonymous_id=_text(body.get("anonymousId"), 100),
            user_id=_text(body.get("userId"), 250),
            identifier_hash=_text(body.get("identifierHash"), 64),
            name=_text(given.get("name"), 100),
            email=_text(given.get("email"), 254),
            language=_text(body.get("language"), 2).lower(),
            page=_text(body.get("page"), 500),
        )


def holder(connection: Connection, authorization: str) -> tuple[str, ChatSettings, str]:
    """Return workspace, settings and visitor of a token in an `Authorization` header.

    Raises:
        Unauthorised: there is no token, or not one of ours.
    """
    scheme, _, token = authorization.partition(" ")
    claim = claim_of(token.strip()) if scheme.lower() == "bearer" else None
    settings = find_chat_settings(connection, claim.workspace_id) if claim else None
    if claim is None or settings is None or not is_true(claim, settings.token_secret):
        raise Unauthorised("This chat's token is not known here. Begin again with POST /chat/session.", code="bad_token")
    return claim.workspace_id, settings, claim.visitor_id


def find_visitor(connection: Connection, workspace_id: str, visitor_id: str) -> Visitor | None:
    """Return the visitor, if they have written or proven who they are."""
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == visitor_id)).first()
    if row is None:
        return None
    return Visitor(
        id=row.id, anonymous_id=row.anonymous_id, user_id=row.user_id, name=row.name, email=row.email,
        language=row.language, page=row.page,
    )  # fmt: skip


def visitor_now(connection: Connection, workspace_id: str, visitor_id: str) -> Visitor:
    """Return the visitor; somebody new where they have not written yet."""
    return find_visitor(connection, workspace_id, visitor_id) or _somebody_new(visitor_id, Told())


def visitors_of(connection: Connection, workspace_id: str, audience: str) -> list[Visitor]:
    """Return the browsers behind an audience, the one that was seen last first."""
    kind, _, value = audience.partition(":")
    query = select(table).where(
        table.c.workspace_id == workspace_id, table.c.id == value if kind == "visitor" else table.c.user_id == value
    )
    return [
        Visitor(row.id, row.anonymous_id, row.user_id, row.name, row.email, row.language, row.page)
        for row in connection.execute(query.order_by(table.c.seen_at.desc()).limit(10))
    ]


def is_proven(told: Told, settings: ChatSettings) -> bool:
    """Whether the company's server signed the user id that the page tells."""
    return bool(told.user_id) and is_signed(told.user_id, told.identifier_hash, *settings.live_secrets(now()))


def visitor_for(connection: Connection, workspace_id: str, visitor_id: str, told: Told, *, proven: bool) -> Visitor:
    """Return who this browser is for the session that begins, before anything is kept.

    A browser that was proven to be somebody else becomes somebody new: two people may share it.
    """
    known = find_visitor(connection, workspace_id, visitor_id)
    if known is None:
        return replace(_somebody_new(visitor_id, told), user_id=told.user_id if proven else None)
    if not proven or known.user_id == told.user_id:
        return known
    if known.user_id is None:
        return replace(known, user_id=told.user_id)
    return replace(_somebody_new(new_id(), told), user_id=told.user_id)


def keep_visitor(connection: Connection, workspace_id: str, visitor: Visitor, told: Told) -> Visitor:
    """Keep the visitor, and what the page has told since; a proven user hears in this browser what was said to it before."""
    known = find_visitor(connection, workspace_id, visitor.id)
    told_now = {
        name: getattr(told, name) for name in ("name", "email", "language", "page", "anonymous_id") if getattr(told, name)
    }
    kept = replace(visitor, **told_now)
    if not kept.anonymous_id:
        kept = replace(kept, anonymous_id=f"chat-{kept.id}")
    values = {name: getattr(kept, name) for name in ("anonymous_id", "user_id", "name", "email", "language", "page")}
    moment = now()
    if known is None:
        begun = {"id": kept.id, "node_id": 0, "customer_id": "", "started_at": moment, "seen_at": moment}
        connection.execute(insert(table).values(workspace_id=workspace_id, **begun, **values))
    else:
        connection.execute(
            update(table).where(table.c.workspace_id == workspace_id, table.c.id == kept.id).values(seen_at=moment, **values)
        )
    if kept.user_id and (known is None or known.user_id is None):
        _hand_over(connection, workspace_id, kept)
    return kept


def node_of(connection: Connection, workspace_id: str, visitor: Visitor) -> tuple[int, str]:
    """Return the node and the customer of this visitor as far as known; (0, '') for somebody new."""
    node = None
    if visitor.user_id:
        node = identify.find(connection, workspace_id, "user_id", visitor.user_id)
    if node is None and visitor.anonymous_id:
        node = identify.find(connection, workspace_id, "anonymous_id", visitor.anonymous_id)
    return (node.id, node.customer_id) if node else (0, "")


def _hand_over(connection: Connection, workspace_id: str, visitor: Visitor) -> None:
    """Let the user who has now proven to be this visitor hear what was said here, in every browser of theirs."""
    before = f"visitor:{visitor.id}"
    connection.execute(
        update(messages)
        .where(messages.c.workspace_id == workspace_id, messages.c.audience == before)
        .values(audience=visitor.audience)
    )
    connection.execute(
        update(conversations)
        .where(conversations.c.workspace_id == workspace_id, conversations.c.audience == before)
        .values(audience=visitor.audience, verified=True)
    )
    collect.record(
        connection,
        workspace_id,
        "identify",
        type="identify",
        user_id=visitor.user_id,
        anonymous_id=visitor.anonymous_id,
        channel="chat",
    )


def _somebody_new(visitor_id: str, told: Told) -> Visitor:
    return Visitor(visitor_id, told.anonymous_id, None, told.name, told.email, told.language, told.page)


def _text(value: Any, longest: int) -> str:
    """Return it if it is text that can be kept, else nothing."""
    if not isinstance(value, str):
        return ""
    clean = value.encode("utf-8", "ignore").decode().replace("\x00", "").strip()
    return clean if len(clean) <= longest else ""
