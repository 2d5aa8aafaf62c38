"""A conversation of two people, each with a microphone of its own."""

import numpy as np
from numpy.typing import NDArray

from bot.media.pcm import RATE
from tests.helpers.diarization import Spoken, spoken
from tests.helpers.speech import pcm, reference, to_floats

CONVERSATION = "conversation.ogg"


def turns() -> list[Spoken]:
    """The turns of the conversation."""
    return spoken(reference(CONVERSATION)["segments"])


def call() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sound of the first speaker, and that of the other."""
    whole, said = to_floats(pcm(CONVERSATION)), turns()
    first = np.zeros(len(whole), bool)
    for one in said:
        if one.speaker == said[0].speaker:
            first[int((one.start - 0.1) * RATE) : int((one.end + 0.1) * RATE)] = True
    return np.where(first, whole, 0), np.where(first, 0, whole)
