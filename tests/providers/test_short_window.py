"""Windows as long as their speech: what is built on of faster-whisper, pinned against the locked release.

WhisperModel.transcribe must pass each window to `encode` and its encoder output to `generate_with_fallback`, twice for
the first window if the language is detected; the model's library must take windows of any length.
"""

import os
import subprocess
import sys
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.media.pcm import RATE, from_pcm, samples
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.weights import ModelFolders, find_model
from bot.providers.embedded.whisper import Whisper
from tests.helpers.paths import ROOT
from tests.helpers.speech import pcm, reference, word_error_rate


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return find_model("base", ModelFolders(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def model(base: Path) -> Any:
    """A ShortWindowModel that keeps the length of each window that it encodes, and each attempt at a text."""
    from faster_whisper import WhisperModel

    from bot.providers.embedded.short_window import ShortWindowModel

    class Recorder(WhisperModel):  # type: ignore[misc]  # the library ships no types
        def encode(self, features: Any) -> Any:
            self.encoded.append(features.shape[1])
            return super().encode(features)

        def generate_with_fallback(self, encoder_output: Any, prompt: Any, tokenizer: Any, options: Any) -> Any:
            self.attempts.append((options.temperatures, options.max_new_tokens))
            return super().generate_with_fallback(encoder_output, prompt, tokenizer, options)

    class Recorded(ShortWindowModel, Recorder):
        pass

    return Recorded(str(base), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


def heard(model: Any, sound: Samples, language: str | None = None) -> tuple[Any, str, str]:
    """Return the copy of the model that was used, the text and the language."""
    mine = copy(model)
    mine.encoded, mine.attempts = [], []
    segments, found = mine.transcribe(sound, language=language, beam_size=1, best_of=1, word_timestamps=True)
    return mine, "".join(one.text for one in segments).strip(), found.language


def voice(seconds: float, name: str = "voice-note.ogg") -> Samples:
    return samples(from_pcm(pcm(name)))[: int(seconds * RATE)]


def test_a_short_note_is_encoded_once_for_language_and_text(model: Any) -> None:
    used, text, language = heard(model, voice(8))
    assert used.encoded == [pytest.approx(901, abs=2)]
    assert used.attempts == [([0.0], 8 * 14 + 12 + 1)]
    assert language == "en"
    assert text


def test_a_given_language_is_one_pass_too(model: Any) -> None:
    used, _, language = heard(model, voice(8, "russian.ogg"), "ru")
    assert len(used.encoded) == 1
    assert language == "ru"


def test_the_shortest_window_has_five_seconds(model: Any) -> None:
    used, _, _ = heard(model, voice(1.5))
    assert used.encoded[0] == 500


def test_silence_that_is_decoded_has_three_attempts_at_most(model: Any) -> None:
    used, _, _ = heard(model, np.zeros(4 * RATE, np.float32), "en")
    assert len(used.attempts) <= 3
    assert len(used.encoded) <= 2
    assert max(used.encoded) <= 801


def test_windows_of_30_s_are_whole(model: Any) -> None:
    used, _, _ = heard(model, np.concatenate([voice(60), voice(60, "conversation.ogg")]))
    assert used.encoded[0] == max(used.encoded) == 3000


def test_nothing_is_said_again_in_what_is_left_at_the_end(base: Path) -> None:
    """Of these two recordings 0.8 s are left after the last segment, in which faster-whisper hears the first again."""
    sound = np.concatenate([voice(60), voice(60, "conversation.ogg")])
    _, pieces = Whisper(base, "base", Hardware(threads=1, workers=1)).recognise(sound, Wanted("en"))
    said = f"{reference('voice-note.ogg')['text']} {reference('conversation.ogg')['text']}"
    assert word_error_rate(said, "".join(one.text for one in pieces)) <= 0.07


def test_nothing_is_encoded_without_speech(base: Path) -> None:
    whisper = Whisper(base, "base", Hardware(threads=1, workers=1))
    whisper._model = None  # nothing of it may be needed
    assert [*whisper.recognise(np.zeros(10 * RATE, np.float32), Wanted())[1]] == []


def test_features_are_computed_in_one_thread() -> None:
    """The threads of numpy's products spin for 50 ms of CPU after each note's features."""
    script = "import bot, numpy, os, sys; sys.exit(os.environ['OPENBLAS_NUM_THREADS'] != '1')"
    bare = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, env=bare)
