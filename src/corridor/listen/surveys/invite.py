"""Personal links to a survey: each ties one answer to one customer and is used once. Only a hash of the link's secret is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, text

from corridor import identify
from corridor.ground.access.secrets import hashed, new_token
from corridor.ground.problems import Conflict, Invalid, NotFound
from corridor.ground.vocabulary import new_id, now
from corridor.listen.surveys.define import survey
from corridor.listen.surveys.facts import Invitation
from corridor.listen.surveys.tables import invitations as table

MOST_AT_ONCE = 1_000

FORGET_UNUSED = text("""
    DELETE FROM invitations
    WHERE workspace_id = :workspace AND survey_id = :survey AND customer_id = :customer AND used_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM survey_answers a WHERE a.workspace_id = :workspace AND a.invitation_id = invitations.id)""")

OPENED = text("UPDATE invitations SET opened_at = :at WHERE workspace_id = :workspace AND id = :id AND opened_at IS NULL")

USED = text("UPDATE invitations SET used_at = :at WHERE workspace_id = :workspace AND id = :id AND used_at IS NULL")


def invite(connection: Connection, workspace_id: str, survey_id: str, customers: list[str], by: str) -> list[tuple[str, str]]:
    """Return (customer id, path of the personal link) for each customer. A link is shown here once and cannot be shown again.

    An earlier link that the customer has not used stops working.

    Raises:
        Conflict: the survey is closed.
        Invalid: nobody, or too many customers at once.
        NotFound: the survey, or one of the customers, is not in this workspace.
    """
    asked = survey(connection, workspace_id, survey_id)
    if asked.state == "closed":
        raise Conflict("This survey is closed. Publish it again before inviting anyone.", code="closed")
    if not customers:
        raise Invalid("Name at least one customer.", code="nobody", field="customers")
    if len(customers) > MOST_AT_ONCE:
        raise Invalid(f"Invite up to {MOST_AT_ONCE:,} customers at once.", code="too_many", field="customers")
    links, moment = [], now()
    invited = {said: whom(connection, workspace_id, said) for said in customers}
    for said, customer in invited.items():
        if customer is None:
            raise NotFound(f"There is no customer {said[:60]!r} here.", code="no_customer", field="customers")
    for customer in filter(None, dict.fromkeys(invited.values())):
        nodes = identify.nodes_of(connection, workspace_id, customer)
        token = new_token()
        connection.execute(FORGET_UNUSED, {"workspace": workspace_id, "survey": survey_id, "customer": customer})
        connection.execute(
            table.insert().values(
                workspace_id=workspace_id,
                id=new_id(),
                survey_id=survey_id,
                node_id=nodes[0].id,
                customer_id=customer,
                token_hash=hashed(token),
                created_at=moment,
                created_by=by,
            )
        )
        links.append((customer, f"/s/{asked.slug}?i={token}"))
    return links


def whom(connection: Connection, workspace_id: str, said: str) -> str | None:
    """Return the id of the customer that somebody names by id, user id, e-mail address or telephone number; None if nobody is."""
    if identify.nodes_of(connection, workspace_id, said):
        return said
    later = identify.survivor(connection, workspace_id, said)
    if later is not None:
        return later
    for kind, value in (("user_id", said), ("email", said.lower()), ("phone", said.replace(" ", ""))):
        node = identify.find(connection, workspace_id, kind, value)
        if node is not None:
            return node.customer_id
    return None


def find_invitation(connection: Connection, workspace_id: str, survey_id: str, token: str) -> Invitation | None:
    """Return the invitation to this survey that a personal link carries; None if there is no such, or it was replaced."""
    if not token or len(token) > 100:
        return None
    t = table.c
    query = select(table).where(t.workspace_id == workspace_id, t.token_hash == hashed(token), t.survey_id == survey_id)
    row: Any = connection.execute(query).first()
    if row is None:
        return None
    return Invitation(row.id, row.survey_id, row.node_id, row.customer_id, row.created_at, row.used_at)


def note_opened(connection: Connection, workspace_id: str, invitation_id: str) -> None:
    """Note that the link was opened."""
    connection.execute(OPENED, {"workspace": workspace_id, "id": invitation_id, "at": now()})


def use(connection: Connection, workspace_id: str, invitation_id: str) -> None:
    """Let the link be used up."""
    connection.execute(USED, {"workspace": workspace_id, "id": invitation_id, "at": now()})
