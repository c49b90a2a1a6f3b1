"""Keys of programs: shown once, kept as hashes, gone within a second."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from corridor.ground.access import Actor, KeyRing, workspace_of_write_key
from corridor.ground.access.keys import create_key, find_key, keys_of, revoke_key
from corridor.ground.problems import Invalid, NotFound

OPERATOR = Actor("operator", "Nima", "command line")


def test_a_key_is_kept_only_as_a_hash(house):
    """Whoever reads the database, finds no key in it."""
    with house.write() as connection:
        _, key = create_key(connection, "main", "write", OPERATOR, name="web shop")
    with house.read() as connection:
        rows = connection.execute(text("SELECT * FROM keys WHERE workspace_id = 'main'")).all()
    assert key not in repr(rows)
    assert key.encode() not in (house.store.folder / "corridor.db").read_bytes()


def test_a_write_key_names_its_workspace_and_source(house):
    """Events that come with a write key belong to its workspace and bear its name."""
    with house.write() as connection:
        _, key = create_key(connection, "main", "write", OPERATOR, name="web shop")
    with house.read() as connection:
        assert workspace_of_write_key(connection, key) == ("main", "web shop")
    assert KeyRing(house.store).workspace_of_write_key(key) == ("main", "web shop")


@pytest.mark.parametrize("wrong", ["", "wk_main_", "wk_main_x", "wk_other_x", "nothing at all", "_", "__", "wk__x", "wk_main_é"])
def test_an_unknown_key_opens_nothing(house, wrong):
    """A key that we did not make is no key, whatever it looks like."""
    with house.read() as connection:
        assert workspace_of_write_key(connection, wrong) is None
    assert KeyRing(house.store).workspace_of_write_key(wrong) is None


def test_a_key_of_one_kind_does_not_do_the_work_of_the_other(house):
    """A secret key sends no events, and a write key reads nothing."""
    write, secret = house.write_key(), house.secret_key()
    with house.read() as connection:
        assert find_key(connection, write, "secret") is None
        assert find_key(connection, secret, "write") is None
    assert house.visitor().get("/api/v1/workspace", headers={"Authorization": f"Bearer {write}"}).status_code == 401


def test_a_revoked_key_stops_within_a_second(house):
    """A revocation takes effect within a second, also where the key is known in memory; a new key works at once."""
    ring = KeyRing(house.store)
    with house.write() as connection:
        made, key = create_key(connection, "main", "write", OPERATOR)
    assert ring.workspace_of_write_key(key) is not None
    with house.write() as connection:
        revoke_key(connection, "main", made.id, OPERATOR)
    time.sleep(1.0)
    assert ring.workspace_of_write_key(key) is None


def test_a_known_key_costs_no_question_to_the_database(house, monkeypatch):
    """The ring answers from memory between two refreshments."""
    ring = KeyRing(house.store, fresh_for=60)
    key = house.write_key()
    assert ring.workspace_of_write_key(key)
    ring.workspace_of_write_key(key)
    asked = []
    monkeypatch.setattr(type(house.store.database), "read", lambda self: asked.append(1))
    assert ring.workspace_of_write_key(key)
    assert not asked


def test_revoking_a_key_of_another_workspace_is_not_found(house, other_workspace):
    """A key of another workspace is as absent as one that never was."""
    with house.write() as connection:
        made, _ = create_key(connection, "other", "write", OPERATOR)
    with house.write() as connection, pytest.raises(NotFound):
        revoke_key(connection, "main", made.id, OPERATOR)
    with house.read() as connection:
        assert [key.revoked_at for key in keys_of(connection, "other") if key.id == made.id] == [None]


@pytest.mark.parametrize(("kind", "role"), [("master", "admin"), ("secret", "king")])
def test_an_unknown_kind_or_role_is_refused(house, kind, role):
    """What we do not know is refused by its name."""
    with house.write() as connection, pytest.raises(Invalid):
        create_key(connection, "main", kind, OPERATOR, role=role)


def test_a_secret_key_acts_in_its_role(house):
    """A secret key of an analyst reads, but changes no people."""
    with house.write() as connection:
        _, key = create_key(connection, "main", "secret", OPERATOR, role="analyst")
    bearer = {"Authorization": f"Bearer {key}"}
    assert house.visitor().get("/api/v1/workspace", headers=bearer).status_code == 200
    refused = house.visitor().get("/api/v1/people", headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")


def test_the_use_of_a_secret_key_is_noted(house):
    """The page of keys tells when a key was last used."""
    house.api().get("/api/v1/workspace")
    with house.read() as connection:
        assert any(key.last_used_at for key in keys_of(connection, "main"))
