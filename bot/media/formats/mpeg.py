"""Frame headers of MP3 and of AAC in ADTS, which have no magic number of their own."""

from collections.abc import Callable
from dataclasses import dataclass

_BITRATES = {  # kbit/s, by (is MPEG-1, layer) and index 1 to 14
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_SHORTEST_ADTS = 7


@dataclass(frozen=True, slots=True)
class Frame:
    """One MPEG audio frame: its size in bytes, its number of samples and their rate."""

    size: int
    samples: int
    rate: int


def mpeg_frame(head: bytes) -> Frame | None:
    """Read the four bytes of an MP3 (or layer I or II) frame header. None if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    first = version == 3
    samples = {1: 384, 2: 1152, 3: 1152 if first else 576}[layer]
    hertz, kilobits = _RATES[version][rate], _BITRATES[first, layer][bitrate - 1]
    padding = (head[2] >> 1 & 1) * (4 if layer == 1 else 1)
    unpadded = samples * kilobits * 125 // hertz
    return Frame((unpadded // 4 * 4 if layer == 1 else unpadded) + padding, samples, hertz)


def frames_in(head: bytes) -> tuple[str, int] | None:
    """Return the first place with three consecutive frames as (mp3 or aac, offset), or None."""
    at = head.find(b"\xff")
    while 0 <= at <= len(head) - _SHORTEST_ADTS:
        for container, size in (("mp3", _mpeg_size), ("aac", _adts_size)):
            if _frames_follow(head, at, size):
                return container, at
        at = head.find(b"\xff", at + 1)
    return None


def promised_seconds(head: bytes) -> float | None:
    """Return the length of an MP3 by the Xing or Info frame at the start of `head`, or None."""
    frame = mpeg_frame(head)
    if frame is None:
        return None
    for name in (b"Xing", b"Info"):
        at = head.find(name, 4, min(frame.size, 64))
        if at > 0 and head[at + 7] & 1:
            return int.from_bytes(head[at + 8 : at + 12], "big") * frame.samples / frame.rate
    return None


def _mpeg_size(head: bytes) -> int:
    frame = mpeg_frame(head)
    return frame.size if frame else 0


def _adts_size(head: bytes) -> int:
    if len(head) < _SHORTEST_ADTS or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > _SHORTEST_ADTS else 0


def _frames_follow(head: bytes, start: int, size_of: Callable[[bytes], int]) -> bool:
    at = start
    for seen in range(3):
        size = size_of(head[at : at + _SHORTEST_ADTS])
        if not size:
            # A file may end before its third frame. Noise often looks like one frame, but rarely from its start.
            return at >= len(head) - _SHORTEST_ADTS and (seen > 1 or (seen == 1 and start == 0))
        at += size
    return True
