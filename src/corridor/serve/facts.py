"""What serve alone writes: conversations, their messages, and the visitors of the chat. Frozen; a change makes a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corridor.ground.vocabulary import DAY, Microseconds

State = Literal["open", "waiting", "closed"]
STATES: tuple[State, ...] = ("open", "waiting", "closed")
"""Open: the customer wrote last and we owe an answer. Waiting: we wrote last. Closed: nobody owes anything."""

Direction = Literal["in", "out", "note"]
"""In: from the customer. Out: to the customer. Note: among colleagues; no customer ever sees one."""

CONTINUES_FOR = 7 * DAY
"""A message of the same customer within this time goes on with the conversation, whatever the channel."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is being said between one customer and the house, over all channels it moves through."""

    id: str
    number: int
    node_id: int
    customer_id: str
    channel: str
    """The channel of the customer's latest message."""
    audience: str
    """Which browser or signed-in user hears replies by chat: `visitor:<id>`, `user:<user id>`, or empty for nobody."""
    verified: bool
    """Whether whoever writes by chat has proven to be the customer."""
    state: State
    assigned_to: str | None
    subject: str
    last_text: str
    language: str
    started_at: Microseconds
    last_message_at: Microseconds
    last_direction: Direction
    waiting_since: Microseconds | None
    """Since when the customer has been waiting for an answer."""
    first_reply_at: Microseconds | None
    closed_at: Microseconds | None
    unread: int
    messages: int
    version: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message or note. `number` counts all messages of the workspace in the order they were kept."""

    id: str
    conversation_id: str
    number: int
    node_id: int
    customer_id: str
    at: Microseconds
    direction: Direction
    channel: str
    author: str
    author_name: str
    text: str
    audience: str
    client_id: str | None
    delivered_at: Microseconds | None
    read_at: Microseconds | None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who writes by chat in one browser. `user_id` only where the company's server signed it."""

    id: str
    anonymous_id: str
    user_id: str | None
    name: str
    email: str
    language: str
    page: str

    @property
    def audience(self) -> str:
        """Who hears what is said to this visitor: the signed-in user in every browser, or this browser alone."""
        return f"user:{self.user_id}" if self.user_id else f"visitor:{self.id}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Words of a customer on their way into a conversation."""

    text: str
    channel: str
    at: Microseconds
    client_id: str
    node_id: int = 0
    customer_id: str = ""
    """0 and empty while a new visitor has not walked the line yet; the line fills them in."""
    audience: str = ""
    """Which browser or signed-in user may see these words again in a chat; empty for nobody."""
    by_widget: bool = False
    """Whether they came from our own chat, which then hears the answers."""
    verified: bool = False
    subject: str = ""
    language: str = ""
    network: str = ""
    """A keyed hash of the address it came from, for the limits of the chat."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who writes for the house: a person, or a program with a key, to whom nothing is assigned."""

    id: str
    name: str
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How a workspace's chat looks and whom it believes."""

    name: str
    colour: str
    greeting: str
    language: str
    """`auto` (the page's language), `en` or `fa`."""
    token_secret: str
    widget_secret: str
    former_widget_secret: str
    former_until: Microseconds
    test_key: str
    """The write key of the test page; not a secret, it stands in that page's source."""

    def live_secrets(self, moment: Microseconds) -> tuple[str, ...]:
        """Return the widget secrets that still count: the present one, and the former until its time is over."""
        return (self.widget_secret, self.former_widget_secret) if moment < self.former_until else (self.widget_secret,)
