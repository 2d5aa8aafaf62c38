"""Files on the disk and the log: readable by their owner alone, and without a word that users said."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bot.media.ffmpeg import find_ffmpeg
from bot.operations.backup import backup as back_up
from bot.service.core import open_core
from tests.doubles.discord.server import Discord
from tests.doubles.nanogpt.server import KEY, TRANSCRIBE, NanoGPTServer, Reply, sample, serve
from tests.doubles.telegram.server import BotApi
from tests.helpers.corpus import ffmpeg
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings
from tests.helpers.terminal import Terminal, running_beside

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's"),
]

VOICE = SAMPLES / "voice-note.ogg"
NAMES = ("diary of november", "letter to mother", "talk with the doctor")
"""Names that three people give their recordings."""
SAID = sample("plain")["transcription"]


@dataclass
class Left:
    """The data folder of a service that took a note on each platform."""

    modes: dict[str, int] = field(default_factory=dict)
    """Of everything that was ever in the data folder, by its path in there."""
    lines: list[dict[str, object]] = field(default_factory=list)
    log: str = ""

    def look(self, folder: Path) -> None:
        for path in (folder, *folder.rglob("*")):
            try:
                self.modes[path.relative_to(folder).as_posix()] = path.lstat().st_mode
            except FileNotFoundError:
                continue


@asynccontextmanager
async def no_umask() -> AsyncIterator[None]:
    """Processes that are started meanwhile make files that everybody may write to, unless they take care."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@dataclass(frozen=True, slots=True)
class Recordings:
    """Recordings that three people send: the name of each file tells something of them."""

    diary: Path
    """The provider does not take its format."""
    letter: Path
    talk: Path
    """Too large for anything but a link."""

    @staticmethod
    def made_in(folder: Path) -> "Recordings":
        forms = zip(NAMES, ("flac", "ogg", "wav"), strict=True)
        made = Recordings(*(folder / f"{name}.{form}" for name, form in forms))
        ffmpeg(find_ffmpeg(None), "-i", VOICE, made.diary)
        made.letter.write_bytes(VOICE.read_bytes())
        ffmpeg(find_ffmpeg(None), "-i", VOICE, "-ar", "48000", "-ac", "2", made.talk)
        return made


def terminal_of(data: Path, port: int, provider: NanoGPTServer, telegram: BotApi, discord: Discord) -> Terminal:
    """Return a terminal whose service has all that can be switched on, and logs all that it can."""
    return Terminal(
        data,
        {
            "EARMARK_API_BIND": f"127.0.0.1:{port}",
            "EARMARK_API_MEGABYTES": "5",
            "EARMARK_PUBLIC_URL": "https://earmark.example",
            "EARMARK_NANOGPT_API_KEY": KEY,
            "EARMARK_NANOGPT_BASE_URL": provider.base_url,
            "EARMARK_STRANGERS": "true",
            "EARMARK_TELEGRAM_TOKEN": telegram.token,
            "EARMARK_TELEGRAM_BASE_URL": telegram.base_url,
            "EARMARK_DISCORD_TOKEN": discord.token,
            "EARMARK_DISCORD_API_URL": discord.api_url,
            "EARMARK_DISCORD_GATEWAY_URL": discord.gateway_url,
            "EARMARK_LOG_LEVEL": "debug",
            "EARMARK_LOG_FORMAT": "json",
        },
    )


@asynccontextmanager
async def running(terminal: Terminal, port: int, log: Path, discord: Discord) -> AsyncIterator[httpx.AsyncClient]:
    """Run the service until the context ends, and give a client of its API once all its platforms listen."""
    async with (
        running_beside(terminal, log),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
        asyncio.timeout(60),
    ):
        while not (await ready(client) and discord.connected and discord.commands):
            await asyncio.sleep(0.05)
        yield client


async def uploaded(client: httpx.AsyncClient, key: str, talk: Path) -> str:
    """Return the text that the API answers a recording with."""
    answer = await client.post(
        "/api/transcribe",
        headers={"x-api-key": key},
        files={"audio": (talk.name, talk.read_bytes(), "audio/wav")},
        data={"model": "Whisper-Large-V3"},
    )
    return str(answer.json()["transcription"])


async def all_sent(
    client: httpx.AsyncClient, key: str, sent: Recordings, telegram: BotApi, discord: Discord, look: Callable[[], None]
) -> None:
    """Send a recording by each way, and look again and again until all three are answered."""
    chat = telegram.private(ada := telegram.person("Ada"), started=True)
    dm = discord.dm(bea := discord.person("Bea"))
    chat.say(ada, document=sent.diary)
    dm.say(bea, files=[sent.letter])
    answer = asyncio.create_task(uploaded(client, key, sent.talk))

    def is_answered() -> bool:
        words = SAID[:40]
        told = [*(seen.text for seen in chat.answers), *(seen.text for seen in dm.answers)]
        return answer.done() and sum(words in text.replace("\\", "") for text in told) == 2

    while not is_answered():
        look()
        await asyncio.sleep(0.02)
    assert await answer == SAID


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("service")
    left, sent, log, port = Left(), Recordings.made_in(folder), folder / "log", free_port()
    with BotApi() as telegram, Discord() as discord:
        async with serve() as provider, no_umask():
            # Time to look at what lies there while the provider works.
            provider.fail(TRANSCRIBE, *(Reply(503, b"{}", after=0.5) for _ in range(3)))
            terminal = terminal_of(folder / "data", port, provider, telegram, discord)
            async with open_core(make_settings(terminal.data)) as core:
                _, key = await core.keys.create("cleo", "api:cleo")
            async with running(terminal, port, log, discord) as client:
                await all_sent(client, key, sent, telegram, discord, lambda: left.look(terminal.data))
                await back_up(terminal.data, terminal.data / "backup.zip")
                left.look(terminal.data)
    left.log = log.read_text()
    left.lines = [json.loads(line) for line in left.log.splitlines() if line.startswith("{")]
    return left


async def test_everything_that_is_stored_is_for_its_owner_s_eyes_only_whatever_the_umask_is(left: Left) -> None:
    seen = set(left.modes)
    assert {"earmark.db", "engine.db", "lead.lock", "links.secret", "discord-commands", "backup.zip"} <= seen
    assert {"earmark.db-wal", "engine.db-wal", "engine.db-shm"} <= seen
    for folder in ("spool", "uploads", "links"):
        inside = [path for path in seen if path.startswith(f"{folder}/") and stat.S_ISREG(left.modes[path])]
        assert inside, f"something was in {folder}"
    assert any(path.startswith("spool/") and path.endswith(".mp3") for path in seen), "ffmpeg made something too"
    for path, mode in left.modes.items():
        assert stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), path


async def test_no_line_of_the_log_has_a_word_that_was_said_or_a_file_s_name(left: Left) -> None:
    assert {line["level"] for line in left.lines} >= {"warning", "info", "debug"}
    assert not any(name in left.log for name in NAMES)
    assert not any(" ".join(words) in left.log for words in pairwise(SAID.split()))


async def test_every_line_about_a_note_bears_its_id(left: Left) -> None:
    events: dict[object, set[object]] = {}
    for line in left.lines:
        if "note" in line:
            events.setdefault(line["note"], set()).add(line["event"])
    assert len(events) == 3
    for of_one in events.values():
        assert {"note_queued", "step_ended", "note_ended"} <= of_one
    assert any("nanogpt_error" in of_one for of_one in events.values())
    for line in left.lines:
        assert "note" in line or not str(line["event"]).startswith(("note_", "nanogpt_error", "step_"))
