"""The API of remember: customers, their timelines, accounts and segments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from corridor.ground.access import Sees
from corridor.ground.extensions import every
from corridor.ground.problems import NotFound
from corridor.ground.vocabulary import Money, to_iso
from corridor.ground.web import Storage, decode_cursor, encode_cursor
from corridor.identify import survivor
from corridor.remember import look
from corridor.remember.facts import Account, CustomerDetail, Moment, Profile

router = APIRouter(prefix="/api/v1", tags=["remember"])

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


class MoneyOut(BaseModel):
    """An amount in minor units (cents) of a currency."""

    amount: int
    currency: str


class IdentifierOut(BaseModel):
    """One identifier of a customer."""

    kind: str
    value: str


class CustomerOut(BaseModel):
    """A customer as lists show it."""

    id: str
    name: str
    identifiers: list[IdentifierOut]
    traits: dict[str, Any]
    account: str | None
    language: str
    first_seen: str
    last_seen: str
    events: int
    channels: dict[str, int]
    billed: MoneyOut
    paid: MoneyOut
    forecast: MoneyOut


class CustomerWhole(CustomerOut):
    """A customer with what later rooms know of it."""

    satisfaction: Any = None
    details: dict[str, Any] = {}


class CustomerPage(BaseModel):
    """Customers, the last seen first."""

    items: list[CustomerOut]
    next: str | None


class MomentOut(BaseModel):
    """One entry of a timeline."""

    at: str
    name: str
    channel: str
    source: str
    touchpoint: str | None
    account: str | None
    detail: dict[str, Any]


class Timeline(BaseModel):
    """A customer's moments, newest first."""

    items: list[MomentOut]
    next: str | None


class AccountOut(BaseModel):
    """An account with what its customers come to together."""

    id: str
    key: str
    name: str
    traits: dict[str, Any]
    customers: int
    billed: MoneyOut
    paid: MoneyOut
    forecast: MoneyOut


class AccountPage(BaseModel):
    """Accounts, the highest billed first."""

    items: list[AccountOut]
    next: str | None


class SegmentOut(BaseModel):
    """A named part of the customers."""

    key: str
    name: str
    size: int


class SegmentPage(BaseModel):
    """Segments by name."""

    items: list[SegmentOut]
    next: str | None


@router.get("/customers")
def get_customers(
    caller: Sees,
    store: Storage,
    query: Annotated[str, Query(max_length=200)] = "",
    segment: Annotated[str | None, Query(max_length=300)] = None,
    account: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CustomerPage:
    """List customers, the last seen first; `query` looks in names and identifiers."""
    after = decode_cursor(cursor, str)
    with store.database.read() as connection:
        found, following = look.profiles(
            connection,
            caller.workspace.id,
            query=query,
            segment=segment,
            account=account,
            after=after[0] if after else None,
            limit=limit,
        )
    items = [CustomerOut(**customer_members(profile)) for profile in found]
    return CustomerPage(items=items, next=encode_cursor(following) if following else None)


@router.get("/customers/{id}")
def get_customer(id: str, caller: Sees, store: Storage) -> CustomerWhole:
    """Return a customer; the id of one that was merged gives the customer it belongs to now."""
    workspace_id = caller.workspace.id
    with store.database.read() as connection:
        current = survivor(connection, workspace_id, id)
        profile = look.profile(connection, workspace_id, current) if current else None
        if profile is None:
            raise NotFound("There is no such customer.")
        more = {detail.name: detail.function(connection, workspace_id, profile.id) for detail in every(CustomerDetail)}
    members = customer_members(profile)
    satisfaction = more.pop("satisfaction", None)
    more.pop("forecast", None)
    return CustomerWhole(**members, satisfaction=satisfaction, details=more)


@router.get("/customers/{id}/timeline")
def get_timeline(id: str, caller: Sees, store: Storage, cursor: Cursor = None, limit: Limit = 50) -> Timeline:
    """Return a customer's moments, newest first, as far back as there are any."""
    workspace_id = caller.workspace.id
    before = decode_cursor(cursor, int, int, int)
    with store.database.read() as connection:
        current = survivor(connection, workspace_id, id)
    if current is None:
        raise NotFound("There is no such customer.")
    moments = look.timeline(store, workspace_id, current, before=before, limit=limit)
    last = moments[-1] if len(moments) == limit else None
    return Timeline(
        items=[_moment_out(moment) for moment in moments],
        next=encode_cursor(last.at, last.offset, last.position) if last else None,
    )


@router.get("/accounts")
def get_accounts(caller: Sees, store: Storage) -> AccountPage:
    """List accounts, the highest billed first."""
    with store.database.read() as connection:
        found = look.accounts(connection, caller.workspace.id)
    return AccountPage(items=[_account_out(account) for account in found], next=None)


@router.get("/accounts/{id}")
def get_account(id: str, caller: Sees, store: Storage) -> AccountOut:
    """Return an account."""
    with store.database.read() as connection:
        found = look.account(connection, caller.workspace.id, id)
    if found is None:
        raise NotFound("There is no such account.")
    return _account_out(found)


@router.get("/segments")
def get_segments(caller: Sees, store: Storage) -> SegmentPage:
    """List segments with their sizes."""
    with store.database.read() as connection:
        found = look.segments(connection, caller.workspace.id)
    return SegmentPage(items=[SegmentOut(key=one.key, name=one.name, size=one.size) for one in found], next=None)


def customer_members(profile: Profile) -> dict[str, Any]:
    """Return the members of a customer as the API names them."""
    return {
        "id": profile.id,
        "name": profile.name,
        "identifiers": [IdentifierOut(kind=kind, value=value) for kind, value in profile.identifiers],
        "traits": profile.traits,
        "account": profile.account_id,
        "language": profile.language,
        "first_seen": to_iso(profile.first_seen),
        "last_seen": to_iso(profile.last_seen),
        "events": profile.events,
        "channels": profile.channels,
        "billed": _money(Money(profile.billed, profile.currency)),
        "paid": _money(Money(profile.paid, profile.currency)),
        "forecast": _money(Money(profile.forecast, profile.currency)),
    }


def _money(money: Money) -> MoneyOut:
    return MoneyOut(amount=money.amount, currency=money.currency)


def _moment_out(moment: Moment) -> MomentOut:
    return MomentOut(
        at=to_iso(moment.at),
        name=moment.name,
        channel=moment.channel,
        source=moment.source,
        touchpoint=moment.touchpoint,
        account=moment.account,
        detail=moment.detail,
    )


def _account_out(account: Account) -> AccountOut:
    return AccountOut(
        id=account.id,
        key=account.key,
        name=account.name,
        traits=account.traits,
        customers=account.customers,
        billed=_money(Money(account.billed, account.currency)),
        paid=_money(Money(account.paid, account.currency)),
        forecast=_money(Money(account.forecast, account.currency)),
    )
