"""The newest record of each workspace's audit, signed and kept outside the database: so a cut tail shows, which a chain alone cannot tell.

A line of the file is `{"workspace", "number", "hash", "at", "signature"}`; whoever runs the house can put file and key on another disk.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from corridor.ground.access.audit import broken_at, head
from corridor.ground.access.tables import audit
from corridor.ground.access.workspaces import workspaces
from corridor.ground.vocabulary import now, to_iso

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from corridor.ground.settings import Settings
    from corridor.ground.store import Store


def sign_heads(store: Store, settings: Settings) -> int:
    """Sign the head of every workspace that has new records, and return how many were signed."""
    path = heads_file(settings)
    signed = _newest_signed(path)
    with store.database.read() as connection:
        heads = {one.id: head(connection, one.id) for one in workspaces(connection)}
    new = {name: found for name, found in heads.items() if found[0] and signed.get(name, {}).get("hash") != found[1]}
    if new:
        key = _key(settings, make=True)
        assert key is not None
        with _opened(path) as file:
            for name, (number, digest) in new.items():
                record: dict[str, Any] = {"workspace": name, "number": number, "hash": digest, "at": to_iso(now())}
                record["signature"] = base64.b64encode(key.sign(_signed_text(record))).decode()
                file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return len(new)


def first_break(connection: Connection, workspace_id: str, settings: Settings) -> int | None:
    """Return the number of the first record that was changed or is missing, by the chain and by the signed heads; None if all holds."""
    broken = broken_at(connection, workspace_id)
    if broken is not None:
        return broken
    signed = _newest_signed(heads_file(settings)).get(workspace_id)
    if signed is None or not _is_genuine(signed, settings):
        return None if signed is None else int(signed["number"])
    query = select(audit.c.hash).where(audit.c.workspace_id == workspace_id, audit.c.number == signed["number"])
    if connection.execute(query).scalar() == signed["hash"]:
        return None
    return min(int(signed["number"]), head(connection, workspace_id)[0] + 1)


def heads_file(settings: Settings) -> Path:
    """Return the file of signed heads."""
    return Path(settings.audit_heads) if settings.audit_heads else settings.data / "audit-heads.jsonl"


def _newest_signed(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            # The last line may be half written, if the power went.
            continue
        found[record["workspace"]] = record
    return found


def _is_genuine(record: dict[str, Any], settings: Settings) -> bool:
    from cryptography.exceptions import InvalidSignature

    key = _key(settings, make=False)
    if key is None:
        return False
    try:
        key.public_key().verify(base64.b64decode(record["signature"]), _signed_text(record))
    except InvalidSignature:
        return False
    return True


def _signed_text(record: dict[str, Any]) -> bytes:
    return json.dumps([record["workspace"], record["number"], record["hash"], record["at"]]).encode()


def _key(settings: Settings, *, make: bool) -> Ed25519PrivateKey | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = Path(settings.audit_key) if settings.audit_key else settings.data / "audit.key"
    if path.is_file():
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    if not make:
        return None
    key = Ed25519PrivateKey.generate()
    with _opened(path, binary=True) as file:
        file.write(key.private_bytes_raw())
    return key


def _opened(path: Path, *, binary: bool = False) -> Any:
    """Open a file to append to, that nobody else on this computer can read."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(handle, "ab" if binary else "a")
