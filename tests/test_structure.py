"""The structure that import contracts cannot see."""

import re
import subprocess
import sys

import pytest

from bot.service.serve import PLATFORMS
from tests.helpers.paths import ROOT

TABLE = ROOT / "bot" / "service" / "serve.py"
"""The one place of bot/ that names platforms."""
STILL = ROOT / "bot" / "chat" / "command_table.py"
"""Names platforms until commands have traits instead."""
FROZEN = ROOT / "bot" / "storage" / "migrations"
"""Migrations stay as they were released."""


@pytest.mark.parametrize("name", [platform.name for platform in PLATFORMS])
def test_nothing_in_bot_but_one_table_names_a_platform(name: str) -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for pattern in ("*.py", "*.ftl")
        for path in sorted((ROOT / "bot").rglob(pattern))
        if path not in (TABLE, STILL) and not path.is_relative_to(FROZEN)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(name, line, re.IGNORECASE)
    ]
    assert named == []


def test_the_command_line_starts_without_the_libraries_of_platforms() -> None:
    look = "import sys, bot.cli.main; print(*sorted({'telegram', 'discord', 'fastapi', 'dbos'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
