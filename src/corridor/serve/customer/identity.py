"""Why one person: each link between two identifiers in words, the merges, and what a merge by hand would bring together."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from corridor import identify, remember
from corridor.ground.ui import N_
from corridor.ground.ui.languages import translate
from corridor.ground.vocabulary import Microseconds
from corridor.serve.customer.wording import title_of

KIND_NAMES = {
    "user_id": N_("User id"),
    "anonymous_id": N_("Browser or device"),
    "email": N_("E-mail address"),
    "phone": N_("Telephone number"),
}
"""The kinds of identifiers as a reader says them."""

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Evidence:
    """One link in words: what it joins, how we know, when, and whether it still holds."""

    one: identify.Node
    other: identify.Node
    how: str
    source: str
    at: Microseconds
    holds: bool


@dataclass(frozen=True, slots=True)
class MergeInWords:
    """One merge: which customer came in, who decided, why, and whether it was undone."""

    merge: identify.Merge
    by: str
    how: str
    by_hand: bool
    into_this: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """All that makes a customer one person."""

    nodes: list[identify.Node]
    evidence: list[Evidence]
    merges: list[MergeInWords]


def read_identity(connection: Connection, workspace_id: str, language: str, customer_id: str) -> Identity:
    """Return a customer's identifiers, the evidence that ties them together, and the merges."""
    return Identity(
        nodes=identify.nodes_of(connection, workspace_id, customer_id),
        evidence=[_evidence(link, language) for link in identify.links_of(connection, workspace_id, customer_id)],
        merges=[
            _merge_in_words(one, customer_id, language)
            for one in identify.merges_of(connection, workspace_id, customer_id)
        ],
    )  # fmt: skip


def kind_name(kind: str, language: str) -> str:
    """Return what kind of identifier it is, in the reader's language."""
    return translate(language, KIND_NAMES.get(kind, kind))


def candidates(connection: Connection, workspace_id: str, customer_id: str, query: str) -> list[remember.Profile]:
    """Return the customers that these words find, to be merged with this one."""
    if not query.strip():
        return []
    found, _ = remember.profiles(connection, workspace_id, query=query, limit=11)
    return [one for one in found if one.id != customer_id][:10]


def _evidence(link: identify.Link, language: str) -> Evidence:
    if link.state == "refused":
        how = translate(language, N_("Seen together, but not linked: %(reason)s")) % {"reason": link.reason}
    elif link.state == "undone":
        how = translate(language, N_("Was linked, and the link was undone by a colleague"))
    elif link.rule.startswith("same event"):
        how = translate(language, N_("One event named both: “%(event)s”")) % {"event": title_of(link.reason, language)}
    else:
        how = link.reason or link.rule
    return Evidence(link.node, link.other, how, link.source, link.at, link.state == "active")


def _merge_in_words(merge: identify.Merge, customer_id: str, language: str) -> MergeInWords:
    by_hand = merge.rule == "person"
    if by_hand:
        how = merge.reason
    else:
        how = translate(language, N_("One event named both: “%(event)s”")) % {"event": title_of(merge.reason, language)}
    by = merge.by if by_hand else translate(language, N_("Corridor, by itself"))
    return MergeInWords(merge, by, how, by_hand, merge.keep == customer_id)
