"""Fetching of models from the hub when an operator asks for it: of one revision, resumed, each file checked.

huggingface_hub itself keeps nothing of a file that broke off, so the file to continue is held here.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from filelock import FileLock, Timeout

from bot.domain.errors import BadSettings, DiskFull, EarmarkError, ModelMissing
from bot.providers.embedded.model_files import by_role
from bot.providers.embedded.named_models import NAMED, repository_of
from bot.providers.embedded.weights import ModelFolders

log = structlog.get_logger()

_WHISPER = (
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.json",
    "vocabulary.txt",
    "model.bin",
)
_BESIDE = (".weights", ".data")
"""Endings of the weights of an ONNX file that is too large to hold them."""
_TRIES = 2
_MOST_TIMES = 3
"""Times the size of a file that may come for it."""
_TIMEOUT = 20.0
"""Seconds for the list of a repository's files."""
_PIECE = 1 << 20
_ERRORS_ALONE = 40
"""Level of the client's log, which goes to the terminal."""

Tell = Callable[[int], object]
"""Takes the number of bytes that are there."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository."""

    name: str
    bytes: int
    sha256: str
    """"" for a small file, which has its hash in git's form."""
    git_hash: str

    def is_right(self, path: Path) -> bool:
        """Return True if this file is whole, and the published one. Blocking."""
        if not path.is_file() or path.stat().st_size != self.bytes:
            return False
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(b"blob %d\0" % self.bytes, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(_PIECE):
                digest.update(block)
        return digest.hexdigest() == (self.sha256 or self.git_hash)


@dataclass(frozen=True, slots=True)
class Plan:
    """A download that an operator may agree to."""

    model: str
    repository: str
    revision: str
    """The commit, whatever was asked for."""
    files: tuple[RemoteFile, ...]
    folder: Path
    """The folder that the files come to lie in."""

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def missing(self) -> int:
        """The bytes that have to come."""
        return self.bytes - sum(self.have(file) for file in self.files)

    def have(self, file: RemoteFile) -> int:
        """Return the bytes of a file that are there."""
        for path in (self.folder / file.name, self.unfinished(file)):
            if path.is_file():
                return min(path.stat().st_size, file.bytes)
        return 0

    def unfinished(self, file: RemoteFile) -> Path:
        return self.folder / f"{file.name}.part"


def plan_of(model: str, folders: ModelFolders, endpoint: str | None = None) -> Plan:
    """Return what would be fetched for a model, as the hub lists it. Blocking. Raises ModelMissing.

    `endpoint`: the hub's URL; None: huggingface.co, or HF_ENDPOINT.
    """
    # Imported here: the hub's client takes half a second, which only a download should wait.
    from huggingface_hub import HfApi, constants

    constants.HF_HUB_DISABLE_TELEMETRY = True  # it would also ask the hub for a list of programs to look for
    repository = repository_of(model)
    named = NAMED.get(model)
    with _map_errors(model):
        revision = named.revision if named and named.revision else None
        found = HfApi(endpoint).model_info(repository, revision=revision, files_metadata=True, timeout=_TIMEOUT)
    listed = {one.rfilename: one for one in found.siblings or () if "/" not in one.rfilename}
    names = named.files if named else _wanted(list(listed))
    if not names or not set(names) <= set(listed):
        raise ModelMissing(model=model, what_to_do=f"{repository} holds no model for faster-whisper or sherpa-onnx.")
    files = tuple(_remote(listed[name]) for name in names)
    if named and {file.name: (file.bytes, file.sha256) for file in files if file.sha256} != dict(named.weights):
        raise _not_published(model)
    commit = str(found.sha)
    return Plan(model, repository, commit, files, folders.pulled(repository, commit))


def _wanted(names: Sequence[str]) -> list[str]:
    """Return the files of a model among those of a repository, the weights last."""
    if "model.bin" in names:
        return [name for name in _WHISPER if name in names]
    parts: Mapping[str, Path] = by_role(Path(name) for name in names if name.endswith((".onnx", ".ort")))
    if not parts:
        return []
    beside = [
        name for name in names if name.endswith(_BESIDE) and not any("int8" in one.name for one in parts.values())
    ]
    return [*(name for name in names if name.endswith("tokens.txt")), *beside, *(one.name for one in parts.values())]


def _remote(listed: Any) -> RemoteFile:
    return RemoteFile(
        listed.rfilename, int(listed.size or 0), listed.lfs.sha256 if listed.lfs else "", listed.blob_id or ""
    )


def pull(plan: Plan, tell: Tell, endpoint: str | None = None) -> Path:
    """Fetch what is missing, and return the folder. Blocking. What broke off is continued.

    A file gets its name only when it is complete and its hash is right. Raises ModelMissing, DiskFull, BadSettings.
    """
    with _map_errors(plan.model):
        _check_disk(plan)
        plan.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(plan.folder.parent / ".lock", timeout=0):
            before = 0
            for file in plan.files:
                _fetch(plan, file, _Told(tell, before), endpoint)
                before += file.bytes
                tell(before)
    log.info("model fetched", model=plan.model, folder=str(plan.folder), bytes=plan.bytes)
    return plan.folder


def _check_disk(plan: Plan) -> None:
    there = next(folder for folder in (plan.folder, *plan.folder.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if plan.missing > free:
        raise ModelMissing(
            model=plan.model,
            what_to_do=f"{plan.missing / 1e9:.1f} GB would have to be fetched, and {free / 1e9:.1f} GB of the disk are "
            "free.",
        )


@dataclass(slots=True)
class _Told:
    """Tells the bytes of all files as one of them grows."""

    tell: Tell
    before: int

    def at(self, position: int) -> None:
        self.tell(self.before + position)


class _Growing:
    """A file that is written to, and tells how long it is.

    The hub's client begins anew without an end if a server breaks off each time and gives no parts.
    """

    def __init__(self, file: BinaryIO, told: _Told, most: int) -> None:
        self._file = file
        self._told = told
        self._left = most

    def write(self, block: bytes) -> int:
        self._left -= len(block)
        if self._left < 0:
            raise ConnectionError("it was fetched several times over")
        written = self._file.write(block)
        self._told.at(self._file.tell())
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _fetch(plan: Plan, file: RemoteFile, told: _Told, endpoint: str | None) -> None:
    """Fetch a file, once more as a whole if its hash is wrong: an old beginning may have a new end."""
    target, unfinished = plan.folder / file.name, plan.unfinished(file)
    if file.is_right(target):
        return
    for _ in range(_TRIES):
        _resume(plan, file, told, endpoint)
        if file.is_right(unfinished):
            unfinished.replace(target)
            return
        unfinished.unlink()
    raise _not_published(plan.model)


def _resume(plan: Plan, file: RemoteFile, told: _Told, endpoint: str | None) -> None:
    """Fetch the rest of a file, or all of it if the server gives no parts."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils.logging import set_verbosity
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    set_verbosity(_ERRORS_ALONE)
    url = hf_hub_url(plan.repository, file.name, revision=plan.revision, endpoint=endpoint)
    path = plan.unfinished(file)
    have = plan.have(file) if path.is_file() else 0
    with path.open("r+b" if have else "wb") as opened:
        opened.truncate(have)
        opened.seek(have)
        growing: Any = _Growing(opened, told, most=_MOST_TIMES * file.bytes)
        http_get(url, growing, resume_size=have, headers=build_hf_headers(), expected_size=file.bytes)


@contextmanager
def _map_errors(model: str) -> Iterator[None]:
    """The hub's client raises errors of several libraries, among them an OSError for a wrong answer."""
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        yield
    except EarmarkError:
        raise
    except Timeout as error:
        raise _missing(model, "another process is fetching it") from error
    except GatedRepoError as error:
        raise _missing(model, "its licence must be accepted at the hub first, and HF_TOKEN set") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise _missing(model, "the hub has no such model") from error
    except HfHubHTTPError as error:
        raise _missing(model, f"the hub answers {error.response.status_code}; try again later") from error
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise DiskFull from error
        if error.errno is not None and error.filename is not None:
            raise BadSettings(reason=f"the folder for models cannot be written ({error.strerror})") from error
        raise _broke_off(model, error) from error
    except Exception as error:  # of the libraries below: no connection, a time-out, no answer that can be read
        raise _broke_off(model, error) from error


def _broke_off(model: str, error: Exception) -> ModelMissing:
    log.debug("model not fetched", model=model, error=type(error).__name__)
    return _missing(model, "the hub cannot be reached, or broke off; what came is kept, so ask again")


def _not_published(model: str) -> ModelMissing:
    return _missing(model, "what the hub gives is not the published file")


def _missing(model: str, why: str) -> ModelMissing:
    return ModelMissing(model=model, what_to_do=f"{why}.")
