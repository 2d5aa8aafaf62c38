"""The conversion of a file depends on the file and the provider alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audio import Accepts, Audio
from bot.media.ffmpeg import Conversion, PassThrough, expected_bytes, plan

THREE_MEGABYTES = 3 * 1024 * 1024
ALL = frozenset({"ogg", "mp3", "wav"})


def note(seconds: float = 10.0, size: int = 40_000, container: str = "ogg", *, video: bool = False) -> Audio:
    return Audio(Path("note"), container, "opus", seconds, 48_000, 1, size, video)


def test_a_voice_note_passes_through_untouched() -> None:
    assert plan(note(), Accepts(ALL, THREE_MEGABYTES, video=False)) == PassThrough()


def test_a_provider_that_takes_everything_gets_everything() -> None:
    assert plan(note(size=10**10, container="avi", video=True), Accepts()) == PassThrough()


@pytest.mark.parametrize(
    "audio",
    [note(container="amr"), note(size=THREE_MEGABYTES + 1), note(video=True)],
    ids=["an unknown container", "too large", "pictures"],
)
def test_what_the_provider_does_not_take_becomes_mp3(audio: Audio) -> None:
    assert plan(audio, Accepts(ALL, THREE_MEGABYTES, video=False)) == Conversion("mp3", "mp3", 32_000)


def test_a_quarter_of_an_hour_becomes_opus_to_fit_three_megabytes() -> None:
    audio = note(seconds=15 * 60, size=20_000_000)
    assert plan(audio, Accepts(ALL, THREE_MEGABYTES)) == Conversion("ogg", "opus", 24_000)


def test_an_hour_fits_in_no_way_and_says_so() -> None:
    audio = note(seconds=3600, size=20_000_000)
    assert plan(audio, Accepts(ALL, THREE_MEGABYTES)) == Conversion("ogg", "opus", 24_000, fits=False)


def test_a_provider_without_mp3_gets_ogg() -> None:
    assert plan(note(container="amr"), Accepts(frozenset({"ogg"}))) == Conversion("ogg", "opus", 24_000)


def test_a_provider_that_takes_nothing_we_make_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="mp3 or ogg"):
        plan(note(), Accepts(frozenset({"wav"})))


@given(
    seconds=st.floats(0.1, 100_000),
    size=st.integers(1, 10**10),
    container=st.sampled_from(["ogg", "mp3", "wav", "mp4", "amr"]),
    video=st.booleans(),
    limit=st.none() | st.integers(10_000, 10**9),
    takes_video=st.booleans(),
)
def test_whatever_is_planned_is_taken_or_says_that_it_is_not(
    seconds: float, size: int, container: str, video: bool, limit: int | None, takes_video: bool
) -> None:
    made = plan(note(seconds, size, container, video=video), Accepts(ALL, limit, video=takes_video))
    match made:
        case PassThrough():
            assert container in ALL
            assert limit is None or size <= limit
            assert takes_video or not video
        case Conversion():
            assert made.container in ALL
            assert made.fits == (limit is None or expected_bytes(made, seconds) <= limit)
