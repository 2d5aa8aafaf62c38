"""Odd and hostile media, made when a test asks for it: nothing of it is checked in."""

import os
import random
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.paths import SAMPLES

VOICE_NOTE = SAMPLES / "voice-note.ogg"
VOICE_NOTE_SECONDS = 16.14
_PATH_TO_REFERENCES = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")


def ffmpeg(exe: Path, *arguments: str | Path) -> None:
    """Run the bare ffmpeg, for making files."""
    subprocess.run([exe, "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True, timeout=60)


def wav(rate: int, data: bytes, *, claimed: int | None = None) -> bytes:
    """A mono WAV file of 16 bits whose header claims what one likes."""
    size = len(data) if claimed is None else claimed
    shape = struct.pack("<HHIIHH", 1, 1, rate, min(rate * 2, 2**32 - 1), 2, 16)
    riff = struct.pack("<4sI4s4sI", b"RIFF", (36 + size) & 0xFFFF_FFFF, b"WAVE", b"fmt ", 16)
    return riff + shape + struct.pack("<4sI", b"data", size) + data


@dataclass
class Corpus:
    """Makes each file in a folder, by the name of a method; `secret` and `port` are what no reader may touch."""

    folder: Path
    exe: Path
    port: int = 9

    @property
    def secret(self) -> Path:
        path = self.folder / "secret.wav"
        if not path.exists():
            ffmpeg(self.exe, "-i", VOICE_NOTE, path)
        return path

    def make(self, name: str) -> Path:
        """Make (or find) the file with this name: its stem is the method that writes it, with _ for -."""
        path = self.folder / name
        if not path.exists() and not path.is_symlink():
            maker: Callable[[Path], None] = getattr(self, path.stem.replace("-", "_"))
            maker(path)
        return path

    # Nothing, or no sound

    def empty(self, path: Path) -> None:
        path.touch()

    def text(self, path: Path) -> None:
        path.write_text("I am no sound at all.\n" * 500)

    def noise_bytes(self, path: Path) -> None:
        path.write_bytes(random.Random(2026).randbytes(300_000))  # the same ones each time: some look like MP3

    def image(self, path: Path) -> None:
        ffmpeg(self.exe, "-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", "-f", "image2", path)

    def headers_only(self, path: Path) -> None:
        """An Ogg file of two header pages."""
        whole = VOICE_NOTE.read_bytes()
        path.write_bytes(whole[: whole.index(b"OggS", whole.index(b"OpusTags"))])

    def folder_named(self, path: Path) -> None:
        path.mkdir()

    def pipe(self, path: Path) -> None:
        os.mkfifo(path)

    def link(self, path: Path) -> None:
        path.symlink_to(VOICE_NOTE)

    def silent_film(self, path: Path) -> None:
        ffmpeg(self.exe, "-f", "lavfi", "-i", "color=s=64x64:r=5:d=3", path)

    # Broken off

    def cut(self, path: Path) -> None:
        """The first half of a good file; of an MP4 with its index at the end the index is gone."""
        whole = self.make(f"whole{path.suffix}").read_bytes()
        path.write_bytes(whole[: len(whole) // 2])

    def cut_index_first(self, path: Path) -> None:
        whole = self.make(f"index-first{path.suffix}").read_bytes()
        path.write_bytes(whole[: len(whole) // 2])

    def whole(self, path: Path) -> None:
        rate = "8000" if path.suffix in (".amr", ".3gp") else "48000"
        ffmpeg(self.exe, "-i", VOICE_NOTE, "-ar", rate, path)

    def film(self, path: Path) -> None:
        ffmpeg(self.exe, "-f", "lavfi", "-i", "color=s=64x64:r=5:d=16.14", "-i", VOICE_NOTE, path)

    def index_first(self, path: Path) -> None:
        ffmpeg(self.exe, "-i", VOICE_NOTE, "-movflags", "+faststart", path)

    def index_last(self, path: Path) -> None:
        self.whole(path)

    def fragmented(self, path: Path) -> None:
        ffmpeg(self.exe, "-i", VOICE_NOTE, "-movflags", "frag_keyframe+empty_moov", "-frag_duration", "1000000", path)

    def live(self, path: Path) -> None:
        """Written into a pipe, as recorders do: no length anywhere in it."""
        options = {".webm": "-f webm", ".wav": "-f wav", ".mp3": "-q:a 5 -write_xing 0 -f mp3"}[path.suffix]
        command = [str(self.exe), "-v", "error", "-i", str(VOICE_NOTE), *options.split(), "pipe:1"]
        with path.open("wb") as file:
            subprocess.run(command, check=True, stdout=file, timeout=60)

    # Lists that point elsewhere

    def playlist(self, path: Path) -> None:
        path.write_text(
            "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n"
            f"file://{self.secret}\n#EXTINF:10,\nhttp://127.0.0.1:{self.port}/x.ts\n#EXT-X-ENDLIST\n"
        )

    def tagged_playlist(self, path: Path) -> None:
        """The same behind an ID3 tag, which sniffers step over."""
        path.write_bytes(b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + self.make("playlist.mp3").read_bytes())

    def concat(self, path: Path) -> None:
        path.write_text("ffconcat version 1.0\nfile secret.wav\n")
        assert self.secret.exists()

    def session(self, path: Path) -> None:
        path.write_text(f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio {self.port} RTP/AVP 0\n")

    def reference(self, path: Path) -> None:
        """An MP4 whose samples stand in another file: its dref box names it."""
        whole = bytearray(self.make("index-last.m4a").read_bytes())
        url = whole.index(b"url ", whole.index(b"dref"))
        name = f"file://{self.secret}".encode() + b"\0"
        whole[url - 4 : url] = struct.pack(">I", 12 + len(name))
        whole[url + 4 : url + 8] = bytes(4)
        whole[url + 8 : url + 8] = name
        for box in _PATH_TO_REFERENCES:
            at = whole.index(box)
            whole[at - 4 : at] = struct.pack(">I", int.from_bytes(whole[at - 4 : at], "big") + len(name))
        start, end = whole.index(b"mdat") + 4, whole.index(b"moov") - 4
        whole[start:end] = b"\xff" * (end - start)
        path.write_bytes(whole)

    # Lies and bombs

    def one_hertz(self, path: Path) -> None:
        path.write_bytes(wav(1, bytes(2_000_000)))

    def two_gigahertz(self, path: Path) -> None:
        path.write_bytes(wav(2_000_000_000, bytes(2_000_000)))

    def owns_up_to_little(self, path: Path) -> None:
        path.write_bytes(wav(16_000, os.urandom(32_000 * 10), claimed=1000))

    def day_of_silence(self, path: Path) -> None:
        silence = "anullsrc=r=8000:cl=mono:nb_samples=65535"
        quick = ("-t", "86400", "-frame_size", "65535", "-compression_level", "0")
        ffmpeg(self.exe, "-f", "lavfi", "-i", silence, *quick, path)

    def many_tracks(self, path: Path) -> None:
        """Sixty sound tracks."""
        short = ("-t", "0.5", "-c:a", "aac")
        ffmpeg(self.exe, "-i", VOICE_NOTE, *(["-map", "0:a"] * 60), *short, path)

    def endless_index(self, path: Path) -> None:
        """One entry of the index claims two thousand million samples of one byte."""
        whole = bytearray(self.make("index-last.m4a").read_bytes())
        times, sizes = whole.index(b"stts"), whole.index(b"stsz")
        struct.pack_into(">II", whole, times + 12, 2_000_000_000, 1)
        struct.pack_into(">II", whole, sizes + 8, 1, 2_000_000_000)
        path.write_bytes(whole)

    def endless_fragment(self, path: Path) -> None:
        whole = bytearray(self.make("fragmented.mp4").read_bytes())
        run = whole.index(b"trun")
        struct.pack_into(">II", whole, run + 4, 0, 2_000_000_000)
        path.write_bytes(whole)

    def future(self, path: Path) -> None:
        """An Ogg whose last page claims to end in a century."""
        whole = bytearray(VOICE_NOTE.read_bytes())
        struct.pack_into("<Q", whole, whole.rindex(b"OggS") + 6, 48_000 * 3_000_000_000)
        path.write_bytes(whole)

    def long(self, path: Path) -> None:
        ffmpeg(self.exe, "-stream_loop", "6", "-i", VOICE_NOTE, "-c", "copy", path)

    # Odd, but good

    def cover(self, path: Path) -> None:
        """An MP3 with a picture of 3000 by 3000."""
        picture = self.folder / "picture.png"
        ffmpeg(self.exe, "-f", "lavfi", "-i", "testsrc=s=3000x3000", "-frames:v", "1", picture)
        ffmpeg(self.exe, "-i", VOICE_NOTE, "-i", picture, "-map", "0:a", "-map", "1", "-c:v", "copy", path)

    def attachment(self, path: Path) -> None:
        attach = ("-attach", self.make("text.txt"), "-metadata:s:t", "mimetype=text/plain")
        ffmpeg(self.exe, "-i", VOICE_NOTE, *attach, "-c", "copy", path)

    def tail(self, path: Path) -> None:
        """An MP3 with an APE tag and an ID3v1 tag behind the sound."""
        tag = b"APETAGEX" + struct.pack("<IIII8x", 2000, 32, 0, 0) + bytes(200)
        path.write_bytes(self.make("whole.mp3").read_bytes() + tag + b"TAG".ljust(128, b"\0"))

    def chained(self, path: Path) -> None:
        """Two recordings in one Ogg file, one behind the other."""
        path.write_bytes(VOICE_NOTE.read_bytes() * 2)
