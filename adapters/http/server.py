"""uvicorn in this process's own event loop: no signal handlers of its own, a stop within seconds."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.http.middleware import EndedByStop
from bot.domain.errors import BadSettings

log = structlog.get_logger()

STOP_SECONDS = 3
"""For requests in work at a stop; their notes go on."""
HEAD_SECONDS = 10.0
"""For the head of a request, from its first byte or from the connection's beginning."""
_BACKLOG = 512


@contextlib.asynccontextmanager
async def serve(
    app: ASGIApp, host: str, port: int, before_stop: Callable[[], None] = lambda: None
) -> AsyncIterator[int]:
    """Serve the app while the context is open; yield the port that it listens on, a free one if `port` is 0.

    `before_stop` ends requests that wait for something else than their client. Raises BadSettings if the address cannot
    be used.
    """
    listener = await _listen(host, port)
    config = uvicorn.Config(
        EndedByStop(app),
        http=_Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        backlog=_BACKLOG,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    try:
        await _either(server.listening, running)
        yield listener.getsockname()[1]
    finally:
        before_stop()
        server.should_exit = True
        await _stopped(running, server)


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class _Impatient(H11Protocol):
    """Closes connections on which no whole head of a request comes: uvicorn alone would hold them open for ever."""

    _patience: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # whatever logging is set up to do: addresses hold links, which are secret

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_between_requests():
            self._wait_for_head()
        else:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _is_between_requests(self) -> bool:
        # uvicorn's own type says that there always is a cycle; before the first request there is none.
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self._is_between_requests():
            self.transport.close()


async def _listen(host: str, port: int) -> socket.socket:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "no such address"
        raise BadSettings(reason=f"the HTTP API cannot listen on {host} port {port} ({why})") from error


async def _either(event: asyncio.Event, running: asyncio.Task[None]) -> None:
    """Wait for the event; if the task ends before it, its error is raised."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait([waiting, running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if running.done():
        running.result()


async def _stopped(running: asyncio.Task[None], server: _Server) -> None:
    done, _ = await asyncio.wait([running], timeout=2 * STOP_SECONDS)
    if not done:
        running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if server.server_state.tasks:  # uvicorn cancels those that take too long, but does not wait for them
        await asyncio.wait(server.server_state.tasks, timeout=STOP_SECONDS)
