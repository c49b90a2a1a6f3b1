"""The simulated shop: the same for a seed, truthful, ordinary in its events, and nobody real."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from corridor import collect
from corridor.ground.problems import Invalid
from corridor.ground.store import Request
from corridor.ground.vocabulary import CHANNELS, STAGES, Touchpoint, Workspace, now
from corridor.packs.simulation import planned, simulate_into_folder, simulate_into_workspace
from corridor.packs.simulation.outlets import LARGEST_BATCH, sendings
from corridor.packs.simulation.shop import PLACES
from corridor.packs.simulation.words import LANGUAGES, words
from corridor.packs.simulation.year import Year
from tests.conftest import House

UNTIL = "2026-10-31"
ZONE = ZoneInfo("Europe/Amsterdam")
Made = tuple[list[tuple[Any, ...]], dict[str, Any]]


@cache
def made(customers: int = 600, events: int = 9_000, seed: int = 1) -> Made:
    """Return all that was written in a simulated year, and the truth of it."""
    year = Year(planned(customers, events, 365, seed, UNTIL))
    written = [one for page in year.pages() for one in page]
    return written, year.truth()


def events_of(written: list[tuple[Any, ...]], name: str) -> Iterator[dict[str, Any]]:
    return (one[4] for one in written if one[4].get("event") == name)


def test_the_same_seed_makes_the_same_year_event_for_event() -> None:
    """Two runs of one plan are equal to the byte; another seed makes other people."""
    one, two, other = (
        [one[4] for page in Year(planned(150, 2_000, 200, seed, UNTIL)).pages() for one in page] for seed in (3, 3, 4)
    )
    assert json.dumps(one) == json.dumps(two)
    assert {event["messageId"] for event in one}.isdisjoint(event["messageId"] for event in other)


def test_about_as_many_events_as_asked_for() -> None:
    """The number of events comes within a fifth of the wish, for few and for many events a customer."""
    for events in (3_000, 9_000, 24_000):
        written, _ = made(600, events)
        assert 0.8 * events < len(written) < 1.2 * events


def test_no_two_events_share_a_message_id() -> None:
    """Message ids are unique, so that nothing is taken for a repetition."""
    written, _ = made()
    ids = [one[4]["messageId"] for one in written]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) < 100


def test_every_person_s_events_are_sent_in_order_of_time() -> None:
    """Grouping by source into batches of at most 500 keeps the order of what one person does."""
    written, _ = made()
    person_of = {one[4]["messageId"]: one[3] for one in written}
    last: dict[int, str] = defaultdict(str)
    sent = 0
    for _, batch in sendings(written):
        assert len(batch) <= LARGEST_BATCH
        for raw in batch:
            event = json.loads(raw)
            person = person_of[event["messageId"]]
            assert last[person] <= event["timestamp"]
            last[person] = event["timestamp"]
            sent += 1
    assert sent == len(written)


def test_every_event_passes_the_line_s_checks() -> None:
    """Collect reads each event, finds its time within the year, its channel, and quarantines none."""
    written, _ = made()
    requests = [
        Request(number, "main", source, "batch", now(), len(batch), b'{"batch":[' + b",".join(batch) + b"]}", True)
        for number, (source, batch) in enumerate(sendings(written), 1)
    ]
    batch = collect.check(Workspace("main", "Shop"), requests, now())
    assert not batch.quarantined
    assert len(batch.events) == len(written)
    assert {event.channel for event in batch.events} == set(CHANNELS)


def test_every_touchpoint_is_recognised_and_every_stage_is_walked() -> None:
    """Each touchpoint of the shop gets events by its rules; the few events that are no contact stay without one."""
    written, _ = made(2_000, 30_000)
    requests = [
        Request(number, "main", source, "batch", now(), len(batch), b'{"batch":[' + b",".join(batch) + b"]}", True)
        for number, (source, batch) in enumerate(sendings(written), 1)
    ]
    batch = collect.check(Workspace("main", "Shop"), requests, now())
    known: list[Touchpoint] = [place.touchpoint for place in PLACES]
    collect.recognise(batch, collect.Recogniser(known))
    found = Counter(event.touchpoint for event in batch.events)
    assert {touchpoint.key for touchpoint in known} <= set(found)
    assert {touchpoint.stage for touchpoint in known} == set(STAGES)


def deliveries(written: list[tuple[Any, ...]]) -> Iterator[tuple[dict[str, Any], str, bool]]:
    """Yield each delivery with the promised day and whether it came after the end of that day."""
    promises = (event["properties"] for event in events_of(written, "Promise Made"))
    due = {promise["promise_id"]: promise["due"] for promise in promises if promise["kind"] == "delivery"}
    for event in events_of(written, "Order Delivered"):
        promised = due[event["properties"]["promise_id"]]
        midnight = datetime.fromisoformat(promised).replace(tzinfo=ZONE) + timedelta(days=1)
        yield event, promised, datetime.fromisoformat(event["timestamp"]) > midnight


def test_the_truth_about_delivery_promises_is_what_the_events_show() -> None:
    """Counting kept and broken promises from the events alone comes to the numbers of the truth."""
    written, truth = made(2_000, 30_000)
    counted = Counter(late for _, _, late in deliveries(written))
    told = truth["promises"]["delivery"]["all"]
    assert (counted[True] + counted[False], counted[True]) == (told["n"], told["broken"])


def test_the_broken_week_is_broken_at_its_depot_and_nowhere_else() -> None:
    """In the known week most promises of the known depot are broken; in the other weeks, and depots, few are."""
    inside: list[bool] = []
    outside: list[bool] = []
    for seed in (1, 2, 3, 4, 5):
        written, truth = made(2_000, 30_000, seed)
        week = truth["dates"]["broken_week_from"], truth["dates"]["broken_week_before"]
        for event, promised, late in deliveries(written):
            if event["properties"]["region"] == truth["troubles"]["slow_region"]:
                continue
            hit = event["properties"]["depot"] == truth["troubles"]["broken_depot"] and week[0] <= promised < week[1]
            (inside if hit else outside).append(late)
    assert inside
    assert sum(inside) / len(inside) > 0.6
    assert sum(outside) / len(outside) < 0.25


def test_the_action_lowers_missed_deliveries_by_its_known_effect() -> None:
    """Over several seeds the share of broken promises in the action's city falls by the planted effect, within its interval."""
    before, since = [0, 0], [0, 0]
    effect = 0.0
    for seed in (1, 2, 3, 4, 5):
        _, truth = made(2_000, 30_000, seed)
        effect = truth["troubles"]["action_effect"]
        city = truth["promises"]["delivery_by_city"][truth["troubles"]["action_city"]]
        for total, name in ((before, "before"), (since, "since")):
            total[0] += city[name]["n"]
            total[1] += city[name]["broken"]
    was, became = before[1] / before[0], since[1] / since[0]
    ratio = became / was
    spread = ratio * ((1 - was) / before[1] + (1 - became) / max(1, since[1])) ** 0.5
    assert abs(ratio - (1 - effect)) < 2.6 * spread
    assert became < was


def test_the_parcels_of_the_slow_region_wait_between_carrier_and_door() -> None:
    """From the carrier to the door takes days longer in the planted region than elsewhere."""
    written, truth = made(2_000, 30_000)
    handed = {event["properties"]["order_id"]: event["timestamp"] for event in events_of(written, "Parcel With Carrier")}
    waits: dict[bool, list[float]] = {True: [], False: []}
    for event in events_of(written, "Order Delivered"):
        took = datetime.fromisoformat(event["timestamp"]) - datetime.fromisoformat(handed[event["properties"]["order_id"]])
        waits[event["properties"]["region"] == truth["troubles"]["slow_region"]].append(took / timedelta(days=1))
    slow, usual = (sorted(waits[region])[len(waits[region]) // 2] for region in (True, False))
    assert slow - usual > 1.5


def test_the_planted_hop_goes_from_chat_to_e_mail_to_telephone() -> None:
    """Whoever ran into the hop asked one question on three channels, one after the other."""
    written, truth = made(2_000, 30_000)
    hop = next(snarl for snarl in truth["snarls"] if snarl["kind"] == "hop")
    channels: dict[int, list[str]] = defaultdict(list)
    for _, _, _, person, event in written:
        if event.get("properties", {}).get("topic") == "address" and event["event"] in ("Message Received", "Call Started"):
            channels[person].append(event["channel"])
    assert hop["persons"]
    assert all("".join(channels[person]).startswith("chatemailvoice") for person in hop["persons"])


def test_the_address_form_sends_house_numbers_with_a_suffix_round_in_a_loop() -> None:
    """Form errors come from the persons of the planted loop and from nobody else."""
    written, truth = made(2_000, 30_000)
    loop = next(snarl for snarl in truth["snarls"] if snarl["kind"] == "loop")
    assert {one[3] for one in written if one[4].get("event") == "Form Error"} == set(loop["persons"])


def test_a_fuller_day_means_longer_waits_and_lower_ratings() -> None:
    """Load, waiting and experience at the help desk move as they were planted."""
    _, truth = made(2_000, 60_000)
    days = [day for day in truth["days"] if day["contacts"] >= 2]
    middle = sorted(day["load"] for day in days)[len(days) // 2]
    full = [day for day in days if day["load"] > middle]
    calm = [day for day in days if day["load"] <= middle]
    for name, more in (("wait", full), ("experience", calm)):
        less = calm if more is full else full
        assert sum(day[name] for day in more) / len(more) > sum(day[name] for day in less) / len(less)


def test_ratings_follow_what_was_felt() -> None:
    """Who got the parcel late gives fewer stars for the delivery than who got it in time."""
    written, _ = made(2_000, 30_000)
    late_people = {event["userId"] for event, _, late in deliveries(written) if late and "userId" in event}
    kept_people = {event["userId"] for event, _, late in deliveries(written) if not late and "userId" in event} - late_people
    stars: dict[bool, list[int]] = {True: [], False: []}
    for event in events_of(written, "Experience Rated"):
        if event["properties"]["touchpoint"] == "delivery" and event.get("userId") in late_people | kept_people:
            stars[event["userId"] in late_people].append(event["properties"]["value"])
    assert sum(stars[True]) / len(stars[True]) + 0.8 < sum(stars[False]) / len(stars[False])


def test_businesses_stand_in_all_four_quadrants() -> None:
    """Well and badly served businesses are found among the large and among the small."""
    _, truth = made(4_000, 60_000)
    businesses = truth["businesses"]
    middle = sorted(one["billed"] for one in businesses)[len(businesses) // 2]
    quadrants = Counter((one["billed"] > middle, one["care"] > 0) for one in businesses)
    assert len(quadrants) == 4
    assert max(one["billed"] for one in businesses) > 10 * middle / 2


def test_identifiers_belong_to_one_person_unless_a_home_shares_them() -> None:
    """Of all identifiers in the truth only telephones of a home have more than one owner."""
    _, truth = made(2_000, 30_000)
    owners: dict[tuple[str, str], set[int]] = defaultdict(set)
    homes = {person["number"]: person["household"] for person in truth["persons"]}
    for person in truth["persons"]:
        for kind, value in person["identifiers"]:
            owners[(kind, value.casefold())].add(person["number"])
    shared = {identifier: numbers for identifier, numbers in owners.items() if len(numbers) > 1}
    assert shared
    for (kind, value), numbers in shared.items():
        assert kind == "phone" or value.startswith("line-")
        assert len({homes[number] for number in numbers}) == 1


def test_a_person_is_spelt_in_more_than_one_way() -> None:
    """The systems write the same name in Latin letters, in capitals, and with Arabic letters, as real ones do."""
    written, _ = made(2_000, 30_000)
    names = {one[4]["traits"].get("name", "") for one in written if one[4]["type"] == "identify"}
    assert any(name.isupper() for name in names)
    assert any("ي" in name or "ك" in name for name in names)


def phrases(language: str) -> list[str]:
    said = words(language)
    found = [line for moods in said.experience.values() for lines in moods.values() for line in lines]
    found += [line for speakers in said.messages.values() for lines in speakers.values() for line in lines]
    return found + [line for lines in said.public.values() for line in lines] + said.sms + said.streets


def test_persian_phrases_are_written_as_persian() -> None:
    """Composed letters, Persian ye and kaf and digits, and the half-space where a word needs it."""
    for line in phrases("fa"):
        assert unicodedata.normalize("NFC", line) == line
        assert not re.search("[يكةى٠-٩]", line), line
        assert not re.search(r"(^|\s)ن?می ", line), f"half-space missing: {line}"
        assert not re.search(r"\s(ها|های|هایی|ام|اند|ای)(\s|[.!؟]|$)", line), f"half-space missing: {line}"
        assert not re.search(r"[0-9?,;]", line.replace("12-II", "")), line
        assert "\u200c " not in line
        assert " \u200c" not in line


def test_both_languages_have_words_for_everything() -> None:
    """What can be said in English can be said in Persian, with the same blanks to fill."""
    one, two = (words(language) for language in LANGUAGES)
    assert one.experience.keys() == two.experience.keys()
    assert one.messages.keys() == two.messages.keys()
    assert {place.touchpoint.key for place in PLACES} - set(one.experience) <= {
        "social-ad", "newsletter", "basket", "payment", "dispatch", "carrier", "sms", "social-care",
    }  # fmt: skip


def test_nobody_real_is_in_it() -> None:
    """Addresses are of example domains, telephones of the range for machines, names put together from lists."""
    written, _ = made(2_000, 30_000)
    firsts = {name.casefold() for language in LANGUAGES for name in words(language).first}
    for one in written:
        traits = one[4].get("traits", {})
        if "email" in traits:
            assert re.search(r"@(?:\w+\.)?example\.(?:com|org|net)$", traits["email"], re.IGNORECASE)
        if "phone" in traits:
            assert re.match(r"(?:\+31|0031 |0)970", traits["phone"])
    for person in made(2_000, 30_000)[1]["persons"]:
        assert person["name"].split()[0].casefold() in firsts


def test_wrong_wishes_are_refused_in_a_sentence() -> None:
    """No customers, no days or a date that is none: the value is named."""
    for wish in ({"customers": 0}, {"days": 0}, {"events": 0}, {"seed": -1}, {"until": "31-10-2026"}):
        asked: dict[str, Any] = {"customers": 10, "events": 100, "days": 30, "seed": 1, "until": UNTIL, **wish}
        with pytest.raises(Invalid) as refused:
            planned(**asked)
        assert refused.value.field in wish


def test_files_hold_the_events_of_each_source(tmp_path: Path) -> None:
    """Written into a folder, each source has a file of JSON lines, and the truth stands beside them."""
    truth = simulate_into_folder(planned(60, 800, 120, 5, UNTIL), tmp_path)
    lines = [json.loads(line) for file in (tmp_path / "events").glob("*.jsonl") for line in file.read_text().splitlines()]
    assert len(lines) == truth["events"] == json.loads((tmp_path / "truth.json").read_text())["events"]
    assert {"website", "courier", "telephony", "till"} <= {file.stem for file in (tmp_path / "events").glob("*.jsonl")}


def test_a_small_year_walks_the_whole_line(house: House) -> None:
    """Put into a workspace, every event walks, none is set aside, and the people become customers."""
    plan = planned(120, 1_800, 365, 6, UNTIL)
    truth = simulate_into_workspace(plan, house.store, house.workspace_id)
    house.walk()
    counted = house.store.engine.ask(
        house.workspace_id, "SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM events WHERE source <> 'corridor'"
    )
    assert counted["n"][0].as_py() == counted["ids"][0].as_py() == truth["events"]
    with house.read() as connection:
        aside = connection.execute(
            text("SELECT count(*) FROM quarantine WHERE workspace_id = :w"), {"w": house.workspace_id}
        ).scalar_one()
        assert aside == 0
        kept = {touchpoint.key for touchpoint in collect.touchpoints(connection, house.workspace_id)}
    assert kept == {place.touchpoint.key for place in PLACES}
