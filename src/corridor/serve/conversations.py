"""Reading conversations: one, a customer's, the one that goes on, and their messages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, or_, select

from corridor.ground.problems import NotFound
from corridor.ground.vocabulary import Microseconds
from corridor.serve.facts import CONTINUES_FOR, Conversation, Message
from corridor.serve.tables import conversations as table
from corridor.serve.tables import messages as messages_table

_NOT_SHOWN = {"workspace_id", "network", "place"}


def as_conversation(row: Any) -> Conversation:
    """Return a row of the table as the fact it keeps."""
    return Conversation(**{name: value for name, value in row._mapping.items() if name not in _NOT_SHOWN})


def as_message(row: Any) -> Message:
    """Return a row of the table as the fact it keeps."""
    return Message(**{name: value for name, value in row._mapping.items() if name != "workspace_id"})


def find_conversation(connection: Connection, workspace_id: str, conversation_id: str) -> Conversation | None:
    """Return the conversation of this id, if there is one."""
    query = select(table).where(table.c.workspace_id == workspace_id, table.c.id == conversation_id)
    row = connection.execute(query).first()
    return as_conversation(row) if row else None


def conversation(connection: Connection, workspace_id: str, conversation_id: str) -> Conversation:
    """Return the conversation of this id.

    Raises:
        NotFound: there is none in this workspace.
    """
    found = find_conversation(connection, workspace_id, conversation_id)
    if found is None:
        raise NotFound("There is no such conversation. It may have been erased with its customer.", code="no_conversation")
    return found


def conversations_of(connection: Connection, workspace_id: str, customer_id: str, limit: int = 20) -> list[Conversation]:
    """Return a customer's conversations, the latest first."""
    query = (
        select(table)
        .where(table.c.workspace_id == workspace_id, table.c.customer_id == customer_id)
        .order_by(table.c.last_message_at.desc())
        .limit(limit)
    )
    return [as_conversation(row) for row in connection.execute(query)]


def running_with_customer(
    connection: Connection, workspace_id: str, customer_id: str, moment: Microseconds, *, unheard: bool = False
) -> Conversation | None:
    """Return the conversation that a message of this customer goes on with: the latest of the last seven days.

    With `unheard`, only one that no browser hears by chat.
    """
    if not customer_id:
        return None
    query = select(table).where(
        table.c.workspace_id == workspace_id,
        table.c.customer_id == customer_id,
        table.c.last_message_at > moment - CONTINUES_FOR,
    )
    if unheard:
        query = query.where(table.c.audience == "")
    row = connection.execute(query.order_by(table.c.last_message_at.desc()).limit(1)).first()
    return as_conversation(row) if row else None


def running_with_audience(connection: Connection, workspace_id: str, audience: str, moment: Microseconds) -> Conversation | None:
    """Return the chat that this browser or user goes on with: the latest that is not closed or is younger than seven days."""
    query = (
        select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.audience == audience,
            or_(table.c.state != "closed", table.c.last_message_at > moment - CONTINUES_FOR),
        )
        .order_by(table.c.last_message_at.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return as_conversation(row) if row else None


def waiting_for_us(connection: Connection, workspace_id: str) -> int:
    """Return how many conversations wait for our answer."""
    query = select(func.count()).where(table.c.workspace_id == workspace_id, table.c.state == "open")
    return int(connection.scalar(query) or 0)


def messages_of(
    connection: Connection,
    workspace_id: str,
    conversation_id: str,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 100,
) -> list[Message]:
    """Return the latest messages of a conversation, oldest first; those after or before a number where one is given."""
    query = select(messages_table).where(
        messages_table.c.workspace_id == workspace_id,
        messages_table.c.conversation_id == conversation_id,
        messages_table.c.number > after,
    )
    if before is not None:
        query = query.where(messages_table.c.number < before)
    rows = connection.execute(query.order_by(messages_table.c.number.desc()).limit(limit)).all()
    return [as_message(row) for row in reversed(rows)]


def heard_by(
    connection: Connection, workspace_id: str, audience: str, *, after: int = 0, before: int | None = None, limit: int = 100
) -> list[Message]:
    """Return the latest messages that this browser or user may see, oldest first."""
    query = select(messages_table).where(
        messages_table.c.workspace_id == workspace_id,
        messages_table.c.audience == audience,
        messages_table.c.direction != "note",
        messages_table.c.number > after,
    )
    if before is not None:
        query = query.where(messages_table.c.number < before)
    rows = connection.execute(query.order_by(messages_table.c.number.desc()).limit(limit)).all()
    return [as_message(row) for row in reversed(rows)]


def channels_of(connection: Connection, workspace_id: str, conversation_id: str) -> list[str]:
    """Return the channels the customer has used in this conversation, the latest first."""
    query = (
        select(messages_table.c.channel)
        .where(
            messages_table.c.workspace_id == workspace_id,
            messages_table.c.conversation_id == conversation_id,
            messages_table.c.direction == "in",
        )
        .group_by(messages_table.c.channel)
        .order_by(func.max(messages_table.c.number).desc())
    )
    return list(connection.scalars(query))
