"""Customers who ask for help and the agents who answer: the fuller the day, the longer the wait, the lower the ratings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from corridor.packs.simulation.facts import DAY, HOUR
from corridor.packs.simulation.ledger import MINUTE_OF_CARE
from corridor.packs.simulation.scribe import Session
from corridor.packs.simulation.shop import HELP_CHANNELS
from corridor.packs.simulation.world import Contact, World

SUNDAY = 6
OPENS, CLOSES = 8.5, 21.0
USUAL_LOAD = 0.6
USUAL_WAIT = {"chat": 1.5, "messaging": 9.0, "email": 280.0, "voice": 2.5, "social": 55.0}
"""Median minutes until somebody answers, on a usual day."""
PLACE_FOR = {"chat": "chat", "messaging": "messaging", "email": "email", "voice": "phone", "social": "social-care"}


@dataclass(slots=True)
class Team:
    """The agents, how many contacts one of them can do on a day, and how good each is."""

    agents: list[str]
    capacity: float
    skill: dict[str, float]


@dataclass(slots=True)
class Shift:
    """One day at the help desk."""

    world: World
    on_duty: list[str]
    skill: dict[str, float]
    load: float
    waits: list[float] = field(default_factory=list)
    felt: list[float] = field(default_factory=list)

    def agent(self) -> str:
        """Return who takes the next contact."""
        return self.world.dice.one_of(self.on_duty)

    def wait(self, channel: str) -> float:
        """Throw the minutes until somebody answers; they grow with the load."""
        factor = math.exp(1.6 * (self.load - USUAL_LOAD)) * self.world.dice.around(1.0, 0.45)
        self.waits.append(factor)
        return USUAL_WAIT[channel] * factor

    def shift_for(self, channel: str, minutes: float, agent: str) -> float:
        """Return by how much the wait and the agent make the encounter better or worse than usual."""
        return max(-34.0, min(7.0, 4.0 - 7.0 * math.log2(minutes / USUAL_WAIT[channel]))) + self.skill[agent]


def make_team(world: World, contacts_a_day: float) -> Team:
    """Return a team that is loaded as usual by so many contacts a day."""
    size = max(6, round(contacts_a_day / 8))
    agents = [f"agent-{number + 1:02d}" for number in range(size)]
    skill = {agent: 3.0 * world.dice.bell() for agent in agents}
    return Team(agents, max(contacts_a_day, 0.2) / (USUAL_LOAD * 0.7 * size), skill)


def help_people(world: World, team: Team, day: int) -> None:
    """Answer everybody who asks for help on this day; on Sundays they are asked to come back on Monday."""
    waiting, world.contacts[day] = world.contacts[day], []
    if world.scribe.weekday(day) == SUNDAY:
        for contact in waiting:
            world.will_contact(_moved(contact, (day + 1) * DAY + world.dice.between(OPENS, 13) * HOUR))
        return
    troubles = world.troubles
    present = 0.42 if troubles.holiday_from <= day < troubles.holiday_to else 0.7
    duty = max(2, round(len(team.agents) * present))
    first = day * 3 % len(team.agents)
    on_duty = [team.agents[(first + place) % len(team.agents)] for place in range(duty)]
    shift = Shift(world, on_duty, team.skill, min(2.2, len(waiting) / (duty * team.capacity)))
    for contact in waiting:
        _help(shift, _within_hours(world, contact, day))
    world.ledger.days.append(
        {"day": day, "contacts": len(waiting), "on_duty": duty, "load": round(shift.load, 3),
         "wait": round(sorted(shift.waits)[len(shift.waits) // 2], 3) if shift.waits else 0.0,
         "experience": round(sum(shift.felt) / len(shift.felt), 2) if shift.felt else 0.0}
    )  # fmt: skip


def _within_hours(world: World, contact: Contact, day: int) -> Contact:
    hour = (contact.at - day * DAY) / HOUR
    return contact if OPENS <= hour < CLOSES else _moved(contact, world.at_office(day, OPENS, CLOSES - 1))


def _moved(contact: Contact, at: float) -> Contact:
    return Contact(at, contact.person, contact.topic, contact.order, contact.product, contact.channel)


def _help(shift: Shift, contact: Contact) -> None:
    dice, person = shift.world.dice, contact.person
    channel = contact.channel or dice.by_weight(HELP_CHANNELS, person.helps)
    if contact.topic == "address":
        _send_from_one_to_the_next(shift, contact)
    elif contact.topic == "warranty" and (channel == "voice" or dice.happens(0.4)):
        _hold_and_pass_on(shift, contact)
    else:
        HELPERS[channel](shift, contact)


def _talk(
    shift: Shift,
    contact: Contact,
    session: Session,
    channel: str,
    minutes: float,
    line: int | None = None,
    *,
    thanks: float = 0.5,
) -> tuple[float, str]:
    """Write down question, answer and perhaps thanks; return when it ended and who answered."""
    world, dice, scribe = shift.world, shift.world.dice, shift.world.scribe
    thread, agent, topic = world.next_thread(), shift.agent(), contact.topic
    tongue = world.tongues[contact.person.language]
    slots = world.slots(contact.person, product=contact.product, order=contact.order)
    asked = {"conversation_id": thread, "topic": topic, "text": tongue.say(dice, topic, "customer", slots)}
    if contact.order:
        asked["order_id"] = contact.order
    at = contact.at
    if channel == "chat":
        scribe.track(at - 5, session, "Live Chat Conversation Started", {"conversation_id": thread, "topic": topic})
    scribe.track(at, session, "Message Received", asked)
    at += minutes * 60
    answer: dict[str, Any] = {"conversation_id": thread, "topic": topic, "agent_id": agent, "reply_seconds": round(minutes * 60),
                              "text": tongue.say(dice, topic, "agent", slots, line)}  # fmt: skip
    scribe.track(at, session, "Message Sent", answer)
    if dice.happens(thanks):
        at += dice.between(40, 300)
        words = tongue.say(dice, topic, "thanks", slots)
        scribe.track(at, session, "Message Received", {"conversation_id": thread, "topic": topic, "text": words})
    if channel == "chat":
        at += 30
        ended = {"conversation_id": thread, "agent_id": agent, "duration_seconds": round(at - contact.at)}
        scribe.track(at, session, "Live Chat Conversation Ended", ended)
    return at, agent


def _feel(
    shift: Shift, contact: Contact, session: Session, channel: str, at: float, agent: str, minutes: float, worse: float = 0.0
) -> float:
    """Let the customer feel it, ask how it was, and return what was felt."""
    world, key = shift.world, PLACE_FOR[channel]
    met = world.meet(at, contact.person, key, shift.shift_for(channel, minutes, agent) - worse)
    shift.felt.append(met[1])
    world.ask(
        at,
        session,
        key,
        met,
        chance=0.24,
        soon=True,
        product=contact.product,
        minutes=max(2, round(minutes)),
        order=contact.order,
    )
    return met[1]


def _ask_again(shift: Shift, contact: Contact, at: float, felt: float) -> None:
    if felt < 45 and shift.world.dice.happens(0.25):
        shift.world.will_contact(_moved(contact, at + shift.world.dice.between(0.8, 3) * DAY))


def _written(channel: str) -> Callable[[Shift, Contact], None]:
    """Return how a question by a written channel is helped."""

    def help_in_writing(shift: Shift, contact: Contact) -> None:
        session = open_line(shift.world, contact, channel)
        minutes = shift.wait(channel)
        at, agent = _talk(shift, contact, session, channel, minutes)
        felt = _feel(shift, contact, session, channel, at, agent, minutes)
        _ask_again(shift, contact, at, felt)

    return help_in_writing


def open_line(world: World, contact: Contact, channel: str) -> Session:
    """Open the session under which this channel knows the customer."""
    person = contact.person
    if channel == "chat":
        web = world.device_session(contact.at - 5, person, person.devices[0])
        return Session("helpdesk", person, {**web.fields, "channel": "chat"})
    if channel == "email":
        return world.mail_session(contact.at, person)
    if channel == "voice":
        return world.phone_session(contact.at, person)
    return world.message_session(contact.at, person, channel)


def _on_the_phone(shift: Shift, contact: Contact) -> None:
    world, dice, scribe = shift.world, shift.world.dice, shift.world.scribe
    session = open_line(world, contact, "voice")
    call, agent, minutes = world.next_thread(), shift.agent(), shift.wait("voice")
    at = _start_call(shift, contact, session, call, agent, minutes)
    held = dice.around(75, 0.6) if dice.happens(0.22) else 0.0
    if held:
        at += 60
        scribe.track(
            at, session, "Call Held", {"call_id": call, "agent_id": agent, "duration_seconds": round(held), "reason": "search"}
        )
        at += held
    at += dice.around(240, 0.4)
    calls_back = contact.topic != "cancel" and dice.happens(0.12 if shift.load < 1 else 0.3)
    _end_call(shift, session, call, agent, at, contact, "call back promised" if calls_back else "solved")
    if calls_back:
        _call_back(shift, contact, session, at)
    felt = _feel(shift, contact, session, "voice", at, agent, minutes, worse=held / 20)
    _ask_again(shift, contact, at, felt)


def _start_call(shift: Shift, contact: Contact, session: Session, call: str, agent: str, minutes: float) -> float:
    started = {
        "call_id": call,
        "direction": "inbound",
        "topic": contact.topic,
        "agent_id": agent,
        "wait_seconds": round(minutes * 60),
    }
    shift.world.scribe.track(contact.at, session, "Call Started", started)
    return contact.at + minutes * 60


def _end_call(shift: Shift, session: Session, call: str, agent: str, at: float, contact: Contact, outcome: str) -> None:
    ended = {
        "call_id": call,
        "topic": contact.topic,
        "agent_id": agent,
        "outcome": outcome,
        "duration_seconds": round(at - contact.at),
    }
    shift.world.scribe.track(at, session, "Call Ended", ended)


def _call_back(shift: Shift, contact: Contact, session: Session, at: float) -> None:
    """Promise to call back within four hours; on a full day that is often broken."""
    world, dice, scribe = shift.world, shift.world.dice, shift.world.scribe
    call, agent = world.next_thread(), shift.agent()
    promise = f"callback-{call}"
    made = {
        "promise_id": promise,
        "kind": "call-back",
        "touchpoint": "phone",
        "value": 4,
        "unit": "hours",
        "due": scribe.iso(at + 4 * HOUR),
    }
    scribe.track(at + 5, session, "Promise Made", made)
    late = dice.happens(0.08 if shift.load < 0.9 else 0.45)
    again = at + (dice.between(4.5, 22) if late else dice.between(0.4, 3.6)) * HOUR
    started = {
        "call_id": call,
        "direction": "outbound",
        "topic": contact.topic,
        "agent_id": agent,
        "promise_id": promise,
        "wait_seconds": 0,
    }
    scribe.track(again, session, "Call Started", started)
    ended = {"call_id": call, "topic": contact.topic, "agent_id": agent, "outcome": "solved", "duration_seconds": 180}
    scribe.track(again + 180, session, "Call Ended", ended)
    if scribe.has_happened(again):
        world.ledger.callback.count(late, (again - at) / DAY - 4 / 24 if late else 0.0)


def _send_from_one_to_the_next(shift: Shift, contact: Contact) -> None:
    """The planted hop: chat may not change an address, nor may e-mail; only the telephone does, in the end."""
    world, dice, person = shift.world, shift.world.dice, contact.person
    session, minutes = open_line(world, contact, "chat"), shift.wait("chat")
    at, agent = _talk(shift, contact, session, "chat", minutes, 0, thanks=0.0)
    _feel(shift, contact, session, "chat", at, agent, minutes, worse=16)
    spent = minutes + 6
    mailed = _moved(contact, at + dice.between(0.1, 1.5) * HOUR)
    session, minutes = open_line(world, mailed, "email"), shift.wait("email")
    at, agent = _talk(shift, mailed, session, "email", minutes, 1, thanks=0.0)
    _feel(shift, mailed, session, "email", at, agent, minutes, worse=16)
    called = _moved(contact, at + dice.between(0.5, 3) * HOUR)
    session, minutes = open_line(world, called, "voice"), shift.wait("voice")
    call, agent = world.next_thread(), shift.agent()
    at = _start_call(shift, called, session, call, agent, minutes) + dice.around(300, 0.3)
    _end_call(shift, session, call, agent, at, called, "solved")
    _feel(shift, called, session, "voice", at, agent, minutes, worse=8)
    if world.scribe.has_happened(at):
        world.ledger.snarls["hop"].hit(person, (spent + 14 + minutes) * MINUTE_OF_CARE)


def _hold_and_pass_on(shift: Shift, contact: Contact) -> None:
    """The planted hold: the warranty is looked for, the call is passed on, and it is looked for again."""
    world, dice, scribe = shift.world, shift.world.dice, shift.world.scribe
    session, minutes = open_line(world, contact, "voice"), shift.wait("voice")
    call, first, second = world.next_thread(), shift.agent(), shift.agent()
    at = _start_call(shift, contact, session, call, first, minutes) + 50
    held = 0.0
    for agent in (first, second):
        for _ in range(1 + dice.happens(0.5)):
            seconds = dice.around(170, 0.4)
            searched = {"call_id": call, "agent_id": agent, "duration_seconds": round(seconds), "reason": "search warranty"}
            scribe.track(at, session, "Call Held", searched)
            at += seconds + 30
            held += seconds
        if agent is first:
            passed = {"call_id": call, "from_agent_id": first, "agent_id": second, "topic": "warranty"}
            scribe.track(at, session, "Call Transferred", passed)
            at += 45
    _end_call(shift, session, call, second, at, contact, "solved")
    _feel(shift, contact, session, "voice", at, second, minutes, worse=held / 16)
    if scribe.has_happened(at):
        world.ledger.snarls["hold"].hit(contact.person, held / 60 * MINUTE_OF_CARE)


HELPERS: dict[str, Callable[[Shift, Contact], None]] = {
    **{channel: _written(channel) for channel in ("chat", "email", "messaging", "social")},
    "voice": _on_the_phone,
}
