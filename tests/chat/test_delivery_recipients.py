"""Delivery to its recipient: one message even if only the note knows of it, and buttons for users who may press."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.button_rows import Action, Button, ButtonData, Buttons
from bot.chat.delivery import Delivery
from bot.chat.messages import Audience
from bot.chat.note_messages import PostedMessages
from bot.chat.queries import Result
from bot.domain.billing import Plan
from bot.domain.errors import Discarded, EarmarkError, NoSound, NotNow, ProviderDown
from bot.domain.money import Micros
from bot.domain.note import INSTEAD, Answer, MediaRef, Note, NoteKey, Options, Progress, Refusal, Stage
from bot.domain.transcript import Segment, Transcript
from bot.domain.waiting import WaitReason
from bot.notes.repository import NoteRepository
from bot.storage.database import Database
from tests.doubles.recording_platform import SMALL, CapableRecordingPlatform, Message
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import Clock, mid_november
from tests.helpers.waits import BUSY, BUSY_WORDS

NOTE = Note(NoteKey("recorder", "1", "2", "3"), "recorder:4", MediaRef("file"), Options("whisper-base"))
SENTENCE = "This is one of many sentences. "


def said(text: str) -> Answer:
    transcript = Transcript(text, "en", 16.1, "whisper-base", (Segment(text, 0.0, 16.1),))
    return Answer(transcript, Micros(0), Plan.OPEN, Micros(0))


SHORT, LONG = said("Good morning."), said((SENTENCE * 12).strip())


class NoFetcher:
    """Implements Fetcher for notes without links."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        raise AssertionError(url)


@dataclass
class Looking(CapableRecordingPlatform):
    """Keeps the buttons with which a message was looked at."""

    seen: list[Buttons] = field(default_factory=list)

    async def is_there(self, note: Note, handle: str, buttons: Buttons) -> bool:
        self.seen.append(buttons)
        return await super().is_there(note, handle, buttons)


@dataclass
class Rig:
    database: Database
    clock: Clock
    platform: Looking

    @property
    def delivery(self) -> Delivery:
        """As a process that was just started has it."""
        return Delivery(self.platform, NoFetcher(), PostedMessages(self.database, self.clock), self.clock)

    async def unwritten_placeholder(self) -> str:
        """A placeholder that is written down with the note alone, as after a crash, and is a minute old."""
        handle = await self.delivery.acknowledge(NOTE)
        await PostedMessages(self.database, self.clock).forget(NOTE.id, "1")
        self.clock.now += timedelta(minutes=1)
        return handle

    def buttons(self) -> list[Button]:
        [message] = self.platform.answers
        return [button for row in message.buttons if isinstance(row, tuple) for button in row]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with fresh_database("sqlite", tmp_path) as database:
        clock = mid_november()
        await NoteRepository(database, clock).add(NOTE)
        yield Rig(database, clock, Looking())


@pytest.mark.parametrize(
    "progress", [Progress(Stage.PREPARING), Progress(Stage.ASKING, price=Micros(350_000))], ids=["news", "question"]
)
async def test_a_placeholder_that_only_the_note_knows_of_shows_its_progress(rig: Rig, progress: Progress) -> None:
    handle = await rig.unwritten_placeholder()
    await rig.delivery.report(NOTE, handle, progress)
    assert rig.platform.calls == ["post 1", "edit m1"]


async def test_a_placeholder_that_only_the_note_knows_of_has_its_address(rig: Rig) -> None:
    handle = await rig.unwritten_placeholder()
    assert await rig.delivery.handle_of(NOTE, handle) == handle
    assert await rig.delivery.address_of(NOTE, handle) == "https://recorder.example/m1"
    assert await rig.delivery.standing_address_of(Result(NOTE, SHORT, handle)) == "https://recorder.example/m1"
    assert await rig.delivery.address_of(NOTE, None) is None


async def test_a_text_is_removed_with_its_copy_also_if_only_the_note_knows_of_it(rig: Rig) -> None:
    handle = await rig.unwritten_placeholder()
    rig.platform.chat["copy"] = Message("copy", rig.platform.answers[0].page)
    await rig.delivery.remove(NOTE, handle, "copy")
    assert rig.platform.answers == []
    await rig.delivery.deliver(NOTE, handle, SHORT)
    assert rig.platform.answers == [], "nor does it come back"
    assert await rig.delivery.handle_of(NOTE, handle) is None


@pytest.mark.parametrize(
    ("audience", "is_there"), [(Audience.OWNER, True), (Audience.OTHERS, False)], ids=["own chat", "group"]
)
async def test_the_way_to_a_text_that_was_paid_and_discarded_stands_in_its_owner_s_chat_alone(
    rig: Rig, audience: Audience, is_there: bool
) -> None:
    rig.platform.to = replace(rig.platform.to, audience=audience)
    discarded = Discarded(charged=Micros(161_400))
    await rig.delivery.deliver(NOTE, None, Refusal(discarded.code, discarded.fields))
    way = [(Action.SHOW, ButtonData(Action.SHOW, argument=NOTE.id))] if is_there else []
    assert [(button.data.action, button.data) for button in rig.buttons()] == way


@pytest.mark.parametrize(
    ("error", "files", "is_there"),
    [(ProviderDown(), True, True), (ProviderDown(), False, True), (NoSound(), True, False)],
)
async def test_a_run_can_be_begun_again_if_that_may_help_also_by_a_guest(
    rig: Rig, error: EarmarkError, files: bool, is_there: bool
) -> None:
    rig.platform.to = replace(rig.platform.to, limits=replace(SMALL, files=files))
    await rig.delivery.deliver(NOTE, None, Refusal(error.code, error.fields))
    assert [button.data for button in rig.buttons()] == ([ButtonData(Action.RETRY, NOTE.id)] if is_there else [])


async def test_what_a_guest_is_shown_anew_has_no_buttons_that_bring_files(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, limits=replace(SMALL, files=False))
    handle = await rig.delivery.acknowledge(NOTE)
    await rig.delivery.deliver(NOTE, handle, SHORT)
    before = rig.buttons()
    await rig.delivery.rewrite(NOTE, handle, SHORT)
    assert rig.buttons() == before
    assert {button.data.action for button in before} == {Action.SPEAKERS, Action.LANGUAGES}
    [answer] = rig.platform.answers
    await rig.delivery.standing_address_of(Result(NOTE, SHORT, handle))
    assert rig.platform.seen == [answer.buttons]


async def test_an_answer_is_looked_at_with_the_buttons_that_stand_below_its_first_message(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, limits=replace(SMALL, pages=3))
    await rig.delivery.deliver(NOTE, None, SHORT)
    [alone] = rig.platform.answers
    await rig.delivery.standing_address_of(Result(NOTE, SHORT, None))
    await rig.delivery.deliver(NOTE, None, LONG)
    first = rig.platform.answers[0]
    assert len(rig.platform.answers) == 3
    await rig.delivery.standing_address_of(Result(NOTE, LONG, None))
    assert rig.platform.seen == [alone.buttons, first.buttons] == [alone.buttons, ()]


async def test_a_text_is_shown_in_a_placeholder_that_only_the_note_knows_of(rig: Rig) -> None:
    handle = await rig.unwritten_placeholder()
    await rig.delivery.show(NOTE, handle, SHORT)
    assert rig.platform.calls == ["post 1", "edit m1"]


async def test_a_retry_takes_the_place_of_the_refusal_under_which_it_was_asked_for(rig: Rig) -> None:
    await rig.delivery.deliver(NOTE, None, Refusal("ProviderDown"))
    again = replace(NOTE, key=replace(NOTE.key, message="3/retry"), details={INSTEAD: "m1"})
    await NoteRepository(rig.database, rig.clock).add(again)
    for _ in range(2):
        assert await rig.delivery.acknowledge(again) == "m1"
    assert [message.text for message in rig.platform.answers] == ["Queued · whisper-base"]
    assert rig.buttons()[0].data == ButtonData(Action.CANCEL, again.id)
    await rig.delivery.deliver(again, "m1", SHORT)
    [answer] = rig.platform.answers
    assert answer.text.startswith("Good morning.")
    assert sum(call.startswith("post") for call in rig.platform.calls) == 1


async def test_a_retry_whose_refusal_is_gone_is_posted_once(rig: Rig) -> None:
    await rig.delivery.deliver(NOTE, None, Refusal("ProviderDown"))
    rig.platform.remove(0)
    again = replace(NOTE, key=replace(NOTE.key, message="3/retry"), details={INSTEAD: "m1"})
    await NoteRepository(rig.database, rig.clock).add(again)
    handles = {await rig.delivery.acknowledge(again) for _ in range(2)}
    assert handles == {"m2"}
    assert len(rig.platform.answers) == 1


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.ASKING, Stage.PREPARING])
async def test_news_that_come_after_the_answer_change_nothing(rig: Rig, stage: Stage) -> None:
    delivery = rig.delivery
    handle = await delivery.acknowledge(NOTE)
    await delivery.deliver(NOTE, handle, SHORT)
    calls = list(rig.platform.calls)
    rig.clock.now += timedelta(minutes=1)
    await delivery.report(NOTE, handle, Progress(stage, wait=BUSY, price=Micros(5)))
    assert rig.platform.calls == calls


async def test_a_wait_is_told_if_the_answer_could_not_be_shown(rig: Rig) -> None:
    delivery = rig.delivery
    handle = await delivery.acknowledge(NOTE)
    rig.platform.faults = {1: NotNow(WaitReason.PLATFORM_DOWN, rig.clock.now)}
    with pytest.raises(NotNow):
        await delivery.deliver(NOTE, handle, SHORT)
    await delivery.report(NOTE, handle, Progress(Stage.WAITING, wait=BUSY))
    assert [message.text for message in rig.platform.answers] == [BUSY_WORDS]


async def test_the_asker_alone_is_offered_another_run_aside(rig: Rig) -> None:
    rig.platform.to = replace(rig.platform.to, audience=Audience.CUSTOMERS, has_aside=True)
    await rig.delivery.deliver(NOTE, None, Refusal("ProviderDown"))
    assert rig.platform.answers == []
    [aside] = rig.platform.asides
    assert aside.labels == ["Try again"]


@pytest.mark.parametrize("audience", Audience)
async def test_what_is_owed_stands_on_the_button_but_customers_read_no_price(rig: Rig, audience: Audience) -> None:
    rig.platform.to = replace(rig.platform.to, audience=audience)
    handle = await rig.delivery.acknowledge(NOTE)
    await rig.delivery.report(NOTE, handle, Progress(Stage.TRANSCRIBING, owed=Micros(161_400)))
    [button] = rig.buttons()
    priced = ("Discard the text (already paid: $0.1614)", "161400")
    wanted = ("Cancel", "") if audience is Audience.CUSTOMERS else priced
    assert (button.label, button.data.argument) == wanted
