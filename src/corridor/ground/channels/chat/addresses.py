"""Where a chat comes from: a page of any origin may speak to the house; a network address is known only by its hash."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

Answer = TypeVar("Answer", bound=Response)

_MAY = {
    # No cookie ever counts here: the token in a header does, so any origin may ask without harm.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
}


def crossing() -> dict[str, str]:
    """Return the headers of an answer that a page of any origin may read."""
    return dict(_MAY)


def cross_origin(response: Answer) -> Answer:
    """Put those headers on an answer."""
    response.headers.update(_MAY)
    return response


def network(request: Request, secret: str) -> str:
    """Return who asks as a keyed hash: the address, or the /64 network of an IPv6 address, which one visitor has to himself."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
        host = str(address) if address.version == 4 else address.exploded[:19]
    except ValueError:
        pass
    return hmac.new(secret.encode(), b"address " + host.encode(), hashlib.sha256).hexdigest()[:32]
