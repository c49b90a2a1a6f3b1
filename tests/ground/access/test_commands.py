"""The commands for people, keys and workspaces, as scripts use them."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from corridor import cli
from corridor.ground.access import find_workspace
from corridor.ground.access.audit import actions
from corridor.ground.access.keys import find_key
from corridor.ground.access.people import people_of
from corridor.ground.store import Store


@pytest.fixture(scope="module", autouse=True)
def all_commands():
    if not any(group.name == "user" for group in cli.app.registered_groups):
        cli.add_commands_of_rooms()


@pytest.fixture
def corridor(tmp_path):
    """Run `corridor` on a data folder that does not exist yet."""

    def run(*words, stdin=None):
        return CliRunner().invoke(cli.app, [*words, "--data", str(tmp_path / "data")], input=stdin)

    run.folder = tmp_path / "data"
    return run


def test_a_key_is_printed_alone(corridor):
    """`corridor key create` prints just the key, so that a script can take it, and makes the data folder at first use."""
    made = corridor("key", "create", "write", "--name", "shop")
    assert made.exit_code == 0
    assert made.stdout.count("\n") == 1
    store = Store.open(corridor.folder)
    with store.database.read() as connection:
        assert find_key(connection, made.stdout.strip(), "write")
        assert find_workspace(connection, "main")
        assert actions(connection, "main")[0].address == "command line"
    store.close()


def test_keys_are_listed_and_revoked(corridor):
    """A listed id revokes its key."""
    corridor("key", "create", "secret", "--role", "analyst")
    listed = corridor("key", "list").stdout.split("\t")
    assert corridor("key", "revoke", listed[0]).exit_code == 0
    assert "revoked" in corridor("key", "list").stdout


def test_a_person_is_added_with_the_password_on_standard_input(corridor):
    """A script lets somebody in without the password in its arguments."""
    added = corridor("user", "add", "sara@example.com", "--role", "admin", "--password-stdin", stdin="four words apart\n")
    assert added.exit_code == 0
    assert "sara@example.com\tadmin" in corridor("user", "list").stdout
    store = Store.open(corridor.folder)
    with store.database.read() as connection:
        assert [person.email for person in people_of(connection, "main")] == ["sara@example.com"]
    store.close()


def test_a_person_is_given_a_role_a_password_and_disabled(corridor):
    """What the page can do, the command can."""
    for email in ("sara@example.com", "omid@example.com"):
        corridor("user", "add", email, "--role", "admin", "--password-stdin", stdin="four words apart\n")
    assert corridor("user", "role", "omid@example.com", "agent").exit_code == 0
    assert corridor("user", "password", "omid@example.com", "--password-stdin", stdin="other words altogether\n").exit_code == 0
    assert corridor("user", "disable", "omid@example.com").exit_code == 0
    assert "omid@example.com\tagent\tomid\tdisabled" in corridor("user", "list").stdout
    assert corridor("user", "enable", "omid@example.com").exit_code == 0


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("user", "add", "sara@example.com", "--role", "king", "--password-stdin"), "four words apart\n", "is not a role"),
        (("user", "add", "sara@example.com", "--role", "admin", "--password-stdin"), "short\n", "at least 10"),
        (("user", "add", "sara@example.com", "--role", "admin"), None, "--password-stdin"),
        (("user", "disable", "nobody@example.com"), None, "corridor user list"),
        (("key", "create", "master"), None, "not a kind of key"),
        (("key", "revoke", "no-such-key"), None, "corridor key list"),
        (("key", "list", "--workspace", "nowhere"), None, "corridor workspace add"),
        (("workspace", "add", "Not a name"), None, "north-shop"),
        (("workspace", "add", "main"), None, "already"),
    ],
)  # fmt: skip
def test_a_refused_command_says_why_in_a_sentence(corridor, words, stdin, said):
    """One sentence on stderr, exit status 1, nothing on stdout, no traceback."""
    refused = corridor(*words, stdin=stdin)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.output
    assert refused.stdout == ""


def test_workspaces_are_added_and_listed(corridor):
    """A workspace is made with its zone, currency and language."""
    words = (
        "workspace",
        "add",
        "north",
        "--title",
        "North",
        "--zone",
        "Asia/Tehran",
        "--currency",
        "IRR",
        "--region",
        "IR",
        "--language",
        "fa",
    )
    assert corridor(*words).exit_code == 0
    assert "north\tNorth\tAsia/Tehran\tIRR\tIR\tfa" in corridor("workspace", "list").stdout
    assert corridor("key", "create", "write", "--workspace", "north").stdout.startswith("wk_north_")


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(corridor):
    """A house without an administrator is not well; with one it is, if the pages are built."""
    ill = corridor("doctor")
    assert ill.exit_code == 1
    assert "corridor user add" in ill.stdout
    corridor("user", "add", "sara@example.com", "--role", "admin", "--password-stdin", stdin="four words apart\n")
    assert "People: 1 can administer" in corridor("doctor").stdout


def test_the_doctor_names_a_folder_that_everybody_can_enter(corridor):
    """Rights that are too wide are found, with the command that mends them."""
    corridor("key", "list")
    corridor.folder.chmod(0o755)
    assert f"chmod 700 {corridor.folder}" in corridor("doctor").stdout


def test_the_doctor_names_a_data_folder_that_is_a_file(tmp_path):
    """A file in the folder's place is named as such."""
    (tmp_path / "file").write_text("x")
    ill = CliRunner().invoke(cli.app, ["doctor", "--data", str(tmp_path / "file")])
    assert ill.exit_code == 1
    assert "is not a folder" in ill.stdout
