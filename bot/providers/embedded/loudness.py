"""Loudness of a sound before speech is looked for."""

import numpy as np

from bot.providers.embedded.speakers.windows import Samples

_QUIET, _TARGET, _MOST_GAIN = 0.3, 0.5, 100.0
"""Level for speech detection: audio below the first value is raised to the second, at most by the third as a factor."""


def amplified(sound: Samples) -> Samples:
    """Raise a quiet recording to a usual level; loud or silent audio stays unchanged."""
    level = float(np.percentile(np.abs(sound[::16]), 99.9)) if len(sound) else 0.0
    if not 0 < level < _QUIET:
        return sound
    louder: Samples = np.clip(sound * np.float32(min(_TARGET / level, _MOST_GAIN)), -1, 1)
    return louder
