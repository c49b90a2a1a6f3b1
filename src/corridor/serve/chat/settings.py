"""How a workspace's chat looks and whom it believes: its name, colour, greeting, and the secret that signs user ids."""

from __future__ import annotations

import re
from dataclasses import asdict, replace

from sqlalchemy import Connection, insert, select, update

from corridor.ground.access import Actor, record_action
from corridor.ground.access.keys import create_key
from corridor.ground.channels.chat import new_secret
from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import DAY, Workspace, now
from corridor.serve.facts import ChatSettings
from corridor.serve.tables import chat_settings as table

COLOUR = "#0f6b66"
LANGUAGES = ("auto", "en", "fa")
FORMER_COUNTS_FOR = DAY
"""How long the former widget secret still counts, so that a company can change it on its servers in peace."""

THE_HOUSE = Actor(id="", name="Corridor", address="")


def find_chat_settings(connection: Connection, workspace_id: str) -> ChatSettings | None:
    """Return the chat's settings, if the workspace has any yet."""
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id)).first()
    if row is None:
        return None
    return ChatSettings(**{name: value for name, value in row._mapping.items() if name != "workspace_id"})


def ensure_chat_settings(connection: Connection, workspace: Workspace) -> ChatSettings:
    """Return the chat's settings, made now if the workspace had none."""
    found = find_chat_settings(connection, workspace.id)
    if found is not None:
        return found
    made = ChatSettings(
        name=workspace.name, colour=COLOUR, greeting="", language="auto", token_secret=new_secret(), widget_secret=new_secret(),
        former_widget_secret="", former_until=0, test_key=_test_key(connection, workspace.id, THE_HOUSE),
    )  # fmt: skip
    connection.execute(insert(table).values(workspace_id=workspace.id, **asdict(made)))
    return made


def change_chat_settings(
    connection: Connection, workspace: Workspace, by: Actor, *, name: str, colour: str, greeting: str, language: str
) -> ChatSettings:
    """Keep how the chat looks.

    Raises:
        Invalid: names the field that cannot be used.
    """
    if not name.strip() or len(name) > 60:
        raise Invalid("The name above the chat has 1 to 60 characters.", code="bad_name", field="name")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise Invalid(f"{colour!r} is not a colour. Write it as #0f6b66.", code="bad_colour", field="colour")
    if len(greeting) > 300:
        raise Invalid("The greeting has up to 300 characters.", code="bad_greeting", field="greeting")
    if language not in LANGUAGES:
        raise Invalid(f"{language!r} is not a choice. Use auto, en or fa.", code="bad_language", field="language")
    before = ensure_chat_settings(connection, workspace)
    after = replace(before, name=name.strip(), colour=colour.lower(), greeting=greeting.strip(), language=language)
    _keep(connection, workspace.id, after)
    seen = ("name", "colour", "greeting", "language")
    record_action(
        connection, workspace.id, by, "chat settings changed", "chat",
        before={field: getattr(before, field) for field in seen}, after={field: getattr(after, field) for field in seen},
    )  # fmt: skip
    return after


def renew_widget_secret(connection: Connection, workspace: Workspace, by: Actor) -> ChatSettings:
    """Make a new widget secret; the former one still counts for a day."""
    before = ensure_chat_settings(connection, workspace)
    after = replace(
        before, widget_secret=new_secret(), former_widget_secret=before.widget_secret, former_until=now() + FORMER_COUNTS_FOR
    )
    _keep(connection, workspace.id, after)
    record_action(connection, workspace.id, by, "widget secret renewed", "chat")
    return after


def renew_test_key(connection: Connection, workspace: Workspace, by: Actor) -> ChatSettings:
    """Make a new write key for the test page, as when the former was revoked."""
    after = replace(ensure_chat_settings(connection, workspace), test_key=_test_key(connection, workspace.id, by))
    _keep(connection, workspace.id, after)
    return after


def _test_key(connection: Connection, workspace_id: str, by: Actor) -> str:
    return create_key(connection, workspace_id, "write", by, name="Test page")[1]


def _keep(connection: Connection, workspace_id: str, settings: ChatSettings) -> None:
    connection.execute(update(table).where(table.c.workspace_id == workspace_id).values(**asdict(settings)))
