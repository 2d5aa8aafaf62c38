"""The embedded engine on recordings of two channels: real speech, through the real decoder."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from bot.domain.audio import Audio
from bot.domain.errors import NoSpeech
from bot.domain.note import Channels, Options, Reached
from bot.domain.transcript import Transcript
from bot.media.ffmpeg import find_ffmpeg
from bot.media.pcm import RATE
from bot.media.prepare import Media
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.corpus import ffmpeg
from tests.helpers.diarization import word_speaker_errors
from tests.helpers.speech import from_floats, pcm, reference, to_floats, word_error_rate
from tests.helpers.two_microphones import CONVERSATION, call, turns

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENGLISH = Options("whisper-base", "en")
Track = NDArray[np.float64]


class Told:
    """Takes reports, and keeps the fractions."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    async def __call__(self, reached: Reached) -> None:
        if reached.fraction is not None:
            self.fractions.append(reached.fraction)


@pytest.fixture(scope="module")
def media() -> Media:
    return Media(find_ffmpeg(None))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(media: Media, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalTranscriber]:
    folders = ModelFolders(tmp_path_factory.mktemp("data"))
    async with LocalTranscriber("base", folders, listen=media.windows, chunk_seconds=15) as opened:
        yield opened


async def recorded(media: Media, folder: Path, channels: Sequence[Track]) -> Audio:
    raw, file = folder / "channels.raw", folder / "channels.wav"
    length = min(map(len, channels))
    raw.write_bytes(from_floats(np.stack([channel[:length] for channel in channels]).T.reshape(-1)))
    shape = ("-f", "s16le", "-ar", str(RATE), "-ac", str(len(channels)))
    ffmpeg(find_ffmpeg(None), *shape, "-i", raw, file)
    return await media.inspect(file)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(
    local: LocalTranscriber, media: Media, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Transcript, list[float]]:
    """The conversation, a channel a speaker, and the progress that was reported."""
    audio, told = await recorded(media, tmp_path_factory.mktemp("call"), call()), Told()
    return await local.submit(audio, ENGLISH, told), told.fractions


async def test_each_channel_is_a_speaker(talk: tuple[Transcript, list[float]]) -> None:
    transcript, _ = talk
    assert transcript.words[0].speaker == "Speaker 1"
    assert {word.speaker for word in transcript.words} == {"Speaker 1", "Speaker 2"}
    assert word_speaker_errors(turns(), transcript.words) == 0
    assert word_error_rate(reference(CONVERSATION)["text"], transcript.text) <= 0.05


async def test_what_is_said_stands_in_order_of_time(talk: tuple[Transcript, list[float]]) -> None:
    transcript, _ = talk
    assert all(one.start <= other.start for one, other in pairwise(transcript.segments))
    speakers = [segment.speaker for segment in transcript.segments]
    assert sum(one != other for one, other in pairwise(speakers)) == sum(
        one.speaker != other.speaker for one, other in pairwise(turns())
    )
    assert " ".join(segment.text for segment in transcript.segments) == transcript.text
    assert transcript.language == "en"


async def test_progress_goes_on_through_all_tracks(talk: tuple[Transcript, list[float]]) -> None:
    _, told = talk
    assert told == sorted(told)
    assert any(0.1 < fraction < 0.5 for fraction in told)
    assert any(0.5 < fraction < 0.9 for fraction in told)
    assert told[-1] == 1.0


async def test_two_who_speak_at_once_are_both_understood(local: LocalTranscriber, media: Media, tmp_path: Path) -> None:
    english, russian = (to_floats(pcm(name)) for name in ("voice-note.ogg", "russian.ogg"))
    transcript = await local.submit(
        await recorded(media, tmp_path, (english, russian)), Options("whisper-base"), Told()
    )
    said = [
        " ".join(word.text for word in transcript.words if word.speaker == speaker)
        for speaker in ("Speaker 1", "Speaker 2")
    ]
    assert all(len(text.split()) > 10 for text in said)
    assert sorted(text.isascii() for text in said) == [False, True], "English is ASCII, Russian is not"


async def test_mixed_channels_name_no_speaker(local: LocalTranscriber, media: Media, tmp_path: Path) -> None:
    audio = await recorded(media, tmp_path, call())
    options = Options("whisper-base", "en", channels=Channels.MIX)
    transcript = await local.submit(audio, options, Told())
    assert {word.speaker for word in transcript.words} == {None}
    assert word_error_rate(reference(CONVERSATION)["text"], transcript.text) <= 0.05


@pytest.mark.parametrize("channels", Channels)
async def test_an_inverted_channel_does_not_cancel_the_other(
    local: LocalTranscriber, media: Media, tmp_path: Path, channels: Channels
) -> None:
    voice = to_floats(pcm("voice-note.ogg"))
    audio = await recorded(media, tmp_path, (voice, -voice))
    transcript = await local.submit(audio, Options("whisper-base", "en", channels=channels), Told())
    assert {word.speaker for word in transcript.words} == {None}
    assert word_error_rate(reference("voice-note.ogg")["text"], transcript.text) <= 0.05


async def test_an_empty_channel_is_no_speaker(local: LocalTranscriber, media: Media, tmp_path: Path) -> None:
    voice = to_floats(pcm("voice-note.ogg"))
    audio = await recorded(media, tmp_path, (np.zeros(len(voice)), voice))
    transcript = await local.submit(audio, Options("whisper-base", "en", channels=Channels.SPLIT), Told())
    assert {word.speaker for word in transcript.words} == {None}
    assert word_error_rate(reference("voice-note.ogg")["text"], transcript.text) <= 0.05


async def test_channels_without_speech_are_no_speech(local: LocalTranscriber, media: Media, tmp_path: Path) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.01, (2, 3 * RATE))
    audio = await recorded(media, tmp_path, list(hiss))
    with pytest.raises(NoSpeech):
        await local.submit(audio, Options("whisper-base", channels=Channels.SPLIT), Told())
