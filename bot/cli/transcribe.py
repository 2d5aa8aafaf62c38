"""Output of `earmark transcribe`: progress while it runs, texts in order, one sentence for each fault."""

import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from bot.cli.console import locale_now
from bot.cli.inputs import STANDARD_INPUT, Input, keep_standard_input
from bot.domain.errors import EarmarkError, NotFound
from bot.domain.money import Micros
from bot.domain.note import AUTO, Channels, Options
from bot.domain.plain_text import escaped
from bot.domain.transcript import Transcript
from bot.domain.vocabulary import terms_of
from bot.locales import error_text, language_name, money, text, wait_text
from bot.service.model_offer import catalog_of
from bot.settings import Settings
from bot.support.clock import now

if TYPE_CHECKING:
    from bot.notes.views import Standing
    from bot.service.batch import Ending

Show = Callable[[str, str, Transcript], None]
"""Takes the name of a recording, the same without folders and suffix, and its text."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Options of the command line; "" takes the setting."""

    model: str = ""
    language: str = AUTO
    speakers: bool = False
    speaker_count: int | None = None
    """None: unknown."""
    channels: Channels = Channels.AUTO
    translate: bool = False
    """If true, the text is wanted in English."""


@dataclass(frozen=True, slots=True)
class Consoles:
    """Consoles of one run; a quiet one prints nothing."""

    faults: Console
    summary: Console
    """A line for each text: its length, language and cost."""
    bars: Console


async def transcribe_files(
    settings: Settings,
    inputs: Sequence[Input],
    user: str,
    wanted: Wanted,
    show: Show,
    to: Consoles,
    hear: Callable[[str, str], None] | None = None,
) -> int:
    """Transcribe recordings and show each text; return how many failed. Raises BadOptions.

    What is no option is said before a database or a model is opened. `hear` takes a recording's name, and the end of
    its text as it comes.
    """
    locale, options = locale_now(), options_of(settings, wanted)
    there, failed = await _brought(settings, inputs, locale, to.faults)
    if not there:
        return failed
    # Imported here: it takes a second, which only a transcription should wait.
    from bot.service.batch import submit_files

    shown = Shown(locale, there, show, to)
    names = {one.path.absolute(): one.name for one in there}
    told = None if hear is None else lambda file, heard: hear(names[file], heard)
    with shown.bars:
        async with aclosing(submit_files(settings, shown.files, user, options, shown.watch, told)) as endings:
            async for ending in endings:
                failed += not shown.end(ending)
    return failed


def options_of(settings: Settings, wanted: Wanted) -> Options:
    """Return a note's options. Raises BadOptions if no model can do it."""
    catalog = catalog_of(settings)
    options = Options(
        model=wanted.model or catalog.default,
        language=wanted.language,
        speakers=wanted.speakers,
        speaker_count=wanted.speaker_count,
        vocabulary=terms_of(settings.engine.vocabulary),
        channels=wanted.channels,
        translate=wanted.translate,
    )
    catalog.check(options)
    return options


async def _brought(settings: Settings, inputs: Sequence[Input], locale: str, err: Console) -> tuple[list[Input], int]:
    """Bring standard input and links to this machine; return those that are there, and how many are not."""
    there: list[Input] = []
    for one in inputs:
        try:
            there.append(await _here(settings, one))
        except EarmarkError as error:
            err.print(f"{escaped(one.name)}: {error_text(locale, error)}")
    return there, len(inputs) - len(there)


async def _here(settings: Settings, one: Input) -> Input:
    """Return a recording that is on this machine. Raises LinkRefused, LinkDown, TooLarge, DiskFull."""
    if one.name == STANDARD_INPUT:
        await keep_standard_input(one.path)
    if not one.link:
        return one
    # Imported here: it takes a while, which only users of links should wait.
    from bot.media.download import Fetcher

    one.path.parent.mkdir(parents=True, exist_ok=True)
    async with Fetcher(allow=[str(one) for one in settings.media.link_networks]) as fetcher:
        fetched = await fetcher.fetch(one.link, one.path.parent, settings.media.largest_bytes)
    return replace(one, path=fetched.rename(one.path))


class Shown:
    """Output of one run: a bar for each recording, in their order, and each text when its turn has come."""

    def __init__(self, locale: str, inputs: Sequence[Input], show: Show, to: Consoles) -> None:
        self._locale, self._show, self._to = locale, show, to
        self._inputs = {one.path: one for one in inputs}
        self.bars = _bars(to.bars)
        self._rows: dict[Path, TaskID] = {
            path: self.bars.add_task(one.path.name, total=1.0, stage=_stage(locale, "queued"), left="")
            for path, one in self._inputs.items()
        }

    @property
    def files(self) -> list[Path]:
        return [*self._inputs]

    def watch(self, file: Path, standing: "Standing") -> None:
        """Move the bar of a file. One that failed stops where it was, with its reason."""
        done, stage = _stage_of(standing)
        if standing.error is not None:
            self.bars.update(self._rows[file], stage=error_text(self._locale, standing.error), left="")
            return
        words = _stage(self._locale, stage) if standing.wait is None else wait_text(self._locale, standing.wait)
        self.bars.update(self._rows[file], completed=done, stage=words, left=_left(standing))

    def end(self, ending: "Ending") -> bool:
        """Print one ending; return True if it is a whole text."""
        return _print_ending(self._locale, self._inputs[ending.file], ending, self._show, self._to)


def summary_of(ending: "Ending") -> str:
    """Return a sentence about an ending: its language and cost, or its error."""
    locale = locale_now()
    if ending.transcript is None:
        return error_text(locale, _error_of(ending))
    told = text(locale, "cli-done", **_facts(locale, ending, ending.transcript)).partition(": ")[2]
    return told if ending.error is None else text(locale, "answer-cut-short", reason=ending.error.code)


def _facts(locale: str, ending: "Ending", said: Transcript) -> dict[str, str | float]:
    spoken = language_name(locale, said.language) if said.language else text(locale, "cli-language-unknown")
    cost = money(locale, ending.standing.charged or 0)
    file = escaped(ending.file.name)
    return {"file": file, "seconds": said.seconds, "language": spoken, "model": said.model, "cost": cost}


def _print_ending(locale: str, one: Input, ending: "Ending", show: Show, to: Consoles) -> bool:
    if ending.transcript is None:
        to.faults.print(f"{escaped(one.name)}: {error_text(locale, _error_of(ending))}")
        return False
    charged = Micros(ending.standing.charged or 0)
    said = replace(ending.transcript, cost=charged)  # the user's cost, not the provider's price
    show(one.name, one.stem, said)
    to.summary.print(text(locale, "cli-done", **_facts(locale, ending, said)))
    if ending.error is None:
        return True
    to.faults.print(f"{escaped(one.name)}: {text(locale, 'answer-cut-short', reason=ending.error.code)}")
    return False


def _error_of(ending: "Ending") -> EarmarkError:
    """Return the error; a file that is not there is named by its whole path."""
    assert ending.error is not None, "there is a transcript or an error"
    return NotFound(name=str(ending.file)) if isinstance(ending.error, NotFound) else ending.error


def _stage(locale: str, stage: str) -> str:
    return text(locale, f"cli-stage-{stage}")


def _bars(err: Console) -> Progress:
    """Return bars that vanish when all is done; if standard error is no terminal nothing is drawn."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        TextColumn("{task.fields[stage]}", markup=False),
        console=err,
        transient=True,
        disable=not err.is_terminal,
        redirect_stdout=sys.stdout.isatty(),  # else a text for a file or a pipe would go where the bars are
    )


def _left(standing: "Standing") -> str:
    """Return the time until a text is expected, as measured: "0:42"; "": it is unknown."""
    if standing.ready_at is None or standing.state.is_final:
        return ""
    seconds = max(0, round((standing.ready_at - now()).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}"


def _stage_of(standing: "Standing") -> tuple[float, str]:
    if standing.state.is_final:
        return 1.0, standing.state.value
    return standing.progress or 0.0, standing.stage.value if standing.stage else "queued"
