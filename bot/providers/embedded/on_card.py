"""A model on a graphics card, and on the CPU once the card's memory is spent."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

import structlog

from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.whisper import lacks_memory

log = structlog.get_logger()

_SAME_MOMENT = 0.05
"""Seconds by which the two devices may differ about the end of a segment."""


class Model(Protocol):
    """A loaded Whisper model."""

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]: ...

    def language_of(self, sound: Samples) -> str: ...

    @property
    def runs_on(self) -> str: ...


class OnCard:
    """Recogniser that goes on on the CPU, for good, when the card is out of memory: also in the middle of a sound."""

    def __init__(self, on_card: Model, load_on_processor: Callable[[], Model]) -> None:
        self._model = on_card
        self._on_card = on_card
        self._load_on_processor = load_on_processor
        self._changing = threading.Lock()

    @property
    def runs_on(self) -> str:
        """Return the device and the compute type, for the operator."""
        return self._model.runs_on

    def language_of(self, sound: Samples) -> str:
        """Return the language of the beginning of a sound."""
        return self._model.language_of(sound)

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        """Return the language and the recognised pieces, lazily."""
        try:
            found, pieces = self._model.recognise(sound, wanted)
        except RuntimeError as error:
            self._leave_card(error)
            return self._model.recognise(sound, wanted)
        return found, self._safely(pieces, sound, replace(wanted, language=found))

    def _safely(self, pieces: Iterator[RawSegment], sound: Samples, wanted: Wanted) -> Iterator[RawSegment]:
        """Yield the pieces; those that the card did not come to are recognised by the CPU."""
        told = 0.0
        try:
            for piece in pieces:
                yield piece
                told = piece.end
        except RuntimeError as error:
            self._leave_card(error)
            _, again = self._model.recognise(sound, wanted)
            yield from (piece for piece in again if piece.start >= told - _SAME_MOMENT)

    def _leave_card(self, error: RuntimeError) -> None:
        """Load the model on the CPU instead, once. Raises the error if it is of another kind."""
        if not lacks_memory(error):
            raise error
        with self._changing:
            if self._model is self._on_card:
                log.warning("graphics card is out of memory; the CPU goes on", error=str(error))
                self._model = self._load_on_processor()
