"""The control of the speech benchmark: recognition as it was before windows were cut to the speech.

float32 for small models, an encoder pass for the language and another for the text, each over 30 s.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.whisper import raw_segment
from tests.bench.clips import Samples


class Control:
    """A recogniser by faster-whisper's own transcribe()."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="float32", cpu_threads=threads, local_files_only=True
        )

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        """Return the language and the recognised pieces, lazily."""
        segments, found = self._model.transcribe(
            sound,
            language=None if wanted.language == "auto" else wanted.language,
            beam_size=1,
            temperature=[0.0, 0.4, 0.8],
            condition_on_previous_text=False,
            vad_filter=True,
            vad_parameters={"min_silence_duration_ms": 500},
            word_timestamps=True,
            language_detection_segments=3,
        )
        if found.duration_after_vad == 0:
            return wanted.language, iter(())
        return found.language, (raw_segment(one) for one in segments if not _is_hallucination(one))


def _is_hallucination(segment: Any) -> bool:
    return bool(segment.no_speech_prob > 0.6 and segment.avg_logprob < -0.5)
