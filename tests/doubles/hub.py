"""A strict double of the Hugging Face hub: a repository's list of files, and the files, the large ones by a redirect.

What the hub does not have is answered as the hub does it; a request that it would not understand is a fault.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1000
"""Bytes from which a file lies in the large storage, with its SHA-256 in the list."""


@dataclass
class Repository:
    """The files of a repository at its commits; all have the same."""

    files: dict[str, bytes]
    commits: tuple[str, ...] = (COMMIT,)
    """The newest first."""


@dataclass
class Hub:
    """The hub's state, and what was asked of it."""

    repositories: dict[str, Repository]
    asked: list[str] = field(default_factory=list)
    """Path and range of each request for a file's content."""
    faults: list[str] = field(default_factory=list)
    breaks_after: int | None = None
    """Bytes of content after which each answer breaks off."""
    then_status: int = 0
    """An answer to each request for a file's content after one broke off."""
    knows_ranges: bool = True
    status: int = 0
    """An answer to all requests."""
    gives: dict[str, bytes] = field(default_factory=dict)
    """Other content than the list promises, by file."""
    url: str = ""
    _broke: bool = False

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        address = urlsplit(request.path)
        path = unquote(address.path)
        if self.status:
            answer(request, self.status, {})
        elif path.startswith("/api/models/"):
            self._list(request, path.removeprefix("/api/models/"), parse_qs(address.query))
        elif path.startswith("/large/"):
            self._send(request, path)
        elif "/resolve/" in path:
            self._resolve(request, path)
        else:
            self.faults.append(request.path)
            answer(request, 404, {})

    def _list(self, request: BaseHTTPRequestHandler, path: str, query: Mapping[str, list[str]]) -> None:
        name, _, revision = path.partition("/revision/")
        found = self.repositories.get(name)
        if found is None:
            answer(request, 404, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
            return
        if revision not in ("", "main", *found.commits):
            answer(request, 404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "Invalid rev id"})
            return
        if query.get("blobs") != ["True"] and query.get("blobs") != ["true"]:
            self.faults.append(request.path)
        sha = revision if revision in found.commits else found.commits[0]
        siblings = [_sibling(name, content) for name, content in found.files.items()]
        answer(request, 200, {"Content-Type": "application/json"}, body_of(name, sha, siblings))

    def _resolve(self, request: BaseHTTPRequestHandler, path: str) -> None:
        name, _, rest = path.removeprefix("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        found = self.repositories.get(name)
        if found is None or file not in found.files or revision not in found.commits:
            answer(request, 404, {"X-Error-Code": "EntryNotFound"})
        elif len(found.files[file]) >= LARGE:
            answer(request, 302, {"Location": f"{self.url}/large/{name}/{file}", "X-Repo-Commit": revision})
        else:
            self._send(request, path)

    def _send(self, request: BaseHTTPRequestHandler, path: str) -> None:
        asked = request.headers.get("Range", "")
        file = path.rsplit("/", 1)[-1]
        self.asked.append(f"{file} {asked}".strip())
        if self._broke and self.then_status:
            answer(request, self.then_status, {})
            return
        (content,) = {one.files[file] for one in self.repositories.values() if file in one.files}
        content = self.gives.get(file, content)
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.knows_ranges else 0
        headers = {"Content-Length": str(len(content) - begin), "ETag": '"any"'}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        end = len(content) if self.breaks_after is None else begin + self.breaks_after
        self._broke = end < len(content)
        answer(request, 206 if begin else 200, headers, content[begin:end])


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    listed: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git}
    if len(content) >= LARGE:
        listed["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return listed


def body_of(name: str, sha: str, siblings: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {"_id": "1", "id": name, "modelId": name, "sha": sha, "private": False, "tags": [], "siblings": siblings}
    ).encode()


def answer(request: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    """Send an answer, which may break off before its Content-Length."""
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
    request.close_connection = True


@contextmanager
def running_hub(repositories: Mapping[str, Mapping[str, bytes]]) -> Iterator[Hub]:
    """A hub with these repositories and their files, on a socket of this machine."""
    hub = Hub({name: Repository(dict(files)) for name, files in repositories.items()})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.serve(self)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert hub.faults == [], hub.faults
