"""People and workspaces: who is let in, as what, and what is refused."""

from __future__ import annotations

import pytest

from corridor.ground.access import Actor, find_workspace, workspaces
from corridor.ground.access.people import add_person, change_role, disable_person, find_person_by_email, get_person
from corridor.ground.access.workspaces import add_workspace, change_workspace
from corridor.ground.problems import Conflict, Invalid, NotFound

OPERATOR = Actor("operator", "Nima", "command line")
PASSWORD = "four words apart"


def add(connection, email="sara@example.com", role="admin", workspace="main", **more):
    return add_person(connection, workspace, email, role, PASSWORD, OPERATOR, **more)


def test_one_address_is_one_person(house):
    """However an address is written, it is let in once."""
    with house.write() as connection:
        add(connection, "Sara@Example.com")
        with pytest.raises(Conflict):
            add(connection, " SARA@example.COM ")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"role": "king"}, "role"),
        ({"language": "xx"}, "language"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 101}, "name"),
    ],
)
def test_a_wrong_value_is_refused_by_name(house, wrong, field):
    """Each value is checked, and the refusal names the field."""
    with house.write() as connection, pytest.raises(Invalid) as refused:
        add(connection, **({"email": "sara@example.com", "role": "agent"} | wrong))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "weak",
    ["short", "password123", "PASSWORD123", "aaaaaaaaaaaa", "1212121212", "sara.amini", "sara.amini@example.com", "qwertyuiop"],
)
def test_what_is_guessed_first_is_no_password(house, weak):
    """Short and common passwords, repetitions and the address itself are refused."""
    with house.write() as connection, pytest.raises(Invalid) as refused:
        add_person(connection, "main", "sara.amini@example.com", "agent", weak, OPERATOR)
    assert refused.value.field == "password"


def test_the_last_administrator_stays(house):
    """Nobody can take the last key out of the house: neither by a role nor by disabling."""
    with house.write() as connection:
        sara = add(connection)
        for refuse in (
            lambda: change_role(connection, "main", sara.id, "agent", OPERATOR),
            lambda: disable_person(connection, "main", sara.id, OPERATOR),
        ):
            with pytest.raises(Conflict):
                refuse()
        add(connection, "omid@example.com")
        assert change_role(connection, "main", sara.id, "agent", OPERATOR).role == "agent"


def test_a_person_of_another_workspace_is_not_found(house, other_workspace):
    """Nobody is seen or changed from another workspace."""
    with house.write() as connection:
        stranger = add(connection, workspace="other")
        with pytest.raises(NotFound):
            get_person(connection, "main", stranger.id)
        with pytest.raises(NotFound):
            change_role(connection, "main", stranger.id, "agent", OPERATOR)
        assert find_person_by_email(connection, "main", "sara@example.com") is None


@pytest.mark.parametrize("name", ["", "Main", "a b", "-a", "a-", "a_b", "x" * 41, "سلام", "../up"])
def test_a_workspace_has_a_name_that_can_stand_in_an_address(house, name):
    """Short names are small letters, digits and hyphens."""
    with house.write() as connection, pytest.raises(Invalid):
        add_workspace(connection, name)


def test_a_workspace_is_made_once(house):
    """A name that is taken is refused."""
    with house.write() as connection:
        add_workspace(connection, "north-shop", zone="Asia/Tehran", currency="IRR", region="IR", language="fa")
        with pytest.raises(Conflict):
            add_workspace(connection, "north-shop")
        assert "north-shop" in {one.id for one in workspaces(connection)}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("zone", "Mars/Olympus"),
        ("zone", "../../etc/passwd"),
        ("currency", "euro"),
        ("region", "nl"),
        ("language", "de"),
        ("name", " "),
    ],
)
def test_a_workspace_keeps_only_what_can_be_used(house, field, wrong):
    """A zone that does not exist, a currency or region of another shape, is refused by name, and nothing changes."""
    with house.write() as connection:
        main = find_workspace(connection, "main")
        with pytest.raises(Invalid) as refused:
            change_workspace(connection, main, OPERATOR, **{field: wrong})
        assert refused.value.field == field
        assert find_workspace(connection, "main") == main
