"""Enrolled voices: awaited for a while, one for a person, exported, and erased with the person."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.voice import KnownVoice, Voiceprint
from bot.notes.erasure import NoteErasure
from bot.people.access import Lists, People
from bot.people.privacy import Privacy
from bot.people.retention import Kept, Retention
from bot.people.voices import AWAITED_FOR, Voices
from bot.storage.database import Database
from bot.storage.tables import voice
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, Clock, allowance
from tests.people.test_privacy import NoEngine

HEARD = Voiceprint("m", (0.6, 0.8))
MOMENT = timedelta(seconds=1)


@pytest.fixture
def voices(database: Database, clock: Clock) -> Voices:
    return Voices(database, clock, IDENTITIES)


async def test_a_voice_is_awaited_after_the_consent_until_it_is_recorded(voices: Voices) -> None:
    assert not await voices.awaited(ANN)
    assert await voices.keep(ANN, HEARD) is None, "nobody agreed"
    await voices.agree(ANN, "Ann")
    assert await voices.awaited(ANN)
    assert not await voices.awaited(BOB)
    assert await voices.of(ANN) is None
    assert await voices.keep(ANN, HEARD) == "Ann"
    assert not await voices.awaited(ANN)
    assert await voices.of(ANN) == KnownVoice("Ann", HEARD)
    assert await voices.of(BOB) is None


async def test_a_consent_is_good_for_a_quarter_of_an_hour(voices: Voices, clock: Clock) -> None:
    await voices.agree(ANN, "Ann")
    clock.now += AWAITED_FOR - MOMENT
    assert await voices.awaited(ANN)
    clock.now += MOMENT
    assert not await voices.awaited(ANN)
    assert await voices.keep(ANN, HEARD) is None


async def test_a_person_has_one_voice_on_all_linked_platforms_until_it_is_deleted(
    voices: Voices, database: Database, clock: Clock
) -> None:
    people = People(database, clock, allowance(0), IDENTITIES, Lists())
    for who, name in ((ANN, "Ann"), (BOB, "Bob")):
        await voices.agree(who, name)
        await voices.keep(who, HEARD)
    await people.link(BOB, await people.code(ANN))
    clock.now += MOMENT
    await voices.agree(BOB, "Annie")
    assert await voices.of(ANN) is None, "a new consent takes the place of all voices"
    await voices.keep(BOB, HEARD)
    assert await voices.of(ANN) == KnownVoice("Annie", HEARD)
    await voices.delete(ANN)
    assert await voices.of(BOB) is None
    assert await _rows(database) == 0


async def test_a_voice_is_exported_and_erased_with_all_else(
    voices: Voices, database: Database, clock: Clock, tmp_path: Path
) -> None:
    for who in (ANN, BOB):
        await voices.agree(who, "Me")
        await voices.keep(who, HEARD)
    privacy = Privacy(database, clock, IDENTITIES, NoteErasure())
    await privacy.export(ANN, tmp_path / "ann.zip")
    with zipfile.ZipFile(tmp_path / "ann.zip") as archive:
        [exported] = json.loads(archive.read("person.json"))["voices"]
    assert (exported["owner"], exported["name"], exported["vector"]) == (ANN, "Me", [0.6, 0.8])
    await privacy.forget(ANN)
    assert await voices.of(ANN) is None
    assert await voices.of(BOB) is not None


async def test_retention_erases_the_voice_of_a_person_who_stays_away(
    voices: Voices, database: Database, clock: Clock
) -> None:
    await voices.agree(ANN, "Ann")
    await voices.keep(ANN, HEARD)
    privacy = Privacy(database, clock, IDENTITIES, NoteErasure())
    clock.now += timedelta(days=61)
    await Retention(privacy, Kept(names=timedelta(days=60))).tidy(NoEngine())
    assert await _rows(database) == 0


async def _rows(database: Database) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(voice)) or 0)
