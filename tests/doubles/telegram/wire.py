"""HTTP as the double speaks it: requests taken apart, answers sent, whole or as a fault has it."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

import h11

from tests.doubles.faults import PAGE, Failure
from tests.doubles.telegram.rules import Refused, bad
from tests.doubles.telegram.spec import Upload
from tests.doubles.telegram.world import File, Json

BEFORE, AFTER = "before", "after"
DOWNLOAD = "download"
EVERYTHING = "*"
CHUNK = 65_536
_OVERHEAD = 1_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one request. With a status nothing is done, and that is the answer."""

    status: int | None = None
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """`retry_after`, `migrate_to_chat_id`."""
    body: bytes | None = None
    """In place of JSON. Without a status it is answered once the call was done."""
    cut: str = ""
    """BEFORE: the connection is cut and nothing is done. AFTER: it is done, and the answer is lost."""
    cut_at: int | None = None
    """The connection is cut after so many bytes of the answer."""
    slow: float = 0.0
    """Seconds between what is done and its answer."""


BAD_GATEWAY = Fault(502, body=PAGE)
GARBAGE = Fault(body=b'{"ok":true,"resul')
NONE = Fault()
CUT = Fault(cut=BEFORE)
ANSWER_LOST = Fault(cut=AFTER)


def wait_so_long(seconds: int) -> Fault:
    """Too Many Requests."""
    return Fault(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def fault_of(failure: Failure) -> Fault:
    """Return a failure as the Bot API has it."""
    if failure is Failure.CUT_BEFORE:
        return CUT
    if failure is Failure.CUT_AFTER:
        return ANSWER_LOST
    if failure is Failure.TOO_MANY:
        return wait_so_long(1)
    told = {400: "Bad Request: as the test has it", 403: "Forbidden: as the test has it", 404: "Not Found"}
    page = PAGE if failure is Failure.BAD_GATEWAY else None
    return Fault(failure.status, told.get(failure.status, "Internal Server Error"), body=page)


@dataclass(slots=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes | File
    kind: str = "application/json"


class Cut(Exception):
    """The connection ends here."""


@dataclass(slots=True)
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER))


def refusal(refused: Refused) -> Answer:
    said: Json = {"ok": False, "error_code": refused.status, "description": refused.description}
    said |= {"parameters": dict(refused.parameters)} if refused.parameters else {}
    return Answer(refused.status, json.dumps(said).encode())


def told_by(fault: Fault) -> Answer:
    refused = Refused(fault.status or 500, fault.description, fault.parameters)
    return refusal(refused) if fault.body is None else Answer(refused.status, fault.body, "text/html")


async def _event(line: Line) -> object:
    while (event := line.http.next_event()) is h11.NEED_DATA:
        line.http.receive_data(await line.reader.read(CHUNK))
    return event


async def read(line: Line, limit: int) -> Request | None:
    """One request; None at the end of the connection."""
    head = await _event(line)
    if not isinstance(head, h11.Request):
        return None
    headers = {name.decode().lower(): value.decode() for name, value in head.headers}
    body = bytearray()
    while isinstance(event := await _event(line), h11.Data):
        body += event.data
        if len(body) > limit + _OVERHEAD:
            raise Cut
    if not isinstance(event, h11.EndOfMessage):
        return None
    return Request(head.method.decode(), head.target.decode(), headers, bytes(body))


async def send(line: Line, answer: Answer, fault: Fault = NONE) -> None:
    """Raises Cut if the connection ends with it."""
    await asyncio.sleep(fault.slow)
    if fault.cut:
        raise Cut
    size = answer.body.real_size if isinstance(answer.body, File) else len(answer.body)
    head = h11.Response(
        status_code=answer.status, headers=[("content-type", answer.kind), ("content-length", str(size))]
    )
    line.writer.write(line.http.send(head) or b"")
    left = size if fault.cut_at is None else min(size, fault.cut_at)
    for chunk in _chunks(answer.body, left):
        line.writer.write(line.http.send(h11.Data(chunk)) or b"")
        await line.writer.drain()
    if left < size:
        line.writer.close()  # politely, so that what was sent arrives
        await line.writer.wait_closed()
        raise Cut
    line.writer.write(line.http.send(h11.EndOfMessage()) or b"")
    await line.writer.drain()


def _chunks(body: bytes | File, left: int) -> Iterator[bytes]:
    """The first so many bytes, in pieces; a file on disk is never wholly in memory."""
    source = body.source if isinstance(body, File) else body
    if isinstance(source, bytes):
        yield from (source[at : min(at + CHUNK, left)] for at in range(0, left, CHUNK))
        return
    with source.open("rb") as opened:
        while left > 0:
            yield opened.read(min(CHUNK, left))
            left -= CHUNK


def parameters(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Return the parameters, of the address or of the body (a form, a form with files, JSON), and the files."""
    asked: dict[str, Any] = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        asked |= _object(request.body)
    elif kind.startswith("application/x-www-form-urlencoded"):
        asked |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    elif kind.startswith("multipart/form-data"):
        for name, upload in _parts(kind, request.body):
            if upload.name:
                files[name] = upload
            else:
                asked[name] = upload.content.decode()
    return asked, files


def with_files(asked: Json, files: Mapping[str, Upload]) -> Json:
    """Files under the parameters that they are, or under the names by which others speak of them."""
    spoken_of = set(re.findall(r"attach://([^\"\\]+)", json.dumps(asked)))
    if missing := spoken_of - files.keys():
        raise bad(f"attached file {min(missing)} not found")
    return asked | {f"attach://{name}" if name in spoken_of else name: file for name, file in files.items()}


def _object(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        raise bad("can't parse the request as JSON") from None
    if not isinstance(asked, dict):
        raise bad("the request is no JSON object")
    return asked


def _parts(kind: str, body: bytes) -> Iterator[tuple[str, Upload]]:
    header = Message()
    header["content-type"] = kind
    boundary = str(header.get_param("boundary")).encode()
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        described = Message()
        for line in head.strip().decode().split("\r\n"):
            name, _, value = line.partition(":")
            described[name] = value.strip()
        name = str(described.get_param("name", header="content-disposition"))
        yield name, Upload(described.get_filename() or "", described.get_content_type(), content)
