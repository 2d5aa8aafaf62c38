"""Files damaged in ways that were once found by chance: each ends in a sentence, on every version of the libraries."""

import random
from pathlib import Path

import pytest

from bot.domain.errors import EarmarkError
from bot.media.ffmpeg import find_ffmpeg
from bot.media.formats.mpeg import frames_in
from bot.media.probe import probe
from tests.helpers.corpus import Corpus


@pytest.mark.parametrize("at", [13, 21], ids=["a place beyond all files", "a codec that nobody knows"])
async def test_a_damaged_caf_is_unreadable(tmp_path: Path, at: int) -> None:
    whole = bytearray(Corpus(tmp_path, find_ffmpeg(None)).make("whole.caf").read_bytes())
    whole[at : at + 8] = b"\xff" * 8
    (tmp_path / "damaged.caf").write_bytes(whole)
    with pytest.raises(EarmarkError):
        await probe(tmp_path / "damaged.caf", longest=3600)


def test_noise_is_not_taken_for_mp3_because_it_ends_like_a_frame() -> None:
    noises = (random.Random(seed).randbytes(2000) for seed in range(1000))
    taken = [seed for seed, noise in enumerate(noises) if frames_in(noise)]
    assert taken == []
