"""Recordings too large for a provider: cut into chunks at pauses; their transcripts are joined again."""

import asyncio
import shutil
import wave
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from bot.domain.audio import Accepts, Audio, Chunk
from bot.domain.money import Micros
from bot.domain.transcript import Segment, Transcript, Word
from bot.media.ffmpeg import Conversion, expected_bytes, map_disk_full
from bot.media.pcm import RATE, SAMPLE_BYTES, Window, chunks
from bot.media.prepare import Media
from bot.support.files import private_folder

_MP3 = Conversion("mp3", "mp3", 32_000)
"""Format of chunks: Media.prepare makes the same for a provider that takes only MP3."""
_LONGEST, _SHORTEST = 720.0, 0.5
"""Seconds: 23 MB of PCM; and the length that some providers refuse as too short, so silence is added."""
_SHORTEST_LIMIT = 10.0
_WITHOUT_BLANKS = frozenset({"zh", "ja", "yue", "th", "lo", "my", "km", "bo"})
"""Languages without blanks between sentences."""


async def cut(media: Media, audio: Audio, most_bytes: int, folder: Path) -> list[Chunk]:
    """Cut a recording at pauses into MP3 files of at most `most_bytes` in `folder`.

    The recording is decoded once and is never whole in memory. The `seconds` of a chunk are exact to the sample. Safe
    to run twice: the same files are made again, each visible only when it is complete. Raises BadMedia, DiskFull;
    ValueError if the limit is too small for useful chunks.
    """
    longest = _longest(most_bytes)
    workshop = folder / f"cutting.{uuid4().hex}"
    made: list[Chunk] = []
    with map_disk_full():
        await asyncio.to_thread(_tidy, folder, workshop)
    try:
        async with media.windows(audio) as windows:
            async for window in chunks(windows, longest):
                target = folder / f"chunk-{len(made):03}.mp3"
                made.append(await _encoded(media, window, most_bytes, workshop, target))
    finally:
        await asyncio.to_thread(shutil.rmtree, workshop, ignore_errors=True)
    return made


def join(chunks: Sequence[tuple[float, Transcript]]) -> Transcript:
    """Join the transcripts of chunks, each with its start, into one with times from the start of the recording.

    No time lies outside its chunk. The language is that of most of the audio. Speakers are dropped, because the first
    speaker of one chunk need not be the first of the next. Raises ValueError if there are no chunks.
    """
    if not chunks:
        raise ValueError("there is nothing to join")
    ordered = sorted(chunks, key=lambda one: one[0])
    last_start, last = ordered[-1]
    seconds = last_start + last.seconds
    ends = [*(start for start, _ in ordered[1:]), seconds]
    words: list[Word] = []
    segments: list[Segment] = []
    for (start, said), end in zip(ordered, ends, strict=True):
        at = _clock_of(start, end)
        words += [replace(word, start=at(word.start), end=at(word.end), speaker=None) for word in said.words]
        segments += [replace(one, start=at(one.start), end=at(one.end), speaker=None) for one in said.segments]
    language = _language_of_most([said for _, said in ordered])
    texts = [said.text.strip() for _, said in ordered]
    return Transcript(
        text=("" if language in _WITHOUT_BLANKS else " ").join(text for text in texts if text),
        language=language,
        seconds=seconds,
        model=ordered[0][1].model,
        segments=tuple(segments),
        words=tuple(words),
        cost=Micros(sum(said.cost for _, said in ordered)),
    )


def _longest(most_bytes: int) -> float:
    """Return the seconds of audio that fit into `most_bytes`."""
    empty = expected_bytes(_MP3, 0)
    longest = (most_bytes - empty) * 3600 / (expected_bytes(_MP3, 3600) - empty)
    if longest < _SHORTEST_LIMIT:
        raise ValueError(f"chunks of {most_bytes} bytes would be shorter than {_SHORTEST_LIMIT:g} seconds")
    return min(longest, _LONGEST)


async def _encoded(media: Media, chunk: Window, most_bytes: int, workshop: Path, target: Path) -> Chunk:
    """Encode a chunk, and probe it like any other recording."""
    with map_disk_full():
        plain = await asyncio.to_thread(_written, chunk, workshop / "chunk.wav")
        made = await media.prepare(plain, Accepts(frozenset({_MP3.container}), most_bytes), workshop)
        assert made.bytes <= most_bytes, "the plan promises an upper bound"
        await asyncio.to_thread(made.path.replace, target)
    return Chunk(chunk.start, replace(made, path=target, seconds=chunk.seconds))


def _written(chunk: Window, path: Path) -> Path:
    missing = int(_SHORTEST * RATE) - int(chunk.sound.frame_count())
    with wave.open(str(path), "wb") as file:
        file.setparams((1, SAMPLE_BYTES, RATE, 0, "NONE", "not compressed"))
        file.writeframes(chunk.sound.raw_data)
        file.writeframes(bytes(max(0, missing) * SAMPLE_BYTES))
    return path


def _tidy(folder: Path, workshop: Path) -> None:
    """Delete remains of a crash. The name differs each time, because a surviving process may still write to the old
    one.
    """
    for left in folder.glob("cutting.*"):
        shutil.rmtree(left, ignore_errors=True)
    private_folder(workshop)


def _clock_of(start: float, end: float) -> Callable[[float], float]:
    """Return a map from seconds in a chunk to seconds in the recording. An MP3 is a little longer than its source."""
    return lambda seconds: min(max(start + seconds, start), end)


def _language_of_most(chunks: Sequence[Transcript]) -> str:
    heard = Counter[str]()
    for said in chunks:
        if said.text.strip() and said.language:
            heard[said.language] += round(said.seconds * 1000)
    return heard.most_common(1)[0][0] if heard else ""
