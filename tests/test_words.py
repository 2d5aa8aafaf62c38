"""The language of the code: docstrings begin with a verb or a noun, and comments name the actor."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT


def _parts(folder: str) -> list[str]:
    """Return the packages of a folder, and the modules beside them."""
    found = {path.relative_to(ROOT).parts[1] for path in (ROOT / folder).rglob("*.py")}
    return [f"{folder}/{name}" for name in sorted(found)]


CHECKED = [
    *_parts("adapters"),
    *_parts("bot"),
    *_parts("tests"),
]
MOST = 0.02

_QUESTION = re.compile(r"(What|Whether|Who|Whose|Whom|Where|How|Those)\b")
_NO_ACTOR = re.compile(r"\b(houses?|somebody|anybody|whoever|whom|those who|people who)\b", re.IGNORECASE)
_STORED = re.compile(r"house:\w*|'house'|\"house\"|; house \(the operator\)")
"""Stored names of the operator's accounts, and of the payer of a hold in the open plan."""
_NOT_IN_NAMES = re.compile(r"house(?!keep)|somebody|whom|purse|tongue|wish", re.IGNORECASE)


def modules(package: str) -> list[Path]:
    path = ROOT / package
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


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
    assert len(questions) <= MOST * len(found), questions


@pytest.mark.parametrize("package", CHECKED)
def test_comments_name_the_actor(package: str) -> None:
    for path in modules(package):
        for text in [*docstrings(path), *comments(path)]:
            assert not _NO_ACTOR.search(_STORED.sub("", text)), (path, text)


@pytest.mark.parametrize("package", CHECKED)
def test_names_use_the_glossary(package: str) -> None:
    for path in modules(package):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        names = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
        bad = {name for name in names if _NOT_IN_NAMES.search(name)}
        assert not bad, path
