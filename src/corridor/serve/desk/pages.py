"""The pages of conversations: the inbox, and one conversation with the customer's whole page beside it. They work without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from corridor import remember
from corridor.ground.access import Caller, Sees, Works
from corridor.ground.channels.chat import frame, linked
from corridor.ground.extensions import offer
from corridor.ground.problems import Problem
from corridor.ground.store import Store
from corridor.ground.ui import N_, NavItem, fragment, navigate, page, translations
from corridor.ground.vocabulary import SECOND, new_id, now
from corridor.ground.web import Filtered, Filters, Storage
from corridor.serve.acting import AnsweredMeanwhile, Wish, colleagues, end, hand_to, resume, say, tell, tell_presence
from corridor.serve.chat.visitors import visitors_of
from corridor.serve.conversations import channels_of, conversation, messages_of, waiting_for_us
from corridor.serve.customer.moments import Narrowed, read_timeline
from corridor.serve.customer.view import view_customer
from corridor.serve.desk.inbox import VIEWS, View, inbox, pile_sizes
from corridor.serve.facts import Conversation
from corridor.serve.live import live
from corridor.serve.speak import mark_read

router = APIRouter(include_in_schema=False)

SHOWN = 60
Place = Annotated[str | None, Query(max_length=500)]


@router.get("/conversations")
def inbox_page(
    request: Request, caller: Sees, store: Storage, filters: Filtered, view: str = "", after: Place = None
) -> HTMLResponse:
    """Show a pile of conversations, who waits longest first."""
    with store.database.read() as connection:
        sizes = pile_sizes(connection, caller.workspace.id, caller.id)
        chosen = _view(view, sizes)
        rows, following = inbox(connection, caller.workspace.id, chosen, caller.id, channel=filters.channel, after=after)
        names = remember.names(connection, caller.workspace.id, {one.customer_id for one in rows if one.customer_id})
        people = {one.id: one.name for one in colleagues(connection, caller.workspace.id)}
    context: dict[str, Any] = {
        "filters": filters, "view": chosen, "rows": rows, "next": following, "sizes": sizes, "names": names, "people": people,
        "moment": now(), "second": SECOND,
    }  # fmt: skip
    if request.headers.get("hx-target", "").endswith("inbox"):
        return fragment(request, caller, "serve/desk/inbox.html", "list", **context)
    return page(request, caller, "serve/desk/inbox.html", **context)


@router.get("/conversations/live")
def inbox_live(request: Request, caller: Sees, store: Storage) -> StreamingResponse:
    """Tell the inbox when any conversation has changed."""
    resumed = bool(request.headers.get("last-event-id"))
    return live(store, caller.workspace.id, {"conversation"}, lambda topic, _id: frame("news", topic), resumed=resumed)


@router.get("/conversations/{conversation_id}")
def conversation_page(
    request: Request, caller: Sees, store: Storage, filters: Filtered, conversation_id: str, before: int | None = None
) -> HTMLResponse:
    """Show a conversation, with its customer beside it."""
    context = _talk(store, caller, conversation_id, before)
    if request.headers.get("hx-target", "").endswith("talk"):
        return fragment(request, caller, "serve/desk/conversation.html", "talk", **context)
    return _whole_page(request, caller, store, filters, context)


@router.get("/conversations/{conversation_id}/live")
def conversation_live(request: Request, caller: Sees, store: Storage, conversation_id: str) -> StreamingResponse:
    """Tell the page of a conversation what is new: words, who writes, who looks, and what the customer did elsewhere."""
    with store.database.read() as connection:
        current = conversation(connection, caller.workspace.id, conversation_id)

    def wanted(topic: str, id: str) -> str | None:
        if topic == "customer":
            return frame("customer", "") if id == current.customer_id else None
        about, _, who = id.partition("\n")
        if about != conversation_id:
            return None
        if topic == "conversation":
            return frame("news", "")
        person, _, name = who.partition("\n")
        return None if person == caller.id else frame(topic, {"person": person, "name": name})

    topics = {"conversation", "typing", "presence", "customer"}
    return live(store, caller.workspace.id, topics, wanted, resumed=bool(request.headers.get("last-event-id")))


@router.post("/conversations/{conversation_id}/messages")
def write(
    request: Request,
    caller: Works,
    store: Storage,
    filters: Filtered,
    conversation_id: str,
    text: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "reply",
    channel: Annotated[str, Form(max_length=50)] = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
    seen: Annotated[int | None, Form()] = None,
    anyway: Annotated[bool, Form()] = False,
) -> Response:
    """Answer, or write a note; what could not be sent is shown again with the reason."""
    try:
        say(store, caller, conversation_id, Wish(text, kind, channel, client_id, seen, anyway))
    except Problem as problem:
        context = _talk(store, caller, conversation_id, None)
        context |= {"problem": problem, "text": text, "kind": kind, "quicker": isinstance(problem, AnsweredMeanwhile)}
        return _whole_page(request, caller, store, filters, context, problem.status)
    return navigate(f"/conversations/{conversation_id}#end")


@router.post("/conversations/{conversation_id}/assign")
def hand_on(caller: Works, store: Storage, conversation_id: str, to: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Give the conversation to a colleague, or to everybody."""
    hand_to(store, caller, conversation_id, to)
    return navigate(f"/conversations/{conversation_id}")


@router.post("/conversations/{conversation_id}/close")
def close_conversation(caller: Works, store: Storage, conversation_id: str) -> Response:
    """Close the conversation and go back to the inbox."""
    end(store, caller, conversation_id)
    _ = translations(caller.language).gettext
    return navigate("/conversations", _("The conversation is closed. A new message opens it again."))


@router.post("/conversations/{conversation_id}/reopen")
def reopen_conversation(caller: Works, store: Storage, conversation_id: str) -> Response:
    """Open a closed conversation again."""
    resume(store, caller, conversation_id)
    return navigate(f"/conversations/{conversation_id}")


@router.post("/conversations/{conversation_id}/presence")
def presence(
    caller: Works, store: Storage, conversation_id: str, what: Annotated[str, Form(pattern="^(here|typing)$")] = "here"
) -> Response:
    """Let the others see that somebody looks at the conversation, or writes in it."""
    with store.database.read() as connection:
        current = conversation(connection, caller.workspace.id, conversation_id)
    tell_presence(store, caller, current, what)
    return Response(status_code=204)


def _view(asked: str, sizes: dict[str, int]) -> View:
    """Return the asked pile; without one, the caller's own where there is work in it, else all."""
    found = next((view for view in VIEWS if view == asked), None)
    return found or ("mine" if sizes["mine"] else "all")


def _talk(store: Store, caller: Caller, conversation_id: str, before: int | None) -> dict[str, Any]:
    """Return what the conversation's own column shows, and note that somebody of the house has seen it."""
    with store.database.read() as connection:
        current = conversation(connection, caller.workspace.id, conversation_id)
        found = messages_of(connection, caller.workspace.id, conversation_id, before=before, limit=SHOWN + 1)
        channels = channels_of(connection, caller.workspace.id, conversation_id)
        people = colleagues(connection, caller.workspace.id)
        names = remember.names(connection, caller.workspace.id, {current.customer_id} - {""})
        visitors = visitors_of(connection, caller.workspace.id, current.audience) if current.audience else []
    shown = found[-SHOWN:]
    if caller.works and caller.by == "session" and current.unread:
        _note_read(store, caller, current)
    return {
        "talk": current,
        "messages": shown,
        "more": shown[0].number if len(found) > SHOWN else None,
        "first_unread": next((one.number for one in shown if one.direction == "in" and one.read_at is None), None),
        "seen": shown[-1].number if shown else 0,
        "channels": channels or [current.channel],
        "people": people,
        "name": names.get(current.customer_id, ""),
        "visitor": visitors[0] if visitors else None,
        "waited": (now() - current.waiting_since) / SECOND if current.waiting_since else 0,
        "linked": linked,
        "problem": None,
        "quicker": False,
        "text": "",
        "kind": "reply",
        "client_id": new_id(),
    }


def _note_read(store: Store, caller: Caller, current: Conversation) -> None:
    with store.database.write() as connection:
        changed = mark_read(connection, caller.workspace.id, current.id)
    if changed:
        tell(store, caller.workspace.id, current.id)


def _whole_page(
    request: Request, caller: Caller, store: Store, filters: Filters, context: dict[str, Any], status: int = 200
) -> HTMLResponse:
    current: Conversation = context["talk"]
    view = timeline = None
    if current.customer_id:
        with store.database.read() as connection:
            view = view_customer(connection, caller.workspace, caller.language, current.customer_id)
        if view is not None:
            timeline = read_timeline(store, caller.workspace, caller.language, view.id, Narrowed())
    return page(request, caller, "serve/desk/conversation.html", status, filters=filters, view=view, timeline=timeline, **context)


def count_waiting(caller: Caller, store: Store) -> int | None:
    """Return how many conversations wait for our answer, for the rail."""
    with store.database.read() as connection:
        return waiting_for_us(connection, caller.workspace.id) or None


offer(NavItem(N_("Conversations"), "/conversations", "serve", 70, count=count_waiting))
