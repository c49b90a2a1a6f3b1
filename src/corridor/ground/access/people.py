"""People who sign in: added, given a role, disabled, and their passwords. Each change is audited and ends their sessions where it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Connection, delete, func, insert, select, update

from corridor.ground.access.audit import record_action
from corridor.ground.access.facts import LANGUAGES, ROLES, THEMES, Actor, Person
from corridor.ground.access.secrets import check_password, hash_password, matches
from corridor.ground.access.tables import devices, sessions
from corridor.ground.access.tables import people as table
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.vocabulary import new_id, now

if TYPE_CHECKING:
    from corridor.ground.store import Store


def add_person(
    connection: Connection,
    workspace_id: str,
    email: str,
    role: str,
    password: str,
    by: Actor,
    *,
    name: str = "",
    language: str = "en",
) -> Person:
    """Let somebody sign in.

    Raises:
        Invalid: a value is not usable; names the field.
        Conflict: somebody has this address here.
    """
    address = _checked_email(email)
    _check_role(role)
    _check_language(language)
    check_password(password, address)
    if find_person_by_email(connection, workspace_id, address) is not None:
        raise Conflict(f"{address} is in this workspace already.", code="person_exists", field="email")
    person = Person(
        id=new_id(), email=address, name=_checked_name(name) or address.split("@")[0], role=role,
        language=language, theme="system", created_at=now(),  # type: ignore[arg-type]
    )  # fmt: skip
    connection.execute(
        insert(table).values(
            workspace_id=workspace_id, id=person.id, email=person.email, email_key=email_key(person.email), name=person.name,
            role=role, password_hash=hash_password(password), language=language, theme="system", created_at=person.created_at,
        )
    )  # fmt: skip
    record_action(connection, workspace_id, by, "person added", person.email, after={"role": role})
    return person


def people_of(connection: Connection, workspace_id: str) -> list[Person]:
    """Return everybody of the workspace by name, those who are disabled last."""
    query = (
        select(table)
        .where(table.c.workspace_id == workspace_id)
        .order_by(table.c.disabled_at.is_not(None), table.c.name, table.c.id)
    )
    return [_fact(row) for row in connection.execute(query)]


def anybody(connection: Connection) -> bool:
    """Say whether anybody at all can sign in, in whatever workspace."""
    return connection.execute(select(table.c.workspace_id).where(table.c.disabled_at.is_(None)).limit(1)).first() is not None


def get_person(connection: Connection, workspace_id: str, person_id: str) -> Person:
    """Return a person.

    Raises:
        NotFound: nobody of this id is here.
    """
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == person_id)).first()
    if row is None:
        raise NotFound("Nobody of this id is in this workspace.", field="id")
    return _fact(row)


def find_person_by_email(connection: Connection, workspace_id: str, email: str) -> Person | None:
    """Return the person of this address, if there is one."""
    row = connection.execute(
        select(table).where(table.c.workspace_id == workspace_id, table.c.email_key == email_key(email))
    ).first()
    return _fact(row) if row else None


def change_role(connection: Connection, workspace_id: str, person_id: str, role: str, by: Actor) -> Person:
    """Give somebody another role. Their sessions end, so that the next one begins with the new rights.

    Raises:
        Conflict: they are the last administrator.
        Invalid: an unknown role.
        NotFound: nobody of this id is here.
    """
    _check_role(role)
    person = get_person(connection, workspace_id, person_id)
    if person.role == role:
        return person
    _keep_an_administrator(connection, workspace_id, person, stays=role == "admin")
    connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == person_id).values(role=role))
    end_sessions(connection, workspace_id, person_id)
    record_action(connection, workspace_id, by, "role changed", person.email, before={"role": person.role}, after={"role": role})
    return get_person(connection, workspace_id, person_id)


def disable_person(connection: Connection, workspace_id: str, person_id: str, by: Actor) -> Person:
    """Keep somebody from signing in and end their sessions. What they did stays theirs.

    Raises:
        Conflict: they are the last administrator.
        NotFound: nobody of this id is here.
    """
    person = get_person(connection, workspace_id, person_id)
    if person.disabled_at is None:
        _keep_an_administrator(connection, workspace_id, person, stays=False)
        _set_disabled(connection, workspace_id, person_id, now())
        end_sessions(connection, workspace_id, person_id)
        record_action(connection, workspace_id, by, "person disabled", person.email, before={"role": person.role})
    return get_person(connection, workspace_id, person_id)


def enable_person(connection: Connection, workspace_id: str, person_id: str, by: Actor) -> Person:
    """Let somebody who was disabled sign in again.

    Raises:
        NotFound: nobody of this id is here.
    """
    person = get_person(connection, workspace_id, person_id)
    if person.disabled_at is not None:
        _set_disabled(connection, workspace_id, person_id, None)
        record_action(connection, workspace_id, by, "person enabled", person.email, after={"role": person.role})
    return get_person(connection, workspace_id, person_id)


def set_password(connection: Connection, workspace_id: str, person_id: str, password: str, by: Actor) -> None:
    """Give somebody a new password; all their sessions and known devices end.

    Raises:
        Invalid: the password is too easy to guess.
        NotFound: nobody of this id is here.
    """
    person = get_person(connection, workspace_id, person_id)
    check_password(password, person.email)
    values = {"password_hash": hash_password(password)}
    connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == person_id).values(**values))
    end_sessions(connection, workspace_id, person_id)
    connection.execute(delete(devices).where(devices.c.workspace_id == workspace_id, devices.c.person_id == person_id))
    record_action(connection, workspace_id, by, "password changed", person.email)


def has_password(store: Store, workspace_id: str, person_id: str, password: str) -> bool:
    """Say whether this is somebody's password. It takes its time, outside of any transaction."""
    query = select(table.c.password_hash).where(table.c.workspace_id == workspace_id, table.c.id == person_id)
    with store.database.read() as connection:
        kept = connection.execute(query).scalar()
    return kept is not None and matches(kept, password)


def copy_person(connection: Connection, workspace_id: str, person_id: str, to_workspace_id: str, by: Actor) -> None:
    """Let somebody administer another workspace, too, with the same address and password."""
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == person_id)).one()
    values = {column: getattr(row, column) for column in ("email", "email_key", "name", "password_hash", "language", "theme")}
    person_id = new_id()
    connection.execute(insert(table).values(workspace_id=to_workspace_id, id=person_id, role="admin", created_at=now(), **values))
    record_action(connection, to_workspace_id, by, "person added", row.email, after={"role": "admin"})


def set_preferences(
    connection: Connection, workspace_id: str, person_id: str, *, language: str | None, theme: str | None
) -> None:
    """Keep the language and the theme that somebody chose.

    Raises:
        Invalid: an unknown language or theme.
    """
    if language is not None:
        _check_language(language)
    if theme is not None and theme not in THEMES:
        raise Invalid(f"{theme!r} is not a theme. Use one of: {', '.join(THEMES)}.", code="bad_theme", field="theme")
    chosen = {name: value for name, value in (("language", language), ("theme", theme)) if value is not None}
    if chosen:
        connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == person_id).values(**chosen))


def end_sessions(connection: Connection, workspace_id: str, person_id: str) -> None:
    """Sign somebody out everywhere."""
    connection.execute(delete(sessions).where(sessions.c.workspace_id == workspace_id, sessions.c.person_id == person_id))


def email_key(email: str) -> str:
    """Return the form under which an address is compared: however it is written, it is one person."""
    return email.strip().casefold()


def _keep_an_administrator(connection: Connection, workspace_id: str, person: Person, *, stays: bool) -> None:
    if person.role != "admin" or stays:
        return
    query = select(func.count()).select_from(table).where(
        table.c.workspace_id == workspace_id, table.c.role == "admin", table.c.disabled_at.is_(None), table.c.id != person.id
    )  # fmt: skip
    if connection.execute(query).scalar_one() == 0:
        raise Conflict(
            "This is the last administrator. Make somebody else administrator first.", code="last_administrator", field="role"
        )


def _set_disabled(connection: Connection, workspace_id: str, person_id: str, at: int | None) -> None:
    connection.execute(update(table).where(table.c.workspace_id == workspace_id, table.c.id == person_id).values(disabled_at=at))


def _checked_email(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise Invalid(f"{email!r} is not an e-mail address: {error}", code="bad_email", field="email") from None


def _checked_name(name: str) -> str:
    if len(name) > 100 or any(ord(letter) < 32 for letter in name):
        raise Invalid("A name has up to 100 characters on one line.", code="bad_name", field="name")
    return name.strip()


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(f"{role!r} is not a role. Use one of: {', '.join(ROLES)}.", code="bad_role", field="role")


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise Invalid(
            f"{language!r} is not a language we speak. Use one of: {', '.join(LANGUAGES)}.", code="bad_language", field="language"
        )


def _fact(row: Any) -> Person:
    return Person(
        id=row.id, email=row.email, name=row.name, role=row.role, language=row.language, theme=row.theme,
        created_at=row.created_at, disabled_at=row.disabled_at,
    )  # fmt: skip
