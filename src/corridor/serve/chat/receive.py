"""What a visitor does: begins a session, writes, reads, types. Each is one transaction; the news goes out after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from corridor import collect
from corridor.ground.access import workspace_of_write_key
from corridor.ground.channels.chat import check_words, claim_of, is_true, token_for
from corridor.ground.problems import Invalid, Unauthorised
from corridor.ground.store import Store
from corridor.ground.vocabulary import new_id, now, to_iso
from corridor.serve.chat.limits import check_beginning, check_pace
from corridor.serve.chat.settings import find_chat_settings
from corridor.serve.chat.visitors import Told, find_visitor, is_proven, keep_visitor, node_of, visitor_for, visitor_now
from corridor.serve.conversations import heard_by, running_with_audience
from corridor.serve.facts import Incoming, Message, Visitor
from corridor.serve.speak import Heard, hear
from corridor.serve.tables import messages as messages_table


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser needs to go on: its token, whether it is believed, and what it has not read."""

    token: str
    verified: bool
    unread: int
    last: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as the widget reads it."""
        return {"token": self.token, "verified": self.verified, "unread": self.unread, "last": self.last}


def begin_session(store: Store, body: dict[str, Any]) -> Session:
    """Return the session of a browser: the one it had, or a new one; nothing is kept until the visitor writes or is proven.

    Raises:
        Unauthorised: the write key does not work.
    """
    told = Told.by(body)
    with store.database.read() as connection:
        found = workspace_of_write_key(connection, str(body.get("writeKey", "")))
        if found is None:
            raise Unauthorised("This write key is not known, or was revoked. Take a new one from the desk.", code="bad_write_key")
        workspace_id = found[0]
        settings = find_chat_settings(connection, workspace_id)
        if settings is None:
            raise Unauthorised("Ask for GET /chat/{write key}/config first; it sets up the chat.", code="no_chat")
        claim = claim_of(str(body.get("token", "")))
        holds = claim is not None and claim.workspace_id == workspace_id and is_true(claim, settings.token_secret)
        visitor_id = claim.visitor_id if claim and holds else new_id()
        proven = is_proven(told, settings)
        visitor = visitor_for(connection, workspace_id, visitor_id, told, proven=proven)
        known = find_visitor(connection, workspace_id, visitor.id)
    if proven and (known is None or known.user_id != visitor.user_id):
        with store.database.write() as connection:
            visitor = keep_visitor(connection, workspace_id, visitor, told)
    with store.database.read() as connection:
        unread, last = _unread(connection, workspace_id, visitor)
    return Session(token_for(settings.token_secret, workspace_id, visitor.id), visitor.user_id is not None, unread, last)


def take_message(store: Store, workspace_id: str, visitor_id: str, network: str, body: dict[str, Any]) -> Message:
    """Keep what a visitor wrote; the same `clientId` again is the same message.

    Raises:
        Invalid: the words or the client id are missing.
        TooLarge: the words are too long.
        TooMany: too much in too short a time.
    """
    client_id = body.get("clientId")
    if not isinstance(client_id, str) or not 8 <= len(client_id) <= 64 or not client_id.isascii():
        raise Invalid(
            "A message comes with a clientId of 8 to 64 signs, made once by the browser.", code="bad_client_id", field="clientId"
        )
    text = body.get("text")
    words = check_words(text if isinstance(text, str) else "")
    told = Told.by(body)
    with store.database.write() as connection:
        visitor = visitor_now(connection, workspace_id, visitor_id)
        heard = _take(connection, workspace_id, visitor, told, words, f"{visitor_id}:{client_id}", network)
        audience = heard.message.audience
    if not heard.again:
        store.news.tell(workspace_id, "conversation", heard.message.conversation_id)
        store.news.tell(workspace_id, "chat", audience)
    return heard.message


def history(store: Store, workspace_id: str, visitor_id: str, *, before: int | None, limit: int = 50) -> dict[str, Any]:
    """Return what this visitor may see, the latest part or what came before a number."""
    with store.database.read() as connection:
        visitor = visitor_now(connection, workspace_id, visitor_id)
        found = heard_by(connection, workspace_id, visitor.audience, before=before, limit=limit + 1)
        running = running_with_audience(connection, workspace_id, visitor.audience, now())
    shown = found[-limit:]
    return {
        "items": [as_seen(message, visitor_id) for message in shown],
        "more": len(found) > limit,
        "closed": running is not None and running.state == "closed",
    }


def note_seen(store: Store, workspace_id: str, visitor_id: str, number: int, *, read: bool) -> None:
    """Keep that our words up to a number have arrived in the browser, or have been read there."""
    column = messages_table.c.read_at if read else messages_table.c.delivered_at
    with store.database.read() as connection:
        audience = visitor_now(connection, workspace_id, visitor_id).audience
        of_audience = (
            messages_table.c.workspace_id == workspace_id,
            messages_table.c.audience == audience,
            messages_table.c.direction == "out",
            messages_table.c.number <= number,
            column.is_(None),
        )
        concerned = set(connection.scalars(select(messages_table.c.conversation_id).where(*of_audience).distinct()))
    if not concerned:
        return
    with store.database.write() as connection:
        connection.execute(update(messages_table).where(*of_audience).values({column: now()}))
    for conversation_id in concerned:
        store.news.tell(workspace_id, "conversation", conversation_id)


def tell_typing(store: Store, workspace_id: str, visitor_id: str) -> None:
    """Let the desk see that the visitor is writing. It is never kept."""
    with store.database.read() as connection:
        audience = visitor_now(connection, workspace_id, visitor_id).audience
        running = running_with_audience(connection, workspace_id, audience, now())
    if running is not None:
        store.news.tell(workspace_id, "typing", f"{running.id}\n\n")


def as_seen(message: Message, visitor_id: str) -> dict[str, Any]:
    """Return a message as the widget reads it: no ids of the house, nothing that other people may not see."""
    own = f"{visitor_id}:"
    sent_here = message.client_id is not None and message.client_id.startswith(own)
    return {
        "number": message.number,
        "at": to_iso(message.at),
        "from": "them" if message.direction == "out" else "me",
        "name": message.author_name if message.direction == "out" else "",
        "text": message.text,
        "channel": message.channel,
        "clientId": message.client_id[len(own) :] if message.client_id and sent_here else None,
        "read": message.read_at is not None,
    }


def _take(
    connection: Connection, workspace_id: str, visitor: Visitor, told: Told, words: str, client_id: str, network: str
) -> Heard:
    moment = now()
    known = connection.scalar(
        select(messages_table.c.id).where(messages_table.c.workspace_id == workspace_id, messages_table.c.client_id == client_id)
    )
    if known is None:
        check_pace(connection, workspace_id, visitor.audience, moment)
        if running_with_audience(connection, workspace_id, visitor.audience, moment) is None:
            check_beginning(connection, workspace_id, network, moment)
        visitor = keep_visitor(connection, workspace_id, visitor, told)
    node_id, customer_id = node_of(connection, workspace_id, visitor)
    heard = hear(
        connection, workspace_id,
        Incoming(
            text=words, channel="chat", at=moment, client_id=client_id, node_id=node_id, customer_id=customer_id,
            audience=visitor.audience, by_widget=True, verified=visitor.user_id is not None,
            language=visitor.language, network=network,
        ),
    )  # fmt: skip
    if not heard.again:
        _record(connection, workspace_id, visitor, heard)
    return heard


def _record(connection: Connection, workspace_id: str, visitor: Visitor, heard: Heard) -> None:
    message = heard.message
    who: dict[str, Any] = {"user_id": visitor.user_id, "anonymous_id": visitor.anonymous_id}
    about = {"conversation_id": message.conversation_id, "page": visitor.page or None}
    if heard.started:
        collect.record(
            connection, workspace_id, "Live Chat Conversation Started", properties=about, channel="chat", at=message.at, **who
        )
    collect.record(
        connection, workspace_id, "Message Received", channel="chat", at=message.at, message_id=message.id,
        properties=about | {"message_id": message.id, "text": message.text, "channel": "chat"}, **who,
    )  # fmt: skip


def _unread(connection: Connection, workspace_id: str, visitor: Visitor) -> tuple[int, int]:
    query = select(
        func.count().filter((messages_table.c.direction == "out") & messages_table.c.read_at.is_(None)),
        func.max(messages_table.c.number),
    ).where(
        messages_table.c.workspace_id == workspace_id,
        messages_table.c.audience == visitor.audience,
        messages_table.c.direction != "note",
    )
    unread, last = connection.execute(query).one()
    return int(unread), int(last or 0)
