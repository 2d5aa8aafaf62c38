"""The folder of a speech model: included, the operator's, or one that was pulled. Nothing is fetched here."""

import asyncio
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from importlib.util import find_spec
from pathlib import Path

import structlog

from bot.domain.errors import BadSettings, DiskFull, ModelMissing
from bot.providers.embedded.bundled import BUNDLED, Part, bundled_parts, is_joined, join_once
from bot.providers.embedded.model_files import files_of
from bot.providers.embedded.named_models import NAMED, repository_of

log = structlog.get_logger()

_NO_ENGINE = "the embedded engine is not installed here (package faster-whisper); a cloud provider works without it."


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
        """Return the folder of models from the hub."""
        return self.data / "models" / "hub"

    def pulled(self, repository: str, revision: str) -> Path:
        """Return the folder of a repository's files of one revision."""
        return self.hub / repository.replace("/", "--") / revision


def _user_cache() -> Path:
    """Return this program's part of the user's cache folder, by the rules of freedesktop.org."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earmark"


async def model_folder(model: str, folders: ModelFolders) -> Path:
    """Return the folder of a model, prepared if necessary. The work is done off the event loop.

    `model` is "base" (the included one), a folder with a model for faster-whisper or sherpa-onnx, or the name of one
    that was pulled ("small", "Systran/faster-whisper-medium"). Raises ModelMissing, DiskFull or BadSettings.
    """
    return await asyncio.to_thread(find_model, model, folders)


def is_installed() -> bool:
    """Return False if the embedded engine was left out of the installation, as for a cloud provider alone."""
    return find_spec("faster_whisper") is not None


def find_model(model: str, folders: ModelFolders) -> Path:
    """Do the work of model_folder in the calling thread. Blocking."""
    model = model.strip() or BUNDLED
    if not is_installed():
        raise ModelMissing(model=model, what_to_do=_NO_ENGINE)
    try:
        if model == BUNDLED:
            return _included(folders)
        folder = Path(model).expanduser()
        if folder.is_dir() or folder.is_absolute() or model.startswith((".", "~")):
            files_of(folder, model)
            return folder
        return _pulled(model, folders)
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise DiskFull from error
        raise BadSettings(reason=f"the model {model} cannot be read or kept ({error.strerror or error})") from error


def _included(folders: ModelFolders) -> Path:
    """Return the folder of Whisper base: from its packages or, if they are gone, as it was joined or pulled."""
    try:
        parts = bundled_parts()
    except ModelMissing:
        if is_joined(folders.bundled):  # a container has no second copy of the weights
            return folders.bundled
        with suppress(ModelMissing):
            return _pulled(BUNDLED, folders)
        raise
    return _bundled(folders, parts)


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


def _pulled(model: str, folders: ModelFolders) -> Path:
    """Return the folder of a model that was pulled. Raises ModelMissing with the command that pulls it."""
    repository = repository_of(model)
    for folder in _revisions(model, repository, folders):
        with suppress(ModelMissing):
            files_of(folder, model)
            return folder
    size = f" ({NAMED[model].bytes / 1e6:,.0f} MB)" if model in NAMED else ""
    raise ModelMissing(
        model=model, what_to_do=f"it is not on this machine; `earmark models pull {model}` fetches it{size}."
    )


def _revisions(model: str, repository: str, folders: ModelFolders) -> list[Path]:
    """Return the folders of a repository that there may be: the pinned revision, others, those of earlier releases."""
    mine, former = folders.pulled(repository, "x").parent, folders.hub / f"models--{repository.replace('/', '--')}"
    pinned = [mine / NAMED[model].revision] if model in NAMED else []
    others = [*_newest_first(mine), *_newest_first(former / "snapshots")]
    return [*pinned, *others]


def _newest_first(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted((one for one in folder.iterdir() if one.is_dir()), key=lambda one: -one.stat().st_mtime)
