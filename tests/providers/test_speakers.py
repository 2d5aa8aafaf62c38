"""Telling speakers apart, without sound: vectors, turns, words, and the measure itself."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import Unloaded
from bot.domain.transcript import Segment, Word
from bot.providers.embedded.speakers.clustering import Labels, Vectors, tree
from bot.providers.embedded.speakers.cut_tree import assign_speakers
from bot.providers.embedded.speakers.labelling import Sentence, by_speaker
from bot.providers.embedded.speakers.turns import Turn, Turns
from tests.helpers.diarization import Spoken, diarization_error_rate, word_speaker_errors

VALUES = 192


def go_on() -> None:
    """Nobody stops the work."""


def voice(seed: int) -> Vectors:
    made: Vectors = np.random.default_rng(seed).standard_normal(VALUES).astype(np.float32)
    return made / np.float32(np.linalg.norm(made))


def windows(*voices: int, scatter: float = 0.55, seed: int = 0) -> Vectors:
    """A window for each voice named; two of one voice are about 0.3 apart, as in clean speech, two voices about 1."""
    noise = np.random.default_rng(seed).standard_normal((len(voices), VALUES)) / np.sqrt(VALUES)
    made = np.stack([voice(one) for one in voices]) + scatter * noise
    unit: Vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return unit


def told(vectors: Vectors, speakers: int | None = None) -> list[int]:
    return [int(label) for label in assign_speakers(vectors, speakers, go_on)]


def slow_average_linkage(points: Vectors) -> list[tuple[float, set[int], set[int]]]:
    """As the textbook says, from all distances."""
    distances = 1 - points.astype(np.float64) @ points.T.astype(np.float64)
    clusters = [[row] for row in range(len(points))]
    merges = []
    while len(clusters) > 1:
        pairs = [(one, other) for other in range(len(clusters)) for one in range(other)]
        mean = {pair: float(distances[np.ix_(clusters[pair[0]], clusters[pair[1]])].mean()) for pair in pairs}
        one, other = min(mean, key=lambda pair: mean[pair])
        merges.append((mean[one, other], set(clusters[one]), set(clusters[other])))
        clusters[one] += clusters.pop(other)
    return merges


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 24), st.integers(0, 10_000))
def test_the_tree_is_that_of_the_textbook(size: int, seed: int) -> None:
    points = windows(*np.random.default_rng(seed).integers(0, 4, size).tolist(), scatter=0.9, seed=seed)
    slow = slow_average_linkage(points)
    fast = tree(points, go_on)
    assert [merge.distance for merge in fast.merges] == pytest.approx([merge[0] for merge in slow], abs=1e-5)
    labels = fast.cut_into(2)
    if size > 1:
        assert {frozenset(np.flatnonzero(labels == 0)), frozenset(np.flatnonzero(labels == 1))} == {
            frozenset(slow[-1][1]),
            frozenset(slow[-1][2]),
        }


def test_points_that_are_all_the_same_grow_together_at_once() -> None:
    assert tree(np.repeat(windows(1), 50, axis=0), go_on).cut_at(0.01).tolist() == [0] * 50


def test_three_hours_of_windows_take_little_memory() -> None:
    hours = np.random.default_rng(3).integers(0, 6, 3 * 3600 * 4 // 3 // 8).repeat(8).tolist()
    vectors = windows(*hours)
    tracemalloc.start()
    try:
        labels = told(vectors)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(labels) == len(hours) == 14_400
    assert len(set(zip(hours, labels, strict=True))) == 6
    assert peak < 100_000_000


def test_comparing_voices_can_be_stopped() -> None:
    breaths = iter(range(20))

    def stop() -> None:
        if next(breaths, None) is None:
            raise Unloaded

    with pytest.raises(Unloaded):
        assign_speakers(windows(*[1, 2] * 40), None, stop)


def test_speakers_are_numbered_as_they_appear() -> None:
    assert told(windows(7, 7, 7, 3, 3, 3, 3, 7, 7)) == [0, 0, 0, 1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("scatter", [0.3, 0.55, 0.8], ids=["clean", "usual", "noisy"])
def test_one_voice_is_one_speaker(scatter: float) -> None:
    assert set(told(windows(*[1] * 60, scatter=scatter))) == {0}


def test_a_cough_is_no_speaker() -> None:
    assert told(windows(1, 1, 1, 1, 9, 1, 1, 1, 8, 8, 1)) == [0] * 11


def test_odd_moments_of_one_voice_are_no_speaker() -> None:
    scattered = [1] * 40
    scattered[5] = scattered[17] = scattered[29] = scattered[35] = 2
    assert set(told(windows(*scattered))) == {0}


def test_two_clusters_of_one_voice_in_noise_are_one_speaker() -> None:
    near = voice(1) + 0.45 * voice(2)
    one, other = windows(*[1] * 20, scatter=0.75), windows(*[1] * 20, scatter=0.75, seed=1) + 0.45 * voice(2)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    assert voice(1) @ near / np.linalg.norm(near) > 0.85
    assert set(told(np.concatenate([one, other]))) == {0}


@pytest.mark.parametrize("given", [2, 3, 4])
def test_a_number_that_is_given_is_kept(given: int) -> None:
    labels = told(windows(*[1] * 12, *[2] * 12, *[3] * 12, *[4] * 12, 9, 8), given)
    assert len(set(labels)) == given


def test_more_speakers_than_voices_split_what_is_least_alike() -> None:
    assert len(set(told(windows(*[1] * 12, scatter=0.8), 2))) == 2


@pytest.mark.parametrize(("given", "found"), [(0, 1), (-3, 1), (1, 1), (5, 5), (32, 5)])
def test_a_number_that_cannot_be_is_the_nearest_that_can(given: int, found: int) -> None:
    assert len(set(told(windows(1, 1, 1, 2, 2), given))) == found


def test_a_single_window_is_one_speaker() -> None:
    assert told(windows(1)) == told(windows(1), 2) == [0]


TALK = Turns([Turn(0.0, 2.0, 0), Turn(2.0, 3.0, 0), Turn(3.5, 6.0, 1), Turn(6.0, 9.0, 0)])


def test_turns_that_touch_are_one() -> None:
    assert list(TALK) == [Turn(0.0, 3.0, 0), Turn(3.5, 6.0, 1), Turn(6.0, 9.0, 0)]


@pytest.mark.parametrize(
    ("start", "end", "voice"),
    [
        (1.0, 1.4, 0),
        (3.4, 3.9, 1),  # it overlaps the second most
        (2.0, 4.0, 1),  # its start was stretched back over the pause: the end counts
        (3.1, 3.2, 0),  # in the pause, nearer to the first
        (3.4, 3.4, 1),  # without a length
        (5.8, 6.1, 1),
        (20.0, 21.0, 0),
        (0.0, 0.0, 0),
    ],
)
def test_a_word_goes_to_the_turn_it_overlaps_most(start: float, end: float, voice: int) -> None:
    assert TALK.voice_of(start, end) == voice


def said(text: str, *moments: float, blank: str = " ") -> Sentence:
    """A sentence whose words begin at these seconds, and take 0.4 s each."""
    words = text.split(blank) if blank else list(text)
    timed = tuple(Word(word, at, at + 0.4) for word, at in zip(words, moments, strict=True))
    return Sentence(f"{blank}{text}", moments[0], timed[-1].end, timed)


def test_a_sentence_is_cut_where_the_speaker_changes() -> None:
    parts = by_speaker([said("Are you there? Yes, I am.", 1, 1.5, 2, 4, 4.5, 5)], TALK)
    assert [part.segment for part in parts] == [
        Segment("Are you there?", 1, 2.4, "Speaker 1"),
        Segment("Yes, I am.", 4, 5.4, "Speaker 2"),
    ]
    assert "".join(part.text for part in parts) == " Are you there? Yes, I am."
    assert [word.speaker for part in parts for word in part.words] == ["Speaker 1"] * 3 + ["Speaker 2"] * 3


def test_the_parts_of_a_sentence_keep_its_language_and_confidence() -> None:
    whole = replace(said("Ja. Nein.", 1, 4), language="de", confidence=0.7)
    parts = by_speaker([whole], TALK)
    assert [(part.segment.language, part.segment.confidence) for part in parts] == [("de", 0.7)] * 2


def test_speaker_1_is_who_says_the_first_word() -> None:
    parts = by_speaker([said("Well", 4), said("Yes", 7)], TALK)
    assert [part.speaker for part in parts] == ["Speaker 1", "Speaker 2"]


def test_words_without_blanks_are_cut_too() -> None:
    parts = by_speaker([said("你好再见", 1, 2, 4, 5, blank="")], TALK)
    assert [(part.text, part.speaker) for part in parts] == [("你好", "Speaker 1"), ("再见", "Speaker 2")]


def test_a_text_that_spells_its_words_in_another_way_is_kept_whole() -> None:
    odd = Sentence(" One, 2 three", 1, 5, (Word("One,", 1, 2), Word("two", 4, 4.4), Word("three", 4.5, 5)))
    parts = by_speaker([odd], TALK)
    assert "".join(part.text for part in parts) == " One, 2 three"
    assert [part.speaker for part in parts] == ["Speaker 1", "Speaker 2"]


def test_where_all_words_are_of_one_voice_nobody_is_named() -> None:
    alone = [said("Well well", 1, 2), said("yes", 7)]
    assert by_speaker(alone, TALK) == alone
    assert by_speaker(alone, Turns(())) == alone


def test_a_sentence_without_words_has_a_speaker_too() -> None:
    parts = by_speaker([Sentence(" Hm", 1, 2, ()), Sentence(" Oh", 4, 5, ())], TALK)
    assert [(part.speaker, part.words) for part in parts] == [("Speaker 1", ()), ("Speaker 2", ())]


TRUE = [Spoken(0, 10, "Ada"), Spoken(10, 20, "Bea")]


@pytest.mark.parametrize(
    ("heard", "rate"),
    [
        ([Spoken(0, 10, "x"), Spoken(10, 20, "y")], 0.0),
        ([Spoken(0, 10.2, "y"), Spoken(10.2, 20, "x")], 0.0),  # inside the collar
        ([Spoken(0, 20, "x")], 0.5),
        ([Spoken(0, 5, "x"), Spoken(10, 20, "y")], 4.75 / 19),  # missed
        ([Spoken(0, 10, "x"), Spoken(10, 24.75, "y")], 4.5 / 19),  # invented, from the collar on
        ([Spoken(0, 5, "x"), Spoken(5, 10, "z"), Spoken(10, 20, "y")], 4.75 / 19),  # confused
    ],
)
def test_the_diarization_error_rate_counts_what_is_missed_invented_and_confused(
    heard: list[Spoken], rate: float
) -> None:
    assert diarization_error_rate(TRUE, heard) == pytest.approx(rate, abs=0.002)


def test_words_of_the_wrong_speaker_are_counted() -> None:
    words = [Word("a", at, at + 1, "Speaker 1" if at < 12 else "Speaker 2") for at in range(20)]
    assert word_speaker_errors(TRUE, words) == pytest.approx(0.1)


def test_labels_are_numbers_of_clusters() -> None:
    labels: Labels = tree(windows(1, 1, 2), go_on).cut_into(99)
    assert labels.tolist() == [0, 1, 2]
