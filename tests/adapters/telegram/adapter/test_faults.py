"""Telegram's adapter: answers that break off, and faults of the platform."""

import asyncio
import itertools
import traceback
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from adapters.telegram.errors import IsFile
from adapters.telegram.places import Handle, Place
from bot.chat import button_rows
from bot.chat.pages import File, Page
from bot.chat.platform import MessageGone
from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted, Undelivered
from bot.domain.note import MediaRef, Note, Refusal
from bot.domain.transcript import Transcript
from tests.doubles.telegram.server import (
    ANSWER_LOST,
    BAD_GATEWAY,
    CUT,
    EVERYTHING,
    GARBAGE,
    BotApi,
    Document,
    Fault,
    Person,
    Private,
    wait_so_long,
)
from tests.helpers.databases import fresh_database
from tests.helpers.telegram_adapter import ENDLESS, LONG, MEDIA, SENTENCE, SHORT, in_group, only
from tests.helpers.telegram_out import Out, answer, outgoing, over, said

NOTE_ID = Place(1, 2).key(3).id


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
