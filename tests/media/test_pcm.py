"""Levels, pauses and speech, on sound that is already decoded."""

import sys
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.media.ffmpeg import find_ffmpeg
from bot.media.pcm import RATE, Window, chunks, from_pcm, has_speech, samples
from bot.media.prepare import Media
from tests.helpers.corpus import VOICE_NOTE

SECOND = RATE * 2  # bytes


async def as_windows(parts: Sequence[bytes]) -> AsyncIterator[Window]:
    done = 0
    for part in parts:
        yield Window(done / RATE, from_pcm(part))
        done += len(part) // 2


def noise(seconds: float, level: int = 8000, seed: int = 1) -> bytes:
    made = np.random.default_rng(seed).integers(-level, level, int(seconds * RATE))
    return made.astype("<i2").tobytes()


def test_samples_are_numbers_from_minus_one_to_one() -> None:
    values = samples(from_pcm(np.array([-32768, 0, 16384], "<i2").tobytes()))
    assert values.dtype == np.float32
    assert values.tolist() == [-1.0, 0.0, 0.5]


async def test_a_voice_is_heard() -> None:
    media = Media(find_ffmpeg(None))
    async with media.windows(await media.inspect(VOICE_NOTE)) as windows:
        assert await has_speech(windows)


async def test_listening_stops_at_the_first_word() -> None:
    media = Media(find_ffmpeg(None))
    seen = []

    async def watched(windows: AsyncIterator[Window]) -> AsyncIterator[Window]:
        async for window in windows:
            seen.append(window.start)
            yield window

    async with media.windows(await media.inspect(VOICE_NOTE), 2) as windows:
        assert await has_speech(watched(windows))
    assert len(seen) <= 2


@pytest.mark.parametrize("quiet", [bytes(10 * SECOND), noise(10, level=20)], ids=["silence", "a hiss"])
async def test_nothing_is_heard_in_silence(quiet: bytes) -> None:
    assert not await has_speech(as_windows([quiet]))


async def test_without_the_engine_s_packages_only_silence_is_no_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper.vad", None)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    assert await has_speech(as_windows([noise(1)]))
    assert not await has_speech(as_windows([bytes(SECOND)]))


async def test_a_loud_noise_is_not_taken_for_a_voice() -> None:
    assert not await has_speech(as_windows([noise(10)]))


async def test_an_empty_recording_is_silent() -> None:
    assert not await has_speech(as_windows([]))


async def test_a_long_recording_is_cut_in_its_pauses() -> None:
    spoken = noise(8) + bytes(SECOND) + noise(9) + bytes(SECOND) + noise(3)
    made = [chunk async for chunk in chunks(as_windows([spoken]), longest=11)]
    first, second = made[1].start, made[2].start
    assert 8 < first < 9
    assert 18 < second < 19
    assert max(chunk.seconds for chunk in made) <= 11


async def test_what_is_short_enough_stays_whole() -> None:
    made = [chunk async for chunk in chunks(as_windows([noise(2), noise(1)]), longest=300)]
    assert [(chunk.start, chunk.seconds) for chunk in made] == [(0.0, 3.0)]


@given(
    lengths=st.lists(st.integers(0, 40_000), max_size=8),
    longest=st.floats(0.0001, 6),
    level=st.integers(1, 32_767),
)
@settings(deadline=None, max_examples=60)
async def test_no_sample_is_lost_or_doubled(lengths: list[int], longest: float, level: int) -> None:
    longest = max(longest, sum(lengths) / RATE / 200)  # so that there are not a million chunks
    parts = [noise(length / RATE, level, seed) for seed, length in enumerate(lengths)]
    whole, at = b"".join(parts), 0
    async for chunk in chunks(as_windows(parts), longest):
        data = bytes(chunk.sound.raw_data)
        assert chunk.start == at / RATE
        assert 0 < len(data) // 2 <= max(1, longest * RATE)
        assert data == whole[at * 2 : at * 2 + len(data)]
        at += len(data) // 2
    assert at * 2 == len(whole)
