"""A provider that charges for every call it gets, and whose book survives its callers."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.audio import Accepts, Audio
from bot.domain.catalog import ModelInfo
from bot.domain.errors import EarmarkError, NotNow, ProviderFailed, Unanswered
from bot.domain.money import Micros, by_length
from bot.domain.note import Options, Reached, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Segment, Transcript, Word
from tests.doubles.platform import Moment, no_moment

NAME = "paid"
PER_MINUTE = Micros(600_000)  # a cent a second
MODELS = [
    ModelInfo(name="paid", provider=NAME, per_minute=PER_MINUTE),
    ModelInfo(name="paid-later", provider=NAME, per_minute=PER_MINUTE),
    ModelInfo(name="paid-silent", provider=NAME, per_minute=PER_MINUTE),
    ModelInfo(name="paid-speakers", provider=NAME, per_minute=PER_MINUTE, speakers=True),
]
SAID = "What was said in {seconds:.2f} seconds."


class PaidProvider:
    """Answers at once, or with a ticket ("paid-later"), or that nothing was said ("paid-silent", and charges too).

    `silences` of its answers are lost on the way, charged all the same.
    """

    name = NAME
    repeatable = False

    def __init__(self, folder: Path, moment: Moment = no_moment) -> None:
        self._book = folder / "charges.log"
        self._moment = moment
        self.takes = Accepts()
        self.charges_for_silence = False
        self.pause: NotNow | None = None
        self.error: EarmarkError | None = None
        self.silences = 0
        self.job_fails = False
        self.links: list[str | None] = []
        self.charges: Callable[[Micros], Micros] = lambda list_price: list_price
        self.busy = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()
        self.later = asyncio.Event()
        self.later.set()
        self.seconds_of_work = 0.0
        folder.mkdir(exist_ok=True)

    def accepts(self, model: str) -> Accepts:
        return self.takes

    async def check_open(self) -> None:
        if self.pause is not None:
            raise self.pause

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        self._moment("submitting")
        self.busy.set()
        await report(Reached(0.1))
        await self.free.wait()
        await asyncio.sleep(self.seconds_of_work)
        await report(Reached(0.9))
        if self.error is not None:
            raise self.error
        self.links.append(audio.link)
        cost = self.charges(by_length(PER_MINUTE, audio.seconds))
        self._charge(audio, cost)
        if self.silences:
            self.silences -= 1
            raise Unanswered
        self._moment("submitted")
        if options.model == "paid-silent":
            return Transcript(text="", language="", seconds=audio.seconds, model=options.model, segments=(), cost=cost)
        if options.model == "paid-later":
            return Ticket(body={"run": audio.path.parent.name, "seconds": audio.seconds}, cost=cost)
        return transcript_of(audio.seconds, options.model, cost)

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        self._moment("collecting")
        await self.later.wait()
        if self.job_fails:
            raise ProviderFailed(reason="too quiet")
        seconds = ticket.body["seconds"]
        assert isinstance(seconds, float)
        assert ticket.cost is not None
        return transcript_of(seconds, options.model, ticket.cost)

    def calls(self) -> list[dict[str, Any]]:
        """Every call that was charged: {"note": ..., "cost": ...}."""
        return [json.loads(line) for line in self._book.read_text().splitlines()] if self._book.exists() else []

    def _charge(self, audio: Audio, cost: Micros) -> None:
        with self._book.open("a") as book:
            book.write(json.dumps({"note": audio.path.parent.name, "cost": cost}) + "\n")


DIALOGUE = (
    Segment("Where is it?", 0.0, 4.0, "Speaker 1"),
    Segment("Under the <b>table</b>.", 4.0, 8.0, "Speaker 2"),
    Segment("Thank you.", 8.0, 16.0, "Speaker 1"),
)


class TwoVoices(PaidProvider):
    """Returns two speakers if diarization is asked for."""

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        said = await super().submit(audio, options, report, user)
        if not options.speakers or isinstance(said, Ticket):
            return said
        return replace(said, text=" ".join(part.text for part in DIALOGUE), segments=DIALOGUE)


def transcript_of(seconds: float, model: str, cost: Micros | None = None) -> Transcript:
    """An answer, at the list price unless told."""
    cost = by_length(PER_MINUTE, seconds) if cost is None else cost
    text = SAID.format(seconds=seconds)
    words = tuple(Word(text=word, start=0.0, end=seconds) for word in text.split())
    segments = (Segment(text=text, start=0.0, end=seconds),)
    return Transcript(text=text, language="en", seconds=seconds, model=model, segments=segments, words=words, cost=cost)
