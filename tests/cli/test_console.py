"""Printing: no name or text of others is an order to the terminal, whichever way it is printed."""

import io
import json

import pytest
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from bot.cli.console import PlainConsole, account_named, print_json, print_text
from bot.domain.errors import BadUsage

NASTY = "x\x1b]0;PWNED\x07\x1b[2J\x9b2J\u202e\x00evil.ogg"
CLEAN = "x]0;PWNED[2J2Jevil.ogg"


def test_a_console_prints_no_order_of_a_name() -> None:
    written = io.StringIO()
    console = PlainConsole(file=written, width=200, soft_wrap=True, markup=False, highlight=False)
    table = Table("file", NASTY)
    table.add_row(NASTY, Text(NASTY))
    for printed in (NASTY, Text(NASTY), table):
        console.print(printed)
    with Progress(TextColumn("{task.description}", markup=False), console=console) as progress:
        progress.add_task(NASTY)
    assert written.getvalue().count(CLEAN) == 6
    assert not set("\x1b\x9b\x07\x00\u202e") & set(written.getvalue())


def test_a_terminal_still_gets_the_consoles_own_colours() -> None:
    written = io.StringIO()
    PlainConsole(file=written, force_terminal=True, color_system="standard").print(Text("red\x1b[2J", style="red"))
    assert written.getvalue() == "\x1b[31mred[2J\x1b[0m\n"


def test_texts_and_json_hold_no_order_either(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(f"first\nsecond {NASTY}")
    assert capsys.readouterr().out == f"first\nsecond {CLEAN}\n"
    print_json({"file": NASTY})
    line = capsys.readouterr().out
    assert not set("\x1b\x9b\x07\x00\u202e") & set(line)
    assert json.loads(line) == {"file": NASTY}


def test_an_account_s_name_holds_none() -> None:
    with pytest.raises(BadUsage, match="no control characters"):
        account_named(NASTY)
