"""Several speech models in one process: loaded when wanted, unloaded when idle."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.domain.errors import ModelMissing
from bot.domain.note import Options, Reached
from bot.domain.transcript import Word
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import RawSegment, Recogniser, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.speech_models import SpeechModels
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers import tiny_models
from tests.helpers.speech import Player, pcm

SETTINGS = {"whisper-base": "base", "parakeet": "/models/parakeet", "other": "/models/other"}


class Named:
    """A model that says its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        return wanted.language, iter([RawSegment(f" {self.name}", 0, 1, (Word(self.name, 0, 1),))])


class Linguist(Named):
    """A model that can tell languages."""

    def language_of(self, sound: Samples) -> str:
        return "de"


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def models(clock: Clock, idle_seconds: float = 60) -> tuple[SpeechModels, list[str]]:
    loads: list[str] = []

    def load(setting: str) -> Recogniser:
        loads.append(setting)
        return Named(setting)

    return SpeechModels(SETTINGS, load, idle_seconds, clock), loads


def test_a_model_is_loaded_when_it_is_first_wanted_and_kept() -> None:
    some, loads = models(Clock())
    assert some.loaded() == {"speech": False, "parakeet": False, "other": False}
    for _ in range(2):
        assert isinstance(found := some.get("parakeet"), Named)
        assert found.name == "/models/parakeet"
    assert loads == ["/models/parakeet"]
    assert some.loaded() == {"speech": False, "parakeet": True, "other": False}


def test_an_unknown_name_is_the_default() -> None:
    some, loads = models(Clock())
    some.get("")
    some.get("gone")
    assert loads == ["base"]


def test_an_idle_model_is_unloaded_and_the_default_is_kept() -> None:
    clock = Clock()
    some, loads = models(clock)
    for name in SETTINGS:
        some.get(name)
    clock.now = 50
    some.get("other")
    clock.now = 61
    assert some.unload_idle()
    assert some.loaded() == {"speech": True, "parakeet": False, "other": True}
    clock.now = 111
    assert not some.unload_idle()
    assert some.loaded() == {"speech": True, "parakeet": False, "other": False}
    some.get("parakeet")
    assert loads.count("/models/parakeet") == 2


def test_two_threads_load_a_model_once() -> None:
    some, loads = models(Clock())
    threads = [threading.Thread(target=some.get, args=("parakeet",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["/models/parakeet"]


def test_a_model_that_can_tell_languages_does_it_for_the_others() -> None:
    some = SpeechModels(SETTINGS, lambda setting: Linguist(setting) if setting == "base" else Named(setting))
    sound = np.zeros(RATE, np.float32)
    some.get("parakeet")
    assert some.language_of(sound) == "auto"
    some.get("whisper-base")
    assert some.language_of(sound) == "de"


async def ignore(_reached: Reached) -> None:
    """Take a report."""


@pytest.fixture
def both(tmp_path: Path) -> str:
    """The included model, and one for sherpa-onnx."""
    return f"base, {tiny_models.parakeet(tmp_path / 'parakeet')}"


async def test_a_note_is_heard_by_the_model_that_its_user_chose(both: str, tmp_path: Path) -> None:
    player = Player()
    audio = player.add("note", pcm("voice-note.ogg"))
    async with LocalTranscriber(both, ModelFolders(tmp_path), listen=player.windows, idle_seconds=0.5) as local:
        said = await local.submit(audio, Options("parakeet"), ignore)
        assert (said.text, said.language, said.model) == ("Hello world.", "", "parakeet")
        whisper = await local.submit(audio, Options("whisper-base"), ignore)
        assert len(whisper.text) > 100
        said = await local.submit(audio, Options("parakeet"), ignore)
        assert said.language == "en"  # Whisper tells it, now that it is loaded
        async with asyncio.timeout(20):
            while local.loaded()["parakeet"]:
                await asyncio.sleep(0.05)
        assert local.loaded() == {"speech": True, "parakeet": False, "voices": False}
        assert (await local.submit(audio, Options("parakeet"), ignore)).text == "Hello world."


async def test_a_missing_second_model_leaves_the_first_alone(tmp_path: Path) -> None:
    player = Player()
    audio = player.add("note", pcm("voice-note.ogg"))

    def load(folder: Path, name: str, hardware: Hardware) -> Recogniser:
        return Named(name)

    async with LocalTranscriber("base, small", ModelFolders(tmp_path), listen=player.windows, load=load) as local:
        with pytest.raises(ModelMissing, match="`earmark models pull small`"):
            await local.submit(audio, Options("whisper-small"), ignore)
        assert (await local.submit(audio, Options("whisper-base"), ignore)).text == "base"
