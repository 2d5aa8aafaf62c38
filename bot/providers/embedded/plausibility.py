"""The check of a decoded window: text that Whisper made up is told from speech by figures, not by its words."""

import zlib
from dataclasses import dataclass

_REPETITIVE = 2.4
"""Compression ratio of text above which it repeats itself; Whisper's own limit."""
_UNSURE = -0.7
"""Mean log probability of a token below which another attempt is worth its cost."""
_TOKENS_PER_SECOND, _TOKENS_BESIDES = 14, 12
"""The most tokens that speech has. Fast Russian had 7 a second; a loop fills whatever it is given."""
_PAST_END, _LATE = 0.6, 0.1
"""Seconds: a time so far past the end, or a segment that begins so little before it, belongs to no speech."""
_NO_SPEECH, _DOUBTFUL = 0.6, -0.55
"""Text beyond both (no-speech probability, mean log probability) is taken for a hallucination. Steady noise gave 0.66
and -0.60; real speech 50 dB too quiet 0.57 and -0.43, and clear speech up to 0.80 and -0.52.
"""
_NOTHING_LEFT, _LITTLE_LEFT = 0.5, 1.0
"""Seconds left at the end in which there is no word, or only one that the model is sure of: most of it is the pause,
and Whisper says the last word or a sentence again. Of nine such texts in 105 notes none was right.
"""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The figures of a window's text."""

    text: str
    tokens: int
    starts: tuple[float, ...]
    """Begin of each segment, in seconds of the window."""
    latest: float
    """The latest time in it, in seconds of the window."""
    logprob: float
    """Mean log probability of a token."""
    no_speech: float
    """Probability that nobody speaks."""

    @property
    def repeats(self) -> bool:
        """Return True if the text is a loop."""
        text = self.text.encode()
        return bool(text) and len(text) / len(zlib.compress(text)) > _REPETITIVE

    @property
    def doubtful(self) -> bool:
        """Return True if the model doubts both that there is speech and the text."""
        return is_hallucination(self.no_speech, self.logprob)

    def is_plausible(self, seconds: float) -> bool:
        """Return True if this may be the text of a window with so many seconds of speech."""
        return bool(self.text) and not (
            self.repeats
            or self.doubtful
            or self.logprob < _UNSURE
            or self.tokens > most_tokens(seconds)
            or self.latest > seconds + _PAST_END
            or any(start > seconds - _LATE for start in self.starts)
        )


def most_tokens(seconds: float) -> int:
    """Return the most tokens that so many seconds of speech may have."""
    return int(_TOKENS_PER_SECOND * seconds) + _TOKENS_BESIDES


def is_hallucination(no_speech: float, logprob: float) -> bool:
    """Return True if a text is none, by the probability that nobody speaks and its own mean log probability."""
    return no_speech > _NO_SPEECH and logprob < _DOUBTFUL


def holds_no_word(seconds: float) -> bool:
    """Return True if so little was left after the last segment that no word is in it."""
    return seconds < _NOTHING_LEFT


def is_leftover(seconds: float, no_speech: float, logprob: float) -> bool:
    """Return True if the text of a window that was left after the last segment is none, by its length and figures."""
    is_sure = no_speech <= _NO_SPEECH and logprob >= _UNSURE
    return holds_no_word(seconds) or (seconds < _LITTLE_LEFT and not is_sure)
