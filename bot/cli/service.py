"""Commands that run the service, and look after it."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import completed, err, locale_now, out, settings_now
from bot.domain.errors import BadSettings, Cancelled, EngineFailed, ModelMissing
from bot.domain.plain_text import escaped
from bot.locales import ENGLISH, error_text, text
from bot.service.serve import PLATFORMS, serve
from bot.settings import Settings
from bot.settings.origin import given_settings, unknown_sentence, unknown_settings
from bot.support.memory import keep_memory_low


def attach(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(run)
    app.command(name="settings")(show_settings)
    for command in (backup, restore, doctor):
        app.command()(command)


def run() -> None:
    """Start the service, and keep it running until it is stopped (Ctrl-C, or SIGTERM)."""
    keep_memory_low()
    settings = settings_now()
    if unknown := unknown_settings(settings.sections()):
        err.print(f"earmark: warning: {unknown_sentence(unknown)}")
    completed(_serve(settings))


def show_settings() -> None:
    """Print the settings that are set, without secrets, and where each of them comes from."""
    settings = settings_now()
    for one in given_settings(settings.sections()):
        out.print(f"{one.name}={escaped(one.value)}  ({escaped(one.origin)})")
    if unknown := unknown_settings(settings.sections()):
        raise BadSettings(reason=unknown_sentence(unknown))


def backup(
    file: Annotated[Path, typer.Argument(help="A new file; an earlier backup of that name gives way.")],
) -> None:
    """Write all that cannot be made again into one file; the service may run meanwhile."""
    from bot.operations.backup import backup as back_up
    from bot.service.databases import check_in_folder

    settings = settings_now()
    check_in_folder(settings.storage)
    made = completed(back_up(settings.storage.data_dir, file, settings.engine.models_file))
    out.print(f"{file}: {made.bytes / 1e6:.1f} MB of data, {made.unfinished} notes without an end.")


def restore(file: Annotated[Path, typer.Argument(help="What `earmark backup` wrote.")]) -> None:
    """Put a backup into the data folder, which must be empty."""
    from bot.operations.restore import restore as put_back
    from bot.service.databases import check_in_folder

    storage = settings_now().storage
    check_in_folder(storage)
    found = completed(put_back(storage.data_dir, file))
    out.print(f"{found.unfinished} notes without an end are among it; `earmark run` goes on from there.")


def doctor() -> None:
    """Check everything that Earmark needs, and print what to do if it is missing."""
    from bot.service.doctor import examine

    try:
        settings = settings_now()
    except BadSettings as error:
        out.print(f"[!!] settings: {error_text(ENGLISH, error)}")
        raise typer.Exit(1) from error
    findings = completed(examine(settings, PLATFORMS))
    for one in findings:
        out.print(f"[{'ok' if one.ok else '!!'}] {one.what}: {one.says}")
    raise typer.Exit(0 if all(one.ok for one in findings) else 1)


# What is imported inside the functions below takes seconds to load, which `earmark --help` should not.


async def _serve(settings: Settings) -> None:
    from bot.support.cancellation import unless

    stop = asyncio.Event()

    async def stopped() -> bool:
        return stop.is_set()

    async def nothing() -> None:
        pass

    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        if sys.platform != "win32":
            loop.add_signal_handler(getattr(signal, name), stop.set)
    async with serve(settings) as application:
        try:
            await unless(stopped, application.service.warm_up(), nothing)
        except Cancelled:
            return
        except (ModelMissing, EngineFailed) as error:  # all but the embedded engine works
            locale = locale_now()
            err.print(text(locale, "cli-error", error=error_text(locale, error)))
        if application.address:
            err.print(f"earmark: the HTTP API listens at {application.address} (see {application.address}/docs).")
        for announcement in application.announcements:
            err.print(f"earmark: {announcement}")
        err.print("earmark: running; `earmark transcribe` in another terminal is served from here. Ctrl-C stops.")
        await stop.wait()
        err.print("earmark: stopping; notes in work may finish, the others go on at the next start.")
