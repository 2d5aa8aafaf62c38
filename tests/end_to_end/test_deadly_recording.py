"""A recording that ends the process in its recognition is given up after three deaths, and the others go on."""

import asyncio
import os
import signal
from pathlib import Path

from bot.domain.audio import Audio
from bot.domain.errors import EngineDied
from bot.domain.note import NoteState, Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.locales import error_text
from bot.operations.alerts import Kind
from bot.service.core import open_core
from bot.service.worker import Parts, open_service
from bot.storage.tables import alert
from tests.doubles.mortal import CREDIT, World, all_ended
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.forked import PROCESSES
from tests.helpers.paths import SAMPLES

DEADLY, OTHER = "deadly", "other"
PRICE = 161_400
"""16.14 seconds at a cent a second."""


class MortalEngine(PaidProvider):
    """An engine in the service's own process, whose weak spot is one model's recordings."""

    repeatable = True

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        if options.model == "paid-speakers":
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().submit(audio, options, report, user)


def live(folder: Path) -> None:
    """Run the service until both notes have their end."""
    asyncio.run(_live(World(folder)))


async def _live(world: World) -> None:
    platform, engine = FolderPlatform(world.folder / "platform"), MortalEngine(world.folder / "provider")
    voice = SAMPLES / "voice-note.ogg"
    notes = [platform.note(DEADLY, voice, model="paid-speakers"), platform.note(OTHER, voice)]
    async with open_service(world.settings, Parts([platform], [engine], MODELS)) as service:
        await service.core.ledger.credit("folder:ada", CREDIT, "the first")
        for note in notes:
            await service.intake.accept(note)
        await all_ended(service, notes)


def test_it_ends_in_one_sentence_and_costs_nothing(tmp_path: Path) -> None:
    ends = [_exit_code(tmp_path) for _ in range(4)]
    assert ends == [-signal.SIGKILL] * 3 + [0]
    asyncio.run(_check(World(tmp_path)))


def _exit_code(folder: Path) -> int | None:
    process = PROCESSES.Process(target=live, args=(folder,))
    process.start()
    process.join(40)
    return process.exitcode


async def _check(world: World) -> None:
    messages = FolderPlatform(world.folder / "platform").messages()
    assert messages[DEADLY][-1] == error_text("en", EngineDied())
    assert messages[OTHER][-1] == "What was said in 16.14 seconds."
    async with open_core(world.settings, MODELS) as core:
        assert await core.ledger.audit() == []
        assert await core.ledger.statements.holds_open() == []
        balance = await core.ledger.statements.balance("folder:ada")
        assert (balance.balance, balance.held) == (CREDIT - PRICE, 0), "the other is paid once, this one not at all"
        assert sorted(one.state for one in await core.notes.recent(10)) == [NoteState.DONE, NoteState.FAILED]
        async with core.db.reading() as connection:
            assert Kind.RECORDING in {row.kind for row in await connection.execute(alert.select())}
    assert not any((world.settings.storage.data_dir / "spool").iterdir()), "no file is left"
