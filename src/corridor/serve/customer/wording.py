"""How what happened is said on a timeline: a title and one line of detail for each kind of event, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corridor.collect import decimals
from corridor.ground.ui import N_
from corridor.ground.ui.formats import day, money, number
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import Workspace

TITLES = {
    "Page Viewed": N_("Looked at a page"),
    "Screen Viewed": N_("Looked at a screen"),
    "Page Not Found": N_("Met a page that does not exist"),
    "Identified": N_("Told who they are"),
    "Joined Account": N_("Joined an account"),
    "Alias Given": N_("Got another id"),
    "Products Searched": N_("Searched"),
    "Product List Viewed": N_("Looked through a list"),
    "Product List Filtered": N_("Narrowed a list"),
    "Product Clicked": N_("Chose a product to look at"),
    "Product Viewed": N_("Looked at a product"),
    "Product Shared": N_("Shared a product"),
    "Product Tried": N_("Tried a product"),
    "Product Added": N_("Put into the cart"),
    "Product Removed": N_("Took out of the cart"),
    "Product Added to Wishlist": N_("Put on the wish list"),
    "Product Reviewed": N_("Reviewed"),
    "Promotion Viewed": N_("Saw an offer"),
    "Promotion Clicked": N_("Opened an offer"),
    "Cart Viewed": N_("Looked at the cart"),
    "Checkout Started": N_("Went to the till"),
    "Checkout Step Viewed": N_("A step of the till"),
    "Checkout Step Completed": N_("Finished a step of the till"),
    "Payment Info Entered": N_("Gave payment details"),
    "Form Error": N_("Met an error in a form"),
    "Order Completed": N_("Bought"),
    "Order Confirmed": N_("Order confirmed"),
    "Order Updated": N_("Order changed"),
    "Order Refunded": N_("Money given back"),
    "Order Cancelled": N_("Order cancelled"),
    "Order Shipped": N_("Sent on its way"),
    "Order Delivered": N_("Delivered"),
    "Order Picked Up": N_("Picked up"),
    "Parcel With Carrier": N_("Parcel with the carrier"),
    "Delivery Attempted": N_("Delivery tried in vain"),
    "Return Requested": N_("Wants to return something"),
    "Store Visited": N_("Came to the shop"),
    "Code Scanned": N_("Scanned a code"),
    "Promise Made": N_("Promised"),
    "Promise Kept": N_("Promise kept"),
    "Promise Broken": N_("Promise broken"),
    "Promise Overdue": N_("Promise overdue"),
    "Promise Withdrawn": N_("Promise withdrawn"),
    "Experience Rated": N_("Rated"),
    "Expectation Stated": N_("Said what they expect"),
    "Effort Rated": N_("Rated the effort"),
    "Survey Answered": N_("Answered a survey"),
    "Message Received": N_("Wrote to us"),
    "Message Sent": N_("We wrote"),
    "Live Chat Conversation Started": N_("Began a chat"),
    "Live Chat Conversation Ended": N_("Chat closed"),
    "Conversation Ended": N_("Conversation closed"),
    "Call Started": N_("Called"),
    "Call Held": N_("Put on hold"),
    "Call Transferred": N_("Put through to somebody else"),
    "Call Ended": N_("Call ended"),
    "Email Delivered": N_("E-mail arrived"),
    "Email Opened": N_("Opened an e-mail"),
    "Email Link Clicked": N_("Followed a link in an e-mail"),
    "Email Bounced": N_("E-mail came back"),
    "Unsubscribed": N_("Wants no more e-mail"),
    "Signal Noticed": N_("Signal noticed"),
    "Case Opened": N_("Case opened"),
    "Case Changed": N_("Case changed"),
    "Case Assigned": N_("Case given to a colleague"),
    "Case Noted": N_("Note on a case"),
    "Case Closed": N_("Case closed"),
    "Case Reopened": N_("Case opened again"),
    "Invoice Issued": N_("Invoice sent"),
    "Invoice Paid": N_("Invoice paid"),
    "Subscription Started": N_("Subscription begun"),
    "Subscription Renewed": N_("Subscription renewed"),
    "Subscription Cancelled": N_("Subscription cancelled"),
    "Opportunity Updated": N_("Forecast changed"),
    "Appointment Booked": N_("Appointment made"),
    "Reading Taken": N_("Reading taken"),
    "Account Reviewed": N_("Account reviewed together"),
    "Account Closed": N_("Account closed"),
}
"""What a reader says for the names that the house knows; any other name stands as it was sent."""

WORDS = ("text", "comment", "review_body", "words", "message")
"""Properties that hold what a person wrote, the likeliest first."""

AMOUNTS = ("revenue", "total", "amount")
UNITS = {
    "days": (N_("%(count)s days late"), N_("1 day late")),
    "hours": (N_("%(count)s hours late"), N_("1 hour late")),
    "minutes": (N_("%(count)s minutes late"), N_("1 minute late")),
    "weeks": (N_("%(count)s weeks late"), N_("1 week late")),
}

Detail = dict[str, Any]


def title_of(name: str, language: str) -> str:
    """Return what happened in a few words."""
    return translate(language, TITLES.get(name, name))


def words_in(name: str, detail: Detail) -> str:
    """Return what a person wrote or said in this event, if anything."""
    return next((one.strip() for key in WORDS if isinstance(one := detail.get(key), str) and one.strip()), "")


def detail_of(name: str, detail: Detail, workspace: Workspace, language: str) -> str:
    """Return the few things that tell most about this event, in one line."""
    parts = [part for read in _READERS if (part := read(detail, workspace, language))]
    return " · ".join(parts)


def miss_in_words(miss: float | None, unit: str, workspace: Workspace, language: str) -> str:
    """Return by how much a promise was missed; empty where nobody knows."""
    if miss is None or miss <= 0:
        return ""
    if unit in UNITS:
        many, one = UNITS[unit]
        size = round(miss, 1)
        return translate(language, one) if size == 1 else translate(language, many) % {"count": number(size, language)}
    if unit == "money":
        currency = workspace.currency
        amount = money(round(miss * 10 ** decimals(currency)), currency, language)
        return translate(language, N_("%(amount)s more than promised")) % {"amount": amount}
    return translate(language, N_("missed by %(amount)s %(unit)s")) % {"amount": number(round(miss, 1), language), "unit": unit}


def _rating(detail: Detail, workspace: Workspace, language: str) -> str:
    value, highest = _figure(detail.get("value", detail.get("rating"))), _figure(detail.get("highest"))
    if value is None or (highest is None and "rating" not in detail):
        return ""
    best = 5.0 if highest is None else highest
    return translate(language, N_("%(value)s of %(best)s")) % {"value": _plain(value, language), "best": _plain(best, language)}


def _amount(detail: Detail, workspace: Workspace, language: str) -> str:
    given = next((_figure(detail[key]) for key in AMOUNTS if detail.get(key) is not None), None)
    if given is None or abs(given) > 1e12:
        return ""
    currency = detail.get("currency")
    unit = currency.upper() if isinstance(currency, str) and len(currency) == 3 else workspace.currency
    return money(round(given * 10 ** decimals(unit)), unit, language)


def _order(detail: Detail, workspace: Workspace, language: str) -> str:
    order = detail.get("order_id")
    return translate(language, N_("order %(id)s")) % {"id": str(order)[:40]} if isinstance(order, str | int) else ""


def _things(detail: Detail, workspace: Workspace, language: str) -> str:
    products = detail.get("products")
    if isinstance(products, list) and products and isinstance(products[0], dict):
        first = str(products[0].get("name") or products[0].get("sku") or "")[:80]
        if not first or len(products) == 1:
            return first
        return translate(language, N_("%(first)s and %(more)s more")) % {
            "first": first,
            "more": number(len(products) - 1, language),
        }
    return next((str(detail[key])[:80] for key in ("product", "name", "title") if isinstance(detail.get(key), str)), "")


def _place(detail: Detail, workspace: Workspace, language: str) -> str:
    path = detail.get("path")
    return path[:120] if isinstance(path, str) and not detail.get("title") else ""


def _query(detail: Detail, workspace: Workspace, language: str) -> str:
    query = detail.get("query")
    return f"“{query[:80]}”" if isinstance(query, str) and query else ""


def _subject(detail: Detail, workspace: Workspace, language: str) -> str:
    subject = detail.get("subject")
    return subject[:120] if isinstance(subject, str) else ""


def _due(detail: Detail, workspace: Workspace, language: str) -> str:
    from datetime import datetime

    due = detail.get("due")
    if not isinstance(due, str):
        return ""
    try:
        moment = datetime.fromisoformat(due.replace("Z", "+00:00"))
    except ValueError:
        return ""
    return translate(language, N_("for %(day)s")) % {"day": day(moment, language, workspace.zone)}


_READERS: tuple[Callable[[Detail, Workspace, str], str], ...] = (
    _rating,
    _subject,
    _things,
    _place,
    _query,
    _amount,
    _due,
    _order,
)


def _figure(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except ValueError:
        return None
    return read if abs(read) < 1e15 else None


def _plain(value: float, language: str) -> str:
    return number(int(value) if value.is_integer() else round(value, 1), language)
