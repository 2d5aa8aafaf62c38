"""Export and erasure of a person's data, on all linked platforms."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.identity import AccountId
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.ledger.erasure import blank_places
from bot.ledger.identities import Identities, family
from bot.people import erasure
from bot.rendering import text
from bot.storage.database import Database
from bot.storage.rows import transcript_of
from bot.storage.tables import (
    access_request,
    account,
    api_key,
    hold,
    identity,
    link_code,
    note,
    posted,
    preference,
    submission,
    transcript,
    transfer,
    voice,
)
from bot.support.files import new_private_file

_BATCH = 100
_NOTE = (
    "id platform bot account chat message place payer media options details state error created_at finished_at agreed "
    "sound_hash"
)
_MOVED = "at month kind amount debit credit note_id ref memo"
_PRICED = "note_id platform chat model seconds free_seconds state amount charged given returned created_at resolved_at"
_POSTED = "part at"
_HANDED = "attempt piece state answer cost intended_at"
_LEFT_OUT = frozenset({"token"})
"""Keys of a note's details that are not exported: with the token its reader could write as the bot."""


class WorkflowErasure(Protocol):
    """The part of the durable engine that erasure needs."""

    async def forget(self, kept: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> bool:
        """Erase every workflow whose note `kept` does not return (it is called with a few at a time).

        False if one of them has not ended yet. An erased workflow is in no file any more.
        """


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The result of a request for erasure."""

    notes: int
    unfinished: int
    """Unfinished notes: they are cancelled, and deleted when they end."""
    identities: Sequence[str] = ()
    """The erased identities."""
    keys: Sequence[str] = ()
    """Ids of API keys that still open this account, until they are revoked."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """A person's data in the database."""

    db: Database
    clock: Clock
    identities: Identities
    notes: erasure.NoteErasure

    async def people(self, who: str) -> Sequence[str]:
        """Return all identities of the person, the given one included."""
        async with self.db.reading() as connection:
            return await self._people(connection, who)

    async def export(self, who: str, path: Path) -> int:
        """Write all data of a person into a new ZIP file; return the number of notes.

        person.json (linked identities, role, settings, enrolled voice), notes.json (requests, times and results),
        money.json (every movement and every note's price), and each transcript as text and as JSON. The file is
        readable by its owner only. Raises FileExistsError.
        """
        people = await self.people(who)
        told: list[dict[str, Any]] = []
        with (
            await asyncio.to_thread(new_private_file, path) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            async for batch in self._batches(people):
                for row in batch:
                    said = await transcript_of(row["body"])
                    await asyncio.to_thread(_add, archive, row, said)
                    told.append({name: _shown(value) for name, value in row.items() if name != "body"})
            content = {"notes": told, "person": await self._person(people), "money": await self._money(who)}
            for name, found in content.items():
                await asyncio.to_thread(_write, archive, f"{name}.json", found)
        return len(told)

    async def forget(self, who: str) -> Forgotten:
        """Delete all data of a person; the ledger keeps the money, without a name.

        Notes in progress are cancelled. `finish` deletes the rest, and the person's identities.
        """
        now = self.clock()
        async with self.db.writing() as connection:
            people = await self._people(connection, who)
            await erasure.request(connection, people, await self.identities.account_of(connection, who), now)
            left = await self.notes.cancel(connection, people)
            await erasure.delete_choices(connection, people)
            await blank_places(connection, await self._accounts(connection, who))
            used = sa.select(api_key.c.id).where(api_key.c.account.in_(people)).order_by(api_key.c.created_at)
            keys = (await connection.scalars(used)).all()
        return Forgotten(await self._delete_notes(erasure.ErasureRequest(people, now)), left, people, keys)

    async def finish(self, engine: WorkflowErasure | None) -> bool:
        """Complete the requests of `forget`, as far as notes have ended; return True if nothing is left.

        May be called at any time, repeatedly, and in several processes. `engine` is None if there never was one.
        """
        async with self.db.reading() as connection:
            requests = await erasure.requests(connection)
        ready = [request for request in requests if await self._has_no_notes(request)]
        for request in ready:
            async with self.db.writing() as connection:
                await erasure.delete_people(connection, self.identities, request.people)
        if not ready or not await self.clear(engine):
            return not requests
        # Last, so that a crash leaves no file unerased.
        async with self.db.writing() as connection:
            for request in ready:
                await erasure.complete(connection, request)
        return await self.db.checkpoint() and len(ready) == len(requests)

    async def clear(self, engine: WorkflowErasure | None) -> bool:
        """Erase deleted notes from all files; False if this must be repeated."""
        return (engine is None or await engine.forget(self._there)) and await self.db.wipe()

    async def _has_no_notes(self, request: erasure.ErasureRequest) -> bool:
        """Delete finished notes; return True if none is left."""
        await self._delete_notes(request)
        async with self.db.reading() as connection:
            return not await self.notes.count_unfinished(connection, request.people, request.until)

    async def _delete_notes(self, request: erasure.ErasureRequest) -> int:
        """Delete in small batches, so that others can write in between."""
        gone = 0
        while True:
            async with self.db.writing() as connection:
                some = await self.notes.delete_sent(connection, request.people, request.until, _BATCH)
            gone += some
            if some < _BATCH:
                return gone

    async def _there(self, note_ids: Collection[str]) -> Collection[str]:
        async with self.db.reading() as connection:
            return (await connection.scalars(sa.select(note.c.id).where(note.c.id.in_(note_ids)))).all()

    async def _people(self, connection: AsyncConnection, who: str) -> Sequence[str]:
        shared = await self.identities.sharing(connection, await self.identities.account_of(connection, who))
        return shared or [who]

    async def _accounts(self, connection: AsyncConnection, who: str) -> Sequence[AccountId]:
        return await family(connection, await self.identities.account_of(connection, who))

    async def _batches(self, people: Sequence[str]) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield the person's notes with their transcripts, the oldest first."""
        query = (
            sa.select(*_columns(note, _NOTE), transcript.c.body, transcript.c.names, hold.c.state.label("money"))
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .outerjoin(hold, hold.c.note_id == note.c.id)
            .where(note.c.account.in_(people))
            .order_by(note.c.created_at, note.c.id)
            .limit(_BATCH)
        )
        after = sa.true()
        while True:
            async with self.db.reading() as connection:
                rows = [dict(row) for row in (await connection.execute(query.where(after))).mappings()]
                ids = [row["id"] for row in rows]
                messages = await _grouped(connection, posted, _POSTED, ids)
                submissions = await _grouped(connection, submission, _HANDED, ids)
            if not rows:
                return
            yield [
                _without_unpaid_texts(
                    {**row, "messages": messages.get(row["id"], []), "submissions": submissions.get(row["id"], [])}
                )
                for row in rows
            ]
            last = rows[-1]
            same = (note.c.created_at == last["created_at"]) & (note.c.id > last["id"])
            after = (note.c.created_at > last["created_at"]) | same

    async def _person(self, people: Sequence[str]) -> dict[str, Any]:
        known = sa.select(*_columns(identity, "id role created_at")).where(identity.c.id.in_(people))
        chosen = sa.select(*_columns(preference, "owner name value"))
        codes = sa.select(*_columns(link_code, "identity until used_by"))
        concerned = link_code.c.identity.in_(people) | link_code.c.used_by.in_(people)
        keys = sa.select(*_columns(api_key, "id name created_at revoked_at"))
        asked = sa.select(*_columns(access_request, "identity name locale asked_at state decided_at"))
        return {
            "identities": await self._rows(known) or [{"id": one} for one in people],
            "preferences": await self._rows(chosen.where(preference.c.owner.in_(people))),
            "voices": await self._rows(sa.select(voice).where(voice.c.owner.in_(people))),
            "codes": await self._rows(codes.where(concerned)),
            "keys": await self._rows(keys.where(api_key.c.account.in_(people))),
            "access_requests": await self._rows(asked.where(access_request.c.identity.in_(people))),
        }

    async def _money(self, who: str) -> dict[str, Any]:
        """Return the movements of the account, merged accounts included."""
        async with self.db.reading() as connection:
            accounts = await self._accounts(connection, who)
        its = [transfer.c[name].in_(accounts) for name in ("account", "debit", "credit")]
        moved = sa.select(*_columns(transfer, _MOVED)).where(sa.or_(*its)).order_by(transfer.c.id)
        priced = sa.select(*_columns(hold, _PRICED)).where(hold.c.account.in_(accounts))
        return {
            "amounts": "micro-dollars",
            "accounts": await self._rows(sa.select(account).where(account.c.id.in_(accounts))),
            "transfers": await self._rows(moved),
            "notes": await self._rows(priced.order_by(hold.c.created_at)),
        }

    async def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        async with self.db.reading() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]


async def _grouped(
    connection: AsyncConnection, table: sa.Table, names: str, note_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return rows about notes, by note."""
    found: dict[str, list[dict[str, Any]]] = {}
    query = sa.select(table.c.note_id, *_columns(table, names)).where(table.c.note_id.in_(note_ids))
    for row in (await connection.execute(query)).mappings():
        found.setdefault(row["note_id"], []).append({name: row[name] for name in names.split()})
    return found


def _without_unpaid_texts(row: dict[str, Any]) -> dict[str, Any]:
    """Return a note without what a provider answered, unless its price is settled."""
    if row.pop("money") == "settled":
        return row
    submissions = [{**one, "answer": None} for one in row["submissions"]]
    return {**row, "body": None, "names": None, "submissions": submissions}


def _columns(table: sa.Table, names: str) -> list[sa.Column[Any]]:
    by_name = {column.name: column for column in table.c}  # as in the database, whatever the code calls them
    return [by_name[name] for name in names.split()]


def _shown(value: Any) -> Any:
    """Return a value without the signature of a recording's link (another user's note may be a rerun of it).

    Technical details are left out too.
    """
    if not isinstance(value, dict):
        return value
    value = {name: one for name, one in value.items() if name not in _LEFT_OUT}
    if str(value.get("locator", "")).lower().startswith(("http://", "https://")):
        value["locator"] = urlsplit(value["locator"])._replace(query="", fragment="").geturl()
    return value


def _add(archive: zipfile.ZipFile, row: dict[str, Any], said: Transcript | None) -> None:
    if said is not None:
        archive.writestr(f"transcripts/{row['id']}.txt", text(said, row["names"] or {}) + "\n")
        archive.writestr(f"transcripts/{row['id']}.json", _json(row["body"]))


def _write(archive: zipfile.ZipFile, name: str, content: object) -> None:
    archive.writestr(name, _json(content))


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, default=str)
