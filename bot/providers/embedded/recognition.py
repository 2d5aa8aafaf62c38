"""The recognised text of one recording so far, and its progress."""

from collections import Counter
from dataclasses import dataclass, field, replace

from bot.domain.plain_text import one_line
from bot.domain.transcript import Transcript
from bot.media.pcm import Window
from bot.providers.embedded.recogniser import RawSegment
from bot.providers.embedded.speakers.labelling import Sentence

_WORDS_SHARE, _CHUNKS_SHARE = 0.8, 0.98
"""Shares of the work with diarization: recognition within a chunk, and all chunks before the voices are compared."""
_HEARD = 600
"""Characters of the end of a text that are told while the rest is recognised."""


@dataclass(slots=True)
class Recognition:
    """The recognised text so far of a recording of `seconds`, with or without its voices compared."""

    seconds: float
    with_voices: bool
    sentences: list[Sentence] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Names of known speakers, by their labels."""
    fraction: float = 0.0
    _last: float = 0.0
    """The latest time so far."""

    def add(self, piece: RawSegment, chunk: Window) -> None:
        """Add a piece of a chunk. Times never go back, nor past the end of the chunk."""
        latest = min(chunk.start + chunk.seconds, self.seconds)

        def moment(in_chunk: float) -> float:
            self._last = max(self._last, min(round(in_chunk + chunk.start, 3), latest))
            return self._last

        mine = tuple(replace(word, start=moment(word.start), end=moment(word.end)) for word in piece.words)
        start = mine[0].start if mine else moment(piece.start)
        end = mine[-1].end if mine else moment(piece.end)
        self.sentences.append(
            Sentence(piece.text, start, end, mine, language=piece.language, confidence=piece.confidence)
        )
        self._reach(chunk.start + self._words_share * (end - chunk.start))

    def compare(self, chunk: Window, moment: float) -> None:
        """Note that the voices of a chunk are told apart up to this second of it."""
        self._reach(chunk.start + self._words_share * chunk.seconds + (1 - self._words_share) * moment)

    def end(self, chunk: Window) -> None:
        """Note that a chunk is done."""
        self._reach(chunk.start + chunk.seconds)

    @property
    def heard(self) -> str:
        """The end of the text so far, from the beginning of a sentence on if one is near."""
        parts: list[str] = []
        length = 0
        for one in reversed(self.sentences):
            length += len(one.text)
            if parts and length > _HEARD:
                break
            parts.append(one.text)
        return one_line("".join(reversed(parts)))[-_HEARD:]

    @property
    def _words_share(self) -> float:
        return _WORDS_SHARE if self.with_voices else 1.0

    def _reach(self, moment: float) -> None:
        share = _CHUNKS_SHARE if self.with_voices else 1.0
        if self.seconds > 0:
            self.fraction = min(max(self.fraction, share * moment / self.seconds), share)

    @property
    def language(self) -> str:
        """Return the language with the most speech so far, "" if it is unknown."""
        spoken = Counter[str]()
        for one in self.sentences:
            spoken[one.language] += max(round(1000 * (one.end - one.start)), 1)
        return spoken.most_common(1)[0][0] if spoken else ""

    def transcript(self, language: str, model: str) -> Transcript:
        """Return the whole, whose text is in this language."""
        return Transcript(
            text="".join(one.text for one in self.sentences).strip(),
            language=language,
            seconds=self.seconds,
            model=model,
            segments=tuple(one.segment for one in self.sentences),
            words=tuple(word for one in self.sentences for word in one.words),
            names=self.names,
        )
