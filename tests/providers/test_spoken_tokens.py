"""Tokens of a recogniser become words and sentences."""

import pytest

from bot.providers.embedded.spoken_tokens import sentences, timed_tokens


def said(texts: list[str], starts: list[float] | None = None, durations: list[float] | None = None) -> list[str]:
    return [one.text for one in sentences(timed_tokens(texts, starts or [], durations or [], [], 4.0))]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([" Hel", "lo", " world", "."], [" Hello world."]),
        ([" One", ".", " Two", "?", " Three"], [" One.", " Two?", " Three"]),
        ([" 3", ".", "5", " kilo"], [" 3.5 kilo"]),
        (["你", "好", "。", "再", "见"], ["你好。", "再见"]),
        (["你", "好", " okay"], ["你好 okay"]),
        (["你", "ok", "ay"], ["你 okay"]),
        ([" caf", "<0xC3>", "<0xA9>", " crème"], [" café crème"]),
        ([" broken", "<0xC3>"], [" broken"]),
        ([], []),
        ([" "], []),
    ],
)
def test_tokens_are_joined_as_their_script_is_written(tokens: list[str], expected: list[str]) -> None:
    assert said(tokens) == expected


def test_a_token_ends_after_its_duration_and_never_after_the_next_begins() -> None:
    tokens = timed_tokens([" a", " b", " c"], [0.0, 1.0, 3.9], [0.4, 5.0, 1.0], [], 4.0)
    assert [(one.start, one.end) for one in tokens] == [(0.0, 0.4), (1.0, 3.9), (3.9, 4.0)]


def test_without_durations_a_token_is_short() -> None:
    tokens = timed_tokens([" a", " b"], [0.0, 3.0], [], [], 10.0)
    assert [one.end for one in tokens] == pytest.approx([0.6, 3.6])


def test_the_least_certain_token_says_how_certain_a_word_is() -> None:
    (sentence,) = sentences(timed_tokens([" He", "llo", " you"], [0, 1, 2], [], [-0.1, -2.3, 0.0], 3.0))
    assert [word.confidence for word in sentence.words] == [pytest.approx(0.1, abs=0.01), 1.0]
