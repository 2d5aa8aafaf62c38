"""What stands in the database, opened: for all who read and write it without working on notes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import URL

from bot.catalog import Catalog, ModelInfo
from bot.commands import Commands
from bot.db import open_database
from bot.errors import BadSettings
from bot.keys import Keys
from bot.ledger import Ledger, Terms
from bot.migrations import upgrade
from bot.money import micros
from bot.notes import Notes
from bot.offer import catalog_of
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Books:
    """Notes, money, and the models that can be asked for."""

    notes: Notes
    ledger: Ledger
    catalog: Catalog
    keys: Keys
    commands: Commands


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_books(settings: Settings, models: Sequence[ModelInfo] = ()) -> AsyncIterator[Books]:
    """The database, migrated. Any number of processes may have it open."""
    folder = make_data_folder(settings)
    async with open_database(URL.create("sqlite", database=str(folder / "earmark.db"))) as db:
        await upgrade(db)
        terms = Terms(
            plan=settings.terms,
            allowance=micros(settings.allowance),
            markup=settings.markup,
            month_zone=ZoneInfo(settings.timezone),
        )
        notes, ledger = Notes(db, now), Ledger(db, now, terms)
        yield Books(notes, ledger, catalog_of(settings, models), Keys(db, now), Commands(notes, ledger))


def make_data_folder(settings: Settings) -> Path:
    """The data folder, made where it is missing, for its owner's eyes only. Raises BadSettings."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(reason=f"the data folder cannot be made ({error.strerror})") from error
    return settings.data_dir
