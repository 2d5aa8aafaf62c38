"""Cost and accuracy of recognition alone, against the control: short notes in five languages, odd sounds, an hour.

`make bench PARTS=recognition`. Costs are seconds of processors of the whole process, one thread, both recognisers
by turns in one run: on a machine that does other things their ratios hold, the seconds do not.
"""

import asyncio
import statistics
import time
import wave
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np

from bot.domain.errors import NoSpeech
from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware, processors
from bot.providers.embedded.recogniser import Load
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from bot.providers.embedded.whisper import Whisper
from tests.bench.clips import LENGTHS, Clip, NoClips, crosstalk, length_class, mixed, notes, reading, single_words
from tests.bench.control import Control
from tests.bench.speech import peak_memory
from tests.bench.table import Row, rows_in_a_folder
from tests.helpers.noises import noises
from tests.helpers.speech import Player, from_floats, plain

_RATIOS = {(3, 6): "<= 0.15", (9, 13): "<= 0.25", (18, 24): "<= 0.40"}
_LONG = 10 * 60
_AT_ONCE = 12
_MIXED_SEEDS = 3


@dataclass(frozen=True)
class Heard:
    """A clip, its text by one of the recognisers, and the cost."""

    clip: Clip
    text: str
    language: str
    processors: float


@dataclass(frozen=True)
class Both:
    """A clip by the recogniser and by the control."""

    new: Heard
    old: Heard


class Bench:
    """The embedded engine with the recogniser and with the control."""

    def __init__(self, new: LocalTranscriber, old: LocalTranscriber, player: Player) -> None:
        self._new, self._old, self._player = new, old, player

    async def both(self, clip: Clip) -> Both:
        return Both(await self.new(clip), await self._heard(self._old, clip))

    async def new(self, clip: Clip) -> Heard:
        return await self._heard(self._new, clip)

    async def _heard(self, local: LocalTranscriber, clip: Clip) -> Heard:
        audio = self._player.add(clip.name, from_floats(clip.sound.astype(np.float64)))
        begin = time.process_time()
        try:
            said = await local.submit(audio, Options("whisper-base"), _ignore)
        except NoSpeech:
            return Heard(clip, "", "", time.process_time() - begin)
        return Heard(clip, said.text, said.language, time.process_time() - begin)


async def _ignore(_reached: Reached) -> None:
    """Take a report."""


@asynccontextmanager
async def _opened(folders: ModelFolders) -> AsyncIterator[Bench]:
    player, one = Player(), Hardware(threads=1, workers=1)
    async with AsyncExitStack() as stack:
        new, old = [
            await stack.enter_async_context(
                LocalTranscriber("base", folders, listen=player.windows, hardware=one, load=load)
            )
            for load in (Whisper, lambda folder, name, hardware: Control(folder))
        ]
        await new.warm_up()
        await old.warm_up()
        yield Bench(new, old, player)


def measure() -> Iterator[Row]:
    """Yield every row, as soon as it is known."""
    return rows_in_a_folder(_rows)


async def _rows(folder: Path) -> AsyncIterator[Row]:
    folders = ModelFolders(folder)
    try:
        short, odd, long = notes(), single_words() + crosstalk(), reading(_LONG)
        of_two = [clip for seed in range(_MIXED_SEEDS) for clip in mixed(seed)]
    except NoClips as error:
        yield "recognition", str(error), ""
        return
    async with _opened(folders) as bench:
        await bench.both(short[0])
        for row in _of_notes([await bench.both(clip) for clip in short]):
            yield row
        for row in _of_mixed([await bench.both(clip) for clip in of_two]):
            yield row
        for row in _of_odd([await bench.new(clip) for clip in odd]):
            yield row
        for row in await _of_noises(bench):
            yield row
        for row in _of_long(await bench.both(long)):
            yield row
    yield "a short note: peak memory", f"{peak_memory(_saved(short[0], folder), folder) / 1e6:.0f} MB", "<= 450 MB"
    for row in await _at_once(folders, [clip for clip in short if length_class(clip) == (9, 13)]):
        yield row


def _of_notes(heard: list[Both]) -> Iterator[Row]:
    """Yield the rows of the 35 notes: cost by length and over all, accuracy, languages, the dearest."""
    for length in dict.fromkeys(LENGTHS):
        some = [one for one in heard if length_class(one.new.clip) == length]
        median = statistics.median(one.new.processors for one in some)
        what = f"notes of {length[0]}-{length[1]} s: processor s, median; against the control"
        yield what, f"{median:.2f} s, {_ratio(some):.2f}", _RATIOS.get(length, "")
    yield "35 notes: processor s against the control", f"{_ratio(heard):.2f}", "<= 0.40"
    new, old = (_word_errors(group) for group in zip(*((one.new, one.old) for one in heard), strict=True))
    yield "35 notes: word error rate, and of the control", f"{new:.1%}, {old:.1%}", "<= +0.3 points"
    for name, group in (("recogniser", [one.new for one in heard]), ("control", [one.old for one in heard])):
        wrong = sum(one.language != one.clip.language for one in group)
        yield f"35 notes: languages found wrong, {name}", f"{wrong}", ""
    yield (
        "35 notes: the dearest against the median of its length",
        f"{_dearest([one.new for one in heard]):.1f}",
        "<= 3",
    )


def _of_mixed(heard: list[Both]) -> Iterator[Row]:
    """Yield the rows of notes in two languages. A half that is dropped or invented is a rate of 50 % or more."""
    new, old = ([_word_errors([one]) for one in group] for group in zip(*((o.new, o.old) for o in heard), strict=True))
    what = f"{len(heard)} notes in two languages"
    yield (
        f"{what}: word error rate, and of the control",
        f"{statistics.mean(new):.1%}, {statistics.mean(old):.1%}",
        "<= 15 %",
    )
    yield f"{what}: the worst, and of the control", f"{max(new):.1%}, {max(old):.1%}", "< 50 %"
    yield f"{what}: processor s against the control", f"{_ratio(heard):.2f}", ""


def _of_odd(heard: list[Heard]) -> Iterator[Row]:
    """Yield the rows of single words and of crosstalk."""
    for name in ("word", "crosstalk"):
        some = [one for one in heard if name in one.clip.name]
        costs = [one.processors for one in some]
        what = f"{len(some)} recordings, {name}"
        yield f"{what}: processor s, median", f"{statistics.median(costs):.2f} s", ""
        yield f"{what}: the dearest against the median", f"{max(costs) / statistics.median(costs):.1f}", "<= 3"
        yield f"{what}: word error rate", f"{_word_errors(some):.1%}", ""


async def _of_noises(bench: Bench) -> list[Row]:
    heard = [
        await bench.new(Clip(name, "", "", np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(32768)))
        for name, sound in noises().items()
    ]
    silent = next(one for one in heard if one.clip.name == "digital silence")
    return [
        ("silence, 10 s: processor s", f"{silent.processors:.3f} s", "<= 0.05 s"),
        (f"{len(heard)} sounds without speech: texts made up", f"{sum(bool(one.text) for one in heard)}", "0"),
        ("sounds without speech: the dearest", f"{max(one.processors for one in heard):.3f} s", ""),
    ]


def _of_long(heard: Both) -> Iterator[Row]:
    name = f"{heard.new.clip.seconds / 60:.0f} min of English"
    yield f"{name}: processor s against the control", f"{_ratio([heard]):.2f}", "<= 0.7"
    yield f"{name}: processor s / length", f"{heard.new.processors / heard.new.clip.seconds:.3f}", ""
    new, old = (_word_errors([one]) for one in (heard.new, heard.old))
    yield f"{name}: word error rate, and of the control", f"{new:.1%}, {old:.1%}", "<= control"
    words = [len(plain(text).split()) for text in (heard.new.clip.text, heard.new.text)]
    yield f"{name}: words said, and written", f"{words[0]}, {words[1]}", ""


async def _at_once(folders: ModelFolders, clips: list[Clip]) -> list[Row]:
    """Return the rows of many notes at the same time: the control had one worker with all processors."""
    wide = Hardware(threads=processors(), workers=1)
    new = await _a_minute(folders, clips, Hardware(), Whisper)
    one_worker = await _a_minute(folders, clips, wide, Whisper)
    old = await _a_minute(folders, clips, wide, lambda folder, name, _: Control(folder, processors()))
    return [
        ("notes of 10 s a minute", f"{new:.0f}", ""),
        ("notes of 10 s a minute, against the control", f"{new / old:.1f}", ">= 3"),
        ("notes of 10 s a minute, against one worker with all threads", f"{new / one_worker:.1f}", ""),
    ]


async def _a_minute(folders: ModelFolders, clips: list[Clip], hardware: Hardware, load: Load) -> float:
    player = Player()
    sounds = [
        player.add(f"{number}", from_floats(clips[number % len(clips)].sound.astype(np.float64)))
        for number in range(_AT_ONCE)
    ]
    async with LocalTranscriber("base", folders, listen=player.windows, hardware=hardware, load=load) as local:
        await local.warm_up()
        begin = time.perf_counter()
        submitted = (local.submit(one, Options("whisper-base"), _ignore) for one in sounds)
        for ended in await asyncio.gather(*submitted, return_exceptions=True):
            assert isinstance(ended, Transcript | NoSpeech), ended
        return 60 * len(sounds) / (time.perf_counter() - begin)


def _ratio(heard: list[Both]) -> float:
    return sum(one.new.processors for one in heard) / sum(one.old.processors for one in heard)


def _word_errors(heard: Sequence[Heard]) -> float:
    return float(jiwer.wer([plain(one.clip.text) for one in heard], [plain(one.text) for one in heard]))


def _dearest(heard: list[Heard]) -> float:
    """Return the greatest cost of a note as a multiple of the median of its length."""
    worst = 0.0
    for length in dict.fromkeys(LENGTHS):
        costs = [one.processors for one in heard if length_class(one.clip) == length]
        worst = max(worst, max(costs) / statistics.median(costs))
    return worst


def _saved(clip: Clip, folder: Path) -> Path:
    path = folder / "note.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(from_floats(clip.sound.astype(np.float64)))
    return path
