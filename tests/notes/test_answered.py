"""First words of texts, as lists show them."""

from pathlib import Path

from bot.domain.billing import Quote
from bot.notes.answered import AnsweredNotes
from bot.service.core import open_core
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, transcript_of
from tests.helpers.ledgers import mid_november


async def test_a_text_has_no_first_words_before_its_price_is_settled(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    note = FolderPlatform(tmp_path / "platform").note("1", voice)
    said = transcript_of(16.0, "paid")
    async with open_core(settings, MODELS, mid_november()) as core:
        answered = AnsweredNotes(core.db)
        await core.note_repository.add(note)
        await core.ledger.hold(note.id, note.user, "paid", Quote("paid", 16.0, said.cost, said.cost), platform="folder")
        await core.note_repository.keep_transcript(note.id, said)
        assert await answered.beginnings([note.id]) == {}
        await core.ledger.settle(note.id, said.cost)
        assert await answered.beginnings([note.id]) == {note.id: said.text}
