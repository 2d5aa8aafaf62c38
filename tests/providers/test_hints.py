"""Vocabulary and context help with the spelling of what is said, and are never written where they were not said."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from bot.domain.errors import NoSpeech
from bot.domain.note import Options, Reached
from bot.media.pcm import RATE
from bot.providers.embedded.hints import Hints, is_worth_a_second
from bot.providers.embedded.plausibility import Decoded
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.noises import noises
from tests.helpers.speech import Player, from_floats, pcm, plain, reference, to_floats, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")

TERMS = ("Dashwood", "Asterisk", "Digium", "IAX2", "DAHDI", "Unistim", "MISDN", "H.323", "Zaptel")
CONTEXT = "A letter of Mister Dashwood about the telephone exchange of the company."
HINTS = Hints(TERMS, CONTEXT)


@pytest.fixture(scope="module")
def player() -> Player:
    return Player()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(player: Player, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalTranscriber]:
    folders = ModelFolders(tmp_path_factory.mktemp("data"))
    async with LocalTranscriber("base", folders, listen=player.windows) as opened:
        yield opened


async def ignore(_reached: Reached) -> None:
    """Take a report."""


async def text_of(local: LocalTranscriber, player: Player, name: str, sound: bytes, options: Options) -> str:
    try:
        return (await local.submit(player.add(name, sound), options, ignore)).text
    except NoSpeech:
        return ""


@pytest.mark.parametrize("sample", ["voice-note.ogg", "russian.ogg", "spanish.ogg"])
async def test_a_note_without_the_terms_keeps_its_words(local: LocalTranscriber, player: Player, sample: str) -> None:
    options = Options("whisper-base", vocabulary=TERMS, prompt=CONTEXT)
    text = await text_of(local, player, sample, pcm(sample), options)
    assert word_error_rate(reference(sample)["text"], text) <= 0.08
    assert not {plain(term) for term in TERMS} & set(plain(text).split())


async def test_a_term_is_written_as_the_vocabulary_spells_it(local: LocalTranscriber, player: Player) -> None:
    sample = pcm("voice-note.ogg")
    without = await text_of(local, player, "without", sample, Options("whisper-base"))
    options = Options("whisper-base", vocabulary=("coldhearted", "illdisposed"))
    text = await text_of(local, player, "with", sample, options)
    assert "coldhearted" not in without
    assert "coldhearted" in text
    assert word_error_rate(without, text) <= 0.12


@pytest.mark.parametrize("noise", noises())
async def test_nothing_is_made_up_where_nothing_is_said(local: LocalTranscriber, player: Player, noise: str) -> None:
    options = Options("whisper-base", vocabulary=TERMS, prompt=CONTEXT)
    assert await text_of(local, player, noise, noises()[noise], options) == ""


@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.5])
async def test_a_note_of_a_word_or_two_gets_no_others(local: LocalTranscriber, player: Player, seconds: float) -> None:
    sound = to_floats(pcm("voice-note.ogg"))[: int(seconds * RATE)]
    padded = from_floats(np.concatenate([np.zeros(RATE // 2), sound, np.zeros(RATE // 2)]))
    options = Options("whisper-base", vocabulary=TERMS, prompt=CONTEXT)
    text = await text_of(local, player, f"{seconds} s", padded, options)
    assert not {plain(term) for term in TERMS} & set(plain(text).split())
    assert len(text.split()) <= 8


@pytest.mark.parametrize(
    ("hinted", "heard"),
    [
        ("DAHDI Asterisk, Digium", "Dirty"),
        ("It is about Asterisk.", "It is a risk."),
        (
            "We met Digium and IAX2 and then DAHDI there at the old inn",
            "We met the gym and eye and then dirty there, inn",
        ),
        ("He wrote about the telephone exchange of it", "He wrote about a hello phone exchange of it"),
        ("Asterisk Asterisk", "asterisk ask"),
    ],
    ids=["longer than what was heard", "much longer", "a recital of the list", "a quotation", "mostly vocabulary"],
)
async def test_an_echo_of_the_hints_is_dropped(hinted: str, heard: str) -> None:
    assert HINTS.is_echo(hinted, heard)


@pytest.mark.parametrize(
    ("hinted", "heard"),
    [
        ("Mister Dashwood runs the exchange.", "Mister dash wood runs the exchange."),
        ("First DAHDI, then Asterisk is loaded here.", "First dirty, then a risk is loaded here."),
        ("Digium makes IAX2 and DAHDI work for all of us.", "Digium makes IAX2 and DAHDI work for all of as."),
    ],
    ids=["a name", "terms in another order", "terms that were heard before"],
)
async def test_a_better_spelling_is_kept(hinted: str, heard: str) -> None:
    assert not HINTS.is_echo(hinted, heard)


@pytest.mark.parametrize(
    ("hinted", "heard", "is_better"),
    [
        ("He is of Digium.", "He is of the gym.", True),
        ("It runs on IAX2.", "It runs on iax2.", True),
        ("Mister Dash would.", "Mr. Dash would.", True),
        ("He was of the gym.", "He is of the gym.", False),
        ("He is of Digium.", "He is of Digium", False),
        ("He is of Digium.", "He is of the gym, as are all the others.", False),
    ],
    ids=["a term", "its capitals", "a name of the context", "no term", "a term that was heard", "words are lost"],
)
async def test_a_text_with_the_hints_counts_if_a_term_is_spelt_better(hinted: str, heard: str, is_better: bool) -> None:
    assert HINTS.spells_better(hinted, heard) == is_better


@pytest.mark.parametrize(
    ("logprob", "no_speech", "is_worth"), [(-0.3, 0.1, True), (-0.8, 0.1, False), (-0.3, 0.7, False)]
)
async def test_only_what_was_heard_with_confidence_is_heard_again(
    logprob: float, no_speech: float, is_worth: bool
) -> None:
    first = Decoded("Well", 3, (0.0,), 1.0, logprob, no_speech)
    assert is_worth_a_second(first) == is_worth
