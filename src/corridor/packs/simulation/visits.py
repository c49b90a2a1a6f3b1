"""How people come in: by the site and the app, from a newsletter or a post, into the shop; and how some of them buy."""

from __future__ import annotations

from dataclasses import dataclass

from corridor.packs.simulation.dice import Dice
from corridor.packs.simulation.facts import DAY, HOUR, Handle, Person
from corridor.packs.simulation.ledger import MINUTE_OF_CARE
from corridor.packs.simulation.orders import Order, fulfil
from corridor.packs.simulation.scribe import Session, open_session
from corridor.packs.simulation.shop import CURRENCY, STORES
from corridor.packs.simulation.world import Contact, World


@dataclass(slots=True)
class Walk:
    """One walk through the site or the app: where it is now."""

    world: World
    session: Session
    handle: Handle
    at: float

    def wait(self, mean: float) -> float:
        """Let some seconds pass and return the new moment."""
        self.at += 1 + self.world.dice.wait(mean)
        return self.at


def visit(world: World, person: Person, day: int) -> None:
    """Let a person come once on this day."""
    if person.city in STORES and world.dice.happens(0.16):
        visit_shop(world, person, world.at_office(day, 10, 18))
    else:
        visit_online(world, person, world.moment_of(day))


def visit_online(world: World, person: Person, at: float) -> None:
    """Come to the site or open the app, look round, and perhaps buy."""
    dice = world.dice
    handle = person.devices[0] if dice.happens(0.65) else dice.one_of(person.devices)
    at = _come_in(world, person, handle, at)
    walk = Walk(world, world.device_session(at, person, handle), handle, at)
    product = _look_round(walk)
    content = world.minds.satisfaction.item(person.number)
    if dice.happens(min(0.6, 0.31 * 2 ** ((content - 66) / 22))):
        buy(walk, product)
    else:
        _linger(walk, product)


def _come_in(world: World, person: Person, handle: Handle, at: float) -> float:
    """Write down what brought the person, where anybody can know it."""
    dice, scribe = world.dice, world.scribe
    thrown = dice.share()
    if thrown < 0.10 and person.met:
        mail = open_session(scribe, at, person, Handle("newsletter", "email", f"reader-{person.key}"), signed_in=False)
        if mail.fields["anonymousId"] not in person.met:
            person.met.add(mail.fields["anonymousId"])
            scribe.identify(at, mail, {"email": person.emails[0], "language": person.language})
            if scribe.has_happened(at):
                person.identifiers.add(("email", person.emails[0]))
        letter = f"letter-{int(at // DAY) // 14}"
        scribe.track(at + 1, mail, "Email Opened", {"email_id": letter})
        scribe.track(at + 20, mail, "Email Link Clicked", {"email_id": letter})
        world.meet(at, person, "newsletter")
        return at + 25
    if thrown < 0.19:
        post = Session("social", person, {**world.device_session(at, person, handle).fields, "channel": "social"})
        promotion = {"promotion_id": f"post-{int(at // DAY) // 10}", "creative": dice.one_of(("lanterns", "winter", "rugs"))}
        scribe.track(at + 1, post, "Promotion Viewed", promotion)
        scribe.track(at + 4, post, "Promotion Clicked", promotion)
        world.meet(at, person, "social-ad")
        return at + 8
    return at


def _look_round(walk: Walk) -> int:
    """See the home page, search, look at products; return the one that was liked best."""
    world, session, dice = walk.world, walk.session, walk.world.dice
    scribe, person = world.scribe, session.person
    scribe.page(walk.wait(4), session, "/home")
    if dice.happens(0.5):
        world.meet(walk.at, person, "home-page")
    product = world.choose_product()
    thrown = dice.share()
    if thrown < 0.25:
        words = world.slots(person, product=product)["product"]
        scribe.track(walk.wait(20), session, "Products Searched", {"query": words, "results": 1 + dice.whole(24)})
        world.ask(walk.at, session, "search", world.meet(walk.at, person, "search"), chance=0.01, product=product)
    elif thrown < 0.6:
        listed = {"list_id": dice.one_of(("lanterns", "lamps", "textiles", "rugs", "candles"))}
        scribe.track(walk.wait(15), session, "Product List Viewed", listed)
        world.meet(walk.at, person, "search")
    for _ in range(1 + dice.happens(0.4) + dice.happens(0.15)):
        scribe.track(walk.wait(40), session, "Product Viewed", world.seen(product))
    met = world.meet(walk.at, person, "product-page")
    world.ask(walk.at, session, "product-page", met, chance=0.01, product=product)
    return product


def _linger(walk: Walk, product: int) -> None:
    """Do one of the other things that people come for."""
    world, session, dice = walk.world, walk.session, walk.world.dice
    scribe, person = world.scribe, session.person
    thrown = dice.share()
    if walk.handle.source == "app" and thrown < 0.4:
        scribe.page(walk.wait(10), session, "/my/rooms")
        scribe.track(walk.wait(90), session, "Room Planned", world.seen(product))
        world.ask(walk.at, session, "my-home", world.meet(walk.at, person, "my-home"), chance=0.06, product=product)
    elif thrown < 0.15:
        scribe.page(walk.wait(20), session, dice.one_of(("/help", "/help/delivery", "/help/returns", "/help/care")))
        met = world.meet(walk.at, person, "help-centre")
        world.ask(walk.at, session, "help-centre", met, chance=0.05)
        if met[1] < 52 and person.met:
            world.will_contact(Contact(walk.at + 600, person, "product", product=product))
    elif thrown < 0.20:
        _book_advice(walk, product)
    elif thrown < 0.23:
        shared = Session("social", person, {**session.fields, "channel": "social"})
        scribe.track(walk.wait(20), shared, "Product Shared", {**world.seen(product), "share_via": "post"})
    elif thrown < 0.27:
        scribe.track(walk.wait(20), session, "Product Added to Wishlist", world.seen(product))


def _book_advice(walk: Walk, product: int) -> None:
    """Book half an hour with an adviser by video, and have it."""
    world, dice, scribe = walk.world, walk.world.dice, walk.world.scribe
    session = world.sign_in(walk.wait(30), walk.session, walk.handle)
    person = session.person
    day = int(walk.at // DAY) + 1 + dice.whole(5)
    starts = world.at_office(day, 10, 20)
    call = world.next_thread()
    video = Session("telephony", person, {**session.fields, "channel": "video"})
    booked = {"appointment_id": call, "kind": "style advice", "starts_at": scribe.iso(starts)}
    scribe.track(walk.wait(60), video, "Appointment Booked", booked)
    late = dice.happens(0.15)
    begins = starts + (600 if late else 20)
    scribe.track(
        begins, video, "Call Started", {"call_id": call, "direction": "outbound", "agent_id": "adviser-1", "wait_seconds": 0}
    )
    scribe.track(begins + 1700, video, "Call Ended", {"call_id": call, "duration_seconds": 1700, "outcome": "solved"})
    met = world.meet(begins + 1700, person, "style-advice", -16 if late else 2)
    world.ask(begins + 1700, session, "style-advice", met, chance=0.4, product=product)


def buy(walk: Walk, product: int) -> None:
    """Fill the basket and go through the checkout; the address form and its trouble stand in between."""
    world, dice, scribe = walk.world, walk.world.dice, walk.world.scribe
    session, person = walk.session, walk.session.person
    pieces = 1 + (dice.whole(3) if world.price_of(product) < 60 else 0)
    amount = world.price_of(product, pieces)
    scribe.track(walk.wait(20), session, "Product Added", {**world.seen(product), "quantity": pieces})
    if dice.happens(0.35):
        scribe.track(walk.wait(20), session, "Cart Viewed", {"value": amount, "currency": CURRENCY})
    world.meet(walk.at, person, "basket")
    if dice.happens(0.10):
        return
    scribe.track(walk.wait(20), session, "Checkout Started", {"form": "address", "value": amount, "currency": CURRENCY})
    session = walk.session = world.sign_in(walk.wait(15), session, walk.handle)
    if not _fill_in_address(walk, product, amount):
        return
    order = Order(world.next_order(), person, product, pieces, amount, walk.wait(30), session)
    paid_with = dice.one_of(("iDEAL", "card", "later"))
    scribe.track(walk.at, session, "Payment Info Entered", {"form": "payment", "order_id": order.id, "payment_method": paid_with})
    world.meet(walk.at, person, "payment")
    placed = walk.wait(25)
    total = {
        "order_id": order.id,
        "revenue": amount,
        "total": amount,
        "currency": CURRENCY,
        "products": [world.describe(product, pieces)],
    }
    scribe.track(placed, session, "Order Completed", total)
    world.ask(placed, session, "order", world.meet(placed, person, "order"), chance=0.04, soon=True, product=product)
    if scribe.has_happened(placed):
        world.ledger.revenue["orders"] += amount
    fulfil(world, order)


def _fill_in_address(walk: Walk, product: int, amount: float) -> bool:
    """Fill in the address form; say whether the person got through. A house number with a suffix goes round in a loop."""
    world, dice, scribe = walk.world, walk.world.dice, walk.world.scribe
    session, person = walk.session, walk.session.person
    step = {"form": "address", "step": 1}
    scribe.track(walk.wait(15), session, "Checkout Step Viewed", step)
    rounds = 2 + dice.whole(3) if person.suffixed and person.orders < 2 else 0
    for _ in range(rounds):
        scribe.track(walk.wait(50), session, "Form Error", {"form": "address", "field": "house_number", "code": "not_a_number"})
        scribe.track(walk.wait(15), session, "Cart Viewed", {"value": amount, "currency": CURRENCY})
        scribe.track(walk.wait(15), session, "Checkout Step Viewed", step)
    gave_up = rounds > 0 and dice.happens(0.35)
    met = world.meet(walk.at, person, "address-form", -10.0 * rounds if rounds else 3.0)
    world.ask(walk.at, session, "address-form", met, chance=0.05 if not rounds else 0.2, soon=True, product=product)
    if rounds and scribe.has_happened(walk.at):
        world.ledger.snarls["loop"].hit(person, amount if gave_up else rounds * MINUTE_OF_CARE)
    if not gave_up:
        scribe.track(walk.wait(40), session, "Checkout Step Completed", step)
    return not gave_up


def visit_shop(world: World, person: Person, at: float) -> None:
    """Walk into the shop, try something, perhaps buy it at the till; a loyalty card or an e-mail receipt says who it was."""
    dice, scribe = world.dice, world.scribe
    card = person.registered and dice.happens(0.6)
    receipt = Handle("till", "store", None if card else f"receipt-{person.key}-{int(at // DAY)}")
    session = open_session(scribe, at, person, receipt, signed_in=card)
    product = world.choose_product()
    if card:
        scribe.track(at, session, "Store Visited", {"store": person.city})
        scribe.track(at + 300, session, "Product Tried", world.seen(product))
        world.ask(at + 300, session, "showroom", world.meet(at + 300, person, "showroom"), chance=0.04, product=product)
        if dice.happens(0.35):
            return
    pieces = 1 + dice.whole(2)
    amount = world.price_of(product, pieces)
    order = world.next_order()
    paid = at + 900
    total = {"order_id": order, "revenue": amount, "total": amount, "currency": CURRENCY, "store": person.city,
             "products": [world.describe(product, pieces)]}  # fmt: skip
    if not card:
        world.introduce(
            paid - 5, session, _as_the_till_writes(dice, person.name), email=person.emails[dice.whole(len(person.emails))]
        )
    scribe.track(paid, session, "Order Completed", total)
    if scribe.has_happened(paid):
        world.ledger.revenue["orders"] += amount
    person.orders += 1
    person.last_product = product
    queue = dice.happens(0.12)
    met = world.meet(paid, person, "till", -18 if queue else 1)
    world.ask(paid, session, "till", met, chance=0.05, product=product)
    if dice.happens(0.05):
        world.will_contact(Contact(paid + dice.between(2, 40) * DAY, person, "product", product=product))
    if dice.happens(0.02):
        world.will_contact(Contact(paid + dice.between(20, 90) * DAY + HOUR, person, "warranty", order, product))


def _as_the_till_writes(dice: Dice, name: str) -> str:
    """Return the name as it is typed at the till: sometimes in capitals, or with the Arabic forms of ye and kaf."""
    if dice.happens(0.8):
        return name
    return name.upper() if name.isascii() else name.replace("ی", "ي").replace("ک", "ك")
