"""The double's server, in a thread and a loop of its own: it checks every call, does it, and plays the faults."""

import asyncio
import json
import math
import re
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from tests.doubles.discord.cdn import Cdn
from tests.doubles.discord.desk import Asked, Route, routed
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.messages import Upload
from tests.doubles.discord.rules import Json, OutOfBounds, Refused, refused
from tests.doubles.discord.spec import described
from tests.doubles.discord.world import Call, World

API = "/api/v10"
_COUNTED = frozenset({401, 403, 429})
"""The answers of which there may be 10,000 in ten minutes."""


@dataclass(slots=True)
class Fault:
    """A fault of the next calls of its kind."""

    method: str
    path: re.Pattern[str]
    status: int
    code: int
    message: str
    times: int
    retry_after: float | None
    is_global: bool
    drop: bool
    after: bool
    errors: Json | None
    skipped: int = 0
    """Calls that go well before."""
    page: bytes = b""
    """In place of JSON."""


@dataclass(slots=True)
class Answer:
    status: int
    told: object = None
    headers: dict[str, str] = field(default_factory=dict)
    code: int = 0
    page: bytes = b""

    def response(self) -> web.Response:
        if self.page:
            return web.Response(status=self.status, body=self.page, content_type="text/html")
        if self.told is None:
            return web.Response(status=self.status, headers=self.headers)
        body = json.dumps(self.told).encode()
        return web.Response(status=self.status, body=body, headers=self.headers | {"Content-Type": "application/json"})


class Cut(Exception):
    """The connection ends here."""


class Server:
    """`start` it, and `stop` it. The world's `base` is its address."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.gateway = Gateway(world)
        self.cdn = Cdn(world)
        self.faults: list[Fault] = []
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._thread = threading.Thread(target=self._run, name="discord", daemon=True)
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self._place: socket.socket
        """Keeps the port while nobody listens on it."""
        self._http: web.Server
        self._listening: asyncio.Server | None = None

    def start(self) -> None:
        self._loop, self._place = asyncio.new_event_loop(), _bound(0)
        self._world.base = f"http://127.0.0.1:{self._place.getsockname()[1]}"
        self._thread.start()
        assert self._ready.wait(10), "the double of Discord does not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._place.close()
        assert not self._thread.is_alive(), "the double of Discord does not stop"

    def run(self, call: Callable[[], None]) -> None:
        """Do something in the server's loop, and wait until it is done."""

        async def do() -> None:
            call()

        self._wait_for(do())

    def away(self) -> None:
        """Refuse every connection, and break those that there are."""
        self._wait_for(self._go())

    def back(self) -> None:
        self._wait_for(self._come())

    def _wait_for(self, what: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._http = web.Server(self._handle, access_log=None, keepalive_timeout=3600)
        await self._come()
        with self._world.lock:
            self._world.wakers.add(self._wake_from_outside)
        self._ready.set()
        await self._over.wait()
        with self._world.lock:
            self._world.wakers.clear()
        await self._go()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _come(self) -> None:
        if self._listening is None:
            port = self._place.getsockname()[1]
            self._listening = await self._loop.create_server(self._http, sock=_bound(port), backlog=1024)

    async def _go(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # an aborted connection is closed in the next round of the loop

    def _wake_from_outside(self) -> None:
        with suppress(RuntimeError):  # the loop may have ended just now
            self._loop.call_soon_threadsafe(self.gateway.wake)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            if request.path == "/gateway":
                return await self.gateway.connect(request)
            if request.path.startswith("/cdn/"):
                if (fault := self._fault(request.method, request.path)) is not None:
                    return _faulty(fault).response()
                return await self.cdn.give(request)
            if request.path.startswith(f"{API}/"):
                return await self._call(request, request.path.removeprefix(API))
        except Cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return Answer(404, {"message": "404: Not Found", "code": 0}).response()

    async def _call(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        body: object = None
        files: tuple[Upload, ...] = ()
        answer = Answer(0)
        name = f"{request.method} {path}"
        try:
            body, files = await _read(request)
            self._world.moment(f"before {name}")
            answer = self._answered(request, path, body, files)
            self._world.moment(f"after {name}")
        except Refused as refusal:
            answer = _refusal(refusal)
        finally:
            self._record(request, path, body, files, answer)
        return answer.response()

    def _answered(self, request: web.BaseRequest, path: str, body: object, files: tuple[Upload, ...]) -> Answer:
        fault = self._fault(request.method, path)
        if fault is not None and not fault.after:
            return _faulty(fault)
        found = routed(request.method, path)
        if found is None:
            self._world.unexpected.append(f"this double has no {request.method} {path}")
            raise Refused(404, 0, "404: Not Found")
        route, named = found
        if not route.open and request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise Refused(401, 0, "401: Unauthorized")
        with self._world.lock:
            headers = self._paced(route, named)
            answer = self._done(route, Asked(self._world, named, request.query, body, files))
        if fault is not None:
            return _faulty(fault)
        answer.headers |= headers
        return answer

    def _done(self, route: Route, asked: Asked) -> Answer:
        try:
            _check(route, asked.body)
            told = route.do(asked)
        except OutOfBounds as error:
            self._world.unexpected.append(str(error))
            raise Refused(400, 50035, f"Invalid Form Body: {error}") from None
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            self._world.unexpected.append(f"{route.verb} {route.described} broke the double: {error!r}")
            raise Refused(500, 0, "500: Internal Server Error") from error
        return Answer(204) if told is None else Answer(200, told)

    def _paced(self, route: Route, named: dict[str, str]) -> dict[str, str]:
        """The headers of the bucket. Raises Refused for too many calls."""
        limits, now = self._world.limits, self._world.now
        if limits.requests_per_second is not None:
            self._take("all", limits.requests_per_second, 1.0, now, is_global=True)
        if limits.messages_per_5s is None or (route.verb, route.described[-9:]) != ("POST", "/messages"):
            return {}
        return self._take(f"messages:{named['channel']}", limits.messages_per_5s, 5.0, now, is_global=False)

    def _take(self, bucket: str, most: int, window: float, now: float, *, is_global: bool) -> dict[str, str]:
        times = self._sent[bucket]
        while times and times[0] <= now - window:
            times.popleft()
        wait = times[0] + window - now if times else window
        if len(times) >= most:
            raise TooMany(wait, bucket.partition(":")[0], most, is_global=is_global)
        times.append(now)
        return {
            "X-RateLimit-Bucket": bucket.partition(":")[0],
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - len(times)),
            "X-RateLimit-Reset": f"{now + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
        }

    def _fault(self, method: str, path: str) -> Fault | None:
        with self._world.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method in (method, "*") and fault.path.search(path):
                    if fault.skipped:
                        fault.skipped -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def _record(
        self, request: web.BaseRequest, path: str, body: object, files: tuple[Upload, ...], answer: Answer
    ) -> None:
        with self._world.lock:
            sent = tuple((upload.name, upload.content) for upload in files)
            headers, query = dict(request.headers), dict(request.query)
            call = Call(request.method, path, body, sent, headers, answer.status, answer.code, query)
            self._world.calls.append(call)
            self._world.invalid_requests += answer.status in _COUNTED
            self._world.notify()


def _check(route: Route, body: object) -> None:
    """Raises OutOfBounds for what the API does not have."""
    if complaints := described().complaints(route.verb, route.described, body):
        raise OutOfBounds(f"{route.verb} {route.described}: {'; '.join(complaints)}")


class TooMany(Refused):
    """429."""

    def __init__(self, seconds: float, bucket: str, most: int, *, is_global: bool) -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.seconds = seconds
        self.bucket = bucket
        self.most = most
        self.is_global = is_global

    def headers(self) -> dict[str, str]:
        told = {
            "Via": "1.1 google",
            "Retry-After": str(math.ceil(self.seconds)),
            "X-RateLimit-Scope": "global" if self.is_global else "user",
        }
        if self.is_global:
            return told | {"X-RateLimit-Global": "true"}
        bucket = {"X-RateLimit-Limit": str(self.most), "X-RateLimit-Remaining": "0", "X-RateLimit-Bucket": self.bucket}
        return told | bucket | {"X-RateLimit-Reset-After": f"{self.seconds:.3f}"}


def _refusal(refusal: Refused) -> Answer:
    if isinstance(refusal, TooMany):
        told: Json = {"message": refusal.message, "retry_after": refusal.seconds, "global": refusal.is_global}
        return Answer(429, told, refusal.headers())
    told = {"message": refusal.message, "code": refusal.code}
    told |= {"errors": refusal.errors} if refusal.errors is not None else {}
    return Answer(refusal.status, told, code=refusal.code)


def _faulty(fault: Fault) -> Answer:
    """Raises Cut if the connection breaks."""
    if fault.drop:
        raise Cut
    if fault.page:
        return Answer(fault.status, page=fault.page)
    if fault.retry_after is not None:
        return _refusal(
            TooMany(fault.retry_after, f"{fault.method} {fault.path.pattern}", 5, is_global=fault.is_global)
        )
    words = fault.message or f"{fault.status}: as the test has it"
    return _refusal(Refused(fault.status, fault.code, words, fault.errors))


async def _read(request: web.BaseRequest) -> tuple[object, tuple[Upload, ...]]:
    """Return the request's body, from JSON or from a form with files."""
    if not request.content_type.startswith("multipart/"):
        text = await request.content.read()
        return (_parsed(text) if text else None), ()
    body: object = {}
    files: list[Upload] = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = _parsed(content)
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append(Upload(part.name or "", part.filename or "", kind, content))
    return body, tuple(files)


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise refused(50109) from None


def _bound(port: int) -> socket.socket:
    """Open a socket with that port, which other processes of this service may have too."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made
