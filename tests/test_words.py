"""The language of the code: docstrings begin with a verb or a noun, and comments name the actor."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

CHECKED = [
    "adapters/api",
    "adapters/discord",
    "adapters/telegram",
    "bot/ledger",
    "bot/media",
    "bot/operations",
    "bot/people",
    "bot/providers",
    "bot/rendering",
    "bot/storage",
]
"""Packages in plain words; every other package comes in when it is rewritten."""
NOT_YET = {"bot/operations/backup.py", "bot/storage/database.py", "bot/storage/migrations"}
MOST = 0.02

_QUESTION = re.compile(r"(What|Whether|Who|Whose|Whom|Where|How|Those)\b")
_HOUSE = re.compile(r"\bhouses?\b", re.IGNORECASE)
_STORED = re.compile(r"house:\w*|'house'|\"house\"|; house \(the operator\)")
"""Stored names of the operator's accounts, and of the payer of a hold in the open plan."""


def modules(package: str) -> Iterator[Path]:
    for path in sorted((ROOT / package).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not any(name.startswith(left_out) for left_out in NOT_YET):
            yield path


def docstrings(path: Path) -> list[str]:
    """Return all docstrings of a module, those of fields included."""
    bodies = [getattr(node, "body", []) for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    statements = [statement for body in bodies if isinstance(body, list) for statement in body]
    values = [statement.value for statement in statements if isinstance(statement, ast.Expr)]
    return [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]


def comments(path: Path) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


@pytest.mark.parametrize("package", CHECKED)
def test_docstrings_hardly_ever_begin_with_an_indirect_question(package: str) -> None:
    found = [text for path in modules(package) for text in docstrings(path)]
    questions = [text for text in found if _QUESTION.match(text)]
    assert len(questions) < MOST * len(found), questions


@pytest.mark.parametrize("package", CHECKED)
def test_the_operator_is_not_called_the_house(package: str) -> None:
    for path in modules(package):
        for text in [*docstrings(path), *comments(path)]:
            assert not _HOUSE.search(_STORED.sub("", text)), (path, text)


@pytest.mark.parametrize("package", CHECKED)
def test_names_do_not_speak_of_the_house_nor_of_its_people(package: str) -> None:
    for path in modules(package):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        names = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
        bad = {name for name in names if re.search(r"house|somebody|whom", name, re.IGNORECASE)}
        assert not bad, path
