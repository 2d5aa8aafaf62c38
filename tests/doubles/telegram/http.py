"""The double's HTTP server, in a thread and a loop of its own: it checks every call, does it, and plays the faults."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import h11

from tests.doubles.telegram.delivery import Delivery
from tests.doubles.telegram.desk import METHODS
from tests.doubles.telegram.rules import OutOfBounds, Refused, bad
from tests.doubles.telegram.spec import Upload, described
from tests.doubles.telegram.wire import (
    BEFORE,
    DOWNLOAD,
    EVERYTHING,
    NONE,
    Answer,
    Cut,
    Fault,
    Line,
    Request,
    parameters,
    read,
    refusal,
    send,
    told_by,
    with_files,
)
from tests.doubles.telegram.world import TOKEN, Call, Json, World


@dataclass(slots=True)
class Planned:
    """A fault that waits for its requests."""

    fault: Fault
    times: int
    when: Callable[[Mapping[str, Any]], bool]
    skipped: int = 0
    """Requests that go well before."""


class Server:
    """Use it as a context manager. `base` is its address."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.base = ""
        self.faults: dict[str, list[Planned]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="bot api", daemon=True)
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self._delivery = Delivery(world)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10), "the double of the Bot API does not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the double of the Bot API does not stop"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        connections: set[asyncio.Task[None]] = set()

        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            task.add_done_callback(connections.discard)
            with suppress(asyncio.CancelledError):  # the stream server would report it as a failure
                await self._connected(reader, writer)

        listening = await asyncio.start_server(taken, "127.0.0.1", 0, backlog=1024)
        self.base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        with self._world.lock:
            self._world.wakers.add(self._wake_from_outside)
        posting = asyncio.create_task(self._delivery.post_updates())
        self._ready.set()
        await self._over.wait()
        with self._world.lock:
            self._world.wakers.clear()
        listening.close()
        for task in (posting, *connections):
            task.cancel()
        await asyncio.gather(posting, *connections, return_exceptions=True)

    def _wake_from_outside(self) -> None:
        self._loop.call_soon_threadsafe(self._delivery.wake)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        try:
            while (request := await read(line, 2 * self._world.upload_limit)) is not None and not self._world.away:
                await self._exchange(request, line)
                if line.http.our_state is not h11.DONE:
                    break
                line.http.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError, Cut):
            pass
        finally:
            writer.transport.abort()

    async def _exchange(self, request: Request, line: Line) -> None:
        place = re.fullmatch(r"/(file/)?bot([^/]+)/(.+)", unquote(request.target.partition("?")[0]))
        if place is None or not re.fullmatch(r"\d+:[\w-]{30,}", place.group(2)):
            await send(line, refusal(Refused(404, "Not Found")))
        elif place.group(2) != TOKEN:
            await send(line, refusal(Refused(401, "Unauthorized")))
        elif place.group(1):
            await self._download(place.group(3), line)
        elif method := _name(place.group(3)):
            await self._call(method, request, line)
        else:
            await send(line, refusal(Refused(404, "Not Found: method not found")))

    async def _download(self, path: str, line: Line) -> None:
        asked = {"file_path": path}
        fault = self._fault(DOWNLOAD, asked)
        with self._world.lock:
            file = next((one for one in self._world.files.values() if one.path == path and not one.gone), None)
        answer = Answer(200, file, "application/octet-stream") if file else refusal(Refused(404, "Not Found"))
        answer = told_by(fault) if fault.status is not None else answer
        self._record(DOWNLOAD, asked, 0 if fault.cut else answer.status, fault.cut)
        await send(line, answer, fault)

    async def _call(self, method: str, request: Request, line: Line) -> None:
        asked: Json = {}
        fault = NONE
        try:
            raw, files = parameters(request)
            asked = with_files(described().read(method, raw), files)
            fault = self._fault(method, asked)
            self._world.moment(f"{method} is asked")
            answer = await self._answered(method, asked, files, fault, line)
            why = ""
            self._world.moment(f"{method} is done")
        except Refused as refused:
            answer, why = refusal(refused), refused.description
        except OutOfBounds as error:
            answer, why = refusal(Refused(500, "Internal Server Error")), str(error)
        except Cut:
            self._record(method, asked, 0, "the connection was cut")
            raise
        self._record(method, asked, answer.status, why)
        await send(line, Answer(answer.status, fault.body, "text/html") if fault.body is not None else answer, fault)

    async def _answered(
        self, method: str, asked: Json, files: Mapping[str, Upload], fault: Fault, line: Line
    ) -> Answer:
        if fault.cut == BEFORE:
            raise Cut
        if fault.status is not None:
            raise Refused(fault.status, fault.description, fault.parameters)
        if any(len(file.content) > self._world.upload_limit for file in files.values()):
            raise Refused(413, "Request Entity Too Large")
        self._check(method, asked)
        if method == "getUpdates":
            return Answer(200, await self._delivery.poll(asked, line))
        return Answer(200, self._done(method, asked))

    def _done(self, method: str, asked: Json) -> bytes:
        with self._world.lock:
            if method not in METHODS:
                raise self._out_of_bounds(f"this double has no {method}")
            try:
                return json.dumps({"ok": True, "result": METHODS[method](self._world, asked)}).encode()
            except OutOfBounds as error:
                raise self._out_of_bounds(str(error)) from None
            except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise self._out_of_bounds(f"{method} with {sorted(asked)} broke the double: {error!r}") from error

    def _check(self, method: str, asked: Json) -> None:
        plain = {name: value for name, value in asked.items() if not name.startswith("attach://")}
        if complaints := described().complaints(method, plain):
            self._world.unexpected += complaints
            raise bad(complaints[0])

    def _out_of_bounds(self, what: str) -> OutOfBounds:
        self._world.unexpected.append(what)
        return OutOfBounds(what)

    def _fault(self, method: str, asked: Json) -> Fault:
        with self._world.lock:
            names = [method.lower()] + ([EVERYTHING] if method.lower() not in ("getupdates", DOWNLOAD) else [])
            for planned in (one for name in names for one in self.faults.get(name, ())):
                if planned.times > 0 and planned.when(asked):
                    if planned.skipped:
                        planned.skipped -= 1
                        continue
                    planned.times -= 1
                    return planned.fault
        return NONE

    def _record(self, method: str, asked: Json, status: int, why: str) -> None:
        with self._world.lock:
            self._world.calls.append(Call(method, asked, self._world.clock(), status, why))
            self._world.notify()


def _name(method: str) -> str | None:
    """As the Bot API writes it; None if there is none such."""
    if described():
        return described().name(method)
    return next((known for known in (*METHODS, "getUpdates") if known.lower() == method.lower()), method)
