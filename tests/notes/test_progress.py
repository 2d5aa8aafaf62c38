"""Progress of a provider with one of several chunks, as the user of the note sees it."""

import pytest

from bot.domain.money import Micros
from bot.domain.note import Progress, Reached, Stage
from bot.notes.progress import ChunkProgress

HALF = Reached(0.5, seconds_left=8.0, heard="Good morning.")


async def shown(chunk: ChunkProgress, reached: Reached) -> Progress:
    await chunk.take(reached)
    return chunk.shown()


async def test_what_is_free_is_shown_while_the_rest_is_heard() -> None:
    assert await shown(ChunkProgress(0, 1, None), HALF) == Progress(
        Stage.TRANSCRIBING, 0.5, seconds_left=8.0, heard="Good morning."
    )


@pytest.mark.parametrize("chunk", [ChunkProgress(0, 1, Micros(2_000)), ChunkProgress(1, 2, None)])
async def test_no_text_is_shown_that_has_a_price_nor_a_part_without_what_was_before_it(chunk: ChunkProgress) -> None:
    """A text that has a price could be read, and cancelled before it is paid."""
    assert (await shown(chunk, HALF)).heard == ""
