"""What in an event is personal: it is kept apart from the rest and sealed with the key of the event's node.

Who destroys a node's key makes the personal part of all its events unreadable, in every copy there is.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PERSONAL_PROPERTIES = frozenset(
    {
        "text", "comment", "comments", "message", "body", "subject", "words", "why", "note", "notes", "resolution", "transcript", "review_body",
        "title_given", "name", "firstName", "first_name", "lastName", "last_name", "email", "phone", "address", "street", "ip",
        "birthday", "username", "url", "referrer", "search", "query",
    }
)  # fmt: skip
"""Names of properties that hold names, addresses or free text; everything in traits and most of context is personal too."""

OPEN_CONTEXT = ("campaign", "library", "locale", "timezone", "app", "os", "device", "screen", "network", "active")
"""Parts of the context that say nothing about who somebody is."""

_encode = msgspec.json.encode


def split(properties: dict[str, Any], traits: dict[str, Any], context: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what may stand open in the lake, and what is personal."""
    personal: dict[str, Any] = {}
    if PERSONAL_PROPERTIES.isdisjoint(properties):
        shown = properties
    else:
        shown = {name: value for name, value in properties.items() if name not in PERSONAL_PROPERTIES}
        personal["properties"] = {name: value for name, value in properties.items() if name in PERSONAL_PROPERTIES}
    if traits:
        personal["traits"] = traits
    if context:
        hidden = {name: value for name, value in context.items() if name not in OPEN_CONTEXT}
        if hidden:
            personal["context"] = hidden
        elsewhere = {name: context[name] for name in OPEN_CONTEXT if name in context}
        if elsewhere:
            shown = {**shown, "context": elsewhere}
    return shown, personal


def seal(key: AESGCM, personal: dict[str, Any]) -> bytes:
    """Encrypt the personal part (AES-256-GCM, a random nonce in front)."""
    nonce = os.urandom(12)
    return nonce + key.encrypt(nonce, _encode(personal), None)


def unseal(key: bytes | None, sealed: bytes | None) -> dict[str, Any]:
    """Return the personal part; empty where there was none or where its key was destroyed."""
    if not sealed or key is None:
        return {}
    try:
        opened = AESGCM(key).decrypt(sealed[:12], sealed[12:], None)
    except InvalidTag:
        return {}
    found: dict[str, Any] = msgspec.json.decode(opened)
    return found
