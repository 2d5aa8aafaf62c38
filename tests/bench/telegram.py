"""What Telegram's side of a note costs, and two hundred chats at once: `python -m tests.bench.telegram`.

The whole service runs in a process of its own, with both databases on the disk, and listens to the tests' Bot API in
this one. Moments are taken there, when an update goes out and when a call comes in, so what either library does with
HTTP counts as ours; the time of Telegram itself does not. The provider answers at once, charges, and writes down when.

The peers' way is python-telegram-bot as its manual says: one update at a time, the file into memory, pydub to an MP3,
the same provider, a reply. It has no placeholder, no pace, no ledger, and forgets all when it stops. Both have been
warmed up, and take turns. Memory is that of the process itself, so the peer's ffmpeg is not counted.
"""

import asyncio
import io
import multiprocessing
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from pydantic import SecretStr
from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from adapters.telegram.limiter import Pace
from bot.app import Parts, open_service
from bot.books import open_books
from bot.fetching import Fetcher
from bot.ffmpeg import find_ffmpeg
from bot.model import Audio, Options, Plan
from bot.settings import Settings
from bot.telegram import listening, open_telegram
from tests.corpus import VOICE_NOTE, ffmpeg
from tests.doubles.mortal_telegram import Address
from tests.doubles.provider import MODELS, PaidProvider
from tests.doubles.telegram import BotApi, Chat

Row = tuple[str, str, str]
"""What was measured, its value, its target."""
Bot = Callable[[Address, Path, "Connection[list[float], str]"], Coroutine[Any, Any, None]]
"""Answers voice notes until it is told to end, then sends when the provider answered, in Unix seconds."""

RUNS = 2
WARM = 3
ALONE = 12
CHATS = 200
TARGET = 0.050
QUIET_SECONDS = 20.0
"""After so long without another answer there comes none."""
APART_SECONDS = 0.2
"""Between two notes, so that neither the last one's end nor the pace is in the way of the next."""
LOOK_SECONDS = 0.02
SAID = "What was said in"
_EXE = find_ffmpeg(None)


@dataclass(frozen=True, slots=True)
class Alone:
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
    seconds: float
    """Until the last one had its text."""
    bytes: int
    """Of memory, at the highest, above what the process held before."""
    processor: float
    """Seconds, of the process and what it started."""
    refused: int
    """Messages that Telegram did not take since they came too fast."""


@dataclass(slots=True)
class Measured:
    alone: list[Alone] = field(default_factory=list)
    crowds: list[Crowd] = field(default_factory=list)

    def note(self, of: str) -> float:
        return median(getattr(one, of) for one in self.alone)

    def crowd(self, of: str) -> float:
        return median(getattr(one, of) for one in self.crowds)


def measure() -> list[Row]:
    """Medians of all runs, ours and the peer's in turns."""
    ours, peer = Measured(), Measured()
    with TemporaryDirectory() as name:
        voice = Path(name) / "note.ogg"
        ffmpeg(_EXE, "-i", VOICE_NOTE, "-t", "10", "-c", "copy", voice)
        for _ in range(RUNS):
            _run(house, voice, ours)
            _run(peers_way, voice, peer)
    return [*_rows_of_a_note(ours, peer), *_rows_of_the_crowd(ours, peer)]


def _rows_of_a_note(ours: Measured, peer: Measured) -> Iterator[Row]:
    most = f"<= {_ms(TARGET)}"
    yield "a note on Telegram, from the update to the placeholder", _ms(ours.note("first")), most
    yield "the peer's way, from the update to its first word, the reply", _ms(peer.note("first")), ""
    yield "ours / the peer's", f"{ours.note('first') / peer.note('first'):.2f}", ""
    yield "from the provider's answer to the edit", _ms(ours.note("last")), most
    yield "the peer's way, from the provider's answer to the reply", _ms(peer.note("last")), ""
    yield "from the update to the text", _ms(ours.note("whole")), ""
    yield "ours / the peer's", f"{ours.note('whole') / peer.note('whole'):.2f}", ""


def _rows_of_the_crowd(ours: Measured, peer: Measured) -> Iterator[Row]:
    all_at_once = f"{CHATS} chats at once"
    seconds, alone = ours.crowd("seconds"), pace_alone(2 * CHATS)
    yield f"{all_at_once}: answered, in the worst run", f"{min(one.answered for one in ours.crowds)}", f"{CHATS}"
    yield "too fast for Telegram, of all messages", f"{sum(one.refused for one in ours.crowds)}", "0"
    yield f"{all_at_once}: until the last text", f"{seconds:.1f} s", ""
    yield f"{2 * CHATS} messages, by the pace alone", f"{alone:.1f} s", ""
    yield "ours / the pace alone", f"{seconds / alone:.2f}", ""
    yield (
        "the peer's way, which writes half as many messages",
        f"{peer.crowd('seconds'):.1f} s, {min(one.answered for one in peer.crowds)} answered",
        "",
    )
    yield f"{all_at_once}: memory above idle, ours", f"{ours.crowd('bytes') / 1e6:.0f} MB", ""
    yield f"{all_at_once}: memory above idle, the peer's", f"{peer.crowd('bytes') / 1e6:.0f} MB", ""
    yield f"{all_at_once}: processor for a note, ours", _ms(ours.crowd("processor") / CHATS), ""
    yield f"{all_at_once}: processor for a note, the peer's", _ms(peer.crowd("processor") / CHATS), ""


def pace_alone(messages: int) -> float:
    """Seconds that so many messages take, were there nothing to do but to wait for their turns."""
    bucket = Pace().overall
    return (messages - bucket.size) * bucket.seconds / bucket.size


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


# One run, seen from Telegram


def _run(bot: Bot, voice: Path, measured: Measured) -> None:
    moments: list[tuple[str, float]] = []
    with TemporaryDirectory() as name, BotApi() as telegram:
        telegram.moment = lambda moment: moments.append((moment, time.time()))
        with _process(bot, telegram, Path(name)) as (process, door):
            turns = [_turn(telegram, voice, moments) for _ in range(WARM + ALONE)]
            measured.crowds.append(_crowd(telegram, voice, process))
            door.send("the end")
            answers = door.recv()
    measured.alone += [
        Alone(first - update, text - answer, text - update)
        for (update, first, text), answer in list(zip(turns, answers, strict=False))[WARM:]
    ]


def _turn(telegram: BotApi, voice: Path, moments: list[tuple[str, float]]) -> tuple[float, float, float]:
    """When a note's update went out, when the bot's first message came in, and when the one with the text did."""
    moments.clear()
    _say([_chat(telegram, "Ada")], voice)
    telegram.until(lambda: _texts(telegram), 30)
    messages = [at for name, at in moments if name in ("sendMessage is asked", "editMessageText is asked")]
    update = max(at for name, at in moments if name == "getUpdates is done" and at < messages[0])
    with telegram.lock:
        telegram.calls.clear()
    time.sleep(APART_SECONDS)
    return update, messages[0], messages[-1]


def _crowd(telegram: BotApi, voice: Path, process: psutil.Process) -> Crowd:
    """Everybody sends a note. Their ends are as the Bot API wrote them down, whenever they are looked at here."""
    chats = [_chat(telegram, f"Ada {number}") for number in range(CHATS)]
    idle = most = process.memory_info().rss
    worked, refused, begun = _processor(process), len(telegram.floods), telegram.clock()
    _say(chats, voice)
    texts: dict[int, float] = {}
    while len(texts) < CHATS and telegram.clock() - max(texts.values(), default=begun) < QUIET_SECONDS:
        time.sleep(LOOK_SECONDS)
        most = max(most, process.memory_info().rss)
        texts = _texts(telegram)
    return Crowd(
        answered=sum(sum(SAID in answer.text for answer in chat.answers) == 1 for chat in chats),
        seconds=max(texts.values(), default=begun) - begun,
        bytes=most - idle,
        processor=_processor(process) - worked,
        refused=len(telegram.floods) - refused,
    )


def _chat(telegram: BotApi, name: str) -> Chat:
    return telegram.private(telegram.person(name), started=True)


def _say(chats: list[Chat], voice: Path) -> None:
    for chat in chats:
        chat.say(chat._world.people[chat.id], voice=voice, seconds=10)


def _texts(telegram: BotApi) -> dict[int, float]:
    """When each chat got its text, in Unix seconds."""
    messages = telegram.called("sendMessage") + telegram.called("editMessageText")
    return {
        one.params["chat_id"]: one.at for one in messages if one.status == 200 and SAID in one.params.get("text", "")
    }


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


async def house(address: Address, folder: Path, door: "Connection[list[float], str]") -> None:
    """Earmark as `earmark run` opens it; everybody has an allowance, so every note is held and settled."""
    provider, answers = _provider(folder)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic's
        data_dir=folder / "data",
        plan=Plan.ALLOWANCE,
        model="paid",
        telegram_token=SecretStr(address.token),
        telegram_base_url=address.base_url,
        telegram_base_file_url=address.base_file_url,
    )
    async with (
        Fetcher() as fetcher,
        open_books(settings, MODELS) as books,
        open_telegram(settings, books, fetcher) as telegram,
        open_service(settings, Parts([telegram.adapter], [provider], MODELS), books) as service,
        listening(telegram, service),
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
        await message.reply_text(getattr(said, "text", ""), do_quote=True)

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


async def _no_report(_fraction: float) -> None:
    pass


if __name__ == "__main__":
    for what, value, target in measure():
        print(f"{what:65}{value:>22}   target {target}")
