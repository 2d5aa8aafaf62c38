"""API keys and their accounts. A secret is shown once, and only its hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ports import Clock
from bot.storage.database import Database
from bot.storage.tables import api_key

_PREFIX = "em-"
_LONGEST = 128
_COLUMNS = (api_key.c.id, api_key.c.name, api_key.c.account, api_key.c.created_at, api_key.c.revoked_at)


@dataclass(frozen=True, slots=True)
class Key:
    """The public facts of an API key."""

    id: str
    """Its name for people; no secret."""
    name: str
    account: str
    """The account that pays: "api:name"."""
    created_at: datetime
    revoked_at: datetime | None


class ApiKeys:
    """The keys of one deployment."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def create(self, name: str, account: str) -> tuple[str, str]:
        """Create a key whose notes `account` ("api:<name>") pays; return its id, and its secret for the only time."""
        key_id, secret = secrets.token_hex(4), _PREFIX + secrets.token_urlsafe(32)
        row = {"hash": _hash(secret), "id": key_id, "name": name, "account": account, "created_at": self._clock()}
        async with self._db.writing() as connection:
            await connection.execute(sa.insert(api_key).values(row))
        return key_id, secret

    async def list(self) -> list[Key]:
        """Return every key there ever was, the oldest first."""
        query = sa.select(*_COLUMNS).order_by(api_key.c.created_at, api_key.c.id)
        async with self._db.reading() as connection:
            return [Key(*row) for row in await connection.execute(query)]

    async def revoke(self, key_id: str) -> bool:
        """Revoke a key; False if there is none with that id, or it was revoked before."""
        query = sa.update(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(revoked_at=self._clock()))).rowcount == 1

    async def find(self, secret: str) -> Key | None:
        """Return the key with this secret; None if there is none, or it was revoked."""
        if not secret.startswith(_PREFIX) or len(secret) > _LONGEST:
            return None
        query = sa.select(*_COLUMNS).where(api_key.c.hash == _hash(secret), api_key.c.revoked_at.is_(None))
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Key(*row)

    async def account_of(self, secret: str) -> str | None:
        """Return the account of the key with this secret; None as with `find`."""
        key = await self.find(secret)
        return None if key is None else key.account


def _hash(secret: str) -> str:
    """Hash a secret. SHA-256 is enough: a secret has 256 random bits, so it cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
