"""Uploads: forms taken apart as they come, bounded in bytes and in time, files straight to the disk.

A form's file is on the disk, whole and fsync'ed, before the caller gets it; at most a block of it is in memory.
"""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from adapters.http.bodies import OTHER_BYTES, Pace, chunks, read_json
from adapters.http.errors import BadRequest, UploadTooLarge
from bot.domain.errors import DiskFull
from bot.domain.plain_text import one_line
from bot.support.files import Room

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

MEBIBYTE = 1024 * 1024
_BLOCK = 256 * 1024
_LONGEST_NAME = 200
_PARTS = 100
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on disk, under a temporary name until a note takes it."""

    path: Path
    name: str
    mime: str
    size: int
    digest: str
    """SHA-256 of its bytes."""

    def keep(self, place: Path) -> None:
        """Move the file to its final place. Blocks."""
        self.path.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(slots=True)
class Form:
    """The content of a request: values by name (a list if a multipart field came several times), and a file."""

    values: Mapping[str, Any] = field(default_factory=dict)
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The upload that a route takes."""

    file: str
    """Name of the part with the file."""
    link: str
    """Field for the URL of a larger one."""
    most: int
    """Largest file, in bytes."""


@dataclass(frozen=True, slots=True)
class Landing:
    """The place where an account's uploads arrive."""

    folder: Path
    room: Room
    account: str

    def keep(self, upload: Upload, place: Path) -> None:
        """Move an upload to its final place, where it counts for the account too. Blocks."""
        upload.keep(place)
        self.room.assign(place, self.account)


@asynccontextmanager
async def received(request: Request, landing: Landing, rules: Rules, pace: Pace) -> AsyncIterator[Form]:
    """A request's body; its file, if it has one and no caller kept it, is gone at the end.

    Raises BadRequest, UploadTooLarge, UploadTooSlow, DiskFull, DiskShareFull.
    """
    kind, parameters = parse_options_header(request.headers.get("content-type"))
    if kind == b"application/json":
        yield Form(await read_json(request, pace))
    elif kind == b"multipart/form-data" and parameters.get(b"boundary"):
        path = landing.folder / f"{uuid4()}.part"
        try:
            yield await _read_multipart(request, parameters[b"boundary"], path, landing, rules, pace)
        finally:
            await asyncio.shield(asyncio.to_thread(path.unlink, missing_ok=True))
    else:
        raise BadRequest(reason="it must be multipart/form-data or application/json")


async def _read_multipart(
    request: Request, boundary: bytes, path: Path, landing: Landing, rules: Rules, pace: Pace
) -> Form:
    most = rules.most + 2 * OTHER_BYTES
    if _announced(request) > most:
        raise _too_large(rules)
    with _told_when_full():
        parts = _Parts(boundary, rules)
        file = _Written(path, await asyncio.to_thread(path.open, "xb", buffering=0), parts.digest, landing.room)
        try:
            await asyncio.to_thread(landing.room.assign, path, landing.account)
            await _copy(request, parts, file, most, pace)
        finally:
            await asyncio.shield(asyncio.to_thread(file.close))
    return parts.form(path)


async def _copy(request: Request, parts: "_Parts", file: "_Written", most: int, pace: Pace) -> None:
    total = 0
    async for chunk in chunks(request, pace):
        total += len(chunk)
        if total > most:
            raise _too_large(parts.rules)
        parts.feed(chunk)
        if len(parts.pending) >= _BLOCK:
            await asyncio.to_thread(file.write, parts.take())
    await asyncio.to_thread(file.write_last, parts.take())


class _Written:
    """An upload's file while it is written, with the hash of its bytes. Its methods block."""

    def __init__(self, path: Path, file: BinaryIO, digest: "Hash", room: Room) -> None:
        self._path = path
        self._file = file
        self._digest = digest
        self._room = room

    def write(self, data: bytes) -> None:
        """Write all of the data: a raw file may take only a part. Raises DiskFull, DiskShareFull."""
        self._digest.update(data)
        with self._room.reserved(self._path, len(data)):
            left = memoryview(data)
            while left:
                left = left[self._file.write(left) :]

    def write_last(self, data: bytes) -> None:
        self.write(data)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class _Parts:
    """Parser of multipart/form-data. Bytes of the file are in `pending` until they are taken."""

    def __init__(self, boundary: bytes, rules: Rules) -> None:
        """Raises BadRequest for an invalid boundary."""
        self.rules = rules
        self.pending = bytearray()
        self.digest = hashlib.sha256()
        """Of the file's bytes that were taken and written."""
        self._fields: dict[str, list[str]] = {}
        self._file: tuple[str, str] | None = None
        self._size = 0
        self._others = 0
        self._count = 0
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._value: bytearray | None = None
        self._whole = False
        with _told_when_malformed():
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._take_header_field,
                    "on_header_value": self._take_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._take_data,
                    "on_part_end": self._end,
                    "on_end": self._finish,
                },
            )

    def feed(self, chunk: bytes) -> None:
        """Parse a chunk. Raises BadRequest, UploadTooLarge."""
        with _told_when_malformed():
            self._parser.write(chunk)

    def take(self) -> bytes:
        """Return the bytes to write to the file, once."""
        taken = bytes(self.pending)
        self.pending.clear()
        return taken

    def form(self, path: Path) -> Form:
        """Return the complete form. Raises BadRequest if its end is missing."""
        if not self._whole:
            raise BadRequest(reason="the form breaks off")
        values = {name: found[0] if len(found) == 1 else found for name, found in self._fields.items()}
        if self._file is None:
            return Form(values)
        return Form(values, Upload(path, *self._file, self._size, self.digest.hexdigest()))

    def _begin(self) -> None:
        self._count += 1
        self._headers = {}
        if self._count > _PARTS:
            raise BadRequest(reason="the form has too many parts")

    def _take_header_field(self, data: bytes, start: int, end: int) -> None:
        self._count_other(end - start)
        self._header[0].extend(data[start:end])

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_other(end - start)
        self._header[1].extend(data[start:end])

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _end_headers(self) -> None:
        _, told = parse_options_header(self._headers.get(b"content-disposition"))
        if b"name" not in told:
            raise BadRequest(reason="a part of the form has no name")
        self._name = _text(told[b"name"])
        if self._name == self.rules.file:
            if self._file is not None:
                raise BadRequest(reason=f"{self.rules.file} may come only once")
            self._file = (file_name(_text(told.get(b"filename", b""))), _text(self._headers.get(b"content-type", b"")))
            self._value = None
        else:
            self._value = bytearray()

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._value is not None:
            self._count_other(end - start)
            self._value += data[start:end]
            return
        self._size += end - start
        if self._size > self.rules.most:
            raise _too_large(self.rules)
        self.pending += memoryview(data)[start:end]

    def _end(self) -> None:
        if self._value is not None:
            self._fields.setdefault(self._name, []).append(_text(bytes(self._value)))

    def _finish(self) -> None:
        self._whole = True

    def _count_other(self, size: int) -> None:
        self._others += size
        if self._others > OTHER_BYTES:
            raise BadRequest(reason="the fields of the form are too large")


@contextmanager
def _told_when_malformed() -> Iterator[None]:
    try:
        yield
    except FormParserError:
        raise BadRequest(reason="the form is malformed") from None


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull from error
        raise


def file_name(name: str) -> str:
    """Return the client's file name, without folders, control characters and excess."""
    return PurePath(one_line(name).replace("\\", "/")).name[-_LONGEST_NAME:]


def _announced(request: Request) -> int:
    with suppress(ValueError):
        return int(request.headers.get("content-length", "0"))
    return 0


def _too_large(rules: Rules) -> UploadTooLarge:
    return UploadTooLarge(limit_mb=rules.most / MEBIBYTE, field=rules.link)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
