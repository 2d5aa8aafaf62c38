"""The channels of a recording, compared: microphones of their own, or sides of one sound.

Speech decides. A channel is a microphone of its own if it is much louder than all others while it has speech, and so is
another at other times. Two microphones in a room hear every speaker about equally loud, and music on several sides is
no speech.
"""

import numpy as np
from numpy.typing import NDArray

from bot.domain.audio import EVEN, Mix
from bot.domain.note import Channels
from bot.media.pcm import RATE

Sound = NDArray[np.float32]
"""A row of samples for each channel."""

MOST_COMPARED = 8
"""A recording with more channels is mixed without a look."""
MOST_APART = 4
"""The most channels that are transcribed by themselves: each costs as much as a whole recording."""

_FRAME = RATE // 10
_ALONE = 10.0
"""Decibels above all others for a channel whose speech is its own. Both sides of one room differ by less than 8."""
_SPEAKS, _SPEAKS_SHARE = 1.0, 0.02
"""Minimum of its own speech for a microphone: seconds, and the share of all speech."""
_SAME = 0.98
"""Correlation of channels with the same sound, upright or inverted."""
_INVERTED = -0.5
"""Correlation below which a channel is inverted, not only late: the distance of two microphones is less."""
_LOUD, _MOST_GAIN = 0.5, 100.0
"""The level of the loudest samples for speech detection, and the most by which a quiet channel is raised to it."""
_LITTLE = 1e-10


class Comparison:
    """Figures of the channels of one recording: a few numbers, however long it is."""

    def __init__(self, channels: int) -> None:
        self._products = np.zeros((channels, channels))
        """Sums of products of samples in speech: how loud each channel is, and how alike two are."""
        self._heard = np.zeros(channels)
        """Frames with speech."""
        self._own = np.zeros(channels)
        """Frames with speech that no other channel has as loud."""

    def add(self, sound: Sound) -> None:
        """Compare the channels of the next part of the recording. Blocking."""
        repeats = np.abs(_correlations(sound @ sound.T)) >= _SAME
        speech = _speech(sound, repeats)
        frames = sound[:, : speech.shape[1] * _FRAME].reshape(*speech.shape, _FRAME)
        levels = 10 * np.log10(np.mean(frames**2, axis=2) + _LITTLE)
        for channel, level in enumerate(levels):
            others = levels[~repeats[channel] & (np.arange(len(sound)) != channel)].max(axis=0, initial=-np.inf)
            self._own[channel] += np.sum(speech[channel] & (level >= others + _ALONE))
        self._heard += speech.sum(axis=1)
        spoken = frames[:, speech.any(axis=0)].reshape(len(sound), -1)
        self._products += spoken @ spoken.T

    def tracks(self, wanted: Channels, speakers: int | None) -> list[Mix]:
        """Return the mixes that are transcribed each by itself, a speaker each, or the only one.

        `speakers`: their number if it is known. "auto" mixes the channels if their number is another.
        """
        apart = self._different()
        splits = wanted is Channels.SPLIT or (
            wanted is Channels.AUTO and self._are_microphones() and speakers in (None, len(apart))
        )
        if splits and 1 < len(apart) <= MOST_APART:
            return [self._only(channel) for channel in apart]
        return [self._together()]

    def _are_microphones(self) -> bool:
        enough = max(_SPEAKS * RATE / _FRAME, _SPEAKS_SHARE * self._heard.sum())
        return bool(np.sum(self._own >= enough) > 1)

    def _different(self) -> list[int]:
        """Return the channels with speech, without those that repeat another."""
        repeats = np.abs(_correlations(self._products)) >= _SAME
        found: list[int] = []
        for channel in np.flatnonzero(self._heard).tolist():
            if not repeats[channel, found].any():
                found.append(channel)
        return found

    def _only(self, channel: int) -> Mix:
        return (tuple(float(one == channel) for one in range(len(self._heard))),)

    def _together(self) -> Mix:
        """Return the mix of all channels with speech, each with the sign that does not cancel the loudest."""
        if not self._heard.any():
            return EVEN
        loudest = int(np.argmax(np.diag(self._products)))
        inverted = _correlations(self._products)[loudest] < _INVERTED
        signs = np.where(inverted, -1.0, 1.0) * (self._heard > 0)
        if np.all(signs == 1):
            return EVEN
        return (tuple((signs / np.abs(signs).sum()).tolist()),)


def each_apart(channels: int) -> Mix:
    """Return the mix of a recording as it is: each channel by itself."""
    return tuple(tuple(row) for row in np.eye(channels).tolist())


def _speech(sound: Sound, repeats: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the frames of each channel that have speech. A channel that repeats another is not looked at again."""
    found = np.zeros((len(sound), sound.shape[1] // _FRAME), bool)
    for channel, samples in enumerate(sound):
        same = np.flatnonzero(repeats[channel, :channel])
        found[channel] = found[same[0]] if len(same) else _speech_in(samples)
    return found


def _speech_in(samples: NDArray[np.float32]) -> NDArray[np.bool_]:
    # Imported here: it takes a second, which only a transcription should wait.
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = np.zeros(len(samples) // _FRAME, bool)
    level = float(np.percentile(np.abs(samples[::16]), 99.9)) if len(samples) else 0.0
    if level <= _LITTLE:
        return found
    louder = np.clip(samples * np.float32(min(_LOUD / level, _MOST_GAIN)), -1, 1)
    for span in get_speech_timestamps(louder, VadOptions(min_silence_duration_ms=100), sampling_rate=RATE):
        found[span["start"] // _FRAME : -(-span["end"] // _FRAME)] = True
    return found


def _correlations(products: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the correlations of channels from the sums of their products; 0 for a silent one."""
    lengths = np.sqrt(np.maximum(np.diag(products), 0)).astype(np.float64)
    both = np.outer(lengths, lengths)
    found: NDArray[np.float64] = np.divide(products, both, out=np.zeros_like(both), where=both > 0)
    return found
