"""What is stored about a person: given out whole, and forgotten."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.db import Database
from bot.model import Transcript
from bot.notes import FINAL, transcript_of
from bot.preferences import Preferences
from bot.render import text
from bot.tables import hold, note, preference, transcript, transfer

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, and what could not be yet."""

    notes: int
    unfinished: int
    """Notes that have no end yet: they are cancelled, and to be forgotten by another request."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """One account's traces in the database."""

    db: Database
    preferences: Preferences

    async def export(self, account: str, path: Path) -> int:
        """Write all that is stored about an account into a new ZIP file; say how many notes it holds.

        notes.json (what was asked for, when, and how it ended), money.json (every movement and every note's price),
        preferences.json, and each transcript as text and as JSON.
        """
        rows = {"money.json": await self._money(account), "preferences.json": await self._preferences(account)}
        told: list[dict[str, Any]] = []
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            async for batch in self._batches(account):
                for row in batch:
                    said = await transcript_of(row["body"])
                    await asyncio.to_thread(_add, archive, row, said)
                    told.append({name: _shown(value) for name, value in row.items() if name not in ("body", "names")})
            rows["notes.json"] = told
            for name, content in rows.items():
                await asyncio.to_thread(_write, archive, name, content)
        return len(told)

    async def forget(self, account: str) -> Forgotten:
        """Delete an account's notes, transcripts and preferences; its money stays as the books need it."""
        own = note.c.account == account
        async with self.db.writing() as connection:
            await connection.execute(
                sa.update(note).where(own, note.c.state.not_in(FINAL)).values(cancel_requested=True)
            )
            gone = (await connection.execute(sa.delete(note).where(own, note.c.state.in_(FINAL)))).rowcount
            left = await connection.scalar(sa.select(sa.func.count()).select_from(note).where(own)) or 0
        await self.preferences.forget(account)
        return Forgotten(gone, left)

    async def _batches(self, account: str) -> AsyncIterator[list[dict[str, Any]]]:
        """The account's notes with their transcripts, the oldest first."""
        columns = [note.c[name] for name in ("id", "platform", "chat", "message", "media", "options", "state")]
        columns += [note.c.error, note.c.created_at, note.c.finished_at]
        query = (
            sa.select(*columns, transcript.c.body, transcript.c.names)
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .where(note.c.account == account)
            .order_by(note.c.created_at, note.c.id)
            .limit(_BATCH)
        )
        start = 0
        while True:
            async with self.db.reading() as connection:
                rows = (await connection.execute(query.offset(start))).mappings().all()
            if not rows:
                return
            yield [dict(row) for row in rows]
            start += _BATCH

    async def _money(self, account: str) -> dict[str, Any]:
        moved = [transfer.c[name] for name in ("at", "kind", "amount", "note_id", "memo")]
        prices = [hold.c[name] for name in ("note_id", "model", "seconds", "state", "charged", "created_at")]
        async with self.db.reading() as connection:
            transfers = await connection.execute(
                sa.select(*moved).where(transfer.c.account == account).order_by(transfer.c.id)
            )
            holds = await connection.execute(
                sa.select(*prices).where(hold.c.account == account).order_by(hold.c.created_at)
            )
            return {
                "account": account,
                "amounts": "micro-dollars",
                "transfers": [dict(row) for row in transfers.mappings()],
                "notes": [dict(row) for row in holds.mappings()],
            }

    async def _preferences(self, account: str) -> list[dict[str, Any]]:
        query = sa.select(preference.c.name, preference.c.value).where(preference.c.owner == account)
        async with self.db.reading() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]


def _shown(value: Any) -> Any:
    """A recording's link without what signs it: the note may be another run of somebody else's recording."""
    if isinstance(value, dict) and str(value.get("locator", "")).lower().startswith(("http://", "https://")):
        return {**value, "locator": urlsplit(value["locator"])._replace(query="", fragment="").geturl()}
    return value


def _add(archive: zipfile.ZipFile, row: dict[str, Any], said: Transcript | None) -> None:
    if said is not None:
        archive.writestr(f"transcripts/{row['id']}.txt", text(said, row["names"] or {}) + "\n")
        archive.writestr(f"transcripts/{row['id']}.json", _json(row["body"]))


def _write(archive: zipfile.ZipFile, name: str, content: object) -> None:
    archive.writestr(name, _json(content))


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, default=str)
