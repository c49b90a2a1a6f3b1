"""Surveys: defined, changed, published and closed. It refuses to change a question that somebody has already answered: it makes a new version."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from corridor import collect
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.vocabulary import new_id, now
from corridor.listen.facts import PATTERNS
from corridor.listen.surveys import forms
from corridor.listen.surveys.facts import Form, Survey, Version
from corridor.listen.surveys.tables import survey_versions as version_table
from corridor.listen.surveys.tables import surveys as table

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,58}[a-z0-9])")
CONTACT = re.compile(r"(?:https?://|mailto:|tel:)\S+|/[^/\s]\S*")
LONGEST_TITLE = 120
UNGUESSABLE = 16
"""Random characters that end the address of a survey for invited people only."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def surveys(connection: Connection, workspace_id: str) -> list[Survey]:
    """Return the workspace's surveys: open ones first, the latest changed first."""
    rows = connection.execute(select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.updated_at.desc()))
    order = {"open": 0, "draft": 1, "closed": 2}
    return sorted((_survey(row) for row in rows), key=lambda survey: order[survey.state])


def survey(connection: Connection, workspace_id: str, survey_id: str) -> Survey:
    """Return one survey.

    Raises:
        NotFound: there is none of this id in this workspace.
    """
    row = connection.execute(select(table).where(table.c.workspace_id == workspace_id, table.c.id == survey_id)).first()
    if row is None:
        raise NotFound("There is no such survey here. The list is at /surveys.")
    return _survey(row)


def survey_at(connection: Connection, slug: str) -> tuple[str, Survey] | None:
    """Return the workspace's id and the survey that has this public address, whichever workspace it is in."""
    row = connection.execute(select(table, table.c.workspace_id).where(table.c.slug == slug)).first()
    return (row.workspace_id, _survey(row)) if row else None


def add_survey(
    connection: Connection,
    workspace_id: str,
    *,
    title: str,
    by: str,
    touchpoint: str | None = None,
    slug: str = "",
    pattern: str = "past",
    audience: str = "anyone",
    contact: str = "",
    form: Form = forms.USUAL,
) -> Survey:
    """Make a survey; it is a draft until it is published.

    Raises:
        Invalid: a value is not usable; names the field.
        Conflict: the address is taken.
    """
    moment = now()
    made = _checked(
        connection,
        workspace_id,
        Survey(
            id=new_id(),
            slug=slug or _slug_of(title),
            title=title,
            touchpoint=touchpoint or None,
            pattern=cast("Any", pattern),
            audience=cast("Any", audience),
            contact=contact,
            state="draft",
            version=0,
            draft=form,
            created_at=moment,
            created_by=by,
            updated_at=moment,
        ),
    )
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(workspace_id=workspace_id, **_values(made)))
    except IntegrityError:
        raise _taken(made.slug) from None
    return made


def change_survey(
    connection: Connection, workspace_id: str, survey_id: str, *, seen: int | None = None, **changes: Any
) -> Survey:
    """Change a survey. A changed form is asked only after it is published again. With `seen`, only if unchanged since then.

    Raises:
        Conflict: somebody changed it meanwhile, or the address is taken.
        Invalid: a value is not usable; names the field.
        NotFound: there is none of this id.
    """
    before = survey(connection, workspace_id, survey_id)
    if seen is not None and seen != before.updated_at:
        raise Conflict(
            "A colleague changed this survey while you were editing it. Look at it again and repeat your change.", code="changed"
        )
    after = _checked(connection, workspace_id, replace(before, **changes, updated_at=max(now(), before.updated_at + 1)))
    _write(connection, workspace_id, after)
    return after


def publish(connection: Connection, workspace_id: str, survey_id: str, by: str) -> Survey:
    """Ask the survey as it is drafted now, from now on; a form that differs from the last becomes a new version.

    Raises:
        Invalid: something is missing for it to be asked.
        NotFound: there is none of this id.
    """
    known = survey(connection, workspace_id, survey_id)
    if known.touchpoint is None:
        raise Invalid(
            "Choose the touchpoint that the survey asks about; without it no gap can be seen.",
            code="no_touchpoint",
            field="touchpoint",
        )
    moment = max(now(), known.updated_at + 1)
    number = known.version
    if not number or version(connection, workspace_id, survey_id, number).form != known.draft:
        number += 1
        connection.execute(
            insert(version_table).values(
                workspace_id=workspace_id,
                survey_id=survey_id,
                version=number,
                form=forms.written(known.draft),
                published_at=moment,
                published_by=by,
            )
        )
    published = replace(known, state="open", version=number, updated_at=moment, published_at=moment, closed_at=None)
    _write(connection, workspace_id, published)
    return published


def close(connection: Connection, workspace_id: str, survey_id: str) -> Survey:
    """Ask nobody any more. What was answered stays, and publishing opens it again.

    Raises:
        Conflict: it was never open.
        NotFound: there is none of this id.
    """
    known = survey(connection, workspace_id, survey_id)
    if known.state == "draft":
        raise Conflict("This survey was never published, so it cannot be closed.", code="not_open")
    if known.state == "closed":
        return known
    moment = max(now(), known.updated_at + 1)
    closed = replace(known, state="closed", closed_at=moment, updated_at=moment)
    _write(connection, workspace_id, closed)
    return closed


def version(connection: Connection, workspace_id: str, survey_id: str, number: int) -> Version:
    """Return the form as it was published under this number.

    Raises:
        NotFound: it was not.
    """
    for known in versions(connection, workspace_id, survey_id):
        if known.number == number:
            return known
    raise NotFound(f"This survey has no version {number}.")


def versions(connection: Connection, workspace_id: str, survey_id: str) -> list[Version]:
    """Return all published forms, the latest first."""
    t = version_table.c
    query = select(version_table).where(t.workspace_id == workspace_id, t.survey_id == survey_id).order_by(t.version.desc())
    return [Version(row.version, forms.read(row.form), row.published_at, row.published_by) for row in connection.execute(query)]


def _survey(row: Any) -> Survey:
    names = Survey.__dataclass_fields__
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    return Survey(**values | {"draft": forms.read(row.draft)})


def _values(known: Survey) -> dict[str, Any]:
    return {name: getattr(known, name) for name in Survey.__dataclass_fields__} | {"draft": forms.written(known.draft)}


def _write(connection: Connection, workspace_id: str, known: Survey) -> None:
    try:
        with connection.begin_nested():
            connection.execute(
                update(table).where(table.c.workspace_id == workspace_id, table.c.id == known.id).values(**_values(known))
            )
    except IntegrityError:
        raise _taken(known.slug) from None


def _checked(connection: Connection, workspace_id: str, given: Survey) -> Survey:
    title, slug, contact = " ".join(given.title.split()), given.slug.strip().lower(), _contact(given.contact)
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid(f"A survey's title has 1 to {LONGEST_TITLE} characters.", code="bad_title", field="title")
    if given.pattern not in PATTERNS:
        raise Invalid(
            f"{given.pattern!r} is not a pattern. Use one of: {', '.join(PATTERNS)}.", code="bad_pattern", field="pattern"
        )
    if given.audience not in ("anyone", "invited"):
        raise Invalid(f"{given.audience!r} is not an audience. Use anyone or invited.", code="bad_audience", field="audience")
    if given.audience == "invited" and not _is_unguessable(slug):
        slug = f"{slug[: 59 - UNGUESSABLE].rstrip('-')}-{_random(UNGUESSABLE)}"
    if not SLUG.fullmatch(slug):
        raise Invalid(
            f"{slug[:80]!r} cannot be an address: use 3 to 60 small letters, digits and hyphens, such as `delivery`.",
            code="bad_slug",
            field="slug",
        )
    if given.touchpoint is not None and given.touchpoint not in {
        known.key for known in collect.touchpoints(connection, workspace_id)
    }:
        raise Invalid(
            f"There is no touchpoint {given.touchpoint[:60]!r} here. Choose one of the list.",
            code="unknown_touchpoint",
            field="touchpoint",
        )
    return replace(given, title=title, slug=slug, contact=contact, draft=forms.checked(given.draft))


def _contact(contact: str) -> str:
    contact = contact.strip()
    if re.fullmatch(r"[^@\s/:]+@[^@\s]+\.[^@\s]+", contact):
        contact = f"mailto:{contact}"
    elif re.fullmatch(r"\+?[\d\s()-]{5,24}", contact):
        contact = "tel:" + re.sub(r"[^\d+]", "", contact)
    if contact and (len(contact) > 300 or not CONTACT.fullmatch(contact)):
        raise Invalid(
            "Give a web address, an e-mail address or a telephone number where a person answers.",
            code="bad_contact",
            field="contact",
        )
    return contact


def _slug_of(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{words or 'survey'}-{_random(6)}"


def _is_unguessable(slug: str) -> bool:
    ending = slug.rpartition("-")[2]
    return len(ending) == UNGUESSABLE and set(ending) <= set(_ALPHABET)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _taken(slug: str) -> Conflict:
    return Conflict(f"The address /s/{slug} is taken. Choose another.", code="slug_taken", field="slug")
