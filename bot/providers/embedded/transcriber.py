"""The embedded engine: speech recognition on this machine, without cost or network.

A long recording passes in chunks of a few minutes, so that memory stays bounded. Within a chunk recordings take turns,
slice by slice: see `turns`.
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import numpy as np

from bot.domain.audio import EVEN, Accepts, Audio, Mix
from bot.domain.catalog import LOCAL, local_name, model_names
from bot.domain.errors import BadVoice, NoSpeech, ProviderRefused, Unloaded
from bot.domain.money import Micros, by_length
from bot.domain.note import AUTO, Options, Reached, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.domain.voice import KnownVoice, Voiceprint
from bot.media.channels import MOST_COMPARED, Comparison, each_apart
from bot.media.pcm import Window, channels_of, chunks, samples
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.loudness import amplified
from bot.providers.embedded.recogniser import Load, RawSegment, Recogniser, Wanted, wanted
from bot.providers.embedded.recognition import Recognition
from bot.providers.embedded.speakers.centre import centre
from bot.providers.embedded.speakers.diarizer import Diarizer
from bot.providers.embedded.speakers.embedding import Embedder, SherpaEmbedder, model_id
from bot.providers.embedded.speakers.labelling import Sentence, by_channel, by_speaker, label_of
from bot.providers.embedded.speakers.model import BUNDLED, find_speaker_model
from bot.providers.embedded.speakers.own_voice import LONGEST
from bot.providers.embedded.speech_models import IDLE_SECONDS, SpeechModels
from bot.providers.embedded.tried_loading import TriedLoader
from bot.providers.embedded.turns import SLICE_SECONDS, Job
from bot.providers.embedded.weights import ModelFolders, find_model
from bot.providers.embedded.workers import TURN_TIME_LIMIT, Result, Workers

_ANY_HARDWARE = Hardware()
_ENGLISH = "en"
_SILENCE = np.zeros(0, np.float32)
_DECODED_AT_ONCE = 2
"""Chunks that are decoded at once. The decoder of a long recording pauses between its chunks."""
_LONG_AT_ONCE = 16
"""Recordings of several chunks that take turns: each has a decoder that pauses. Others wait without one."""


class OpenWindows(Protocol):
    """Opens the windows of a recording, as Media.windows does."""

    def __call__(self, audio: Audio, *, mix: Mix = EVEN) -> AbstractAsyncContextManager[AsyncIterator[Window]]: ...


CHUNK_SECONDS = 120.0
"""Seconds of audio per chunk: 300 s take up to 230 MB more."""

News = RawSegment | float
"""A recognised piece, or the second of a chunk up to which its voices are told apart."""
Emit = Callable[[News], object]
"""Passes news to the event loop."""
FindVoice = Callable[[str], Awaitable[KnownVoice | None]]
"""Finds the enrolled voice of a user."""
LoadVoices = Callable[[str], Embedder]
"""Loads a voice model: the included one for "", else a file. It blocks."""


async def _no_voice(_user: str) -> KnownVoice | None:
    """For an engine that knows no voices."""
    return None


def open_embedder(setting: str) -> Embedder:
    """Return the voice model, verified and loaded. Blocking. Raises ModelMissing."""
    model = find_speaker_model(setting)
    return SherpaEmbedder(model, centre() if model == BUNDLED else None)


class LocalTranscriber:
    """ports.Transcriber on this machine. Use it as `async with LocalTranscriber(...) as local`."""

    name = LOCAL
    repeatable = True
    charges_for_silence = False

    def __init__(
        self,
        model: str,
        folders: ModelFolders,
        *,
        listen: OpenWindows,
        hardware: Hardware = _ANY_HARDWARE,
        chunk_seconds: float = CHUNK_SECONDS,
        turn_time_limit: float = TURN_TIME_LIMIT,
        speaker_model: str = "",
        tells_text: bool = False,
        load: Load | None = None,
        load_voices: LoadVoices = open_embedder,
        prices: Mapping[str, Micros] = MappingProxyType({}),
        idle_seconds: float = IDLE_SECONDS,
        known_voice: FindVoice = _no_voice,
    ) -> None:
        """`model`: names as in weights.model_folder, with commas between; a note's options choose one by its name.

        `speaker_model`: as in find_speaker_model. `tells_text`: reports hold the text so far. `prices`:
        the operator's own cost of a minute of audio, by the model's name. `idle_seconds`: as in SpeechModels.
        `known_voice`: finds the enrolled voice of a sender.
        """
        self._known_voice = known_voice
        self._speaker_model = speaker_model
        self._prices = prices
        self._listen = listen
        self._tells_text = tells_text
        self._chunk_seconds = chunk_seconds
        self._decoders = asyncio.Semaphore(_DECODED_AT_ONCE)
        self._long = asyncio.Semaphore(_LONG_AT_ONCE)

        loader = load or TriedLoader(folders)

        def load_speech(one: str) -> Recogniser:
            return loader(find_model(one, folders), one, hardware)

        named = {local_name(one): one for one in model_names(model)}
        models = SpeechModels(named, load_speech, idle_seconds)
        self._workers = Workers(models, partial(load_voices, speaker_model), hardware.most_workers, turn_time_limit)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the work (after the half minute of audio in progress) and free the models."""
        await self._workers.aclose()

    def loaded(self) -> dict[str, bool]:
        """Return each model's name, and True if it is in memory."""
        return self._workers.loaded()

    def accepts(self, model: str) -> Accepts:
        return Accepts()

    async def check_open(self) -> None:
        """Return: the engine is always available."""

    async def warm_up(self) -> None:
        """Load the model now, so that the first note does not wait for it. Raises ModelMissing, OperatorError."""
        await self._workers.run(Job("", 0.0), self._workers.speech, _untold)

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript:
        """Return the transcript of a recording. Raises NoSpeech, ModelMissing, EngineFailed, or an error of the
        decoder.

        With diarization and at least two voices, or if the channels are transcribed each by itself, each word and
        segment has a speaker. `report` gets the number of
        recordings before this one until its first turn, then the finished fraction. Cancelling the task returns at
        once; the model is free again after the half minute of audio in progress.
        """
        recognition = Recognition(audio.seconds, options.speakers)
        job = Job(user, audio.seconds)
        work = _Work(self._workers, options.model, job, report, recognition, self._tells_text)
        try:
            async with self._place_for(audio):
                tracks = await self._tracks(audio, options, work)
                recognise = self._together if len(tracks) == 1 else self._apart
                language = await recognise(audio, tracks, options, work)
        finally:
            work.unwanted.set()
        if not work.recognition.sentences:
            raise NoSpeech
        await report(Reached(1.0))
        cost = by_length(self._prices.get(options.model, Micros(0)), audio.seconds)
        return replace(work.recognition.transcript(language, options.model), cost=cost)

    async def voiceprint(self, audio: Audio, user: str) -> Voiceprint:
        """Return the only voice of a short recording, as numbers. Raises BadVoice, ModelMissing, EngineFailed."""
        if audio.seconds > LONGEST:
            raise BadVoice(reason="long")
        job = Job(user, audio.seconds)
        async with self._listen(audio) as windows:
            sound = np.concatenate([samples(window.sound) async for window in windows] or [_SILENCE])

        def heard() -> Voiceprint:
            voices = Diarizer(self._workers.embedder())
            for _ in voices.add_chunk(amplified(sound), 0.0):
                self._workers.check_open()
            return voices.voiceprint(self._workers.check_open)

        return await self._workers.run(job, heard, _untold)

    async def voice_model(self) -> str:
        """Return the id of the voice model. Raises ModelMissing."""
        return await asyncio.to_thread(lambda: model_id(find_speaker_model(self._speaker_model)))

    async def _tracks(self, audio: Audio, options: Options, work: "_Work") -> list[Mix]:
        """Return the mixes of the channels that are transcribed each by itself; mostly one."""
        if not 1 < audio.channels <= MOST_COMPARED:
            return [EVEN]
        comparison = Comparison(audio.channels)
        async with self._listen(audio, mix=each_apart(audio.channels)) as windows:
            async for window in windows:
                await work.turn(partial(comparison.add, channels_of(window.sound)))
        return comparison.tracks(options.channels, options.speaker_count)

    async def _together(self, audio: Audio, tracks: Sequence[Mix], options: Options, work: "_Work") -> str:
        """Recognise the only track; return its language. Speakers are told apart by their voices, if wanted."""
        voices = await work.turn(work.voices) if options.speakers else None
        language = await self._recognised(audio, tracks[0], options, work, voices)
        if voices and work.recognition.sentences:
            known = await self._known_voice(work.job.account)
            await work.turn(partial(work.compare, voices, options.speaker_count, known))
        return language

    async def _apart(self, audio: Audio, tracks: Sequence[Mix], options: Options, work: "_Work") -> str:
        """Recognise each track by itself, a speaker each; return the language of the one with the most text."""
        heard: list[tuple[list[Sentence], str]] = []
        for number, mix in enumerate(tracks):
            work.begin_track(Recognition(audio.seconds, with_voices=False), number, len(tracks))
            language = await self._recognised(audio, mix, options, work, None)
            heard.append((work.recognition.sentences, language))
        work.recognition.sentences = by_channel([sentences for sentences, _ in heard])
        return max(heard, key=lambda one: sum(len(sentence.text) for sentence in one[0]))[1]

    async def _recognised(
        self, audio: Audio, mix: Mix, options: Options, work: "_Work", voices: Diarizer | None
    ) -> str:
        """Recognise one track, chunk by chunk; return its language."""
        asked = wanted(options)
        async with self._listen(audio, mix=mix) as windows, aclosing(self._chunks(windows)) as parts:
            async for chunk in parts:
                await work.hear(chunk, asked, voices)
                asked = replace(asked, likely=work.recognition.language)
        return _ENGLISH if asked.translate else work.recognition.language

    def _place_for(self, audio: Audio) -> AbstractAsyncContextManager[None]:
        """Return a place among the recordings whose decoders pause; a short one is decoded before its first turn."""
        return self._long if audio.seconds > self._chunk_seconds else nullcontext()

    async def _chunks(self, windows: AsyncIterator[Window]) -> AsyncGenerator[Window]:
        parts = chunks(windows, self._chunk_seconds)
        while True:
            async with self._decoders:
                chunk = await anext(parts, None)
            if chunk is None:
                return
            yield chunk

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        """Raise ProviderRefused: this engine answers at once and gives no tickets."""
        raise ProviderRefused(reason="the embedded engine gives no tickets, so there is nothing to collect")


@dataclass(frozen=True, slots=True)
class _Slice:
    """The result of one turn."""

    is_last: bool = False
    """True: the chunk is done."""


@dataclass(slots=True)
class _Work:
    """One recording on its way through the engine."""

    workers: Workers
    model: str
    job: Job
    report: Report
    recognition: Recognition
    tells_text: bool
    unwanted: threading.Event = field(default_factory=threading.Event)
    """Set when its text is not wanted any more."""
    began_at: float | None = None
    """Monotonic time at which its first turn began."""
    done: float = 0.0
    """The share of the work that is done with earlier tracks."""
    share: float = 1.0
    """The share of the work with this track."""

    def begin_track(self, recognition: Recognition, number: int, tracks: int) -> None:
        """Begin the recognition of a track, of so many."""
        self.recognition, self.done, self.share = recognition, number / tracks, 1 / tracks

    async def turn(self, work: Callable[[], Result]) -> Result:
        """Do work of this recording when it has its turn."""
        return await self.workers.run(self.job, work, self._tell_place)

    async def _tell_place(self, before: int) -> None:
        if self.began_at is None:
            await self.report(Reached(before=before))

    async def hear(self, chunk: Window, asked: Wanted, voices: Diarizer | None) -> None:
        """Recognise a chunk, slice by slice."""
        loop, news = asyncio.get_running_loop(), asyncio.Queue[News | None]()

        def emit(one: News) -> None:
            loop.call_soon_threadsafe(news.put_nowait, one)

        slices = self._slices(chunk, asked, voices, emit)
        while True:
            heard = await self._heard(asyncio.create_task(self.turn(lambda: next(slices))), chunk, news)
            if heard.is_last:
                self.recognition.end(chunk)
            await self._report()
            if heard.is_last:
                return

    async def _heard(self, turn: "asyncio.Task[_Slice]", chunk: Window, news: "asyncio.Queue[News | None]") -> _Slice:
        """Take the news of a slice as they come, until the turn is over; return what it found out."""
        turn.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while (one := await news.get()) is not None:
                if isinstance(one, RawSegment):
                    self.recognition.add(one, chunk)
                else:
                    self.recognition.compare(chunk, one)
                await self._report()
            return turn.result()
        finally:
            if not turn.done():
                turn.cancel()
                await asyncio.wait([turn])

    async def _report(self) -> None:
        fraction = self.done + self.share * self.recognition.fraction
        self.job.left = self.recognition.seconds * (1 - fraction)
        elapsed = time.monotonic() - (self.began_at or 0.0)
        left = elapsed * (1 - fraction) / fraction if fraction else None
        # The sentences of several tracks are only in order when all are heard.
        heard = self.recognition.heard if self.tells_text and self.share == 1 else ""
        await self.report(Reached(fraction, seconds_left=left, heard=heard))

    # The following functions run in a thread of the engine.

    def _slices(self, chunk: Window, asked: Wanted, voices: Diarizer | None, emit: Emit) -> Iterator[_Slice]:
        """Emit the pieces of a chunk, slice by slice: a slice ends with the first piece of another window.

        That is when the window was decoded; its further pieces cost nothing. A chunk of one window is one slice. If
        `voices` are given, they are told apart in further slices.
        """
        self.began_at = self.began_at or time.monotonic()
        sound = amplified(samples(chunk.sound))
        found, pieces = self.workers.speech(self.model).recognise(sound, asked)
        window, spoken = None, False
        for piece in pieces:
            self._check_wanted()
            if not spoken and not piece.language and found == AUTO:
                found = self.workers.language_of(sound)
            emit(piece if piece.language else replace(piece, language="" if found == AUTO else found))
            spoken = True
            if piece.window != window and chunk.seconds > SLICE_SECONDS:
                yield _Slice()
                window = piece.window
        if not voices or not spoken:
            yield _Slice(is_last=True)
            return
        yield _Slice()
        compared = 0.0
        for moment in voices.add_chunk(sound, chunk.start):
            self._check_wanted()
            emit(moment)
            if moment - compared >= SLICE_SECONDS:
                yield _Slice()
                compared = moment
        yield _Slice(is_last=True)

    def voices(self) -> Diarizer:
        """Return what tells the voices of this recording apart."""
        return Diarizer(self.workers.embedder())

    def compare(self, voices: Diarizer, speakers: int | None, known: KnownVoice | None) -> None:
        """Give the recognised sentences their speakers, and the known one the name."""
        turns, own = voices.recognised_turns(speakers, self._check_wanted, known.print if known else None)
        self.recognition.sentences = by_speaker(self.recognition.sentences, turns)
        label = None if own is None else label_of(own, self.recognition.sentences, turns)
        if known is not None and label is not None:
            self.recognition.names[label] = known.name

    def _check_wanted(self) -> None:
        """Raise Unloaded if the work was abandoned."""
        self.workers.check_open()
        if self.unwanted.is_set():
            raise Unloaded


async def _untold(_before: int) -> None:
    """For work whose place does not matter."""
