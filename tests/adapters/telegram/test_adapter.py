"""The outgoing side of Telegram against the double of its Bot API: placeholders, progress, answers, refusals."""

import asyncio
import itertools
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.client import make_bot
from adapters.telegram.errors import IsFile
from adapters.telegram.places import Handle, Place
from adapters.telegram.sending import Sender
from bot.chat import button_rows
from bot.chat.button_rows import Action, ButtonData
from bot.chat.delivery import Delivery
from bot.chat.note_messages import Placeholders
from bot.chat.pages import File, Page
from bot.chat.platform import MessageGone
from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted, Undelivered
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, Progress, Refusal, Stage
from bot.domain.transcript import Segment, Transcript
from bot.locales import error_text
from tests.doubles.telegram.server import (
    ANSWER_LOST,
    BAD_GATEWAY,
    CUT,
    EVERYTHING,
    GARBAGE,
    BotApi,
    Business,
    Chat,
    Document,
    Fault,
    Group,
    Person,
    Private,
    Seen,
    wait_so_long,
)
from tests.helpers.databases import fresh_database
from tests.helpers.telegram_out import LinkFetcher, Out, answer, outgoing, over, said
from tests.helpers.waits import BUSY, BUSY_WORDS

MEDIA = MediaRef("file", "voice message.ogg")
SENTENCE = "This is one of many sentences that somebody said. "
SHORT, LONG, ENDLESS = (said(text=SENTENCE * times) for times in (1, 200, 400))
MARKS = st.characters() | st.sampled_from("\u200b\u202e\u0301\n_<&@")
NOTE_ID = Place(1, 2).key(3).id
BUTTONS = ["TXT", "SRT", "VTT", "DOCX", "Speakers on", "Spoken language", "Delete this text"]


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApi]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else RetryAfter warns that its type will change
    with BotApi() as telegram:
        yield telegram


@pytest.fixture
async def out(telegram: BotApi, tmp_path: Path) -> AsyncIterator[Out]:
    async with outgoing(telegram, tmp_path) as out:
        yield out


@pytest.fixture
def ada(telegram: BotApi) -> Person:
    return telegram.person("Ada")


@pytest.fixture
def chat(telegram: BotApi, ada: Person) -> Private:
    return telegram.private(ada, started=True)


@pytest.fixture
def place(chat: Private, ada: Person) -> Place:
    return Place(chat.id, chat.say(ada, text="a voice"), asker=ada.id)


@pytest.fixture
async def note(out: Out, place: Place) -> Note:
    return await out.note(place, MEDIA)


@pytest.fixture
def bea(telegram: BotApi) -> Person:
    return telegram.person("Bea")


@pytest.fixture
def office(telegram: BotApi, bea: Person) -> Private:
    """Bea's own chat with the bot."""
    return telegram.private(bea, started=True)


@pytest.fixture
def shop(telegram: BotApi, bea: Person) -> Business:
    return telegram.business(bea)


@pytest.fixture
async def ordered(out: Out, shop: Business, ada: Person, bea: Person) -> Note:
    """A message of Ada, a customer, to Bea's business."""
    message = shop.say(ada, text="a voice")
    return await out.note(Place(ada.id, message, business=shop.id, asker=bea.id), MEDIA)


async def in_group(out: Out, group: Group, ada: Person, thread: int | None = None) -> Note:
    message = group.say(ada, text="a voice") if thread is None else group.say(ada, text="a voice", thread=thread)
    return await out.note(Place(group.id, message, thread, asker=ada.id, private=False), MEDIA)


def only(chat: Chat) -> Seen:
    """The one message that the bot has in a chat."""
    [message] = chat.answers
    return message


def sent(telegram: BotApi) -> int:
    return sum(call.method.startswith("send") and call.status == 200 for call in telegram.calls)


# The placeholder.


async def test_a_placeholder_answers_the_note_s_message_and_can_be_cancelled(
    out: Out, note: Note, place: Place, chat: Private
) -> None:
    handle = await out.adapter.acknowledge(note)
    seen = only(chat)
    assert (seen.text, seen.reply_to, seen.labels) == ("Queued · whisper-base", place.message, ["Cancel"])
    assert ButtonData.unpack(seen.buttons[0][0].data) == ButtonData(Action.CANCEL, note.id)
    assert Handle.parse(handle) == Handle(chat.id, seen.id)
    assert await out.posted.parts(note.id) == {"1": handle, "tried": ""}


async def test_a_placeholder_is_posted_once_also_after_a_restart(
    out: Out, telegram: BotApi, note: Note, chat: Private, tmp_path: Path
) -> None:
    first = await out.adapter.acknowledge(note)
    async with over(telegram, out.posted._db) as later:
        assert await later.adapter.acknowledge(note) == first
    assert len(chat.answers) == 1


@pytest.mark.parametrize("fault", [ANSWER_LOST, GARBAGE], ids=["lost", "garbage"])
async def test_a_placeholder_whose_answer_is_lost_is_found(
    out: Out, telegram: BotApi, note: Note, chat: Private, fault: Fault
) -> None:
    telegram.fail("sendMessage", fault)
    handle = await out.adapter.acknowledge(note)
    assert sent(telegram) <= 1
    assert Handle.parse(handle).message == only(chat).id


async def test_a_placeholder_that_is_not_found_at_once_is_found_when_the_text_is_there(
    out: Out, telegram: BotApi, note: Note, chat: Private
) -> None:
    telegram.fail("sendMessage", ANSWER_LOST)
    telegram.fail("editMessageReplyMarkup", CUT)
    with pytest.raises(PerhapsPosted):
        await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, None, answer(SHORT))
    assert only(chat).text.startswith(SENTENCE.strip())


async def test_a_placeholder_is_looked_for_among_no_messages_of_others(out: Out, telegram: BotApi, ada: Person) -> None:
    channel = telegram.channel("News", admins=[ada])
    message = channel.post(text="a voice")
    note = await out.note(Place(channel.id, message, asker=channel.id, private=False), MEDIA)
    telegram.fail("sendMessage", ANSWER_LOST)
    with pytest.raises(PerhapsPosted):
        await out.adapter.acknowledge(note)
    assert telegram.called("editMessageReplyMarkup") == []


async def test_a_message_to_a_user_who_deleted_hers_is_posted_all_the_same(
    out: Out, note: Note, place: Place, chat: Private
) -> None:
    chat.remove(place.message)
    await out.adapter.acknowledge(note)
    assert only(chat).reply_to is None


async def test_a_topic_is_kept(out: Out, telegram: BotApi, ada: Person) -> None:
    forum = telegram.group("Club", members=[ada], kind="forum")
    thread = forum.topic("Voices")
    note = await in_group(out, forum, ada, thread)
    await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, None, answer(LONG))
    assert [seen.thread for seen in forum.answers] == [thread] * 3


async def test_a_business_chat_is_answered_on_its_owner_s_behalf(
    out: Out, shop: Business, ada: Person, ordered: Note
) -> None:
    paid = answer(SHORT, plan=Plan.PREPAID, charged=Micros(20_000), available=Micros(4_980_000))
    await out.adapter.deliver(ordered, await out.adapter.acknowledge(ordered), paid)
    assert only(shop.chat(ada)).text == f"{SENTENCE.strip()}\n\nEnglish · 0:16 · whisper-base"


async def test_a_guest_is_answered_with_one_message_that_becomes_the_text(
    out: Out, telegram: BotApi, ada: Person
) -> None:
    elsewhere = telegram.group("Elsewhere", members=[ada], bot="left")
    telegram.guest_mention(ada, elsewhere, "@earmark_test_bot")
    [query] = telegram.queries
    note = await out.note(Place(0, 0, guest=query, asker=ada.id, private=False), MEDIA)
    handle = await out.adapter.acknowledge(note)
    assert Handle.parse(handle).inline
    await out.adapter.report(note, handle, Progress(Stage.TRANSCRIBING))
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(LONG))
    seen = only(elsewhere)
    assert seen.text.startswith(SENTENCE)
    assert "to get all of it" in seen.text
    assert seen.labels == ["Speakers on", "Spoken language"]
    with pytest.raises(Undelivered):
        await out.sender.post(Place(0, 0, guest=query, asker=ada.id), Page("once more"))


# A business account's chats, where a customer reads.

ABOUT = "About a recording in one of your chats: "
ASKING = Progress(Stage.ASKING, price=Micros(350_000))
DELETED = Fault(200, body=b'{"ok":true,"result":true}')


async def test_the_owner_of_a_business_is_asked_aside_and_once(
    out: Out, telegram: BotApi, shop: Business, ada: Person, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    for _ in range(2):
        async with over(telegram, out.posted._db) as later:
            await later.adapter.report(ordered, handle, ASKING)
    asked = only(office)
    assert asked.text == f"{ABOUT}This would cost $0.35. Shall I transcribe it?"
    assert asked.labels == ["Transcribe for $0.35", "Cancel"]
    await out.adapter.report(ordered, handle, Progress(Stage.WAITING, wait=BUSY))
    assert only(office).text == f"{ABOUT}{BUSY_WORDS}"
    seen = only(shop.chat(ada))
    assert [*seen.edits, seen.text] == ["Queued · whisper-base"]


async def test_a_question_to_the_owner_is_gone_when_the_text_is_there(
    out: Out, shop: Business, ada: Person, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    await out.adapter.report(ordered, handle, ASKING)
    for _ in range(2):
        await out.adapter.deliver(ordered, handle, answer(SHORT))
    assert office.answers == []
    assert only(shop.chat(ada)).text.startswith(SENTENCE.strip())
    assert sorted(await out.posted.parts(ordered.id)) == ["1", "tried"]


async def test_a_customer_never_reads_why_there_is_no_text(
    out: Out, telegram: BotApi, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    await out.adapter.report(ordered, handle, ASKING)
    telegram.fail("deleteBusinessMessages", DELETED)
    short = Refusal("BudgetShort", {"price": 400_000, "available": 20_000})
    await out.adapter.deliver(ordered, handle, short)
    [call] = telegram.called("deleteBusinessMessages")
    # Without the specification at hand the double leaves a list as it was sent.
    assert str(call.params["message_ids"]) == f"[{Handle.parse(handle).message}]"
    assert (only(office).text, only(office).labels) == (f"{ABOUT}{error_text('en', short.error)}", [])


@pytest.mark.parametrize(
    "why", ["Bad Request: not enough rights", "Bad Request: no", "Not Found: method not found"], ids=str
)
async def test_a_placeholder_that_may_not_be_deleted_in_a_business_chat_is_emptied(
    out: Out, telegram: BotApi, shop: Business, ada: Person, ordered: Note, office: Private, why: str
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    refused = Fault(404 if why.startswith("Not Found") else 400, why)
    telegram.fail("deleteBusinessMessages", refused, times=2)
    for _ in range(2):
        await out.adapter.deliver(ordered, handle, Refusal("NoSound"))
    seen = only(shop.chat(ada))
    assert (seen.text, seen.labels) == ("…", [])
    assert only(office).text == f"{ABOUT}This file has no sound track."


async def test_the_owner_hears_of_it_also_when_the_business_is_disconnected(
    out: Out, telegram: BotApi, shop: Business, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    shop.disconnect()
    telegram.fail("deleteBusinessMessages", Fault(400, "Bad Request: business connection not found"))
    await out.adapter.deliver(ordered, handle, Refusal("NoSound"))
    assert only(office).text == f"{ABOUT}This file has no sound track."


async def test_an_owner_who_never_wrote_to_the_bot_is_told_nothing_and_the_customer_neither(
    out: Out, telegram: BotApi, shop: Business, ada: Person, ordered: Note
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    telegram.fail("deleteBusinessMessages", Fault(400, "Bad Request: not enough rights"))
    with pytest.raises(Undelivered):
        await out.adapter.deliver(ordered, handle, Refusal("NoSound"))
    assert only(shop.chat(ada)).text == "…"


# Progress.


async def test_progress_is_shown_in_the_placeholder_but_not_at_every_look(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    for second in range(10):
        out.clock.now += timedelta(seconds=1)
        await out.adapter.report(note, handle, Progress(Stage.TRANSCRIBING, second / 10))
    seen = only(chat)
    assert [text.split(" ·")[0] for text in (*seen.edits, seen.text)] == [
        "Queued",
        "Transcribing… 20 %",
        "Transcribing… 50 %",
        "Transcribing… 80 %",
    ]
    assert seen.labels == ["Cancel"]


async def test_progress_is_rarer_in_a_group(out: Out, telegram: BotApi, ada: Person) -> None:
    group = telegram.group("Club", members=[ada])
    note = await in_group(out, group, ada)
    handle = await out.adapter.acknowledge(note)
    for second in range(30):
        out.clock.now += timedelta(seconds=1)
        await out.adapter.report(note, handle, Progress(Stage.TRANSCRIBING, second / 30))
    assert len(only(group).edits) == 2


async def test_what_is_shown_already_is_not_shown_again(out: Out, telegram: BotApi, note: Note) -> None:
    handle = await out.adapter.acknowledge(note)
    for _ in range(3):
        out.clock.now += timedelta(minutes=1)
        await out.adapter.report(note, handle, Progress(Stage.PREPARING))
    assert len(telegram.called("editMessageText")) == 1


async def test_progress_waits_for_nobody_where_the_chat_is_full(telegram: BotApi, tmp_path: Path, ada: Person) -> None:
    chat = telegram.private(ada, started=True)
    async with outgoing(telegram, tmp_path, paced) as out:
        note = await out.note(Place(chat.id, chat.say(ada, text="a voice"), asker=ada.id), MEDIA)
        handle = await out.adapter.acknowledge(note)
        await out.sender.post(Place(chat.id, 0), Page("something else"))
        async with asyncio.timeout(1):
            for _ in range(5):
                out.clock.now += timedelta(minutes=1)
                await out.adapter.report(note, handle, Progress(Stage.TRANSCRIBING, 0.1))
        assert not telegram.called("editMessageText")


def paced(telegram: BotApi) -> "ExtBot[None]":
    return make_bot(telegram.token, telegram.base_url, telegram.base_file_url, local=False)


async def test_a_price_is_always_asked_and_the_answer_is_a_button(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    await out.adapter.report(note, handle, Progress(Stage.ASKING, price=Micros(350_000)))
    seen = only(chat)
    assert "$0.35" in seen.text
    assert seen.labels == ["Transcribe for $0.35", "Cancel"]
    assert ButtonData.unpack(seen.buttons[0][0].data) == ButtonData(Action.AGREE, note.id, "350000")


async def test_a_price_is_asked_also_where_there_is_no_placeholder(out: Out, note: Note, chat: Private) -> None:
    for _ in range(2):
        await out.adapter.report(note, None, Progress(Stage.ASKING, price=Micros(350_000)))
    assert only(chat).labels == ["Transcribe for $0.35", "Cancel"]
    await out.adapter.deliver(note, None, answer(SHORT))
    assert only(chat).labels == BUTTONS


async def test_a_question_that_cannot_be_put_is_told_so(out: Out, telegram: BotApi, note: Note, ada: Person) -> None:
    telegram.block(ada)
    with pytest.raises(Undelivered, match="blocked"):
        await out.adapter.report(note, None, Progress(Stage.ASKING, price=Micros(350_000)))


async def test_what_a_note_waits_for_is_always_shown(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    await out.adapter.report(note, handle, Progress(Stage.PREPARING))
    await out.adapter.report(note, handle, Progress(Stage.WAITING, wait=BUSY))
    assert only(chat).text == BUSY_WORDS


async def test_late_news_are_not_written_over_an_answer(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    out.clock.now += timedelta(minutes=1)
    await asyncio.gather(
        out.adapter.deliver(note, handle, answer(SHORT)),
        out.adapter.report(note, handle, Progress(Stage.QUEUED, place=3)),
    )
    await out.adapter.report(note, handle, Progress(Stage.QUEUED, place=2))
    text, notice = chat.answers
    assert text.text.startswith(SENTENCE.strip())
    assert notice.text == "Your text is ready."


async def test_news_for_a_user_who_is_not_there_any_more_are_no_fault(
    out: Out, telegram: BotApi, note: Note, chat: Private, ada: Person
) -> None:
    handle = await out.adapter.acknowledge(note)
    chat.remove(chat.answers[0].id)
    out.clock.now += timedelta(minutes=1)
    await out.adapter.report(note, handle, Progress(Stage.PREPARING))
    assert chat.answers == []
    telegram.block(ada)
    out.clock.now += timedelta(minutes=1)
    await out.adapter.report(note, handle, Progress(Stage.TRANSCRIBING))


async def test_a_note_that_is_worked_on_is_not_forgotten_however_many_others_there_are(
    out: Out, telegram: BotApi, ada: Person, chat: Private
) -> None:
    """Else late news would not wait for the answer, and could be written over it."""
    is_held, may_go_on = asyncio.Event(), asyncio.Event()

    async def pause(_seconds: float) -> None:
        is_held.set()
        await may_go_on.wait()

    platform = TelegramAdapter(Sender(out.bot, out.clock, pause), out.files, out.posted)
    adapter = Delivery(platform, LinkFetcher(), out.posted, out.clock, Placeholders(most=1))
    first, *others = [
        await out.note(Place(chat.id, chat.say(ada, text="a voice"), asker=ada.id), MEDIA) for _ in range(4)
    ]
    handle = await adapter.acknowledge(first)
    telegram.fail("editMessageText", CUT)
    delivering = asyncio.create_task(adapter.deliver(first, handle, answer(SHORT)))
    await is_held.wait()
    for other in others:
        await adapter.acknowledge(other)
    late = asyncio.create_task(adapter.report(first, handle, Progress(Stage.WAITING, wait=BUSY)))
    await adapter.acknowledge(others[0])
    assert not late.done()
    may_go_on.set()
    await asyncio.gather(delivering, late)
    seen = chat.message(Handle.parse(handle).message)
    assert [text.split(" ·")[0] for text in seen.edits] == ["Queued"]
    assert seen.text.startswith(SENTENCE.strip())


# The answer.


async def test_the_placeholder_becomes_the_text(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, handle, answer(SHORT))
    seen = only(chat)
    assert seen.text == f"{SENTENCE}\n\nEnglish · 0:16 · whisper-base".replace(" \n", "\n")
    assert seen.edits == ("Queued · whisper-base",)
    assert seen.labels == BUTTONS


async def test_two_speakers_can_be_named(out: Out, note: Note, chat: Private) -> None:
    two = said(Segment("Hello.", 0, 1, "Speaker 1"), Segment("Hi.", 1, 2, "Speaker 2"))
    await out.adapter.deliver(note, await out.adapter.acknowledge(note), answer(two, names={"Speaker 1": "Ada"}))
    seen = only(chat)
    assert seen.parts("bold") == ["Ada:", "Speaker 2:"]
    assert "Names" in seen.labels


async def test_a_long_text_is_whole_in_several_messages_and_said_twice_it_is_there_once(
    out: Out, note: Note, chat: Private
) -> None:
    handle = await out.adapter.acknowledge(note)
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(LONG))
    assert " ".join(seen.parts("expandable_blockquote")[0] for seen in chat.answers) == LONG.text.strip()
    assert [seen.labels for seen in chat.answers] == [[], [], BUTTONS]
    assert sorted(await out.posted.parts(note.id)) == ["1", "2", "3", "tried"]


async def test_nothing_is_read_as_markup_or_given_a_preview(
    out: Out, telegram: BotApi, note: Note, chat: Private
) -> None:
    words = "<b>_https://example.org_</b> @everyone"
    await out.adapter.deliver(note, await out.adapter.acknowledge(note), answer(said(text=words)))
    assert only(chat).text.startswith(words)
    for call in (*telegram.called("sendMessage"), *telegram.called("editMessageText")):
        assert "parse_mode" not in call.params
        assert call.params["link_preview_options"] == {"is_disabled": True}


async def test_a_text_beyond_all_messages_is_a_file_in_place_of_the_placeholder(
    out: Out, note: Note, chat: Private
) -> None:
    handle = await out.adapter.acknowledge(note)
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(ENDLESS))
    seen = only(chat)
    assert seen.document is not None
    assert seen.document.name == "transcript.txt"
    assert seen.document.content.decode().strip() == ENDLESS.text.strip()
    assert seen.text.startswith(SENTENCE)
    assert "The whole text is in the file." in seen.text
    assert seen.labels == BUTTONS


async def test_a_shorter_answer_leaves_no_messages_over_and_a_longer_one_adds_some(
    out: Out, note: Note, chat: Private
) -> None:
    handle = await out.adapter.acknowledge(note)
    seen = []
    for transcript in (LONG, SHORT, LONG, ENDLESS):
        await out.adapter.deliver(note, handle, answer(transcript))
        seen.append(len(chat.answers))
    assert seen == [3, 1, 3, 1]
    assert sorted(await out.posted.parts(note.id)) == ["1", "tried"]


async def test_where_no_file_may_be_sent_a_long_text_is_its_beginning_with_buttons(
    out: Out, telegram: BotApi, ada: Person
) -> None:
    group = telegram.group("Club", members=[ada])
    note = await in_group(out, group, ada)
    handle = await out.adapter.acknowledge(note)
    refused = Fault(400, "Bad Request: not enough rights to send documents to the chat")
    telegram.fail("editMessageMedia", refused, times=2)
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(ENDLESS))
    assert "The buttons below" in only(group).text
    assert only(group).labels == BUTTONS


async def test_a_file_stays_a_file_when_its_text_gets_shorter(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, handle, answer(ENDLESS))
    await out.adapter.deliver(note, handle, answer(LONG))
    seen = only(chat)
    assert seen.document is not None
    assert seen.document.content.decode().strip() == LONG.text.strip()
    await out.adapter.deliver(note, handle, answer(SHORT))
    assert only(chat).text.startswith(SENTENCE.strip())


async def test_a_refusal_is_one_sentence_without_buttons(out: Out, note: Note, chat: Private) -> None:
    handle = await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, handle, Refusal("NoSound"))
    seen = only(chat)
    assert (seen.text, seen.labels) == ("This file has no sound track.", [])


@pytest.mark.parametrize("transcript", [SHORT, LONG, ENDLESS], ids=["short", "long", "endless"])
async def test_a_placeholder_that_was_deleted_is_posted_anew(
    out: Out, note: Note, chat: Private, transcript: Transcript
) -> None:
    handle = await out.adapter.acknowledge(note)
    chat.remove(only(chat).id)
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(transcript))
    assert len(chat.answers) == (3 if transcript is LONG else 1)
    assert chat.answers[-1].labels == BUTTONS
    assert (await out.posted.parts(note.id))["1"] != handle


async def test_an_answer_without_a_placeholder_is_posted_once(
    out: Out, note: Note, place: Place, chat: Private
) -> None:
    for _ in range(2):
        await out.adapter.deliver(note, None, answer(SHORT))
    assert only(chat).reply_to == place.message


@pytest.mark.parametrize("transcript", [LONG, ENDLESS], ids=["long", "endless"])
@pytest.mark.parametrize("calls", range(6))
async def test_an_answer_that_breaks_off_anywhere_is_finished_without_doubles(
    telegram: BotApi, tmp_path: Path, chat: Private, place: Place, transcript: Transcript, calls: int
) -> None:
    """Every call after the first so many fails, and a new process goes on."""
    async with fresh_database("sqlite", tmp_path) as database:
        async with over(telegram, database) as out:
            note = await out.note(place, MEDIA)
            handle = await out.adapter.acknowledge(note)
            done, is_down = itertools.count(), [True]
            telegram.fail(EVERYTHING, CUT, times=3, when=lambda _: is_down[0] and next(done) >= calls)
            with suppress(NotNow):
                await out.adapter.deliver(note, handle, answer(transcript))
        async with over(telegram, database) as out:
            is_down[0] = False
            await out.adapter.deliver(note, handle, answer(transcript))
    assert len(chat.answers) == (3 if transcript is LONG else 1)
    assert all(seen.text.startswith(SENTENCE) for seen in chat.answers)


# What Telegram refuses, and what the network loses.


async def test_a_short_pause_that_telegram_asks_for_is_kept(
    out: Out, telegram: BotApi, note: Note, chat: Private
) -> None:
    telegram.fail("sendMessage", wait_so_long(7), times=2)
    await out.adapter.acknowledge(note)
    assert out.pauses == [7, 7]
    assert len(chat.answers) == 1


async def test_for_a_long_pause_the_note_waits(out: Out, telegram: BotApi, note: Note) -> None:
    telegram.fail("sendMessage", wait_so_long(300))
    with pytest.raises(NotNow) as told:
        await out.adapter.acknowledge(note)
    assert told.value.fields["until"] == (out.clock.now + timedelta(seconds=300)).isoformat()
    assert out.pauses == []


@pytest.mark.parametrize("fault", [CUT, ANSWER_LOST, BAD_GATEWAY, GARBAGE], ids=["cut", "lost", "502", "garbage"])
async def test_an_edit_is_made_again_after_a_fault_of_the_network(
    out: Out, telegram: BotApi, note: Note, chat: Private, fault: Fault
) -> None:
    handle = await out.adapter.acknowledge(note)
    telegram.fail("editMessageText", fault, times=2)
    await out.adapter.deliver(note, handle, answer(SHORT))
    assert only(chat).text.startswith(SENTENCE.strip())
    assert len(out.pauses) == 2
    telegram.fail("editMessageText", fault, times=3)
    with pytest.raises(NotNow) as told:
        await out.adapter.deliver(note, handle, Refusal("NotConfirmed"))
    assert told.value.fields["until"] == (out.clock.now + timedelta(seconds=30)).isoformat()


@pytest.mark.parametrize("fault", [CUT, BAD_GATEWAY], ids=["cut", "502"])
async def test_a_post_that_may_have_arrived_is_not_made_again(
    out: Out, telegram: BotApi, note: Note, fault: Fault
) -> None:
    telegram.fail("sendMessage", fault)
    with pytest.raises(PerhapsPosted) as told:
        await out.adapter.acknowledge(note)
    assert told.value.fields["until"] == (out.clock.now + timedelta(seconds=30)).isoformat()
    assert len(telegram.called("sendMessage")) == 1


async def test_a_file_or_a_guest_s_answer_that_may_have_arrived_is_told_so(
    out: Out, telegram: BotApi, ada: Person, place: Place
) -> None:
    telegram.fail("sendDocument", CUT)
    with pytest.raises(PerhapsPosted):
        await out.sender.send_file(place, "talk.srt", b"1\n", Page("SRT"))
    telegram.fail("answerGuestQuery", CUT)
    with pytest.raises(PerhapsPosted):
        await out.sender.post(Place(0, 0, guest="query", asker=ada.id), Page("Hi."))


async def test_what_was_certainly_not_posted_may_be_posted_later(
    out: Out, telegram: BotApi, note: Note, place: Place
) -> None:
    handle = await out.adapter.acknowledge(note)
    telegram.fail("sendMessage", wait_so_long(300))
    with pytest.raises(NotNow) as told:
        await out.sender.post(place, Page("Hi."))
    assert type(told.value) is NotNow
    telegram.fail("editMessageText", CUT, times=3)
    with pytest.raises(NotNow) as told:
        await out.sender.edit(Handle.parse(handle), Page("Hi."))
    assert type(told.value) is NotNow


async def test_a_post_that_never_arrived_is_made_again(telegram: BotApi, tmp_path: Path, place: Place) -> None:
    nobody = "http://127.0.0.1:1/bot"
    async with outgoing(telegram, tmp_path, lambda _: ExtBot(telegram.token, nobody, nobody)) as out:
        with pytest.raises(NotNow) as told:
            await out.sender.post(place, Page("Hi."))
    assert type(told.value) is NotNow
    assert len(out.pauses) == 2
    assert_no_token(told.value, telegram)


async def test_blocked_by_its_sender_a_note_is_undelivered(out: Out, telegram: BotApi, note: Note, ada: Person) -> None:
    handle = await out.adapter.acknowledge(note)
    telegram.block(ada)
    with pytest.raises(Undelivered, match="blocked"):
        await out.adapter.deliver(note, handle, answer(SHORT))


async def test_a_chat_that_is_gone_is_told_so(out: Out, telegram: BotApi, ada: Person) -> None:
    group = telegram.group("Club", members=[ada])
    note = await in_group(out, group, ada)
    group.delete()
    with pytest.raises(Undelivered, match="no-chat"):
        await out.adapter.acknowledge(note)
    kicked = telegram.group("Pub", members=[ada])
    note = await in_group(out, kicked, ada)
    kicked.kick_bot()
    with pytest.raises(Undelivered, match="not-member"):
        await out.adapter.acknowledge(note)


async def test_an_answer_follows_a_group_that_becomes_a_supergroup(out: Out, telegram: BotApi, ada: Person) -> None:
    group = telegram.group("Club", members=[ada], kind="group")
    note = await in_group(out, group, ada)
    handle = await out.adapter.acknowledge(note)
    new = group.migrate()
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(SHORT))
    assert only(new).text.startswith(SENTENCE.strip())
    assert Handle.parse((await out.posted.parts(note.id))["1"]).chat == new.id


async def test_an_answer_to_a_deleted_topic_goes_to_the_group(out: Out, telegram: BotApi, ada: Person) -> None:
    forum = telegram.group("Club", members=[ada], kind="forum")
    thread = forum.topic("Voices")
    note = await in_group(out, forum, ada, thread)
    handle = await out.adapter.acknowledge(note)
    forum.delete_topic(thread)
    await out.adapter.deliver(note, handle, answer(SHORT))
    seen = only(forum)
    assert seen.thread is None
    assert seen.text.startswith(SENTENCE.strip())


async def test_where_a_topic_is_closed_the_asker_gets_the_answer_in_her_own_chat(
    out: Out, telegram: BotApi, ada: Person, chat: Private
) -> None:
    forum = telegram.group("Club", members=[ada], kind="forum")
    thread = forum.topic("Voices")
    note = await in_group(out, forum, ada, thread)
    forum.close_topic(thread)
    for _ in range(2):
        await out.adapter.deliver(note, None, answer(SHORT))
    assert only(chat).text.startswith(SENTENCE.strip())
    assert only(chat).reply_to is None


async def test_where_a_topic_is_closed_and_nobody_asked_the_note_is_undelivered(
    out: Out, telegram: BotApi, ada: Person
) -> None:
    forum = telegram.group("Club", members=[ada], kind="forum")
    thread = forum.topic("Voices")
    message = forum.say(ada, text="a voice", thread=thread)
    note = await out.note(Place(forum.id, message, thread, private=False), MEDIA)
    forum.close_topic(thread)
    with pytest.raises(Undelivered, match="no-permission"):
        await out.adapter.acknowledge(note)


async def test_where_a_topic_is_closed_a_channel_that_asked_is_no_place_for_the_answer(
    out: Out, telegram: BotApi, ada: Person
) -> None:
    forum = telegram.group("Club", members=[ada], kind="forum")
    news = telegram.channel("News", admins=[ada])
    thread = forum.topic("Voices")
    message = forum.say(ada, text="a voice", thread=thread)
    note = await out.note(Place(forum.id, message, thread, asker=news.id, private=False), MEDIA)
    forum.close_topic(thread)
    with pytest.raises(Undelivered, match="no-permission"):
        await out.adapter.deliver(note, None, answer(SHORT))
    assert news.answers == []


@pytest.mark.parametrize(
    "why", ["not enough rights to send text messages to the chat", "have no rights to send a message"]
)
async def test_a_silenced_bot_answers_in_the_asker_s_own_chat(
    out: Out, telegram: BotApi, ada: Person, chat: Private, why: str
) -> None:
    group = telegram.group("Club", members=[ada])
    note = await in_group(out, group, ada)
    telegram.fail("sendMessage", Fault(400, f"Bad Request: {why}"))
    await out.adapter.acknowledge(note)
    assert len(chat.answers) == 1


async def test_a_token_that_telegram_does_not_know_is_told_to_the_operator_and_not_shown(
    telegram: BotApi, tmp_path: Path, place: Place
) -> None:
    wrong = telegram.token[:-4] + "XXXX"
    async with outgoing(telegram, tmp_path, lambda _: ExtBot(wrong, telegram.base_url, telegram.base_file_url)) as out:
        with capture_logs() as logs, pytest.raises(NotNow) as told:
            await out.sender.post(place, Page("Hi."))
    assert type(told.value) is NotNow
    assert told.value.fields["until"] == (out.clock.now + timedelta(minutes=5)).isoformat()
    assert str(logs).count("EARMARK_TELEGRAM_TOKEN") == 1
    assert wrong not in str(logs) + "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize("fault", [Fault(401, "Unauthorized"), Fault(409, "Conflict: no")], ids=["401", "409"])
async def test_a_note_outlives_a_time_in_which_telegram_does_not_know_the_bot(
    out: Out, telegram: BotApi, note: Note, chat: Private, fault: Fault
) -> None:
    handle = await out.adapter.acknowledge(note)
    telegram.fail("editMessageText", fault)
    with pytest.raises(NotNow):
        await out.adapter.deliver(note, handle, answer(SHORT))
    await out.adapter.deliver(note, handle, answer(SHORT))
    assert only(chat).text.startswith(SENTENCE.strip())


async def test_no_fault_shows_the_token(out: Out, telegram: BotApi, place: Place) -> None:
    refusals = (Fault(403, "Forbidden: no"), Fault(400, "Bad Request: no"))
    for fault in (CUT, BAD_GATEWAY, GARBAGE, wait_so_long(99), *refusals):
        telegram.fail("sendMessage", fault)
        with capture_logs() as logs, pytest.raises(EarmarkError) as told:
            await out.sender.post(place, Page("Hi."))
        assert_no_token(told.value, telegram)
        assert telegram.token not in str(logs)


def assert_no_token(error: EarmarkError, telegram: BotApi) -> None:
    secret = telegram.token.partition(":")[2]
    assert secret not in "".join(traceback.format_exception(error))
    assert secret not in repr(error) + repr(error.to_json()) + repr(error.__cause__)


# What the handlers of presses and commands send.


async def test_buttons_and_files_and_captions_change_by_themselves(out: Out, place: Place, chat: Private) -> None:
    handle = await out.sender.post(place, Page("Hi."), button_rows.cancel("en", NOTE_ID))
    await out.sender.edit_buttons(handle, ())
    await out.sender.edit_buttons(handle, ())
    assert only(chat).labels == []
    await out.sender.edit(handle, Page("A file.", file=File("a.txt", b"Hi.")))
    await out.sender.edit(handle, Page("Another caption."))
    assert only(chat).text == "Another caption."
    with pytest.raises(IsFile):
        await out.sender.edit(handle, Page("x" * 1025))
    for _ in range(2):
        await out.sender.delete(handle)
    assert chat.answers == []
    with pytest.raises(MessageGone):
        await out.sender.edit(handle, Page("Once more."))


async def test_a_file_answers_the_note_s_message(out: Out, place: Place, chat: Private) -> None:
    await out.sender.send_file(place, "talk.srt", b"1\n", Page("SRT"))
    seen = only(chat)
    assert seen.document == Document("talk.srt", b"1\n", seen.document.mime if seen.document else "")
    assert (seen.text, seen.reply_to) == ("SRT", place.message)


async def test_an_answer_to_a_press_may_come_too_late(out: Out, telegram: BotApi) -> None:
    await out.sender.answer_press("4711", "x" * 300, alert=True)
    [call] = telegram.called("answerCallbackQuery")
    assert call.status == 400
    assert len(call.params["text"]) == 200


@pytest.mark.parametrize(
    ("fault", "times"),
    [(CUT, 3), (wait_so_long(300), 1), (Fault(401, "Unauthorized"), 1), (Fault(400, "Bad Request: no"), 1)],
    ids=["network", "pause", "token", "refused"],
)
async def test_a_notice_that_cannot_be_given_is_no_fault(out: Out, telegram: BotApi, fault: Fault, times: int) -> None:
    telegram.fail("answerCallbackQuery", fault, times=times)
    await out.sender.answer_press("4711", "Good, it goes on.")
    assert len(telegram.called("answerCallbackQuery")) == times


async def test_an_answer_is_asked_for_by_its_author(out: Out, ada: Person, chat: Private) -> None:
    await out.sender.ask(Place(chat.id, 0), Page("Which name?"))
    assert only(chat).text == "Which name?"


async def test_a_link_is_fetched_by_the_fetcher(out: Out, place: Place, tmp_path: Path) -> None:
    note = await out.note(place, MediaRef("https://example.org/talk.mp3"))
    path = await out.adapter.fetch(note, tmp_path, 1_000)
    assert path.read_text() == "https://example.org/talk.mp3"


async def test_a_file_that_telegram_does_not_hand_out_is_waited_for(
    out: Out, telegram: BotApi, place: Place, tmp_path: Path
) -> None:
    file = telegram.file(b"sound")
    note = await out.note(place, MediaRef(file.id, "voice message.ogg"))
    telegram.fail("getFile", BAD_GATEWAY, times=3)
    with stamina.set_testing(True, attempts=3), pytest.raises(NotNow) as told:
        await out.adapter.fetch(note, tmp_path, 1_000)
    assert told.value.fields["until"] == (out.clock.now + timedelta(minutes=1)).isoformat()
    assert (await out.adapter.fetch(note, tmp_path, 1_000)).read_bytes() == b"sound"


async def test_a_message_too_old_to_be_deleted_is_emptied(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    with BotApi(clock=lambda: now[0]) as telegram:
        chat = telegram.private(telegram.person("Ada"), started=True)
        async with outgoing(telegram, tmp_path) as out:
            handle = await out.sender.post(Place(chat.id, 0), Page("The end of a long text."))
            now[0] += 72 * 3600
            await out.sender.delete(handle)
    assert only(chat).text == "…"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters() | st.sampled_from("\u200b\u202e\u0301\n_<&@"), min_size=1, max_size=60), st.integers(1, 200)
)
def test_whatever_was_said_is_delivered(tmp_path_factory: pytest.TempPathFactory, words: str, times: int) -> None:
    async def deliver(telegram: BotApi) -> None:
        ada = telegram.person("Ada")
        chat = telegram.private(ada, started=True)
        async with outgoing(telegram, tmp_path_factory.mktemp("said")) as out:
            note = await out.note(Place(chat.id, chat.say(ada, text="a voice"), asker=ada.id), MEDIA)
            await out.adapter.deliver(note, None, answer(said(text=words * times)))
        assert chat.answers

    with BotApi() as telegram:
        asyncio.run(deliver(telegram))
