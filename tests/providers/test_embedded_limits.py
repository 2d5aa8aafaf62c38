"""The embedded engine's limit of time: it begins with the work on a chunk, never with the wait for a turn."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.domain.errors import EngineFailed
from bot.domain.note import Options, Reached
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.speech import Player

EVERYTHING = Options("whisper-base")


class Slow:
    """A model that takes its time for each chunk."""

    def __init__(self, wait: Callable[[], object]) -> None:
        self._wait = wait

    def load(self, folder: Path, name: str, hardware: Hardware) -> "Slow":
        return self

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        self._wait()
        return "en", iter([RawSegment(" x", 0, 1, ())])


def opened(model: Slow, folder: Path, time_limit: float) -> tuple[LocalTranscriber, Player]:
    player = Player()
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).touch()
    local = LocalTranscriber(
        str(folder),
        ModelFolders(folder),
        listen=player.windows,
        hardware=Hardware(workers=1),
        turn_time_limit=time_limit,
        load=model.load,
    )
    return local, player


async def ignore(_reached: Reached) -> None:
    """Take a report."""


async def test_a_wait_for_a_turn_is_no_part_of_the_limit(tmp_path: Path) -> None:
    local, player = opened(Slow(lambda: time.sleep(0.2)), tmp_path, time_limit=0.5)
    audio = player.add("silence", bytes(32_000))
    async with local:
        said = await asyncio.gather(*(local.submit(audio, EVERYTHING, ignore) for _ in range(6)))
    assert [one.text for one in said] == ["x"] * 6


async def test_a_chunk_that_takes_too_long_ends_its_note_alone(tmp_path: Path) -> None:
    goes_on = threading.Event()
    local, player = opened(Slow(lambda: goes_on.wait(10)), tmp_path, time_limit=0.2)
    audio = player.add("silence", bytes(32_000))
    async with local:
        with pytest.raises(EngineFailed, match="slow"):
            await local.submit(audio, EVERYTHING, ignore)
        goes_on.set()
        assert (await local.submit(audio, EVERYTHING, ignore)).text == "x"
