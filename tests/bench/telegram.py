"""The cost of Telegram's side of a note, and two hundred chats at once: `make bench PARTS=telegram`.

The whole service runs in a process of its own, with both databases on the disk, and listens to the tests' Bot API in
this one. Moments are taken there, when an update goes out and when a call comes in, so what either library does with
HTTP counts as ours; the time of Telegram itself does not. The provider answers at once, charges, and writes down when.

The peer's way is python-telegram-bot as its manual says: one update at a time, the file into memory, pydub to an MP3,
the same provider, a reply. It has no placeholder, no pace, no ledger, and forgets all when it stops. Both are warm
before anything is measured. Memory is that of the process itself, so the peer's ffmpeg is not counted.
"""

import asyncio
import io
import multiprocessing
import random
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil
from pydantic import SecretStr
from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from adapters.telegram.client import Pace
from adapters.telegram.opening import open_telegram
from bot.domain.audio import Audio
from bot.domain.billing import Plan
from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript
from bot.media.download import Fetcher
from bot.media.ffmpeg import find_ffmpeg
from bot.service.chat_core import chat_core_of
from bot.service.core import open_core
from bot.service.platforms import host_of
from bot.service.worker import Parts, open_service
from tests.bench.table import Row
from tests.doubles.mortal_telegram import Address
from tests.doubles.provider import MODELS, PaidProvider
from tests.doubles.telegram.server import BotApi, Call, Private
from tests.helpers.corpus import VOICE_NOTE, ffmpeg
from tests.helpers.settings import make_settings

Bot = Callable[[Address, Path, "Connection[list[float], str]"], Coroutine[Any, Any, None]]
"""Answers voice notes until it is told to end, then sends when the provider answered, in Unix seconds."""

WARM = 2
ALONE = 10
CHATS = 200
MOST = "<= 50 ms"
QUIET_SECONDS = 20.0
"""After so long without another answer there comes none."""
APART_SECONDS = (0.1, 0.2)
"""Between two notes, so that neither the last one's end nor the pace is in the way of the next. Not always the same,
or the notes would keep step with the engine, which looks for work ten times a second."""
LOOK_SECONDS = 0.05
SAID = "What was said in"
_EXE = find_ffmpeg(None)


class Alone(NamedTuple):
    """Seconds of one note that nothing else is in the way of."""

    first: float
    """From its update to the bot's first message: the placeholder, or the reply of who has none."""
    last: float
    """From the provider's answer to the message with the text."""
    whole: float
    """From its update to the message with the text."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """All chats at once."""

    answered: int
    """Chats that have their text, once."""
    seconds: float
    """Until the last one had it."""
    messages: int
    """Posted and edited."""
    refused: int
    """Calls that Telegram refused because they came too fast."""
    bytes: int
    """Of memory, at the highest, above what the process held before."""
    processor: float
    """Seconds, of the process and what it started."""


Run = tuple[list[Alone], Crowd]


def measure() -> Iterator[Row]:
    """Of single notes the medians, of our two crowds the worse. The peer's run stands between them."""
    with TemporaryDirectory() as name:
        voice = Path(name) / "note.ogg"
        ffmpeg(_EXE, "-i", VOICE_NOTE, "-t", "10", "-c", "copy", voice)
        (before, one), (notes, peers_crowd), (after, other) = (_run(bot, voice) for bot in (rig, peers_way, rig))
    yield from _rows_of_a_note(_middle(before + after), _middle(notes))
    yield from _rows_of_the_crowd(_worse(one, other), peers_crowd)


def _middle(notes: list[Alone]) -> Alone:
    return Alone(*map(median, zip(*notes, strict=True)))


def _worse(one: Crowd, other: Crowd) -> Crowd:
    return Crowd(
        answered=min(one.answered, other.answered),
        seconds=max(one.seconds, other.seconds),
        messages=max(one.messages, other.messages),
        refused=max(one.refused, other.refused),
        bytes=max(one.bytes, other.bytes),
        processor=max(one.processor, other.processor),
    )


def _rows_of_a_note(ours: Alone, peer: Alone) -> Iterator[Row]:
    yield "Telegram: update to placeholder", _ms(ours.first), MOST
    yield "Telegram: update to placeholder / to the peer's first word, its reply", f"{ours.first / peer.first:.2f}", ""
    yield "Telegram: provider's answer to edit", _ms(ours.last), MOST
    yield "Telegram: provider's answer to reply, the peer's way", _ms(peer.last), ""
    yield "Telegram: update to text", _ms(ours.whole), ""
    yield "Telegram: update to text, the peer's way", _ms(peer.whole), ""


def _rows_of_the_crowd(ours: Crowd, peer: Crowd) -> Iterator[Row]:
    who, alone = f"{CHATS} chats at once", pace_alone(2 * CHATS)
    yield f"{who}: answered", f"{ours.answered}", f"{CHATS}"
    yield f"{who}: messages; refused as too fast", f"{ours.messages}; {ours.refused}", "0 refused"
    yield f"{who}: until the last text", f"{ours.seconds:.1f} s", ""
    yield f"{who}: the pace alone, of {2 * CHATS} messages", f"{alone:.1f} s", ""
    yield f"{who}: until the last text / the pace alone", f"{ours.seconds / alone:.2f}", ""
    yield f"{who}: answered the peer's way, with {peer.messages} messages", f"{peer.answered}", ""
    yield f"{who}: until the last text, the peer's way", f"{peer.seconds:.1f} s", ""
    yield f"{who}: until the last text / the peer's way", f"{ours.seconds / peer.seconds:.2f}", ""
    yield f"{who}: memory above idle", f"{ours.bytes / 1e6:.0f} MB", ""
    yield f"{who}: memory above idle, the peer's way", f"{peer.bytes / 1e6:.0f} MB", ""
    yield f"{who}: processor for a note", _ms(ours.processor / CHATS), ""
    yield f"{who}: processor for a note / the peer's way", f"{ours.processor / peer.processor:.2f}", ""


def pace_alone(messages: int) -> float:
    """Seconds that so many messages take, were there nothing to do but to wait for their turns."""
    bucket = Pace().overall
    return (messages - bucket.size) * bucket.seconds / bucket.size


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


# One run, seen from Telegram


def _run(bot: Bot, voice: Path) -> Run:
    chance = random.Random(7)
    moments: list[tuple[str, float]] = []
    with TemporaryDirectory() as name, BotApi() as telegram:
        telegram.moment = lambda moment: moments.append((moment, time.time()))
        with _process(bot, telegram, Path(name)) as (process, door):
            turns = []
            for _ in range(WARM + ALONE):
                turns.append(_turn(telegram, voice, moments))
                time.sleep(chance.uniform(*APART_SECONDS))
            crowd = _crowd(telegram, voice, process)
            door.send("the end")
            answers = door.recv()[: len(turns)]
    notes = [
        Alone(first - update, text - answer, text - update)
        for (update, first, text), answer in zip(turns, answers, strict=True)
    ]
    return notes[WARM:], crowd


def _turn(telegram: BotApi, voice: Path, moments: list[tuple[str, float]]) -> tuple[float, float, float]:
    """Return the times of a note's update, of the bot's first message, and of the one with the text."""
    moments.clear()
    _say(_chat(telegram, "Ada"), voice)
    telegram.until(lambda: _texts(telegram), 30)
    messages = [at for name, at in moments if name in ("sendMessage is asked", "editMessageText is asked")]
    update = max(at for name, at in moments if name == "getUpdates is done" and at < messages[0])
    with telegram.lock:
        telegram.calls.clear()
    return update, messages[0], messages[-1]


def _crowd(telegram: BotApi, voice: Path, process: psutil.Process) -> Crowd:
    """Everybody sends a note. Their ends are as the Bot API wrote them down, whenever they are looked at here."""
    chats = [_chat(telegram, f"Ada {number}") for number in range(CHATS)]
    idle = most = process.memory_info().rss
    worked, refused, begun = _processor(process), len(telegram.floods), telegram.clock()
    for chat in chats:
        _say(chat, voice)
    texts: dict[int, float] = {}
    while len(texts) < CHATS and telegram.clock() - max(texts.values(), default=begun) < QUIET_SECONDS:
        time.sleep(LOOK_SECONDS)
        most = max(most, process.memory_info().rss)
        texts = _texts(telegram)
    return Crowd(
        answered=sum(sum(SAID in answer.text for answer in chat.answers) == 1 for chat in chats),
        seconds=max(texts.values(), default=begun) - begun,
        messages=len(_messages(telegram)),
        refused=len(telegram.floods) - refused,
        bytes=most - idle,
        processor=_processor(process) - worked,
    )


def _chat(telegram: BotApi, name: str) -> Private:
    return telegram.private(telegram.person(name), started=True)


def _say(chat: Private, voice: Path) -> None:
    chat.say(chat.person, voice=voice, seconds=10)


def _messages(telegram: BotApi) -> list[Call]:
    calls = telegram.called("sendMessage") + telegram.called("editMessageText")
    return [call for call in calls if call.status == 200]


def _texts(telegram: BotApi) -> dict[int, float]:
    """Return the time at which each chat got its text, in Unix seconds."""
    return {call.params["chat_id"]: call.at for call in _messages(telegram) if SAID in call.params["text"]}


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


# The bots, each in a process of its own


@contextmanager
def _process(
    bot: Bot, telegram: BotApi, folder: Path
) -> Iterator[tuple[psutil.Process, "Connection[str, list[float]]"]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    address = Address(telegram.token, telegram.base_url, telegram.base_file_url)
    process = context.Process(target=_live, args=(bot, address, folder, theirs), daemon=True)
    process.start()
    try:
        yield psutil.Process(process.pid), ours
    finally:
        process.join(10)
        process.kill()


def _live(bot: Bot, address: Address, folder: Path, door: "Connection[list[float], str]") -> None:
    asyncio.run(bot(address, folder, door))


async def rig(address: Address, folder: Path, door: "Connection[list[float], str]") -> None:
    """Earmark as `earmark run` opens it; everybody has an allowance, so every note is held and settled."""
    provider, answers = _provider(folder)
    settings = make_settings(
        folder / "data",
        plan=Plan.ALLOWANCE,
        model="paid",
        telegram_token=SecretStr(address.token),
        telegram_base_url=address.base_url,
        telegram_base_file_url=address.base_file_url,
    )
    async with (
        Fetcher() as fetcher,
        open_core(settings, MODELS) as core,
        open_telegram(settings.platforms["telegram"], host_of(settings, core, fetcher)) as telegram,
        open_service(settings, Parts([telegram.adapter], [provider], MODELS), core) as service,
        telegram.listen(chat_core_of(service, settings, core.clock)),
    ):
        await asyncio.to_thread(door.recv)
    door.send(answers)


async def peers_way(address: Address, folder: Path, door: "Connection[list[float], str]") -> None:
    """A handler as the peers have it. pydub asks ffprobe first, which the bundled ffmpeg lacks: here it gets no answer
    for free, which spares it a process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no ffmpeg on the path
        from pydub import AudioSegment, audio_segment

    AudioSegment.converter = str(_EXE)
    audio_segment.mediainfo_json = lambda *_args, **_more: {}
    provider, answers = _provider(folder)

    async def take(update: Update, _context: object) -> None:
        message = update.effective_message
        assert message
        assert message.voice
        data = await (await message.voice.get_file()).download_as_bytearray()
        sound = AudioSegment.from_file(io.BytesIO(data), format="ogg")
        path = folder / f"{update.update_id}.mp3"
        sound.export(path, format="mp3")
        audio = Audio(path, "mp3", "mp3", len(sound) / 1000, sound.frame_rate, sound.channels, path.stat().st_size)
        said = await provider.submit(audio, Options("paid"), _no_report)
        assert isinstance(said, Transcript)
        await message.reply_text(said.text, do_quote=True)

    builder = Application.builder().token(address.token)
    application = builder.base_url(address.base_url).base_file_url(address.base_file_url).build()
    application.add_handler(MessageHandler(filters.VOICE, take))
    async with application:
        assert application.updater
        await application.start()
        await application.updater.start_polling()
        await asyncio.to_thread(door.recv)
        await application.updater.stop()
        await application.stop()
    door.send(answers)


def _provider(folder: Path) -> tuple[PaidProvider, list[float]]:
    """A provider that answers at once, and the list into which it writes when it did."""
    answers: list[float] = []

    def moment(name: str) -> None:
        if name == "submitted":
            answers.append(time.time())

    return PaidProvider(folder / "provider", moment), answers


async def _no_report(_reached: Reached) -> None:
    pass
