"""Imports of commands of the command line: each further one would make the start wait."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from bot.cli.main import MODULES
from bot.cli.outputs import Format
from bot.cli.transcription import FORMATS
from tests.helpers.terminal import Terminal

RUN = """
import runpy, sys
sys.argv = ["earmark", *sys.argv[1:]]
try:
    runpy.run_module("bot", run_name="__main__")
finally:
    sys.stderr.write("\\n" + " ".join(sys.modules))
"""
ENGINES = {"dbos", "numpy", "av", "ctranslate2", "faster_whisper", "sherpa_onnx", "onnxruntime", "pydub"}
NETWORK = {"httpx", "httpcore", "obstore", "telegram", "discord", "fastapi", "uvicorn"}
DATABASE = {"sqlalchemy", "aiosqlite"}


@pytest.mark.parametrize(
    ("words", "never"),
    [
        (["--version"], ENGINES | NETWORK | DATABASE | {"typer", "rich", "pydantic", "structlog"}),
        (["--help"], ENGINES | NETWORK | DATABASE),
        (
            ["transcribe", "nothere.ogg"],
            ENGINES | NETWORK | DATABASE | {"structlog", "pysubs2", "docx", "bot.settings"},
        ),
        (["transcribe", "--model", "xx", __file__], ENGINES | NETWORK | DATABASE | {"pysubs2", "docx"}),
        (["balance"], ENGINES | NETWORK | {"alembic", "pysubs2", "docx"}),
    ],
    ids=lambda one: " ".join(one[:2]) if isinstance(one, list) else "",
)
def test_a_command_imports_what_it_needs(tmp_path: Path, words: list[str], never: set[str]) -> None:
    terminal = Terminal(tmp_path / "data", {})
    if words == ["balance"]:
        terminal.earmark("balance")  # the database is up to date now
    said = subprocess.run(
        [sys.executable, "-c", RUN, *words], capture_output=True, text=True, env=terminal.environment(), check=False
    )
    loaded = {*said.stderr.splitlines()[-1].split()}
    assert "bot.cli.entry" in loaded, said.stderr
    assert not loaded & never


@pytest.mark.parametrize("module", MODULES)
def test_the_table_names_the_commands_of_each_module(module: str) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    import_module(f"bot.cli.{module}").attach(app)
    assert {*getattr(get_command(app), "commands", {})} == {*MODULES[module]}


def test_the_formats_of_the_help_are_those_that_there_are() -> None:
    assert (*Format,) == FORMATS
