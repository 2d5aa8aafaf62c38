"""The embedded engine and what is no good recording or no good model: a clear end, and no text that nobody spoke."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from bot.domain.errors import BadSettings, EngineFailed, ModelMissing, NoSpeech
from bot.domain.note import Options, Reached
from bot.media.ffmpeg import find_ffmpeg
from bot.media.pcm import RATE
from bot.media.prepare import Media
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders, model_folder
from tests.helpers.corpus import VOICE_NOTE, ffmpeg
from tests.helpers.noises import noises
from tests.helpers.speech import Player, pcm, plain, reference, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPTIONS = Options("whisper-base")
NOISES = noises()


async def ignore(_reached: Reached) -> None:
    """Take a report."""


@pytest.fixture(scope="module")
def player() -> Player:
    return Player()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the included model."""
    return await model_folder("base", ModelFolders(tmp_path_factory.mktemp("data")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(player: Player, base: Path) -> AsyncIterator[LocalTranscriber]:
    async with LocalTranscriber(str(base), ModelFolders(base), listen=player.windows) as opened:
        yield opened


@pytest.fixture
def copied(base: Path, tmp_path: Path) -> Path:
    """A folder of the operator's with the included model in it."""
    folder = tmp_path / "mine"
    shutil.copytree(base, folder)
    return folder


async def test_there_are_27_noises() -> None:
    assert len(NOISES) == 27


@pytest.mark.parametrize("noise", NOISES)
async def test_where_nobody_speaks_nothing_is_made_up(local: LocalTranscriber, player: Player, noise: str) -> None:
    with pytest.raises(NoSpeech):
        await local.submit(player.add(noise, NOISES[noise]), OPTIONS, ignore)


async def test_a_tenth_of_a_second_of_speech_is_a_word_or_nothing(local: LocalTranscriber, player: Player) -> None:
    voice = pcm("voice-note.ogg")
    try:
        said = await local.submit(player.add("100 ms", voice[RATE * 2 : RATE * 2 + RATE // 5]), OPTIONS, ignore)
    except NoSpeech:
        return
    assert len(said.text.split()) <= 2


async def test_one_word_is_one_word(local: LocalTranscriber, player: Player) -> None:
    first = reference("voice-note.ogg")["segments"][0]
    begin = int(first["start"] * RATE) * 2
    word = pcm("voice-note.ogg")[begin : begin + int(0.8 * RATE) * 2]
    said = await local.submit(player.add("a word", word), OPTIONS, ignore)
    assert 1 <= len(said.text.split()) <= 4
    assert set(plain(said.text).split()) & set(plain(first["text"]).split())


async def test_eight_channels_at_48_khz_are_understood(base: Path, tmp_path: Path) -> None:
    file = tmp_path / "surround.wav"
    ffmpeg(find_ffmpeg(None), "-i", VOICE_NOTE, "-ar", "48000", "-af", "pan=7.1|FL=c0|FR=c0|FC=c0|BL=c0", file)
    media = Media(find_ffmpeg(None))
    audio = await media.inspect(file)
    assert audio.channels == 8
    async with LocalTranscriber(str(base), ModelFolders(base), listen=media.windows) as local:
        said = await local.submit(audio, OPTIONS, ignore)
    assert word_error_rate(reference("voice-note.ogg")["text"], said.text) <= 0.05


async def refused(folder: Path, player: Player) -> str:
    """Return the sentence with which a model's folder is refused at load."""
    async with LocalTranscriber(str(folder), ModelFolders(folder), listen=player.windows) as local:
        with pytest.raises(ModelMissing) as caught:
            await local.warm_up()
    return str(caught.value.fields["what_to_do"])


async def test_files_that_are_no_model_are_refused_at_load(player: Player, tmp_path: Path) -> None:
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}" * 100)
    assert "cannot be loaded" in await refused(tmp_path, player)


async def test_truncated_weights_are_refused_at_load(copied: Path, player: Player) -> None:
    weights = copied / "model.bin"
    with weights.open("r+b") as file:
        file.truncate(weights.stat().st_size // 2)
    assert "cannot be loaded" in await refused(copied, player)


async def test_a_folder_for_another_number_of_mel_bands_is_refused_at_load(copied: Path, player: Player) -> None:
    """large-v3 takes 128 bands, the others 80; preprocessor_config.json says how many are computed."""
    (copied / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))
    assert "cannot be loaded" in await refused(copied, player)


async def test_a_precision_that_the_device_lacks_is_said_with_those_it_has(base: Path, player: Player) -> None:
    half = Hardware(device="cpu", compute_type="float16")
    async with LocalTranscriber(str(base), ModelFolders(base), listen=player.windows, hardware=half) as local:
        with pytest.raises(BadSettings, match=r"EARMARK_LOCAL_COMPUTE_TYPE: .* cpu has no float16, but .*float32"):
            await local.warm_up()


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA failed with error out of memory")])
async def test_a_lack_of_memory_is_said_so(player: Player, tmp_path: Path, error: Exception) -> None:
    class Full:
        def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
            raise error

    def load(folder: Path, name: str, hardware: Hardware) -> Full:
        return Full()

    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).touch()
    audio = player.add("second", np.zeros(RATE, "<i2").tobytes())
    async with LocalTranscriber(str(tmp_path), ModelFolders(tmp_path), listen=player.windows, load=load) as local:
        with pytest.raises(EngineFailed, match="memory"):
            await local.submit(audio, OPTIONS, ignore)
