"""Voice notes in five languages for the speech benchmark: real prompts from Debian's packages, joined.

The packages asterisk-core-sounds-* (Digium and its speakers; CC-BY-SA 3.0, Italian and Russian CC-BY 3.0) are
downloaded once by apt-get into the user's cache and unpacked there, not installed. Their texts have typing errors:
compare recognisers on them with one another, not with zero.
"""

import gzip
import os
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

from bot.media.pcm import RATE

LANGUAGES = ("en", "es", "fr", "it", "ru")
LENGTHS = ((3, 6), (3, 6), (6, 9), (9, 13), (13, 18), (18, 24), (24, 30))
"""Seconds of a language's seven notes: at least, at most."""
MIXTURES = ("en en es es", "es es en en", "ru en ru", "fr fr it it", "en ru ru ru", "it it ru ru", "en en en fr fr")
"""Languages of the sentences of each note in several."""

Samples = NDArray[np.float32]

_LEVEL = 300 / 32768
"""Loudness of a sample that belongs to a prompt, not to the pause around it."""
_ODD = re.compile(r"[\[\]<>(){}*#\d~\ufffd]|\.\.\.")
_TRIES = 200


class NoClips(Exception):
    """The packages cannot be had: no Debian, or no network."""


@dataclass(frozen=True)
class Clip:
    """A recording, and what is said in it."""

    name: str
    language: str
    text: str
    sound: Samples

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


@dataclass(frozen=True)
class _Prompt:
    text: str
    file: Path

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def is_long(self) -> bool:
        return len(self.sound) >= 2 * RATE

    @cached_property
    def sound(self) -> Samples:
        return trimmed(decoded(self.file))


def notes(seed: int = 1) -> list[Clip]:
    """Return 35 notes: seven a language, of the lengths in LENGTHS. Raises NoClips."""
    chance = random.Random(seed)
    return [
        _note(f"{language}-{number}", language, length, chance)
        for language in LANGUAGES
        for number, length in enumerate(LENGTHS)
    ]


def single_words(seed: int = 1) -> list[Clip]:
    """Return 25 recordings of one word or two, five a language. Raises NoClips."""
    chance = random.Random(seed)
    return [
        Clip(f"{language} word {number}", language, one.text, one.sound)
        for language in LANGUAGES
        for number, one in enumerate(chance.sample([p for p in _prompts(language) if p.words <= 2], 5))
    ]


def mixed(seed: int = 1) -> list[Clip]:
    """Return a note for each of MIXTURES: sentences in two languages, one after the other. Raises NoClips."""
    chance = random.Random(seed)
    return [_in_languages(mixture, chance) for mixture in MIXTURES]


def crosstalk(seed: int = 1) -> list[Clip]:
    """Return five recordings in which two people speak at the same time. Raises NoClips."""
    chance = random.Random(seed)
    pairs = zip(LANGUAGES, LANGUAGES[1:] + LANGUAGES[:1], strict=True)
    return [_mixed(*(_note("", language, (18, 24), chance) for language in pair)) for pair in pairs]


def reading(seconds: float, seed: int = 1) -> Clip:
    """Return a long English recording: sentences with pauses between. Raises NoClips."""
    return _note(f"{seconds:.0f} s of English", "en", (seconds, seconds + 15), random.Random(seed))


def length_class(clip: Clip) -> tuple[int, int]:
    """Return the class of LENGTHS that a note was made for."""
    return LENGTHS[int(clip.name.split("-")[1])]


def _note(name: str, language: str, length: tuple[float, float], chance: random.Random) -> Clip:
    """Return prompts in a row, no shorter and no longer than asked for."""
    prompts = [one for one in _prompts(language) if 5 <= one.words <= 28]
    for _ in range(_TRIES):
        chosen: list[_Prompt] = []
        parts = [_pause(chance)]
        seconds = 0.0
        for prompt in chance.sample(prompts, len(prompts)):
            chosen.append(prompt)
            parts += [prompt.sound, _pause(chance)]
            seconds = sum(map(len, parts)) / RATE
            if seconds >= length[0]:
                break
        if seconds <= length[1]:
            return Clip(name, language, " ".join(one.text for one in chosen), np.concatenate(parts))
    raise NoClips(f"no prompts of {language} are {length[0]} to {length[1]} s long together")


def _in_languages(mixture: str, chance: random.Random) -> Clip:
    """Return a prompt of each of these languages in a row."""
    languages = mixture.split()
    chosen = [
        chance.choice([one for one in _prompts(lang) if 5 <= one.words <= 28 and one.is_long]) for lang in languages
    ]
    parts = [part for prompt in chosen for part in (_pause(chance), prompt.sound)]
    text = " ".join(prompt.text for prompt in chosen)
    return Clip(mixture, languages[0], text, np.concatenate([*parts, _pause(chance)]))


def _mixed(one: Clip, other: Clip) -> Clip:
    length = min(len(one.sound), len(other.sound))
    both = (one.sound[:length] + other.sound[:length]) / np.float32(2)
    return Clip(f"crosstalk {one.language}, {other.language}", one.language, f"{one.text} {other.text}", both)


def _pause(chance: random.Random) -> Samples:
    hiss = np.random.default_rng(chance.randrange(1 << 30)).standard_normal(int(RATE * chance.uniform(0.2, 0.9)))
    return (hiss * 0.0001).astype(np.float32)


@cache
def _prompts(language: str) -> list[_Prompt]:
    """Return the prompts of a language that are all words; sounds and unfinished sentences are left out."""
    folder = packages(f"asterisk-core-sounds-{language}", f"asterisk-core-sounds-{language}-g722")
    listing = folder / f"usr/share/doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz"
    (sounds,) = (folder / "usr/share/asterisk/sounds").glob(f"{language}_*")
    return list(_listed(gzip.decompress(listing.read_bytes()).decode("utf-8-sig"), sounds))


def _listed(text: str, sounds: Path) -> Iterator[_Prompt]:
    for line in text.splitlines():
        found = re.match(r"([\w-]+):\s*(.+)$", line.strip())
        if found and not _ODD.search(found[2]) and (file := sounds / f"{found[1]}.g722").is_file():
            yield _Prompt(found[2].strip(), file)


@cache
def packages(*names: str) -> Path:
    """Return the folder with unpacked packages, downloaded if they are not there. Raises NoClips."""
    folder = _cache_folder() / names[0]
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "-q", "download", *names], cwd=folder, check=True, capture_output=True)
            for package in folder.glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, folder], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoClips(f"{' and '.join(names)} cannot be downloaded by apt-get: {error}") from error
        (folder / "complete").touch()
    return folder


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "earmark-bench"


def decoded(file: Path) -> Samples:
    """Return the samples of a prompt; G.722 has no header."""
    form = ("-f", "g722") if file.suffix == ".g722" else ()
    command = [get_ffmpeg_exe(), "-v", "error", *form, "-i", str(file), "-ac", "1", "-ar", str(RATE)]
    raw = subprocess.run([*command, "-f", "s16le", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768)


def trimmed(sound: Samples) -> Samples:
    """Return a prompt without the silence around it."""
    loud = np.flatnonzero(np.abs(sound) > _LEVEL)
    return sound[max(0, loud[0] - 800) : loud[-1] + 1600] if len(loud) else sound
