"""Whisper over windows as long as their speech, where faster-whisper always encodes 30 s.

Half a minute of padding costs ten times what the speech of a short note does. A window that is decoded with little
padding fails now and then (it repeats itself, or ends early): `plausibility` sees it, and the next attempt has more.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from ctranslate2 import Device, StorageView
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from bot.providers.embedded.hints import Hints, is_worth_a_second
from bot.providers.embedded.plausibility import Decoded, holds_no_word, most_tokens
from bot.providers.embedded.speakers.windows import Samples

Features = NDArray[np.float32]
"""Mel features: bands, and 100 frames a second."""

FRAMES_PER_SECOND = 100
_FRAMES_ENCODED = 2
"""Frames that the encoder makes one of."""
_FULL = 3000
_MARGIN, _WIDE_MARGIN = 100, 400
"""Frames of padding at the first attempt, and at the further ones. The full window repaired nothing that the wide one
did not, in 105 notes of five languages, and costs a short note four times as much.
"""
_LEAST = 500
"""Frames of the shortest window: in less the language of a single word is guessed wrong more often."""
_MOST_OF_TERMS, _MOST_OF_CONTEXT = 150, 70
"""Tokens of the hints; Whisper takes 223, and listens to the last ones best."""
_SECONDS_PER_STEP = 0.02
"""Between two of Whisper's timestamp tokens."""
_SAMPLED = 0.4
"""Temperature of the last attempt."""


class ShortWindowModel(WhisperModel):  # type: ignore[misc]  # the library ships no types
    """A WhisperModel that encodes each window once, with little padding, and makes at most three attempts at its text.

    It holds the window that it works on, so that each recording needs a copy (copy.copy: the weights are shared).
    """

    hints: Hints = Hints()
    """Words that may be spoken in the recording."""
    segments_in_window: int = 0
    """Segments of the window that was decoded last."""
    _window: Features | None = None
    _encoded: Any = None

    def encode(self, features: Features) -> Any:
        """Encode a window without its padding; the window of the last call is not encoded again."""
        window = _content(features)
        if not self._is_known(window):
            self._encoded = self._padded(window, _MARGIN)
        self._window = window
        return self._encoded

    def languages_of(self, speech: Samples) -> dict[str, float]:
        """Encode speech of at most a window; return the probability of each language."""
        return self._languages(self.encode(self.feature_extractor(speech)[:, :_FULL]))

    def languages_between(self, start: float, end: float) -> dict[str, float]:
        """Return the probability of each language in a part of the window in hand, between two seconds of it."""
        frames = np.array(self._encoded.to_device(Device.cpu))
        first, last = (round(second * FRAMES_PER_SECOND / _FRAMES_ENCODED) for second in (start, end))
        part = np.ascontiguousarray(frames[:, first : max(last, first + 1)])
        return self._languages(StorageView.from_array(part))

    def _languages(self, encoded: Any) -> dict[str, float]:
        return {token[2:-2]: probability for token, probability in self.model.detect_language(encoded)[0]}

    def generate_with_fallback(self, encoder_output: Any, prompt: list[int], tokenizer: Any, options: Any) -> Any:
        """Return the first plausible text of the window in hand, or else the most probable one that is no loop."""
        assert self._window is not None
        seconds = self._window.shape[1] / FRAMES_PER_SECOND
        attempts: list[tuple[Decoded, Any]] = []
        for encoded, temperature, tokens in self._attempts(encoder_output, seconds, attempts):
            bounded = replace(
                options,
                temperatures=[temperature],
                max_new_tokens=min(tokens, self.max_length - len(prompt)),
            )
            result = super().generate_with_fallback(encoded, prompt, tokenizer, bounded)
            decoded = _figures(result, tokenizer)
            attempts.append((decoded, result))
            if decoded.is_plausible(seconds):
                best = self._hinted(encoded, prompt, tokenizer, bounded, attempts[-1])
                break
        else:
            best = max(attempts, key=lambda one: (not one[0].repeats, one[0].logprob))
        self.segments_in_window = max(1, len(best[0].starts))
        return best[1]

    def _split_segments_by_timestamps(self, **window: Any) -> tuple[Any, int, bool]:
        """Return a window's segments, the first frame of its rest, and True if there is no rest.

        A rest that is too short for a word is none.
        """
        segments, seek, is_done = super()._split_segments_by_timestamps(**window)
        end = window["seek"] + window["segment_size"]
        if holds_no_word((end - seek) / FRAMES_PER_SECOND):
            return segments, end, True
        return segments, seek, is_done

    def _hinted(
        self, encoded: Any, prompt: list[int], tokenizer: Any, options: Any, plain: tuple[Decoded, Any]
    ) -> tuple[Decoded, Any]:
        """Return the text of the window in hand with the hints, if there are any and it is no echo of them."""
        assert self._window is not None
        if not self.hints or not is_worth_a_second(plain[0]):
            return plain
        before = [tokenizer.sot_prev, *_tokens(self.hints, tokenizer)]
        most = min(options.max_new_tokens, self.max_length - len(before) - len(prompt))
        bounded = replace(options, max_new_tokens=most)
        result = super().generate_with_fallback(encoded, before + prompt, tokenizer, bounded)
        hinted = _figures(result, tokenizer)
        is_heard = self.hints.accept(hinted, plain[0], self._window.shape[1] / FRAMES_PER_SECOND)
        return (hinted, result) if is_heard else plain

    def _attempts(
        self, encoded: Any, seconds: float, failed: list[tuple[Decoded, Any]]
    ) -> Iterator[tuple[Any, float, int]]:
        """Yield each attempt's encoder output, temperature and most tokens; `failed` are those before it."""
        bound = most_tokens(seconds) + 1
        yield encoded, 0.0, bound
        if failed[-1][0].tokens == bound and not failed[-1][0].repeats:
            bound = self.max_length  # a script of many tokens
        if self._window is not None and self._window.shape[1] + _MARGIN < _FULL:
            encoded = self._padded(self._window, _WIDE_MARGIN)
            yield encoded, 0.0, bound
        if failed[-1][0].repeats or not failed[-1][0].text:
            yield encoded, _SAMPLED, most_tokens(seconds) + 1

    def _is_known(self, window: Features) -> bool:
        """Return True for the window in hand. The language is detected on one frame more than is decoded."""
        if self._window is None:
            return False
        length = window.shape[1]
        return self._window.shape[1] - length in (0, 1) and np.array_equal(self._window[:, :length], window)

    def _padded(self, window: Features, margin: int) -> Any:
        length = window.shape[1]
        padding = min(max(length + margin, _LEAST), _FULL) - length
        return super().encode(np.pad(window, ((0, 0), (0, max(0, padding)))))


def _tokens(hints: Hints, tokenizer: Any) -> list[int]:
    """Return the hints as tokens, as many as Whisper takes: the first terms, and the end of the context."""
    terms: list[int] = tokenizer.encode(" " + ", ".join(hints.vocabulary) + ".") if hints.vocabulary else []
    context: list[int] = tokenizer.encode(" " + hints.prompt) if hints.prompt else []
    return terms[:_MOST_OF_TERMS] + context[-_MOST_OF_CONTEXT:]


def _content(features: Features) -> Features:
    """Return the features without the zeros that faster-whisper pads them with."""
    filled = np.flatnonzero(features.any(axis=0))
    return features[:, : int(filled[-1]) + 1] if len(filled) else features[:, :1]


def _figures(result: tuple[Any, float, float, float], tokenizer: Any) -> Decoded:
    """Read the figures of what WhisperModel.generate_with_fallback returns."""
    generated, logprob, _, _ = result
    tokens: list[int] = generated.sequences_ids[0]
    first: int = tokenizer.timestamp_begin
    starts = [one for one, other in pairwise(tokens) if one >= first > other]
    return Decoded(
        text=tokenizer.decode(tokens).strip(),
        tokens=len(tokens),
        starts=tuple((one - first) * _SECONDS_PER_STEP for one in starts),
        latest=max((one - first for one in tokens if one >= first), default=0) * _SECONDS_PER_STEP,
        logprob=logprob,
        no_speech=generated.no_speech_prob,
    )
