"""The README's chapter for operators, followed from an empty folder to a running, budgeted, backed-up service."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.main import get_command

from bot.cli.main import app
from tests.doubles.nanogpt.server import KEY, NanoGPTServer, serve
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.settings import changed, defaults
from tests.helpers.terminal import Said, Terminal, free_port, running_beside

README = ROOT / "README.md"
CHAPTER = re.compile(r"^## Running it for others$(.*?)^## ", re.MULTILINE | re.DOTALL)
VOICE = SAMPLES / "voice-note.ogg"


def chapter() -> str:
    found = CHAPTER.search(README.read_text("utf-8"))
    assert found is not None
    return found[1]


def settings_in(text: str) -> dict[str, str]:
    (block,) = re.findall(r"^```ini\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return dict(line.split("=", 1) for line in block.splitlines())


def steps_in(text: str) -> list[list[list[str]]]:
    """The commands of the chapter, one list a block."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [[shlex.split(line.removeprefix("$ earmark ")) for line in block.splitlines()] for block in blocks]


@dataclass
class Follower:
    """Does what the chapter says, with a provider on this machine and in folders of the test's own."""

    terminal: Terminal
    folder: Path

    async def say(self, *words: str) -> Said:
        own = [word.replace("/var/backups", str(self.folder)) for word in words]
        said = await asyncio.to_thread(self.terminal.earmark, *own)
        assert said.code == 0, f"{' '.join(words)}: {said.out}{said.err}"
        return said

    async def follow(self, step: list[list[str]]) -> list[Said]:
        """All commands of a block. None needs another's end."""
        return await asyncio.gather(*(self.say(*words) for words in step))


@asynccontextmanager
async def followed(settings: dict[str, str], folder: Path) -> AsyncIterator[tuple[Follower, NanoGPTServer]]:
    async with serve() as nanogpt:
        own = {"EARMARK_NANOGPT_BASE_URL": nanogpt.base_url, "EARMARK_API_BIND": f"127.0.0.1:{free_port()}"}
        yield Follower(Terminal(folder / "data", settings | own), folder), nanogpt


async def transcribed(terminal: Terminal, key: str) -> None:
    """A note by the HTTP API, as soon as the service says that it is ready."""
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


@pytest.mark.parametrize("words", [words for step in steps_in(chapter()) for words in step], ids=" ".join)
def test_every_command_of_the_chapter_is_one(words: list[str]) -> None:
    """It is parsed, and not run."""
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, list(words))


def test_every_setting_of_the_chapter_is_one() -> None:
    named = {name.removeprefix("EARMARK_").lower(): value for name, value in settings_in(chapter()).items()}
    changed(defaults(), **named)


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
