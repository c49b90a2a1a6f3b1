"""What is said, and what becomes of a conversation: heard, answered, noted, handed on, closed. Nothing is kept twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from corridor import collect
from corridor.ground.channels.chat import check_words
from corridor.ground.problems import Conflict, Invalid
from corridor.ground.vocabulary import SECOND, Microseconds, new_id, now
from corridor.serve.conversations import (
    as_message,
    channels_of,
    conversation,
    find_conversation,
    running_with_audience,
    running_with_customer,
)
from corridor.serve.facts import Agent, Conversation, Direction, Incoming, Message
from corridor.serve.tables import conversations as table
from corridor.serve.tables import messages as messages_table
from corridor.serve.tables import visitors

SHOWN_IN_LIST = 160


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of incoming words: `again` when they had been kept before, `started` when they opened a conversation."""

    message: Message
    again: bool = False
    started: bool = False


def hear(connection: Connection, workspace_id: str, incoming: Incoming) -> Heard:
    """Keep a customer's words in the conversation they go on with, or in a new one."""
    known = _sent_before(connection, workspace_id, incoming.client_id)
    if known is not None:
        return Heard(known, again=True)
    running = _running(connection, workspace_id, incoming)
    current = running or _begin(connection, workspace_id, incoming)
    message = _keep(
        connection, workspace_id, current, direction="in", text=incoming.text, channel=incoming.channel,
        audience=incoming.audience, client_id=incoming.client_id, at=incoming.at,
    )  # fmt: skip
    changes: dict[str, Any] = {
        "state": "open",
        "closed_at": None,
        "channel": incoming.channel,
        "unread": table.c.unread + 1,
        "waiting_since": current.waiting_since or incoming.at,
    }
    if incoming.by_widget:
        changes |= {"audience": incoming.audience, "verified": incoming.verified}
    if incoming.language:
        changes["language"] = incoming.language
    _touch(connection, workspace_id, current.id, message, changes)
    return Heard(message, started=running is None)


def reply(
    connection: Connection,
    workspace_id: str,
    conversation_id: str,
    agent: Agent,
    text: str,
    *,
    channel: str = "",
    client_id: str = "",
) -> Message:
    """Answer the customer, on the channel they wrote on last or on the one given.

    Raises:
        NotFound: there is no such conversation.
        Invalid: the words are missing, or nobody can be reached by chat.
        TooLarge: the words are too long.
    """
    current = conversation(connection, workspace_id, conversation_id)
    once = f"{agent.id}:{client_id}" if client_id else None
    known = _sent_before(connection, workspace_id, once)
    if known is not None:
        return known
    way = channel or current.channel
    if way == "chat" and not current.audience and way not in channels_of(connection, workspace_id, conversation_id):
        raise Invalid(
            "This customer has not opened a chat, so nobody would hear it. Choose another channel.",
            code="no_chat",
            field="channel",
        )
    audience = (way == "chat" and current.audience) or _audience_on(connection, workspace_id, conversation_id, way)
    message = _keep(
        connection, workspace_id, current, direction="out", text=check_words(text), channel=way,
        audience=audience, client_id=once, at=now(), agent=agent,
    )  # fmt: skip
    changes: dict[str, Any] = {"state": "waiting", "closed_at": None, "waiting_since": None, "unread": 0}
    if current.first_reply_at is None and current.waiting_since is not None:
        changes["first_reply_at"] = message.at
    if current.assigned_to is None and agent.is_person:
        changes["assigned_to"] = agent.id
    _touch(connection, workspace_id, current.id, message, changes)
    said: dict[str, Any] = {"conversation_id": current.id, "message_id": message.id, "text": message.text, "agent_id": agent.id}
    if current.waiting_since is not None:
        said["wait_s"] = (message.at - current.waiting_since) // SECOND
    if "first_reply_at" in changes:
        said["first_reply_s"] = (message.at - current.started_at) // SECOND
    _record(
        connection, workspace_id, current, "Message Sent", channel=way, message_id=message.id, properties=said | {"channel": way}
    )
    return message


def note(
    connection: Connection, workspace_id: str, conversation_id: str, agent: Agent, text: str, *, client_id: str = ""
) -> Message:
    """Write something for colleagues only.

    Raises:
        NotFound: there is no such conversation.
        Invalid: the words are missing.
        TooLarge: the words are too long.
    """
    current = conversation(connection, workspace_id, conversation_id)
    once = f"{agent.id}:{client_id}" if client_id else None
    known = _sent_before(connection, workspace_id, once)
    if known is not None:
        return known
    message = _keep(
        connection, workspace_id, current, direction="note", text=check_words(text), channel=current.channel,
        audience="", client_id=once, at=now(), agent=agent,
    )  # fmt: skip
    _change(connection, workspace_id, current.id, {"messages": table.c.messages + 1})
    return message


def open_with(
    connection: Connection, workspace_id: str, *, node_id: int, customer_id: str, channel: str, agent: Agent, text: str,
    subject: str = "", client_id: str = "",
) -> Message:  # fmt: skip
    """Write first: go on with the customer's running conversation, or begin one, and send these words.

    Raises:
        Invalid: the words are missing, or the customer cannot be reached on this channel.
        TooLarge: the words are too long.
    """
    words = check_words(text)
    known = _sent_before(connection, workspace_id, f"{agent.id}:{client_id}" if client_id else None)
    if known is not None:
        return known
    moment = now()
    running = running_with_customer(connection, workspace_id, customer_id, moment)
    if running is None:
        first = Incoming(words, channel, moment, "", node_id=node_id, customer_id=customer_id, subject=subject)
        running = _begin(connection, workspace_id, first)
    return reply(connection, workspace_id, running.id, agent, words, channel=channel, client_id=client_id)


def assign(
    connection: Connection, workspace_id: str, conversation_id: str, person_id: str | None, *, version: int | None = None
) -> None:
    """Give the conversation to a colleague, or back to everybody.

    Raises:
        NotFound: there is no such conversation.
        Conflict: it has changed since `version` was read.
    """
    _unchanged(conversation(connection, workspace_id, conversation_id), version)
    _change(connection, workspace_id, conversation_id, {"assigned_to": person_id})


def close(connection: Connection, workspace_id: str, conversation_id: str, agent: Agent, *, version: int | None = None) -> None:
    """Close the conversation. A later message of the customer opens it again. Closing twice changes nothing.

    Raises:
        NotFound: there is no such conversation.
        Conflict: it has changed since `version` was read.
    """
    current = conversation(connection, workspace_id, conversation_id)
    if current.state == "closed":
        return
    _unchanged(current, version)
    moment = now()
    _change(connection, workspace_id, current.id, {"state": "closed", "closed_at": moment, "waiting_since": None, "unread": 0})
    name = "Live Chat Conversation Ended" if current.channel == "chat" else "Conversation Ended"
    _record(
        connection, workspace_id, current, name, channel=current.channel,
        properties={
            "conversation_id": current.id,
            "agent_id": agent.id,
            "conversation_duration": (moment - current.started_at) // SECOND,
            "messages": current.messages,
        },
    )  # fmt: skip


def reopen(connection: Connection, workspace_id: str, conversation_id: str) -> None:
    """Open a closed conversation again; an open one stays as it is.

    Raises:
        NotFound: there is no such conversation.
    """
    current = conversation(connection, workspace_id, conversation_id)
    if current.state != "closed":
        return
    owed = current.last_direction == "in"
    _change(
        connection, workspace_id, current.id,
        {"state": "open" if owed else "waiting", "closed_at": None, "waiting_since": now() if owed else None},
    )  # fmt: skip


def mark_read(connection: Connection, workspace_id: str, conversation_id: str) -> bool:
    """Note that somebody of the house has seen all of it; return whether anything was new."""
    moment = now()
    connection.execute(
        update(messages_table)
        .where(
            messages_table.c.workspace_id == workspace_id,
            messages_table.c.conversation_id == conversation_id,
            messages_table.c.direction == "in",
            messages_table.c.read_at.is_(None),
        )
        .values(read_at=moment)
    )
    changed = connection.execute(
        update(table)
        .where(table.c.workspace_id == workspace_id, table.c.id == conversation_id, table.c.unread > 0)
        .values(unread=0)
    )
    return changed.rowcount > 0


def answered_since(connection: Connection, workspace_id: str, conversation_id: str, number: int, agent: Agent) -> Message | None:
    """Return a colleague's answer that came after this message number, which whoever writes now has not seen."""
    query = select(messages_table).where(
        messages_table.c.workspace_id == workspace_id,
        messages_table.c.conversation_id == conversation_id,
        messages_table.c.number > number,
        messages_table.c.direction == "out",
        messages_table.c.author != agent.id,
    )
    row = connection.execute(query.order_by(messages_table.c.number.desc()).limit(1)).first()
    return as_message(row) if row else None


def bind(connection: Connection, workspace_id: str, conversation_id: str, node_id: int, customer_id: str) -> None:
    """Tell a conversation whose it is, once the line has found out."""
    belongs = {"node_id": node_id, "customer_id": customer_id}
    current = find_conversation(connection, workspace_id, conversation_id)
    if current is None or current.node_id:
        return
    connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == conversation_id).values(**belongs))
    connection.execute(
        update(messages_table)
        .where(
            messages_table.c.workspace_id == workspace_id,
            messages_table.c.conversation_id == conversation_id,
            messages_table.c.node_id == 0,
        )
        .values(**belongs)
    )
    if current.audience.startswith("visitor:"):
        connection.execute(
            update(visitors)
            .where(visitors.c.workspace_id == workspace_id, visitors.c.id == current.audience.removeprefix("visitor:"))
            .values(**belongs)
        )


def _running(connection: Connection, workspace_id: str, incoming: Incoming) -> Conversation | None:
    """Return the conversation that these words go on with.

    The widget goes on in its own conversation, or in one that no browser hears: two browsers may claim to be one
    customer, and neither may come to hear the other.
    """
    if not incoming.by_widget:
        return running_with_customer(connection, workspace_id, incoming.customer_id, incoming.at)
    own = running_with_audience(connection, workspace_id, incoming.audience, incoming.at)
    return own or running_with_customer(connection, workspace_id, incoming.customer_id, incoming.at, unheard=True)


def _begin(connection: Connection, workspace_id: str, incoming: Incoming) -> Conversation:
    number = connection.scalar(select(func.max(table.c.number)).where(table.c.workspace_id == workspace_id)) or 0
    begun = Conversation(
        id=new_id(), number=number + 1, node_id=incoming.node_id, customer_id=incoming.customer_id, channel=incoming.channel,
        audience=incoming.audience if incoming.by_widget else "", verified=incoming.verified, state="open", assigned_to=None,
        subject=incoming.subject or _beginning(incoming.text), last_text="", language=incoming.language,
        started_at=incoming.at, last_message_at=incoming.at, last_direction="in", waiting_since=None, first_reply_at=None,
        closed_at=None, unread=0, messages=0, version=1,
    )  # fmt: skip
    connection.execute(insert(table).values(workspace_id=workspace_id, network=incoming.network, **asdict(begun)))
    return begun


def _keep(
    connection: Connection, workspace_id: str, current: Conversation, *, direction: Direction, text: str, channel: str,
    audience: str, client_id: str | None, at: Microseconds, agent: Agent | None = None,
) -> Message:  # fmt: skip
    number = (
        connection.scalar(select(func.max(messages_table.c.number)).where(messages_table.c.workspace_id == workspace_id)) or 0
    )
    kept = Message(
        id=new_id(), conversation_id=current.id, number=number + 1, node_id=current.node_id, customer_id=current.customer_id,
        at=at, direction=direction, channel=channel, author=agent.id if agent else "", author_name=agent.name if agent else "",
        text=text, audience=audience, client_id=client_id, delivered_at=None, read_at=None,
    )  # fmt: skip
    connection.execute(insert(messages_table).values(workspace_id=workspace_id, **asdict(kept)))
    return kept


def _touch(connection: Connection, workspace_id: str, conversation_id: str, message: Message, changes: dict[str, Any]) -> None:
    shown = {"last_text": _beginning(message.text), "last_message_at": message.at, "last_direction": message.direction}
    _change(connection, workspace_id, conversation_id, shown | {"messages": table.c.messages + 1} | changes)


def _change(connection: Connection, workspace_id: str, conversation_id: str, changes: dict[str, Any]) -> None:
    connection.execute(
        update(table)
        .where(table.c.workspace_id == workspace_id, table.c.id == conversation_id)
        .values(version=table.c.version + 1, **changes)
    )


def _unchanged(current: Conversation, version: int | None) -> None:
    if version is not None and version != current.version:
        raise Conflict(
            "A colleague has changed this conversation meanwhile. Look at it again, then decide.", code="changed_meanwhile"
        )


def _sent_before(connection: Connection, workspace_id: str, client_id: str | None) -> Message | None:
    if not client_id:
        return None
    query = select(messages_table).where(messages_table.c.workspace_id == workspace_id, messages_table.c.client_id == client_id)
    row = connection.execute(query).first()
    return as_message(row) if row else None


def _audience_on(connection: Connection, workspace_id: str, conversation_id: str, channel: str) -> str:
    """Return who besides the channel itself may see an answer there: the signed-in user who wrote on it, in the chat."""
    query = select(messages_table.c.audience).where(
        messages_table.c.workspace_id == workspace_id,
        messages_table.c.conversation_id == conversation_id,
        messages_table.c.channel == channel,
        messages_table.c.direction == "in",
    )
    return connection.scalar(query.order_by(messages_table.c.number.desc()).limit(1)) or ""


def _record(
    connection: Connection, workspace_id: str, current: Conversation, name: str, *, channel: str,
    properties: dict[str, Any], message_id: str | None = None,
) -> None:  # fmt: skip
    """Hand the fact to the line as an event of this customer, or of the browser while the customer is not known yet."""
    who: dict[str, Any] = {"node": current.node_id} if current.node_id else {"anonymous_id": f"chat-{current.id}"}
    if not current.node_id and current.audience.startswith("visitor:"):
        visitor_id = current.audience.removeprefix("visitor:")
        found = connection.scalar(
            select(visitors.c.anonymous_id).where(visitors.c.workspace_id == workspace_id, visitors.c.id == visitor_id)
        )
        who = {"anonymous_id": found or visitor_id}
    collect.record(connection, workspace_id, name, properties=properties, channel=channel, message_id=message_id, **who)


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_IN_LIST else line[: SHOWN_IN_LIST - 1] + "…"
