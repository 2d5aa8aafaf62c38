"""Sounds in which nobody speaks, made by rule: a recogniser must find no text in them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.media.pcm import RATE
from tests.helpers.speech import from_floats

Sound = NDArray[np.float64]

_SECONDS = 10
_TIME = np.arange(_SECONDS * RATE) / RATE
_KEYS = {"1": (697, 1209), "5": (770, 1336), "9": (852, 1477), "0": (941, 1336)}
_SCALE = (262, 294, 330, 349, 392, 440, 494, 523)


def noises() -> dict[str, bytes]:
    """Return 27 sounds of 10 s and less as raw samples: 16 kHz, mono, 16 bits."""
    sounds: dict[str, Sound] = {
        "digital silence": np.zeros(len(_TIME)),
        "nothing at all": np.zeros(0),
        "one sample": np.full(1, 1 / 32768),
        "a constant": np.full(len(_TIME), 0.25),
        "a quiet room": 0.0003 * _coloured(1.0),
        "loud hiss": 0.5 * _hiss(),
        "quiet hiss": 0.001 * _hiss(),
        "hiss that swells": 0.3 * _hiss() * (1 + np.sin(2 * np.pi * 0.5 * _TIME)) / 2,
        "pink noise": 0.2 * _coloured(1.0),
        "brown noise": 0.2 * _coloured(2.0),
        "rumble": 0.5 * _scaled(np.cumsum(_hiss()) - np.linspace(0, np.sum(_hiss()), len(_TIME))),
        "hum of 50 Hz": 0.3 * _tone(50),
        "hum with overtones": 0.1 * sum((_tone(60 * n) / n for n in range(1, 12)), np.zeros(len(_TIME))),
        "a tone": 0.3 * _tone(1000),
        "a chord": 0.2 * (_tone(220) + _tone(277) + _tone(330)),
        "a scale": 0.3 * _melody(_SCALE, 0.4),
        "a tune with overtones": 0.2 * (_melody(_SCALE[::-1], 0.3) + 0.5 * _melody([2 * f for f in _SCALE], 0.3)),
        "a drum": _repeated(_fading(80, 0.25), 0.5),
        "drum and bass": 0.5 * _repeated(_fading(80, 0.25), 0.5) + 0.2 * _melody((55, 65, 73, 82), 0.5),
        "a siren": 0.4 * np.sin(2 * np.pi * (200 + 80 * np.sin(2 * np.pi * 3 * _TIME)) * _TIME),
        "a chirp": 0.4 * np.sin(2 * np.pi * (100 + 150 * _TIME) * _TIME),
        "dialled keys": 0.3 * _dialled("159015901590"),
        "a busy line": 0.2 * (_tone(480) + _tone(620)) * _gate(0.5),
        "beeps": 0.3 * _tone(880) * _gate(0.2),
        "clicks": _repeated(np.ones(16), 0.31),
        "breath": 0.05 * _coloured(0.5) * np.clip(np.sin(2 * np.pi * 0.3 * _TIME), 0, None),
        "claps": _repeated(_hiss()[:800] * np.exp(-np.arange(800) / 150) * 0.4, 0.7),
    }
    return {name: from_floats(sound) for name, sound in sounds.items()}


def _hiss() -> Sound:
    return np.asarray(np.random.default_rng(7).standard_normal(len(_TIME)))


def _coloured(power: float) -> Sound:
    """Return noise whose energy falls with this power of the frequency: 1 is pink, 2 brown."""
    spectrum = np.fft.rfft(_hiss())
    frequencies = np.maximum(np.fft.rfftfreq(len(_TIME), 1 / RATE), 20)
    return _scaled(np.fft.irfft(spectrum / frequencies ** (power / 2), len(_TIME)))


def _scaled(sound: Sound) -> Sound:
    return np.asarray(sound / np.abs(sound).max())


def _tone(frequency: float) -> Sound:
    return np.asarray(np.sin(2 * np.pi * frequency * _TIME))


def _gate(seconds: float) -> Sound:
    """Return on and off by turns, each for so long."""
    return np.asarray(np.floor(_TIME / seconds) % 2 == 0, dtype=np.float64)


def _melody(frequencies: Sequence[int], seconds: float) -> Sound:
    """Return plucked tones of these frequencies, again and again."""
    which = np.floor(_TIME / seconds).astype(int)
    played = np.array(frequencies, dtype=np.float64)[which % len(frequencies)]
    return np.asarray(np.sin(2 * np.pi * played * _TIME) * np.exp(-3 * (_TIME / seconds - which)))


def _fading(frequency: float, seconds: float) -> Sound:
    time = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * frequency * time) * np.exp(-12 * time))


def _repeated(stroke: Sound, every: float) -> Sound:
    sound = np.zeros(len(_TIME))
    for at in range(0, len(_TIME) - len(stroke), int(every * RATE)):
        sound[at : at + len(stroke)] += stroke
    return sound


def _dialled(keys: str) -> Sound:
    """Return the tones of a telephone's keys, 0.5 s each with a pause as long."""
    sound = np.zeros(len(_TIME))
    for place, key in enumerate(keys[:_SECONDS]):
        low, high = _KEYS[key]
        sound[place * RATE : place * RATE + RATE // 2] = (_tone(low) + _tone(high))[: RATE // 2] / 2
    return sound
