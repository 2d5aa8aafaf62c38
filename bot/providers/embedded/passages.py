"""Passages of speech in one language each: users who speak several change between them at a pause.

The language of a block of speech is detected as Whisper does it. If that leaves a doubt, the languages of its
utterances are looked up in the same encoder output, which costs a tenth of another encoder pass.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from bot.media.pcm import RATE
from bot.providers.embedded.speakers.windows import Samples

Span = dict[str, int]
"""A span of speech: "start" and "end" in samples of the recording, as faster-whisper's detector gives it."""
Probabilities = Mapping[str, float]
"""Probability of each language, by Whisper's code."""

BLOCK_SECONDS = 29.0
"""The most speech in a block: Whisper hears half a minute at once."""
_CERTAIN = 0.98
"""Probability of a block's language above which no utterance is in another. One in three notes is below."""
_SURE = 0.8
"""Probability from which an utterance may be in another language than the recording so far."""
_LEAST_SECONDS = 2.0
"""Seconds of speech from which its language is more than a guess."""
_UNLIKELY = 0.5
"""Probability of the block's language below which a long utterance is listened to by itself."""
_PAUSE = 200
"""Milliseconds of silence between two utterances."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Speech in one language."""

    language: str
    """Whisper's code."""
    spans: Sequence[Span]

    @property
    def start(self) -> int:
        """The first sample."""
        return self.spans[0]["start"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance of a block. Positions in samples of the block's speech; each begins where the last ends."""

    start: int
    end: int
    seconds: float
    """Its length without the pauses around it."""
    languages: Probabilities

    def best_of(self, languages: Iterable[str]) -> str:
        """Return the most probable of these languages."""
        return max(languages, key=lambda one: self.languages.get(one, 0.0))

    @property
    def sure(self) -> str:
        """Return the language that it is in with little doubt, or ""."""
        best = self.best_of(self.languages)
        return best if self.languages[best] >= _SURE and self.seconds >= _LEAST_SECONDS else ""


def joined(sound: Samples, spans: Sequence[Span]) -> Samples:
    """Return the speech alone."""
    return np.concatenate([sound[span["start"] : span["end"]] for span in spans])


def find_passages(model: Any, sound: Samples, spans: Sequence[Span], likely: str) -> Iterator[Passage]:
    """Yield the passages of a sound in order, each just after the ShortWindowModel `model` has encoded its block: a
    block in one language is not encoded again for its text.

    `likely` is the language of what came before, "" if nothing did.
    """
    for block in _blocks(spans):
        speech = joined(sound, block)
        found = model.languages_of(speech)
        likely = _language_of_block(found, likely, len(speech) / RATE)
        is_doubtful = found[likely] < _CERTAIN and len(speech) >= 2 * _LEAST_SECONDS * RATE
        yield from by_language(block, likely, _utterances(model, speech, likely) if is_doubtful else [])


def _blocks(spans: Sequence[Span]) -> Iterator[Sequence[Span]]:
    """Yield the spans in groups of at most BLOCK_SECONDS."""
    block: list[Span] = []
    for span in spans:
        if block and _length([*block, span]) > BLOCK_SECONDS * RATE:
            yield block
            block = []
        block.append(span)
    yield block


def _length(spans: Iterable[Span]) -> int:
    return sum(span["end"] - span["start"] for span in spans)


def _language_of_block(found: Probabilities, likely: str, seconds: float) -> str:
    """Return the language of a block by its probabilities and the language of what came before."""
    best = max(found, key=found.__getitem__)
    is_sure = found[best] >= _SURE and seconds >= _LEAST_SECONDS
    return best if is_sure or not likely else likely


def _utterances(model: Any, speech: Samples, language: str) -> list[Utterance]:
    """Return the utterances of the block in this language that the model has just encoded."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(speech, VadOptions(min_silence_duration_ms=_PAUSE, speech_pad_ms=0))
    if not found:
        return []
    begins = [0, *(one["start"] for one in found[1:]), len(speech)]
    ends = [0, *(one["end"] for one in found[:-1]), len(speech)]
    cuts = [(begin + end) // 2 for begin, end in zip(begins, ends, strict=True)]
    return [
        Utterance(
            start=cuts[at],
            end=cuts[at + 1],
            seconds=(one["end"] - one["start"]) / RATE,
            # Without the pauses around it most utterances are taken for Hawaiian or Tagalog.
            languages=_languages(model, speech, slice(ends[at], begins[at + 1]), language),
        )
        for at, one in enumerate(found)
    ]


def _languages(model: Any, speech: Samples, part: slice, language: str) -> Probabilities:
    """Return the probability of each language in a part of the speech that the model has encoded; if it seems to be
    in another language but it is not clear in which one, the part is encoded by itself.
    """
    found: Probabilities = model.languages_between(part.start / RATE, part.stop / RATE)
    is_long = part.stop - part.start >= _LEAST_SECONDS * RATE
    if is_long and found[language] < _UNLIKELY and max(found.values()) < _SURE:
        found = copy(model).languages_of(speech[part])  # the copy: the block stays in the model's hand
    return found


def by_language(block: Sequence[Span], language: str, utterances: Sequence[Utterance]) -> Iterator[Passage]:
    """Yield a block in the languages of its utterances.

    A language other than the block's needs an utterance that is long and sure. Then each utterance is in the most
    probable of these languages.
    """
    languages = {language, *(one.sure for one in utterances if one.sure)}
    if len(languages) == 1:
        yield Passage(language, block)
        return
    for spoken, some in groupby(utterances, lambda one: one.best_of(languages)):
        run = list(some)
        yield Passage(spoken, _between(block, run[0].start, run[-1].end))


def _between(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Return the spans between two positions of their speech."""
    parts: list[Span] = []
    before = 0
    for span in spans:
        shift = span["start"] - before
        before += span["end"] - span["start"]
        part = {"start": max(span["start"], start + shift), "end": min(span["end"], end + shift)}
        if part["start"] < part["end"]:
            parts.append(part)
    return parts
