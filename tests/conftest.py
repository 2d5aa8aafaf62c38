"""Fixtures that many tests need."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from bot.settings import Settings
from bot.storage.database import Database
from tests.helpers.certificates import trust_one_authority
from tests.helpers.databases import STORES, fresh_database
from tests.helpers.ledgers import Clock, Opened, audited, mid_november
from tests.helpers.paths import SAMPLES
from tests.helpers.postgres import ON_POSTGRES, databases_of_folders
from tests.helpers.settings import make_settings
from tests.helpers.temporary import memory_for_files

# Test processes share the processors, and the threads of OpenMP spin while they wait for one another: a voice note took
# twice the processor time. It is read when the speech engine is first loaded, here and in every process started here.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# make mutants: the same few examples in every run, for a mutant is not to survive, or to be killed, by chance.
hypothesis_settings.register_profile("mutants", max_examples=10, derandomize=True, deadline=None, database=None)

# A service commits some hundred times in a test, and each commit waits for the disk.
if "TMPDIR" not in os.environ and (memory := memory_for_files()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))

trust_one_authority()


LONG = (
    "tests/cli",
    "tests/end_to_end/test_crash",
    "tests/end_to_end/test_earmark",
    "tests/end_to_end/test_outage",
    "tests/ledger/test_ledger_machine",
    "tests/providers/test_embedded",
    "tests/adapters/api/test_embedded",
    "tests/adapters/telegram/test_run",
    "tests/adapters/discord/test_run",
    "tests/media/test_chunking",
)
"""Files with tests that take many seconds each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let long tests begin first: one that begins last keeps a single processor at work when all others are done."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture
def voice() -> Path:
    """Sixteen seconds of a person reading."""
    return SAMPLES / "voice-note.ogg"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A deployment in an empty folder, whatever the environment says."""
    return make_settings(tmp_path / "data", notes_per_user=2, stop_seconds=0)


@pytest.fixture(autouse=True, scope="session" if not ON_POSTGRES else "function")
def databases() -> Iterator[None]:
    """Drops the databases in PostgreSQL that a test's services had; those of a module's stay until the end."""
    with databases_of_folders():
        yield


@pytest.fixture(params=STORES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database, of each kind in turn."""
    async with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    """It stands in the middle of a month."""
    return mid_november()


@pytest.fixture
async def opened(database: Database, clock: Clock) -> AsyncIterator[Opened]:
    """Opens ledgers, which are audited when the test is over."""
    async with audited(database, clock) as opened:
        yield opened
