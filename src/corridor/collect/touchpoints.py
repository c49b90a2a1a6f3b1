"""The workspace's touchpoints, and how an event's touchpoint is recognised when it is written."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from corridor.collect.tables import touchpoints as table
from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import STAGES, Batch, Event, Touchpoint

DEFAULTS = (
    Touchpoint("campaign", "Campaign", "discover", "marketing", events=("Promotion Viewed", "Promotion Clicked", "Email Link Clicked"), names={"fa": "کمپین"}),
    Touchpoint("website", "Website", "discover", "marketing", events=("Page Viewed", "Screen Viewed"), names={"fa": "وب‌سایت"}),
    Touchpoint("product_page", "Product page", "choose", "product", events=("Product Viewed", "Product List Viewed", "Products Searched"), names={"fa": "صفحهٔ کالا"}),
    Touchpoint("checkout", "Checkout", "buy", "product", events=("Checkout Started", "Checkout Step Completed", "Payment Info Entered"), names={"fa": "پرداخت"}),
    Touchpoint("purchase", "Purchase", "buy", "product", events=("Order Completed",), names={"fa": "خرید"}),
    Touchpoint("delivery", "Delivery", "receive", "operations", events=("Order Shipped", "Order Delivered"), names={"fa": "تحویل"}),
    Touchpoint("first_use", "First use", "use", "product", events=("Product Used", "Reading Taken"), names={"fa": "استفادهٔ نخست"}),
    Touchpoint("chat", "Chat", "get help", "agent", events=("Message Received", "Live Chat Conversation Started"), where={"channel": ("chat", "messaging")}, names={"fa": "گفت‌وگو"}),
    Touchpoint("email_help", "E-mail", "get help", "agent", events=("Message Received",), where={"channel": ("email",)}, names={"fa": "ایمیل"}),
    Touchpoint("call", "Call", "get help", "agent", events=("Call Started",), names={"fa": "تماس"}),
    Touchpoint("billing", "Billing", "use", "account", events=("Invoice Issued", "Invoice Paid"), names={"fa": "صورت‌حساب"}),
    Touchpoint("renewal", "Renewal", "renew", "account", events=("Subscription Renewed",), names={"fa": "تمدید"}),
    Touchpoint("cancellation", "Cancellation", "leave", "account", events=("Subscription Cancelled",), names={"fa": "لغو"}),
)  # fmt: skip
"""What a new workspace starts with: the names of the Segment spec and of DESIGN section 2, at their stages."""


def touchpoints(connection: Connection, workspace_id: str) -> list[Touchpoint]:
    """Return the workspace's touchpoints by stage, in the order of the corridor."""
    rows = connection.execute(
        select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.place, table.c.key)
    ).all()
    found = [
        Touchpoint(
            key=row.key,
            name=row.name,
            names=json.loads(row.names),
            stage=row.stage,
            owner=row.owner,
            weight=row.weight,
            events=tuple(json.loads(row.events)),
            pages=tuple(json.loads(row.pages)),
            where={name: tuple(values) for name, values in json.loads(row.narrowed).items()},
            norm=row.norm,
            target=row.target,
        )
        for row in rows
    ]
    order = {stage: place for place, stage in enumerate(STAGES)}
    return sorted(found, key=lambda touchpoint: order.get(touchpoint.stage, len(STAGES)))


def save_touchpoint(connection: Connection, workspace_id: str, touchpoint: Touchpoint) -> None:
    """Add a touchpoint, or change the one with this key.

    Raises:
        Invalid: names the field that is wrong.
    """
    if not touchpoint.key or not touchpoint.key.replace("_", "").replace("-", "").isalnum():
        raise Invalid(f"The key '{touchpoint.key}' must be made of letters, digits, '-' and '_'.", field="key")
    if touchpoint.stage not in STAGES:
        raise Invalid(f"'{touchpoint.stage}' is not a stage. Choose one of: {', '.join(STAGES)}.", field="stage")
    if touchpoint.norm is not None and not 0 <= touchpoint.norm <= 100:
        raise Invalid(f"The norm {touchpoint.norm} is not on the common scale from 0 to 100.", field="norm")
    if not touchpoint.name.strip():
        raise Invalid("A touchpoint needs a name.", field="name")
    values = {
        "name": touchpoint.name.strip(),
        "names": json.dumps(touchpoint.names, ensure_ascii=False),
        "stage": touchpoint.stage,
        "owner": touchpoint.owner,
        "weight": touchpoint.weight,
        "events": json.dumps(touchpoint.events, ensure_ascii=False),
        "pages": json.dumps(touchpoint.pages, ensure_ascii=False),
        "narrowed": json.dumps(touchpoint.where, ensure_ascii=False),
        "norm": touchpoint.norm,
        "target": touchpoint.target,
    }
    last = connection.execute(select(func.max(table.c.place)).where(table.c.workspace_id == workspace_id)).scalar() or 0
    connection.execute(
        insert(table)
        .values(workspace_id=workspace_id, key=touchpoint.key, place=last + 1, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "key"], set_=values)
    )


def forget_touchpoint(connection: Connection, workspace_id: str, key: str) -> None:
    """Remove a touchpoint; events that carry it keep its key."""
    connection.execute(delete(table).where(table.c.workspace_id == workspace_id, table.c.key == key))


def add_defaults(connection: Connection, workspace_id: str) -> None:
    """Give a workspace that has no touchpoint yet the usual ones."""
    if not connection.execute(select(table.c.key).where(table.c.workspace_id == workspace_id).limit(1)).first():
        for touchpoint in DEFAULTS:
            save_touchpoint(connection, workspace_id, replace(touchpoint, norm=75.0))


class Recogniser:
    """Answers which touchpoint an event belongs to: narrower rules first, then in the order of the corridor."""

    def __init__(self, known: list[Touchpoint]) -> None:
        self._by_key = {touchpoint.key: touchpoint for touchpoint in known}
        self._by_event: dict[str, list[Touchpoint]] = {}
        ordered = sorted(known, key=lambda touchpoint: -(len(touchpoint.where) + len(touchpoint.pages)))
        for touchpoint in ordered:
            names = touchpoint.events or (("Page Viewed",) if touchpoint.pages else ())
            for name in names:
                self._by_event.setdefault(name, []).append(touchpoint)

    def recognise(self, event: Event) -> Touchpoint | None:
        """Return the touchpoint of this event; None where it is no contact that the workspace has named."""
        for touchpoint in self._by_event.get(event.name, ()):
            if (not touchpoint.where or _fits(touchpoint, event)) and (not touchpoint.pages or _on_page(touchpoint, event)):
                return touchpoint
        return None

    def stage_of(self, key: str | None) -> str | None:
        """Return the stage of the touchpoint with this key."""
        found = self._by_key.get(key) if key else None
        return found.stage if found else None


def recognise(batch: Batch, recogniser: Recogniser) -> None:
    """Step of the line: put on each event the key of its touchpoint."""
    for event in batch.events:
        touchpoint = recogniser.recognise(event)
        if touchpoint is not None:
            event.touchpoint = touchpoint.key


def _fits(touchpoint: Touchpoint, event: Event) -> bool:
    for name, values in touchpoint.where.items():
        value = event.channel if name == "channel" else event.properties.get(name)
        if str(value) not in values:
            return False
    return True


def _on_page(touchpoint: Touchpoint, event: Event) -> bool:
    path = event.properties.get("path")
    if path is None:
        page = event.context.get("page")
        path = page.get("path") if isinstance(page, dict) else None
    return isinstance(path, str) and path.startswith(touchpoint.pages)
