"""Loading of a speech model after a trial in another process; attempts that ended this process are counted.

The included model is vouched for by its hash and needs no trial. Another is tried once, and again if its files, the
libraries or the hardware change.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import structlog

from bot.domain.errors import BadSettings, ModelMissing
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.loading import load_model
from bot.providers.embedded.model_files import WEIGHTS, weights_bytes
from bot.providers.embedded.recogniser import Load, Recogniser
from bot.providers.embedded.trial import try_model
from bot.providers.embedded.weights import ModelFolders
from bot.support.memory import available_memory

log = structlog.get_logger()

Try = Callable[[Path, str, Hardware], object]
"""Loads a model elsewhere, and raises an error if that fails."""

MOST_ATTEMPTS = 3
"""Loads that may end the process: the next start does not try again."""
_FACTOR, _SPARE = 1.5, 200_000_000
"""Memory of a model: so many times its weights (read, then converted), and bytes for the libraries."""
_LIBRARIES = ("ctranslate2", "sherpa-onnx")


def memory_for(weights: int) -> int:
    """Return the bytes of memory that loading takes at most, about."""
    return int(weights * _FACTOR) + _SPARE


@dataclass(frozen=True, slots=True)
class _Record:
    """Files that remember the loads of one model on this machine."""

    folder: Path
    key: str

    @property
    def attempts_file(self) -> Path:
        """The number of loads that were begun and did not end."""
        return self.folder / f"{self.key}.attempts"

    @property
    def passed_file(self) -> Path:
        """Its existence says that the model passed its trial."""
        return self.folder / f"{self.key}.passed"

    def begin(self, model: str) -> None:
        """Count an attempt. Raises ModelMissing if there were too many without an end."""
        attempts = self._attempts()
        if attempts >= MOST_ATTEMPTS:
            raise ModelMissing(
                model=model,
                what_to_do=f"the process ended {attempts} times while it was loaded, perhaps for lack of memory; "
                f"choose a smaller model in EARMARK_LOCAL_MODEL, or delete {self.attempts_file} to try again.",
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        self.attempts_file.write_text(str(attempts + 1), encoding="ascii")

    def _attempts(self) -> int:
        try:
            return int(self.attempts_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def end(self) -> None:
        """Note that the process outlived the load."""
        self.attempts_file.unlink(missing_ok=True)


@dataclass(slots=True)
class TriedLoader:
    """Loads models; called as a Load."""

    folders: ModelFolders
    load: Load = load_model
    attempt: Try = try_model
    _refused: dict[str, ModelMissing | BadSettings] = field(default_factory=dict)
    """Errors of models whose files did not change since: not tried again for each note."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, folder: Path, name: str, hardware: Hardware) -> Recogniser:
        """Return the loaded model. Blocking. Raises ModelMissing, BadSettings, EngineFailed."""
        record = _Record(self.folders.records, _key(folder, hardware))
        with self._lock:
            record.begin(name)
            try:
                if folder not in self.folders.vouched:
                    self._try(record, folder, name, hardware)
                return self.load(folder, name, hardware)
            finally:
                record.end()

    def _try(self, record: _Record, folder: Path, name: str, hardware: Hardware) -> None:
        _check_memory(folder, name)
        if record.passed_file.exists():
            return
        if record.key in self._refused:
            raise self._refused[record.key]
        try:
            self.attempt(folder, name, hardware)
        except (ModelMissing, BadSettings) as error:
            self._refused[record.key] = error
            raise
        record.passed_file.touch()


def _key(folder: Path, hardware: Hardware) -> str:
    """Return a name for a model's files as they are now, and what loads them."""
    files = sorted(file for file in folder.iterdir() if file.suffix in (*WEIGHTS, ".txt", ".json"))
    facts = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    libraries = [version(one) for one in _LIBRARIES]
    told = json.dumps([str(folder.absolute()), facts, libraries, repr(hardware)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _check_memory(folder: Path, name: str) -> None:
    """Raise ModelMissing if the model is larger than the free memory."""
    need, free = memory_for(weights_bytes(folder)), available_memory()
    if free is not None and need > free:
        raise ModelMissing(
            model=name,
            what_to_do=f"it takes about {need / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; "
            "choose a smaller model in EARMARK_LOCAL_MODEL.",
        )
