"""Read marker: the time until which a bot read its chats, so that after a time away it can read what it missed."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.storage.database import Database, insert_new
from bot.storage.tables import heard, note


class ReadMarker:
    """One for each bot of a platform that does not keep events for bots that are away."""

    def __init__(self, db: Database, platform: str, bot: str) -> None:
        self._db = db
        self._own = {"platform": platform, "bot": bot}

    async def mark(self, at: datetime) -> None:
        """Record that the bot has read everything until then."""
        which = (heard.c.platform == self._own["platform"]) & (heard.c.bot == self._own["bot"])
        async with self._db.writing() as connection:
            if not await insert_new(connection, heard, {**self._own, "at": at}):
                await connection.execute(sa.update(heard).where(which).values(at=at))

    async def last(self) -> datetime | None:
        """Return the time of the last mark; None if there is none."""
        which = (heard.c.platform == self._own["platform"]) & (heard.c.bot == self._own["bot"])
        async with self._db.reading() as connection:
            at: datetime | None = await connection.scalar(sa.select(heard.c.at).where(which))
        return at

    async def chats(self, since: datetime, most: int) -> list[tuple[str, Mapping[str, str]]]:
        """Return the chats of notes since then, with the details of the newest note of each; the newest first, no more
        than `most`."""
        ours = (note.c.platform == self._own["platform"]) & (note.c.bot == self._own["bot"])
        own = ours & (note.c.created_at >= since)
        at = sa.func.max(note.c.created_at).label("at")
        newest = sa.select(note.c.chat, at).where(own).group_by(note.c.chat)
        last = newest.order_by(at.desc(), note.c.chat).limit(most).subquery()
        query = sa.select(note.c.chat, note.c.details).where(own)
        query = query.join(last, (note.c.chat == last.c.chat) & (note.c.created_at == last.c.at))
        query = query.order_by(last.c.at.desc(), note.c.chat)
        async with self._db.reading() as connection:
            return list({row.chat: row.details for row in await connection.execute(query)}.items())
