"""NanoGPT's API over a real socket: it refuses what the real one refuses, and fails in every way that it is told to.

Unless told otherwise it works: Whisper-Large-V3 answers at once, Elevenlabs-STT with a ticket whose job is completed
at its `looks`-th look. What is put into `faults` happens to the next requests of that path, one each, and first.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import Message
from email.parser import BytesParser
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import h11

from tests.doubles.nanogpt.rules import PRICES, Refused, checked_form, checked_json, checked_status
from tests.doubles.nanogpt.usage import Charge, checked_usage, usage_answer
from tests.helpers.paths import DATA

KEY = "sk-nano-0123456789abcdef0123456789abcdef"
ANSWERS = DATA / "nanogpt_answers"
TRANSCRIBE, STATUS, BALANCE, MODELS, USAGE = (
    "/api/transcribe",
    "/api/transcribe/status",
    "/api/check-balance",
    "/api/v1/audio-models",
    "/api/v1/usage",
)
_METHODS = {TRANSCRIBE: "POST", STATUS: "POST", BALANCE: "POST", MODELS: "GET", USAGE: "GET"}
_KEPT = 4_000_000


def sample(name: str) -> dict[str, Any]:
    """An answer as it was seen, from tests/data/nanogpt_answers."""
    answer: dict[str, Any] = json.loads((ANSWERS / f"{name}.json").read_text())
    return answer


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. A dict goes as JSON."""

    status: int = 200
    body: Mapping[str, Any] | bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    """Seconds before it comes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a connection. The request is written down all the same."""

    cut_upload_at: int | None = None
    """The connection is cut after so many bytes of the request's body."""
    early: Reply | None = None
    """An answer before the body is looked at, as servers give to what is too large."""
    cut: bool = False
    """The connection is cut once the request was read."""
    silent: bool = False
    """No answer ever comes."""
    torn: Reply | None = None
    """Half of an answer, and then the connection is cut."""


@dataclass(slots=True)
class Seen:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    at: float
    """On the monotonic clock."""
    query: dict[str, str] = field(default_factory=dict)
    size: int = 0
    body: bytes = b""
    fields: dict[str, Any] = field(default_factory=dict)
    file_name: str = ""
    file_mime: str = ""
    file: bytes = b""


@dataclass(slots=True)
class Job:
    ticket: dict[str, Any]
    looks_left: int
    ready_at: float
    """On the monotonic clock; before it no look brings anything."""


class NanoGPTServer:
    """Use it as `async with serve() as server`."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.faults: dict[str, deque[Fault | Reply]] = defaultdict(deque)
        self.always: dict[str, Reply] = {}
        self.jobs: dict[str, Job] = {}
        self.looks = 1
        self.job_seconds: Callable[[], float] = lambda: 0.0
        self.charged: list[str] = []
        self.bill: list[Charge] = []
        self.missing_days: set[date] = set()
        self.today: Callable[[], date] = lambda: datetime.now(UTC).date()
        self.balance = "10.00"
        self.completed: dict[str, Any] = sample("completed")
        self.base_url = ""
        self.port = 0
        self._runs = count(1)

    def of(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def fail(self, path: str, *faults: Fault | Reply) -> None:
        self.faults[path].extend(faults)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            while await self._exchange(connection, reader, writer):
                connection.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError):
            pass
        finally:
            writer.transport.abort()

    async def _exchange(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """One request and its answer; False when the connection is over."""
        request = await _event(connection, reader)
        if not isinstance(request, h11.Request):
            return False
        headers = {name.decode(): value.decode() for name, value in request.headers}
        path, _, query = request.target.decode().partition("?")
        seen = Seen(request.method.decode(), path, headers, time.monotonic(), dict(parse_qsl(query)))
        self.seen.append(seen)
        queue = self.faults[path]
        fault = queue.popleft() if queue else self.always.get(path)
        if isinstance(fault, Fault) and fault.early is not None:
            await _answer(connection, writer, fault.early)
            while await reader.read(65_536):
                pass
            return False
        limit = fault.cut_upload_at if isinstance(fault, Fault) else None
        if not await _read_body(connection, reader, seen, limit):
            return False
        reply = fault if isinstance(fault, Reply) else self._reply_to(seen)
        return await _played(connection, reader, writer, fault if isinstance(fault, Fault) else None, reply)

    def _reply_to(self, seen: Seen) -> Reply:
        try:
            return self._work(seen)
        except Refused as refused:
            return Reply(refused.status, refused.body, {"x-request-id": "req-4711"})

    def _work(self, seen: Seen) -> Reply:
        if seen.path not in _METHODS:
            raise Refused(404, {"error": {"message": "Not found", "type": "invalid_request_error"}})
        if seen.method != _METHODS[seen.path]:
            raise Refused(405, {"error": "Method not allowed", "status": 405})
        if seen.headers.get("x-api-key") != KEY:
            raise Refused(401, sample("error_key"))
        if seen.path == BALANCE:
            return Reply(body=sample("balance") | {"usd_balance": self.balance})
        if seen.path == MODELS:
            return Reply(body=sample("models"))
        if seen.path == USAGE:
            asked = checked_usage(seen.query, self.today())
            return Reply(body=usage_answer(self.bill, *asked, self.missing_days))
        if seen.path == STATUS:
            return self._status(checked_status(seen.headers, seen.body))
        return self._transcribe(seen)

    def _transcribe(self, seen: Seen) -> Reply:
        _take_apart(seen)
        if seen.file_name:
            checked_form(seen.fields, seen.file_name, seen.file_mime, seen.size)
        else:
            seen.fields = checked_json(seen.headers, seen.body)
        return self._submitted(seen.fields)

    def _submitted(self, fields: Mapping[str, Any]) -> Reply:
        model = fields["model"]
        minutes = float(fields["actualDuration"])
        self.charged.append(model)
        cost = round(PRICES[model] * minutes, 6)
        self.bill.append(Charge(self.today(), model, cost))
        if model != "Elevenlabs-STT":
            said = sample("plain")
            metadata = said["metadata"] | {"cost": cost, "actualDuration": minutes, "model": model}
            return Reply(body=said | {"metadata": metadata})
        run = f"run-{next(self._runs)}"
        ticket = sample("ticket") | {"runId": run, "cost": cost}
        self.jobs[run] = Job(ticket, self.looks, time.monotonic() + self.job_seconds())
        return Reply(202, ticket)

    def _status(self, asked: Mapping[str, Any]) -> Reply:
        job = self.jobs.get(str(asked["runId"]))
        if job is None:
            raise Refused(404, {"error": "Transcription job not found", "status": 404})
        for name in ("cost", "paymentSource", "chargedDuration", "fileName", "fileSize"):
            if asked.get(name) != job.ticket.get(name):
                raise Refused(400, {"error": f"{name} is not what was given", "status": 400})
        job.looks_left -= 1
        if job.looks_left > 0 or time.monotonic() < job.ready_at:
            return Reply(body={"status": "processing", "runId": asked["runId"]})
        return Reply(body=self.completed)


@asynccontextmanager
async def serve(server: NanoGPTServer | None = None, port: int = 0) -> AsyncIterator[NanoGPTServer]:
    """A server on a port of the loopback, a free one unless told; at its end every connection is gone."""
    server = server or NanoGPTServer()
    connections: set[asyncio.Task[None]] = set()

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        with suppress(asyncio.CancelledError):  # the stream server would report it as a failure
            await server.handle(reader, writer)

    listening = await asyncio.start_server(taken, "127.0.0.1", port, backlog=1024)
    server.port = listening.sockets[0].getsockname()[1]
    server.base_url = f"http://127.0.0.1:{server.port}/api"
    try:
        yield server
    finally:
        listening.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await listening.wait_closed()


async def _event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(65_536))
    return event


async def _read_body(connection: h11.Connection, reader: asyncio.StreamReader, seen: Seen, limit: int | None) -> bool:
    """Read to the end, or to the limit; False if that was reached."""
    body = bytearray()
    while isinstance(event := await _event(connection, reader), h11.Data):
        seen.size += len(event.data)
        body += event.data if len(body) < _KEPT else b""
        if limit is not None and seen.size >= limit:
            return False
    seen.body = bytes(body)
    return isinstance(event, h11.EndOfMessage)


async def _played(
    connection: h11.Connection,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    fault: Fault | None,
    reply: Reply,
) -> bool:
    if fault is not None and fault.cut:
        return False
    if fault is not None and fault.silent:
        await reader.read()  # until the other side gives up
        return False
    if fault is not None and fault.torn is not None:
        whole = _bytes_of(fault.torn)
        head = h11.Response(status_code=fault.torn.status, headers=[("content-length", str(len(whole)))])
        writer.write((connection.send(head) or b"") + whole[: len(whole) // 2])
        await writer.drain()
        writer.close()  # politely, so that what was sent arrives
        return False
    await asyncio.sleep(reply.after)
    await _answer(connection, writer, reply)
    return connection.our_state is h11.DONE


async def _answer(connection: h11.Connection, writer: asyncio.StreamWriter, reply: Reply) -> None:
    body = _bytes_of(reply)
    kind = "application/json" if isinstance(reply.body, Mapping) else "text/html"
    headers = {"content-type": kind, **reply.headers, "content-length": str(len(body))}
    sent = [h11.Response(status_code=reply.status, headers=list(headers.items())), h11.Data(body), h11.EndOfMessage()]
    writer.write(b"".join(connection.send(event) or b"" for event in sent))
    await writer.drain()


def _bytes_of(reply: Reply) -> bytes:
    return reply.body if isinstance(reply.body, bytes) else json.dumps(dict(reply.body)).encode()


def _take_apart(seen: Seen) -> None:
    """Fields and file of a form, which a JSON body has none of."""
    kind = seen.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return
    form: Message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + seen.body)
    for part in form.get_payload():
        assert isinstance(part, Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = part.get_param("name", header="content-disposition")
        if file_name := part.get_filename():
            seen.file_name, seen.file_mime, seen.file = file_name, part.get_content_type(), content
        else:
            seen.fields[str(name)] = content.decode()
