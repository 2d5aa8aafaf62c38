"""The choice of a conversion for a provider. Pure: nothing is opened or run here."""

from dataclasses import dataclass

from bot.domain.audio import Accepts, Audio


@dataclass(frozen=True, slots=True)
class PassThrough:
    """Hand over the file unchanged: over a thousand times cheaper than any conversion, and lossless."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Make a new file: 16 kHz, mono, audio only."""

    container: str
    """mp3 or ogg."""
    codec: str
    """mp3 or opus."""
    bitrate: int
    """Bits per second."""
    fits: bool = True
    """False if even this conversion exceeds the provider's limit: the file must go by URL or in chunks."""


Plan = PassThrough | Conversion

# In speech recognition these equal higher bitrates; MP3 takes a third of Opus's CPU time, Opus is smaller.
_CHOICES = (Conversion("mp3", "mp3", 32_000), Conversion("ogg", "opus", 24_000))
_SLACK = 1.03  # variable bitrate and container overhead
_HEADER = 4096  # bytes


def plan(audio: Audio, accepts: Accepts) -> Plan:
    """Choose pass-through if the provider takes the file, else the cheapest conversion within its size limit.

    Raises ValueError if the provider takes neither MP3 nor Ogg.
    """
    if _is_taken(audio, accepts):
        return PassThrough()
    choices = [choice for choice in _CHOICES if accepts.containers is None or choice.container in accepts.containers]
    if not choices:
        raise ValueError("a provider must take mp3 or ogg")
    for choice in choices:
        if accepts.bytes is None or expected_bytes(choice, audio.seconds) <= accepts.bytes:
            return choice
    smallest = choices[-1]
    return Conversion(smallest.container, smallest.codec, smallest.bitrate, fits=False)


def expected_bytes(conversion: Conversion, seconds: float) -> int:
    """Return the largest expected size of the converted file."""
    return int(seconds * conversion.bitrate / 8 * _SLACK) + _HEADER


def _is_taken(audio: Audio, accepts: Accepts) -> bool:
    return (
        (accepts.containers is None or audio.container in accepts.containers)
        and (accepts.bytes is None or audio.bytes <= accepts.bytes)
        and (accepts.video or not audio.has_video)
    )
