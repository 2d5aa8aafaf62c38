"""Addresses of answers that stand in chats, whatever platform they stand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.chat.queries import Result
from bot.domain.note import Note


@runtime_checkable
class LinksAnswers(Protocol):
    """An adapter that knows where its answers stand. Implemented by bot.chat.delivery.Delivery."""

    async def address_of(self, note: Note, placeholder: str | None) -> str | None:
        """Return the address of a note's answer; None if it has none. The message may be gone."""

    async def standing_address_of(self, result: Result) -> str | None:
        """Return the address of an answer that still stands; None if it is gone, or has none."""


@dataclass(frozen=True, slots=True)
class AnswerLinks:
    """The adapters that link to their answers, by platform."""

    adapters: Mapping[str, LinksAnswers]

    async def of(self, note: Note, placeholder: str | None) -> str | None:
        """Return the address of a note's answer; None if its platform has no addresses there."""
        adapter = self.adapters.get(note.key.platform)
        return None if adapter is None else await adapter.address_of(note, placeholder)

    async def standing(self, result: Result) -> str | None:
        """Return the address of an answer that still stands; None if none does."""
        adapter = self.adapters.get(result.note.key.platform)
        return None if adapter is None else await adapter.standing_address_of(result)
