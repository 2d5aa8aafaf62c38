"""Vectors without the mean of many voices: short replies, one person in two languages, and real voices."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.media.pcm import RATE
from bot.providers.embedded.speakers.clustering import Vectors
from bot.providers.embedded.speakers.cut_tree import CENTRED, PLAIN, assign_speakers
from bot.providers.embedded.speakers.diarizer import Diarizer
from bot.providers.embedded.speakers.embedding import Embedder
from bot.providers.embedded.speakers.model import BUNDLED
from bot.providers.embedded.transcriber import open_embedder
from tests.helpers.speech import pcm, reference, to_floats

VALUES = 192


def unit(vectors: NDArray[np.floating]) -> Vectors:
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


def voice(seed: int) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal(VALUES))


def like(one: Vectors, cosine: float, seed: int = 99) -> Vectors:
    """A voice that is so similar to another."""
    other = voice(seed)
    away = unit(other - (other @ one) * one)
    return unit(cosine * one + np.sqrt(1 - cosine**2) * away)


def moments(*voices: Vectors, seed: int = 0) -> Vectors:
    """A window for each; two of one voice have a cosine of 0.7."""
    noise = np.random.default_rng(seed).standard_normal((len(voices), VALUES)) / np.sqrt(VALUES)
    return unit(np.stack(voices) + 0.65 * noise)


def told(*voices: Vectors) -> list[int]:
    return [int(label) for label in assign_speakers(moments(*voices), None, lambda: None, CENTRED)]


ADA, BOB, EVE = voice(1), voice(2), voice(3)


def test_one_short_reply_of_another_voice_is_a_speaker() -> None:
    assert told(*[ADA] * 8, *[BOB] * 8, EVE, EVE, *[ADA] * 4) == [0] * 8 + [1] * 8 + [2] * 2 + [0] * 4


def test_a_moment_of_another_voice_is_no_speaker() -> None:
    assert set(told(*[ADA] * 8, BOB, *[ADA] * 8)) == {0}


def test_a_few_moments_that_are_a_little_like_the_voice_are_no_speaker() -> None:
    near = like(ADA, 0.55)
    assert set(told(*[ADA] * 10, near, near, *[ADA] * 10)) == {0}


def test_in_a_long_recording_a_few_moments_are_no_speaker() -> None:
    assert set(told(*[ADA] * 300, EVE, EVE, *[ADA] * 300)) == {0}


def test_a_person_who_goes_on_in_another_language_is_one_speaker() -> None:
    other = like(ADA, 0.56)
    assert set(told(*[ADA] * 12, *[other] * 12)) == {0}
    assert set(told(*[ADA] * 12, *[other] * 12, *[ADA] * 6)) == {0}


def test_two_similar_voices_that_take_turns_are_two_speakers() -> None:
    other = like(ADA, 0.5)
    assert told(*([ADA] * 4 + [other] * 4) * 4) == ([0] * 4 + [1] * 4) * 4


def test_two_voices_that_speak_once_each_are_two_speakers() -> None:
    assert told(*[ADA] * 6, *[BOB] * 6) == [0] * 6 + [1] * 6


# Real voices


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder("")


def sentences(name: str) -> list[Vectors]:
    whole = to_floats(pcm(name)).astype(np.float32)
    return [whole[int(one["start"] * RATE) : int(one["end"] * RATE)] for one in reference(name)["segments"]]


def test_different_voices_of_the_included_model_point_in_different_directions(embedder: Embedder) -> None:
    vectors = []
    for name in ("voice-note.ogg", "spanish.ogg", "russian.ogg"):
        vector = embedder.embed(sentences(name)[0])
        assert vector is not None
        vectors.append(vector)
    likeness = np.stack(vectors) @ np.stack(vectors).T
    assert np.max(likeness[np.triu_indices(3, 1)]) < 0.4
    assert np.diag(likeness) == pytest.approx(1)


def test_one_reply_of_two_seconds_is_a_third_speaker(embedder: Embedder) -> None:
    one, other, third = (sentences(name) for name in ("voice-note.ogg", "russian.ogg", "conversation.ogg"))
    speakers = [said["speaker"] for said in reference("conversation.ogg")["segments"]]
    reply = third[speakers.index("Allison")][: int(2.4 * RATE)]
    pause = np.zeros(RATE // 2, np.float32)
    talk = [one[0], other[0], one[1], reply, other[1], one[2]]
    voices = Diarizer(embedder)
    for _ in voices.add_chunk(np.concatenate([part for said in talk for part in (said, pause)]), 0.0):
        pass
    found = [turn.voice for turn in voices.turns(None, lambda: None)]
    assert [voice for voice, last in zip(found, [-1, *found], strict=False) if voice != last] == [0, 1, 0, 2, 1, 0]


def test_another_model_is_compared_without_a_mean(embedder: Embedder, tmp_path: Path) -> None:
    mine = tmp_path / "voices.onnx"
    shutil.copy(BUNDLED, mine)
    assert embedder.thresholds == CENTRED
    assert open_embedder(str(mine)).thresholds == PLAIN
