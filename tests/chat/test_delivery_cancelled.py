"""A text whose cancel is requested while it is delivered: no further message has a part of it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.chat.button_rows import Buttons
from bot.chat.pages import Page
from bot.domain.errors import Cancelled
from bot.domain.note import Note, Refusal
from bot.notes.repository import NoteRepository
from tests.chat.test_delivery import LONG, NOTE, SENTENCE, SHORT, Rig, rig
from tests.doubles.recording_platform import CapableRecordingPlatform

__all__ = ["rig"]
CANCELLED = Refusal("Cancelled", {})


@dataclass
class CancelledMeanwhile(CapableRecordingPlatform):
    """Its user cancels the note when the first message has its text."""

    notes: NoteRepository | None = field(default=None)

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        await super().edit(note, handle, page, buttons)
        if self.notes is not None:
            await self.notes.request_cancel(note.id)


@pytest.fixture
def platform(rig: Rig) -> CancelledMeanwhile:
    platform = CancelledMeanwhile(notes=NoteRepository(rig.database, rig.clock))
    rig.platform = platform
    rig.allow_three_messages()
    return platform


async def test_the_rest_of_a_long_text_is_not_posted_after_a_cancel_and_its_beginning_goes(
    rig: Rig, platform: CancelledMeanwhile
) -> None:
    with pytest.raises(Cancelled):
        await rig.delivery().deliver(NOTE, None, LONG)
    assert platform.calls == ["post 1", "edit m1"]
    await rig.delivery().deliver(NOTE, "m1", CANCELLED)
    assert rig.texts == ["Cancelled. Nothing was charged."]


async def test_no_message_has_a_text_that_was_cancelled_before(rig: Rig) -> None:
    rig.allow_three_messages()
    await NoteRepository(rig.database, rig.clock).request_cancel(NOTE.id)
    with pytest.raises(Cancelled):
        await rig.delivery().deliver(NOTE, None, LONG)
    assert SENTENCE.strip() not in " ".join(rig.texts)


async def test_a_user_is_not_told_of_a_text_that_was_cancelled(rig: Rig, platform: CancelledMeanwhile) -> None:
    platform.to = replace(platform.to, is_own_chat=True)
    handle = await rig.delivery().acknowledge(NOTE)
    rig.clock.now += timedelta(minutes=1)
    with pytest.raises(Cancelled):
        await rig.delivery().deliver(NOTE, handle, SHORT)
    assert not any(call.startswith("notify") for call in platform.calls)


async def test_what_told_the_user_of_a_text_goes_with_it(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, is_own_chat=True)
    handle = await rig.delivery().acknowledge(NOTE)
    rig.clock.now += timedelta(minutes=1)
    await rig.delivery().deliver(NOTE, handle, SHORT)
    assert len(rig.texts) == 2
    await rig.delivery().deliver(NOTE, handle, CANCELLED)
    assert rig.texts == ["Cancelled. Nothing was charged."]


async def test_its_sender_may_be_shown_a_text_that_was_cancelled(rig: Rig) -> None:
    await NoteRepository(rig.database, rig.clock).request_cancel(NOTE.id)
    await rig.delivery().show(NOTE, None, SHORT)
    assert rig.texts == ["Good morning.\n\nEnglish · 0:16 · whisper-base"]
