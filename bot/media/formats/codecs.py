"""Codecs: of a track, by its description (the stsd box of an MP4 file), and the decoders that are used."""

import struct
from dataclasses import dataclass

from bot.media.formats.boxes import number

_CODECS = {
    b"Opus": "opus",
    b"alac": "alac",
    b"fLaC": "flac",
    b"samr": "amr_nb",
    b"sawb": "amr_wb",
    b".mp3": "mp3",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
    b"sowt": "pcm_s16le",
    b"twos": "pcm_s16be",
    b"in24": "pcm_s24be",
    b"in32": "pcm_s32be",
    b"fl32": "pcm_f32be",
    b"ulaw": "pcm_mulaw",
    b"alaw": "pcm_alaw",
    b"ima4": "adpcm_ima_qt",
}
DECODERS = (
    *("aac", "mp3float", "mp3", "mp2float", "mp2", "mp1float", "opus", "vorbis", "flac", "alac", "amrnb", "amrwb"),
    *("wmav1", "wmav2", "wmapro", "wmavoice", "ac3", "eac3", "speex", "nellymoser", "gsm_ms"),
    *("adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf", "pcm_mulaw", "pcm_alaw", "pcm_u8", "pcm_s8"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"),
    *("pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be"),
)
"""The decoders of ffmpeg that a recording may need; it has hundreds more, for pictures too."""
_OBJECTS = {0x40: "aac", 0x66: "aac", 0x67: "aac", 0x68: "aac", 0x69: "mp3", 0x6B: "mp3", 0xAD: "opus", 0xDD: "vorbis"}
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_SBR, _PS = 5, 29


@dataclass(frozen=True, slots=True)
class Described:
    """A track's codec; rate and channels are 0 if only the samples contain them."""

    fourcc: bytes
    codec: str
    rate: int
    channels: int
    core_rate: int = 0
    """AAC only: the rate at which a frame is 1024 samples (half of `rate` with spectral band replication)."""


def describe(table: bytes) -> Described:
    """Read the first entry of an stsd box."""
    fourcc = table[12:16]
    entry = table[16 : 8 + number(table, 8)] if len(table) >= 16 else b""
    if len(entry) < 28:
        return Described(fourcc, _name(fourcc), 0, 0)
    version, channels, rate = number(entry, 8, 2), number(entry, 16, 2), number(entry, 24, 2)
    if version == 2 and len(entry) >= 44:
        rate, channels = int(struct.unpack(">d", entry[32:40])[0]), number(entry, 40)
    at = entry.find(b"esds")
    if fourcc == b"mp4a" and at >= 0:
        return _from_esds(entry[at + 8 :], rate, channels)
    return Described(fourcc, _name(fourcc), rate, channels)


def _name(fourcc: bytes) -> str:
    return _CODECS.get(fourcc) or fourcc.decode("ascii", "replace").strip("\0 ").lower()


def _from_esds(body: bytes, rate: int, channels: int) -> Described:
    """Read the descriptors inside an esds box: 3 (stream) > 4 (codec) > 5 (settings)."""
    codec, settings, at = "aac", b"", 0
    while at < len(body):
        tag = body[at]
        size, at = _length(body, at + 1)
        if tag == 3:
            at += 3
        elif tag == 4 and at < len(body):
            codec = _OBJECTS.get(body[at], "aac")
            at += 13
        else:
            settings = body[at : at + size] if tag == 5 else b""
            break
    if codec != "aac" or len(settings) < 2:
        return Described(b"mp4a", codec, rate, channels)
    return _from_settings(settings, rate, channels)


def _length(body: bytes, at: int) -> tuple[int, int]:
    """Read a length in one to four bytes of seven bits each."""
    size = 0
    for byte in body[at : at + 4]:
        at += 1
        size = size << 7 | byte & 127
        if byte < 128:
            break
    return size, at


def _from_settings(settings: bytes, rate: int, channels: int) -> Described:
    """Read an AudioSpecificConfig (ISO 14496-3, 1.6.2.1)."""
    bits = int.from_bytes(settings[:8].ljust(8, b"\0"), "big")
    kind, index, layout = bits >> 59, bits >> 55 & 15, bits >> 51 & 15
    if kind == 31 or index >= len(_RATES):
        return Described(b"mp4a", "aac", rate, channels)
    core = _RATES[index]
    outer = bits >> 47 & 15
    full = _RATES[outer] if kind in (_SBR, _PS) and outer < len(_RATES) else core
    count = 2 if kind == _PS else _CHANNELS[layout] if layout < len(_CHANNELS) else 0
    return Described(b"mp4a", "aac", full, count or channels, core)
