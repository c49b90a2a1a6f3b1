"""One written rule for what makes two identifiers the same: trimmed, NFC, junk refused, addresses and numbers in one form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_JUNK = frozenset(
    {
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true", "false",
        "[object object]", "nan", "none", "null", "0", "-1", "", "void", "test", "n/a", "unknown",
    }
)  # fmt: skip
_ZEROS = re.compile(r"^[0-]*$")


def is_junk(value: str) -> bool:
    """Whether a value is no identity but what broken clients send (`null`, `undefined`, zeros), bare or in quotes."""
    bare = value.strip().strip("'\"").strip().casefold()
    return bare in _JUNK or bool(_ZEROS.match(bare)) or bare.startswith(("noreply@", "no-reply@", "test@"))


@lru_cache(maxsize=65_536)
def normal_id(value: str) -> str | None:
    """Return a user or device id in its one form; None where it is junk."""
    normal = unicodedata.normalize("NFC", value.strip()).replace("\0", "")
    return None if is_junk(normal) else normal


@lru_cache(maxsize=65_536)
def normal_email(value: str) -> str | None:
    """Return an e-mail address in its one form (case folded, international domains as Unicode); None where it is none."""
    from email_validator import EmailNotValidError, validate_email

    if len(value) > 320 or is_junk(value):
        return None
    try:
        return validate_email(value.strip(), check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        return None


@lru_cache(maxsize=65_536)
def normal_phone(value: str, region: str) -> str | None:
    """Return a telephone number in E.164, read in the workspace's region where it has no country code; None where it is none."""
    import phonenumbers

    if len(value) > 40 or is_junk(value):
        return None
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
