"""Delivery over the port: one message for a note (or few), whatever breaks off, is deleted, refused or done twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.delivery import Delivery
from bot.chat.messages import Audience
from bot.chat.note_messages import PostedMessages
from bot.chat.platform import LeadsElsewhere, MediaDown
from bot.chat.queries import Result
from bot.domain.billing import Plan
from bot.domain.errors import NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import UNASKED, Answer, MediaRef, Note, NoteKey, Options, Progress, Refusal, Stage
from bot.domain.transcript import Segment, Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.locales import error_text
from bot.notes.repository import NoteRepository
from bot.storage.database import Database
from tests.doubles.recording_platform import SMALL, CapableRecordingPlatform, RecordingPlatform
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import Clock, mid_november
from tests.helpers.waits import BUSY, BUSY_WORDS

NOTE = Note(NoteKey("recorder", "1", "2", "3"), "recorder:4", MediaRef("file"), Options("whisper-base"))
SENTENCE = "This is one of many sentences. "
NO_SOUND = Refusal("NoSound")
DOWN = NotNow(WaitReason.PLATFORM_DOWN, datetime(2026, 11, 15, 12, 0, 30, tzinfo=UTC))
ASKING = Progress(Stage.ASKING, price=Micros(350_000))
WAITING = Progress(Stage.WAITING, wait=BUSY)
RESULT = ["TXT", "SRT", "VTT", "DOCX", "Speakers on", "Spoken language", "Delete this text"]


def said(text: str) -> Answer:
    transcript = Transcript(text, "en", 16.1, "whisper-base", (Segment(text, 0.0, 16.1),))
    return Answer(transcript, Micros(0), Plan.OPEN, Micros(0))


SHORT, LONG, ENDLESS = said("Good morning."), said((SENTENCE * 12).strip()), said((SENTENCE * 40).strip())


class LinkFetcher:
    """Fetches nothing: it writes the link down that it was asked for."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        del limit
        path = folder / "fetched"
        path.write_text(url)
        return path


@dataclass
class Rig:
    database: Database
    clock: Clock
    platform: CapableRecordingPlatform

    def delivery(self, platform: RecordingPlatform | None = None) -> Delivery:
        """As a process that was just started has it."""
        posted = PostedMessages(self.database, self.clock)
        return Delivery(platform or self.platform, LinkFetcher(), posted, self.clock)

    def allow_three_messages(self) -> None:
        self.platform.to = replace(self.platform.to, limits=replace(SMALL, pages=3))

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.platform.answers]

    async def parts(self) -> list[str]:
        return sorted(await PostedMessages(self.database, self.clock).parts(NOTE.id))


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with fresh_database("sqlite", tmp_path) as database:
        clock = mid_november()
        await NoteRepository(database, clock).add(NOTE)
        yield Rig(database, clock, CapableRecordingPlatform())


async def test_a_placeholder_can_be_cancelled_and_becomes_the_text_however_often(rig: Rig) -> None:
    delivery = rig.delivery()
    assert delivery.platform == "recorder"
    handle = await delivery.acknowledge(NOTE)
    assert await rig.delivery().acknowledge(NOTE) == handle
    [placeholder] = rig.platform.answers
    assert (placeholder.text, placeholder.labels) == ("Queued · whisper-base", ["Cancel"])
    for _ in range(2):
        await delivery.deliver(NOTE, handle, SHORT)
    [answer] = rig.platform.answers
    assert (answer.text, answer.labels) == ("Good morning.\n\nEnglish · 0:16 · whisper-base", RESULT)
    assert rig.platform.calls == ["post 1", "edit m1", "edit m1"]
    assert await delivery.handle_of(NOTE, None) == handle


async def test_without_a_placeholder_the_text_is_posted_once_as_one_that_is_filled_in(rig: Rig) -> None:
    for _ in range(2):
        await rig.delivery().deliver(NOTE, None, SHORT)
    assert rig.platform.calls == ["post 1", "edit m1", "edit m1"]


async def test_a_placeholder_that_was_not_written_down_is_known_by_the_note_s_word(rig: Rig) -> None:
    handle = await rig.delivery().acknowledge(NOTE)
    await PostedMessages(rig.database, rig.clock).forget(NOTE.id, "1")
    await rig.delivery().deliver(NOTE, handle, SHORT)
    assert rig.platform.calls == ["post 1", "edit m1"]


async def test_a_refusal_has_no_buttons(rig: Rig) -> None:
    await rig.delivery().deliver(NOTE, None, NO_SOUND)
    [answer] = rig.platform.answers
    assert (answer.text, answer.labels) == ("This file has no sound track. Please send one with sound.", [])


async def test_a_long_text_is_several_messages_the_last_with_the_buttons(rig: Rig) -> None:
    rig.allow_three_messages()
    for _ in range(2):
        await rig.delivery().deliver(NOTE, None, LONG)
    assert [message.labels for message in rig.platform.answers] == [[], [], RESULT]
    whole = " ".join(rig.texts).removesuffix("\n\nEnglish · 0:16 · whisper-base")
    assert whole == LONG.transcript.text
    assert await rig.parts() == ["1", "2", "3"]


@pytest.mark.parametrize("platform", [RecordingPlatform, CapableRecordingPlatform])
async def test_messages_that_a_shorter_text_leaves_over_are_deleted_or_emptied(
    rig: Rig, platform: type[RecordingPlatform]
) -> None:
    chat = platform()
    chat.to = replace(chat.to, limits=replace(SMALL, pages=3))
    delivery = rig.delivery(chat)
    await delivery.deliver(NOTE, None, LONG)
    await delivery.deliver(NOTE, None, SHORT)
    left = [message.text for message in chat.answers][1:]
    assert left == ([] if platform is CapableRecordingPlatform else ["…", "…"])
    assert await rig.parts() == ["1"]


@pytest.mark.parametrize("end", [LONG, ENDLESS], ids=["messages", "file"])
@pytest.mark.parametrize("call", range(7))
async def test_a_delivery_that_breaks_off_anywhere_is_finished_without_doubles(
    rig: Rig, end: Answer, call: int
) -> None:
    rig.allow_three_messages()
    handle = await rig.delivery().acknowledge(NOTE)
    rig.platform.faults = {call: DOWN}
    with suppress(NotNow):
        await rig.delivery().deliver(NOTE, handle, end)
    rig.platform.faults = {}
    await rig.delivery().deliver(NOTE, handle, end)
    assert len(rig.platform.answers) == (3 if end is LONG else 1)
    assert all(text.startswith("This is one") for text in rig.texts)


async def test_a_message_that_is_gone_is_posted_anew_in_its_place(rig: Rig) -> None:
    rig.allow_three_messages()
    handle = await rig.delivery().acknowledge(NOTE)
    rig.platform.remove(0)
    await rig.delivery().deliver(NOTE, handle, LONG)
    assert sorted((message.part, message.gone) for message in rig.platform.answers) == [
        ("1", handle),
        ("2", None),
        ("3", None),
    ]
    for number in (2, 0):
        rig.platform.remove(number)
    for _ in range(2):
        await rig.delivery().deliver(NOTE, handle, LONG)
    assert sorted(message.part for message in rig.platform.answers) == ["1", "2", "3"]


async def test_a_message_that_is_deleted_at_once_is_not_posted_over_and_over(rig: Rig) -> None:
    class Deleting(CapableRecordingPlatform):
        async def edit(self, *arguments: object) -> None:
            self.chat.clear()
            await super().edit(*arguments)  # type: ignore[arg-type]

    chat = Deleting()
    with pytest.raises(Undelivered, match="deleted"):
        await rig.delivery(chat).deliver(NOTE, None, SHORT)
    assert chat.calls == ["post 1", "edit m1"]


async def test_what_the_platform_does_not_take_is_shown_in_the_next_way(rig: Rig) -> None:
    rig.platform.refuses = lambda page: page.file is not None
    await rig.delivery().deliver(NOTE, None, ENDLESS)
    [answer] = rig.platform.answers
    assert "The buttons below" in answer.text
    rig.platform.refuses = lambda _: True
    with pytest.raises(Undelivered, match="refused"):
        await rig.delivery().deliver(NOTE, None, ENDLESS)
    assert rig.platform.calls.count("post 1") == 1


async def test_progress_is_shown_now_and_then_and_only_in_a_message_that_is_there(rig: Rig) -> None:
    delivery = rig.delivery()
    handle = await delivery.acknowledge(NOTE)
    for second in range(10):
        rig.clock.now += timedelta(seconds=1)
        await delivery.report(NOTE, handle, Progress(Stage.TRANSCRIBING, second / 10))
    assert rig.platform.calls == ["post 1", *["edit m1"] * 3]
    assert rig.texts == ["Transcribing… 80 % · whisper-base"]
    rig.clock.now += timedelta(minutes=1)
    await delivery.report(NOTE, handle, Progress(Stage.TRANSCRIBING, 0.8))  # as it is shown already
    rig.platform.is_full = True
    await delivery.report(NOTE, handle, Progress(Stage.TRANSCRIBING, 0.9))
    assert len(rig.platform.calls) == 4
    rig.platform.is_full = False
    rig.platform.remove(0)
    rig.clock.now += timedelta(minutes=1)
    await delivery.report(NOTE, handle, Progress(Stage.PREPARING))
    assert rig.platform.answers == []


async def test_the_final_text_takes_the_place_of_the_text_so_far(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, limits=replace(SMALL, text=400))
    delivery = rig.delivery()
    handle = await delivery.acknowledge(NOTE)
    for heard in ("Good", "Good morning @everyone"):
        rig.clock.now += timedelta(seconds=5)
        await delivery.report(NOTE, handle, Progress(Stage.TRANSCRIBING, 0.5, heard=heard))
    [shown] = rig.texts
    assert shown.endswith("(this may still change):\n\nGood morning @everyone")
    await delivery.deliver(NOTE, handle, SHORT)
    assert [text.partition("\n")[0] for text in rig.texts] == ["Good morning."]


async def test_news_that_fail_are_no_fault(rig: Rig) -> None:
    delivery = rig.delivery()
    handle = await delivery.acknowledge(NOTE)
    rig.clock.now += timedelta(minutes=1)
    rig.platform.faults = {1: DOWN}
    await delivery.report(NOTE, handle, Progress(Stage.PREPARING))
    assert rig.texts == ["Queued · whisper-base"]


async def test_what_the_asker_must_know_is_shown_at_once_and_posted_if_need_be(rig: Rig) -> None:
    delivery = rig.delivery()
    for _ in range(2):
        await delivery.report(NOTE, None, ASKING)
    assert [message.labels for message in rig.platform.answers] == [["Transcribe for $0.35", "Cancel"]]
    await delivery.report(NOTE, None, WAITING)
    assert rig.texts == [BUSY_WORDS]
    rig.platform.faults = {len(rig.platform.calls): DOWN}
    with pytest.raises(NotNow):
        await delivery.report(NOTE, None, ASKING)


async def test_late_news_are_never_written_over_an_answer(rig: Rig) -> None:
    delivery = rig.delivery()
    handle = await delivery.acknowledge(NOTE)
    rig.clock.now += timedelta(minutes=1)
    await asyncio.gather(delivery.deliver(NOTE, handle, SHORT), delivery.report(NOTE, handle, WAITING))
    assert rig.texts[0].startswith("Good morning.")


async def test_among_customers_questions_and_refusals_are_for_the_asker_alone(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, audience=Audience.CUSTOMERS, has_aside=True)
    delivery = rig.delivery()
    handle = await delivery.acknowledge(NOTE)
    for _ in range(2):
        await rig.delivery().report(NOTE, handle, ASKING)
    [asked] = rig.platform.asides
    assert asked.text.startswith("About a recording in one of your chats: This would cost $0.35.")
    assert asked.labels == ["Transcribe for $0.35", "Cancel"]
    assert rig.texts == ["Queued · whisper-base"]
    await delivery.deliver(NOTE, handle, SHORT)
    assert (len(rig.texts), rig.platform.asides, await rig.parts()) == (1, [], ["1"])
    await delivery.deliver(NOTE, handle, NO_SOUND)
    assert rig.texts == []
    assert [message.text for message in rig.platform.asides] == [
        "About a recording in one of your chats: This file has no sound track. Please send one with sound."
    ]


async def test_what_cannot_be_deleted_among_customers_keeps_nothing_from_the_asker(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, has_aside=True)
    handle = await rig.delivery().acknowledge(NOTE)
    rig.platform.faults = {1: Undelivered(reason="the bot is not let")}
    await rig.delivery().deliver(NOTE, handle, NO_SOUND)
    assert len(rig.platform.asides) == 1


async def test_a_text_is_written_anew_over_the_message_that_was_pressed(rig: Rig) -> None:
    await rig.delivery().deliver(NOTE, None, ENDLESS)
    rig.platform.refuses = lambda page: page.file is not None
    await rig.delivery().rewrite(NOTE, "m1", ENDLESS)
    [answer] = rig.platform.answers
    assert "The buttons below" in answer.text
    assert answer.labels == RESULT
    rig.platform.refuses = lambda _: True
    with pytest.raises(Undelivered):
        await rig.delivery().rewrite(NOTE, "m1", SHORT)
    assert rig.platform.calls.count("post 1") == 1


async def test_media_comes_from_the_platform_or_from_where_its_link_leads(rig: Rig, tmp_path: Path) -> None:
    delivery = rig.delivery()
    assert (await delivery.fetch(NOTE, tmp_path, 99)).read_bytes() == b"sound"
    rig.platform.media = LeadsElsewhere("https://elsewhere.example/a")
    assert (await delivery.fetch(NOTE, tmp_path, 99)).read_text() == "https://elsewhere.example/a"
    linked = replace(NOTE, media=MediaRef("HTTPS://example.org/talk.mp3"))
    assert (await delivery.fetch(linked, tmp_path, 99)).read_text() == "HTTPS://example.org/talk.mp3"
    rig.platform.media = MediaDown()
    with pytest.raises(NotNow) as told:
        await delivery.fetch(NOTE, tmp_path, 99)
    assert told.value.wait == Wait(WaitReason.FILE_DOWN, rig.clock.now + timedelta(minutes=1), "Recorder")


async def test_a_link_is_given_only_if_the_platform_has_one(rig: Rig) -> None:
    assert await rig.delivery().link(NOTE, 60) == "https://files.example/sound"
    assert await rig.delivery().link(replace(NOTE, media=MediaRef("http://example.org/a")), 60) is None
    assert await rig.delivery(RecordingPlatform()).link(NOTE, 60) is None
    rig.platform.link_to_media = MediaDown()
    assert await rig.delivery().link(NOTE, 60) is None


async def test_an_answer_has_an_address_as_long_as_it_stands(rig: Rig) -> None:
    delivery, result = rig.delivery(), Result(NOTE, SHORT, None)
    assert await delivery.standing_address_of(result) is None
    await delivery.deliver(NOTE, None, SHORT)
    assert await delivery.address_of(NOTE, None) == "https://recorder.example/m1"
    assert await delivery.standing_address_of(result) == "https://recorder.example/m1"
    rig.platform.remove(0)
    assert await delivery.standing_address_of(result) is None
    rig.platform.faults[len(rig.platform.calls)] = DOWN
    assert await delivery.standing_address_of(result) is None, "then another text is better than none"
    plain = rig.delivery(RecordingPlatform())
    assert await plain.address_of(NOTE, None) is None
    assert await plain.standing_address_of(result) is None


@pytest.mark.parametrize("code", ["Unreadable", "Truncated", "NoSound"])
async def test_a_file_that_no_one_asked_about_and_that_cannot_be_read_is_told_its_sender_alone(
    rig: Rig, code: str
) -> None:
    unasked = replace(NOTE, details={UNASKED: "yes"})
    rig.platform.to = replace(rig.platform.to, audience=Audience.OTHERS)
    handle = await rig.delivery().acknowledge(unasked)
    for _ in range(2):
        await rig.delivery().deliver(unasked, handle, Refusal(code))
    assert rig.platform.answers == []
    [told] = rig.platform.asides
    assert told.text.startswith("About a file that you sent in a group or channel: This file")


async def test_such_a_file_is_told_nobody_if_its_sender_cannot_be_written_to(rig: Rig) -> None:
    unasked = replace(NOTE, details={UNASKED: "yes"})
    rig.platform.to = replace(rig.platform.to, audience=Audience.OTHERS)
    handle = await rig.delivery().acknowledge(unasked)
    rig.platform.faults[2] = Undelivered(reason="no-contact")
    await rig.delivery().deliver(unasked, handle, NO_SOUND)
    assert rig.platform.chat == {}


async def test_other_refusals_and_what_was_asked_for_are_told_where_it_was_asked(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, audience=Audience.OTHERS)
    for note, refused in ((NOTE, NO_SOUND), (replace(NOTE, details={UNASKED: "yes"}), Refusal("ProviderDown"))):
        await rig.delivery().deliver(note, None, refused)
        [told] = rig.platform.answers
        assert told.text == error_text("en", refused.error)


async def test_a_failure_that_no_user_can_mend_has_a_button_for_another_run_and_no_other_has(rig: Rig) -> None:
    retry = ["Try again"]
    for code, labels in (("ProviderDown", retry), ("EngineFailed", retry), ("NoSound", []), ("Cancelled", [])):
        await rig.delivery().deliver(NOTE, None, Refusal(code))
        assert rig.platform.answers[0].labels == labels
    rig.platform.to = replace(rig.platform.to, limits=replace(SMALL, files=False))
    await rig.delivery().deliver(NOTE, None, Refusal("ProviderDown"))
    assert rig.platform.answers[0].labels == ["Try again"], "a guest's message becomes the next answer"
