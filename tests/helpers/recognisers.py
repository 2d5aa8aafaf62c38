"""A model that does as it is told, and the embedded engine with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.domain.audio import Audio
from bot.domain.transcript import Word
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.speech import Player

Recognised = tuple[str, Iterator[RawSegment]]


class Puppet:
    """A model that hears whatever `hear` says, and remembers what it was asked."""

    def __init__(self, recognise: Callable[[Samples, Wanted], Recognised]) -> None:
        self._hear = recognise
        self.asked: list[tuple[float, Wanted]] = []
        self.loaded = 0

    def load(self, folder: Path, name: str, hardware: Hardware) -> "Puppet":
        self.loaded += 1
        return self

    def recognise(self, sound: Samples, wanted: Wanted) -> Recognised:
        self.asked.append((len(sound) / RATE, wanted))
        return self._hear(sound, wanted)


def says(*pieces: RawSegment, language: str = "en") -> Callable[[Samples, Wanted], Recognised]:
    return lambda sound, asked: (language, iter(pieces))


def segment(text: str, start: float, end: float) -> RawSegment:
    return RawSegment(text, start, end, (Word(text.strip(), start, end),))


def opened(
    puppet: Puppet, player: Player, folder: Path, chunk_seconds: float = 300, workers: int = 1
) -> LocalTranscriber:
    return LocalTranscriber(
        str(folder),
        ModelFolders(folder),
        listen=player.windows,
        hardware=Hardware(workers=workers),
        chunk_seconds=chunk_seconds,
        load=puppet.load,
    )


def silence(player: Player, seconds: float) -> Audio:
    return player.add(f"silence of {seconds} s", bytes(int(seconds * RATE) * 2))
