"""The command line: results on standard output, progress and faults on standard error."""

import asyncio
import getpass
import io
import json
import signal
import sys
from collections.abc import Coroutine
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from bot import __version__
from bot.catalog import LOCAL
from bot.errors import BadSettings, Cancelled, EarmarkError
from bot.model import MOST_SPEAKERS, Balance, Plan, Transcript
from bot.money import dollars, micros
from bot.settings import Settings, read_settings
from bot.telemetry import configure_logs

if TYPE_CHECKING:
    from bot.notes import Standing

app = typer.Typer(
    name="earmark",
    help="Voice to text: a recording in, its text out, every cent held before it is spent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="The models that can be asked for, and what each costs.")
app.add_typer(models, name="models")
keys = typer.Typer(help="Keys of the HTTP API.", no_args_is_help=True)
app.add_typer(keys, name="keys")
on_telegram = typer.Typer(help="The Telegram bot.", no_args_is_help=True)
app.add_typer(on_telegram, name="telegram")
on_discord = typer.Typer(help="The Discord bot.", no_args_is_help=True)
app.add_typer(on_discord, name="discord")
out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

SAMPLES = [Path(__file__).parent / "demo" / name for name in ("voice-note.ogg", "conversation.ogg")]
_INTERRUPTED = 130
_UNKNOWN = "unknown"

User = Annotated[str, typer.Option("--user", help="Whose account: a name, or platform:id.", show_default="you")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Format(StrEnum):
    """How a transcript is printed."""

    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSON = "json"


def main() -> None:
    """Run the command line; every expected fault ends in one sentence and an exit code that is not 0."""
    for stream in (sys.stdout, sys.stderr):  # a file's name may be no Unicode, and a terminal may know little of it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(_spelled_out(sys.argv[1:]))
    except EarmarkError as error:
        err.print(f"earmark: {error}")
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
    user: User = "",
) -> None:
    """Turn recordings into text. Several are worked on at once and printed in order."""
    from bot.terminal import Wish, transcribe_files

    settings = _settings()
    count = None if speakers in ("", _UNKNOWN) else _count(speakers)
    wish = Wish(model, language or settings.language, speakers=bool(speakers), speaker_count=count)
    failed = _run(transcribe_files(settings, files, _account(user), wish, _printer(form, len(files) > 1), err))
    raise typer.Exit(1 if failed else 0)


@app.command()
def demo() -> None:
    """Transcribe two recordings that come along, through the whole service: of one voice, and of two."""
    from bot import errands
    from bot.terminal import Wish, transcribe_files

    settings, user = _settings(), _account("")
    printed = _printer(Format.TEXT, headings=True)

    def show(file: Path, transcript: Transcript) -> None:
        printed(Path(file.name), transcript)

    out.print(f"$ earmark transcribe --speakers {' '.join(sample.name for sample in SAMPLES)}")
    failed = _run(transcribe_files(settings, SAMPLES, user, Wish(speakers=True), show, err, summary=out))
    if not failed:
        out.print(_balance_line(_run(errands.balance_of(settings, user))))
    raise typer.Exit(1 if failed else 0)


@app.command()
def run() -> None:
    """Start the service, and keep it running until it is stopped (Ctrl-C, or SIGTERM)."""
    _run(_serve(_settings()))


@app.command()
def balance(user: User = "", as_json: AsJson = False) -> None:
    """What an account holds, what of it is set aside, and what it spent."""
    from bot import errands

    found = _run(errands.balance_of(_settings(), _account(user)))
    if as_json:
        _print_json(
            {
                "user": found.user,
                "plan": found.plan,
                "balance_micros": found.balance,
                "held_micros": found.held,
                "spent_micros": found.spent,
                "spent_this_month_micros": found.spent_this_month,
                "notes": found.notes,
            }
        )
    else:
        out.print(_balance_line(found))


@app.command()
def spend(
    month: Annotated[str, typer.Argument(help="Such as 2026-11.", show_default="all months")] = "",
    as_json: AsJson = False,
) -> None:
    """What was spent, by account, model and month."""
    from bot import errands

    if month and not _is_month(month):
        raise BadSettings(reason=f"{month!r} is no month; write it like 2026-11")
    rows = _run(errands.spend_of(_settings(), month or None))
    if as_json:
        _print_json(rows)
        return
    table = Table("user", "month", "model", "notes", "minutes", "charged", "cost", "lost")
    for row in rows:
        table.add_row(
            row["user"],
            row["month"],
            row["model"],
            str(row["notes"]),
            f"{row['seconds'] / 60:.1f}",
            dollars(row["charged_micros"]),
            dollars(row["cost_micros"]),
            dollars(row["lost_micros"]),
        )
    out.print(table)


@app.command()
def credit(
    user: Annotated[str, typer.Argument(help="A name of this terminal, or platform:id.")],
    amount: Annotated[str, typer.Argument(help="Dollars, such as 5 or 0.25.")],
) -> None:
    """Add money to an account."""
    from bot import errands

    try:
        added = micros(amount)
    except ValueError as error:
        raise BadSettings(reason=str(error)) from error
    if added == 0:
        raise BadSettings(reason="nothing to add")
    found = _run(errands.credit(_settings(), _account(user), added))
    out.print(f"{dollars(added)} added. {_balance_line(found)}")


@app.command()
def jobs(
    user: Annotated[str, typer.Option("--user", help="Only this account's.", show_default="everybody's")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
) -> None:
    """The latest notes and how far each is."""
    from bot import errands
    from bot.render import timestamp

    settings = _settings()
    table = Table("when", "user", "file", "length", "state", "paid")
    zone = ZoneInfo(settings.timezone)
    for one in _run(errands.jobs_of(settings, _account(user) if user else None, limit)):
        table.add_row(
            f"{one.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
            one.account,
            one.name,
            "" if one.seconds is None else timestamp(one.seconds),
            _state(one),
            "" if one.charged is None else dollars(one.charged),
        )
    out.print(table)


@models.callback(invoke_without_command=True)
def show_models(
    context: typer.Context,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask the cloud provider for its prices first.")] = False,
) -> None:
    """The models that can be asked for, and what each costs; the first is for those who choose none."""
    if context.invoked_subcommand:
        return
    from bot.cloud import refresh_prices
    from bot.offer import catalog_of

    settings = _settings()
    if refresh:
        for line in _run(refresh_prices(settings)):
            err.print(line)
    catalog = catalog_of(settings)
    table = Table("model", "provider", "a minute", "speakers", "word times", "events", "video")
    table.columns[0].min_width = max(len(one.name) for one in catalog)  # a name is there to be typed: never cut
    for one in catalog:
        able = (one.speakers, one.words, one.events, one.video or one.provider == LOCAL)
        table.add_row(one.name, one.provider, dollars(one.per_minute), *map(_yes, able))
    out.print(table)


@models.command()
def pull(
    name: Annotated[str, typer.Argument(help="speakers: the full-size model that tells speakers apart, 28 MB.")],
) -> None:
    """Fetch a model that does not come along; its path is printed."""
    from bot.books import make_data_folder
    from bot.providers.speakers.fetching import pull as fetch

    if name != "speakers":
        raise BadSettings(reason=f"nothing is called {name!r} here; `earmark models pull speakers` is all there is")
    path = _run(fetch(make_data_folder(_settings())))
    err.print("earmark: to use it, set EARMARK_SPEAKER_MODEL to this path:")
    sys.stdout.write(f"{path}\n")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key: letters, digits, dot, dash. Its account is api:NAME.")],
    allowance: Annotated[str, typer.Option(help="Dollars a month for this account.", show_default="as settings")] = "",
) -> None:
    """Make a key for the HTTP API. It is printed once and stored nowhere."""
    from bot import errands

    key_id, secret = _run(errands.create_key(_settings(), name, allowance))
    err.print(f"earmark: key {key_id} for api:{name}; it will not be shown again:")
    sys.stdout.write(secret + "\n")


@keys.command(name="list")
def list_keys() -> None:
    """The keys of the HTTP API: which there are, never what they are."""
    from bot import errands

    settings = _settings()
    zone = ZoneInfo(settings.timezone)
    table = Table("id", "name", "account", "made", "revoked")
    for key in _run(errands.keys_of(settings)):
        revoked = "" if key.revoked_at is None else f"{key.revoked_at.astimezone(zone):%Y-%m-%d %H:%M}"
        table.add_row(key.id, key.name, key.account, f"{key.created_at.astimezone(zone):%Y-%m-%d %H:%M}", revoked)
    out.print(table)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="As `earmark keys list` shows it.")]) -> None:
    """Make a key of the HTTP API fail from now on."""
    from bot import errands

    if not _run(errands.revoke_key(_settings(), key_id)):
        raise BadSettings(reason=f"there is no key {key_id} in use; see `earmark keys list`")
    out.print(f"{key_id} is revoked.")


@on_telegram.command()
def refund(
    charge: Annotated[str, typer.Argument(help="Telegram's id of the payment, as the payer's receipt shows it.")],
) -> None:
    """Give a payment in Stars back, and take what it added from its payer's balance."""
    from bot.telegram import refund_stars

    out.print(f"Refunded: {dollars(_run(refund_stars(_settings(), charge)))} was taken from the balance.")


@on_discord.command()
def invite() -> None:
    """Print the two links by which the bot comes into a server, and to a person's own account."""
    from bot.discord import introduced, invite_links

    server, person = invite_links(_run(introduced(_settings())).application)
    out.print(f"Into a server (by those who manage it):\n{server}\n")
    out.print(f"For your own account, to use it in every chat:\n{person}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; an earlier backup of that name gives way.")],
) -> None:
    """Write all that cannot be made again into one file; the service may run meanwhile."""
    from bot.backup import backup as back_up

    made = _run(back_up(_settings(), file))
    out.print(f"{file}: {made.bytes / 1e6:.1f} MB of data, {made.unfinished} notes without an end.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `earmark backup` wrote.")]) -> None:
    """Put a backup into the data folder, which must be empty."""
    from bot.backup import restore as put_back

    found = _run(put_back(_settings(), file))
    out.print(f"{found.unfinished} notes without an end are among it; `earmark run` goes on from there.")


@app.command()
def doctor() -> None:
    """Look at everything that Earmark needs, and say what to do where it is missing."""
    from bot.doctor import examine

    try:
        settings = _settings()
    except BadSettings as error:
        out.print(f"[!!] settings: {error}")
        raise typer.Exit(1) from error
    findings = _run(examine(settings))
    for one in findings:
        out.print(f"[{'ok' if one.ok else '!!'}] {one.what}: {one.says}")
    raise typer.Exit(0 if all(one.ok for one in findings) else 1)


# What is imported inside the functions below takes seconds to load, which `earmark --help` should not.


def _telegram_line(name: str) -> str:
    if name:
        return f"earmark: @{name} answers on Telegram: https://t.me/{name}"
    return "earmark: Telegram does not answer yet; its messages are answered when it does."


def _discord_line(name: str) -> str:
    if name:
        return f"earmark: {name} answers on Discord; `earmark discord invite` shows how it comes into a server."
    return "earmark: Discord does not answer yet; its messages are answered when it does."


async def _serve(settings: Settings) -> None:
    from bot.cancelling import unless
    from bot.house import open_house

    stop = asyncio.Event()

    async def stopped() -> bool:
        return stop.is_set()

    async def nothing() -> None:
        pass

    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        if sys.platform != "win32":
            loop.add_signal_handler(getattr(signal, name), stop.set)
    async with open_house(settings) as house:
        try:
            await unless(stopped, house.service.warm_up(), nothing)
        except Cancelled:
            return
        if house.address:
            err.print(f"earmark: the HTTP API listens at {house.address} (see {house.address}/docs).")
        if house.telegram is not None:
            err.print(_telegram_line(house.telegram))
        if house.discord is not None:
            err.print(_discord_line(house.discord))
        err.print("earmark: running; `earmark transcribe` in another terminal is served from here. Ctrl-C stops.")
        await stop.wait()
        err.print("earmark: stopping; notes in work may finish, the others go on at the next start.")


def _settings(quietest: str = "warning") -> Settings:
    settings = read_settings()
    configure_logs(
        "info" if (quietest, settings.log_level) == ("info", "warning") else settings.log_level, settings.log_format
    )
    return settings


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        err.print("earmark: stopped; what was not finished was cancelled and costs nothing.")
        raise typer.Exit(_INTERRUPTED) from None


def _account(name: str) -> str:
    """The account's id: a bare name is one of this terminal."""
    name = name.strip() or getpass.getuser()
    if name.startswith(("house:", "provider:")):
        raise BadSettings(reason=f"{name} is no user's account")
    return name if ":" in name else f"console:{name}"


def _is_month(text: str) -> bool:
    try:
        return f"{datetime.strptime(text, '%Y-%m'):%Y-%m}" == text  # noqa: DTZ007  # a month has no timezone
    except ValueError:
        return False


def _balance_line(found: Balance) -> str:
    spent = f"spent {dollars(found.spent)} on {found.notes} note{'' if found.notes == 1 else 's'}"
    plan = "counted only" if found.plan is Plan.OPEN else found.plan
    return f"{found.user}: balance {dollars(found.balance)}, held {dollars(found.held)}, {spent} ({plan})."


def _printer(form: Format, headings: bool) -> Any:
    """How one ending's transcript goes to standard output."""

    from bot import render

    def show(file: Path, transcript: Transcript) -> None:
        if form is Format.JSON:
            sys.stdout.write(json.dumps({"file": str(file), **render.as_json(transcript)}, ensure_ascii=False) + "\n")
            return
        if headings and form in (Format.TEXT, Format.TXT):
            sys.stdout.write(f"== {file}\n")
        written = {Format.SRT: render.srt, Format.VTT: render.vtt}.get(form, render.text)(transcript)
        sys.stdout.write(written.rstrip("\n") + "\n")
        sys.stdout.flush()

    return show


def _state(one: "Standing") -> str:
    if one.error is not None:
        return str(one.error)
    if one.stage is not None and not one.state.is_final:
        return f"{one.stage} {'' if one.progress is None else f'{one.progress:.0%}'}".strip()
    return one.state


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _yes(able: bool) -> str:
    return "yes" if able else "no"
