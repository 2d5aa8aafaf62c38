"""Accuracy and cost of telling speakers apart: conversations that are hard, easy ones, and monologues.

`make bench PARTS=speakers`. Words are those that the embedded engine recognises; a word goes to the wrong speaker if
its middle is in no turn of that speaker's. If two speak at once, either is right.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.domain.errors import NoSpeech
from bot.domain.note import Options, Reached
from bot.domain.transcript import Word
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.speakers.diarizer import Diarizer
from bot.providers.embedded.speakers.embedding import Embedder
from bot.providers.embedded.transcriber import LocalTranscriber, open_embedder
from bot.providers.embedded.weights import ModelFolders
from tests.bench.clips import NoClips
from tests.bench.conversations import HARD, HELD_OUT, KNOWN, Conversation, conversations
from tests.bench.table import Row, rows_in_a_folder
from tests.helpers.diarization import words_of_wrong_speaker
from tests.helpers.speech import Player, from_floats

_ALONE = "one voice"


@dataclass(frozen=True)
class Judged:
    """A conversation and its speakers as they were found."""

    conversation: Conversation
    words: int
    wrong: int
    found: int

    @property
    def has_right_number(self) -> bool:
        return self.found == self.conversation.voices


def measure() -> Iterator[Row]:
    """Yield every row, as soon as it is known."""
    return rows_in_a_folder(_rows)


async def _rows(folder: Path) -> AsyncIterator[Row]:
    player, embedder = Player(), open_embedder("")
    one = Hardware(threads=1, workers=1)
    async with LocalTranscriber(
        *("base", ModelFolders(folder)), listen=player.windows, hardware=one, load_voices=lambda _: embedder
    ) as local:
        for half in (KNOWN, HELD_OUT):
            try:
                played = list(conversations(half))
            except NoClips as error:
                yield "speakers", str(error), ""
                return
            judged = [await _judged(local, player, one) for one in played]
            for row in _of_half(half, judged):
                yield row
            yield f"{half}: voices, processor s / length", f"{_cost(embedder, played):.3f}", ""


async def _judged(local: LocalTranscriber, player: Player, played: Conversation) -> Judged:
    audio = player.add(played.name, from_floats(played.sound.astype(np.float64)))
    words: tuple[Word, ...] = ()
    with suppress(NoSpeech):
        words = (await local.submit(audio, Options("whisper-base", speakers=True), _ignore)).words
    found = len({word.speaker for word in words})
    return Judged(played, len(words), words_of_wrong_speaker(played.said, words), found)


async def _ignore(_reached: Reached) -> None:
    """Take a report."""


def _of_half(half: str, judged: Sequence[Judged]) -> Iterator[Row]:
    for kind in dict.fromkeys(one.conversation.kind for one in judged):
        yield _row(f"{half}, {kind}", [one for one in judged if one.conversation.kind == kind])
    alone = [one for one in judged if one.conversation.kind.startswith(_ALONE)]
    hard = [one for one in judged if one.conversation.kind in HARD]
    yield _row(f"{half}, all that are hard", hard)
    yield _row(f"{half}, all that are easy", [one for one in judged if one not in hard and one not in alone])
    yield _row(f"{half}, all of one voice", alone)


def _row(what: str, some: Sequence[Judged]) -> Row:
    wrong, words = sum(one.wrong for one in some), sum(one.words for one in some)
    right = sum(one.has_right_number for one in some)
    return f"{what}: words of the wrong speaker, number right", f"{wrong} of {words}, {right} of {len(some)}", ""


def _cost(embedder: Embedder, played: Sequence[Conversation]) -> float:
    """Return the processor time of telling voices apart by the length of the recordings."""
    begin = time.process_time()
    for one in played:
        voices = Diarizer(embedder)
        for _ in voices.add_chunk(one.sound, 0.0):
            pass
        voices.turns(None, lambda: None)
    return (time.process_time() - begin) / sum(len(one.sound) / RATE for one in played)
