"""`earmark transcribe` as a person sees it: progress while it runs, texts in order, one sentence for each fault."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bot.domain.errors import NotFound
from bot.domain.languages import language_name
from bot.domain.money import Micros, dollars
from bot.domain.note import AUTO, Options
from bot.domain.transcript import Transcript
from bot.notes.repository import Standing
from bot.service.batch import Ending, hand_in
from bot.service.model_offer import catalog_of
from bot.settings import Settings

Show = Callable[[Path, Transcript], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """Options of the command line; "" is the default of the settings."""

    model: str = ""
    language: str = AUTO
    speakers: bool = False
    speaker_count: int | None = None
    """Number of speakers; None: unknown."""


async def transcribe_files(
    settings: Settings,
    files: Sequence[Path],
    user: str,
    wish: Wish,
    show: Show,
    err: Console,
    summary: Console | None = None,
) -> int:
    """Transcribe the files and show each text; return how many failed. Raises BadOptions for what cannot be asked."""
    catalog = catalog_of(settings)
    options = Options(wish.model or catalog.default, wish.language, wish.speakers, wish.speaker_count)
    catalog.check(options)
    failed = 0
    with _bars(err) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(file: Path, standing: Standing) -> None:
            if standing.note_id not in tasks:
                tasks[standing.note_id] = bars.add_task(file.name, total=1.0, stage="queued")
            done, stage = _look(standing)
            bars.update(tasks[standing.note_id], completed=done, stage=stage)

        async with aclosing(hand_in(settings, files, user, options, watch)) as endings:
            async for ending in endings:
                failed += not _tell(ending, show, err, summary or err)
    return failed


def _tell(ending: Ending, show: Show, err: Console, summary: Console) -> bool:
    """Print one ending; True where it is a text."""
    if ending.transcript is None:
        sentence = str(NotFound(name=str(ending.file))) if isinstance(ending.error, NotFound) else str(ending.error)
        err.print(f"{ending.file}: {sentence}")
        return False
    charged = Micros(ending.standing.charged or 0)
    said = replace(ending.transcript, cost=charged)  # the user's price, not the provider's
    show(ending.file, said)
    language = language_name(said.language) if said.language else "language unknown"
    cost = dollars(charged)
    summary.print(f"{ending.file.name}: {said.seconds:.1f} s, {language}, {said.model}, cost {cost}")
    return True


def _bars(err: Console) -> Progress:
    """Bars that vanish when all is done; where standard error is no terminal nothing is drawn."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[stage]}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _look(standing: Standing) -> tuple[float, str]:
    if standing.state.is_final:
        return 1.0, standing.state.value
    return standing.progress or 0.0, standing.stage.value if standing.stage else "queued"
