"""Audio files as probed, what a provider accepts, and the chunks of a recording. Seconds are floats, sizes bytes."""

from dataclasses import dataclass
from pathlib import Path

Mix = tuple[tuple[float, ...], ...]
"""The share of each channel of a recording in each channel of what is decoded."""
EVEN: Mix = ()
"""One channel, of all in equal parts."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound file as it really is, not as its header or its name claims."""

    path: Path
    container: str
    """ogg, mp3, wav, mp4, aac, flac, matroska, amr, avi, mpegts, caf, aiff, asf, flv."""
    codec: str
    """As ffmpeg names it: opus, vorbis, mp3, aac, pcm_s16le, flac, amr_nb, ..."""
    seconds: float
    """The real length."""
    rate: int
    """Samples per second."""
    channels: int
    bytes: int
    has_video: bool = False
    link: str | None = None
    """A link to this same file, for a provider that takes links; it may be a secret."""

    @property
    def mime(self) -> str:
        return _MIME.get(self.container, "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Accepts:
    """The files that a provider takes as they are."""

    containers: frozenset[str] | None = None
    """None: everything that the guarded ffmpeg opens."""
    bytes: int | None = None
    """The largest file that can be uploaded directly; None: any."""
    linked_bytes: int | None = None
    """The largest file that it fetches from a link; None: it fetches none."""
    video: bool = True
    """If true, a file with pictures may be submitted."""


_MIME = {
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "audio/mp4",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "matroska": "audio/webm",
    "amr": "audio/amr",
    "aiff": "audio/aiff",
    "caf": "audio/x-caf",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "asf": "video/x-ms-asf",
    "flv": "video/x-flv",
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Part of a recording, submitted as a file of its own because the whole is too large for the provider."""

    start: float
    """Seconds from the start of the note."""
    audio: Audio
