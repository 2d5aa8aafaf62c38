"""Conversations and monologues for the benchmark of speakers: prompts of real voices, cut together.

Two halves that share no clip: one to improve on, and one that is only measured. Three voices speak in the second alone.
"""

import random
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

from bot.media.pcm import RATE
from tests.bench.clips import Samples, decoded, packages, trimmed
from tests.helpers.diarization import Spoken

KNOWN, HELD_OUT = "known half", "other half"
_ALLISON, _ALLISON_ES, _JUNE, _CARLO, _RUSSIAN = "Allison", "Allison in Spanish", "June", "Carlo", "Ivrvoice"
_ARMELLE, _MENARDI, _COLOMBIAN = "Armelle", "Menardi", "Colombian"
_PACKAGES = {
    _ALLISON: ("asterisk-core-sounds-en-g722", "en_US_f_Allison"),
    _ALLISON_ES: ("asterisk-core-sounds-es-g722", "es_MX_f_Allison"),
    _JUNE: ("asterisk-core-sounds-fr-g722", "fr_CA_f_June"),
    _CARLO: ("asterisk-core-sounds-it-g722", "it_IT_m_Carlo"),
    _RUSSIAN: ("asterisk-core-sounds-ru-g722", "ru_RU_f_IvrvoiceRU"),
    _ARMELLE: ("asterisk-prompt-fr-armelle", "fr"),
    _MENARDI: ("asterisk-prompt-it-menardi-wav", "it_IT_f_Menardi"),
    _COLOMBIAN: ("asterisk-prompt-es-co", "es"),
}
"""The package of each voice, and its folder of sounds."""
_PERSON = {_ALLISON_ES: _ALLISON}
"""Voices that are another language of the same person."""

_USUAL, _SHORT = (2.5, 7.0), (1.2, 2.0)
"""Seconds of a turn: at least, at most."""


@dataclass(frozen=True)
class Conversation:
    """A recording, and the turns of its speakers, which may overlap."""

    name: str
    kind: str
    half: str
    sound: Samples
    said: list[Spoken]

    @property
    def voices(self) -> int:
        return len({turn.speaker for turn in self.said})


Effect = Callable[[Samples, int], Samples]


@dataclass(frozen=True)
class _Script:
    """A kind of conversation: the voices of its turns, by their places in a cast."""

    kind: str
    turns: Sequence[int]
    overlap: float = 0.0
    short: Sequence[int] = ()
    """Turns of one short reply."""
    effect: Effect | None = None
    quieter: Sequence[float] = ()
    """Decibels by which a voice is quieter."""


def _in_noise(sound: Samples, seed: int) -> Samples:
    """Return it 10 dB above a hiss."""
    hiss = np.random.default_rng(seed).standard_normal(len(sound))
    noisy: Samples = (sound + np.sqrt(np.mean(sound**2) / 10) * hiss).astype(np.float32)
    return noisy


def _as_opus(sound: Samples, seed: int) -> Samples:
    """Return it after Opus at 16 kbit/s."""
    raw = ("-f", "s16le", "-ar", str(RATE), "-ac", "1")
    bare = (get_ffmpeg_exe(), "-v", "error")
    data = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    encode = [*bare, *raw, "-i", "-", "-c:a", "libopus", "-b:a", "16k", "-application", "voip", "-f", "ogg", "-"]
    packed = subprocess.run(encode, input=data, check=True, capture_output=True).stdout
    heard = subprocess.run([*bare, "-f", "ogg", "-i", "-", *raw, "-"], input=packed, check=True, capture_output=True)
    return np.frombuffer(heard.stdout, "<i2").astype(np.float32) / np.float32(32768)


def _by_telephone(sound: Samples, seed: int) -> Samples:
    """Return it after a line of 8 kHz with the mu law."""
    raw = ("-f", "s16le", "-ar", str(RATE), "-ac", "1")
    bare = (get_ffmpeg_exe(), "-v", "error")
    data = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    line = ("-f", "mulaw", "-ar", "8000", "-ac", "1")
    packed = subprocess.run([*bare, *raw, "-i", "-", *line, "-"], input=data, check=True, capture_output=True).stdout
    heard = subprocess.run([*bare, *line, "-i", "-", *raw, "-"], input=packed, check=True, capture_output=True)
    return np.frombuffer(heard.stdout, "<i2").astype(np.float32) / np.float32(32768)


_HARD = (
    _Script("Opus 16 kbit/s, two", [0, 1] * 4, effect=_as_opus),
    _Script("a third voice with one short reply", [0, 1, 0, 1, 2, 0, 1], short=[4]),
    _Script("overlaps of 0.7 s, two", [0, 1] * 4, overlap=0.7),
    _Script("overlaps of 1.5 s, two", [0, 1] * 4, overlap=1.5),
    _Script("overlaps of 1.5 s, three", [0, 1, 2] * 3, overlap=1.5),
    _Script("noise at 10 dB, two", [0, 1] * 4, effect=_in_noise),
)
_EASY = (
    _Script("two", [0, 1] * 4),
    _Script("three", [0, 1, 2] * 3),
    _Script("short turns, two", [0, 1] * 5, short=range(10)),
    _Script("telephone, two", [0, 1] * 4, effect=_by_telephone),
    _Script("one 18 dB quieter, two", [0, 1] * 4, quieter=[0, 18]),
)
_ALONE = (
    _Script("one voice", [0] * 7),
    _Script("one voice, Opus 16 kbit/s", [0] * 7, effect=_as_opus),
    _Script("one voice, noise at 10 dB", [0] * 7, effect=_in_noise),
    _Script("one voice, telephone", [0] * 7, effect=_by_telephone),
)
_TWO_LANGUAGES = _Script("one person, two languages", [0, 0, 0, 1, 1, 1])
HARD = (*(script.kind for script in _HARD), _TWO_LANGUAGES.kind)

_KNOWN_CASTS = ((_ALLISON, _CARLO, _RUSSIAN), (_JUNE, _ALLISON_ES, _CARLO), (_RUSSIAN, _JUNE, _ALLISON))
_OTHER_CASTS = ((_MENARDI, _ARMELLE, _CARLO), (_COLOMBIAN, _JUNE, _MENARDI), (_ALLISON, _RUSSIAN, _JUNE))


def conversations(half: str) -> Iterator[Conversation]:
    """Yield a half of the set. Raises NoClips."""
    casts, voices = {
        KNOWN: (_KNOWN_CASTS, [_ALLISON, _ALLISON_ES, _JUNE, _CARLO, _RUSSIAN]),
        HELD_OUT: (_OTHER_CASTS, list(_PACKAGES)),
    }[half]
    for number, cast in enumerate(casts):
        for script in (*_HARD, *_EASY):
            yield _played(script, cast, half, number)
    for number, voice in enumerate(voices):
        for script in _ALONE:
            yield _played(script, (voice,), half, number)
    for number, pair in enumerate([(_ALLISON, _ALLISON_ES), (_ALLISON_ES, _ALLISON)] * 2):
        yield _played(_TWO_LANGUAGES, pair, half, number)


def _played(script: _Script, cast: Sequence[str], half: str, number: int) -> Conversation:
    chance = random.Random(f"{script.kind} {cast} {half} {number}")
    quieter = [*script.quieter, *([0.0] * len(cast))]
    parts: list[tuple[int, Samples]] = []
    said: list[Spoken] = []
    at = RATE // 3
    for place, who in enumerate(script.turns):
        clip = _clip(cast[who], half, _SHORT if place in script.short else _USUAL, chance)
        clip = clip * np.float32(10 ** (-quieter[who] / 20))
        person = _PERSON.get(cast[who], cast[who])
        said.append(Spoken(at / RATE, (at + len(clip)) / RATE, person))
        parts.append((at, clip))
        at += (
            len(clip) - int(script.overlap * RATE)
            if script.overlap
            else len(clip) + int(chance.uniform(0.3, 0.9) * RATE)
        )
    sound = _laid(parts, chance.randrange(1 << 30))
    if script.effect:
        sound = script.effect(sound, number)
    return Conversation(f"{script.kind}: {', '.join(cast)} {number}", script.kind, half, sound, said)


def _laid(parts: Sequence[tuple[int, Samples]], seed: int) -> Samples:
    length = max(at + len(clip) for at, clip in parts) + RATE // 2
    sound = (np.random.default_rng(seed).standard_normal(length) * 0.0001).astype(np.float32)
    for at, clip in parts:
        sound[at : at + len(clip)] += clip
    return sound


def _clip(voice: str, half: str, seconds: tuple[float, float], chance: random.Random) -> Samples:
    fitting = [clip for clip in _clips(voice, half) if seconds[0] <= len(clip) / RATE <= seconds[1]]
    return chance.choice(fitting)


@cache
def _clips(voice: str, half: str) -> list[Samples]:
    """Return a voice's clips of a half; those of a voice that is another language count as its own."""
    package, name = _PACKAGES[voice]
    folder = packages(package) / "usr/share/asterisk/sounds" / name
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".g722", ".gsm", ".wav"))
    return [trimmed(decoded(file)) for file in _of_half(files, half)]


def _of_half(files: Sequence[Path], half: str) -> Sequence[Path]:
    return files[half == HELD_OUT :: 2]
