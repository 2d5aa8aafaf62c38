"""The first owner: a service that nobody may use yet has a code that makes its first sender the owner."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from bot.domain.ports import Clock
from bot.people.access import People
from bot.support.remembered import Bounded

CODE_LIVES = timedelta(hours=1)
MOST_ATTEMPTS = 5
"""Wrong codes of one user."""
_CODE_BYTES = 12
_MOST_REMEMBERED = 1000


class OwnerClaim:
    """The code of one start; it is in this process's memory alone."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock
        self._hash = b""
        self._until = clock()
        self._attempts: Bounded[str, int] = Bounded(_MOST_REMEMBERED)

    async def begin(self) -> str:
        """Return a new code; "": there are users already, or strangers are admitted, so none is needed."""
        if not await self._people.is_unclaimed():
            return ""
        code = secrets.token_hex(_CODE_BYTES)
        self._hash, self._until = _hash(code), self._clock() + CODE_LIVES
        return code

    async def take(self, who: str, code: str) -> bool:
        """Make a user the owner if this is the code; return False otherwise, and after too many wrong ones."""
        if not self._hash or self._clock() >= self._until or self._attempts.get(who, 0) >= MOST_ATTEMPTS:
            return False
        if not hmac.compare_digest(self._hash, _hash(code)):
            self._attempts[who] = self._attempts.get(who, 0) + 1
            return False
        self._hash = b""
        return await self._people.claim(who)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.strip().lower().encode("utf-8", "surrogatepass")).digest()
