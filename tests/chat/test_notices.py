"""The message that tells a user that a text is there, the end of a text in its chat, and placeholders left behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.messages import Audience
from bot.chat.note_messages import PostedMessages
from bot.chat.pages import Page
from bot.chat.platform import FIRST, READY, REMOVED, MessageGone
from bot.chat.queries import Result
from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted, Undelivered
from bot.domain.note import Refusal
from bot.domain.waiting import WaitReason
from tests.chat.test_delivery import LONG, NOTE, SHORT, Rig, rig
from tests.doubles.recording_platform import SMALL, Message, RecordingPlatform

__all__ = ["rig"]
TOLD = "Your text is ready."


async def waited(rig: Rig, seconds: float, *, is_own_chat: bool = True) -> str:
    """Return the placeholder of a note whose user has waited so long."""
    rig.platform.to = replace(rig.platform.to, is_own_chat=is_own_chat)
    handle = await rig.delivery().acknowledge(NOTE)
    rig.clock.now += timedelta(seconds=seconds)
    return handle


async def test_a_user_who_waited_long_is_told_once_that_the_text_is_there(rig: Rig) -> None:
    handle = await waited(rig, 21)
    for _ in range(2):
        await rig.delivery().deliver(NOTE, handle, SHORT)
    assert rig.texts == ["Good morning.\n\nEnglish · 0:16 · whisper-base", TOLD]
    assert rig.platform.calls.count(f"notify {handle}") == 1


async def test_a_user_who_waited_long_is_told_though_no_placeholder_was_posted_meanwhile(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, is_own_chat=True)
    rig.clock.now += timedelta(minutes=1)
    for _ in range(2):
        await rig.delivery().deliver(NOTE, None, SHORT)
    assert rig.texts[1:] == [TOLD]


async def test_a_user_who_waited_long_is_told_though_the_placeholder_moved_just_now(rig: Rig) -> None:
    handle = await waited(rig, 60)
    await PostedMessages(rig.database, rig.clock).keep(NOTE.id, FIRST, handle)
    await rig.delivery().deliver(NOTE, handle, SHORT)
    assert rig.texts[1:] == [TOLD]


@pytest.mark.parametrize(("seconds", "is_own_chat"), [(19, True), (3600, False)])
async def test_no_other_user_is_told(rig: Rig, seconds: float, is_own_chat: bool) -> None:
    handle = await waited(rig, seconds, is_own_chat=is_own_chat)
    await rig.delivery().deliver(NOTE, handle, SHORT)
    assert TOLD not in rig.texts


async def test_a_text_that_is_shown_anew_much_later_is_not_told_of(rig: Rig) -> None:
    handle = await waited(rig, 1)
    await rig.delivery().deliver(NOTE, handle, SHORT)
    rig.clock.now += timedelta(hours=1)
    await rig.delivery().show(NOTE, handle, SHORT)
    assert TOLD not in rig.texts


async def test_a_refusal_is_not_told_of(rig: Rig) -> None:
    handle = await waited(rig, 60)
    await rig.delivery().deliver(NOTE, handle, Refusal("Cancelled", {}))
    assert TOLD not in rig.texts


async def test_a_platform_that_notifies_of_edits_or_of_nothing_tells_of_none(rig: Rig) -> None:
    plain = RecordingPlatform()
    plain.to = replace(plain.to, is_own_chat=True)
    handle = await rig.delivery(plain).acknowledge(NOTE)
    rig.clock.now += timedelta(minutes=1)
    await rig.delivery(plain).deliver(NOTE, handle, SHORT)
    assert [message.text for message in plain.answers] == ["Good morning.\n\nEnglish · 0:16 · whisper-base"]


def at_once(kind: type[NotNow], rig: Rig) -> NotNow:
    return kind(WaitReason.PLATFORM_DOWN, rig.clock.now, "Recorder")


@pytest.mark.parametrize("kind", [PerhapsPosted, NotNow, Undelivered])
async def test_in_doubt_there_is_no_second_one(rig: Rig, kind: type[EarmarkError]) -> None:
    handle = await waited(rig, 60)
    fault = kind(reason="refused") if kind is Undelivered else at_once(NotNow, rig)
    rig.platform.faults[2] = fault  # the post, the edit, and then this
    for _ in range(2):
        await rig.delivery().deliver(NOTE, handle, SHORT)
    assert sum(call.startswith("notify") for call in rig.platform.calls) == 1
    assert (await PostedMessages(rig.database, rig.clock).parts(NOTE.id))[READY] == ""


async def test_a_text_is_deleted_with_all_that_tells_of_it(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, limits=replace(SMALL, pages=3), audience=Audience.OWNER)
    handle = await waited(rig, 60)
    await rig.delivery().deliver(NOTE, handle, LONG)
    assert len(rig.texts) > 2
    await rig.delivery().remove(NOTE, handle, handle)
    assert rig.texts == []
    assert await rig.parts() == [READY, REMOVED]


async def test_a_text_that_was_deleted_is_not_led_to_nor_posted_again(rig: Rig) -> None:
    handle = await rig.delivery().acknowledge(NOTE)
    await rig.delivery().deliver(NOTE, handle, SHORT)
    await rig.delivery().remove(NOTE, handle, "m9")
    rig.platform.chat[handle] = Message(FIRST, Page("…"))  # as one that could only be emptied
    assert await rig.delivery().address_of(NOTE, handle) is None
    assert await rig.delivery().standing_address_of(Result(NOTE, SHORT, handle)) is None
    await rig.delivery().show(NOTE, handle, SHORT)
    assert rig.texts == ["…"]


async def test_a_platform_that_deletes_nothing_empties_the_text(rig: Rig) -> None:
    plain = RecordingPlatform()
    handle = await rig.delivery(plain).acknowledge(NOTE)
    await rig.delivery(plain).deliver(NOTE, handle, SHORT)
    await rig.delivery(plain).remove(NOTE, handle, handle)
    assert {message.text for message in plain.answers} == {"…"}


async def test_a_message_that_was_found_is_its_part_if_none_is_yet(rig: Rig) -> None:
    posted = PostedMessages(rig.database, rig.clock)
    assert await posted.adopt(NOTE.id, FIRST, "m7")
    assert await posted.adopt(NOTE.id, FIRST, "m7")
    assert not await posted.adopt(NOTE.id, FIRST, "m8")
    assert await posted.parts(NOTE.id) == {FIRST: "m7"}


async def test_a_message_that_cannot_be_edited_is_replaced_and_goes(rig: Rig) -> None:
    handle = await rig.delivery().acknowledge(NOTE)
    rig.platform.faults[1] = MessageGone()  # though it is there
    await rig.delivery().deliver(NOTE, handle, SHORT)
    assert rig.texts == ["Good morning.\n\nEnglish · 0:16 · whisper-base"]
