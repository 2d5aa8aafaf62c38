"""One's own voice: learned from a recording of one person, and found among the speakers of a conversation."""

from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from bot.domain.errors import BadVoice
from bot.domain.note import Options, Reached
from bot.domain.transcript import Word
from bot.domain.voice import KnownVoice, Voiceprint
from bot.media.pcm import RATE
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.transcriber import LocalTranscriber, open_embedder
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.speech import Player, from_floats, pcm, to_floats

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITH_SPEAKERS = Options("m", "en", speakers=True)
TALK = "conversation.ogg"


@pytest.fixture(scope="module")
def player() -> Player:
    return Player()


@pytest.fixture(scope="module")
def known() -> dict[str, KnownVoice]:
    """Enrolled voices by user."""
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(
    player: Player, known: dict[str, KnownVoice], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalTranscriber]:
    folder = tmp_path_factory.mktemp("model")
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).touch()
    embedder = open_embedder("")

    async def find(user: str) -> KnownVoice | None:
        return known.get(user)

    async with LocalTranscriber(
        *(str(folder), ModelFolders(folder)),
        listen=player.windows,
        load=lambda *_: Says(),
        load_voices=lambda _: embedder,
        known_voice=find,
    ) as opened:
        yield opened


async def unheard(_reached: Reached) -> None:
    """Take a report."""


class Says:
    """A recogniser that says a word in each second."""

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        seconds = range(len(sound) // RATE)
        return "en", (RawSegment(f" {at}", at, at + 0.9, (Word(f"{at}", at + 0.3, at + 0.9),)) for at in seconds)


async def learned(local: LocalTranscriber, player: Player, sample: str = "voice-note.ogg") -> KnownVoice:
    """Return the voice of a sample; by itself that of the reader, who also speaks in the conversation."""
    return KnownVoice("Ada", await local.voiceprint(player.sample(sample), "ada"))


async def test_the_speaker_whose_voice_is_known_is_named_and_the_other_stays_numbered(
    local: LocalTranscriber, player: Player, known: dict[str, KnownVoice]
) -> None:
    known["ada"] = await learned(local, player)
    said = await local.submit(player.sample(TALK), WITH_SPEAKERS, unheard, "ada")
    assert {one.speaker for one in said.segments} == {"Speaker 1", "Speaker 2"}, "labels stay neutral"
    assert said.names == {"Speaker 2": "Ada"}
    assert (await local.submit(player.sample(TALK), WITH_SPEAKERS, unheard, "bea")).names == {}, "another's note"
    assert (await local.submit(player.sample(TALK), Options("m", "en"), unheard, "ada")).names == {}


async def test_nobody_is_named_by_the_voice_of_a_person_who_does_not_speak(
    local: LocalTranscriber, player: Player, known: dict[str, KnownVoice]
) -> None:
    known["ada"] = await learned(local, player, "russian.ogg")
    assert (await local.submit(player.sample(TALK), WITH_SPEAKERS, unheard, "ada")).names == {}


async def test_a_voice_of_another_model_names_nobody(
    local: LocalTranscriber, player: Player, known: dict[str, KnownVoice]
) -> None:
    voice = await learned(local, player)
    assert voice.print.model == await local.voice_model()
    known["ada"] = KnownVoice("Ada", Voiceprint("another", voice.print.vector))
    assert (await local.submit(player.sample(TALK), WITH_SPEAKERS, unheard, "ada")).names == {}


@pytest.mark.parametrize(
    ("reason", "sound"),
    [
        ("short", to_floats(pcm("voice-note.ogg"))[: 5 * RATE]),
        ("short", np.zeros(20 * RATE)),
        ("several", to_floats(pcm(TALK))),
        ("long", np.zeros(61 * RATE)),
    ],
)
async def test_what_is_no_recording_of_one_voice_is_refused(
    local: LocalTranscriber, player: Player, reason: str, sound: NDArray[np.float64]
) -> None:
    with pytest.raises(BadVoice) as refused:
        await local.voiceprint(player.add(f"{reason} {len(sound)}", from_floats(sound)), "ada")
    assert refused.value.to_json()["reason"] == reason
