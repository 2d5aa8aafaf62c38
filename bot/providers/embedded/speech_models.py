"""The speech models of a process: each loaded when it is first wanted, and unloaded when it was idle for long."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import structlog

from bot.domain.note import AUTO
from bot.providers.embedded.recogniser import Recogniser
from bot.providers.embedded.speakers.windows import Samples

log = structlog.get_logger()

IDLE_SECONDS = 1800.0


@runtime_checkable
class TellsLanguage(Protocol):
    """A model that can tell the language of a sound for one that cannot."""

    def language_of(self, sound: Samples) -> str:
        """Return an ISO 639-1 code."""


class SpeechModels:
    """Models by the names that users choose; threads may use it at once."""

    def __init__(
        self,
        models: Mapping[str, str],
        load: Callable[[str], Recogniser],
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`models`: the setting of each name, the default first; it is never unloaded. `idle_seconds` 0: none is."""
        self._models = dict(models)
        self._default = next(iter(models))
        self._load = load
        self.idle_seconds = idle_seconds
        self._clock = clock
        self._loading = {name: threading.Lock() for name in models}
        self._loaded: dict[str, Recogniser] = {}
        self._used_at: dict[str, float] = {}

    def get(self, name: str) -> Recogniser:
        """Return a model; the default one for a name that is none. It blocks while the model is loaded."""
        name = name if name in self._models else self._default
        self._used_at[name] = self._clock()
        with self._loading[name]:
            found = self._loaded.get(name)
            if found is None:
                found = self._loaded[name] = self._load(self._models[name])
            return found

    def unload_idle(self) -> bool:
        """Free the models that were not used for long; return True if others are still to be freed.

        A recording in work holds its model, which is freed when the recording is done.
        """
        further = [name for name in list(self._loaded) if name != self._default]
        for name in further:
            if self._clock() - self._used_at[name] >= self.idle_seconds:
                del self._loaded[name]
                log.info("idle model unloaded", model=name)
        return bool(self._loaded.keys() - {self._default})

    def clear(self) -> None:
        """Free all models."""
        self._loaded.clear()

    def loaded(self) -> dict[str, bool]:
        """Return each model's name, and True if it is in memory; the default one is called "speech"."""
        names = {name: "speech" if name == self._default else name for name in self._models}
        return {shown: name in self._loaded for name, shown in names.items()}

    def language_of(self, sound: Samples) -> str:
        """Return the language of a sound for a model that cannot tell: by Whisper if it is loaded, else "auto"."""
        able = next((one for one in list(self._loaded.values()) if isinstance(one, TellsLanguage)), None)
        return AUTO if able is None else able.language_of(sound)
