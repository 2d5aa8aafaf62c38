"""`earmark init`: a few questions, whose answers become a file of settings. Secrets are never shown, and never words
of the command line, which other processes can read.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.chat.plugin import sections_of
from bot.cli.console import completed, err, out
from bot.domain.billing import Plan
from bot.domain.errors import BadSettings, BadUsage
from bot.domain.plain_text import escaped
from bot.service.serve import PLATFORMS
from bot.settings import Settings, checked_settings
from bot.settings.env_file import write_env, written_in
from bot.settings.files import ENV_FILE, SUFFIX, config_file, written_variables
from bot.settings.origin import unknown_sentence, unknown_settings
from bot.support.settings_section import PREFIX

KEY = f"{PREFIX}NANOGPT_API_KEY"
OWNERS = f"{PREFIX}OWNERS"
STRANGERS = f"{PREFIX}STRANGERS"
PLAN = f"{PREFIX}PLAN"
PUBLIC_URL = f"{PREFIX}PUBLIC_URL"
DATA_DIR = f"{PREFIX}DATA_DIR"
_STANDARD_INPUT = "-"
_CLOUD = "cloud"
"""Name of the provider's check."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that is asked for, and the check that tries it."""

    variable: str
    question: str
    check: str


def attach(app: typer.Typer) -> None:
    """Give the command line this command."""
    app.command()(init)


def init(
    token_file: Annotated[
        list[str],
        typer.Option(
            "--token-file", metavar="PLATFORM=FILE", help="File with a platform's token; - is standard input."
        ),
    ] = [],  # noqa: B006  # Typer reads it, and never changes it
    key_file: Annotated[
        str, typer.Option(metavar="FILE", help="File with NanoGPT's API key; - is standard input.")
    ] = "",
    owner: Annotated[str, typer.Option(help="The owner, as platform:id.", show_default="claimed at the start")] = "",
    strangers: Annotated[
        bool | None, typer.Option("--strangers/--no-strangers", help="Let everybody use the service.")
    ] = None,
    plan: Annotated[Plan | None, typer.Option(help="Plan of all accounts.", show_default="by the provider")] = None,
    public_url: Annotated[str, typer.Option(help="Address at which the world reaches the HTTP API.")] = "",
    data_dir: Annotated[str, typer.Option(help="Folder for everything that is stored.")] = "",
    file: Annotated[Path, typer.Option(help=f"The file to write; {config_file()} holds from every folder.")] = ENV_FILE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Try no token and no key.")] = False,
) -> None:
    """Write a first file of settings, from a few questions or from options."""
    there = written_in(file)
    known = {**written_variables(), **there}
    _check_names(known)
    chosen = {**_secrets_in_files(token_file, key_file)}
    told = {OWNERS: owner, PLAN: plan or "", PUBLIC_URL: public_url, DATA_DIR: data_dir}
    chosen |= {name: str(value) for name, value in told.items() if value}
    chosen |= {} if strangers is None else {STRANGERS: str(strangers).lower()}
    if yes:
        _refuse_changes(file, there, chosen)
        _try_all(known, chosen, offline=offline)
    elif not sys.stdin.isatty():
        raise BadUsage(reason="there is no terminal to ask at: give options, and --yes")
    else:
        found = {name: value for name, value in chosen.items() if _may_write(there, name, value)}
        chosen = _asked(known, found, offline=offline)
    checked_settings(sections_of(PLATFORMS), {**known, **chosen})
    write_env(file, chosen)
    out.print(f"{file}: {len(chosen)} settings written; only you can read it.")
    out.print("Next: earmark run" + _claimed({**known, **chosen}))


def _check_names(there: Mapping[str, str]) -> None:
    """Raise BadSettings for a name in the file that is no setting."""
    if unknown := unknown_settings(Settings(platforms=_sections()).sections(), there):
        raise BadSettings(reason=unknown_sentence(unknown))


def _sections() -> dict[str, object]:
    return {name: section() for name, section in sections_of(PLATFORMS).items()}


def _secrets() -> Iterator[Secret]:
    for platform in PLATFORMS:
        if "token" in platform.section.model_fields:
            title = platform.name.capitalize()
            question = f"{title}: token of the bot (empty: no {title})"
            yield Secret(platform.section.variables()["token"], question, platform.name)
    yield Secret(KEY, "NanoGPT: API key (empty: the included model on this machine)", _CLOUD)


def _secrets_in_files(token_files: Sequence[str], key_file: str) -> dict[str, str]:
    """Return the secrets that options lead to. Raises BadSettings."""
    known = {one.check: one.variable for one in _secrets()}
    wanted = {KEY: key_file} if key_file else {}
    for word in token_files:
        platform, _, path = word.partition("=")
        if platform not in known or platform == _CLOUD or not path:
            names = ", ".join(name for name in known if name != _CLOUD)
            raise BadUsage(reason=f"--token-file takes PLATFORM=FILE; platforms are: {names}")
        wanted[known[platform]] = path
    if [*wanted.values()].count(_STANDARD_INPUT) > 1:
        raise BadUsage(reason="standard input holds one secret")
    return {variable: _content(path) for variable, path in wanted.items()}


def _content(path: str) -> str:
    try:
        text = sys.stdin.read() if path == _STANDARD_INPUT else Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise BadUsage(reason=f"{path} cannot be read ({type(error).__name__})") from None
    if not text.strip():
        raise BadUsage(reason=f"{path} is empty")
    return text.strip()


def _refuse_changes(file: Path, there: Mapping[str, str], chosen: Mapping[str, str]) -> None:
    changed = sorted(name for name, value in chosen.items() if there.get(name, value) != value)
    if changed:
        raise BadUsage(reason=f"{', '.join(changed)} stands in {file} already: change it there, or leave --yes out")


def _try_all(known: Mapping[str, str], chosen: Mapping[str, str], *, offline: bool) -> None:
    """Raise BadSettings for a token or a key that does not work."""
    for secret in _secrets():
        if secret.variable in chosen and not offline:
            works, says = _tried(secret, {**known, **chosen})
            if not works:
                raise BadSettings(reason=f"{secret.check}: {says}")


def _tried(secret: Secret, values: Mapping[str, str]) -> tuple[bool, str]:
    """Return if a secret works, with a sentence about it."""
    from bot.service.doctor import checks_of, finding_of

    settings = checked_settings(sections_of(PLATFORMS), values)
    finding = completed(finding_of(secret.check, checks_of(PLATFORMS)[secret.check], settings))
    return finding.ok, finding.says


def _asked(known: Mapping[str, str], chosen: Mapping[str, str], *, offline: bool) -> dict[str, str]:
    """Ask for what is neither set nor among the options; return what is to be written."""
    found = dict(chosen)
    for secret in _secrets():
        if not _is_set(secret.variable, known, found) and (value := _secret(secret, {**known, **found}, offline)):
            found[secret.variable] = value
    if not _is_set(STRANGERS, known, found):
        found[STRANGERS] = str(typer.confirm("May everybody use the bot, without asking you?", default=False)).lower()
    questions = (
        (OWNERS, "Your own account as platform:id (empty: the first start prints a word that makes you the owner)"),
        (PLAN, f"Plan: {', '.join(Plan)} (empty: by the provider)"),
        (PUBLIC_URL, "Public https address of the HTTP API (empty: none)"),
        (DATA_DIR, "Folder for everything that is stored (empty: ~/.earmark)"),
    )
    for name, question in questions:
        if not _is_set(name, known, found) and (value := _valid(name, question)):
            found[name] = value
    return found


def _is_set(name: str, *places: Mapping[str, str]) -> bool:
    return any(one.get(name) or one.get(name + SUFFIX) for one in places)


def _may_write(there: Mapping[str, str], name: str, value: str) -> bool:
    """Return True if a value is new, or the user wants it in place of the file's."""
    return there.get(name, value) == value or typer.confirm(f"{name} stands in the file already. Change it?")


def _secret(secret: Secret, values: Mapping[str, str], offline: bool) -> str:  # passed on
    """Ask for a secret until it works, is wanted all the same, or is left out."""
    while value := typer.prompt(secret.question, hide_input=True, default="", show_default=False).strip():
        if offline:
            return str(value)
        works, says = _tried(secret, {**values, secret.variable: value})
        out.print(f"  {escaped(says)}")
        if works or typer.confirm("Keep it all the same?", default=False):
            return str(value)
    return ""


def _valid(name: str, question: str) -> str:
    """Ask for a value until it is one, or is left out."""
    while value := typer.prompt(question, default="", show_default=False).strip():
        try:
            checked_settings(sections_of(PLATFORMS), {name: value})
        except BadSettings as error:
            err.print(f"  {error.fields['reason']}")
        else:
            return str(value)
    return ""


def _claimed(values: Mapping[str, str]) -> str:
    is_open = values.get(STRANGERS) == "true"
    return "" if is_open or values.get(OWNERS) else "  (it prints a word that makes its first sender the owner)"
