"""Recordings that are named on the command line: files, folders, patterns, links, and standard input.

All that can be checked is checked here, before a database or a model is opened.
"""

import asyncio
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

from bot.domain.errors import EarmarkError, NotFound
from bot.domain.plain_text import one_line

STANDARD_INPUT = "-"
_SOUND = "3gp aac aif aiff amr avi caf flac m4a m4b mka mkv mov mp3 mp4 mpeg mpg oga ogg ogv opus wav weba webm wma wmv"
SOUND_SUFFIXES = frozenset(f".{name}" for name in _SOUND.split())
"""Names of files in a folder that are taken; a file that is named by itself may have any."""
_LINKS = ("http://", "https://")
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Input:
    """A recording that was named."""

    name: str
    """As the user named it, for messages."""
    path: Path
    """The file; of a link or of standard input where it is going to be."""
    link: str = ""
    """The link that it is fetched from; "": it is on this machine."""

    @property
    def stem(self) -> str:
        """The name of a file with its text, without a suffix."""
        return self.path.stem if self.link or self.name == STANDARD_INPUT else Path(self.name).stem


@contextmanager
def folder_for_arrivals() -> Iterator[Path]:
    """Yield a folder for what links and standard input bring; it is made by the first of them, and removed again."""
    folder = Path(gettempdir()) / f"earmark-{uuid4()}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_input(word: str) -> bool:
    """Return True if a word names a recording rather than a command."""
    return word == STANDARD_INPUT or is_link(word) or bool(_WILD & {*word}) or Path(word).exists()


def is_link(word: str) -> bool:
    return word.lower().startswith(_LINKS)


def inputs_of(words: Sequence[str], folder: Path) -> tuple[list[Input], dict[str, EarmarkError]]:
    """Return the recordings in the order in which they were named, and an error for each word that names none.

    `folder` is for those that are not on this machine yet.
    """
    found: list[Input] = []
    missing: dict[str, EarmarkError] = {}
    for number, word in enumerate(words):
        one = [*_inputs_of(word, folder / f"{number}")]
        found += one
        if not one:
            missing[word] = NotFound(name=one_line(word))
    return found, missing


def _inputs_of(word: str, own: Path) -> Iterator[Input]:
    path = Path(word)
    if word == STANDARD_INPUT:
        yield Input(word, own / "standard-input")
    elif is_link(word):
        yield Input(word, own / _name_in(word), word)
    elif path.is_dir():
        yield from (Input(str(file), file) for file in _sounds_in(path))
    elif path.exists():
        yield Input(word, path)
    else:
        yield from (Input(name, Path(name)) for name in sorted(glob(word)) if Path(name).is_file())


def _sounds_in(folder: Path) -> list[Path]:
    """Return the recordings of a folder, by name, without those of its folders."""
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.lower() in SOUND_SUFFIXES)


def _name_in(link: str) -> str:
    """Return a file's name for a link: the end of its path, if that is a plain name."""
    name = link.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    return name if name and "%" not in name and name == Path(name).name else "link"


async def keep_standard_input(target: Path) -> None:
    """Write standard input to a file, as it comes."""
    target.parent.mkdir(parents=True, exist_ok=True)

    def copy() -> None:
        with target.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)

    await asyncio.to_thread(copy)
