"""A way to the tests' PostgreSQL that can be closed: behind it the server is away, with every connection cut."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_SOCKET = ".s.PGSQL.5432"


class PostgresGate:
    """A port before the server's socket. It has a thread of its own: the engine blocks the event loop at its start."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._behind = Path(parse_qs(parts.query)["host"][0]) / _SOCKET
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self.url = parts._replace(netloc=f"{parts.username}@127.0.0.1:{self._port}", query="").geturl()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gate of PostgreSQL")
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._thread.start()
        self.open()

    def open(self) -> None:
        """Let connections through."""
        self._do(self._listen())

    def close(self) -> None:
        """Cut every connection, and refuse new ones."""
        self._do(self._cut())

    def end(self) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: "Coroutine[Any, Any, None]") -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", self._port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for call in list(self._calls):
            call.cancel()
        if self._calls:
            await asyncio.wait(self._calls)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        there, back = await asyncio.open_unix_connection(self._behind)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copied(reader, back))
                both.create_task(_copied(there, writer))
        except* (ConnectionError, asyncio.CancelledError):
            pass  # one side is gone, or the gate closes
        finally:
            self._calls.discard(task)
            writer.transport.abort()
            back.transport.abort()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError


@contextmanager
def gate_to(url: str) -> Iterator[PostgresGate]:
    """Yield an open gate to the database of an URL."""
    gate = PostgresGate(url)
    gate.start()
    try:
        yield gate
    finally:
        gate.end()
