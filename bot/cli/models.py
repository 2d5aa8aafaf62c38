"""Commands about models: the list, and fetching one of the embedded engine's."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from bot.cli.console import completed, err, out, settings_now
from bot.domain.catalog import LOCAL
from bot.domain.errors import ModelMissing
from bot.domain.money import dollars

if TYPE_CHECKING:
    from bot.providers.embedded.pulling import Plan
    from bot.providers.embedded.weights import ModelFolders
    from bot.settings import Settings

models = typer.Typer(help="The models that can be asked for, and their prices.")


def attach(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(models, name="models")


@models.callback(invoke_without_command=True)
def show_models(
    context: typer.Context,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask the cloud provider for its prices first.")] = False,
) -> None:
    """List the models with their prices, the default first, and those that can be pulled."""
    if context.invoked_subcommand:
        return
    from bot.service.cloud import refresh_prices

    settings = settings_now()
    if refresh:
        for line in completed(refresh_prices(settings)):
            err.print(line)
    out.print(_offered(settings))
    out.print("For `earmark models pull NAME` and EARMARK_LOCAL_MODEL:")
    out.print(_named(settings))


def _offered(settings: "Settings") -> Table:
    from bot.service.model_offer import catalog_of

    catalog = catalog_of(settings)
    table = Table("model", "provider", "a minute", "speakers", "word times", "events", "video")
    table.columns[0].min_width = max(len(one.name) for one in catalog)  # a name is there to be typed: never cut
    for one in catalog:
        able = (one.speakers, one.words, one.events, one.video or one.provider == LOCAL)
        table.add_row(one.name, one.provider, dollars(one.per_minute), *map(_yes, able))
    return table


def _named(settings: "Settings") -> Table:
    from bot.providers.embedded.named_models import NAMED

    table = Table("name", "size", "languages", "licence", "state", "about")
    table.columns[0].min_width = max(map(len, NAMED))
    for name, one in NAMED.items():
        table.add_row(name, f"{one.bytes / 1e6:,.0f} MB", one.languages, one.licence, _state(settings, name), one.about)
    return table


def _state(settings: "Settings", name: str) -> str:
    from bot.providers.embedded.named_models import NAMED, SPEAKERS
    from bot.providers.embedded.weights import find_model

    if name in settings.engine.local_models:
        return "in use"
    folders = _folders(settings)
    if name == SPEAKERS:
        (file,) = NAMED[SPEAKERS].files
        there = any(folders.pulled(NAMED[SPEAKERS].repository, "x").parent.glob(f"*/{file}"))
        return "here" if there else ""
    try:
        find_model(name, folders)
    except ModelMissing:
        return ""
    return "here"


def _folders(settings: "Settings") -> "ModelFolders":
    from bot.providers.embedded.weights import ModelFolders

    return ModelFolders(settings.storage.data_dir, settings.storage.cache_dir)


@models.command()
def pull(
    name: Annotated[str, typer.Argument(help="A name of `earmark models`, or a repository of the model hub.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Fetch a model of the embedded engine; its path is printed. What broke off is continued."""
    from bot.providers.embedded.named_models import NAMED, SPEAKERS
    from bot.providers.embedded.pulling import plan_of
    from bot.providers.embedded.pulling import pull as fetch
    from bot.service.core import make_data_folder

    settings = settings_now()
    make_data_folder(settings.storage)
    plan = plan_of(name, _folders(settings))
    err.print(_question(plan))
    if not yes and sys.stdin.isatty():
        typer.confirm("Fetch it?", abort=True)
    with _bar() as bar:
        task = bar.add_task(name, total=plan.bytes, completed=plan.bytes - plan.missing)
        folder = fetch(plan, lambda bytes_there: bar.update(task, completed=bytes_there))
    path = folder / NAMED[SPEAKERS].files[0] if name == SPEAKERS else folder
    setting = "EARMARK_SPEAKER_MODEL to this path" if name == SPEAKERS else f"EARMARK_LOCAL_MODEL to {name}"
    err.print(f"earmark: to use it, set {setting}:")
    sys.stdout.write(f"{Path(path)}\n")


def _question(plan: "Plan") -> str:
    """Return what an operator must know before a download."""
    from bot.providers.embedded.named_models import NAMED
    from bot.providers.embedded.tried_loading import memory_for
    from bot.support.memory import available_memory

    free = available_memory()
    of_free = "" if free is None else f" ({free / 1e9:.1f} GB are free)"
    licence = f", licence {NAMED[plan.model].licence}" if plan.model in NAMED else ""
    return (
        f"{plan.model}: {plan.missing / 1e6:,.0f} of {plan.bytes / 1e6:,.0f} MB from {plan.repository} at "
        f"{plan.revision[:12]}{licence}; it takes about {memory_for(plan.bytes) / 1e9:.1f} GB of memory{of_free}."
    )


def _bar() -> Progress:
    """Return a bar on standard error; none if that is no terminal."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _yes(able: bool) -> str:
    return "yes" if able else "no"
