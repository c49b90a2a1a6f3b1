"""What somebody at the desk does with a conversation, by page or by API: one transaction, then the news."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from corridor import identify
from corridor.ground.access import Caller, Person, people_of
from corridor.ground.access.facts import WORKS
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.store import Store
from corridor.ground.ui import N_
from corridor.serve.conversations import conversation
from corridor.serve.facts import Agent, Conversation, Message
from corridor.serve.speak import answered_since, assign, close, note, open_with, reopen, reply

ANSWERED_MEANWHILE = N_("%(name)s has answered meanwhile. Read it, then send yours if it still helps.")


class AnsweredMeanwhile(Conflict):
    """A colleague answered after this page was loaded; `message` is what they wrote."""

    def __init__(self, message: Message) -> None:
        super().__init__(ANSWERED_MEANWHILE % {"name": message.author_name}, code="answered_meanwhile")
        self.message = message


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be said: a reply or a note, on which channel, and the last message its writer had seen."""

    text: str
    kind: str = "reply"
    channel: str = ""
    client_id: str = ""
    seen: int | None = None
    anyway: bool = False


def agent_of(caller: Caller) -> Agent:
    """Return the caller as who writes."""
    return Agent(caller.id, caller.name or caller.email, is_person=caller.by == "session")


def say(store: Store, caller: Caller, conversation_id: str, wish: Wish) -> Message:
    """Keep a reply or a note, and let the customer hear the reply.

    Raises:
        NotFound: there is no such conversation.
        Invalid: the words are missing, or nobody can be reached.
        TooLarge: the words are too long.
        AnsweredMeanwhile: a colleague was quicker, and `anyway` was not said.
    """
    workspace_id, agent = caller.workspace.id, agent_of(caller)
    with store.database.write() as connection:
        if wish.kind == "note":
            said = note(connection, workspace_id, conversation_id, agent, wish.text, client_id=wish.client_id)
        else:
            quicker = _quicker(connection, workspace_id, conversation_id, agent, wish)
            if quicker is not None:
                raise AnsweredMeanwhile(quicker)
            said = reply(
                connection, workspace_id, conversation_id, agent, wish.text, channel=wish.channel, client_id=wish.client_id
            )
    tell(store, workspace_id, conversation_id, said.audience)
    return said


def write_first(
    store: Store, caller: Caller, customer_id: str, *, channel: str, text: str, subject: str = "", client_id: str = ""
) -> Message:
    """Write to a customer before they wrote, or go on with what is running.

    Raises:
        NotFound: there is no such customer.
        Invalid: the words are missing, or nobody can be reached on this channel.
        TooLarge: the words are too long.
    """
    workspace_id = caller.workspace.id
    with store.database.write() as connection:
        nodes = identify.nodes_of(connection, workspace_id, customer_id)
        if not nodes:
            raise NotFound("There is no such customer here.", code="no_customer", field="customer_id")
        message = open_with(
            connection, workspace_id, node_id=nodes[0].id, customer_id=customer_id, channel=channel,
            agent=agent_of(caller), text=text, subject=subject, client_id=client_id,
        )  # fmt: skip
    tell(store, workspace_id, message.conversation_id, message.audience)
    return message


def hand_to(store: Store, caller: Caller, conversation_id: str, person_id: str, *, version: int | None = None) -> None:
    """Give the conversation to a colleague; `me` is the caller, and nobody is ''.

    Raises:
        NotFound: there is no such conversation.
        Invalid: nobody of this id works on conversations here.
        Conflict: it changed since `version`.
    """
    wanted = caller.id if person_id == "me" else person_id
    with store.database.write() as connection:
        if wanted and wanted not in {person.id for person in colleagues(connection, caller.workspace.id)}:
            raise Invalid(N_("Nobody of this id works on conversations here."), code="no_person", field="assigned_to")
        assign(connection, caller.workspace.id, conversation_id, wanted or None, version=version)
    tell(store, caller.workspace.id, conversation_id)


def end(store: Store, caller: Caller, conversation_id: str, *, version: int | None = None) -> None:
    """Close the conversation.

    Raises:
        NotFound: there is no such conversation.
        Conflict: it changed since `version`.
    """
    with store.database.write() as connection:
        close(connection, caller.workspace.id, conversation_id, agent_of(caller), version=version)
        audience = conversation(connection, caller.workspace.id, conversation_id).audience
    tell(store, caller.workspace.id, conversation_id, audience)


def resume(store: Store, caller: Caller, conversation_id: str) -> None:
    """Open a closed conversation again.

    Raises:
        NotFound: there is no such conversation.
    """
    with store.database.write() as connection:
        reopen(connection, caller.workspace.id, conversation_id)
        audience = conversation(connection, caller.workspace.id, conversation_id).audience
    tell(store, caller.workspace.id, conversation_id, audience)


def tell(store: Store, workspace_id: str, conversation_id: str, audience: str = "") -> None:
    """Let live pages and the customer's browser know that there is something new."""
    news = [("conversation", conversation_id)]
    store.news.tell_all(workspace_id, [*news, ("chat", audience)] if audience else news)


def tell_presence(store: Store, caller: Caller, current: Conversation, what: str) -> None:
    """Let colleagues see who looks or writes, and the customer that an answer is being written. It is never kept."""
    topic = "typing" if what == "typing" else "presence"
    news = [(topic, f"{current.id}\n{caller.id}\n{caller.name or caller.email}")]
    if what == "typing" and current.audience:
        news.append(("chat-typing", current.audience))
    store.news.tell_all(caller.workspace.id, news)


def colleagues(connection: Connection, workspace_id: str) -> list[Person]:
    """Return the people who work on conversations, by name."""
    return [one for one in people_of(connection, workspace_id) if one.role in WORKS and one.disabled_at is None]


def _quicker(connection: Connection, workspace_id: str, conversation_id: str, agent: Agent, wish: Wish) -> Message | None:
    if wish.seen is None or wish.anyway:
        return None
    return answered_since(connection, workspace_id, conversation_id, wish.seen, agent)
