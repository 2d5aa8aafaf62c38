"""What must be done to a sound file before a provider can have it. Pure: nothing is opened or run here."""

from dataclasses import dataclass

from bot.domain.audio import Accepts, Audio


@dataclass(frozen=True, slots=True)
class PassThrough:
    """Hand the file over as it is: over a thousand times cheaper than any conversion, and nothing is lost."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Make a new file of the sound: 16 kHz, mono, nothing else in it."""

    container: str
    """mp3 or ogg."""
    codec: str
    """mp3 or opus."""
    bitrate: int
    """Bits a second."""
    fits: bool = True
    """False: not even this one is below the provider's limit, so the file has to go another way (by URL, in chunks)."""


Plan = PassThrough | Conversion

# Speech recognition could not tell these from better ones; MP3 costs a third of Opus's CPU, Opus is the smaller.
_CHOICES = (Conversion("mp3", "mp3", 32_000), Conversion("ogg", "opus", 24_000))
_SLACK = 1.03  # variable bitrate, and what the container adds
_HEADER = 4096  # bytes


def plan(audio: Audio, accepts: Accepts) -> Plan:
    """Pass the file through wherever the provider takes it; else the cheapest conversion that fits its size limit.

    Raises ValueError for a provider that takes neither MP3 nor Ogg: there is nothing that could be made for it.
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
    """How large the converted file will be at most."""
    return int(seconds * conversion.bitrate / 8 * _SLACK) + _HEADER


def _is_taken(audio: Audio, accepts: Accepts) -> bool:
    return (
        (accepts.containers is None or audio.container in accepts.containers)
        and (accepts.bytes is None or audio.bytes <= accepts.bytes)
        and (accepts.video or not audio.has_video)
    )
