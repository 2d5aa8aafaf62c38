"""A file of settings (.env): lines are added or changed, all others stay as they are."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from dotenv import dotenv_values

from bot.domain.errors import BadSettings
from bot.support.files import new_private_file, private_folder

_SIMPLE = re.compile(r"[\w@%+=:,./~-]*", re.ASCII)


def written_in(path: Path) -> dict[str, str]:
    """Return the variables of a file; none if it is not there. Raises BadSettings."""
    try:
        found = dotenv_values(path, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadSettings(reason=f"{path} cannot be read ({type(error).__name__})") from error
    return {name.upper(): value for name, value in found.items() if value is not None}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Put values into a file, at once or not at all; only its owner can read it from now on. Raises BadSettings."""
    path = path.resolve()  # a link stays one
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        private_folder(path.parent)
        unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
        try:
            with new_private_file(unfinished) as file:
                file.write(_with_values(before, values).encode())
                file.flush()
                os.fsync(file.fileno())
            _check(unfinished, values)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, UnicodeError) as error:
        raise BadSettings(reason=f"{path} cannot be written ({type(error).__name__})") from error


def _with_values(before: str, values: Mapping[str, str]) -> str:
    """Return the text with each value: in place of the variable's own line, else at the end."""
    lines, left = before.splitlines(), dict(values)
    for number, line in enumerate(lines):
        name = line.removeprefix("export ").partition("=")[0].strip().upper()
        if name in left:
            lines[number] = f"{name}={_quoted(left.pop(name))}"
    return "".join(f"{line}\n" for line in [*lines, *(f"{name}={_quoted(value)}" for name, value in left.items())])


def _quoted(value: str) -> str:
    if _SIMPLE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _check(path: Path, values: Mapping[str, str]) -> None:
    """Raise BadSettings if a value would be read back otherwise, as one with a line break or a variable may be."""
    found = written_in(path)
    wrong = [name for name, value in values.items() if found.get(name) != value]
    if wrong:
        raise BadSettings(reason=f"{wrong[0]} has characters that a file of settings cannot hold")
