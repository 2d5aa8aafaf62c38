"""A lock in PostgreSQL that one process of all machines has, for as long as its connection lives.

The server gives it up within seconds if the process freezes or its machine is gone: the session is ended when nothing
is heard of it. A process that finds its lock gone takes it again at once, or ends: another may be at work.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog
from sqlalchemy import URL

log = structlog.get_logger()

BEAT_SECONDS = 1.0
_IDLE_SECONDS = 5
"""Silence after which the server ends the session, and so gives up its lock."""
_ANSWER_SECONDS = 4.0
"""Longest wait for an answer to a beat, or to taking the lock."""
_TAKE = "SELECT pg_try_advisory_lock(%s)"


class LeaseLost(Exception):
    """Another process has the lock now."""


class Lease:
    """A lock that this process has."""

    def __init__(self, url: URL, key: int, connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
        self._url = url
        self._key = key
        self._connection = connection

    async def keep(self) -> None:
        """Keep the lock until cancelled; raise LeaseLost if another process took it while it was lost."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._connection.execute("SELECT 1")
            except (psycopg.Error, TimeoutError):
                log.warning("lease_connection_lost")
                await self._take_again()

    async def _take_again(self) -> None:
        """Take the lock on a new connection, as soon as the database can be reached."""
        await self.close()
        while True:
            with suppress(psycopg.Error, TimeoutError):
                connection = await _taken(self._url, self._key)
                if connection is None:
                    raise LeaseLost
                self._connection = connection
                log.info("lease_taken_again")
                return
            await asyncio.sleep(BEAT_SECONDS)

    async def close(self) -> None:
        """Give the lock up."""
        await _given_up(self._connection)


@asynccontextmanager
async def open_lease(url: URL, key: int) -> AsyncIterator[Lease | None]:
    """Take the lock until the context ends; None if another process has it. Raises psycopg.Error and TimeoutError."""
    connection = await _taken(url, key)
    if connection is None:
        yield None
        return
    lease = Lease(url, key, connection)
    try:
        yield lease
    finally:
        await lease.close()


async def is_free(url: URL, key: int) -> bool:
    """Return True if no process has the lock. Raises psycopg.Error and TimeoutError."""
    connection = await _taken(url, key)
    if connection is None:
        return False
    await _given_up(connection)
    return True


async def _given_up(connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    """Unlock and close: the server alone would do so a moment after the connection is gone."""
    with suppress(psycopg.Error, TimeoutError):
        async with asyncio.timeout(BEAT_SECONDS):
            await connection.execute("SELECT pg_advisory_unlock_all()")
    with suppress(psycopg.Error):
        await connection.close()


async def _taken(url: URL, key: int) -> "psycopg.AsyncConnection[tuple[object, ...]] | None":
    """Return a connection that has the lock; None if another has it."""
    async with asyncio.timeout(_ANSWER_SECONDS):
        connection = await psycopg.AsyncConnection.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=int(_ANSWER_SECONDS),
            keepalives_idle=1,
            keepalives_interval=1,
            keepalives_count=3,
            tcp_user_timeout=int(_ANSWER_SECONDS * 1000),
            application_name="earmark-lease",
            options=f"-c idle_session_timeout={_IDLE_SECONDS}s",
        )
        try:
            cursor = await connection.execute(_TAKE, [key])
            row = await cursor.fetchone()
        except BaseException:
            await connection.close()
            raise
    if row is not None and row[0] is True:
        return connection
    await connection.close()
    return None
