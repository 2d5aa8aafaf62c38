"""A platform whose messages lie in a folder, as strict as a real one, and readable after its bot was killed."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.domain.errors import NotFound, NotNow, ProviderDown, TooLarge, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, NoteKey, Options, Progress, Reply, Stage
from bot.locales import error_text

PLATFORM = "folder"
Moment = Callable[[str], None]
"""Told of each moment at which the process could die."""


def no_moment(_name: str) -> None:
    """Return a platform for processes that are not going to be killed."""


class FolderPlatform:
    """Posts and edits messages by appending to a log. A post with the nonce of an earlier one gives that one's id."""

    platform = PLATFORM

    def __init__(self, folder: Path, moment: Moment = no_moment) -> None:
        self._folder = folder
        self._moment = moment
        self.failing_deliveries = 0
        self.pauses: list[NotNow] = []
        """Raised by the next deliveries, one each."""
        self.unreachable: Undelivered | None = None
        self.seconds_to_fetch = 0.0
        self.seconds_to_acknowledge = 0.0
        self.while_delivering: Callable[[], Awaitable[None]] | None = None
        self.shown: list[Progress] = []
        self.link_to_media: str | None = None
        """A link to the media, if there is one."""
        folder.mkdir(exist_ok=True)

    def note(
        self,
        message: str,
        media: Path,
        *,
        user: str = "folder:ada",
        model: str = "paid",
        language: str = "auto",
        identity: str = "",
        ask_above: Micros | None = None,
    ) -> Note:
        return Note(
            key=NoteKey(PLATFORM, "bot", "chat", message),
            user=user,
            media=MediaRef(locator=str(media), name=media.name, identity=identity),
            options=Options(model=model, language=language, ask_above=ask_above),
        )

    async def acknowledge(self, note: Note) -> str:
        await asyncio.sleep(self.seconds_to_acknowledge)
        posted = next((event for event in self.events() if event.get("nonce") == note.id), None)
        if posted is None:
            self._append({"post": note.key.message, "nonce": note.id})
        return note.key.message

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        source = Path(note.media.locator)
        if not source.exists():
            raise NotFound(name=note.media.name)
        if source.stat().st_size > limit:
            raise TooLarge(limit_mb=limit / 1_000_000)
        self._moment("fetching")
        await asyncio.sleep(self.seconds_to_fetch)
        target = folder / f"fetched{source.suffix}"
        data = source.read_bytes()
        target.write_bytes(data[: len(data) // 2])
        self._moment("half fetched")
        target.write_bytes(data)
        self._moment("fetched")
        return target

    async def link(self, note: Note, seconds: float) -> str | None:
        return self.link_to_media

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        if self.unreachable is not None and progress.stage is Stage.ASKING:
            raise self.unreachable
        self.shown.append(progress)

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        if self.failing_deliveries:
            self.failing_deliveries -= 1
            raise ConnectionResetError
        if self.pauses:
            raise self.pauses.pop()
        if placeholder is None:
            raise ProviderDown
        self._moment("delivering")
        text = reply.transcript.text if isinstance(reply, Answer) else error_text("en", reply.error)
        self._append({"edit": placeholder, "text": text, "answer": isinstance(reply, Answer)})
        self._moment("delivered")
        if self.while_delivering is not None:
            await self.while_delivering()

    def events(self) -> list[dict[str, Any]]:
        """Everything that was ever posted or edited, in order."""
        log = self._folder / "messages.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def messages(self) -> dict[str, list[str]]:
        """Return the messages as users see them: for each, the texts that it has had; the last is the present one."""
        texts: dict[str, list[str]] = defaultdict(list)
        posts = [event["post"] for event in self.events() if "post" in event]
        assert len(posts) == len(set(posts)), "a message was posted twice"
        for event in self.events():
            if "edit" in event:
                assert event["edit"] in posts, "a message was edited that was never posted"
                texts[event["edit"]].append(event["text"])
        return {post: texts[post] for post in posts}

    def _append(self, event: dict[str, Any]) -> None:
        with (self._folder / "messages.log").open("a") as log:
            log.write(json.dumps(event) + "\n")
