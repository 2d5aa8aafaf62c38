"""Reading what a sound file is, without decoding it and without trusting it.

source  the file, opened once, with a deadline on every read
sniff   which container it is, by its first bytes alone
ogg, wav, mp4   own readers: fast, and immune to indexes that claim gigabytes
walk    every other container: PyAV with that one demuxer forced, packet by packet
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reader found out about the first sound track of a file."""

    codec: str
    """As ffmpeg names it."""
    seconds: float
    """What decoding would give; where a reader stopped at the longest wanted, more than that."""
    rate: int
    channels: int
    has_video: bool = False


def is_short_of(found: float, expected: float) -> bool:
    """Whether so much is missing (seconds) that it cannot be rounding, priming or padding."""
    return expected - found > max(0.5, 0.02 * expected)
