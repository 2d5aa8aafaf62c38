"""Telegram's adapter: progress, and the forms of an answer."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from telegram.ext import ExtBot

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.client import make_bot
from adapters.telegram.places import Handle, Place
from adapters.telegram.sending import Sender
from bot.chat.button_rows import Action, ButtonData
from bot.chat.delivery import Delivery
from bot.chat.note_messages import Placeholders
from bot.chat.pages import Page
from bot.chat.queries import Result
from bot.domain.errors import Undelivered
from bot.domain.money import Micros
from bot.domain.note import Note, Progress, Refusal, Stage
from bot.domain.transcript import Segment, Transcript
from tests.doubles.telegram.server import (
    CUT,
    BotApi,
    Fault,
    Person,
    Private,
)
from tests.helpers.telegram_adapter import ENDLESS, LONG, MEDIA, SENTENCE, SHORT, in_group, only
from tests.helpers.telegram_out import LinkFetcher, Out, answer, outgoing, said
from tests.helpers.waits import BUSY, BUSY_WORDS

BUTTONS = ["TXT", "SRT", "VTT", "DOCX", "Speakers on", "Spoken language", "Delete this text"]


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


async def test_a_look_at_a_text_of_several_messages_leaves_its_buttons_below_the_last(
    out: Out, telegram: BotApi, ada: Person
) -> None:
    club = telegram.group("Club", members=[ada], bot="administrator").migrate()
    note = await in_group(out, club, ada)
    handle = await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, handle, answer(LONG))
    labels = [seen.labels for seen in club.answers]
    assert await out.adapter.standing_address_of(Result(note, answer(LONG), handle)) is not None
    assert [seen.labels for seen in club.answers] == labels == [[], [], BUTTONS]


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
    assert (seen.text, seen.labels) == ("This file has no sound track. Please send one with sound.", [])


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
