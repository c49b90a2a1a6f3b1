"""The longer relations: club members and their renewals, lanterns that report, businesses with invoices, prices and reviews."""

from __future__ import annotations

import math

from corridor.packs.simulation.facts import DAY, HOUR, Business, Handle, Person
from corridor.packs.simulation.scribe import Session, open_session
from corridor.packs.simulation.shop import CURRENCY, PRODUCTS
from corridor.packs.simulation.world import Contact, World

CLUB_FEE = 7.95
REVIEW_EVERY = 90


def renew_clubs(world: World, day: int) -> None:
    """Renew or end the memberships that fall due, and let some regular customers join."""
    for person in world.renewals[day]:
        if not person.left:
            _renew(world, person, day)


def may_join_club(world: World, person: Person, day: int) -> None:
    """Let a registered customer join the club, the content ones more often."""
    content = world.minds.satisfaction.item(person.number)
    if person.registered and person.club_since < 0 and person.orders and world.dice.happens(0.10 if content > 68 else 0.03):
        person.club_since = day
        at = world.moment_of(day)
        session = world.device_session(at, person, person.devices[0])
        world.scribe.track(
            at, session, "Subscription Started", {"subscription_id": f"club-{person.key}", "plan": "club", "monthly": CLUB_FEE}
        )
        world.introduce(at + 1, session, person.name)
        _remind(world, person, day + 30)


def _remind(world: World, person: Person, day: int) -> None:
    if day < world.plan.days:
        world.renewals[day].append(person)


def _renew(world: World, person: Person, day: int) -> None:
    dice, scribe = world.dice, world.scribe
    at = day * DAY + dice.between(5, 7) * HOUR
    session = open_session(scribe, at, person, Handle("billing", "email"), signed_in=True)
    content = world.minds.satisfaction.item(person.number)
    if dice.happens(0.012 + 0.4 / (1 + math.exp((content - 50) / 4))):
        _leave_club(world, person, session, at)
        return
    renewed = {"subscription_id": f"club-{person.key}", "plan": "club", "revenue": CLUB_FEE, "currency": CURRENCY}
    scribe.track(at, session, "Subscription Renewed", renewed)
    if scribe.has_happened(at):
        world.ledger.revenue["club"] += CLUB_FEE
    world.ask(at, session, "club", world.meet(at, person, "club"), chance=0.05)
    _remind(world, person, day + 30)


def _leave_club(world: World, person: Person, session: Session, at: float) -> None:
    person.club_ended = True
    asks = at + 5 * HOUR
    if world.dice.happens(0.5):
        world.will_contact(Contact(asks, person, "cancel"))
    cancelled = {
        "subscription_id": f"club-{person.key}",
        "plan": "club",
        "reason": world.dice.one_of(("price", "delivery", "not used", "service")),
    }
    world.scribe.track(at + 9 * HOUR, session, "Subscription Cancelled", cancelled)
    met = world.meet(at + 9 * HOUR, person, "farewell")
    world.ask(at + 9 * HOUR, session, "farewell", met, chance=0.4, days=2 + world.dice.whole(3))


def may_leave(world: World, person: Person, at: float) -> bool:
    """Let a customer who has had enough go for good; say whether they went."""
    content = world.minds.satisfaction.item(person.number)
    if not person.registered or person.left or not world.dice.happens(0.6 / (1 + math.exp((content - 44) / 4))):
        return False
    person.left = True
    session = world.device_session(at, person, person.devices[0])
    if "userId" not in session.fields:
        return True
    world.scribe.track(at, session, "Account Closed", {"reason": world.dice.one_of(("delivery", "service", "moved away"))})
    if world.scribe.has_happened(at):
        world.ledger.left += 1
    world.ask(at, session, "farewell", world.meet(at, person, "farewell"), chance=0.3, soon=True, days=3)
    return True


def read_lanterns(world: World, day: int) -> None:
    """Let each smart lantern report about every other week; a faulty one makes its owner ask for help."""
    dice, scribe = world.dice, world.scribe
    for person in world.lanterns:
        if not dice.happens(0.07):
            continue
        at = world.at_office(day, 17, 23)
        device = open_session(scribe, at, person, Handle("lanterns", "device", person.lantern), signed_in=person.registered)
        faulty = dice.happens(0.06)
        read = {"device_id": person.lantern, "metric": "hours_lit", "value": round(dice.around(28, 0.5), 1), "unit": "h",
                "dropped_connections": 3 + dice.whole(9) if faulty else 0}  # fmt: skip
        scribe.track(at, device, "Reading Taken", read)
        met = world.meet(at, person, "smart-lantern", -24 if faulty else 2)
        world.ask(at, device, "smart-lantern", met, chance=0.03)
        if faulty and dice.happens(0.5):
            world.will_contact(Contact(at + HOUR, person, "lantern", product=2))


def serve_businesses(world: World, day: int) -> None:
    """Take the businesses' orders, send their invoices, and sit down with them each quarter."""
    for business in world.businesses:
        if world.dice.happens(1 / 24):
            order_for_business(world, business, day)
        if day % REVIEW_EVERY == business.review_on:
            review(world, business, day)


def order_for_business(world: World, business: Business, day: int) -> None:
    """Take one order: a price is promised, the invoice keeps to it or not, and is paid after a month or so."""
    dice, scribe, ledger = world.dice, world.scribe, world.ledger
    buyer = dice.one_of(business.with_role("buyer"))
    at = world.at_office(day)
    session = _desk(world, business, buyer, at)
    amount = round(dice.around(business.size, 0.4), 2)
    order = world.next_order()
    confirmed = {
        "order_id": order,
        "value": amount,
        "currency": CURRENCY,
        "products": [world.describe(dice.whole(len(PRODUCTS)), 5 + dice.whole(60))],
    }
    scribe.track(at, session, "Order Confirmed", confirmed)
    promise = f"price-{order}"
    made = {
        "promise_id": promise,
        "kind": "price",
        "touchpoint": "invoice",
        "price": amount,
        "currency": CURRENCY,
        "order_id": order,
    }
    scribe.track(at + 60, session, "Promise Made", made)
    broken = dice.happens(0.09 if business.care > -6 else 0.25)
    billed = round(amount * (1 + dice.between(0.02, 0.12)), 2) if broken else amount
    issued = (day + 3 + dice.whole(5)) * DAY + 9 * HOUR
    bill = _desk(world, business, buyer, issued, source="billing")
    invoice = f"INV-{order}"
    sent = {"invoice_id": invoice, "reference": order, "total": billed, "currency": CURRENCY, "promise_id": promise,
            "due": scribe.day(int(issued // DAY) + 30)}  # fmt: skip
    scribe.track(issued, bill, "Invoice Issued", sent)
    if scribe.has_happened(issued):
        business.billed += round(billed * 100)
        ledger.revenue["invoices"] += billed
        ledger.price.count(broken)
    paid = issued + max(3.0, 30 - business.care / 4 + 7 * dice.bell()) * DAY
    scribe.track(paid, bill, "Invoice Paid", {"invoice_id": invoice, "total": billed, "currency": CURRENCY})
    met = world.meet(issued + HOUR, buyer, "invoice", -22 if broken else 4)
    world.ask(issued + HOUR, bill, "invoice", met, chance=0.3)
    if broken and dice.happens(0.6):
        world.will_contact(Contact(issued + 4 * HOUR, buyer, "invoice", order, channel="email"))


def review(world: World, business: Business, day: int) -> None:
    """Look back and forward with a manager: how are we doing, and what will you need?"""
    dice, scribe = world.dice, world.scribe
    manager = business.with_role("manager")[0]
    at = world.at_office(day, 10, 16)
    session = _desk(world, business, manager, at, channel="video", source="telephony")
    scribe.track(at, session, "Account Reviewed", {"review_id": f"review-{business.key}-{day}", "duration_seconds": 2700})
    content = sum(world.minds.satisfaction.item(person.number) for person in business.people) / len(business.people)
    forecast = round(business.size * 4 * (0.4 + content / 110) * dice.around(1, 0.2), 2)
    opportunity = {"opportunity_id": f"next-{business.key}", "amount": forecast, "currency": CURRENCY, "probability": 0.6}
    scribe.track(at + 2700, session, "Opportunity Updated", opportunity)
    met = world.meet(at, manager, "account-review")
    world.ask(at, session, "account-review", met, chance=0.8)
    asked = [person for person in business.people if dice.happens(0.35)]
    for person in asked:
        recommends = min(10, max(0, round((world.minds.satisfaction.item(person.number) - 8) / 8 + 0.6 * dice.bell())))
        moment = at + dice.wait(2) * DAY
        mail = _desk(world, business, person, moment, channel="email")
        rated = {"touchpoint": "account-review", "instrument": "nps", "value": recommends, "pattern": "present"}
        scribe.track(moment, mail, "Experience Rated", rated)


def _desk(
    world: World, business: Business, person: Person, at: float, channel: str = "email", source: str = "website"
) -> Session:
    """Open the session of somebody who acts for their business; the first one says who they are."""
    handle = Handle(source, channel)
    session = open_session(world.scribe, at, person, handle, signed_in=True, group=business.key)
    if person.user_id not in person.met:
        person.met.add(person.user_id)
        world.introduce(at - 2, session, person.name, person.emails[0], person.phone)
        world.join_group(at - 2, session)
    return session
