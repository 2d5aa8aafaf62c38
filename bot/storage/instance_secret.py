"""The deployment's secret: it signs links and buttons, and makes the pseudonyms of accounts."""

import hashlib
import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from filelock import FileLock

from bot.domain.errors import BadSettings
from bot.storage.database import Database, insert_new
from bot.storage.tables import account, identity, switch
from bot.support.files import new_private_file

_SECRET_BYTES = 32
_NAME = "secret"
_FINGERPRINT_LETTERS = 16


def secret_of(data_dir: Path) -> bytes:
    """Return the deployment's 32 secret bytes, created at the first call. Blocks for disk access.

    Concurrent processes get the same. Raises BadSettings if the file is damaged or unreadable.
    """
    path = data_dir / "links.secret"
    try:
        with FileLock(data_dir / "links.lock", timeout=10, mode=0o600):
            if not path.exists():
                _write_secret(path)
            secret = path.read_bytes()
    except OSError as error:  # Timeout, which the lock raises, is an OSError
        raise BadSettings(reason=f"{path.name} in the data folder cannot be used ({type(error).__name__})") from error
    if len(secret) != _SECRET_BYTES:
        raise BadSettings(reason=f"{path.name} in the data folder is damaged: take it from a backup")
    return secret


async def check_secret(db: Database, secret: bytes, now: datetime) -> None:
    """Raise BadSettings if the database has accounts whose pseudonyms were made with another secret.

    With this one a returning user would get a second account. The first secret of a database is recorded, as a hash.
    """
    known = sa.select(switch.c.value).where(switch.c.name == _NAME)
    async with db.reading() as connection:
        if await connection.scalar(known) == fingerprint(secret):
            return
    async with db.writing() as connection:
        found = await connection.scalar(known)
        if found not in (None, fingerprint(secret)) and await connection.scalar(_HAS_PEOPLE):
            raise BadSettings(
                reason="links.secret in the data folder is not the one that the accounts were made with: "
                "take it from a backup"
            )
        await connection.execute(sa.delete(switch).where(switch.c.name == _NAME))
        await insert_new(connection, switch, {"name": _NAME, "value": fingerprint(secret), "at": now})


def fingerprint(secret: bytes) -> str:
    """Return a hash that identifies the secret without revealing it."""
    return hmac.new(secret, b"fingerprint", hashlib.sha256).hexdigest()[:_FINGERPRINT_LETTERS]


_HAS_PEOPLE = sa.select(sa.exists().select_from(identity) | sa.exists().where(account.c.id.startswith("p-")))
"""Erased users too: they find their accounts when they come back."""


def _write_secret(path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        with new_private_file(unfinished) as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
