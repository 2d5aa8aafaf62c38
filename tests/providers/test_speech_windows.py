"""Windows of a long recording: they end between utterances, and nothing is lost or said twice where they meet."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media.pcm import from_pcm, samples
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import Wanted
from bot.providers.embedded.weights import ModelFolders, find_model
from bot.providers.embedded.whisper import Whisper, windows_of
from tests.helpers.speech import pcm, plain, reference

WINDOW = 30.0


@given(st.lists(st.floats(0.1, 90.0), min_size=1, max_size=60))
def test_windows_hold_all_speech_in_order_and_as_many_utterances_as_fit(lengths: list[float]) -> None:
    windows = windows_of(lengths)
    edges = [0.0, *np.cumsum(lengths)]
    assert windows[0][0] == 0.0
    assert windows[-1][1] == pytest.approx(edges[-1])
    assert all(one[1] == other[0] for one, other in pairwise(windows))
    for begin, end in windows:
        within = [length for at, length in zip(edges, lengths, strict=False) if begin - 1e-6 <= at < end - 1e-6]
        assert sum(within) == pytest.approx(end - begin), "it ends between two utterances"
        assert end - begin <= WINDOW or len(within) == 1
    for (begin, end), (_, after) in pairwise(windows):
        first = next(length for at, length in zip(edges, lengths, strict=False) if at > end - 1e-6)
        assert end - begin + first > WINDOW - 1e-6, after


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Whisper:
    folder = find_model("base", ModelFolders(tmp_path_factory.mktemp("data")))
    return Whisper(folder, "base", Hardware(threads=1, workers=1))


def test_each_sentence_is_written_as_often_as_it_is_said(whisper: Whisper) -> None:
    """A minute and a half in sentences: with windows of exactly half a minute the beginning of one is dropped."""
    note = samples(from_pcm(pcm("voice-note.ogg")))
    _, pieces = whisper.recognise(np.concatenate([note] * 6), Wanted("en"))
    said = plain("".join(piece.text for piece in pieces)).split()
    wanted = plain(reference("voice-note.ogg")["text"]).split()
    assert [said.count(word) for word in wanted] == [6 * wanted.count(word) for word in wanted]
