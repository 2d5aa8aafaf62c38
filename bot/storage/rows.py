"""Codecs between rows and values of the domain, for tables that several packages read."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from bot.domain.note import MediaRef, Note, NoteKey, NoteState, Options
from bot.domain.transcript import Transcript

_TRANSCRIPT = TypeAdapter(Transcript)
_BEGINNING = re.compile(r'\{"text":"((?:[^"\\]|\\u[0-9a-f]{4}|\\[^u])*)')
"""The text that a stored transcript begins with, up to the last whole character."""


def row_of(note: Note, created_at: datetime) -> dict[str, Any]:
    """Return the row of a note that was just accepted."""
    return {
        "id": note.id,
        **asdict(note.key),
        "account": note.user,
        "media": asdict(note.media),
        "identity": note.media.identity or None,
        "options": asdict(note.options),
        "details": dict(note.details),
        "place": note.place or None,
        "payer": note.payer or None,
        "state": NoteState.ACCEPTED.value,
        "cancel_requested": False,
        "created_at": created_at,
    }


def note_of(row: RowMapping) -> Note:
    """Return the note of a row."""
    return Note(
        key=NoteKey(row["platform"], row["bot"], row["chat"], row["message"]),
        user=row["account"],
        media=MediaRef(**row["media"]),
        options=options_of(row["options"]),
        details=row["details"],
        place=row["place"] or "",
        payer=row["payer"] or "",
    )


def options_of(stored: Mapping[str, Any]) -> Options:
    """Return the options that a note's row holds."""
    return Options(**stored)


def body_of(said: Transcript) -> Any:
    """Return a transcript as plain JSON, without names of speakers: another note may be answered from it."""
    return _TRANSCRIPT.dump_python(said, mode="json", exclude={"names"})


def beginning_of(head: str) -> str:
    """Return the first words of a transcript of which only the head of its stored body was read."""
    found = _BEGINNING.match(head)
    return "" if found is None else str(json.loads(f'"{found[1]}"'))


async def transcript_of(body: object) -> Transcript | None:
    """Return the transcript of a stored body; None for none."""
    # In a thread: hours of words take a while.
    return None if body is None else await asyncio.to_thread(_TRANSCRIPT.validate_python, body)
