"""All other containers: PyAV with the one demuxer forced, packet by packet, without decoding.

The demuxer reads bytes through a Python object and can open nothing by itself; video decoders are disabled, tracks are
counted before they use memory, and every read is against the deadline.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

from bot.domain.errors import EarmarkError, NoSound, TooSlow, Truncated, Unreadable, UnsafeMedia
from bot.media.formats import Measured, is_short_of
from bot.media.formats.codecs import DECODERS
from bot.media.formats.mpeg import promised_seconds
from bot.media.formats.source import Source
from bot.media.formats.whole import flac_promise, refuse_cut

_MOST_TRACKS = 16
_OPTIONS = {
    "protocol_whitelist": "none",
    "codec_whitelist": ",".join(DECODERS),
    "max_streams": "64",
    "probesize": "1000000",
    "analyzeduration": "5000000",
}


def walk(source: Source, container: str, longest: float) -> Measured:
    """Measure a file of this container. Stops after `longest` seconds.

    Raises Truncated, NoSound, UnsafeMedia (too many tracks), TooSlow, Unreadable.
    """
    refuse_cut(source, container)
    promised = _promise(source, container)
    try:
        with source.buffered() as file, _open(_DeadlineFile(file), container) as opened:
            measured = _measure(opened, source, longest)
    except EarmarkError:
        source.check_time()  # after the deadline a file may seem to have no audio
        raise
    except MemoryError as error:
        raise UnsafeMedia(reason="tracks") from error
    except (av.FFmpegError, OSError, ValueError, OverflowError, AssertionError) as error:
        source.check_time()
        raise Unreadable from error
    source.check_time()
    if promised and measured.seconds <= longest and is_short_of(measured.seconds, promised):
        raise Truncated
    return measured


def _promise(source: Source, container: str) -> float | None:
    head = source.peek(0, 4096)
    return {"mp3": promised_seconds, "flac": flac_promise}.get(container, _no_promise)(head)


def _no_promise(_head: bytes) -> None:
    return None


def _open(file: object, container: str) -> InputContainer:
    return av.open(file, "r", format=container, io_open=_refuse, options=_OPTIONS, buffer_size=1 << 17)


class _DeadlineFile:
    """The file as PyAV reads it. It ends at the deadline: PyAV would print an error that is raised in here."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        with suppress(TooSlow):
            return self._file.read(size)
        return b""


def _refuse(*_asked: object) -> object:
    raise UnsafeMedia(reason="other-file")


def _measure(opened: InputContainer, source: Source, longest: float) -> Measured:
    streams = opened.streams
    if len(streams) > _MOST_TRACKS:
        raise UnsafeMedia(reason="tracks")
    if not streams.audio:
        raise NoSound
    sound = streams.audio[0]
    has_video = any(not video.disposition & Disposition.attached_pic for video in streams.video)
    context: Any = sound.codec_context  # None if the claimed codec is not supported here
    if context is None or not context.rate:
        raise Unreadable
    seconds = _length(opened, sound, source, longest)
    return Measured(context.codec.canonical_name, seconds, sound.rate, sound.channels, has_video)


def _length(opened: InputContainer, sound: AudioStream, source: Source, longest: float) -> float:
    """Return seconds, by the durations of the packets, or by their times if durations are missing or rounded."""
    unit = float(sound.time_base or 0)
    total, first, last = 0, None, 0
    for turn, packet in enumerate(_packets(opened, sound)):
        if turn % 1000 == 0:
            source.check_time()
        duration = packet.duration or 0
        total += duration
        if packet.pts is not None:
            first = packet.pts if first is None else min(first, packet.pts)
            last = max(last, packet.pts + duration)
        if total * unit > longest:
            break
    by_packets, by_times = total * unit, (last - (first or 0)) * unit
    if not total or not (is_short_of(by_packets, by_times) or is_short_of(by_times, by_packets)):
        return by_times
    return by_packets


def _packets(opened: InputContainer, sound: AudioStream) -> Iterator["Packet[AudioStream]"]:
    yield from (packet for packet in opened.demux(sound) if packet.size)
