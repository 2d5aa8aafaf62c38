"""A user's own voice, which its owner enrolled: numbers that are alike if the same person speaks, and no sound."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import BadVoice
from bot.domain.plain_text import one_line

_LONGEST_NAME = 24
_MOST_BYTES = 48
"""Bytes of a name: a button carries it."""


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """A voice as numbers."""

    model: str
    """Id of the voice model: numbers of different models cannot be compared."""
    vector: Sequence[float]
    """Of length 1."""


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """A voice and the name of its owner."""

    name: str
    print: Voiceprint


def checked_name(typed: str) -> str:
    """Return a name in one line. Raises BadVoice for one that is empty, too long or invisible."""
    name = one_line(typed)
    if len(name) > _LONGEST_NAME or len(name.encode()) > _MOST_BYTES or not any(map(str.isalnum, name)):
        raise BadVoice(reason="name")
    return name
