"""What happens after an order: the promise, the parcel's way to the door, and what people make of it."""

from __future__ import annotations

from dataclasses import dataclass

from corridor.packs.simulation.facts import DAY, HOUR, Handle, Person
from corridor.packs.simulation.scribe import Session, open_session
from corridor.packs.simulation.shop import CURRENCY, LANTERN, PRODUCTS, RUGS, STORES
from corridor.packs.simulation.world import Contact, World

SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was placed."""

    id: str
    person: Person
    product: int
    pieces: int
    amount: float
    at: float
    session: Session


def fulfil(world: World, order: Order) -> None:
    """Promise a day, pack, and bring the parcel; or have it picked up in the shop."""
    dice, person = world.dice, order.person
    person.orders += 1
    person.last_product = order.product
    if order.product == LANTERN and not person.lantern:
        person.lantern = f"lantern-{person.key}"
        world.lanterns.append(person)
    if person.city in STORES and not person.business and dice.happens(0.12):
        pick_up(world, order)
        return
    promised = _promised_day(world, order)
    promise = f"delivery-{order.id}"
    made = {
        "promise_id": promise,
        "kind": "delivery",
        "touchpoint": "delivery",
        "due": world.scribe.day(promised),
        "order_id": order.id,
    }
    world.scribe.track(order.at + 30, order.session, "Promise Made", made)
    if dice.happens(0.035):
        world.will_contact(Contact(order.at + HOUR, person, "address", order.id, order.product, "chat"))
    deliver(world, order, promise, promised)


def _promised_day(world: World, order: Order) -> int:
    day = int(order.at // DAY)
    promised = day + (9 if PRODUCTS[order.product].slow else 2)
    return promised + (world.scribe.weekday(promised) == SUNDAY)


def deliver(world: World, order: Order, promise: str, promised: int) -> None:
    """Bring the parcel, with all that can go wrong on the way."""
    dice, scribe, person, troubles = world.dice, world.scribe, order.person, world.troubles
    parcel = open_session(scribe, order.at, person, Handle("courier", "device"), signed_in=person.registered)
    if not person.registered:
        parcel.fields["anonymousId"] = order.session.fields.get("anonymousId")
    told = {"order_id": order.id, "depot": person.depot, "region": person.region}
    arrival = promised - (dice.happens(0.25) and not PRODUCTS[order.product].slow)
    packed = max(order.at + dice.between(2, 6) * HOUR, (arrival - 1) * DAY + dice.between(8, 13) * HOUR)
    handed = packed + dice.between(2, 6) * HOUR
    evening = person.city == troubles.action_city and promised >= troubles.action_from
    missed = dice.happens(troubles.missed_share * (1 - troubles.action_effect if evening else 1))
    came = _way_to_the_door(world, person, arrival, promised)
    at_door = came * DAY + (dice.between(18, 21.5) if evening else dice.between(9, 18)) * HOUR
    at_door = max(at_door, handed + 2 * HOUR)
    scribe.track(packed, parcel, "Order Shipped", told)
    scribe.track(handed, parcel, "Parcel With Carrier", told)
    if missed:
        scribe.track(at_door, parcel, "Delivery Attempted", told)
        at_door += (1 + dice.happens(0.35)) * DAY + dice.between(-1, 1) * HOUR
        if int(at_door // DAY) <= promised:
            at_door += DAY
    if dice.happens(0.35):
        text = world.tongues[person.language]
        words = text.fill(dice.one_of(text.sms), world.slots(person, product=order.product, order=order.id))
        said = {"conversation_id": f"sms-{order.id}", "text": words}
        scribe.track(at_door - 3 * HOUR, world.message_session(at_door - 3 * HOUR, person, "sms"), "Message Sent", said)
    scribe.track(at_door, parcel, "Order Delivered", {**told, "promise_id": promise})
    missed_days = max(0.0, at_door / DAY - (promised + 1))
    _after_delivery(world, order, promised, at_door, missed_days)


def _way_to_the_door(world: World, person: Person, arrival: int, promised: int) -> int:
    """Return the day on which the parcel first reaches the door."""
    dice, troubles = world.dice, world.troubles
    in_broken_week = person.depot == troubles.broken_depot and troubles.broken_from <= promised < troubles.broken_to
    if in_broken_week and dice.happens(troubles.broken_share):
        return promised + 3 + dice.whole(4)
    if person.region == troubles.slow_region:
        return arrival + max(1, round(troubles.slow_days + 0.7 * dice.bell()))
    return arrival


def _after_delivery(world: World, order: Order, promised: int, at_door: float, missed_days: float) -> None:
    dice, scribe, person, ledger = world.dice, world.scribe, order.person, world.ledger
    days_late = round(missed_days + 0.5) if missed_days > 0 else 0
    if scribe.has_happened(at_door):
        ledger.delivered(person.city, promised, person.depot == world.troubles.broken_depot, missed_days)
        if person.region == world.troubles.slow_region:
            ledger.snarls["wait"].hit(person, 0.05 * order.amount * days_late)
    world.meet(order.at + DAY, person, "dispatch")
    world.meet(at_door, person, "carrier", -5.0 * days_late)
    met = world.meet(at_door, person, "delivery", 4.0 if not days_late else -min(48.0, 14 + 8.0 * days_late))
    world.ask(at_door, order.session, "delivery", met, chance=0.2, product=order.product, days=max(2, days_late), order=order.id)
    if days_late and dice.happens(min(0.7, 0.22 + 0.08 * days_late)):
        asks = (promised + 1) * DAY + dice.between(9, 20) * HOUR
        world.will_contact(Contact(asks, person, "parcel", order.id, order.product))
    _live_with_it(world, order, at_door, met[1])


def _live_with_it(world: World, order: Order, at_door: float, felt: float) -> None:
    """Scan the care card, send it back, ask about it, or find out months later that it broke."""
    dice, person = world.dice, order.person
    if dice.happens(0.08):
        scan_care_card(world, order, at_door + dice.between(0.1, 20) * DAY)
    if dice.happens(0.05 if felt > 50 else 0.12):
        send_back(world, order, at_door + dice.between(1, 9) * DAY)
    if dice.happens(0.03):
        world.will_contact(Contact(at_door + dice.between(1, 20) * DAY, person, "product", order.id, order.product))
    if dice.happens(0.035):
        world.will_contact(Contact(at_door + dice.between(20, 150) * DAY, person, "warranty", order.id, order.product))
    if dice.happens(0.02):
        world.will_contact(Contact(at_door + dice.between(1, 12) * DAY, person, "invoice", order.id, order.product))


def pick_up(world: World, order: Order) -> None:
    """Hold the order at the shop for the customer, promised for the next day."""
    dice, scribe, person = world.dice, world.scribe, order.person
    promise = f"pickup-{order.id}"
    ready_by = int(order.at // DAY) + 1
    made = {
        "promise_id": promise,
        "kind": "pick-up",
        "touchpoint": "pick-up",
        "due": scribe.iso(ready_by * DAY + 18 * HOUR),
        "order_id": order.id,
    }
    scribe.track(order.at + 30, order.session, "Promise Made", made)
    late = dice.happens(0.05)
    taken = world.at_office(ready_by + late, 10, 17.5)
    desk = open_session(scribe, taken, person, Handle("till", "store"), signed_in=person.registered)
    if not person.registered:
        desk.fields["anonymousId"] = order.session.fields["anonymousId"]
    scribe.track(taken, desk, "Order Picked Up", {"order_id": order.id, "store": person.city, "promise_id": promise})
    met = world.meet(taken, person, "pick-up", -20 if late else 2)
    world.ask(taken, order.session, "pick-up", met, chance=0.15, product=order.product, order=order.id)
    _live_with_it(world, order, taken, met[1])


def scan_care_card(world: World, order: Order, at: float) -> None:
    """Scan the code on the box; that of a rug leads to a page that does not exist."""
    dice, scribe, person = world.dice, world.scribe, order.person
    handle = dice.one_of(person.devices)
    web = world.device_session(at, person, handle)
    thing = PRODUCTS[order.product]
    dead = order.product in RUGS
    path = f"/care/{thing.sku}"
    card = Session("website", person, {**web.fields, "channel": "print"})
    scribe.track(at, card, "Code Scanned", {"code": f"care-{thing.sku}", "path": path, "category": thing.category})
    if dead:
        scribe.track(at + 2, card, "Page Not Found", {"path": path, "status": 404})
        if scribe.has_happened(at):
            world.ledger.snarls["dead_end"].hit(person, 0.0)
    met = world.meet(at, person, "care-card", -34 if dead else 8)
    world.ask(at + 30, web, "care-card", met, chance=0.2, soon=True, product=order.product)


def send_back(world: World, order: Order, at: float) -> None:
    """Return the thing and get the money back."""
    dice, scribe, person = world.dice, world.scribe, order.person
    returned = {"order_id": order.id, "reason": dice.one_of(("too large", "other colour", "damaged", "no longer wanted"))}
    scribe.track(at, order.session, "Return Requested", returned)
    if dice.happens(0.4):
        world.will_contact(Contact(at + 300, person, "return", order.id, order.product))
    days = dice.around(5, 0.5)
    refunded = at + days * DAY
    money = {
        "order_id": order.id,
        "total": order.amount,
        "currency": CURRENCY,
        "products": [world.describe(order.product, order.pieces)],
    }
    scribe.track(refunded, order.session, "Order Refunded", money)
    if scribe.has_happened(refunded):
        world.ledger.revenue["refunds"] += order.amount
    met = world.meet(refunded, person, "returns", 10 - 2.2 * days)
    world.ask(refunded, order.session, "returns", met, chance=0.2, product=order.product, order=order.id)
