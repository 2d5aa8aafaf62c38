"""Web servers of a test, on loopback, and a resolver that says what the test wants."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

OUTSIDE, INSIDE = "127.0.0.1", "127.0.0.2"
"""In tests the first is followed, as a public address is, and the second is not."""
Answers = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
Row = tuple[int, int, int, str, tuple[object, ...]]


@dataclass
class Site:
    """A web server that answers whatever a test says, and remembers who came."""

    port: int = 0
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    headers: bytes = b""

    def url(self, path: str = "/sound.ogg", host: str = OUTSIDE) -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def site(
    answer: Answers, host: str = OUTSIDE, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    here = Site()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.connections += 1
        try:
            here.headers = await reader.readuntil(b"\r\n\r\n")
            path = here.headers.split()[1].decode()
            here.asked.append(path)
            await answer(path, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()


def says(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> Answers:
    """Answers with these bytes; `length`: what it claims, -1 for nothing."""

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        claimed = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {claimed}"] if claimed >= 0 else [])]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        await writer.drain()

    return answer


def leads_to(*places: str) -> Answers:
    """Redirects: the first path to the first place, and so on; any other path is the end."""

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        number = int(path.strip("/") or 0)
        there = number < len(places)
        answer = says(b"", f"Location: {places[number]}", status="302 Found") if there else says(b"the end")
        await answer(path, writer)

    return answer


class Names:
    """A resolver that says what a test wants, each time the next of it, and remembers what it was asked."""

    def __init__(self, **addresses: Sequence[Sequence[str]]) -> None:
        self._addresses = {name: list(answers) for name, answers in addresses.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_rest: object) -> list[Row]:
        self.asked.append(host)
        answers = self._addresses[host.split(".")[0]]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in (answers.pop(0) if len(answers) > 1 else answers[0])
        ]


def certified(folder: Path) -> ssl.SSLContext:
    """A server's certificate that it made itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is nothing here that makes certificates")
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=me"]
    subprocess.run([openssl, "req", "-x509", *made], check=True, cwd=folder, capture_output=True)
    vouched = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    vouched.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return vouched


def another(folder: Path) -> Path:
    """The folder of another note."""
    made = folder / "another"
    made.mkdir()
    return made


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
