"""Recordings take turns on the embedded engine, slice by slice, and users hear how many are before theirs."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.domain.audio import Audio
from bot.domain.note import Options, Reached
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.speech import Player

EVERYTHING = Options("whisper-base")
WINDOW = 30


class Paced:
    """A model that decodes a window of half a minute whenever the test lets it."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self.asked = 0
        self.windows: list[float] = []
        """The length of the recording of each window that was decoded, in seconds."""

    def load(self, folder: Path, name: str, hardware: Hardware) -> "Paced":
        return self

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        seconds = len(sound) / RATE
        self.asked += 1

        def pieces() -> Iterator[RawSegment]:
            for start in range(0, max(1, round(seconds)), WINDOW):
                assert self.may.acquire(timeout=20)
                self.windows.append(round(seconds))
                yield RawSegment(" one", start, start + 10, (), window=start)
                yield RawSegment(" two", start + 10, min(start + WINDOW, seconds), (), window=start)

        return "en", pieces()


class Told:
    """Keeps what a transcriber tells of one recording."""

    def __init__(self) -> None:
        self.reached: list[Reached] = []

    async def __call__(self, reached: Reached) -> None:
        self.reached.append(reached)


@pytest.fixture
def model() -> Paced:
    return Paced()


def opened(
    model: Paced, player: Player, folder: Path, workers: int = 1, *, tells_text: bool = False
) -> LocalTranscriber:
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).touch()
    hardware = Hardware(workers=workers)
    folders = ModelFolders(folder)
    return LocalTranscriber(
        str(folder), folders, listen=player.windows, hardware=hardware, tells_text=tells_text, load=model.load
    )


def sound(player: Player, seconds: int, name: str = "") -> Audio:
    return player.add(f"{name}{seconds}", bytes(seconds * RATE * 2))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_short_note_is_heard_while_another_users_long_recordings_wait(model: Paced, tmp_path: Path) -> None:
    player = Player()
    async with opened(model, player, tmp_path) as local:
        long = [
            asyncio.create_task(local.submit(sound(player, 90 + one, "long"), EVERYTHING, Told(), "ann"))
            for one in range(4)
        ]
        model.may.release()
        await until(lambda: len(model.windows) == 1)
        short = asyncio.create_task(local.submit(sound(player, 10), EVERYTHING, Told(), "bob"))
        await asyncio.sleep(0.1)
        model.may.release(2)
        said = await asyncio.wait_for(short, 20)
        assert said.text == "one two"
        assert len(model.windows) <= 3
        model.may.release(100)
        assert {one.text for one in await asyncio.gather(*long)} == {
            " ".join(["one two"] * 4),
            " ".join(["one two"] * 3),
        }


async def test_who_waits_hears_how_many_are_before_and_then_how_far_it_is(model: Paced, tmp_path: Path) -> None:
    player, told = Player(), Told()
    async with opened(model, player, tmp_path) as local:
        first = asyncio.create_task(local.submit(sound(player, 60), EVERYTHING, Told(), "ann"))
        await until(lambda: model.asked == 1)
        second = asyncio.create_task(local.submit(sound(player, 61), EVERYTHING, told, "bob"))
        await until(lambda: bool(told.reached))
        assert told.reached[0] == Reached(before=1)
        model.may.release(10)
        await asyncio.gather(first, second)
    begun = [one for one in told.reached if one.before is None]
    assert [one.fraction for one in begun] == sorted(one.fraction or 0.0 for one in begun)
    assert begun[-1].fraction == 1.0
    assert all((one.seconds_left or 0.0) >= 0 for one in begun)


async def test_several_workers_hear_several_recordings_at_once(model: Paced, tmp_path: Path) -> None:
    player, inside, most = Player(), 0, 0
    lock = threading.Lock()

    class Counted(Paced):
        def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
            def pieces() -> Iterator[RawSegment]:
                nonlocal inside, most
                with lock:
                    inside += 1
                    most = max(most, inside)
                assert self.may.acquire(timeout=20)
                with lock:
                    inside -= 1
                yield RawSegment(" x", 0, 1, ())

            return "en", pieces()

    counted = Counted()
    async with opened(counted, player, tmp_path, workers=2) as local:
        works = [
            asyncio.create_task(local.submit(sound(player, 5 + one), EVERYTHING, Told(), f"{one}")) for one in range(4)
        ]
        await until(lambda: inside == 2)
        counted.may.release(4)
        await asyncio.gather(*works)
    assert most == 2


@pytest.mark.parametrize(("tells", "last"), [(True, "one two"), (False, "")])
async def test_what_was_heard_is_told_while_the_rest_is_decoded(
    model: Paced, tmp_path: Path, tells: bool, last: str
) -> None:
    player, told = Player(), Told()
    async with opened(model, player, tmp_path, tells_text=tells) as local:
        work = asyncio.create_task(local.submit(sound(player, 60), EVERYTHING, told, "ann"))
        model.may.release()
        await until(lambda: bool(told.reached) and (told.reached[-1].fraction or 0.0) >= 0.5)
        assert told.reached[-1].heard == last
        model.may.release()
        assert (await work).text == "one two one two"


async def test_only_the_end_of_a_long_text_is_told(model: Paced, tmp_path: Path) -> None:
    player, told = Player(), Told()
    async with opened(model, player, tmp_path, tells_text=True) as local:
        model.may.release(1000)
        await local.submit(sound(player, 60 * 100), EVERYTHING, told, "ann")
    heard = [one.heard for one in told.reached if one.heard]
    assert max(map(len, heard)) in range(500, 601)
    assert {text.partition(" ")[0] for text in heard} == {"one", "two"}
