"""The command line: results on standard output, progress and faults on standard error."""

import asyncio
import io
import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import __version__
from bot.cli import accounts, operate, platforms
from bot.cli.console import (
    User,
    account_named,
    balance_line,
    completed,
    err,
    locale_now,
    out,
    print_json,
    print_text,
    settings_now,
)
from bot.domain.errors import BadSettings, Cancelled, EarmarkError
from bot.domain.note import MOST_SPEAKERS
from bot.domain.plain_text import escaped
from bot.domain.transcript import Transcript
from bot.locales import ENGLISH, error_text, text
from bot.service.serve import PLATFORMS, serve
from bot.settings import Settings
from bot.support.memory import keep_memory_low

app = typer.Typer(
    name="earmark",
    help="Voice to text: a recording in, its text out, every cent held before it is spent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
SAMPLES = [Path(__file__).parent / "demo" / name for name in ("voice-note.ogg", "conversation.ogg")]
_UNKNOWN = "unknown"


class Format(StrEnum):
    """Format of a printed transcript."""

    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSON = "json"


def main() -> None:
    """Run the command line; every expected fault ends in one sentence and an exit code that is not 0."""
    # Files made by libraries and by ffmpeg too are readable by their owner alone, in spite of the shell's umask.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):  # a file's name may be no Unicode, and a terminal may know little of it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(_spelled_out(sys.argv[1:]))
    except EarmarkError as error:
        locale = locale_now()
        err.print(text(locale, "cli-error", error=error_text(locale, error)))
        sys.exit(1)


def _spelled_out(words: list[str]) -> list[str]:
    """`--speakers` may stand alone or before a number, which Typer cannot be told."""
    following = [*words[1:], ""]
    return [
        f"--speakers={_UNKNOWN}" if word == "--speakers" and not after.isdecimal() else word
        for word, after in zip(words, following, strict=True)
    ]


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
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings come from the environment and .env; .env.example lists them."""


@app.command()
def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Sound or video files.", show_default=False)],
    model: Annotated[str, typer.Option(help="Which model; see `earmark models`.", show_default="the first")] = "",
    language: Annotated[str, typer.Option(help="The language spoken: en, es, ... or auto.", show_default="")] = "",
    speakers: Annotated[
        str,
        typer.Option("--speakers", metavar="[N]", help="Tell the speakers apart; N where you know how many there are."),
    ] = "",
    form: Annotated[Format, typer.Option("--format", help="How to print the text.")] = Format.TEXT,
    unsure: Annotated[bool, typer.Option("--unsure", help="Mark words that the model is unsure of: word[?].")] = False,
    user: User = "",
) -> None:
    """Turn recordings into text. Several are worked on at once and printed in order."""
    from bot.cli.transcribe import Wanted, transcribe_files

    settings = settings_now()
    count = None if speakers in ("", _UNKNOWN) else _count(speakers)
    wanted = Wanted(model, language or settings.engine.language, speakers=bool(speakers), speaker_count=count)
    printed = _doubting(_printer(form, len(files) > 1)) if unsure else _printer(form, len(files) > 1)
    failed = completed(transcribe_files(settings, files, account_named(user), wanted, printed, err))
    raise typer.Exit(1 if failed else 0)


@app.command()
def demo() -> None:
    """Transcribe two recordings that come along, through the whole service: of one voice, and of two."""
    from bot.cli.transcribe import Wanted, transcribe_files
    from bot.service import admin

    settings, user = settings_now(), account_named("")
    printed = _printer(Format.TEXT, headings=True)

    def show(file: Path, transcript: Transcript) -> None:
        printed(Path(file.name), transcript)

    out.print(f"$ earmark transcribe --speakers {' '.join(sample.name for sample in SAMPLES)}")
    failed = completed(transcribe_files(settings, SAMPLES, user, Wanted(speakers=True), show, err, summary=out))
    if not failed:
        out.print(balance_line(completed(admin.balance_of(settings, user))))
    raise typer.Exit(1 if failed else 0)


@app.command()
def run() -> None:
    """Start the service, and keep it running until it is stopped (Ctrl-C, or SIGTERM)."""
    keep_memory_low()
    completed(_serve(settings_now()))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; an earlier backup of that name gives way.")],
) -> None:
    """Write all that cannot be made again into one file; the service may run meanwhile."""
    from bot.operations.backup import backup as back_up

    settings = settings_now()
    made = completed(back_up(settings.storage.data_dir, file, settings.engine.models_file))
    out.print(f"{file}: {made.bytes / 1e6:.1f} MB of data, {made.unfinished} notes without an end.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `earmark backup` wrote.")]) -> None:
    """Put a backup into the data folder, which must be empty."""
    from bot.operations.restore import restore as put_back

    found = completed(put_back(settings_now().storage.data_dir, file))
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
        if application.address:
            err.print(f"earmark: the HTTP API listens at {application.address} (see {application.address}/docs).")
        for announcement in application.announcements:
            err.print(f"earmark: {announcement}")
        err.print("earmark: running; `earmark transcribe` in another terminal is served from here. Ctrl-C stops.")
        await stop.wait()
        err.print("earmark: stopping; notes in work may finish, the others go on at the next start.")


def _printer(form: Format, headings: bool) -> Any:
    """Return the function that prints a transcript to standard output."""

    from bot import rendering

    def show(file: Path, transcript: Transcript) -> None:
        if form is Format.JSON:
            print_json({"file": str(file), **rendering.as_json(transcript)})
            return
        if headings and form in (Format.TEXT, Format.TXT):
            print_text(f"== {escaped(str(file))}")
        written = {Format.SRT: rendering.srt, Format.VTT: rendering.vtt}.get(form, rendering.text)(transcript)
        print_text(written.rstrip("\n"))
        sys.stdout.flush()

    return show


def _doubting(printed: Any) -> Any:
    """Return the function that prints a transcript with its unsure words marked."""
    from bot import rendering

    return lambda file, transcript: printed(file, rendering.with_doubts(transcript))


accounts.attach(app)
operate.attach(app)
platforms.attach(app, PLATFORMS)
