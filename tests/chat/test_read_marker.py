"""Read marker: the time until which a bot read its chats, and the chats with messages since."""

from datetime import timedelta
from pathlib import Path

from bot.chat.read_marker import ReadMarker
from bot.domain.note import MediaRef, Note, NoteKey, Options
from bot.notes.repository import NoteRepository
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import mid_november


async def test_a_bot_knows_when_it_heard_last_and_another_does_not(tmp_path: Path) -> None:
    async with fresh_database("sqlite", tmp_path) as database:
        clock = mid_november()
        heard, other = ReadMarker(database, "discord", "1"), ReadMarker(database, "discord", "2")
        assert await heard.last() is None
        for _ in range(2):
            await heard.mark(clock())
            assert await heard.last() == clock()
            clock.now += timedelta(minutes=1)
        assert await other.last() is None


async def test_chats_that_wrote_lately_are_known_by_their_newest_note(tmp_path: Path) -> None:
    async with fresh_database("sqlite", tmp_path) as database:
        clock = mid_november()
        notes, heard = NoteRepository(database, clock), ReadMarker(database, "discord", "1")

        async def write(chat: str, message: str, bot: str = "1") -> None:
            key = NoteKey("discord", bot, chat, message)
            await notes.add(Note(key, "discord:5", MediaRef("x"), Options("whisper-base"), {"message": message}))

        await write("old", "1")
        clock.now += timedelta(days=2)
        since = clock()
        await write("dm", "2")
        clock.now += timedelta(minutes=1)
        await write("dm", "3")
        await write("other", "4", bot="2")
        clock.now += timedelta(minutes=1)
        await write("another", "5")
        newest_first = [("another", {"message": "5"}), ("dm", {"message": "3"})]
        assert await heard.chats(since, 10) == newest_first
        assert await heard.chats(since, 1) == newest_first[:1]
