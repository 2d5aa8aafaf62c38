"""Commands that turn recordings into text."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import User
from bot.cli.inputs import Input, folder_for_arrivals, inputs_of
from bot.domain.errors import BadUsage
from bot.domain.note import MOST_SPEAKERS, Channels
from bot.domain.plain_text import escaped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.errors import EarmarkError
    from bot.domain.transcript import Transcript

SAMPLES = [Path(__file__).parent / "demo" / name for name in ("voice-note.ogg", "conversation.ogg")]
FORMATS = ("text", "srt", "vtt", "txt", "json", "docx")
"""As in bot.cli.outputs, which loads slowly; a test holds the two equal."""
UNKNOWN = "unknown"
"""A number of speakers that is not known: they are told apart all the same."""

# Options that `transcribe` and `watch` share.
Model = Annotated[
    str, typer.Option("--model", "-m", help="Which model; see `earmark models`.", show_default="the first")
]
Language = Annotated[
    str, typer.Option("--language", "-l", help="The language spoken: en, es, ... or auto.", show_default="auto")
]
Speakers = Annotated[
    str,
    typer.Option(
        "--speakers", "-s", metavar="[N]", help="Tell the speakers apart; N where you know how many there are."
    ),
]
Translate = Annotated[bool, typer.Option("--translate", help="Write in English, whatever is spoken.")]


def attach(app: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (transcribe, watch, demo):
        app.command()(command)


def transcribe(
    recordings: Annotated[
        list[str],
        typer.Argument(
            help="Sound or video files, folders, patterns, links, or - for standard input.", show_default=False
        ),
    ],
    model: Model = "",
    language: Language = "",
    speakers: Speakers = "",
    channels: Annotated[
        Channels,
        typer.Option(help="Tracks of their own for the channels: if they are two microphones, never, or always."),
    ] = Channels.AUTO,
    translate: Translate = False,
    form: Annotated[
        list[str],
        typer.Option(
            "--format",
            "-f",
            metavar=f"[{'|'.join(FORMATS)}]",
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
    live: Annotated[
        bool,
        typer.Option("--live", help="Print the text as it comes from the embedded engine."),
    ] = False,
    user: User = "",
) -> None:
    """Turn recordings into text. Several are worked on at once and printed in order."""
    count = None if speakers in ("", UNKNOWN) else _count(speakers)
    with folder_for_arrivals() as folder:
        inputs, missing = inputs_of(recordings, folder)
        _tell_missing(missing)
        if not inputs:
            raise typer.Exit(1)
        # Imported here: a file that is not there is told before.
        from bot import rendering
        from bot.cli.console import account_named, completed, err, settings_now, silent
        from bot.cli.live import Live
        from bot.cli.outputs import formats_of, output_of
        from bot.cli.transcribe import Consoles, Wanted, transcribe_files

        settings = settings_now("info" if verbose else "")
        spoken = language or settings.engine.language
        wanted = Wanted(
            model, spoken, speakers=bool(speakers), speaker_count=count, channels=channels, translate=translate
        )
        to = output_of(output, formats_of(form, output), len(inputs))
        as_it_comes = Live(to, several=len(inputs) > 1) if live else None
        if live:
            settings = replace(settings, engine=settings.engine.model_copy(update={"live_text": True}))

        def show(name: str, stem: str, said: "Transcript") -> None:
            (as_it_comes or to).take(name, stem, rendering.with_doubts(said) if unsure else said)

        consoles = Consoles(err, silent if quiet else err, silent if quiet or verbose else err)
        hear = None if as_it_comes is None else as_it_comes.hear
        failed = completed(transcribe_files(settings, inputs, account_named(user), wanted, show, consoles, hear))
    raise typer.Exit(1 if failed or missing else 0)


def watch(
    folder: Annotated[Path, typer.Argument(help="A folder into which recordings are put.")],
    model: Model = "",
    language: Language = "",
    speakers: Speakers = "",
    translate: Translate = False,
    form: Annotated[
        list[str],
        typer.Option(
            "--format", "-f", metavar=f"[{'|'.join(FORMATS)}]", help="Formats of the texts.", show_default="text"
        ),
    ] = [],  # noqa: B006  # Typer reads it, and never changes it
    output: Annotated[
        str, typer.Option("--output", "-o", help="A folder for the texts.", show_default="beside the recordings")
    ] = "",
    user: User = "",
) -> None:
    """Transcribe what is put into a folder, each recording once, until it is stopped (Ctrl-C)."""
    count = None if speakers in ("", UNKNOWN) else _count(speakers)
    if not folder.is_dir():
        raise BadUsage(reason=f"there is no folder {escaped(str(folder))}")
    # Imported here, as above.
    from bot.cli.console import account_named, completed, err, settings_now
    from bot.cli.outputs import formats_of
    from bot.cli.transcribe import Wanted, options_of, summary_of
    from bot.cli.watching import Look, Texts, Watching

    settings = settings_now()
    spoken = language or settings.engine.language
    options = options_of(settings, Wanted(model, spoken, bool(speakers), count, translate=translate))
    texts = Texts(formats_of(form, ""), Path(output) if output else None)

    def tell(path: Path, words: str) -> None:
        err.print(f"{escaped(path.name)}: {words}")

    err.print(f"earmark: recordings in {escaped(str(folder))} are transcribed. Ctrl-C stops.")
    completed(Watching(settings, Look(folder, texts), options, account_named(user), tell, summary_of).run())


def _tell_missing(missing: "Mapping[str, EarmarkError]") -> None:
    from bot.cli.console import err, locale_now
    from bot.locales import error_text

    for word, error in missing.items():
        err.print(f"{escaped(word)}: {error_text(locale_now(), error)}")


def demo() -> None:
    """Transcribe two recordings that come along, through the whole service: of one voice, and of two."""
    from bot.cli.console import account_named, balance_line, completed, err, out, settings_now
    from bot.cli.outputs import Format, Printed
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


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SPEAKERS:
        raise BadUsage(reason=f"--speakers takes a number from 1 to {MOST_SPEAKERS}, or none")
    return int(text)
