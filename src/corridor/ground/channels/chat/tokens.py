"""Who may read a chat: a token that the house signed for a browser, a hash that the company's server signed for a user id.

A token is `v1.<workspace>.<visitor>.<signature>`; only who holds it sees that visitor's messages. It refuses everything that the
workspace's secret did not sign; there is no other algorithm to choose.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

_TOKEN = re.compile(r"v1\.([a-z0-9-]{1,40})\.([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says before its signature is checked."""

    workspace_id: str
    visitor_id: str
    signature: str


def new_secret() -> str:
    """Return a new secret of 256 bits."""
    return secrets.token_urlsafe(32)


def token_for(secret: str, workspace_id: str, visitor_id: str) -> str:
    """Return the token that lets a browser speak as this visitor."""
    return f"v1.{workspace_id}.{visitor_id}.{_signature(secret, workspace_id, visitor_id)}"


def claim_of(token: str) -> Claim | None:
    """Return what a token claims, so that the workspace's secret can be fetched; None if it is no token of ours."""
    found = _TOKEN.fullmatch(token)
    return Claim(found[1], found[2], found[3]) if found else None


def is_true(claim: Claim, secret: str) -> bool:
    """Whether this secret signed the claim."""
    return hmac.compare_digest(claim.signature, _signature(secret, claim.workspace_id, claim.visitor_id))


def identifier_hash(secret: str, identifier: str) -> str:
    """Return what the company's server puts beside a signed-in user's id: hex HMAC-SHA256 of the id."""
    return hmac.new(secret.encode(), identifier.encode(), hashlib.sha256).hexdigest()


def is_signed(identifier: str, given: str, *live_secrets: str) -> bool:
    """Whether one of the live secrets signed the identifier. Two live secrets make a change of secret smooth."""
    try:
        claim = given.strip().lower().encode("ascii")
        return any(hmac.compare_digest(identifier_hash(secret, identifier).encode(), claim) for secret in live_secrets if secret)
    except UnicodeEncodeError:
        # A lone surrogate, or a hash with foreign letters: nobody signed that.
        return False


def _signature(secret: str, workspace_id: str, visitor_id: str) -> str:
    # The prefix keeps a token's signature from ever being the hash of a user id, even under one secret.
    text = f"corridor chat {workspace_id} {visitor_id}"
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
