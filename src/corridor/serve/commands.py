"""Commands of serve: who waits for an answer, and what the chat needs on a website."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from corridor.ground.command_line import DEFAULT_DATA, MAIN, DataFolder, WorkspaceName, open_store, operator, workspace_named

commands = typer.Typer()
conversations = typer.Typer(no_args_is_help=True, help="Conversations: who waits for an answer.")
chat = typer.Typer(no_args_is_help=True, help="The chat on your website: its snippet and its secret.")
commands.add_typer(conversations, name="conversations")
commands.add_typer(chat, name="chat")


@conversations.command("list")
def list_all(
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
    closed: Annotated[bool, typer.Option(help="The closed ones instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most to list.")] = 25,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the open conversations, who waits longest first."""
    from corridor import remember
    from corridor.ground.ui.formats import duration
    from corridor.ground.vocabulary import SECOND, now, to_iso
    from corridor.serve.desk.inbox import inbox

    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        with store.database.read() as connection:
            found, following = inbox(connection, place.id, "closed" if closed else "all", "", limit=limit)
            names = remember.names(connection, place.id, {one.customer_id for one in found if one.customer_id})
    finally:
        store.close()
    for one in found:
        name = names.get(one.customer_id) or f"Visitor {one.node_id or one.number}"
        if as_json:
            shown = {"id": one.id, "customer_id": one.customer_id, "name": name, "channel": one.channel, "state": one.state,
                     "last_text": one.last_text, "last_message_at": to_iso(one.last_message_at),
                     "waiting_since": to_iso(one.waiting_since) if one.waiting_since else None}  # fmt: skip
            typer.echo(json.dumps(shown, ensure_ascii=False))
        else:
            waits = duration((now() - one.waiting_since) / SECOND, "en") if one.waiting_since else one.state
            typer.echo(f"{waits:>10}  {one.channel:<9}  {name}: {one.last_text}")
    if following:
        typer.echo(f"There are more than {limit}; --limit shows them.", err=True)


@chat.command("snippet")
def snippet(
    write_key: Annotated[str, typer.Argument(help="A write key, from `corridor key create write`.")],
    address: Annotated[str, typer.Option(help="The address under which pages reach this house.")] = "http://127.0.0.1:8765",
) -> None:
    """Print the line to put on your pages."""
    typer.echo(f'<script async src="{address.rstrip("/")}/sdk/corridor.js" data-write-key="{write_key}"></script>')


@chat.command("secret")
def secret(
    data: DataFolder = DEFAULT_DATA,
    workspace: WorkspaceName = MAIN,
    new: Annotated[bool, typer.Option("--new", help="Make a new one; the former counts for one more day.")] = False,
) -> None:
    """Print the secret under which your server signs the ids of users who are signed in."""
    from corridor.ground.access import Actor
    from corridor.serve.chat.settings import ensure_chat_settings, renew_widget_secret

    store = open_store(data)
    try:
        place = workspace_named(store, workspace)
        with store.database.write() as connection:
            settings = ensure_chat_settings(connection, place)
            if new:
                settings = renew_widget_secret(connection, place, Actor(operator(), operator(), "command line"))
    finally:
        store.close()
    typer.echo(settings.widget_secret)
