"""The schema: made in one go, equal to the tables, never taken backwards."""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.domain.errors import BadSettings
from bot.ledger.identities import Identities, pseudonym
from bot.ledger.ledger import Ledger
from bot.storage.database import Database, open_database
from bot.storage.migrations import migrate, revisions, upgrade
from bot.storage.migrations.alembic_run import settings
from bot.storage.tables import metadata
from tests.helpers.databases import STORES, fresh_database, fresh_url
from tests.helpers.ledgers import allowance, mid_november
from tests.helpers.paths import ROOT


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


async def tables_of(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def written_schema(database: Database) -> set[str]:
    """Every statement that SQLite keeps of its schema, blanks evened out."""
    async with database.reading() as connection:
        rows = await connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {" ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


@pytest.mark.parametrize("store", STORES)
async def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path, store: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with fresh_database(store, tmp_path) as database, database.reading() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize("store", STORES)
async def test_several_processes_may_migrate_at_once(tmp_path: Path, store: str) -> None:
    async with fresh_url(store, tmp_path) as url:
        await asyncio.gather(*(migrate(url) for _ in range(3)))
        async with open_database(url) as database:
            assert "transfer" in await tables_of(database)


async def test_checks_and_triggers_are_the_same_to_the_letter(tmp_path: Path) -> None:
    async with open_database(url_of(tmp_path / "migrated.db")) as migrated:
        await upgrade(migrated)
        async with open_database(url_of(tmp_path / "made.db")) as made:
            async with made.writing() as connection:
                await connection.run_sync(metadata.create_all)
            assert await written_schema(migrated) == await written_schema(made)


async def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    url = url_of(tmp_path / "a.db")
    await migrate(url)
    async with open_database(url) as database:
        before = await written_schema(database)
        await upgrade(database)
        assert await written_schema(database) == before


async def test_a_newer_schema_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with open_database(url_of(tmp_path / "a.db")) as database:
        await upgrade(database)
        async with database.writing() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(BadSettings, match="a newer Earmark has changed the database"):
            await upgrade(database)


@pytest.mark.parametrize("nth", range(1, 12, 2))
async def test_a_migration_that_is_interrupted_leaves_nothing_behind(tmp_path: Path, nth: int) -> None:
    async with open_database(url_of(tmp_path / "a.db")) as database:
        left = [nth]

        def crash(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            left[0] -= statement.lstrip().startswith(("CREATE", "INSERT"))
            if left[0] == 0:
                raise KeyboardInterrupt

        event.listen(database.writer.sync_engine, "before_cursor_execute", crash)
        with pytest.raises(KeyboardInterrupt):
            await upgrade(database)
        event.remove(database.writer.sync_engine, "before_cursor_execute", crash)
        assert await tables_of(database) == set()
        await upgrade(database)
        assert "transfer" in await tables_of(database)


async def test_logging_is_left_as_it_was(tmp_path: Path) -> None:
    root, own = logging.getLogger(), logging.getLogger("bot.some.module")
    before = (list(root.handlers), root.level, own.disabled)
    await migrate(url_of(tmp_path / "a.db"))
    assert (list(root.handlers), root.level, own.disabled) == before


async def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    folder = tmp_path / "100% mine #1"
    await migrate(url_of(folder / "a.db"))
    assert [file.name for file in folder.glob("a.db")] == ["a.db"]


@pytest.mark.parametrize("store", STORES)
async def test_accounts_of_the_schema_before_get_pseudonyms_and_keep_their_money(tmp_path: Path, store: str) -> None:
    secret = b"of this service"
    async with fresh_url(store, tmp_path) as url, open_database(url) as database:
        async with database.writing() as connection:
            await connection.run_sync(to_revision, "0004")
            for statement in OF_BEFORE:
                await connection.exec_driver_sql(statement)
        await upgrade(database, secret)
        async with database.reading() as connection:
            moves = await connection.exec_driver_sql("SELECT debit, credit, account, ref FROM transfer ORDER BY id")
            holds = await connection.exec_driver_sql("SELECT account, opened_by, platform FROM hold")
            moved, held = moves.all(), holds.all()
        ann = pseudonym(secret, "telegram:1")
        assert [tuple(row) for row in moved] == [
            ("house:allowance", ann, ann, f"grant:{ann}:2026-11"),
            ("house:funding", ann, ann, "credit:telegram:1:55"),
            ("house:costs", "provider:nanogpt", None, "cost:n1"),
        ]
        assert [tuple(row) for row in held] == [(ann, ann, "telegram")]
        ledger = Ledger(database, mid_november(), allowance(500), Identities(secret))
        assert (await ledger.statements.balance("telegram:1")).balance == 600
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.writing() as connection:
                await connection.exec_driver_sql("DELETE FROM transfer")


OF_BEFORE = (
    "INSERT INTO account (id, posted, held, granted, month, created_at) "
    "VALUES ('telegram:1', 600, 50, 500, '2026-11', '2026-11-01T00:00:00.000000Z')",
    "INSERT INTO hold (note_id, account, payer, provider, model, seconds, amount, state, created_at) "
    "VALUES ('n1', 'telegram:1', 'user', 'nanogpt', 'm', 60, 50, 'open', '2026-11-01T00:00:00.000000Z')",
    *(
        "INSERT INTO transfer (id, at, month, kind, debit, credit, amount, account, ref) "
        f"VALUES ({number}, '2026-11-01T00:00:00.000000Z', '2026-11', {values})"
        for number, values in enumerate(
            (
                "'grant', 'house:allowance', 'telegram:1', 500, 'telegram:1', 'grant:telegram:1:2026-11'",
                "'credit', 'house:funding', 'telegram:1', 100, 'telegram:1', 'credit:telegram:1:55'",
                "'cost', 'house:costs', 'provider:nanogpt', 7, NULL, 'cost:n1'",
            ),
            start=1,
        )
    ),
)
"""The database of an earlier release: a user with an allowance, a credit, and a note on its way."""


@pytest.mark.parametrize("store", STORES)
async def test_accounts_that_places_have_are_granted_nothing_any_more(tmp_path: Path, store: str) -> None:
    people, places = ("telegram:1", "api:a-1"), ("telegram:-100", "discord:server:7", "discord:channel:8")
    async with fresh_url(store, tmp_path) as url, open_database(url) as database:
        async with database.writing() as connection:
            await connection.run_sync(to_revision, "0005")
            for number, identity in enumerate((*people, *places)):
                for statement in OF_AN_ACCOUNT:
                    await connection.exec_driver_sql(statement.format(number=number, identity=identity))
        await upgrade(database, b"")
        async with database.reading() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT identity.id FROM identity JOIN account ON account.id = account WHERE of_group = 1"
            )
            assert {row.id for row in rows} == set(places)


OF_AN_ACCOUNT = (
    "INSERT INTO account (id, created_at) VALUES ('p-{number}', '2026-11-01T00:00:00.000000Z')",
    "INSERT INTO identity (id, account, created_at) VALUES ('{identity}', 'p-{number}', '2026-11-01T00:00:00.000000Z')",
)


def to_revision(connection: Connection, revision: str) -> None:
    config = settings()
    config.attributes |= {"connection": connection, "secret": b""}
    command.upgrade(config, revision)


def test_the_schemas_known_by_name_are_those_that_alembic_goes_through() -> None:
    assert revisions() == tuple(
        reversed([one.revision for one in ScriptDirectory.from_config(settings()).walk_revisions()])
    )


def test_a_schema_that_is_up_to_date_is_not_waited_for(tmp_path: Path) -> None:
    """Alembic takes half a second to load, which every command of a terminal would wait."""
    url = url_of(tmp_path / "a.db")
    asyncio.run(migrate(url))
    script = (
        "import asyncio, sys\n"
        "from bot.storage.migrations import migrate\n"
        "asyncio.run(migrate(sys.argv[1]))\n"
        "assert not any(name.startswith('alembic') for name in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, url], cwd=ROOT, check=False).returncode == 0
