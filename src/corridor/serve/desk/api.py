"""The API of conversations: the inbox, one conversation with its messages, writing, assigning and closing."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from corridor import identify
from corridor.ground.access import Caller, Sees, Works
from corridor.ground.channels.chat import LONGEST_MESSAGE
from corridor.ground.problems import Invalid, NotFound
from corridor.ground.vocabulary import to_iso
from corridor.ground.web import Storage
from corridor.serve.acting import Wish, end, hand_to, resume, say, write_first
from corridor.serve.conversations import conversation, conversations_of, messages_of
from corridor.serve.desk.inbox import inbox
from corridor.serve.facts import Conversation, Message, State

router = APIRouter(prefix="/api/v1", tags=["serve"])

Limit = Annotated[int, Query(ge=1, le=200)]


class ConversationOut(BaseModel):
    """A conversation with one customer, over all channels it moves through."""

    id: str
    number: int
    customer_id: str | None
    channel: str
    state: State
    assigned_to: str | None
    subject: str
    verified: bool
    started_at: str
    last_message_at: str
    waiting_since: str | None
    first_reply_at: str | None
    closed_at: str | None
    unread: int
    messages: int
    version: int


class MessageOut(BaseModel):
    """One message, or a note among colleagues."""

    id: str
    number: int
    at: str
    direction: Literal["in", "out", "note"]
    channel: str
    author: str | None
    text: str
    delivered_at: str | None
    read_at: str | None


class ConversationPage(BaseModel):
    """Conversations: who waits longest first, then the latest."""

    items: list[ConversationOut]
    next: str | None


class MessagePage(BaseModel):
    """Messages, oldest first; `next` leads to the ones before."""

    items: list[MessageOut]
    next: str | None


class ConversationIn(BaseModel):
    """The first words to a customer, who is named by `customer_id` or `user_id`."""

    text: str = Field(min_length=1, max_length=LONGEST_MESSAGE)
    channel: str = Field(default="email", min_length=1, max_length=50)
    customer_id: str | None = None
    user_id: str | None = None
    subject: str = Field(default="", max_length=200)
    client_id: str = Field(default="", max_length=64)


class MessageIn(BaseModel):
    """A reply or a note. `client_id` makes sending it twice harmless; `seen` is the last message number its writer knew."""

    text: str = Field(min_length=1, max_length=LONGEST_MESSAGE)
    kind: Literal["reply", "note"] = "reply"
    channel: str = Field(default="", max_length=50)
    client_id: str = Field(default="", max_length=64)
    seen: int | None = None
    anyway: bool = False


class ConversationChange(BaseModel):
    """What to change: who has it (`me`, a person's id, or null for nobody), and whether it is closed."""

    assigned_to: str | None = None
    state: Literal["open", "closed"] | None = None
    version: int | None = None


@router.get("/conversations")
def get_conversations(
    caller: Sees,
    store: Storage,
    view: Literal["mine", "unassigned", "all", "closed"] = "all",
    channel: Annotated[str | None, Query(max_length=50)] = None,
    customer: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Limit = 50,
) -> ConversationPage:
    """List conversations of a pile, or all of one customer."""
    with store.database.read() as connection:
        if customer is not None:
            return ConversationPage(
                items=[_out(one) for one in conversations_of(connection, caller.workspace.id, customer, limit)], next=None
            )
        found, following = inbox(connection, caller.workspace.id, view, caller.id, channel=channel, after=cursor, limit=limit)
    return ConversationPage(items=[_out(one) for one in found], next=following)


@router.post("/conversations", status_code=201)
def post_conversation(body: ConversationIn, caller: Works, store: Storage) -> ConversationOut:
    """Write to a customer; it goes on with their conversation of the last seven days, or begins one."""
    with store.database.read() as connection:
        customer_id = _customer(connection, caller, body)
    message = write_first(
        store, caller, customer_id, channel=body.channel, text=body.text, subject=body.subject, client_id=body.client_id
    )
    with store.database.read() as connection:
        return _out(conversation(connection, caller.workspace.id, message.conversation_id))


@router.get("/conversations/{id}")
def get_conversation(id: str, caller: Sees, store: Storage) -> ConversationOut:
    """Return one conversation; its messages are at …/messages."""
    with store.database.read() as connection:
        return _out(conversation(connection, caller.workspace.id, id))


@router.get("/conversations/{id}/messages")
def get_messages(
    id: str, caller: Sees, store: Storage, after: int = 0, cursor: Annotated[int | None, Query(ge=1)] = None, limit: Limit = 100
) -> MessagePage:
    """List the latest messages; those after a number, or before the cursor, where one is given."""
    with store.database.read() as connection:
        conversation(connection, caller.workspace.id, id)
        found = messages_of(connection, caller.workspace.id, id, after=after, before=cursor, limit=limit + 1)
    more = len(found) > limit
    shown = found[-limit:]
    return MessagePage(items=[_message(one) for one in shown], next=str(shown[0].number) if more else None)


@router.post("/conversations/{id}/messages", status_code=201)
def post_message(id: str, body: MessageIn, caller: Works, store: Storage) -> MessageOut:
    """Answer the customer, or write a note for colleagues."""
    wish = Wish(body.text, body.kind, body.channel, body.client_id, body.seen, body.anyway)
    return _message(say(store, caller, id, wish))


@router.patch("/conversations/{id}")
def patch_conversation(id: str, body: ConversationChange, caller: Works, store: Storage) -> ConversationOut:
    """Hand a conversation on, close it, or open it again."""
    version = body.version
    if "assigned_to" in body.model_fields_set:
        hand_to(store, caller, id, body.assigned_to or "", version=version)
        version = None
    if body.state == "closed":
        end(store, caller, id, version=version)
    elif body.state == "open":
        resume(store, caller, id)
    with store.database.read() as connection:
        return _out(conversation(connection, caller.workspace.id, id))


def _customer(connection: Connection, caller: Caller, body: ConversationIn) -> str:
    if body.customer_id:
        found = identify.survivor(connection, caller.workspace.id, body.customer_id)
    elif body.user_id:
        node = identify.find(connection, caller.workspace.id, "user_id", body.user_id)
        found = node.customer_id if node else None
    else:
        raise Invalid("Name the customer by customer_id or user_id.", code="no_customer", field="customer_id")
    if found is None:
        raise NotFound("There is no such customer here.", code="no_customer", field="customer_id")
    return found


def _out(one: Conversation) -> ConversationOut:
    return ConversationOut(
        id=one.id, number=one.number, customer_id=one.customer_id or None, channel=one.channel, state=one.state,
        assigned_to=one.assigned_to, subject=one.subject, verified=one.verified, started_at=to_iso(one.started_at),
        last_message_at=to_iso(one.last_message_at), waiting_since=_iso(one.waiting_since),
        first_reply_at=_iso(one.first_reply_at), closed_at=_iso(one.closed_at), unread=one.unread, messages=one.messages,
        version=one.version,
    )  # fmt: skip


def _message(one: Message) -> MessageOut:
    return MessageOut(
        id=one.id, number=one.number, at=to_iso(one.at), direction=one.direction, channel=one.channel,
        author=one.author_name or None, text=one.text, delivered_at=_iso(one.delivered_at), read_at=_iso(one.read_at),
    )  # fmt: skip


def _iso(at: int | None) -> str | None:
    return to_iso(at) if at is not None else None
