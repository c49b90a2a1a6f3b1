"""Errors as an act of care: what was asked, what is wrong with which value, and what to do next (RFC 9457).

Problem                 400  base of all, with a stable `code`
├── Unauthorised        401
├── Forbidden           403
├── NotFound            404
├── Conflict            409
├── TooLarge            413
├── Invalid             422  a value is wrong: names the field
├── TooMany             429  comes with Retry-After
├── Unavailable         503  comes with Retry-After
└── NoSpace             507
"""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """Something that the person or program who asked can mend. `detail` is a sentence that names the value and the remedy."""

    status = 400
    title = "The request cannot be read"

    def __init__(self, detail: str, *, code: str = "bad_request", field: str = "", retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.field = field
        self.retry_after = retry_after

    def as_dict(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        body: dict[str, Any] = {
            "type": f"https://corridor.example/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            # The Segment SDKs read `message` beside `code`.
            "message": self.detail,
        }
        if self.field:
            body["field"] = self.field
        return body


class Unauthorised(Problem):
    """No key or session, or one that is not known."""

    status = 401
    title = "Sign in or send a key"


class Forbidden(Problem):
    """Known, but the role does not allow it."""

    status = 403
    title = "Not allowed"


class NotFound(Problem):
    """Nothing of this id in this workspace."""

    status = 404
    title = "Not found"

    def __init__(self, detail: str, *, code: str = "not_found", field: str = "", retry_after: int | None = None) -> None:
        super().__init__(detail, code=code, field=field, retry_after=retry_after)


class Conflict(Problem):
    """The thing has changed meanwhile, or exists already."""

    status = 409
    title = "Conflict"


class TooLarge(Problem):
    """A body over its limit."""

    status = 413
    title = "Too large"


class Invalid(Problem):
    """A value that is wrong; `field` names it."""

    status = 422
    title = "A value is wrong"


class TooMany(Problem):
    """Too many requests in too short a time."""

    status = 429
    title = "Slow down"


class Unavailable(Problem):
    """Not now; try again after `retry_after` seconds."""

    status = 503
    title = "Not available now"


class NoSpace(Problem):
    """The disk is full."""

    status = 507
    title = "No space left"
