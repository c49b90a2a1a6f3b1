"""The pages of customers: the list, one customer, why one person, and merging by hand. Each works without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import Connection

from corridor import identify, remember
from corridor.ground.access import Caller, Sees, Works, actor, record_action
from corridor.ground.channels.chat import frame
from corridor.ground.extensions import offer
from corridor.ground.problems import Invalid, NotFound, Problem
from corridor.ground.store import Store
from corridor.ground.ui import N_, FilterChoices, NavItem, SearchHit, SearchSource, fragment, navigate, page, translations
from corridor.ground.vocabulary import new_id
from corridor.ground.web import Filtered, Storage
from corridor.serve.acting import write_first
from corridor.serve.customer.identity import LONGEST_REASON, candidates, kind_name, read_identity
from corridor.serve.customer.listing import list_customers, write_csv
from corridor.serve.customer.moments import Narrowed, read_timeline
from corridor.serve.customer.view import CustomerView, current_id, view_customer
from corridor.serve.live import live

router = APIRouter(include_in_schema=False)

MOST_SEGMENTS = 60

Words = Annotated[str, Query(max_length=200)]
Key = Annotated[str | None, Query(max_length=100)]
Place = Annotated[str | None, Query(max_length=500)]


@router.get("/customers")
def customers_page(
    request: Request, caller: Sees, store: Storage, filters: Filtered, q: Words = "", after: Place = None
) -> HTMLResponse:
    """List customers, the last seen first, narrowed by words and by segment."""
    with store.database.read() as connection:
        rows, following = list_customers(connection, caller.workspace.id, query=q, segment=filters.segment, after=after)
    context: dict[str, Any] = {
        "filters": filters,
        "rows": rows,
        "next": following,
        "words": q,
        "narrowed": bool(q or filters.segment),
    }
    if request.headers.get("hx-target", "").endswith("customers"):
        return fragment(request, caller, "serve/customer/list.html", "list", **context)
    return page(request, caller, "serve/customer/list.html", **context)


@router.get("/customers.csv")
def customers_csv(request: Request, caller: Sees, store: Storage, filters: Filtered, q: Words = "") -> StreamingResponse:
    """Give the list as CSV; who took it along is written down."""
    with store.database.write() as connection:
        by = actor(caller, request)
        record_action(
            connection, caller.workspace.id, by, "customers exported", "customers", after={"segment": filters.segment or ""}
        )
    return StreamingResponse(
        write_csv(store, caller.workspace, q, filters.segment),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
    )


@router.get("/customers/{customer_id}")
def customer_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    customer_id: str,
    touchpoint: Key = None,
    before: Place = None,
    down_to: Place = None,
) -> Response:
    """Show a customer: who, the story, the timeline, and what every room knows."""
    view = _view(store, caller, customer_id)
    if isinstance(view, Response):
        return view
    wanted = Narrowed(filters.channel, touchpoint or None, before, down_to)
    timeline = read_timeline(store, caller.workspace, caller.language, view.id, wanted)
    context: dict[str, Any] = {"filters": filters, "view": view, "timeline": timeline, "before": before}
    if request.headers.get("hx-target", "").endswith("older"):
        return fragment(request, caller, "serve/customer/customer.html", "older", **context)
    return page(request, caller, "serve/customer/customer.html", **context)


@router.get("/customers/{customer_id}/live")
def customer_live(request: Request, caller: Sees, store: Storage, customer_id: str) -> StreamingResponse:
    """Tell the customer's page when there is something new about them."""
    with store.database.read() as connection:
        _moved(connection, caller, customer_id)

    def wanted(topic: str, id: str) -> str | None:
        return frame("news", topic) if id == customer_id else None

    resumed = bool(request.headers.get("last-event-id"))
    return live(store, caller.workspace.id, {"customer"}, wanted, resumed=resumed)


@router.get("/customers/{customer_id}/identity")
def identity_page(request: Request, caller: Sees, store: Storage, customer_id: str, q: Words = "") -> Response:
    """Show why these identifiers are one person, the merges, and the way to merge another customer by hand."""
    with store.database.read() as connection:
        moved = _moved(connection, caller, customer_id, "/identity")
        if moved is not None:
            return moved
        profile = remember.profile(connection, caller.workspace.id, customer_id)
        identity = read_identity(connection, caller.workspace.id, caller.language, customer_id)
        found = candidates(connection, caller.workspace.id, customer_id, q) if caller.works else []
    return page(
        request, caller, "serve/customer/identity.html",
        profile=profile, identity=identity, kind_name=lambda kind: kind_name(kind, caller.language),
        words=q, candidates=found, may_work=caller.works, id=customer_id,
    )  # fmt: skip


@router.get("/customers/{customer_id}/merge/{other_id}")
def merge_page(request: Request, caller: Works, store: Storage, customer_id: str, other_id: str) -> Response:
    """Show both customers side by side before they are merged."""
    return _merge_page(request, caller, store, customer_id, other_id)


@router.post("/customers/{customer_id}/merge/{other_id}")
def merge_customers(
    request: Request,
    caller: Works,
    store: Storage,
    customer_id: str,
    other_id: str,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Merge the other customer into this one, with the reason."""
    why = reason.strip()
    gettext, ngettext = translations(caller.language)
    if not why or len(why) > LONGEST_REASON:
        problem = Invalid(
            gettext("Say in up to 500 characters how you know that they are one person."), code="no_reason", field="reason"
        )
        return _merge_page(request, caller, store, customer_id, other_id, problem)
    try:
        with store.database.write() as connection:
            done = identify.merge(connection, caller.workspace.id, customer_id, other_id, caller.name, why)
            record_action(
                connection, caller.workspace.id, actor(caller, request), "customers merged", done.keep,
                after={"other": done.other, "merge": done.id, "reason": why},
            )  # fmt: skip
    except Invalid as problem:
        return _merge_page(request, caller, store, customer_id, other_id, problem)
    store.news.tell_all(caller.workspace.id, [("customer", done.keep), ("customer", done.other)])
    said = ngettext(
        "They are one person now: %(num)s identifier was added.",
        "They are one person now: %(num)s identifiers were added.",
        len(done.nodes),
    )
    return navigate(f"/customers/{done.keep}/identity", said)


@router.post("/customers/{customer_id}/merges/{merge_id}/undo")
def undo_merge(request: Request, caller: Works, store: Storage, customer_id: str, merge_id: str) -> Response:
    """Undo a merge: both are their own customer again, with their own history."""
    _ = translations(caller.language).gettext
    with store.database.write() as connection:
        _moved(connection, caller, customer_id)
        undone = identify.undo(connection, caller.workspace.id, merge_id, caller.name)
        record_action(
            connection, caller.workspace.id, actor(caller, request), "merge undone", merge_id, after={"other": undone.other}
        )
    store.news.tell_all(caller.workspace.id, [("customer", undone.keep), ("customer", undone.other)])
    return navigate(f"/customers/{customer_id}/identity", _("The merge was undone. Each has their own history again."))


@router.get("/customers/{customer_id}/write")
def write_page(request: Request, caller: Works, store: Storage, customer_id: str) -> Response:
    """Offer to write to a customer who has not written to us."""
    view = _view(store, caller, customer_id)
    if isinstance(view, Response):
        return view
    return page(request, caller, "serve/customer/write.html", view=view, problem=None, text="", channel="", client_id=new_id())


@router.post("/customers/{customer_id}/write")
def write_to_customer(
    request: Request,
    caller: Works,
    store: Storage,
    customer_id: str,
    text: Annotated[str, Form()] = "",
    channel: Annotated[str, Form(max_length=50)] = "email",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Send the first words of a conversation."""
    view = _view(store, caller, customer_id)
    if isinstance(view, Response):
        return view
    try:
        message = write_first(store, caller, view.id, channel=channel, text=text, client_id=client_id)
    except Problem as problem:
        return page(
            request, caller, "serve/customer/write.html", status=problem.status,
            view=view, problem=problem, text=text, channel=channel, client_id=client_id,
        )  # fmt: skip
    return navigate(f"/conversations/{message.conversation_id}")


def _view(store: Store, caller: Caller, customer_id: str) -> CustomerView | Response:
    """Return the customer, or the way to the one that this one has become part of."""
    with store.database.read() as connection:
        moved = _moved(connection, caller, customer_id)
        if moved is not None:
            return moved
        view = view_customer(connection, caller.workspace, caller.language, customer_id)
    if view is None:
        raise NotFound("There is no such customer here. The list of customers is at /customers.", code="no_customer")
    return view


def _moved(connection: Connection, caller: Caller, customer_id: str, below: str = "") -> Response | None:
    """Return the way to the customer that this one was merged into; None where it stands for itself.

    Raises:
        NotFound: there is no such customer here, and there never was.
    """
    now_known_as = current_id(connection, caller.workspace.id, customer_id)
    if now_known_as is None:
        raise NotFound("There is no such customer here. The list of customers is at /customers.", code="no_customer")
    if now_known_as == customer_id:
        return None
    _ = translations(caller.language).gettext
    return navigate(f"/customers/{now_known_as}{below}", _("That customer was merged into this one: they are the same person."))


def _merge_page(
    request: Request, caller: Caller, store: Store, customer_id: str, other_id: str, problem: Problem | None = None
) -> HTMLResponse:
    with store.database.read() as connection:
        sides = [remember.profile(connection, caller.workspace.id, id) for id in (customer_id, other_id)]
    if None in sides:
        raise NotFound("One of these customers is not here. Look for them again in the list at /customers.", code="no_customer")
    return page(
        request, caller, "serve/customer/merge.html", status=problem.status if problem else 200,
        kept=sides[0], gone=sides[1], problem=problem, kind_name=lambda kind: kind_name(kind, caller.language),
    )  # fmt: skip


def find_customers(caller: Caller, store: Store, words: str) -> list[SearchHit]:
    """Answer the global search with customers."""
    with store.database.read() as connection:
        found, _following = remember.profiles(connection, caller.workspace.id, query=words, limit=8)
    return [
        SearchHit(one.name, " · ".join(value for _kind, value in one.identifiers[:3]), f"/customers/{quote(one.id)}")
        for one in found
    ]


def segment_choices(caller: Caller, store: Store) -> list[tuple[str, str]]:
    """Return the segments to narrow a page to, the largest ones where there are very many."""
    with store.database.read() as connection:
        found = remember.segments(connection, caller.workspace.id)
    largest = sorted(found, key=lambda one: -one.size)[:MOST_SEGMENTS]
    return [(one.key, one.name) for one in sorted(largest, key=lambda one: one.name)]


offer(NavItem(N_("Customers"), "/customers", "remember", 10))
offer(SearchSource(N_("Customers"), find_customers, order=10))
offer(FilterChoices("segment", segment_choices))
