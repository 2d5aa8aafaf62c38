"""A service on Discord is killed (-9) at every moment and started again; every text is there once, and paid once.

The quick form looks at some moments (`make test`), the whole one at all of them (`make crash`).
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, func, select

from bot.domain.note import NoteState
from bot.notes.durable import Lanes
from bot.service.core import open_core
from bot.storage import tables
from bot.storage.database import open_database
from tests.doubles.discord.server import Channel, Discord, Person, Seen
from tests.doubles.mortal import CREDIT, SENTENCES
from tests.doubles.mortal_discord import DiscordWorld
from tests.doubles.provider import MODELS, NAME, PaidProvider
from tests.helpers.paths import SAMPLES

WISHES = {"Ada": "paid", "Bea": "paid-later", "Cleo": "paid-silent", "Dora": "paid-speakers"}
"""All write into a channel but Bea, who uses the menu of a message there."""
SAID = "What was said in 16.14 seconds."
SILENCE = "No speech was found in this recording, so there is no text. A louder recording may help."
PRICE = 161_400
VOICE = SAMPLES / "voice-note.ogg"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose databases are made, of a bot that was connected once."""
    folder = tmp_path_factory.mktemp("prepared")
    with Discord() as discord:
        world = DiscordWorld(folder, discord)
        world.live({}, lambda: discord.connected and bool(discord.commands) and is_listening(folder))
    (folder / "data" / "discord-commands").unlink()  # the next Discord is another one
    return folder


def is_listening(folder: Path) -> bool:
    """Return True if the bot wrote down that it listens."""
    return asyncio.run(_heard(folder))


async def _heard(folder: Path) -> bool:
    where = URL.create("sqlite", database=str(folder / "data" / "earmark.db"))
    async with open_database(where) as db, db.reading() as connection:
        return bool(await connection.scalar(select(func.count()).select_from(tables.heard)))


@pytest.fixture(scope="module")
def moments(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return the number of moments in an undisturbed run."""
    counts = run(prepared, tmp_path_factory.mktemp("undisturbed") / "run", [])
    assert counts is not None
    return counts


def run(prepared: Path, folder: Path, kill_at: list[int]) -> int | None:
    """Four people want a voice note each, and the service is killed at these moments, then allowed to end."""
    shutil.copytree(prepared, folder)
    with Discord() as discord:
        people = {name: discord.person(name) for name in WISHES}
        guild = discord.guild("Home", owner=people["Ada"])
        for name in ("Bea", "Cleo", "Dora"):
            guild.join(people[name])
        channel, quiet = guild.channel("voices"), guild.channel("general")
        for name in ("Ada", "Cleo", "Dora"):  # while nobody listens
            channel.say(people[name], voice=VOICE, seconds=16)
        old = quiet.say(people["Ada"], voice=VOICE, seconds=16)
        world = DiscordWorld(folder, discord, channel)

        def is_over() -> bool:
            use = world.retry(people["Bea"], old)
            answer = use.response if use is not None else None
            return answer is not None and SAID in answer.text and ended(channel)

        wishes = {people[name].id: model for name, model in WISHES.items()}
        kills = sum(world.live(wishes, is_over, moment) is None for moment in kill_at)
        count = world.live(wishes, is_over)
        assert discord.pings == []
        asyncio.run(check(world, people, channel, quiet, kills))
    shutil.rmtree(folder)
    return count


def ended(channel: Channel) -> bool:
    return all(holding(channel, text) for text in (SAID, SILENCE, "sentence number"))


async def check(world: DiscordWorld, people: dict[str, Person], channel: Channel, quiet: Channel, kills: int) -> None:
    """Check what must hold after every run that was allowed to end."""
    for text in (SAID, SILENCE):
        assert len(holding(channel, text)) == 1, "the text is there once"
    [story] = holding(channel, "sentence number")
    [(_, whole)] = story.files
    assert all(whole.count(f"number {number} of".encode()) == 1 for number in range(SENTENCES)), "each sentence, once"
    assert len(channel.answers) <= 3 + kills, "only what was being posted at a crash stays empty"
    promised = [use for use in world.uses if use.answered]
    answered = [use for use in promised if use.response is not None and SAID in use.response.text]
    assert answered == promised, "what was promised is there"
    async with open_core(world.settings(), MODELS) as core:
        assert await core.ledger.audit() == []
        assert await core.ledger.statements.holds_open() == []
        rows = await core.ledger.statements.spend()
        states = [one.state for one in await core.notes.recent(20)]
        asked = await core.notes.recent(20, [f"discord:{people['Bea'].id}"])
        balance_of = core.ledger.statements.balance
        balances = {name: await balance_of(f"discord:{person.id}") for name, person in people.items()}
    # One that was written down just before a crash, and so never promised, is answered by a message.
    assert len(holding(quiet, SAID)) == len(asked) >= len(answered), "each of her wishes is answered once"
    assert states.count(NoteState.FAILED) == 1
    assert len(states) >= 4
    assert [balances[name].spent for name in ("Ada", "Cleo", "Dora")] == [PRICE, 0, PRICE]
    assert balances["Bea"].spent == PRICE, "the same recording is paid once, however often she asked"
    assert all((one.balance, one.held) == (CREDIT - one.spent, 0) for one in balances.values())
    charged = sum(call["cost"] for call in PaidProvider(world.folder / "provider").calls())
    booked = sum(row.cost for row in rows if row.provider == NAME)
    assert charged <= booked <= charged + kills * len(WISHES) * Lanes().per_user * PRICE
    assert not any((world.settings().storage.data_dir / "spool").iterdir()), "no file is left"


def holding(channel: Channel, text: str) -> list[Seen]:
    return [one for one in channel.answers if text in one.text]


def some(count: int, of: int) -> Iterator[int]:
    """So many moments, spread evenly over all."""
    return iter(sorted({1 + index * (of - 1) // (count - 1) for index in range(count)}))


def test_killed_at_some_moments_every_text_is_there_once(moments: int, prepared: Path, tmp_path: Path) -> None:
    for moment in some(6, of=moments):
        run(prepared, tmp_path / str(moment), [moment])


@pytest.mark.crash
def test_killed_at_many_moments_every_text_is_there_once(moments: int, prepared: Path, tmp_path: Path) -> None:
    for moment in some(150, of=moments):
        run(prepared, tmp_path / str(moment), [moment])
