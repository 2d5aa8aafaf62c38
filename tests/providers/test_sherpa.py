"""Models for sherpa-onnx: told apart by their files, heard window by window, with the times of words."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sherpa_onnx

from bot.domain.errors import ModelMissing
from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.loading import load_model
from bot.providers.embedded.model_files import Kind, files_of
from bot.providers.embedded.recogniser import Wanted
from bot.providers.embedded.sherpa import _OPEN
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers import tiny_models
from tests.helpers.speech import Player, pcm

Make = Callable[[Path], Path]


async def ignore(_reached: Reached) -> None:
    """Take a report."""


async def heard(folder: Path, sound: bytes, language: str = "auto") -> Transcript:
    player = Player()
    async with LocalTranscriber(str(folder), ModelFolders(folder), listen=player.windows) as local:
        return await local.submit(player.add("note", sound), Options("m", language), ignore)


def empty_model(folder: Path, *names: str, keys: Mapping[str, str] | None = None) -> Path:
    """A folder with files of these names; the ONNX ones hold nothing but these keys."""
    for name in names:
        (folder / name).write_bytes(tiny_models.model([], [], [], {}, keys) if name.endswith(".onnx") else b"x")
    return folder


@pytest.mark.parametrize(
    ("names", "keys", "kind"),
    [
        (("config.json", "model.bin", "tokenizer.json"), None, Kind.FASTER_WHISPER),
        (("encoder.int8.onnx", "decoder.int8.onnx", "joiner.int8.onnx", "tokens.txt"), "pred_hidden",
         Kind.NEMO_TRANSDUCER),
        (("encoder-epoch-99.onnx", "decoder-epoch-99.onnx", "joiner-epoch-99.onnx", "tokens.txt"), "model_author",
         Kind.TRANSDUCER),
        (("model.int8.onnx", "tokens.txt"), "lfr_window_size", Kind.SENSE_VOICE),
        (("model.onnx", "tokens.txt"), "subsampling_factor", Kind.NEMO_CTC),
        (("preprocess.onnx", "encode.int8.onnx", "uncached_decode.int8.onnx", "cached_decode.int8.onnx", "tokens.txt"),
         None, Kind.MOONSHINE),
        (("encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"), None, Kind.MOONSHINE_V2),
        (("encoder.int8.onnx", "decoder.int8.onnx", "tokens.txt"), "subsampling_factor", Kind.CANARY),
        (("tiny-encoder.onnx", "tiny-decoder.onnx", "tiny-tokens.txt"), "n_text_layer", Kind.SHERPA_WHISPER),
    ],
)  # fmt: skip
def test_a_folder_s_files_tell_the_kind_of_model(
    tmp_path: Path, names: tuple[str, ...], keys: str | None, kind: Kind
) -> None:
    folder = empty_model(tmp_path, *names, keys={keys: "1"} if keys else None)
    assert files_of(folder, "mine").kind is kind


def test_of_two_files_for_one_role_the_quantised_one_is_taken(tmp_path: Path) -> None:
    folder = empty_model(tmp_path, "model.onnx", "model.int8.onnx", "tokens.txt", keys={"lfr_window_size": "7"})
    assert files_of(folder, "mine").parts["model"].name == "model.int8.onnx"


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("encoder.onnx", "decoder.onnx", "joiner.onnx"), "it lacks tokens.txt"),
        (("joiner.onnx", "tokens.txt"), "no known model has just the files joiner.onnx"),
        (("config.json", "tokenizer.json"), "it lacks model.bin"),
        ((), "it lacks config.json, model.bin, tokenizer.json"),
    ],
)
def test_a_folder_that_lacks_files_is_one_sentence(tmp_path: Path, names: tuple[str, ...], why: str) -> None:
    with pytest.raises(ModelMissing) as caught:
        files_of(empty_model(tmp_path, *names), "mine")
    assert why in str(caught.value.fields["what_to_do"])


def test_a_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    encoder = tiny_models.parakeet(tmp_path) / "encoder.int8.onnx"
    encoder.write_bytes(encoder.read_bytes()[:-100])
    with pytest.raises(ModelMissing, match=r"encoder\.int8\.onnx: it breaks off"):
        files_of(tmp_path, "mine")


@pytest.mark.parametrize(
    ("make", "kind", "text", "language"),
    [
        (tiny_models.parakeet, Kind.NEMO_TRANSDUCER, "Hello world.", ""),
        (tiny_models.sense_voice, Kind.SENSE_VOICE, "你好 okay", "zh"),
        (tiny_models.nemo_ctc, Kind.NEMO_CTC, "yes", ""),
        (tiny_models.moonshine, Kind.MOONSHINE, "good morning", ""),
    ],
)
async def test_each_kind_is_loaded_and_heard(tmp_path: Path, make: Make, kind: Kind, text: str, language: str) -> None:
    folder = make(tmp_path / "model")
    assert files_of(folder, "mine").kind is kind
    said = await heard(folder, pcm("voice-note.ogg"))
    assert (said.text, said.language) == (text, language)
    assert [segment.language for segment in said.segments] == [language] * len(said.segments)
    assert " ".join(word.text for word in said.words).replace("你 好", "你好") == text


async def test_words_have_the_times_of_their_tokens(tmp_path: Path) -> None:
    """The table says the first word at 0.8 s and the second at 1.6 s of the window, the last frame at 2.32 s."""
    hello, world = (await heard(tiny_models.parakeet(tmp_path), pcm("voice-note.ogg"))).words
    begin = hello.start - 0.8
    assert 0 <= begin < 1
    assert (hello.confidence, world.confidence) == (1.0, 1.0)
    assert [hello.end - begin, world.start - begin, world.end - begin] == pytest.approx([1.2, 1.6, 2.32], abs=0.01)


async def test_without_times_of_the_model_words_share_their_window(tmp_path: Path) -> None:
    said = await heard(tiny_models.moonshine(tmp_path), pcm("voice-note.ogg"))
    assert not Kind.MOONSHINE.times_words
    times = [moment for word in said.words for moment in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= said.seconds


async def test_a_long_recording_is_cut_where_nobody_speaks(tmp_path: Path) -> None:
    """The model answers the same in each window, so the number of answers is that of the windows."""
    voice = pcm("voice-note.ogg")
    sound = (voice + bytes(RATE * 2 * 4)) * 3
    said = await heard(tiny_models.parakeet(tmp_path), sound)
    assert said.text == "Hello world. Hello world. Hello world."
    starts = [segment.start for segment in said.segments]
    assert starts == sorted(starts)
    assert starts[2] - starts[1] == pytest.approx(len(voice) / 2 / RATE + 4, abs=0.5)


async def test_a_language_that_the_user_names_is_kept(tmp_path: Path) -> None:
    assert (await heard(tiny_models.parakeet(tmp_path), pcm("voice-note.ogg"), "de")).language == "de"


@pytest.fixture
def silence() -> Any:
    return np.zeros(RATE * 3, np.float32)


def test_silence_is_not_given_to_the_model(tmp_path: Path, silence: Any) -> None:
    model = load_model(tiny_models.parakeet(tmp_path), "mine", Hardware())
    language, pieces = model.recognise(silence, Wanted())
    assert (language, list(pieces)) == ("auto", [])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.FASTER_WHISPER])
def test_every_kind_is_opened_with_arguments_that_the_library_takes(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the kinds that have no tiny model here: Moonshine's second form, Canary, Whisper, plain transducers."""
    called: list[str] = []

    class Strict:
        def __getattr__(self, name: str) -> Callable[..., None]:
            signature = inspect.signature(getattr(sherpa_onnx.OfflineRecognizer, name))

            def opened(**arguments: object) -> None:
                signature.bind(**arguments)
                called.append(name)

            return opened

    monkeypatch.setattr("bot.providers.embedded.sherpa._recognizer", Strict)
    roles = ("encode", "decode", "joiner", "preprocess", "uncached_decode", "cached_decode", "model", "tokens")
    _OPEN[kind]({role: role for role in roles}, 1)
    assert len(called) == 1
