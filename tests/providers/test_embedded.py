"""The embedded engine, on real speech; where order and failures matter, with a model that does as it is told."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.errors import EngineFailed, NoSpeech, ProviderRefused, Unloaded
from bot.domain.note import Options, Reached, Ticket
from bot.domain.transcript import Transcript
from bot.media.ffmpeg import find_ffmpeg
from bot.media.pcm import RATE
from bot.media.prepare import Media
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.recognisers import Puppet, Recognised, opened, says, segment, silence
from tests.helpers.speech import Player, from_floats, pcm, plain, reference, to_floats, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERYTHING = Options("whisper-base")
SECOND = RATE * 2  # bytes


class Reported:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    async def __call__(self, reached: Reached) -> None:
        if reached.fraction is not None:  # its turn has come
            self.fractions.append(reached.fraction)


@pytest.fixture(scope="module")
def player() -> Player:
    return Player()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(player: Player, data_dir: Path) -> AsyncIterator[LocalTranscriber]:
    """The real engine, loaded once."""
    async with LocalTranscriber("base", ModelFolders(data_dir), listen=player.windows) as opened:
        await opened.warm_up()
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def note(local: LocalTranscriber, player: Player) -> tuple[Transcript, list[float]]:
    """The text of one voice note, and the progress that was reported."""
    reported = Reported()
    return await local.submit(player.sample("voice-note.ogg"), EVERYTHING, reported), reported.fractions


def assert_times_are_sound(transcript: Transcript) -> None:
    moments = [moment for word in transcript.words for moment in (word.start, word.end)]
    assert moments == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] <= transcript.seconds
    edges = [moment for segment in transcript.segments for moment in (segment.start, segment.end)]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (moments[0], moments[-1])


async def test_a_voice_note_becomes_its_text(note: tuple[Transcript, list[float]]) -> None:
    transcript, _ = note
    assert word_error_rate(reference("voice-note.ogg")["text"], transcript.text) <= 0.05
    assert (transcript.language, transcript.model, transcript.cost) == ("en", "whisper-base", 0)
    assert {segment.speaker for segment in transcript.segments} == {None}


async def test_words_and_segments_are_the_text_in_order_of_time(note: tuple[Transcript, list[float]]) -> None:
    transcript, _ = note
    assert_times_are_sound(transcript)
    assert " ".join(word.text for word in transcript.words) == transcript.text
    assert " ".join(segment.text for segment in transcript.segments) == transcript.text


async def test_segments_begin_when_they_are_spoken(note: tuple[Transcript, list[float]]) -> None:
    said = [segment["start"] for segment in reference("voice-note.ogg")["segments"]]
    assert [segment.start for segment in note[0].segments] == pytest.approx(said, abs=0.5)


async def test_words_and_segments_say_how_sure_the_engine_is(note: tuple[Transcript, list[float]]) -> None:
    transcript, _ = note
    of_words = [word.confidence or 0.0 for word in transcript.words]
    assert 0 < min(of_words) < max(of_words) <= 1
    assert all(0.5 < (segment.confidence or 0.0) <= 1 for segment in transcript.segments)


async def test_progress_is_real_goes_on_and_ends_at_one(note: tuple[Transcript, list[float]]) -> None:
    _, fractions = note
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < 1
    assert fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("sample", "language", "most"),
    [("spanish.ogg", "es", 0.08), ("russian.ogg", "ru", 0.06), ("conversation.ogg", "en", 0.05)],
)
async def test_languages_are_found_and_understood(
    local: LocalTranscriber, player: Player, sample: str, language: str, most: float
) -> None:
    transcript = await local.submit(player.sample(sample), EVERYTHING, Reported())
    assert transcript.language == language
    assert word_error_rate(reference(sample)["text"], transcript.text) <= most
    assert_times_are_sound(transcript)


async def test_a_language_that_was_asked_for_is_kept(local: LocalTranscriber, player: Player) -> None:
    russian = await local.submit(player.sample("russian.ogg"), Options("whisper-base", "ru-RU"), Reported())
    assert russian.language == "ru"


async def test_speech_far_too_quiet_is_heard(local: LocalTranscriber, player: Player) -> None:
    quiet = player.add("quiet", from_floats(to_floats(pcm("voice-note.ogg")) * 0.003))
    transcript = await local.submit(quiet, EVERYTHING, Reported())
    assert word_error_rate(reference("voice-note.ogg")["text"], transcript.text) <= 0.05


async def test_at_the_joints_of_chunks_no_word_is_lost_or_doubled(player: Player, data_dir: Path) -> None:
    both = pcm("voice-note.ogg") + bytes(SECOND) + pcm("conversation.ogg")
    said = f"{reference('voice-note.ogg')['text']} {reference('conversation.ogg')['text']}"
    async with LocalTranscriber("base", ModelFolders(data_dir), listen=player.windows, chunk_seconds=18) as short:
        transcript = await short.submit(player.add("both", both), EVERYTHING, Reported())
    assert word_error_rate(said, transcript.text) <= 0.05
    assert_times_are_sound(transcript)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_eleven_minutes_go_through_several_chunks_whole(local: LocalTranscriber, player: Player) -> None:
    sound = (pcm("voice-note.ogg") + bytes(SECOND) + pcm("conversation.ogg") + bytes(SECOND)) * 15
    said = f"{reference('voice-note.ogg')['text']} {reference('conversation.ogg')['text']} " * 15
    audio = player.add("long", sound)
    assert audio.seconds > 11 * 60
    reported = Reported()
    transcript = await local.submit(audio, EVERYTHING, reported)
    assert word_error_rate(said, transcript.text) <= 0.05
    assert len(plain(transcript.text).split()) == pytest.approx(len(plain(said).split()), rel=0.02)
    assert_times_are_sound(transcript)
    assert reported.fractions == sorted(reported.fractions)


async def test_after_a_cancel_in_the_middle_the_next_note_works(local: LocalTranscriber, player: Player) -> None:
    begun = asyncio.Event()

    async def report(reached: Reached) -> None:
        begun.set()

    long = player.add("long", pcm("conversation.ogg") * 6)
    work = asyncio.create_task(local.submit(long, EVERYTHING, report))
    await begun.wait()
    work.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await work
    assert player.open == 0
    transcript = await local.submit(player.sample("voice-note.ogg"), EVERYTHING, Reported())
    assert word_error_rate(reference("voice-note.ogg")["text"], transcript.text) <= 0.05


async def test_a_language_that_the_model_was_not_taught_is_refused(local: LocalTranscriber, player: Player) -> None:
    with pytest.raises(ProviderRefused, match="language='yue'"):
        await local.submit(player.sample("voice-note.ogg"), Options("whisper-base", "yue"), Reported())


async def test_it_listens_through_the_guarded_decoder(data_dir: Path) -> None:
    media = Media(find_ffmpeg(None))
    async with LocalTranscriber("base", ModelFolders(data_dir), listen=media.windows) as listening:
        audio = await media.inspect(SAMPLES / "voice-note.ogg")
        transcript = await listening.submit(audio, EVERYTHING, Reported())
    assert word_error_rate(reference("voice-note.ogg")["text"], transcript.text) <= 0.05


async def test_tickets_are_never_given_nor_taken(local: LocalTranscriber) -> None:
    with pytest.raises(ProviderRefused, match="no tickets"):
        await local.collect(Ticket({}), EVERYTHING, Reported())


async def test_importing_the_engine_loads_no_model_library() -> None:
    """A command that transcribes nothing must not wait for it."""
    engine = "import sys, bot.providers.embedded.transcriber as _"
    script = f"{engine}; sys.exit('faster_whisper' in sys.modules or 'av' in sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", script]
    await asyncio.to_thread(subprocess.run, command, check=True, cwd=ROOT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model's."""
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).touch()
    return tmp_path


async def test_times_count_from_the_start_of_the_note_and_stay_inside_it(player: Player, folder: Path) -> None:
    puppet = Puppet(says(segment(" One", -0.5, 4.0), segment(" two.", 3.0, 99.0)))
    async with opened(puppet, player, folder, chunk_seconds=10) as local:
        transcript = await local.submit(silence(player, 15), EVERYTHING, Reported())
    assert transcript.text == "One two. One two."
    assert [word.start for word in transcript.words] == pytest.approx([0.0, 4.0, 9.85, 13.85], abs=0.01)
    assert [word.end for word in transcript.words] == pytest.approx([4.0, 9.85, 13.85, 15.0], abs=0.01)
    assert_times_are_sound(transcript)


async def test_rounding_takes_no_time_past_the_end(player: Player, folder: Path) -> None:
    audio = silence(player, 2.7986875)
    async with opened(Puppet(says(segment(" One.", 0.0, 99.0))), player, folder) as local:
        transcript = await local.submit(audio, EVERYTHING, Reported())
    assert transcript.words[-1].end == transcript.segments[-1].end == audio.seconds


async def test_text_keeps_the_spacing_of_its_language(player: Player, folder: Path) -> None:
    puppet = Puppet(says(segment("你好", 0, 1), segment("世界", 1, 2), language="zh"))
    async with opened(puppet, player, folder) as local:
        assert (await local.submit(silence(player, 3), EVERYTHING, Reported())).text == "你好世界"


async def test_silence_counts_as_progress_too(player: Player, folder: Path) -> None:
    reported = Reported()
    async with opened(Puppet(says()), player, folder, chunk_seconds=10) as local:
        with pytest.raises(NoSpeech):
            await local.submit(silence(player, 35), EVERYTHING, reported)
    assert reported.fractions == pytest.approx([0.28, 0.56, 0.84, 1.0], abs=0.01)


async def test_as_many_notes_are_recognised_at_once_as_there_are_workers(player: Player, folder: Path) -> None:
    together = threading.Barrier(2, timeout=10)

    def recognise(sound: Samples, wanted: Wanted) -> Recognised:
        together.wait()
        return "en", iter([segment(" x", 0, 1)])

    puppet = Puppet(recognise)
    async with opened(puppet, player, folder, workers=2) as local:
        said = await asyncio.gather(*(local.submit(silence(player, 3), EVERYTHING, Reported()) for _ in range(2)))
    assert [one.text for one in said] == ["x", "x"]
    assert puppet.loaded == 1


async def test_the_model_is_loaded_once_and_notes_take_turns(player: Player, folder: Path) -> None:
    puppet = Puppet(says(segment(" x", 0, 1)))
    async with opened(puppet, player, folder, chunk_seconds=10) as local:
        await asyncio.gather(
            local.submit(silence(player, 30), Options("m", "en"), Reported()),
            local.submit(silence(player, 30), Options("m", "ru"), Reported()),
        )
    assert puppet.loaded == 1
    assert [wanted.language for _, wanted in puppet.asked][:2] == ["en", "ru"]


@pytest.mark.parametrize(("error", "reason"), [(MemoryError(), "memory"), (RuntimeError("secret words"), "internal")])
async def test_a_failure_of_the_engine_is_one_sentence_and_not_its_end(
    player: Player, folder: Path, error: Exception, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([error, None])

    def recognise(sound: Samples, wanted: Wanted) -> Recognised:
        if (fault := next(answers)) is not None:
            raise fault
        return "en", iter([segment(" x", 0, 1)])

    async with opened(Puppet(recognise), player, folder) as local:
        with pytest.raises(EngineFailed, match=reason):
            await local.submit(silence(player, 3), EVERYTHING, Reported())
        assert (await local.submit(silence(player, 3), EVERYTHING, Reported())).text == "x"
    assert "secret words" not in capsys.readouterr().out


async def test_a_cancel_stops_the_model_at_its_next_segment(player: Player, folder: Path) -> None:
    goes_on = threading.Event()
    spoken: list[RawSegment] = []

    def endless() -> Iterator[RawSegment]:
        while True:
            spoken.append(segment(" x", 0, 1))
            yield spoken[-1]
            assert goes_on.wait(10)

    begun = asyncio.Event()

    async def report(reached: Reached) -> None:
        begun.set()

    async with opened(Puppet(lambda sound, language: ("en", endless())), player, folder) as local:
        work = asyncio.create_task(local.submit(silence(player, 3), EVERYTHING, report))
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        goes_on.set()
    assert len(spoken) <= 2


async def test_closing_ends_whoever_waits_with_a_sentence(player: Player, folder: Path) -> None:
    goes_on, begun = threading.Event(), threading.Event()

    def slow() -> Iterator[RawSegment]:
        begun.set()
        assert goes_on.wait(10)
        yield segment(" x", 0, 1)

    local = opened(Puppet(lambda sound, language: ("en", slow())), player, folder)
    works = [asyncio.create_task(local.submit(silence(player, 3), EVERYTHING, Reported())) for _ in range(3)]
    assert await asyncio.to_thread(begun.wait, 10)
    closing = asyncio.create_task(local.aclose())
    done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
    assert not closing.done()
    goes_on.set()
    await closing
    endings = await asyncio.gather(*works, return_exceptions=True)
    assert [type(ending) for ending in endings] == [Unloaded] * 3
    with pytest.raises(Unloaded):
        await local.submit(silence(player, 3), EVERYTHING, Reported())
    assert len(done) >= 1
