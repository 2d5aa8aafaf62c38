"""Speakers of real recordings: who spoke, how many they are, and that one voice stays one."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from bot.domain.errors import EarmarkError, EngineFailed, ModelMissing, NoSpeech, Unloaded
from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript, Word
from bot.media.pcm import RATE
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.cut_tree import PLAIN
from bot.providers.embedded.speakers.diarizer import Diarizer
from bot.providers.embedded.speakers.embedding import Embedder, Vector
from bot.providers.embedded.speakers.turns import Turns
from bot.providers.embedded.transcriber import LoadVoices, LocalTranscriber, open_embedder
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.diarization import diarization_error_rate, spoken, turns_of, word_speaker_errors
from tests.helpers.speech import Player, from_floats, pcm, reference, to_floats, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")

Sound = NDArray[np.float64]
WITH_SPEAKERS = Options("whisper-base", "en", speakers=True)
ONE_VOICE = ("voice-note.ogg", "spanish.ogg", "russian.ogg")


async def unheard(_reached: Reached) -> None:
    """Nobody looks at the progress."""


@pytest.fixture(scope="module")
def player() -> Player:
    return Player()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    """The real one."""
    return open_embedder("")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(
    player: Player, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalTranscriber]:
    folder = tmp_path_factory.mktemp("data")
    async with LocalTranscriber(
        "base", ModelFolders(folder), listen=player.windows, load_voices=lambda _: embedder
    ) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(local: LocalTranscriber, player: Player) -> tuple[Transcript, list[float]]:
    """The conversation with its speakers, and the progress that was reported."""
    told: list[float] = []

    async def report(reached: Reached) -> None:
        told.append(reached.fraction or 0.0)

    return await local.submit(player.sample("conversation.ogg"), WITH_SPEAKERS, report), told


def sample(name: str) -> Sound:
    return to_floats(pcm(name))


def unbothered() -> None:
    """Nobody stops the work."""


def voices_of(embedder: Embedder, sound: Sound) -> Diarizer:
    voices = Diarizer(embedder)
    for _ in voices.add_chunk(sound.astype(np.float32), 0.0):
        pass
    return voices


def turns(embedder: Embedder, sound: Sound) -> Turns:
    return voices_of(embedder, sound).turns(None, unbothered)


def voices_in(embedder: Embedder, sound: Sound) -> set[int]:
    return {turn.voice for turn in turns(embedder, sound)}


async def test_every_word_of_a_conversation_goes_to_who_said_it(talk: tuple[Transcript, list[float]]) -> None:
    transcript, _ = talk
    true = spoken(reference("conversation.ogg")["segments"])
    assert {word.speaker for word in transcript.words} == {"Speaker 1", "Speaker 2"}
    assert transcript.words[0].speaker == "Speaker 1"
    assert word_speaker_errors(true, transcript.words) <= 0.03
    assert diarization_error_rate(true, turns_of(transcript)) <= 0.08
    assert word_error_rate(reference("conversation.ogg")["text"], transcript.text) <= 0.05


async def test_segments_are_the_text_and_each_is_of_one_speaker(talk: tuple[Transcript, list[float]]) -> None:
    transcript, _ = talk
    assert " ".join(segment.text for segment in transcript.segments) == transcript.text
    assert " ".join(word.text for word in transcript.words) == transcript.text
    for segment in transcript.segments:
        own = [word for word in transcript.words if segment.start <= word.start and word.end <= segment.end]
        assert " ".join(word.text for word in own) == segment.text
        assert {word.speaker for word in own} == {segment.speaker}


async def test_progress_goes_on_to_the_end_through_both_passes(talk: tuple[Transcript, list[float]]) -> None:
    _, told = talk
    assert told == sorted(told)
    assert len({fraction for fraction in told if 0.8 < fraction < 0.98}) > 10
    assert told[-1] == 1.0


@pytest.mark.parametrize("name", ONE_VOICE)
async def test_a_recording_of_one_voice_has_one_speaker(embedder: Embedder, name: str) -> None:
    assert voices_in(embedder, sample(name)) == {0}


def sentences(name: str) -> list[Sound]:
    whole = sample(name)
    return [whole[int(one["start"] * RATE) : int(one["end"] * RATE)] for one in reference(name)["segments"]]


def pause(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE))


def with_pauses(name: str) -> Sound:
    """Cut into chunks of 2 s, and joined with pauses of up to 3 s."""
    whole, step = sample(name), 2 * RATE
    parts = [whole[at : at + step] for at in range(0, len(whole), step)]
    return np.concatenate([part for index, cut in enumerate(parts) for part in (cut, pause(0.3 + 0.9 * (index % 4)))])


def with_coughs(name: str) -> Sound:
    """A burst of breath and throat after each sentence."""
    chance = np.random.default_rng(4)
    length = int(0.45 * RATE)
    breath = np.convolve(chance.standard_normal(length), np.hanning(9), "same") * np.exp(-np.arange(length) / 2500)
    cough = 0.6 * breath / np.abs(breath).max()
    return np.concatenate([part for one in sentences(name) for part in (one, pause(0.2), cough, cough, pause(0.4))])


def over_a_telephone(sound: Sound) -> Sound:
    """8000 samples a second, 100 to 3800 Hz, 8 bits by the mu law."""
    sound = sound[: len(sound) // 4 * 4]
    spectrum = np.fft.rfft(sound)
    pitch = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(pitch < 100) | (pitch > 3800)] = 0
    narrow = np.fft.irfft(spectrum[: len(spectrum) // 2 + 1]) / 2
    squeezed = np.sign(narrow) * np.log1p(255 * np.minimum(np.abs(narrow), 1)) / np.log(256)
    coarse = np.round(squeezed * 127) / 127
    heard = np.sign(coarse) * np.expm1(np.abs(coarse) * np.log(256)) / 255
    again = np.zeros(len(spectrum), complex)
    again[: len(spectrum) // 2 + 1] = np.fft.rfft(heard)
    return to_floats(from_floats(2 * np.fft.irfft(again)))


def in_noise(sound: Sound) -> Sound:
    """10 dB above a hiss."""
    hiss: Sound = np.random.default_rng(5).standard_normal(len(sound))
    noisy: Sound = sound + np.sqrt(np.mean(sound**2) / 10) * hiss
    return noisy


@pytest.mark.parametrize("name", ONE_VOICE)
@pytest.mark.parametrize(
    "change",
    [with_pauses, with_coughs, lambda name: over_a_telephone(sample(name)), lambda name: in_noise(sample(name))],
    ids=["pauses", "coughs", "telephone", "noise"],
)
async def test_one_voice_is_never_split(embedder: Embedder, name: str, change: Callable[[str], Sound]) -> None:
    assert len(voices_in(embedder, change(name))) == 1


def three_people() -> Sound:
    voices = zip(sentences("voice-note.ogg"), sentences("spanish.ogg"), sentences("russian.ogg"), strict=True)
    return np.concatenate([part for three in voices for one in three for part in (one, pause(0.4))])


@pytest.fixture(scope="module")
def three(embedder: Embedder) -> Diarizer:
    return voices_of(embedder, three_people())


def in_their_order(turns: Turns) -> list[int]:
    found = [turn.voice for turn in turns]
    return [voice for voice, last in zip(found, [-1, *found], strict=False) if voice != last]


async def test_three_people_are_three_in_their_order(three: Diarizer) -> None:
    assert in_their_order(three.turns(None, unbothered)) == [0, 1, 2] * 3


async def test_over_a_telephone_too(embedder: Embedder) -> None:
    assert in_their_order(turns(embedder, over_a_telephone(three_people()))) == [0, 1, 2] * 3


@pytest.mark.parametrize(("given", "found"), [(2, 2), (3, 3), (0, 1), (1, 1), (32, 32), (10_000, 32)])
async def test_the_number_of_speakers_can_be_given(three: Diarizer, given: int, found: int) -> None:
    assert len({turn.voice for turn in three.turns(given, unbothered)}) == found


async def test_voices_are_the_same_in_whatever_chunks_they_come(embedder: Embedder) -> None:
    whole, border = sample("conversation.ogg").astype(np.float32), int(11.6 * RATE)
    voices = Diarizer(embedder)
    for part, start in ((whole[:border], 0), (whole[border:], border)):
        for _ in voices.add_chunk(part, start / RATE):
            pass
    cut, one = voices.turns(None, unbothered), turns(embedder, sample("conversation.ogg"))
    moments = np.arange(0.5, 27, 0.1)
    same = [cut.voice_of(at, at + 0.1) == one.voice_of(at, at + 0.1) for at in moments]
    assert np.mean(same) > 0.98


async def test_telling_speakers_apart_takes_little_of_the_audio_s_length(embedder: Embedder) -> None:
    sound = sample("conversation.ogg")

    def seconds() -> float:
        began = time.process_time()
        turns(embedder, sound)
        return time.process_time() - began

    assert min(seconds() for _ in range(3)) / reference("conversation.ogg")["seconds"] <= 0.08


def chord() -> Sound:
    moments = np.arange(8 * RATE) / RATE
    tones: Sound = 0.2 * np.sin(2 * np.pi * np.outer([220, 277, 330], moments)).sum(axis=0)
    beating: Sound = tones * (1 + np.sin(2 * np.pi * 2 * moments)) / 2
    return beating


@pytest.mark.parametrize("sound", [pause(5), chord(), pause(0.2)], ids=["silence", "music", "200 ms of silence"])
async def test_where_nobody_speaks_that_is_said(local: LocalTranscriber, player: Player, sound: Sound) -> None:
    with pytest.raises(NoSpeech):
        await local.submit(player.add("nobody", from_floats(sound)), WITH_SPEAKERS, unheard)


@pytest.mark.parametrize("seconds", [0.2, 0.9], ids=["200 ms", "a word"])
async def test_a_word_or_less_bears_no_label(local: LocalTranscriber, player: Player, seconds: float) -> None:
    begin = int(0.45 * RATE)
    word = sample("voice-note.ogg")[begin : begin + int(seconds * RATE)]
    try:
        transcript = await local.submit(player.add("word", from_floats(word)), WITH_SPEAKERS, unheard)
    except NoSpeech:
        return
    assert {word.speaker for word in transcript.words} == {None}


async def test_two_who_speak_at_once_are_at_most_three(embedder: Embedder) -> None:
    """One, the other, and what both together sound like."""
    one, other = sample("voice-note.ogg"), sample("spanish.ogg")
    both = one[: len(other)] + 0.7 * other[: len(one)]
    assert len(voices_in(embedder, both)) <= 3


class Says:
    """A recogniser that says three words at once, or what it is told to."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts or ("One", "two", "three")
        self.asked = 0

    def recognise(self, sound: object, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        self.asked += 1
        segments = (
            RawSegment(f" {text}", 1.0 * at, at + 0.5, (Word(text, 1.0 * at, at + 0.5),))
            for at, text in enumerate(self.texts)
        )
        return "en", segments


class Listens:
    """An embedder that does as `listen` does, and counts."""

    thresholds = PLAIN
    model = "made up"

    def __init__(self, add_chunk: Callable[[], None] = lambda: None) -> None:
        self._listen = add_chunk
        self.windows = 0

    def embed(self, sound: object) -> Vector | None:
        self.windows += 1
        self._listen()
        return np.ones(192, np.float32) / np.float32(np.sqrt(192))


def opened(player: Player, folder: Path, says: Says, load_voices: LoadVoices = open_embedder) -> LocalTranscriber:
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).touch()
    return LocalTranscriber(
        *(str(folder), ModelFolders(folder)),
        listen=player.windows,
        speaker_model="/nowhere/voices.onnx",
        load=lambda *_: says,
        load_voices=load_voices,
    )


async def test_without_diarization_no_voice_model_is_loaded(player: Player, tmp_path: Path) -> None:
    async with opened(player, tmp_path, Says()) as local:
        transcript = await local.submit(player.sample("conversation.ogg"), Options("m"), unheard)
    assert transcript.text == "One two three"


async def test_a_voice_model_that_is_not_there_is_said_before_anything_is_heard(player: Player, tmp_path: Path) -> None:
    says = Says()
    async with opened(player, tmp_path, says) as local:
        with pytest.raises(ModelMissing, match=r"voices\.onnx"):
            await local.submit(player.sample("conversation.ogg"), WITH_SPEAKERS, unheard)
    assert says.asked == 0


async def test_a_fault_of_the_voice_model_is_one_sentence_and_not_the_end(player: Player, tmp_path: Path) -> None:
    def fault() -> None:
        raise RuntimeError("secret words")

    listens = iter([Listens(fault)])
    async with opened(player, tmp_path, Says(), lambda _: next(listens)) as local:
        with pytest.raises(EngineFailed, match="internal"):
            await local.submit(player.sample("conversation.ogg"), WITH_SPEAKERS, unheard)
        assert (await local.submit(player.sample("conversation.ogg"), Options("m"), unheard)).text


async def test_where_no_words_are_heard_no_voices_are_listened_to(player: Player, tmp_path: Path) -> None:
    says, listens = Says(), Listens()
    says.texts = ()
    async with opened(player, tmp_path, says, lambda _: listens) as local:
        with pytest.raises(NoSpeech):
            await local.submit(player.sample("conversation.ogg"), WITH_SPEAKERS, unheard)
    assert listens.windows == 0


async def test_a_voice_that_cannot_be_told_is_nobody_s(player: Player, tmp_path: Path) -> None:
    class Deaf(Listens):
        def embed(self, sound: object) -> Vector | None:
            return None

    async with opened(player, tmp_path, Says(), lambda _: Deaf()) as local:
        transcript = await local.submit(player.sample("conversation.ogg"), WITH_SPEAKERS, unheard)
    assert {word.speaker for word in transcript.words} == {None}


@pytest.mark.parametrize("how", ["cancel", "close"])
async def test_listening_to_voices_stops_at_the_next_window(player: Player, tmp_path: Path, how: str) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert goes_on.wait(10)

    listens = Listens(wait)
    local = opened(player, tmp_path, Says(), lambda _: listens)
    work = asyncio.create_task(local.submit(player.sample("conversation.ogg"), WITH_SPEAKERS, unheard))
    assert await asyncio.to_thread(begun.wait, 10)
    closing = asyncio.create_task(local.aclose()) if how == "close" else None
    if closing is None:
        work.cancel()
        await asyncio.wait([work])
    else:
        await asyncio.sleep(0)
    goes_on.set()
    await (closing or local.aclose())
    ending = (await asyncio.gather(work, return_exceptions=True))[0]
    assert isinstance(ending, Unloaded if closing else asyncio.CancelledError)
    assert listens.windows == 1
    assert isinstance(ending, EarmarkError | asyncio.CancelledError)


@pytest.mark.parametrize(
    ("name", "labels"), [("voice-note.ogg", {None}), ("conversation.ogg", {"Speaker 1", "Speaker 2"})]
)
async def test_one_voice_bears_no_label(
    player: Player, tmp_path: Path, embedder: Embedder, name: str, labels: set[str | None]
) -> None:
    async with opened(player, tmp_path, Says(*"abcdefghijklmno"), lambda _: embedder) as local:
        transcript = await local.submit(player.sample(name), WITH_SPEAKERS, unheard)
    assert {word.speaker for word in transcript.words} == labels
    assert {segment.speaker for segment in transcript.segments} == labels
