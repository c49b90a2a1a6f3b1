"""Random tokens and their hashes, and passwords under argon2id. It refuses passwords that are short or known to be guessed first."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from importlib.resources import files

from corridor.ground.problems import Invalid

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024


def new_token() -> str:
    """Return 256 random bits as text that can stand in an address or a header."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return the hash under which a random token is kept; it needs no salt, for nobody can guess 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_password(password: str, email: str = "") -> None:
    """Refuse a password that is too short, or among the first that anybody would try.

    Raises:
        Invalid: says what to choose instead.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(
            f"A password needs at least {SHORTEST_PASSWORD} characters. Four words that don't belong together are good.",
            code="short_password", field="password",
        )  # fmt: skip
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(f"A password can have up to {LONGEST_PASSWORD} characters.", code="long_password", field="password")
    if _is_guessed_first(password.casefold(), email.casefold()):
        raise Invalid(
            "This password is among the first that anybody would try. Choose another.", code="common_password", field="password"
        )


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return str(_hasher().hash(password))


def matches(password_hash: str, password: str) -> bool:
    """Say whether the password belongs to the hash."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(password_hash, password))
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Say whether the hash was made with weaker settings than today's."""
    return bool(_hasher().check_needs_rehash(password_hash))


@cache
def hash_of_nobody() -> str:
    """A hash that no password fits, so that an unknown address costs the same time as a known one."""
    return hash_password(new_token())


@cache
def _hasher():  # type: ignore[no-untyped-def]
    # argon2 is loaded at the first sign-in only: write keys and sessions need none of it.
    from argon2 import PasswordHasher

    return PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)


def _is_guessed_first(password: str, email: str) -> bool:
    """Say whether it is on the list of common passwords, the address itself, or one short piece said over and over."""
    said_over = any(password == (password[:size] * len(password))[: len(password)] for size in range(1, 4))
    return password in _guessed_first() or password in (email, email.partition("@")[0]) or said_over


@cache
def _guessed_first() -> frozenset[str]:
    text = files("corridor.ground.access").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
