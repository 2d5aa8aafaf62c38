"""Each table has one package that writes it; what other packages read of it is named here."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.storage.tables import metadata
from tests.helpers.paths import ROOT


@dataclass(frozen=True)
class Owned:
    """The owners of each table."""

    writers: frozenset[str]
    readers: frozenset[str] = frozenset()
    """Packages that read it beside its writers, in joins of their own."""


def by(*writers: str, read_by: tuple[str, ...] = ()) -> Owned:
    return Owned(frozenset(writers), frozenset(read_by))


TABLES = {
    "access_request": by("people"),
    "account": by("ledger", read_by=("people", "storage")),
    "alert": by("operations"),
    "api_key": by("people"),
    "arrival": by("chat"),
    "heard": by("chat"),
    "hold": by("ledger", read_by=("notes", "operations", "people")),
    "identity": by("ledger", read_by=("people", "storage")),
    "link_code": by("people"),
    "note": by("notes", read_by=("chat", "ledger", "operations", "people")),
    "posted": by("chat", read_by=("people",)),
    "preference": by("people"),
    "submission": by("notes", read_by=("ledger", "people")),
    "switch": by("people", "storage"),  # named values: the secret's fingerprint is storage's, all others are people's
    "transcript": by("notes", read_by=("people",)),
    "transfer": by("ledger", read_by=("people",)),
    "voice": by("people"),
}
_WRITES = frozenset({"insert", "update", "delete"})


def package_of(path: Path) -> str:
    return path.relative_to(ROOT / "bot").parts[0]


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if "migrations" not in path.parts and path.name != "tables.py":
            yield package_of(path), ast.parse(path.read_text("utf-8"))


def tables_in(module: ast.Module) -> dict[str, str]:
    """The tables that a module imports, by the names that it gives them."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module == "bot.storage.tables"
        for alias in node.names
        if alias.name in metadata.tables
    }


def written_in(module: ast.Module) -> Iterator[str]:
    """The local names of what a module inserts into, updates or deletes from."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _WRITES and isinstance(called.value, ast.Name):
            yield called.value.id  # note.insert(), or sa.insert(note)
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in _WRITES or name == "insert_new":
            yield from (one.id for one in node.args if isinstance(one, ast.Name))


def test_only_the_owner_of_a_table_writes_it() -> None:
    writers: dict[str, set[str]] = defaultdict(set)
    for package, module in modules():
        names = tables_in(module)
        for name in written_in(module):
            if name in names:
                writers[names[name]].add(package)
    assert writers == {table: set(owned.writers) for table, owned in TABLES.items()}


def test_only_packages_that_are_named_read_a_table_of_another() -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for package, module in modules():
        for table in tables_in(module).values():
            users[table].add(package)
    assert users == {table: set(owned.writers | owned.readers) for table, owned in TABLES.items()}


def test_every_table_is_named() -> None:
    assert set(TABLES) == set(metadata.tables)
