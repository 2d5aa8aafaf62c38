"""Notes in several languages: no part is dropped or written in another language than it was spoken in."""

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript
from bot.media.pcm import RATE
from bot.providers.embedded.passages import Passage, Utterance, by_language
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.speech import Player, pcm, plain, reference, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECOND = RATE * 2  # bytes
PAUSE = bytes(SECOND * 6 // 10)
ENGLISH, SPANISH, RUSSIAN = "voice-note.ogg", "spanish.ogg", "russian.ogg"


@pytest.fixture(scope="module")
def player() -> Player:
    return Player()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(player: Player, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalTranscriber]:
    """The real engine, loaded once."""
    folders = ModelFolders(tmp_path_factory.mktemp("data"))
    async with LocalTranscriber("base", folders, listen=player.windows, chunk_seconds=40) as opened:
        yield opened


async def ignore(_reached: Reached) -> None:
    """Take a report."""


async def heard(local: LocalTranscriber, player: Player, *samples: str) -> tuple[Transcript, list[str]]:
    """Return the transcript of samples in a row, and the languages of its segments in order."""
    audio = player.add(" ".join(samples), PAUSE.join(pcm(one) for one in samples))
    transcript = await local.submit(audio, Options("whisper-base"), ignore)
    spoken = [one.language for one in transcript.segments]
    return transcript, [one for at, one in enumerate(spoken) if spoken[at - 1 : at] != [one]]


def said(*samples: str) -> str:
    return " ".join(reference(one)["text"] for one in samples)


@pytest.mark.parametrize(
    ("samples", "languages"),
    [
        ((ENGLISH, SPANISH), ["en", "es"]),
        ((SPANISH, ENGLISH), ["es", "en"]),
        ((RUSSIAN, ENGLISH, RUSSIAN), ["ru", "en", "ru"]),
        ((SPANISH, RUSSIAN), ["es", "ru"]),
    ],
)
async def test_each_part_is_written_in_its_own_language(
    local: LocalTranscriber, player: Player, samples: tuple[str, ...], languages: list[str]
) -> None:
    transcript, spoken = await heard(local, player, *samples)
    assert spoken == languages
    assert word_error_rate(said(*samples), transcript.text) <= 0.15
    moments = [moment for word in transcript.words for moment in (word.start, word.end)]
    assert moments == sorted(moments)


async def test_the_language_of_a_transcript_is_the_one_with_the_most_speech(
    local: LocalTranscriber, player: Player
) -> None:
    transcript, _ = await heard(local, player, ENGLISH, RUSSIAN, RUSSIAN)
    assert transcript.language == "ru"


async def test_a_translation_is_english_and_its_segments_say_what_was_spoken(
    local: LocalTranscriber, player: Player
) -> None:
    audio = player.add("to translate", pcm(SPANISH))
    transcript = await local.submit(audio, Options("whisper-base", translate=True), ignore)
    words = set(plain(transcript.text).split())
    assert transcript.language == "en"
    assert {one.language for one in transcript.segments} == {"es"}
    assert {"conference", "again"} <= words
    assert not words & {"conferencia", "el", "la", "una", "del"}


BLOCK = [{"start": 0, "end": 5 * RATE}, {"start": 7 * RATE, "end": 12 * RATE}]


def utterance(start: float, end: float, **languages: float) -> Utterance:
    return Utterance(int(start * RATE), int(end * RATE), end - start, languages)


def split(language: str, *utterances: Utterance) -> list[tuple[str, list[tuple[float, float]]]]:
    found = by_language(BLOCK, language, utterances)
    return [(one.language, [in_seconds(span) for span in one.spans]) for one in found]


def in_seconds(span: Mapping[str, int]) -> tuple[float, float]:
    return span["start"] / RATE, span["end"] / RATE


async def test_a_block_is_cut_between_utterances_in_two_languages() -> None:
    parts = split("en", utterance(0, 3, en=0.9, es=0.1), utterance(3, 8, en=0.1, es=0.9), utterance(8, 10, en=0.9))
    assert parts == [("en", [(0, 3)]), ("es", [(3, 5), (7, 10)]), ("en", [(10, 12)])]


@pytest.mark.parametrize(
    "doubtful", [utterance(3, 10, en=0.1, es=0.79), utterance(8.1, 10, en=0.01, es=0.99)], ids=["unsure", "short"]
)
async def test_a_guess_is_no_change_of_language(doubtful: Utterance) -> None:
    found = list(by_language(BLOCK, "en", [utterance(0, 3, en=0.9), doubtful]))
    assert found == [Passage("en", BLOCK)]


async def test_a_short_utterance_is_in_the_likelier_of_the_languages_that_are_spoken() -> None:
    sure = [utterance(0, 3, en=0.9), utterance(3, 6, es=0.9)]
    parts = split("en", *sure, utterance(6, 7, pt=0.6, es=0.3, en=0.1), utterance(7, 10, en=0.9))
    assert [language for language, _ in parts] == ["en", "es", "en"]
