"""Output of `earmark transcribe`: progress while it runs, texts in order, one sentence for each fault."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.cli.console import locale_now
from bot.domain.errors import EarmarkError, NotFound
from bot.domain.money import Micros
from bot.domain.note import AUTO, Options
from bot.domain.plain_text import escaped
from bot.domain.transcript import Transcript
from bot.locales import error_text, language_name, money, text
from bot.notes.views import Standing
from bot.service.batch import Ending, submit_files
from bot.service.model_offer import catalog_of
from bot.settings import Settings

Show = Callable[[Path, Transcript], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Options of the command line; "" takes the setting."""

    model: str = ""
    language: str = AUTO
    speakers: bool = False
    speaker_count: int | None = None
    """None: unknown."""


async def transcribe_files(
    settings: Settings,
    files: Sequence[Path],
    user: str,
    wanted: Wanted,
    show: Show,
    err: Console,
    summary: Console | None = None,
) -> int:
    """Transcribe the files and show each text; return how many failed. Raises BadOptions."""
    locale, catalog = locale_now(), catalog_of(settings)
    options = Options(wanted.model or catalog.default, wanted.language, wanted.speakers, wanted.speaker_count)
    catalog.check(options)
    failed = 0
    with _bars(err) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(file: Path, standing: Standing) -> None:
            if standing.note_id not in tasks:
                tasks[standing.note_id] = bars.add_task(file.name, total=1.0, stage=_stage(locale, "queued"))
            done, stage = _stage_of(standing)
            bars.update(tasks[standing.note_id], completed=done, stage=_stage(locale, stage))

        async with aclosing(submit_files(settings, files, user, options, watch)) as endings:
            async for ending in endings:
                failed += not _print_ending(locale, ending, show, err, summary or err)
    return failed


def _print_ending(locale: str, ending: Ending, show: Show, err: Console, summary: Console) -> bool:
    """Print one ending; return True if it is a whole text."""
    if ending.transcript is None:
        err.print(f"{escaped(str(ending.file))}: {error_text(locale, _error_of(ending))}")
        return False
    charged = Micros(ending.standing.charged or 0)
    said = replace(ending.transcript, cost=charged)  # the user's cost, not the provider's price
    show(ending.file, said)
    spoken = language_name(locale, said.language) if said.language else text(locale, "cli-language-unknown")
    facts = {"language": spoken, "model": said.model, "cost": money(locale, charged)}
    summary.print(text(locale, "cli-done", file=escaped(ending.file.name), seconds=said.seconds, **facts))
    if ending.error is None:
        return True
    err.print(f"{escaped(str(ending.file))}: {text(locale, 'answer-cut-short', reason=ending.error.code)}")
    return False


def _error_of(ending: Ending) -> EarmarkError:
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
        TextColumn("{task.fields[stage]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _stage_of(standing: Standing) -> tuple[float, str]:
    if standing.state.is_final:
        return 1.0, standing.state.value
    return standing.progress or 0.0, standing.stage.value if standing.stage else "queued"
