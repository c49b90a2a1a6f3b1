"""What is said on the pages about a refusal of this part, in the reader's language; programs get the sentence of the problem itself."""

from __future__ import annotations

from corridor.ground.problems import Problem
from corridor.ground.ui import N_, translations

SENTENCES = {
    "bad_currency": N_("Use three capital letters for the currency, such as EUR."),
    "bad_email": N_("This is not an e-mail address."),
    "bad_name": N_("A name has 1 to 100 characters on one line."),
    "bad_region": N_("Use two capital letters for the region, such as NL."),
    "bad_workspace_name": N_("Use up to 40 small letters, digits and hyphens, such as north-shop."),
    "bad_zone": N_("This is not a time zone. Use a name such as Europe/Amsterdam or Asia/Tehran."),
    "common_password": N_("This password is among the first that anybody would try. Choose another."),
    "last_administrator": N_("This is the last administrator. Make somebody else administrator first."),
    "long_password": N_("This password is too long."),
    "person_exists": N_("Somebody with this address is in this workspace already."),
    "short_password": N_("A password needs at least 10 characters. Four words that don't belong together are good."),
    "workspace_exists": N_("There is a workspace of this name already."),
    "wrong_password": N_("The present password is not right."),
}
"""The sentence by the problem's code."""

ACTIONS = {
    "key created": N_("key created"),
    "key revoked": N_("key revoked"),
    "password changed": N_("password changed"),
    "person added": N_("person added"),
    "person disabled": N_("person disabled"),
    "person enabled": N_("person enabled"),
    "role changed": N_("role changed"),
    "signed in": N_("signed in"),
    "signed out": N_("signed out"),
    "workspace added": N_("workspace added"),
    "workspace changed": N_("workspace changed"),
}
"""Recorded actions of this part. What a room records under another name is shown as the room wrote it, translated where it is known."""


def sentence(problem: Problem, language: str) -> str:
    """Return what to tell the reader about this refusal."""
    gettext = translations(language).gettext
    return gettext(SENTENCES[problem.code]) if problem.code in SENTENCES else problem.detail
