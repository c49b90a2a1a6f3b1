"""How much one browser and one network may say: enough for anybody in trouble, too little for a flood."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from corridor.ground.problems import TooMany
from corridor.ground.vocabulary import SECOND, Microseconds
from corridor.serve.tables import conversations, messages

MESSAGES_A_MINUTE = 30
NEW_CONVERSATIONS = 6
NEW_CONVERSATIONS_WITHIN = 12 * 3600 * SECOND


def check_pace(connection: Connection, workspace_id: str, audience: str, moment: Microseconds) -> None:
    """Refuse a message that comes too soon after many others.

    Raises:
        TooMany: says when to go on.
    """
    query = select(func.count(), func.min(messages.c.at)).where(
        messages.c.workspace_id == workspace_id,
        messages.c.audience == audience,
        messages.c.direction == "in",
        messages.c.at > moment - 60 * SECOND,
    )
    count, first = connection.execute(query).one()
    if count >= MESSAGES_A_MINUTE:
        wait = max(1, (first + 60 * SECOND - moment) // SECOND + 1)
        raise TooMany(
            f"That was {MESSAGES_A_MINUTE} messages in a minute. Wait {wait} seconds, then go on; nothing you wrote is lost.",
            code="too_many_messages", retry_after=wait,
        )  # fmt: skip


def check_beginning(connection: Connection, workspace_id: str, network: str, moment: Microseconds) -> None:
    """Refuse a new conversation from a network that has begun many.

    Raises:
        TooMany: says when to come back.
    """
    query = select(func.count(), func.min(conversations.c.started_at)).where(
        conversations.c.workspace_id == workspace_id,
        conversations.c.network == network,
        conversations.c.started_at > moment - NEW_CONVERSATIONS_WITHIN,
    )
    count, first = connection.execute(query).one()
    if count >= NEW_CONVERSATIONS:
        raise TooMany(
            f"{NEW_CONVERSATIONS} conversations have begun from your network in the last 12 hours. Try again later, or call us.",
            code="too_many_conversations", retry_after=max(60, (first + NEW_CONVERSATIONS_WITHIN - moment) // SECOND),
        )  # fmt: skip
