"""The line's step of serve: a message that came by another channel goes on with its customer's conversation, or opens one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from corridor.collect import OWN_SOURCE
from corridor.ground.channels.chat import LONGEST_MESSAGE, check_words
from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import Batch, Event
from corridor.serve.facts import CONTINUES_FOR, Incoming
from corridor.serve.speak import bind, hear

MESSAGE_RECEIVED = "Message Received"
CHAT_STARTED = "Live Chat Conversation Started"
_OURS = frozenset({MESSAGE_RECEIVED, CHAT_STARTED})


def follow(batch: Batch, connection: Connection) -> None:
    """Take incoming messages of other sources into conversations, and tell chats of new visitors whose they are."""
    for event in batch.events:
        if event.name not in _OURS:
            continue
        if event.name == MESSAGE_RECEIVED:
            # A chat's own message stands in its conversation already; one that another room took down does not.
            if event.source != OWN_SOURCE or "conversation_id" not in event.properties:
                _take_in(batch, connection, event)
        elif event.source == OWN_SOURCE:
            _tell_whose(batch, connection, event)


def _take_in(batch: Batch, connection: Connection, event: Event) -> None:
    """Keep the words where there are any. History that is imported stays on the timeline: nobody waits for an answer to it."""
    if batch.now - event.at > CONTINUES_FOR:
        return
    words = _words(event.properties)
    if not words:
        return
    incoming = Incoming(
        text=words,
        channel=event.channel,
        at=event.at,
        client_id=f"event:{event.message_id}",
        node_id=event.node,
        customer_id=event.customer,
        audience=f"user:{event.user_id}" if event.user_id else "",
        subject=_text(event.properties.get("subject"))[:200],
        language=_text(event.context.get("locale"))[:2].lower(),
    )
    heard = hear(connection, batch.workspace.id, incoming)
    batch.news.add(("conversation", heard.message.conversation_id))
    if incoming.audience:
        batch.news.add(("chat", incoming.audience))


def _tell_whose(batch: Batch, connection: Connection, event: Event) -> None:
    conversation_id = _text(event.properties.get("conversation_id"))
    bind(connection, batch.workspace.id, conversation_id, event.node, event.customer)
    batch.news.add(("conversation", conversation_id))


def _words(properties: dict[str, Any]) -> str:
    """Return the message's words, cut where they are longer than a conversation holds; the event keeps all of them."""
    try:
        return check_words(_text(properties.get("text"))[:LONGEST_MESSAGE])
    except Invalid:
        return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
