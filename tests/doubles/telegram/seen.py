"""Messages as they stand in the double's chats, and as people see them."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.telegram.text import part
from tests.doubles.telegram.world import Json


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str = ""
    url: str = ""
    pay: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    content: bytes = field(repr=False)
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as people see it now."""

    id: int
    by_bot: bool
    text: str
    """Its text or caption."""
    entities: tuple[Json, ...]
    buttons: tuple[tuple[Button, ...], ...]
    document: Document | None
    reply_to: int | None
    thread: int | None
    edits: tuple[str, ...]
    """Every earlier text."""
    deleted: bool
    raw: Json
    """As the bot gets it."""

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.buttons for button in row]

    def parts(self, kind: str) -> list[str]:
        """The pieces of the text that are marked so: parts("expandable_blockquote")."""
        return [part(self.text, entity) for entity in self.entities if entity["type"] == kind]


@dataclass(slots=True)
class Post:
    """A message that stands in a chat."""

    raw: Json
    by_bot: bool = False
    edits: list[str] = field(default_factory=list)
    keyboards: list[Json] = field(default_factory=list)
    """Its earlier texts."""
    document: Document | None = None
    deleted: bool = False
    inline_id: str = ""

    @property
    def text(self) -> str:
        return str(self.raw.get("text", self.raw.get("caption", "")))

    def seen(self) -> Seen:
        return Seen(
            id=self.raw["message_id"],
            by_bot=self.by_bot,
            text=self.text,
            entities=tuple(entities_of(self.raw)),
            buttons=tuple(tuple(map(_button, row)) for row in rows_of(self.raw.get("reply_markup"))),
            document=self.document,
            reply_to=self.raw.get("reply_to_message", {}).get("message_id"),
            thread=self.raw.get("message_thread_id"),
            edits=tuple(self.edits),
            deleted=self.deleted,
            raw=pickle.loads(pickle.dumps(self.raw)),  # many times faster than deepcopy, and tests look all the time
        )


def entities_of(raw: Json) -> list[Json]:
    return list(raw.get("entities") or raw.get("caption_entities") or ())


def rows_of(markup: Mapping[str, Any] | None) -> list[list[Json]]:
    return list(markup["inline_keyboard"]) if markup else []


def _button(raw: Json) -> Button:
    return Button(raw["text"], raw.get("callback_data", ""), raw.get("url", ""), raw.get("pay", False))
