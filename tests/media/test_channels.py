"""The channels of a recording: which are microphones of their own, and how the others are mixed."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.domain.audio import EVEN, Audio, Mix
from bot.domain.note import Channels
from bot.media.channels import MOST_APART, Comparison, Sound, each_apart
from bot.media.ffmpeg import find_ffmpeg
from bot.media.pcm import RATE, channels_of
from bot.media.prepare import Media
from tests.helpers.corpus import ffmpeg
from tests.helpers.noises import noises
from tests.helpers.paths import SAMPLES
from tests.helpers.speech import pcm, to_floats
from tests.helpers.two_microphones import call

Track = NDArray[np.float64]


def voice(name: str = "voice-note.ogg") -> Track:
    return to_floats(pcm(name))


def noise(name: str, length: int) -> Track:
    return np.resize(to_floats(noises()[name]), length)


def compared(*channels: Track) -> Comparison:
    """A recording of these channels, compared in windows of 10 s."""
    length = min(map(len, channels))
    sound: Sound = np.stack([channel[:length] for channel in channels]).astype(np.float32)
    comparison = Comparison(len(channels))
    for at in range(0, length, 10 * RATE):
        comparison.add(sound[:, at : at + 10 * RATE])
    return comparison


def auto(*channels: Track) -> list[Mix]:
    return compared(*channels).tracks(Channels.AUTO, None)


def only(*shares: float) -> Mix:
    return (shares,)


LEFT, RIGHT = only(1, 0), only(0, 1)


def test_two_microphones_are_two_tracks() -> None:
    assert auto(*call()) == [LEFT, RIGHT]


def test_two_who_speak_at_the_same_time_all_the_time_are_two_tracks() -> None:
    assert auto(voice("voice-note.ogg"), voice("spanish.ogg")) == [LEFT, RIGHT]


def test_microphones_that_hear_the_other_speaker_faintly_are_two_tracks() -> None:
    one, other = call()
    assert auto(one + 0.15 * other, other + 0.15 * one) == [LEFT, RIGHT]


def test_microphones_in_noise_are_two_tracks() -> None:
    one, other = call()
    hiss = noise("loud hiss", len(one))
    quiet = 0.1 * np.sqrt(np.mean(one**2) / np.mean(hiss**2)) * hiss
    assert auto(one + quiet, other + np.roll(quiet, 777)) == [LEFT, RIGHT]


def test_a_channel_with_one_short_answer_is_a_track_in_a_short_recording() -> None:
    one, other = call()
    other[14 * RATE :] = 0
    assert auto(one, other) == [LEFT, RIGHT]


def test_mono_as_stereo_is_mixed() -> None:
    assert auto(voice(), voice()) == [EVEN]
    assert auto(voice(), 0.3 * voice()) == [EVEN]


def room(one: Track, other: Track, difference: float, lag: int) -> tuple[Track, Track]:
    """Two people to the left and to the right of a stereo recorder: a lag in samples, a difference in decibels."""
    less = 10 ** (-difference / 20)
    return one + less * np.roll(other, lag), other + less * np.roll(one, lag)


@pytest.mark.parametrize(("difference", "lag"), [(0, 0), (2, 4), (4, 10), (6, 16), (8, 3)])
def test_a_stereo_recording_of_one_room_is_mixed(difference: float, lag: int) -> None:
    assert auto(*room(*call(), difference, lag)) == [EVEN]


@pytest.mark.parametrize("silence", ["digital silence", "quiet hiss", "hum of 50 Hz"])
def test_a_channel_without_a_voice_is_left_out(silence: str) -> None:
    rest = 0.02 * noise(silence, len(voice()))
    assert auto(voice(), rest) == [LEFT]
    assert auto(rest, voice()) == [RIGHT]


def test_an_inverted_channel_does_not_cancel_the_other() -> None:
    assert auto(voice(), -voice()) == [only(0.5, -0.5)]
    assert compared(voice(), -0.9 * voice()).tracks(Channels.MIX, None) == [only(0.5, -0.5)]


@pytest.mark.parametrize("name", ["a tune with overtones", "drum and bass", "a chord", "a scale"])
def test_music_on_two_sides_is_mixed(name: str) -> None:
    whole = to_floats(noises()[name])
    assert auto(whole, np.roll(whole, RATE // 3)) == [EVEN]


def test_silence_is_mixed() -> None:
    assert auto(np.zeros(RATE), np.zeros(RATE)) == [EVEN]
    assert auto(np.zeros(10), np.zeros(10)) == [EVEN]


def test_mix_never_splits_and_split_always_does() -> None:
    assert compared(*call()).tracks(Channels.MIX, None) == [EVEN]
    one_room = compared(*room(*call(), 4, 10))
    assert one_room.tracks(Channels.SPLIT, None) == [LEFT, RIGHT]


def test_split_transcribes_the_same_sound_once() -> None:
    assert compared(voice(), voice()).tracks(Channels.SPLIT, None) == [EVEN]
    assert compared(voice(), -voice()).tracks(Channels.SPLIT, None) == [only(0.5, -0.5)]


@pytest.mark.parametrize(("speakers", "tracks"), [(1, [EVEN]), (2, [LEFT, RIGHT]), (3, [EVEN]), (None, [LEFT, RIGHT])])
def test_more_speakers_than_microphones_are_told_apart_by_their_voices(speakers: int | None, tracks: list[Mix]) -> None:
    assert compared(*call()).tracks(Channels.AUTO, speakers) == tracks


def shifted(number: int) -> Track:
    """A voice of its own time."""
    return np.roll(voice(), 3 * RATE * number)


def test_a_recorder_of_many_tracks_uses_those_with_a_voice() -> None:
    one, other = call()
    empty = np.zeros(len(one))
    assert auto(empty, one, empty, empty, empty, other, empty, one) == [
        only(0, 1, 0, 0, 0, 0, 0, 0),
        only(0, 0, 0, 0, 0, 1, 0, 0),
    ]


def test_more_tracks_than_can_be_paid_for_are_mixed() -> None:
    tracks = [shifted(number) for number in range(MOST_APART + 1)]
    assert len(compared(*tracks[:MOST_APART]).tracks(Channels.SPLIT, None)) == MOST_APART
    assert compared(*tracks).tracks(Channels.SPLIT, None) == [EVEN]


# The decoder


@pytest.fixture
def media() -> Media:
    return Media(find_ffmpeg(None))


async def decoded(media: Media, audio: Audio, mix: Mix, seconds: float = 3.0) -> Sound:
    async with media.windows(audio, seconds, mix) as windows:
        return np.concatenate([channels_of(window.sound) async for window in windows], axis=1)


async def stereo(media: Media, folder: Path) -> Audio:
    """The voice note to the left; inverted, at half its level, to the right; at 48 kHz."""
    file = folder / "stereo.wav"
    ffmpeg(
        find_ffmpeg(None), "-i", SAMPLES / "voice-note.ogg", "-af", "pan=stereo|c0=c0|c1=-0.5*c0", "-ar", "48000", file
    )
    return await media.inspect(file)


async def test_channels_are_decoded_apart(media: Media, tmp_path: Path) -> None:
    audio = await stereo(media, tmp_path)
    left, right = await decoded(media, audio, each_apart(2))
    assert len(left) == round(audio.seconds * RATE)
    assert np.max(np.abs(left + 2 * right)) < 1e-3
    assert np.max(np.abs(left)) > 0.1


async def test_channels_are_mixed_in_the_given_shares(media: Media, tmp_path: Path) -> None:
    audio = await stereo(media, tmp_path)
    left, right = await decoded(media, audio, each_apart(2))
    (mixed,) = await decoded(media, audio, only(0.5, -0.5))
    assert np.max(np.abs(mixed - (left - right) / 2)) < 1e-3
    (alone,) = await decoded(media, audio, only(0, 1))
    assert np.max(np.abs(alone - right)) < 1e-3


async def test_windows_of_many_channels_begin_where_the_last_ended(media: Media, tmp_path: Path) -> None:
    audio = await stereo(media, tmp_path)
    async with media.windows(audio, 7, each_apart(2)) as windows:
        found = [(window.start, round(window.seconds, 2)) async for window in windows]
    assert found == [(0, 7), (7, 7), (14, round(audio.seconds - 14, 2))]


async def test_a_channel_that_is_not_there_is_silent(media: Media) -> None:
    audio = await media.inspect(SAMPLES / "voice-note.ogg")
    one, other = await decoded(media, audio, each_apart(2))
    assert np.max(np.abs(one)) > 0.1
    assert not other.any()
