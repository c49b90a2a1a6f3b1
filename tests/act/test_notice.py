"""What is worth attention is noticed once and becomes somebody's case."""

from __future__ import annotations

from corridor.act import notice, rules
from corridor.ground.vocabulary import DAY, Batch, now, to_iso
from corridor.identify import merge, undo
from corridor.listen import Response, ResponseHeard
from tests.act.conftest import Town
from tests.conftest import House


def test_a_low_rating_opens_a_case_for_the_role_that_owns_the_touchpoint(house: House, town: Town) -> None:
    """A rating under the bar opens one case, with the customer's words, due by its urgency, for the touchpoint's role."""
    house.send(town.person("nadia", "Nadia Rahimi"), town.rated("nadia", 2, text="The driver never rang"))
    (case,) = town.cases()
    assert (case.kind, case.touchpoint, case.owner, case.state) == ("rating_low", "delivery", "operations", "open")
    assert case.customer_id == house.customer("nadia")
    assert case.due_at > case.opened_at
    listed = house.client.get("/api/v1/signals").json()["items"]
    assert [(one["words"], one["state"], one["case_id"]) for one in listed] == [("The driver never rang", "live", case.id)]


def test_a_good_rating_is_left_alone(house: House, town: Town) -> None:
    """A rating at or over the bar opens nothing."""
    house.send(town.rated("nadia", 4), town.rated("tom", 3))
    assert town.cases() == []


def test_the_same_cause_again_is_added_to_the_open_case(house: House, town: Town) -> None:
    """A second signal of a customer with the same cause joins the open case; another touchpoint is another case."""
    house.send(town.rated("nadia", 2, 3))
    house.send(town.rated("nadia", 1, 1), town.rated("nadia", 1, 1, touchpoint="chat"))
    first, other = town.cases()
    assert (first.signals, first.touchpoint, other.touchpoint) == (2, "delivery", "chat")
    assert other.owner == "agent"


def test_a_worse_signal_makes_the_open_case_more_pressing(house: House, town: Town) -> None:
    """A much worse rating raises the urgency of the open case and brings its deadline nearer."""
    house.send(town.rated("nadia", 2, 2))
    (before,) = town.cases()
    house.send(town.rated("nadia", 1, 1))
    (after,) = town.cases()
    assert (before.severity, after.severity) == ("normal", "high")
    assert after.due_at < before.due_at


def test_history_makes_signals_and_no_cases(house: House, town: Town) -> None:
    """What happened before the rule's freshness is kept for the record only, so that an import of history floods nobody."""
    house.send(*(town.rated(f"customer-{number}", 1, days_ago=40 + number) for number in range(20)))
    assert town.cases() == []
    states = {one["state"] for one in house.client.get("/api/v1/signals?period=365d&limit=100").json()["items"]}
    assert states == {"historic"}


def test_what_was_noticed_once_is_not_noticed_again(house: House, town: Town) -> None:
    """The same facts taken up again, as a replay does, open and add nothing."""
    house.send(town.rated("nadia", 1))
    (before,) = town.cases()
    with house.write() as connection:
        row = connection.exec_driver_sql("SELECT * FROM responses WHERE workspace_id = 'main'").one()
        heard = Response(
            id="another id", node=row.node_id, customer=row.customer_id, account=None, touchpoint=row.touchpoint,
            channel=row.channel, at=row.at, event=row.event, kind="experience", pattern="past", instrument="rating",
            value=row.value, lowest=row.lowest, highest=row.highest, common=row.common,
        )  # fmt: skip
        batch = Batch(house.workspace, [], now())
        batch.put(ResponseHeard(heard))
        notice(batch, connection)
    assert town.cases() == [before]


def test_a_broken_promise_to_a_customer_of_value_opens_a_case(house: House, town: Town) -> None:
    """By default a broken promise opens a case for the upper fifth by what they were billed; the others make no signal."""
    crowd = [town.bought(f"customer-{number}", 10 + number) for number in range(40)]
    house.send(*crowd, town.bought("big", 900), *town.late("big", "p-big", 5, 2), *town.late("customer-1", "p-small", 5, 2))
    (case,) = town.cases()
    assert (case.kind, case.customer_id, case.severity) == ("promise_broken", house.customer("big"), "high")
    assert case.value == 90_000


def test_an_amount_of_nought_notices_every_broken_promise(house: House, town: Town) -> None:
    """With the amount set to 0 every customer counts."""
    with house.write() as connection:
        rules.change_rule(connection, "main", "promise-broken", amount=0)
    house.send(*town.late("somebody", "p1", 5, 2))
    assert [case.kind for case in town.cases()] == ["promise_broken"]


def test_a_promise_that_falls_due_is_noticed_before_it_is_fulfilled_too_late(house: House, town: Town) -> None:
    """A promise not kept at its time opens the case at once; its late fulfilment does not count a second time."""
    soon = to_iso(now() + DAY)
    house.send(town.event("nadia", "Promise Made", 0, promise_id="p1", touchpoint="delivery", due=soon, unit="days"))
    house.tick(now() + 2 * DAY)
    (case,) = town.cases()
    assert (case.kind, case.touchpoint, case.signals) == ("promise_broken", "delivery", 1)
    house.send({**town.event("nadia", "Order Delivered", 0, promise_id="p1"), "timestamp": to_iso(now() + 3 * DAY)})
    assert [one.signals for one in town.cases()] == [1]


def test_a_kept_promise_is_left_alone(house: House, town: Town) -> None:
    """A promise that was kept opens nothing."""
    house.send(*town.late("nadia", "p1", due=2, done=4))
    assert town.cases() == []


def test_a_rule_that_is_off_notices_nothing(house: House, town: Town) -> None:
    """A rule that is switched off makes no signals."""
    with house.write() as connection:
        rules.change_rule(connection, "main", "rating-low", active=False)
    house.send(town.rated("nadia", 1))
    assert town.cases() == []


def test_a_rule_may_look_at_one_touchpoint_and_go_to_another_role(house: House, town: Town) -> None:
    """A rule for one touchpoint ignores the others, and its own role gets the case."""
    with house.write() as connection:
        rules.change_rule(connection, "main", "rating-low", touchpoint="chat", owner="product")
    house.send(town.rated("nadia", 1), town.rated("nadia", 1, touchpoint="chat"))
    assert [(case.touchpoint, case.owner) for case in town.cases()] == [("chat", "product")]


def test_cases_are_shared_out_evenly_among_the_colleagues_of_the_role(house: House, town: Town) -> None:
    """Each case goes to the person of the role with the fewest open ones; a colleague of another role gets none."""
    ana, ben = town.colleague("Ana Alves"), town.colleague("Ben Bos")
    town.colleague("Cem Can", "marketing")
    house.send(*(town.rated(f"customer-{number}", 1) for number in range(6)))
    given = [case.assignee_id for case in town.cases()]
    assert (given.count(ana), given.count(ben)) == (3, 3)


def test_news_of_before_the_closing_does_not_open_a_case_again(house: House, town: Town) -> None:
    """A signal that comes in late, about something before the case was closed, joins it and leaves it closed."""
    house.send(town.rated("nadia", 2, 5))
    (case,) = town.cases()
    browser = house.sign_in(role="operations")
    answer = browser.post(f"/api/v1/cases/{case.id}/close", json={"root_cause": "partner", "resolution": "Called, sent anew."})
    assert answer.status_code == 200, answer.text
    house.send(town.rated("nadia", 2, 1))
    assert [(one.state, one.signals) for one in town.cases()] == [("closed", 2)]


def test_a_cause_that_comes_back_soon_opens_its_case_again(house: House, town: Town) -> None:
    """What happens after the closing opens the case again, with a new deadline, and says so on the timeline."""
    house.send(town.rated("nadia", 2, 5))
    (case,) = town.cases()
    browser = house.sign_in(role="operations")
    browser.post(f"/api/v1/cases/{case.id}/close", json={"root_cause": "partner", "resolution": "Called, sent anew."})
    house.send({**town.rated("nadia", 1), "timestamp": to_iso(now())})
    (again,) = town.cases()
    assert (again.id, again.state, again.reopened, again.closed_at) == (case.id, "open", 1, None)
    assert "Case Reopened" in town.names_on_timeline("nadia")


def test_what_is_done_stands_on_the_customers_timeline(house: House, town: Town) -> None:
    """Opening, assigning, noting and closing a case are events of the customer's own story."""
    town.colleague("Ana Alves")
    house.send(town.rated("nadia", 1))
    (case,) = town.cases()
    browser = house.sign_in(role="operations")
    browser.post(f"/api/v1/cases/{case.id}/notes", json={"text": "Called her."})
    browser.post(f"/api/v1/cases/{case.id}/close", json={"root_cause": "partner", "resolution": "Refunded."})
    house.walk()
    told = town.names_on_timeline("nadia")
    assert {"Case Opened", "Case Assigned", "Case Noted", "Case Closed"} <= set(told)


def test_our_own_doings_open_no_further_cases(house: House, town: Town) -> None:
    """The events that cases make walk the line without opening anything: the loop ends."""
    house.send(town.rated("nadia", 1))
    house.walk()
    house.tick()
    assert len(town.cases()) == 1


def test_a_case_follows_its_customer_through_a_merge(house: House, town: Town) -> None:
    """When two customers turn out to be one, the case is with the one; undoing brings it back."""
    house.send(town.rated("nadia", 1), town.rated("stranger", 5))
    keep, other = house.customer("stranger"), house.customer("nadia")
    with house.write() as connection:
        merged = merge(connection, "main", keep, other, "test", "the same person")
    assert town.cases()[0].customer_id == keep
    with house.write() as connection:
        undo(connection, "main", merged.id, "test")
    assert town.cases()[0].customer_id == other
