"""The command line: results on standard output, progress and faults on standard error.

Only the modules of the command that was given are imported: others take a second to load.
"""

import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated

import typer

from bot import __version__
from bot.cli.inputs import is_input
from bot.cli.transcription import UNKNOWN
from bot.domain.errors import BadUsage, EarmarkError

MODULES: Mapping[str, Sequence[str]] = {
    "transcription": ("transcribe", "watch", "demo"),
    "service": ("run", "settings", "backup", "restore", "doctor"),
    "accounts": ("balance", "spend", "reconcile", "credit", "jobs", "export", "forget", "keys"),
    "models": ("models",),
    "operate": ("refund", "allowance", "allow", "block", "unblock", "role", "pause", "resume", "link", "unlink"),
    "people": ("people",),
    "init": ("init",),
}
"""The commands of each module of this package. Platforms bring further ones."""
_PLATFORMS = "platforms"
"""The module that attaches platforms' commands."""
_TRANSCRIBE = "transcribe"
_SPEAKERS = ("--speakers", "-s")
_COMPLETION = "_EARMARK_COMPLETE"
"""Set in the environment by a shell that asks for completions."""
_BAD_USAGE = 2


def main() -> None:
    """Run the command line; every expected fault ends in one sentence and an exit code that is not 0."""
    # Files made by libraries and by ffmpeg too are readable by their owner alone, in spite of the shell's umask.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):  # a file's name may be no Unicode, and a terminal may know little of it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    words = _spelled_out(sys.argv[1:])
    try:
        app_for(words)(words, prog_name="earmark")
    except EarmarkError as error:
        from bot.cli.console import err, locale_now
        from bot.locales import error_text, text

        locale = locale_now()
        err.print(text(locale, "cli-error", error=error_text(locale, error)))
        sys.exit(_BAD_USAGE if isinstance(error, BadUsage) else 1)


def app_for(words: Sequence[str]) -> typer.Typer:
    """Return the command line, as far as these words need it."""
    found = next((module for module, commands in MODULES.items() if words and words[0] in commands), None)
    is_asked = _COMPLETION in os.environ
    return whole() if found is None or is_asked else _with(found)


def whole() -> typer.Typer:
    """Return the whole command line."""
    return _with(*MODULES, _PLATFORMS)


def _with(*modules: str) -> typer.Typer:
    app = typer.Typer(
        name="earmark",
        help="Voice to text: a recording in, its text out, every cent held before it is spent.",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )
    app.callback()(_common)
    for module in modules:
        import_module(f"bot.cli.{module}").attach(app)
    return app


def _spelled_out(words: list[str]) -> list[str]:
    """Return the words as Typer takes them: a recording alone means `transcribe`, and `--speakers` may stand alone."""
    if words and not words[0].startswith("--") and is_input(words[0]) and not _is_command(words[0]):
        words = [_TRANSCRIBE, *words]
    following = [*words[1:], ""]
    return [
        f"--speakers={UNKNOWN}" if word in _SPEAKERS and not after.isdecimal() else word
        for word, after in zip(words, following, strict=False)
    ]


def _is_command(word: str) -> bool:
    if any(word in commands for commands in MODULES.values()):
        return True
    from bot.service.serve import PLATFORMS

    return any(word == platform.name for platform in PLATFORMS)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"earmark {__version__}\n")
        raise typer.Exit


def _common(
    version: Annotated[  # the callback does its work
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings come from the environment, .env and ~/.config/earmark/.env; .env.example lists them."""
