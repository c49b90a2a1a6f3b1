"""The audit: what is recorded, and that no change of the past stays unseen."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from corridor.ground.access import Actor, record_action
from corridor.ground.access.audit import actions, broken_at
from corridor.ground.access.heads import first_break, heads_file, sign_heads
from corridor.ground.access.tables import audit
from corridor.ground.settings import Settings

NIMA = Actor("n", "Nima", "10.0.0.7")
MAIN = audit.c.workspace_id == "main"


@pytest.fixture
def told(house):
    """A house in which eight things were done."""
    with house.write() as connection:
        for number in range(8):
            record_action(
                connection, "main", NIMA, "rule changed", f"rule {number}", before={"bar": number}, after={"bar": number + 1}
            )
    return house


def test_a_record_tells_who_did_what_when_from_where_and_what_it_was_before(told):
    """Each record names the person, the action, the subject, the address, and the values before and after."""
    with told.read() as connection:
        newest = actions(connection, "main", limit=1)[0]
    assert (newest.by_name, newest.action, newest.subject, newest.address) == ("Nima", "rule changed", "rule 7", "10.0.0.7")
    assert (newest.before, newest.after) == ({"bar": 7}, {"bar": 8})
    assert newest.at > 0


def test_an_untouched_chain_holds(told):
    """Nothing is cried about where nothing was changed."""
    with told.read() as connection:
        assert broken_at(connection, "main") is None


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_field_is_found(told, data):
    """A change of any field of any record is found, at that record."""
    number = data.draw(st.integers(1, 8))
    column = data.draw(st.sampled_from(["at", "by", "by_name", "action", "subject", "address", "before", "after", "hash"]))
    with told.write() as connection:
        row = connection.execute(select(audit).where(MAIN, audit.c.number == number)).one()
        old = getattr(row, column)
        new = old + 1 if isinstance(old, int) else json.dumps({"bar": 99}) if column in ("before", "after") else old + "x"
        here = (MAIN, audit.c.number == number)
        connection.execute(update(audit).where(*here).values({column: new}))
        found = broken_at(connection, "main")
        connection.execute(update(audit).where(*here).values({column: old}))
    assert found == number


@pytest.mark.parametrize("number", [1, 4, 7])
def test_a_deleted_record_is_found(told, number):
    """A record that was taken away leaves a hole that shows."""
    with told.write() as connection:
        connection.execute(delete(audit).where(MAIN, audit.c.number == number))
        assert broken_at(connection, "main") == number


def test_swapped_records_are_found(told):
    """Two records in each other's place are found."""
    with told.write() as connection:
        for old, new in ((2, 100), (3, 2), (100, 3)):
            connection.execute(update(audit).where(MAIN, audit.c.number == old).values(number=new))
        assert broken_at(connection, "main") == 2


def test_a_cut_tail_is_found_by_the_signed_head(told):
    """Records cut from the end leave a chain that holds; the head that was signed before tells."""
    chosen = Settings(data=told.store.folder)
    assert sign_heads(told.store, chosen) == 1
    with told.write() as connection:
        connection.execute(delete(audit).where(MAIN, audit.c.number > 6))
        assert broken_at(connection, "main") is None
        assert first_break(connection, "main", chosen) == 7


def test_a_rewritten_chain_is_found_by_the_signed_head(told):
    """Somebody who writes a whole new chain cannot sign it."""
    chosen = Settings(data=told.store.folder)
    sign_heads(told.store, chosen)
    with told.write() as connection:
        connection.execute(delete(audit).where(MAIN))
        for number in range(9):
            record_action(connection, "main", NIMA, "rule changed", f"another rule {number}")
        assert broken_at(connection, "main") is None
        assert first_break(connection, "main", chosen) == 8


def test_a_forged_head_is_found(told):
    """A head without our signature counts as a break."""
    chosen = Settings(data=told.store.folder)
    sign_heads(told.store, chosen)
    record = json.loads(heads_file(chosen).read_text())
    record["number"] = 3
    heads_file(chosen).write_text(json.dumps(record) + "\n")
    with told.read() as connection:
        assert first_break(connection, "main", chosen) == 3


def test_heads_are_signed_only_when_there_is_something_new(told):
    """A quiet hour adds nothing to the file, and file and key are nobody else's to read."""
    chosen = Settings(data=told.store.folder)
    assert [sign_heads(told.store, chosen), sign_heads(told.store, chosen)] == [1, 0]
    assert heads_file(chosen).stat().st_mode & 0o077 == 0
    assert (told.store.folder / "audit.key").stat().st_mode & 0o077 == 0
    with told.read() as connection:
        assert first_break(connection, "main", chosen) is None


def test_each_workspace_has_a_chain_of_its_own(told, other_workspace):
    """What is done in one workspace is not in another's audit."""
    with told.write() as connection:
        record_action(connection, "other", NIMA, "rule changed", "rule of the other")
        assert [one.number for one in actions(connection, "other")] == [1]
        assert broken_at(connection, "other") is None


def test_an_action_that_is_undone_is_not_recorded(told):
    """Record and action are of one transaction: both or neither."""

    def change_and_fail():
        with told.write() as connection:
            record_action(connection, "main", NIMA, "rule changed", "never")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    with told.read() as connection:
        assert all(one.subject != "never" for one in actions(connection, "main"))


def test_every_privileged_action_of_the_settings_is_recorded(house):
    """People, roles, passwords, keys, the workspace, sign-in and sign-out all leave a record."""
    program = house.api()
    made = program.post(
        "/api/v1/people", json={"email": "omid@example.com", "role": "agent", "password": "four words apart"}
    ).json()
    program.patch(f"/api/v1/people/{made['id']}", json={"role": "manager"})
    program.patch(f"/api/v1/people/{made['id']}", json={"disabled": True})
    program.patch(f"/api/v1/people/{made['id']}", json={"disabled": False})
    key = program.post("/api/v1/keys", json={"kind": "write", "name": "shop"}).json()
    program.delete(f"/api/v1/keys/{key['id']}")
    program.patch("/api/v1/workspace", json={"zone": "Asia/Tehran"})
    house.client.post("/sign-out")
    done = {one["action"] for one in program.get("/api/v1/audit?limit=200").json()["items"]}
    assert done >= {
        "person added", "role changed", "person disabled", "person enabled", "key created", "key revoked", "workspace changed",
        "signed in", "signed out",
    }  # fmt: skip
    changed = program.get("/api/v1/audit", params={"action": "workspace changed"}).json()["items"][0]
    assert (changed["before"], changed["after"]) == ({"zone": "UTC"}, {"zone": "Asia/Tehran"})


def test_no_secret_is_in_the_audit(house):
    """Neither passwords nor keys are recorded."""
    program = house.api()
    program.post("/api/v1/people", json={"email": "omid@example.com", "role": "agent", "password": "canary words apart"})
    key = program.post("/api/v1/keys", json={"kind": "write", "name": "shop"}).json()["key"]
    told = program.get("/api/v1/audit?limit=200").text
    assert "canary" not in told
    assert key not in told


def test_the_api_pages_through_the_audit(told):
    """A list goes on where it stopped, without a gap or a double."""
    program, seen, after = told.api(), [], None
    while True:
        answer = program.get("/api/v1/audit", params={"limit": 3} | ({"after": after} if after else {})).json()
        seen += [one["number"] for one in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert seen[-1] == 1


def test_the_page_says_whether_the_chain_holds(told):
    """An administrator checks the chain with one click."""
    browser = told.client
    assert "The whole chain holds" in browser.get("/settings/audit?verify=true").text
    with told.write() as connection:
        connection.execute(update(audit).where(MAIN, audit.c.number == 4).values(subject="other"))
    assert "broken at record 4" in browser.get("/settings/audit?verify=true").text
    assert told.api().get("/api/v1/audit/chain").json()["broken_at"] == 4
