"""Reading what a sound file is, without decoding it and without trusting it.

source         the file, opened once, with a deadline on every read
sniff, mpeg    which container it is, by its first bytes alone; the frames of MP3 and AAC, which have no magic number
ogg, wav       own readers of what is sent most: fast
mp4 (boxes, codecs)   an own reader, because a demuxer believes an index that claims gigabytes
walk, whole    every other container: PyAV with that one demuxer forced, packet by packet; whether the file is all there
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of the first audio track of a file."""

    codec: str
    """ffmpeg's name."""
    seconds: float
    """Decoded length; if a reader stopped at the longest allowed length, more than that."""
    rate: int
    channels: int
    has_video: bool = False


def is_short_of(found: float, expected: float) -> bool:
    """Return True if more is missing than rounding, priming or padding explains (seconds)."""
    return expected - found > max(0.5, 0.02 * expected)
