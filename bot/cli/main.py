"""The command line: results on standard output, progress and faults on standard error."""

import asyncio
import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.cli import accounts, models, operate, platforms
from bot.cli.console import (
    User,
    account_named,
    balance_line,
    completed,
    err,
    locale_now,
    out,
    settings_now,
    silent,
)
from bot.cli.inputs import Input, folder_for_arrivals, inputs_of, is_input
from bot.cli.outputs import Format, Printed, formats_of, output_of
from bot.domain.errors import BadSettings, Cancelled, EarmarkError, EngineFailed, ModelMissing
from bot.domain.note import MOST_SPEAKERS, Channels
from bot.domain.plain_text import escaped
from bot.domain.transcript import Transcript
from bot.locales import ENGLISH, error_text, text
from bot.service.serve import PLATFORMS, serve
from bot.settings import Settings
from bot.settings.origin import given_settings, unknown_sentence, unknown_settings
from bot.support.memory import keep_memory_low

app = typer.Typer(
    name="earmark",
    help="Voice to text: a recording in, its text out, every cent held before it is spent.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
SAMPLES = [Path(__file__).parent / "demo" / name for name in ("voice-note.ogg", "conversation.ogg")]
_UNKNOWN = "unknown"
_TRANSCRIBE = "transcribe"
_SPEAKERS = ("--speakers", "-s")


def main() -> None:
    """Run the command line; every expected fault ends in one sentence and an exit code that is not 0."""
    # Files made by libraries and by ffmpeg too are readable by their owner alone, in spite of the shell's umask.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):  # a file's name may be no Unicode, and a terminal may know little of it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(_spelled_out(sys.argv[1:]), prog_name="earmark")
    except EarmarkError as error:
        locale = locale_now()
        err.print(text(locale, "cli-error", error=error_text(locale, error)))
        sys.exit(1)


def _spelled_out(words: list[str]) -> list[str]:
    """Return the words as Typer takes them: a recording alone means `transcribe`, and `--speakers` may stand alone."""
    if words and not words[0].startswith("--") and words[0] not in _commands() and is_input(words[0]):
        words = [_TRANSCRIBE, *words]
    following = [*words[1:], ""]
    return [
        f"--speakers={_UNKNOWN}" if word in _SPEAKERS and not after.isdecimal() else word
        for word, after in zip(words, following, strict=False)
    ]


def _commands() -> set[str]:
    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    return names | {group.name or "" for group in app.registered_groups}


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SPEAKERS:
        raise BadSettings(reason=f"--speakers takes a number from 1 to {MOST_SPEAKERS}, or none")
    return int(text)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"earmark {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[  # the callback does its work
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings come from the environment and .env; .env.example lists them."""


@app.command()
def transcribe(
    recordings: Annotated[
        list[str],
        typer.Argument(
            help="Sound or video files, folders, patterns, links, or - for standard input.", show_default=False
        ),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="Which model; see `earmark models`.", show_default="the first")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", "-l", help="The language spoken: en, es, ... or auto.", show_default="auto")
    ] = "",
    speakers: Annotated[
        str,
        typer.Option(
            "--speakers", "-s", metavar="[N]", help="Tell the speakers apart; N where you know how many there are."
        ),
    ] = "",
    channels: Annotated[
        Channels,
        typer.Option(help="Tracks of their own for the channels: if they are two microphones, never, or always."),
    ] = Channels.AUTO,
    form: Annotated[
        list[str],
        typer.Option(
            "--format",
            "-f",
            metavar=f"[{'|'.join(Format)}]",
            help="Formats of the text; several with --output.",
            show_default="text",
        ),
    ] = [],  # noqa: B006  # Typer reads it, and never changes it
    output: Annotated[
        str, typer.Option("--output", "-o", help="A file, or a folder for several texts.", show_default="print")
    ] = "",
    unsure: Annotated[bool, typer.Option("--unsure", help="Mark words that the model is unsure of: word[?].")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print texts and errors alone.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print the log, in place of the progress.")] = False,
    user: User = "",
) -> None:
    """Turn recordings into text. Several are worked on at once and printed in order."""
    from bot import rendering
    from bot.cli.transcribe import Consoles, Wanted, transcribe_files

    settings = settings_now("info" if verbose else "")
    count = None if speakers in ("", _UNKNOWN) else _count(speakers)
    spoken = language or settings.engine.language
    wanted = Wanted(model, spoken, speakers=bool(speakers), speaker_count=count, channels=channels)
    with folder_for_arrivals() as folder:
        inputs, missing = inputs_of(recordings, folder)
        to = output_of(output, formats_of(form, output), len(inputs))
        for word, error in missing.items():
            err.print(f"{escaped(word)}: {error_text(locale_now(), error)}")

        def show(name: str, stem: str, said: Transcript) -> None:
            to.take(name, stem, rendering.with_doubts(said) if unsure else said)

        consoles = Consoles(err, silent if quiet else err, silent if quiet or verbose else err)
        failed = completed(transcribe_files(settings, inputs, account_named(user), wanted, show, consoles))
    raise typer.Exit(1 if failed or missing else 0)


@app.command()
def demo() -> None:
    """Transcribe two recordings that come along, through the whole service: of one voice, and of two."""
    from bot.cli.transcribe import Consoles, Wanted, transcribe_files
    from bot.service import admin

    settings, user = settings_now(), account_named("")
    inputs = [Input(sample.name, sample) for sample in SAMPLES]
    printed = Printed(Format.TEXT, headings=True)
    out.print(f"$ earmark transcribe --speakers {' '.join(sample.name for sample in SAMPLES)}")
    consoles = Consoles(err, summary=out, bars=err)
    failed = completed(transcribe_files(settings, inputs, user, Wanted(speakers=True), printed.take, consoles))
    if not failed:
        out.print(balance_line(completed(admin.balance_of(settings, user))))
    raise typer.Exit(1 if failed else 0)


@app.command()
def run() -> None:
    """Start the service, and keep it running until it is stopped (Ctrl-C, or SIGTERM)."""
    keep_memory_low()
    settings = settings_now()
    if unknown := unknown_settings(settings.sections()):
        err.print(f"earmark: warning: {unknown_sentence(unknown)}")
    completed(_serve(settings))


@app.command(name="settings")
def show_settings() -> None:
    """Print the settings that are set, without secrets, and where each of them comes from."""
    settings = settings_now()
    for one in given_settings(settings.sections()):
        out.print(f"{one.name}={escaped(one.value)}  ({escaped(one.origin)})")
    if unknown := unknown_settings(settings.sections()):
        raise BadSettings(reason=unknown_sentence(unknown))


@app.command()
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


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `earmark backup` wrote.")]) -> None:
    """Put a backup into the data folder, which must be empty."""
    from bot.operations.restore import restore as put_back
    from bot.service.databases import check_in_folder

    storage = settings_now().storage
    check_in_folder(storage)
    found = completed(put_back(storage.data_dir, file))
    out.print(f"{found.unfinished} notes without an end are among it; `earmark run` goes on from there.")


@app.command()
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


accounts.attach(app)
models.attach(app)
operate.attach(app)
platforms.attach(app, PLATFORMS)
