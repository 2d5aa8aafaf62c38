"""The documentation: its commands, links, pictures, settings and chat commands exist."""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.main import get_command

from bot.chat.command_table import COMMANDS, Feature, commands_of
from bot.cli.main import whole
from bot.settings.files import SUFFIX
from tests.helpers.api import prepaid, served
from tests.helpers.paths import ROOT
from tests.helpers.settings import changed, defaults, environment_variables

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
GUIDES = [page for page in PAGES if page.name != "CHANGELOG.md"]
MOST_LINES = 200

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"EARMARK_[A-Z_]*[A-Z]")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
_CHAT_COMMAND = re.compile(r"^/([a-z]+)(?= |$)")
_ROUTE = re.compile(r"^\| `(GET|POST) (/\S+)`", re.MULTILINE)
_BOTFATHER = {"newbot", "setprivacy"}
_PATHS = {"api", "v1", "docs", "media", "telegram", "healthz", "readyz", "metrics"}
_PROGRAMS = {"curl", "docker", "sqlite3", "uv"}
_SYSTEMS = {"apt-get", "install", "journalctl", "runuser", "systemctl", "useradd"}
"""Programs of a server, in the quick start."""
SETTINGS = {one.name for one in environment_variables()}
TELEGRAM, DISCORD = {Feature.START, Feature.PAYMENT}, {Feature.SERVERS}


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def shell_lines(page: Path) -> Iterator[str]:
    """Yield the commands of a page's shell blocks."""
    for language, block in _BLOCK.findall(page.read_text("utf-8")):
        if language == "console":
            yield from (line.strip().removeprefix("$ ") for line in block.splitlines() if line.strip()[:2] == "$ ")


def inline_code(page: Path) -> list[str]:
    """Return the inline code of a page, that of its blocks excluded."""
    return _INLINE.findall(_BLOCK.sub("", page.read_text("utf-8")))


def test_the_readme_names_every_installed_package_whose_licence_binds_who_passes_it_on() -> None:
    licence = README.read_text("utf-8").partition("## Licence")[2]
    runs = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    bound = {
        package.metadata["Name"]
        for package in distributions()
        if package.metadata["Name"].lower() in runs
        and "GPL"
        in "".join(package.metadata.get_all("License-Expression") or package.metadata.get_all("License") or [])
    }
    assert bound >= {"python-telegram-bot", "psycopg", "psycopg-binary"}
    assert [name for name in bound | {"imageio-ffmpeg", "PyAV"} if name not in licence] == []


def program_of(line: str) -> list[str]:
    """Return the words of a command, variables before it excluded."""
    words = shlex.split(line)
    while re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    return words


def is_group(command: Any) -> bool:  # Typer brings a Click of its own, without types
    return hasattr(command, "commands")


def subcommand(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that the words of `earmark ...` name, and the words that are left."""
    command: Any = get_command(whole())
    while is_group(command) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING.findall(_BLOCK.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


LINES = [(named(page), line) for page in GUIDES for line in shell_lines(page)]
SETTINGS_BLOCKS = [
    (named(page), block)
    for page in GUIDES
    for language, block in _BLOCK.findall(page.read_text("utf-8"))
    if language == "ini"
]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_command_of_a_shell_block_is_one(page: str, line: str) -> None:
    """Commands of Earmark are parsed, and not run."""
    program, *words = program_of(line)
    if program == "earmark":
        command, words = subcommand(words)
        assert not is_group(command) or command.invoke_without_command
        command.make_context(command.name, [word.replace("--speakers", "--speakers=") for word in words])
    elif program == "make":
        targets = {word for word in words if "=" not in word}
        assert targets <= set(_TARGET.findall((ROOT / "Makefile").read_text()))
    elif program == ".venv/bin/python":
        assert words[0] == "-m"
        assert (ROOT / f"{words[1].replace('.', '/')}.py").exists()
    else:
        assert program in _PROGRAMS | _SYSTEMS


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_in_a_sentence_is_one(page: Path) -> None:
    for code in inline_code(page):
        words = code.split()
        if words[0] != "earmark" or words[1:2] == ["COMMAND"]:
            continue
        command, rest = subcommand(words[1:])
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert command.name != get_command(whole()).name, code
        assert not is_group(command) or not rest or rest[0].startswith("-"), code
        assert {word for word in rest if word.startswith("--")} <= known, code


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_every_option_of_the_command_line_in_a_table_is_one(page: Path) -> None:
    for row in page.read_text("utf-8").splitlines():
        codes = _INLINE.findall(row)
        if not row.startswith("| `earmark ") or not codes:
            continue
        commands = [subcommand(code.split()[1:])[0] for code in codes if code.startswith("earmark ")]
        known = {option for command in commands for parameter in command.params for option in parameter.opts}
        assert {code for code in codes if code.startswith("--")} <= known, row


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_every_target_of_make_that_is_named_exists(page: Path) -> None:
    named_here = {code.split()[1] for code in inline_code(page) if re.match(r"make [a-z]", code)}
    assert named_here <= set(_TARGET.findall((ROOT / "Makefile").read_text()))


def test_every_command_of_the_command_line_is_documented() -> None:
    documented = {subcommand(code.split()[1:])[0].name for code in inline_code(DOCS / "operating.md")}
    tree: Any = get_command(whole())
    assert set(tree.commands) - documented <= {"telegram", "discord", "keys", "people"}, "groups, whose commands are"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_and_every_picture_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_BLOCK.sub("", page.read_text("utf-8"))):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme == "https", link
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.exists(), link
        assert not parts.fragment or parts.fragment in anchors(target), link


def test_every_page_of_docs_is_linked_from_the_readme() -> None:
    linked = {urlsplit(link).path for link in _LINK.findall(README.read_text("utf-8"))}
    assert {named(page) for page in DOCS.glob("*.md")} <= linked
    assert {named(picture) for picture in (DOCS / "pictures").iterdir()} <= linked


def test_every_setting_that_is_named_exists() -> None:
    for page in [*PAGES, ROOT / ".env.example"]:
        found = set(_VARIABLE.findall(page.read_text("utf-8")))
        assert found <= SETTINGS | {f"{name}{SUFFIX}" for name in SETTINGS}, page


def test_every_setting_is_documented() -> None:
    assert set(_VARIABLE.findall((DOCS / "operating.md").read_text("utf-8"))) >= SETTINGS


@pytest.mark.parametrize(("page", "block"), SETTINGS_BLOCKS)
def test_every_example_of_settings_is_valid(page: str, block: str) -> None:
    values = dict(line.strip().split("=", 1) for line in block.splitlines())
    changed(defaults(), **{name.removeprefix("EARMARK_").lower(): value for name, value in values.items()})


def test_every_chat_command_that_is_named_exists() -> None:
    known = {command.name for command in COMMANDS} | _BOTFATHER | _PATHS
    for page in PAGES:
        found = {match[1] for code in inline_code(page) if (match := _CHAT_COMMAND.match(code))}
        assert found <= known, page


@pytest.mark.parametrize(("features", "page"), [(TELEGRAM, "telegram.md"), (DISCORD, "discord.md")])
def test_every_chat_command_is_documented(features: set[Feature], page: str) -> None:
    codes = inline_code(DOCS / page) + inline_code(DOCS / "operating.md")
    found = {match[1] for code in codes if (match := _CHAT_COMMAND.match(code))}
    assert {command.name for command in commands_of(features)} <= found


async def test_every_route_is_documented_and_every_documented_route_exists(tmp_path: Path) -> None:
    page = (DOCS / "http-api.md").read_text("utf-8")
    documented = {(method.lower(), path) for method, path in _ROUTE.findall(page)}
    async with served(prepaid(tmp_path), tmp_path) as api, api.client() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    served_routes = {(method, path) for path, methods in paths.items() for method in methods}
    assert documented <= served_routes
    below = [(method, path.removeprefix("/api")) for method, path in documented]  # /api/v1 and /v1 have the same routes
    assert {(method, path.removeprefix("/api")) for method, path in served_routes} <= set(below)


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= MOST_LINES


def test_the_readme_s_demo_is_the_one_in_the_picture() -> None:
    """Both are copies of what the demo prints."""
    picture = (DOCS / "pictures" / "terminal.svg").read_text("utf-8")
    (demo,) = (block for _, block in _BLOCK.findall(README.read_text("utf-8")) if "$ make demo" in block)
    assert "".join(demo.split()) == "".join(re.sub(r"<title>.*?</title>|<[^>]+>", "", picture).split())
