"""A service on Telegram is killed (-9) at every moment and started again; every text is there once, and paid once.

The quick form looks at some moments (`make test`), the whole one at all of them (`make crash`).
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.note import NoteState
from bot.notes.durable import Lanes
from bot.service.core import open_core
from tests.doubles.mortal import CREDIT, SENTENCES
from tests.doubles.mortal_telegram import TelegramWorld
from tests.doubles.provider import MODELS, NAME, PaidProvider
from tests.doubles.telegram.server import BotApi, Private, Seen
from tests.helpers.paths import SAMPLES

WISHES = {"Ada": "paid", "Bea": "paid-later", "Cleo": "paid-silent", "Dora": "paid-speakers"}
SAID = "What was said in 16.14 seconds."
SILENCE = "No speech was found in this recording, so there is no text. A louder recording may help."
PRICE = 161_400


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose databases are made, so that the moments counted are those of notes."""
    folder = tmp_path_factory.mktemp("prepared")
    with BotApi() as telegram:
        TelegramWorld(folder, telegram).live({})
    return folder


@pytest.fixture(scope="module")
def moments(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return the number of moments in an undisturbed run."""
    counts = run(prepared, tmp_path_factory.mktemp("undisturbed") / "run", [])
    assert counts is not None
    return counts


def run(prepared: Path, folder: Path, kill_at: list[int]) -> int | None:
    """Four people send a voice note each, and the service is killed at these moments, then allowed to end."""
    shutil.copytree(prepared, folder)
    with BotApi() as telegram:
        people = {name: telegram.person(name, language="en") for name in WISHES}
        chats = {name: telegram.private(person, started=True) for name, person in people.items()}
        for name, chat in chats.items():
            chat.say(people[name], voice=SAMPLES / "voice-note.ogg")
        world = TelegramWorld(folder, telegram)
        wishes = {people[name].id: model for name, model in WISHES.items()}
        kills = sum(world.live(wishes, moment) is None for moment in kill_at)
        count = world.live(wishes)
        assert telegram.pending == 0, "every update was taken"
        assert telegram.floods == []
        asyncio.run(check(world, chats, kills))
    shutil.rmtree(folder)
    return count


async def check(world: TelegramWorld, chats: dict[str, Private], kills: int) -> None:
    """Check what must hold after every run that was allowed to end."""
    for name, text in {"Ada": SAID, "Bea": SAID, "Cleo": SILENCE}.items():
        assert len(holding(chats[name], text)) == 1, f"{name} has the text once"
    story = holding(chats["Dora"], "sentence number")
    written = " ".join(one.text for one in story)
    assert all(written.count(f"number {number} of") == 1 for number in range(SENTENCES)), "each sentence, once"
    empty = sum(len(chat.answers) for chat in chats.values()) - 3 - len(story)
    assert empty <= kills * len(WISHES), "only what was being posted at a crash stays empty"
    async with open_core(world.settings(), MODELS) as core:
        assert await core.ledger.audit() == []
        assert await core.ledger.statements.holds_open() == []
        rows = await core.ledger.statements.spend()
        states = sorted(one.state for one in await core.notes.recent(10))
        balances = [await core.ledger.statements.balance(f"telegram:{chat.id}") for chat in chats.values()]
    assert states == [NoteState.DONE] * 3 + [NoteState.FAILED]
    assert [one.spent for one in balances] == [PRICE, PRICE, 0, PRICE], "each answer is paid once, whatever happened"
    assert [(one.balance, one.held) for one in balances] == [(CREDIT - one.spent, 0) for one in balances]
    charged = sum(call["cost"] for call in PaidProvider(world.folder / "provider").calls())
    booked = sum(row.cost for row in rows if row.provider == NAME)
    assert charged <= booked <= charged + kills * len(WISHES) * Lanes().per_user * PRICE
    assert not any((world.settings().storage.data_dir / "spool").iterdir()), "no file is left"


def holding(chat: Private, text: str) -> list[Seen]:
    return [one for one in chat.answers if text in one.text]


def some(count: int, of: int) -> Iterator[int]:
    """So many moments, spread evenly over all."""
    return iter(sorted({1 + index * (of - 1) // (count - 1) for index in range(count)}))


def test_killed_at_some_moments_every_text_is_there_once(moments: int, prepared: Path, tmp_path: Path) -> None:
    for moment in some(8, of=moments):
        run(prepared, tmp_path / str(moment), [moment])


@pytest.mark.crash
def test_killed_at_many_moments_every_text_is_there_once(moments: int, prepared: Path, tmp_path: Path) -> None:
    for moment in some(150, of=moments):
        run(prepared, tmp_path / str(moment), [moment])
