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
    assert [(one.language, one.confidence) for one in transcript.segments] == [("it", 0.4), ("en", None)]
    assert [word.confidence for word in transcript.words] == [0.3, None]


def speaks(*chunks: list[RawSegment]) -> Puppet:
    """A model that hears these segments, chunk by chunk."""
    left = iter(chunks)
    return Puppet(lambda sound, wanted: (wanted.language, iter(next(left))))


def spoken(language: str, start: float, end: float) -> RawSegment:
    return RawSegment(" x", start, end, (), language=language)


async def test_each_chunk_is_looked_at_anew_with_what_was_spoken_before_it(player: Player, folder: Path) -> None:
    """An hour that begins with an English greeting is not in English."""
    puppet = speaks([], [spoken("en", 0, 2)], [spoken("ru", 0, 9)], [])
    async with opened(puppet, player, folder, chunk_seconds=10) as local:
        transcript = await local.submit(silence(player, 35), AUTOMATIC, ignore)
    assert [(one.language, one.likely) for _, one in puppet.asked] == [
        ("auto", ""),
        ("auto", ""),
        ("auto", "en"),
        ("auto", "ru"),
    ]
    assert transcript.language == "ru"
    assert [one.language for one in transcript.segments] == ["en", "ru"]


async def test_a_language_that_was_asked_for_is_that_of_each_chunk(player: Player, folder: Path) -> None:
    puppet = Puppet(lambda sound, wanted: (wanted.language, iter([segment(" x", 0, 1)])))
    async with opened(puppet, player, folder, chunk_seconds=10) as local:
        transcript = await local.submit(silence(player, 25), Options("m", "ru"), ignore)
    assert {one.language for _, one in puppet.asked} == {"ru"}
    assert transcript.language == "ru"


async def test_the_model_is_asked_for_what_the_options_want(player: Player, folder: Path) -> None:
    puppet = Puppet(says(segment(" x", 0, 1)))
    options = Options("m", "pt-BR", translate=True, vocabulary=("Dashwood",), prompt="Dear Sir,")
    async with opened(puppet, player, folder) as local:
        await local.submit(silence(player, 3), options, ignore)
    assert puppet.asked == [(3.0, Wanted("pt", translate=True, vocabulary=("Dashwood",), prompt="Dear Sir,"))]
