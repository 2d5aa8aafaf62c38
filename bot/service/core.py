"""What stands in the database, opened: for all who read and write it without working on notes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import URL

from bot.chat.operator_commands import OperatorCommands
from bot.chat.queries import Queries
from bot.domain.catalog import Catalog, ModelInfo
from bot.domain.errors import BadSettings
from bot.domain.languages import normalise_language
from bot.domain.money import micros
from bot.ledger.identities import Identities
from bot.ledger.ledger import Ledger, Terms
from bot.notes.erasure import NoteErasure
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.people.access import Lists, People
from bot.people.admission import Admission
from bot.people.api_keys import ApiKeys
from bot.people.preferences import Choice, Preferences
from bot.people.privacy import Privacy
from bot.service.model_offer import catalog_of
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.instance_secret import check_secret, secret_of
from bot.storage.migrations import upgrade


@dataclass(frozen=True, slots=True)
class Core:
    """Notes, money, and the models that can be asked for."""

    notes: NoteViews
    note_repository: NoteRepository
    ledger: Ledger
    catalog: Catalog
    keys: ApiKeys
    queries: Queries
    preferences: Preferences
    privacy: Privacy
    operators: OperatorCommands
    people: People
    admission: Admission
    db: Database


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_core(settings: Settings, models: Sequence[ModelInfo] = ()) -> AsyncIterator[Core]:
    """The database, migrated. Any number of processes may have it open. Raises BadSettings."""
    folder = make_data_folder(settings)
    async with open_database(URL.create("sqlite", database=str(folder / "earmark.db"))) as db:
        secret = await asyncio.to_thread(secret_of, folder)
        await upgrade(db, secret)
        await check_secret(db, secret, now())
        terms, identities = _terms(settings), Identities(secret)
        notes, ledger = NoteViews(db, now), Ledger(db, now, terms, identities)
        repository = NoteRepository(db, now)
        people = People(db, now, terms, identities, _lists(settings))
        admission = Admission(db, now, people)
        catalog = catalog_of(settings, models)
        preferences = Preferences(db, catalog, _chosen(settings))
        yield Core(
            notes=notes,
            note_repository=repository,
            ledger=ledger,
            catalog=catalog,
            keys=ApiKeys(db, now),
            queries=Queries(notes, repository, ledger, people, catalog, settings.markup),
            preferences=preferences,
            privacy=Privacy(db, now, identities, NoteErasure()),
            operators=OperatorCommands(db, people, admission, ledger, notes),
            people=people,
            admission=admission,
            db=db,
        )


def _terms(settings: Settings) -> Terms:
    return Terms(
        plan=settings.terms,
        allowance=micros(settings.allowance),
        markup=settings.markup,
        month_zone=ZoneInfo(settings.timezone),
        day_allowance=micros(settings.day_allowance) if settings.day_allowance else None,
        free_seconds=settings.free_minutes * 60,
        day_budget=micros(settings.day_budget) if settings.day_budget else None,
    )


def _lists(settings: Settings) -> Lists:
    return Lists(settings.operators, settings.allowed, settings.blocked, strangers=settings.strangers)


def _chosen(settings: Settings) -> dict[Choice, str]:
    """What the operator chose for everybody who does not choose."""
    return {Choice.LANGUAGE: normalise_language(settings.language), Choice.ASK_ABOVE: settings.ask_above}


def make_data_folder(settings: Settings) -> Path:
    """The data folder, made where it is missing, for its owner's eyes only. Raises BadSettings."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(reason=f"the data folder cannot be made ({error.strerror})") from error
    return settings.data_dir
