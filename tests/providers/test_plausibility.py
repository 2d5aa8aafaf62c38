"""The check of a decoded window: what Whisper made up is told from speech by figures."""

from dataclasses import replace

import pytest

from bot.providers.embedded.plausibility import Decoded, holds_no_word, is_hallucination, is_leftover, most_tokens

SPEECH = Decoded("At the tone, please say your name.", 11, (0.0,), 2.6, -0.3, 0.1)
"""Of 2.65 s."""


def test_speech_is_plausible() -> None:
    assert SPEECH.is_plausible(2.65)


@pytest.mark.parametrize(
    "odd",
    [
        replace(SPEECH, text=""),
        replace(SPEECH, text="hours " * 20),
        replace(SPEECH, logprob=-0.71),
        replace(SPEECH, no_speech=0.7, logprob=-0.6),
        replace(SPEECH, tokens=50),
        replace(SPEECH, latest=3.3),
        replace(SPEECH, starts=(0.0, 2.6)),
    ],
    ids=["empty", "a loop", "unsure", "no speech", "too many tokens", "past the end", "a late segment"],
)
def test_each_figure_alone_makes_it_implausible(odd: Decoded) -> None:
    assert not odd.is_plausible(2.65)


def test_a_model_that_is_sure_of_the_text_is_believed_though_it_doubts_the_speech() -> None:
    """Clear speech on the telephone gave 0.80 and -0.52."""
    assert replace(SPEECH, no_speech=0.8, logprob=-0.52).is_plausible(2.65)
    assert not is_hallucination(0.8, -0.52)
    assert is_hallucination(0.66, -0.6)


def test_a_longer_window_may_have_more_tokens() -> None:
    assert (most_tokens(0), most_tokens(10)) == (12, 152)


def test_what_is_left_at_the_end_is_text_only_if_the_model_is_sure() -> None:
    assert holds_no_word(0.4)
    assert is_leftover(0.4, 0.1, -0.1)
    assert is_leftover(0.8, 0.1, -0.8)
    assert is_leftover(0.8, 0.78, -0.4)
    assert not is_leftover(0.8, 0.1, -0.4)
    assert not is_leftover(1.2, 0.1, -0.8)
