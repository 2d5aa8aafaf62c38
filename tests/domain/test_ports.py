"""Duties of every adapter and every transcriber: one suite over all of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.console import ConsoleAdapter, note_of
from adapters.telegram.places import Place
from bot.domain.billing import Plan
from bot.domain.catalog import NANOGPT, ModelInfo
from bot.domain.errors import NotFound, TooLarge
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, Options, Progress, Reached, Stage
from bot.domain.ports import Adapter, Transcriber
from bot.domain.transcript import Transcript
from bot.media.ffmpeg import find_ffmpeg
from bot.media.prepare import Media
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from bot.providers.nanogpt.client import NanoGPT, client
from tests.doubles.nanogpt.server import KEY, serve
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider, transcript_of
from tests.doubles.telegram.server import BotApi
from tests.helpers.discord_out import outgoing as discord_outgoing
from tests.helpers.discord_out import scene
from tests.helpers.paths import SAMPLES
from tests.helpers.telegram_out import outgoing

VOICE = SAMPLES / "voice-note.ogg"
CLOUD = "Whisper-Large-V3"


OnStage = tuple[Adapter, Note]
"""An adapter, and a note of its platform whose media is VOICE."""


@pytest.fixture(params=["console", "folder", "telegram", "discord"])
async def platform(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OnStage]:
    if request.param == "console":
        yield ConsoleAdapter(), note_of(VOICE, "console:ada", "1", Options(model="whisper-base"))
    elif request.param == "folder":
        folder = FolderPlatform(tmp_path / "platform")
        yield folder, folder.note("1", VOICE)
    elif request.param == "telegram":
        async with on_telegram(tmp_path) as stage:
            yield stage
    else:
        async with scene() as here, discord_outgoing(here, tmp_path) as out:
            sent = here.channel.say(here.ada, voice=VOICE, seconds=16)
            yield out.adapter, await out.said(sent=sent)


@asynccontextmanager
async def on_telegram(folder: Path) -> AsyncIterator[OnStage]:
    with BotApi() as telegram:
        ada = telegram.person("Ada")
        chat = telegram.private(ada)
        message = chat.say(ada, voice=VOICE, seconds=16)
        file_id = chat.message(message).raw["voice"]["file_id"]
        async with outgoing(telegram, folder) as out:
            place = Place(chat.id, message, asker=ada.id)
            yield out.adapter, await out.note(place, MediaRef(locator=file_id, name=VOICE.name))


@pytest.fixture
def adapter(platform: OnStage) -> Adapter:
    return platform[0]


@pytest.fixture
def note(platform: OnStage) -> Note:
    return platform[1]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def test_an_adapter_s_notes_bear_its_name(adapter: Adapter, note: Note) -> None:
    assert note.key.platform == adapter.platform


async def test_media_is_fetched_whole_and_twice_if_need_be(adapter: Adapter, note: Note, spool: Path) -> None:
    for _ in range(2):
        path = await adapter.fetch(note, spool, 10_000_000)
        assert path.read_bytes() == VOICE.read_bytes()


async def test_media_that_is_too_large_is_not_brought_to_disk(adapter: Adapter, note: Note, spool: Path) -> None:
    with pytest.raises(TooLarge):
        await adapter.fetch(note, spool, 1_000)
    assert list(spool.iterdir()) == []


async def test_media_that_is_gone_is_told_by_its_name(adapter: Adapter, note: Note, spool: Path) -> None:
    media = MediaRef(locator=str(spool / "lost.ogg"), name="lost.ogg")
    lost = replace(note, media=media, details={**note.details, "link": ""})
    with pytest.raises(NotFound, match=r"lost\.ogg"):
        await adapter.fetch(lost, spool, 10_000_000)


async def test_everything_may_be_said_twice(adapter: Adapter, note: Note) -> None:
    placeholder = await adapter.acknowledge(note)
    assert await adapter.acknowledge(note) == placeholder
    answer = Answer(transcript_of(16.14, note.options.model), Micros(0), Plan.OPEN, Micros(0))
    for _ in range(2):
        await adapter.report(note, placeholder, Progress(Stage.TRANSCRIBING, 0.5))
        await adapter.deliver(note, placeholder, answer)


@asynccontextmanager
async def opened(which: str, folder: Path) -> AsyncIterator[Transcriber]:
    if which == "paid":
        yield PaidProvider(folder / "provider")
        return
    if which == "nanogpt":
        async with serve() as server, client(server.base_url, KEY) as http:
            yield NanoGPT(http, clock=lambda: datetime.now(UTC), models=[ModelInfo(CLOUD, NANOGPT, Micros(10_000))])
        return
    async with LocalTranscriber(
        "base", ModelFolders(folder / "data"), listen=Media(find_ffmpeg(None)).windows
    ) as local:
        yield local


def options(which: str) -> Options:
    return Options(model=CLOUD if which == "nanogpt" else "paid")


@pytest.mark.parametrize("which", ["local", "paid", "nanogpt"])
async def test_a_transcriber_writes_down_what_is_said(which: str, tmp_path: Path) -> None:
    told: list[float] = []

    async def report(reached: Reached) -> None:
        told.append(reached.fraction or 0.0)

    audio = await Media(find_ffmpeg(None)).inspect(VOICE)
    async with opened(which, tmp_path) as transcriber:
        said = await transcriber.submit(audio, options(which), report)
    assert isinstance(said, Transcript)
    assert said.text
    assert said.seconds == pytest.approx(16.14, abs=0.1)
    assert said.model == options(which).model
    assert said.cost >= 0
    assert "".join(segment.text for segment in said.segments).split()[0] in said.text
    assert [segment.start for segment in said.segments] == sorted(segment.start for segment in said.segments)
    assert all(0 <= word.start <= word.end <= said.seconds for word in said.words)
    assert told == sorted(told)
    assert all(0 <= fraction <= 1 for fraction in told)


@pytest.mark.parametrize("which", ["local", "paid", "nanogpt"])
async def test_a_transcriber_takes_what_it_says_and_is_open(which: str, tmp_path: Path) -> None:
    async with opened(which, tmp_path) as transcriber:
        accepts = transcriber.accepts(options(which).model)
        assert accepts.containers is None or "ogg" in accepts.containers
        assert accepts.linked_bytes is None or accepts.bytes is None or accepts.linked_bytes > accepts.bytes
        await transcriber.check_open()


@pytest.mark.parametrize("which", ["local", "paid"])
async def test_a_transcriber_that_is_cancelled_lets_go_at_once(which: str, tmp_path: Path) -> None:
    async def report(_reached: Reached) -> None:
        pass

    audio = await Media(find_ffmpeg(None)).inspect(VOICE)
    async with opened(which, tmp_path) as transcriber:
        if isinstance(transcriber, PaidProvider):
            transcriber.free.clear()
        work = asyncio.create_task(transcriber.submit(audio, Options(model="paid"), report))
        await asyncio.sleep(0.3)
        work.cancel()
        async with asyncio.timeout(2):
            await asyncio.wait([work])
        assert work.cancelled()
