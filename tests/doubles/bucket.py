"""A real S3 server (SeaweedFS) on loopback, with one bucket and one key that may use it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

KEY_ID = "earmark-of-the-tests"
SECRET = "made-up-secret-of-the-tests"
NAME = "recordings"
_PARTS = ("master", "volume", "filer", "s3", "admin")


@dataclass(frozen=True)
class Bucket:
    """Its address, and its credentials."""

    endpoint: str
    name: str = NAME
    key_id: str = KEY_ID
    secret: str = field(default=SECRET, repr=False)
    region: str = "us-east-1"


def find_weed() -> str | None:
    """The server's program, which comes as a package."""
    return shutil.which("weed", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))


@contextmanager
def bucket_running(folder: Path, within: float = 30.0) -> Iterator[Bucket]:
    """The server with its data in `folder`, for as long as the block lasts. It checks every signature."""
    weed = find_weed()
    assert weed, "ask find_weed first"
    identity = {"name": "tests", "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = dict(zip(_PARTS, zip(*[iter(_free_ports(2 * len(_PARTS)))] * 2, strict=True), strict=True))
    command = [
        *(weed, "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={NAME}"),
        *(f"-{part}.port={port}" for part, (port, _) in ports.items()),
        *(f"-{part}.port.grpc={port}" for part, (_, port) in ports.items()),
        *(f"-s3.config={folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
        *(f"-s3.localSocket={folder / 's3.sock'}", f"-filer.localSocket={folder / 'filer.sock'}"),
        *("-webdav=false", "-admin.ui=false", "-master.telemetry=false"),
    ]
    bucket = Bucket(f"http://127.0.0.1:{ports['s3'][0]}")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={"HOME": str(folder)})
        try:
            _wait_for(bucket, server, time.monotonic() + within)
            yield bucket
        finally:
            server.kill()  # nothing of it is wanted any more, and to stop politely takes it two seconds
            server.wait(10)


def _wait_for(bucket: Bucket, server: "subprocess.Popen[bytes]", deadline: float) -> None:
    """Wait until it refuses to show the bucket to unsigned requests: then it is there, and the bucket is."""
    while time.monotonic() < deadline:
        assert server.poll() is None, "the S3 server ended by itself"
        try:
            if httpx.get(f"{bucket.endpoint}/{bucket.name}", trust_env=False).status_code == 403:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the S3 server does not answer")


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(number)]
