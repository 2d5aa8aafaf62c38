"""The operators' guide, followed from an empty folder to a running, budgeted, backed-up service."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from tests.doubles.nanogpt.server import KEY, NanoGPTServer, serve
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.terminal import Said, Terminal, free_port, running_beside

GUIDE = ROOT / "docs" / "operating.md"
CHAPTER = re.compile(r"^## Set up a service for others$(.*?)^## ", re.MULTILINE | re.DOTALL)
VOICE = SAMPLES / "voice-note.ogg"


def chapter() -> str:
    found = CHAPTER.search(GUIDE.read_text("utf-8"))
    assert found is not None
    return found[1]


def settings_in(text: str) -> dict[str, str]:
    (block,) = re.findall(r"^```ini\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return dict(line.split("=", 1) for line in block.splitlines())


def steps_in(text: str) -> list[list[list[str]]]:
    """Return the commands of the chapter, one list a block."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [[shlex.split(line.removeprefix("$ earmark ")) for line in block.splitlines()] for block in blocks]


@dataclass
class Follower:
    """An operator who follows the chapter, with a provider double and in the test's own folders."""

    terminal: Terminal
    folder: Path

    async def say(self, *words: str) -> Said:
        own = [word.replace("/var/backups", str(self.folder)) for word in words]
        said = await asyncio.to_thread(self.terminal.earmark, *own)
        assert said.code == 0, f"{' '.join(words)}: {said.out}{said.err}"
        return said

    async def follow(self, step: list[list[str]]) -> list[Said]:
        """Run all commands of a block at once: none needs the result of another."""
        return await asyncio.gather(*(self.say(*words) for words in step))


@asynccontextmanager
async def followed(settings: dict[str, str], folder: Path) -> AsyncIterator[tuple[Follower, NanoGPTServer]]:
    async with serve() as nanogpt:
        own = {"EARMARK_NANOGPT_BASE_URL": nanogpt.base_url, "EARMARK_API_BIND": f"127.0.0.1:{free_port()}"}
        yield Follower(Terminal(folder / "data", settings | own), folder), nanogpt


async def transcribed(terminal: Terminal, key: str) -> None:
    """Transcribe by the HTTP API as soon as the service is ready."""
    async with httpx.AsyncClient(base_url=f"http://{terminal.also['EARMARK_API_BIND']}", timeout=30) as client:
        async with asyncio.timeout(60):
            while not await is_ready(client):
                await asyncio.sleep(0.1)
        files = {"audio": (VOICE.name, VOICE.read_bytes(), "audio/ogg")}
        answer = await client.post("/api/transcribe", files=files, headers={"x-api-key": key})
        assert answer.status_code == 200, answer.text


async def is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow  # a dozen processes
async def test_the_chapter_for_operators_leads_to_a_running_budgeted_backed_up_service(tmp_path: Path) -> None:
    settings = settings_in(chapter()) | {"EARMARK_NANOGPT_API_KEY": KEY}
    del settings["EARMARK_DATA_DIR"]
    begin, people, money, backup, restore = steps_in(chapter())
    assert begin[-1] == ["run"]
    async with followed(settings, tmp_path) as (follower, nanogpt):
        await follower.follow(begin[:-1])
        async with running_beside(follower.terminal, tmp_path / "log"):
            key = (await follower.follow(people))[-1].out.strip()
            await transcribed(follower.terminal, key)
            by_user, _, as_csv, reconciled = await follower.follow(money)
            assert "api:ada" in by_user.out
            assert as_csv.out.startswith("user,")
            assert "no differences" in reconciled.out
            await follower.follow(backup)
        elsewhere = replace(follower, terminal=replace(follower.terminal, data=tmp_path / "elsewhere"))
        await elsewhere.follow(restore)
        balances = [(await elsewhere.say("balance", "--user", who)).out for who in ("api:ada", "telegram:110201544")]
        assert len(nanogpt.bill) == 1
    assert "spent $0.00 on 1 note (allowance)" in balances[0], "five minutes are free"
    assert "balance $6.00" in balances[1], "an allowance, and what was paid in"
