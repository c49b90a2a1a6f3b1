"""Where the house is found from outside, for the links that customers get."""

from __future__ import annotations

from fastapi import Request


def base_address(request: Request) -> str:
    """Return the address that people type, without a slash at its end."""
    return str(request.app.state.settings.address or request.base_url).rstrip("/")
