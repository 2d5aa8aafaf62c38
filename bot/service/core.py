"""The database and the services on it, opened: for everything that does not process notes itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat.note_messages import PostedMessages
from bot.chat.operator_commands import OperatorCommands
from bot.chat.queries import Queries
from bot.domain.catalog import Catalog, ModelInfo
from bot.domain.errors import BadSettings
from bot.domain.languages import normalise_language
from bot.domain.money import plain_dollars
from bot.domain.ports import Clock
from bot.ledger.accounts import Terms
from bot.ledger.identities import Identities
from bot.ledger.ledger import Ledger
from bot.notes.erasure import NoteErasure
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.people.access import Admission, Lists, People, admits_strangers
from bot.people.access_requests import AccessRequests
from bot.people.api_keys import ApiKeys
from bot.people.owner_claim import OwnerClaim
from bot.people.preferences import Choice, Preferences
from bot.people.privacy import Privacy
from bot.people.voices import Voices
from bot.service.databases import books_url
from bot.service.model_offer import catalog_of
from bot.settings import AccessSettings, Settings, Storage
from bot.storage.database import Database, open_database
from bot.storage.instance_secret import check_secret, secret_of
from bot.storage.migrations import upgrade
from bot.support.clock import now
from bot.support.files import Room, private_folder


@dataclass(frozen=True, slots=True)
class Core:
    """Notes, money, users, and the models that can be asked for."""

    notes: NoteViews
    note_repository: NoteRepository
    ledger: Ledger
    catalog: Catalog
    keys: ApiKeys
    queries: Queries
    preferences: Preferences
    voices: Voices
    privacy: Privacy
    operators: OperatorCommands
    people: People
    admission: Admission
    requests: AccessRequests
    claim: OwnerClaim
    db: Database
    room: Room
    clock: Clock
    secret: bytes = field(repr=False)
    """The instance's secret, behind links, buttons and pseudonyms."""


@asynccontextmanager
async def open_core(settings: Settings, models: Sequence[ModelInfo] = (), clock: Clock = now) -> AsyncIterator[Core]:
    """Open the database and migrate it. Any number of processes may have it open. Raises BadSettings."""
    folder = make_data_folder(settings.storage)
    async with open_database(books_url(settings.storage)) as db:
        secret = await asyncio.to_thread(secret_of, folder)
        await upgrade(db, secret)
        await check_secret(db, secret, clock())
        terms, identities = _terms(settings), Identities(secret)
        notes, ledger = NoteViews(db, clock), Ledger(db, clock, terms, identities)
        repository = NoteRepository(db, clock)
        people = People(db, clock, terms, identities, await _lists(settings.access, db))
        admission = Admission(db, clock, people)
        catalog = catalog_of(settings, models)
        preferences = Preferences(db, catalog, _defaults(settings))
        yield Core(
            notes=notes,
            note_repository=repository,
            ledger=ledger,
            catalog=catalog,
            keys=ApiKeys(db, clock),
            queries=Queries(
                notes, repository, PostedMessages(db, clock), ledger.statements, people, catalog, settings.money.markup
            ),
            preferences=preferences,
            voices=Voices(db, clock, identities),
            privacy=Privacy(db, clock, identities, NoteErasure()),
            operators=OperatorCommands(db, people, admission, ledger, notes, repository),
            people=people,
            admission=admission,
            requests=AccessRequests(db, clock, identities),
            claim=OwnerClaim(people, clock),
            db=db,
            room=Room(folder, settings.storage.spare_bytes),
            clock=clock,
            secret=secret,
        )


def _terms(settings: Settings) -> Terms:
    money = settings.money
    return Terms(
        plan=settings.plan,
        allowance=money.allowance,
        markup=money.markup,
        month_zone=money.timezone,
        day_allowance=money.day_allowance,
        free_seconds=money.free_minutes * 60,
        day_budget=money.day_budget,
        day_share=money.day_share,
        unshared=settings.access.owners,
        loss_limit=money.loss_limit or None,
    )


async def _lists(access: AccessSettings, db: Database) -> Lists:
    strangers = await admits_strangers(db) if access.strangers is None else access.strangers
    return Lists(access.owners, access.allow, access.block, strangers=strangers)


def _defaults(settings: Settings) -> dict[Choice, str]:
    """Return the choices of users who choose nothing, as text."""
    above = settings.money.ask_above
    return {
        Choice.LANGUAGE: normalise_language(settings.engine.language),
        Choice.VOCABULARY: settings.engine.vocabulary,
        Choice.ASK_ABOVE: "" if above is None else plain_dollars(above),
    }


def make_data_folder(storage: Storage) -> Path:
    """Return the data folder; make it if it is missing, readable by its owner alone. Raises BadSettings."""
    try:
        return private_folder(storage.data_dir)
    except OSError as error:
        raise BadSettings(reason=f"the data folder cannot be made ({error.strerror})") from error
