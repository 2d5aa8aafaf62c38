"""Memory of a running service over many notes: `make soak`, or fewer of them: `make soak NOTES=3000`.

A process of `earmark run` gets recordings over HTTP from several clients; every tenth call to the provider meets a
fault. It fails if the process holds more memory at the end than after its warm-up, or if a note has no text.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
import psutil

from tests.doubles.nanogpt.server import KEY, TRANSCRIBE, Fault, NanoGPTServer, Reply, serve
from tests.helpers.paths import SAMPLES
from tests.helpers.terminal import Terminal, free_port

NOTES = 10_000
CLIENTS = 8
WARM_UP = 0.3
"""Part of the notes after which the process has loaded all that it loads once."""
MOST_GROWTH = 5_000_000
"""Bytes that it may grow by after that."""
FAULTS = 0.1
"""Part of the provider's calls that meet a fault."""
_TRIES = 10
"""Times that a client sends a recording, after the pauses that the service asks for."""
_SAMPLES = 100
"""Looks at the memory in one run."""
_VOICE = SAMPLES / "voice-note.ogg"
_MEGABYTE = 1_000_000


@dataclass(slots=True)
class Soak:
    """One run: its service, the notes that have their text, and the looks at its memory."""

    notes: int
    provider: NanoGPTServer
    service: psutil.Process
    address: str
    done: int = 0
    failed: int = 0
    looks: list[int] = field(default_factory=list)
    """Resident bytes of the service, at even intervals of notes."""
    begun_at: float = field(default_factory=time.monotonic)

    async def send(self, key: str) -> None:
        """Send recordings one after the other, until all clients together sent enough."""
        sound = _VOICE.read_bytes()
        async with httpx.AsyncClient(base_url=self.address, headers={"x-api-key": key}, timeout=120) as client:
            while self.done < self.notes:
                self._maybe_fail()
                self.done += 1
                await self._send_one(client, sound)
                if self.done % max(1, self.notes // _SAMPLES) == 0:
                    self._look()

    async def _send_one(self, client: httpx.AsyncClient, sound: bytes) -> None:
        """Send a recording, as a client does that sends again what was not answered."""
        headers = {"idempotency-key": str(uuid4())}
        answer = None
        for _ in range(_TRIES):
            files = {"audio": ("a.ogg", sound, "audio/ogg")}
            answer = await client.post("/api/transcribe", files=files, headers=headers)
            if answer.status_code == httpx.codes.OK:
                return
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        self.failed += 1
        print("a note without a text:", answer and answer.text[:200], flush=True)

    def _maybe_fail(self) -> None:
        if random.random() < FAULTS:  # not for secrets
            whole = Reply(body=b'{"transcription": "half of it')
            limited = Reply(429, headers={"retry-after": "1"})
            faults: list[Fault | Reply] = [Reply(503), limited, Fault(cut=True), Fault(torn=whole)]
            self.provider.fail(TRANSCRIBE, random.choice(faults))

    def _look(self) -> None:
        self.provider.seen.clear()  # the double's own memory
        self.looks.append(self.service.memory_info().rss)
        rate = self.done / (time.monotonic() - self.begun_at)
        files = self.service.num_fds() if sys.platform != "win32" else 0
        print(f"{self.done:6} notes  {self.looks[-1] / _MEGABYTE:6.1f} MB  {files} files  {rate:.1f}/s", flush=True)

    @property
    def growth(self) -> int:
        """Return the bytes by which the process grew after its warm-up."""
        settled = self.looks[int(len(self.looks) * WARM_UP) :]
        part = max(1, len(settled) // 7)
        return int(median(settled[-part:]) - median(settled[:part]))


@asynccontextmanager
async def soaking(notes: int, folder: Path) -> AsyncIterator[tuple[Soak, list[str]]]:
    """Start a provider and a service; yield them with the keys of the clients."""
    async with serve() as provider:
        settings = {
            "EARMARK_PROVIDER": "nanogpt",
            "EARMARK_NANOGPT_BASE_URL": provider.base_url,
            "EARMARK_NANOGPT_API_KEY": KEY,
            "EARMARK_PLAN": "open",
        }
        terminal, port = Terminal(folder / "data", settings), free_port()
        keys = [
            (await asyncio.to_thread(terminal.earmark, "keys", "create", f"client{number}")).out.strip()
            for number in range(CLIENTS)
        ]
        process = terminal.start("run", EARMARK_API_BIND=f"127.0.0.1:{port}", EARMARK_LOG_LEVEL="error")
        try:
            address = f"http://127.0.0.1:{port}"
            await _until_ready(address)
            yield Soak(notes, provider, psutil.Process(process.pid), address), keys
        finally:
            process.terminate()
            await asyncio.to_thread(process.communicate)


async def _until_ready(address: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{address}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


async def run(notes: int, folder: Path) -> int:
    """Send the notes, print the figures, and return the exit code."""
    async with soaking(notes, folder) as (soak, keys):
        async with asyncio.TaskGroup() as clients:
            for key in keys:
                clients.create_task(soak.send(key))
        print(f"{soak.done} notes, {soak.failed} without a text")
        print(f"grown by {soak.growth / _MEGABYTE:.1f} MB after the warm-up (at most {MOST_GROWTH / _MEGABYTE:.0f} MB)")
        return int(soak.growth > MOST_GROWTH or soak.failed > 0)


def main(words: list[str]) -> int:
    """Run with so many notes, or with all."""
    with TemporaryDirectory() as folder:
        return asyncio.run(run(int(words[0]) if words else NOTES, Path(folder)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
