"""Commands for those who run the installation: people, keys and workspaces. Each change is audited under the operator's name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from corridor.ground.access.facts import Actor
from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, open_store, operator, workspace_named
from corridor.ground.problems import Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

commands = typer.Typer()
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
key = typer.Typer(no_args_is_help=True, help="Keys of programs: write keys send events, secret keys use the API.")
workspace_commands = typer.Typer(no_args_is_help=True, help="Workspaces: the separate worlds of one installation.")
commands.add_typer(user, name="user")
commands.add_typer(key, name="key")
commands.add_typer(workspace_commands, name="workspace")

FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; otherwise it is asked for.")
]
"""A password is never an argument: those stand in the list of processes and in the shell's history."""


@user.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    role: Annotated[str, typer.Option(help="What they are here for, such as admin, manager or agent.")],
    name: Annotated[str, typer.Option(help="The name that others see.")] = "",
    language: Annotated[str, typer.Option(help="en or fa.")] = "en",
    password_stdin: FromStdin = False,
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
) -> None:
    """Let somebody sign in."""
    from corridor.ground.access.people import add_person

    store = open_store(data)
    there = workspace_named(store, workspace)
    password = _password(password_stdin)
    with store.database.write() as connection:
        person = add_person(connection, there.id, email, role, password, _operator(), name=name, language=language)
    typer.echo(f"{person.email} can sign in to {there.id} as {person.role}.")


@user.command("list")
def list_users(data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN) -> None:
    """Show who can sign in."""
    from corridor.ground.access.people import people_of

    store = open_store(data)
    with store.database.read() as connection:
        for person in people_of(connection, workspace_named(store, workspace).id):
            typer.echo("\t".join([person.email, person.role, person.name, "disabled" if person.disabled_at else "active"]))


@user.command("disable")
def disable_user(email: str, data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN) -> None:
    """Keep somebody from signing in and end their sessions."""
    from corridor.ground.access.people import disable_person

    store = open_store(data)
    there = workspace_named(store, workspace)
    with store.database.write() as connection:
        person = disable_person(connection, there.id, _id_of(connection, there.id, email), _operator())
    typer.echo(f"{person.email} cannot sign in any more.")


@user.command("enable")
def enable_user(email: str, data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN) -> None:
    """Let somebody who was disabled sign in again."""
    from corridor.ground.access.people import enable_person

    store = open_store(data)
    there = workspace_named(store, workspace)
    with store.database.write() as connection:
        person = enable_person(connection, there.id, _id_of(connection, there.id, email), _operator())
    typer.echo(f"{person.email} can sign in again.")


@user.command("role")
def change_user_role(email: str, role: str, data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN) -> None:
    """Give somebody another role; they sign in anew."""
    from corridor.ground.access.people import change_role

    store = open_store(data)
    there = workspace_named(store, workspace)
    with store.database.write() as connection:
        person = change_role(connection, there.id, _id_of(connection, there.id, email), role, _operator())
    typer.echo(f"{person.email} is {person.role} now.")


@user.command("password")
def change_user_password(
    email: str, password_stdin: FromStdin = False, data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN
) -> None:
    """Give somebody a new password and sign them out everywhere."""
    from corridor.ground.access.people import set_password

    store = open_store(data)
    there = workspace_named(store, workspace)
    password = _password(password_stdin)
    with store.database.write() as connection:
        set_password(connection, there.id, _id_of(connection, there.id, email), password, _operator())
    typer.echo(f"{email} has a new password and is signed out everywhere.")


@key.command("create")
def create(
    kind: Annotated[str, typer.Argument(help="write (to send events) or secret (for the API)")],
    name: Annotated[str, typer.Option(help="What the key is for, such as `web shop`; the source of its events.")] = "",
    role: Annotated[str, typer.Option(help="What a secret key may do.")] = "admin",
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
) -> None:
    """Make a key and print just the key. It cannot be shown again."""
    from corridor.ground.access.keys import create_key

    store = open_store(data)
    there = workspace_named(store, workspace)
    with store.database.write() as connection:
        _, text = create_key(connection, there.id, kind, _operator(), name=name, role=role)
    typer.echo(text)


@key.command("list")
def list_keys(data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN) -> None:
    """Show the keys by id, with the beginning of each."""
    from corridor.ground.access.keys import keys_of
    from corridor.ground.vocabulary import to_iso

    store = open_store(data)
    with store.database.read() as connection:
        for one in keys_of(connection, workspace_named(store, workspace).id):
            used = to_iso(one.last_used_at) if one.last_used_at else "never used"
            typer.echo("\t".join([one.id, one.kind, f"{one.prefix}…", one.name, used, "revoked" if one.revoked_at else "active"]))


@key.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID")], data: DataFolder = DEFAULT_DATA, workspace: WorkspaceName = MAIN
) -> None:
    """Stop a key from working, within a second."""
    from corridor.ground.access.keys import revoke_key

    store = open_store(data)
    there = workspace_named(store, workspace)
    with store.database.write() as connection:
        one = revoke_key(connection, there.id, key_id, _operator())
    typer.echo(f"{one.prefix}… does not work any more.")


@workspace_commands.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A short name such as `north-shop`; it never changes.")],
    title: Annotated[str, typer.Option(help="The name that people see.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone of its days.")] = "UTC",
    currency: Annotated[str, typer.Option(help="Three letters.")] = "EUR",
    region: Annotated[str, typer.Option(help="Two letters; how telephone numbers are read.")] = "NL",
    language: Annotated[str, typer.Option(help="en or fa.")] = "en",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Make a workspace."""
    from corridor.ground.access.audit import record_action
    from corridor.ground.access.workspaces import add_workspace

    with open_store(data).database.write() as connection:
        made = add_workspace(connection, name, name=title or None, zone=zone, currency=currency, region=region, language=language)
        record_action(connection, made.id, _operator(), "workspace added", made.id)
    typer.echo(f"The workspace {made.id} is ready.")


@workspace_commands.command("list")
def show(data: DataFolder = DEFAULT_DATA) -> None:
    """Show the workspaces."""
    from corridor.ground.access.workspaces import workspaces

    with open_store(data).database.read() as connection:
        for one in workspaces(connection):
            typer.echo(f"{one.id}\t{one.name}\t{one.zone}\t{one.currency}\t{one.region}\t{one.language}")


def _operator() -> Actor:
    return Actor(id="operator", name=operator(), address="command line")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid("There is nobody to ask for a password. Send it on standard input with --password-stdin.", field="password")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _id_of(connection: Connection, workspace_id: str, email: str) -> str:
    from corridor.ground.access.people import find_person_by_email

    person = find_person_by_email(connection, workspace_id, email)
    if person is None:
        raise NotFound(f"Nobody with the address {email} is in {workspace_id}. `corridor user list` shows who is.", field="email")
    return person.id
