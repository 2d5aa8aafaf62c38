"""Discord's store of files: links that are signed, that expire, and that can fail."""

import asyncio
from collections.abc import Iterator

from aiohttp import web

from tests.doubles.discord.world import File, World

_CHUNK = 65536
_GONE = "This content is no longer available."


class Cdn:
    """A CDN whose behaviour may be changed at any time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.slow = 0.0
        """Seconds before each chunk."""
        self.cut_after: int | None = None
        """Bytes of a file, after which the connection breaks."""
        self.failures = 0
        """So many of the next requests are answered with 500."""
        self.fetched: list[str] = []
        """The paths that were asked for."""

    async def give(self, request: web.BaseRequest) -> web.StreamResponse:
        with self._world.lock:
            self.fetched.append(request.path)
            fails = self.failures > 0
            self.failures -= fails
            file = self._world.linked(request.path, request.query)
            self._world.notify()
        if fails:
            return web.Response(status=500, text="Internal Server Error")
        if file is None:
            return web.Response(status=404, text=_GONE)
        return await self._stream(request, file)

    async def _stream(self, request: web.BaseRequest, file: File) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": file.mime, "Content-Length": str(file.size)})
        await response.prepare(request)
        left = file.size if self.cut_after is None else min(file.size, self.cut_after)
        for chunk in _chunks(file, left):
            await asyncio.sleep(self.slow)
            await response.write(chunk)
        if left < file.size and request.transport is not None:
            request.transport.close()  # politely, so that what was sent arrives
            return response
        await response.write_eof()
        return response


def _chunks(file: File, left: int) -> Iterator[bytes]:
    """The first so many bytes, in pieces; a file on disk is never wholly in memory."""
    if isinstance(file.source, bytes):
        yield from (file.source[at : min(at + _CHUNK, left)] for at in range(0, left, _CHUNK))
        return
    with file.source.open("rb") as opened:
        while left > 0:
            yield opened.read(min(_CHUNK, left))
            left -= _CHUNK
