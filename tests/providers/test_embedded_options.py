"""The options of a note reach the model, and its findings about language and confidence reach the transcript."""

from pathlib import Path

import pytest

from bot.domain.note import Options, Reached
from bot.domain.transcript import Word
from bot.providers.embedded.recogniser import RawSegment, Wanted
from tests.helpers.recognisers import Puppet, opened, says, segment, silence
from tests.helpers.speech import Player

AUTOMATIC = Options("whisper-base")


async def ignore(_reached: Reached) -> None:
    """Take a report."""


@pytest.fixture
def player() -> Player:
    return Player()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model's."""
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).touch()
    return tmp_path


async def test_language_and_confidence_of_a_segment_are_those_of_the_model(player: Player, folder: Path) -> None:
    unsure = RawSegment(" Sì", 0, 1, (Word("Sì", 0, 1, confidence=0.3),), language="it", confidence=0.4)
    async with opened(Puppet(says(unsure, segment(" two", 1, 2))), player, folder) as local:
        transcript = await local.submit(silence(player, 3), AUTOMATIC, ignore)
    assert [(one.language, one.confidence) for one in transcript.segments] == [("it", 0.4), ("", None)]
    assert [word.confidence for word in transcript.words] == [0.3, None]


async def test_the_model_is_asked_for_what_the_options_want(player: Player, folder: Path) -> None:
    puppet = Puppet(says(segment(" x", 0, 1)))
    options = Options("m", "pt-BR", translate=True, vocabulary=("Dashwood",), prompt="Dear Sir,")
    async with opened(puppet, player, folder) as local:
        await local.submit(silence(player, 3), options, ignore)
    assert puppet.asked == [(3.0, Wanted("pt", translate=True, vocabulary=("Dashwood",), prompt="Dear Sir,"))]
