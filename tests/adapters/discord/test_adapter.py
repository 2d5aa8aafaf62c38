"""Notes on Discord as users see them: one message each, in spite of all that Discord refuses, loses or forgets."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.discord import pages
from adapters.discord.places import Handle, Place, Ticket, place_of
from bot.chat.pages import Page
from bot.chat.platform import utf16_units
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Note, Progress, Refusal, Stage
from bot.domain.waiting import WaitReason
from bot.storage.database import Database
from bot.support.uncancellable_calls import UncancellableCalls, UnderWay
from tests.adapters.discord.test_pages import HOSTILE, read
from tests.doubles.discord.server import Channel, Seen, Thread
from tests.helpers.databases import fresh_database
from tests.helpers.discord_out import SOUND, TICKET_SECONDS, Out, Scene, answer, media_of, over, said, scene
from tests.helpers.waits import BUSY, BUSY_WORDS

TEXT = "What was said."
ANSWER = answer(said(text=TEXT))
EMBEDDED = answer(said(text="All of it. " * 250))
FILED = answer(said(text="All of it. " * 5000))
REFUSAL = Refusal("NoSound")
POSTS = r"/messages$"
EDITS = r"/messages/\d+$"
RESULT = ["TXT", "SRT", "VTT", "DOCX", "Speakers on", "Spoken language", "Delete this text"]
TRANSCRIBING = Progress(Stage.TRANSCRIBING, 0.25)


@pytest.fixture
async def here() -> AsyncIterator[Scene]:
    async with scene() as here:
        yield here
        assert here.discord.pings == []


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database("sqlite", tmp_path) as database:
        yield database


@pytest.fixture
async def out(here: Scene, database: Database) -> AsyncIterator[Out]:
    async with over(here, database) as out:
        yield out


def only(channel: Channel) -> Seen:
    [seen] = channel.answers
    return seen


def shown(seen: Seen) -> str:
    """All of a message but its footer and its file, as a person reads it."""
    parts = [seen.content, *(embed["description"] for embed in seen.embeds)]
    return read("\n".join(parts)).partition("\n\nEnglish")[0]


async def delivered(out: Out, note: Note, reply: Any = ANSWER) -> str:
    placeholder = await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, placeholder, reply)
    return placeholder


async def deferred(out: Out, channel: Channel, private: bool = False) -> tuple[Any, Note]:
    use, note = await out.asked(channel, private)
    await out.defer(use, private)
    return use, note


# A message in a channel.


async def test_a_placeholder_answers_the_message_and_becomes_its_text(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await out.adapter.acknowledge(note)
    seen = only(here.channel)
    assert (shown(seen), seen.reply_to, seen.buttons) == ("Queued · whisper-base", place_of(note).message, ["Cancel"])
    [call] = here.discord.called("POST", POSTS)
    assert call.body["enforce_nonce"] is True
    assert len(call.body["nonce"]) <= 25
    for _ in range(2):
        await out.adapter.deliver(note, placeholder, ANSWER)
    seen = only(here.channel)
    assert (shown(seen), seen.buttons, seen.edits) == (TEXT, RESULT, 2)


async def test_a_refusal_stands_in_the_place_of_the_text_without_buttons(out: Out, here: Scene) -> None:
    await delivered(out, await out.said(), REFUSAL)
    assert (only(here.channel).content, only(here.channel).buttons) == ("This file has no sound track.", [])


@pytest.mark.parametrize("words", HOSTILE)
async def test_what_was_said_arrives_as_it_was_said(out: Out, here: Scene, words: str) -> None:
    words = " ".join(words.split())
    await delivered(out, await out.said(), answer(said(text=words)))
    marks_of_order = dict.fromkeys(map(ord, "\u202e\u202c\u2066\u2069"))
    assert shown(only(here.channel)) == words.translate(marks_of_order), "what reorders other text was not said"


async def test_sixty_thousand_signs_arrive_whole_in_one_message(out: Out, here: Scene) -> None:
    await delivered(out, await out.said(), answer(said(text="`@everyone`" * 6000)))
    [(name, data)] = only(here.channel).files
    assert (name, data.decode()) == ("transcript.txt", "`@everyone`" * 6000 + "\n")
    assert shown(only(here.channel)).startswith("`@everyone`")


async def test_a_placeholder_is_posted_once_also_where_the_process_dies_before_it_is_written_down(
    out: Out, here: Scene, database: Database
) -> None:
    note = await out.said()
    first = await out.adapter.acknowledge(note)
    assert await out.adapter.acknowledge(note) == first
    await out.posted.forget(note.id, "1")
    async with over(here, database) as again:
        assert await again.adapter.acknowledge(note) == first
        assert len(here.discord.called("GET", POSTS)) == 0  # the nonce is enough
    await out.posted.forget(note.id, "1")
    here.later(3600)
    for words in ("one", "two"):
        here.channel.say(here.bea, words)
    other = await out.said()
    await out.adapter.acknowledge(other)
    async with over(here, database) as much_later:
        assert await much_later.adapter.acknowledge(note) == first
        assert len(here.channel.answers) == 2


async def test_a_placeholder_whose_answer_is_lost_is_there_once(out: Out, here: Scene) -> None:
    here.discord.fail("POST", POSTS, times=2, drop=True, after=True)
    await delivered(out, await out.said())
    assert shown(only(here.channel)) == TEXT
    assert out.pauses == [0.5, 2.0]


async def test_the_answer_to_a_deleted_message_is_posted_without_it(out: Out, here: Scene) -> None:
    sent = here.channel.say(here.ada, files=[SOUND])
    note = await out.said(sent=sent)
    here.channel.delete(sent)
    await delivered(out, note)
    assert (shown(only(here.channel)), only(here.channel).reply_to) == (TEXT, None)
    assert len(here.discord.called("POST", POSTS)) == 1


async def test_without_the_history_the_answer_refers_to_nothing(out: Out, here: Scene) -> None:
    here.channel.deny("read_message_history")
    note = await out.said()
    await delivered(out, note)
    assert (shown(only(here.channel)), only(here.channel).reply_to) == (TEXT, None)
    await out.posted.forget(note.id, "1")
    here.later(600)
    await out.adapter.acknowledge(note)  # what cannot be looked for is posted anew
    assert len(here.channel.answers) == 2


async def test_a_system_message_is_not_referred_to(out: Out, here: Scene) -> None:
    here.discord.fail("POST", POSTS, status=400, code=50035, message="In message_reference: Cannot reply to that")
    await delivered(out, await out.said())
    assert shown(only(here.channel)) == TEXT


@pytest.mark.parametrize("how", ["silent", "blind", "kicked", "removed", "locked", "filtered"])
async def test_what_may_not_be_written_in_the_channel_goes_to_the_asker(out: Out, here: Scene, how: str) -> None:
    channel = here.channel.thread("talk") if how == "locked" else here.channel
    note = await out.said(channel)
    if how == "silent":
        channel.deny("send_messages")
    elif how == "blind":
        channel.deny("view_channel")
    elif how == "kicked":
        here.guild.kick_bot()
    elif how == "removed":
        channel.remove()
    elif how == "filtered":
        here.discord.fail("POST", POSTS, status=400, code=200000)
    elif isinstance(channel, Thread):
        channel.archive(locked=True)
    placeholder = await delivered(out, note)
    assert (shown(only(here.own)), only(here.own).buttons) == (TEXT, [*RESULT, "To the recording"])
    assert channel.answers == []
    await out.adapter.deliver(note, placeholder, REFUSAL)
    [button] = only(here.own).components[0]["components"]
    assert button["url"] == f"https://discord.com/channels/{here.guild.id}/{channel.id}/{place_of(note).message}"


async def test_a_text_that_is_written_anew_keeps_the_way_to_its_recording(out: Out, here: Scene) -> None:
    here.channel.deny("send_messages")
    note = await out.said()
    placeholder = await delivered(out, note)
    handle = await out.adapter.handle_of(note, None)
    assert handle == placeholder
    await out.adapter.rewrite(note, handle, FILED)
    assert only(here.own).files
    assert only(here.own).buttons == [*RESULT, "To the recording"]


async def test_where_the_asker_takes_no_messages_either_it_is_undelivered(out: Out, here: Scene) -> None:
    here.channel.deny("send_messages")
    here.own.closed = True  # type: ignore[attr-defined]  # it is a Dm
    with pytest.raises(Undelivered, match="no-messages"):
        await out.adapter.acknowledge(await out.said())
    with pytest.raises(Undelivered, match="no-messages"):
        await out.adapter.acknowledge(await out.said(here.own))


@pytest.mark.parametrize("seconds", [0, 600])
async def test_an_archived_thread_is_opened_by_what_is_posted(out: Out, here: Scene, seconds: float) -> None:
    thread = here.channel.thread("talk")
    note = await out.said(thread)
    placeholder = await out.adapter.acknowledge(note)
    assert isinstance(thread, Thread)
    thread.archive()
    here.later(seconds)  # so long that Discord forgot the nonce: then what is there is looked through
    await out.adapter.deliver(note, placeholder, ANSWER)
    assert [shown(seen) for seen in thread.answers] == [TEXT]


async def test_a_text_whose_placeholder_was_deleted_is_posted_once(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await out.adapter.acknowledge(note)
    here.channel.delete(only(here.channel))
    for _ in range(2):
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert (shown(only(here.channel)), only(here.channel).reply_to) == (TEXT, place_of(note).message)


async def test_a_text_without_a_placeholder_is_posted_once(out: Out, here: Scene) -> None:
    note = await out.said()
    for _ in range(2):
        await out.adapter.deliver(note, None, ANSWER)
    assert shown(only(here.channel)) == TEXT


async def test_an_answer_refers_to_its_recording_only_where_that_is(out: Out, here: Scene) -> None:
    sent, own = here.channel.say(here.bea, files=[SOUND]), here.own.say(here.ada, files=[SOUND])
    place = replace(out.place(here.own, sent), recorded_in=here.channel.id)
    await delivered(out, await out.note(place, f"{sent.id}/1//es", media_of(sent)))
    [call] = here.discord.called("POST", POSTS)
    assert "message_reference" not in call.body
    assert (shown(only(here.own)), only(here.own).buttons) == (TEXT, RESULT)  # no link is known that leads there
    await out.register()
    use = here.ada.menu("Transcribe", sent)
    await out.defer(use)
    place = out.place(here.channel, own, Ticket(use.token, int(use.began) + TICKET_SECONDS, private=True))
    place = replace(place, recorded_in=here.own.id)
    note = await out.note(place, f"{own.id}/1//es", media_of(own))
    here.later(TICKET_SECONDS + 1)
    await delivered(out, note)
    assert [seen.reply_to for seen in here.own.answers] == [None, own.id]
    assert here.own.answers[1].buttons == RESULT


async def test_a_placeholder_is_found_again_among_many_messages(out: Out, here: Scene, database: Database) -> None:
    note = await out.said()
    for number in range(120):
        here.channel.say(here.bea, str(number))
    here.later(3600)  # as if the bot was away for an hour
    placeholder = await out.adapter.acknowledge(note)
    await out.posted.forget(note.id, "1")
    for number in range(110):
        here.channel.say(here.bea, str(number))
    here.later(600)
    async with over(here, database) as again:
        assert await again.adapter.acknowledge(note) == placeholder
    assert len(here.channel.answers) == 1


async def test_another_run_of_an_old_recording_is_posted_without_a_look(out: Out, here: Scene) -> None:
    sent = here.channel.say(here.ada, files=[SOUND])
    here.later(86_400)
    await out.register()
    use = here.ada.menu("Transcribe", sent)
    ticket = Ticket(use.token, int(use.began) + TICKET_SECONDS)
    out.posting.deferred(use.token)  # it could not be
    note = await out.note(out.place(here.channel, sent, ticket), f"{sent.id}/1//es", media_of(sent))
    await delivered(out, note)
    assert shown(only(here.channel)) == TEXT
    assert not here.discord.called("GET", POSTS)


async def test_a_longer_text_is_an_embed_and_a_longer_one_yet_a_file(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await delivered(out, note, EMBEDDED)
    seen = only(here.channel)
    assert seen.embeds[0]["description"] == EMBEDDED.transcript.text.strip()
    assert (seen.content, seen.files) == ("English · 0:16 · whisper\\-base".replace("\\-", "-"), [])
    await out.adapter.deliver(note, placeholder, FILED)
    seen = only(here.channel)
    assert seen.embeds == []
    assert [name for name, _ in seen.files] == ["transcript.txt"]
    await out.adapter.deliver(note, placeholder, ANSWER)
    seen = only(here.channel)
    assert (shown(seen), seen.embeds, seen.files, seen.buttons) == (TEXT, [], [], RESULT)


async def test_where_embeds_or_files_are_not_allowed_there_is_another_way(out: Out, here: Scene) -> None:
    here.channel.deny("embed_links")
    note = await out.said()
    placeholder = await delivered(out, note, EMBEDDED)
    assert only(here.channel).files[0][1].decode() == EMBEDDED.transcript.text.strip() + "\n"
    here.channel.deny("attach_files")
    await out.adapter.deliver(note, placeholder, EMBEDDED)
    seen = only(here.channel)
    assert (seen.files, seen.embeds, seen.buttons) == ([], [], RESULT)
    assert "The buttons below" in seen.content
    assert utf16_units(seen.content) <= 2000


async def test_a_file_that_is_too_large_is_its_beginning(out: Out, here: Scene) -> None:
    here.discord.limits.upload = 1000
    await delivered(out, await out.said(), FILED)
    assert "The buttons below" in only(here.channel).content


# What Discord refuses, and what passes.


async def test_a_short_trouble_is_waited_for(out: Out, here: Scene) -> None:
    here.discord.fail("POST", POSTS, retry_after=0.05)
    here.discord.fail("PATCH", EDITS, drop=True, times=2)
    await delivered(out, await out.said())
    assert shown(only(here.channel)) == TEXT
    assert out.pauses == [0.5, 2.0]


@pytest.mark.parametrize(
    ("fault", "reason", "seconds"),
    [
        ({"retry_after": 100.0}, WaitReason.PLATFORM_PAUSE, 100),
        ({"status": 503}, WaitReason.PLATFORM_DOWN, 30),
        ({"drop": True}, WaitReason.PLATFORM_DOWN, 30),
        ({"status": 401}, WaitReason.PLATFORM_LOGIN, 300),
        ({"status": 429}, WaitReason.PLATFORM_PAUSE, 60),
        ({"status": 400, "code": 30046}, WaitReason.PLATFORM_PAUSE, 60),
        ({"status": 403}, WaitReason.PLATFORM_PAUSE, 60),
    ],
)
async def test_a_longer_trouble_makes_the_note_wait(
    out: Out, here: Scene, fault: Any, reason: WaitReason, seconds: float
) -> None:
    note = await out.said()
    placeholder = await out.adapter.acknowledge(note)
    here.discord.fail("PATCH", EDITS, times=3, **fault)
    with pytest.raises(NotNow) as told:
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert (told.value.wait.reason, told.value.wait.name) == (reason, "Discord")
    assert (told.value.wait.until - here.clock()).total_seconds() == pytest.approx(seconds, abs=1)
    assert only(here.channel).edits == 0


async def test_without_a_network_the_note_waits_and_is_told_once_it_is_back(out: Out, here: Scene) -> None:
    note = await out.said()
    here.discord.away()
    with pytest.raises(NotNow):
        await out.adapter.acknowledge(note)
    with pytest.raises(NotNow):
        await out.adapter.deliver(note, None, ANSWER)
    here.discord.back()
    await out.adapter.deliver(note, None, ANSWER)
    assert shown(only(here.channel)) == TEXT


async def test_before_discord_was_ever_reached_everything_waits(out: Out, here: Scene) -> None:
    out.client._connection.application_id = None  # as before the first login
    with pytest.raises(NotNow):
        await out.adapter.deliver(await out.said(), None, ANSWER)


async def test_a_refusal_for_good_is_logged_without_what_was_said(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await out.adapter.acknowledge(note)
    here.discord.fail("PATCH", EDITS, status=400, code=12345, message=f"{TEXT} is no good", times=2)
    with capture_logs() as logs, pytest.raises(Undelivered) as told:
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert any({"code": 12345, "status": 400}.items() <= entry.items() for entry in logs)
    assert TEXT not in f"{logs} {told.value}"


async def test_a_call_that_nobody_waits_for_does_not_keep_the_others_waiting(out: Out, here: Scene) -> None:
    note, other = await out.said(), await out.said()
    placeholder = await out.adapter.acknowledge(note)
    here.discord.fail("PATCH", EDITS, retry_after=0.3, is_global=True)
    waiting = asyncio.create_task(out.adapter.report(note, placeholder, Progress(Stage.WAITING, wait=BUSY)))
    await here.discord.eventually(lambda: here.discord.called("PATCH", EDITS))
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.wait_for(delivered(out, other), 5)
    await asyncio.wait_for(out.adapter.deliver(note, placeholder, ANSWER), 5)
    assert [shown(seen) for seen in here.channel.answers] == [TEXT, TEXT]


async def test_old_news_that_are_slow_never_stand_over_the_answer(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await out.adapter.acknowledge(note)
    here.later(10)
    arrived, go_on = Event(), Event()

    def hold(moment: str) -> None:
        if moment.startswith("before PATCH"):
            arrived.set()
            go_on.wait(5)

    here.discord.moment = hold
    news = asyncio.create_task(out.adapter.report(note, placeholder, TRANSCRIBING))
    await asyncio.to_thread(arrived.wait, 5)
    news.cancel()  # as who shows progress does after a while
    await asyncio.wait([news])
    here.later(10)
    await out.adapter.report(note, placeholder, Progress(Stage.TRANSCRIBING, 0.5))  # not one more behind it
    answering = asyncio.create_task(out.adapter.deliver(note, placeholder, ANSWER))
    go_on.set()
    await answering
    assert (shown(only(here.channel)), only(here.channel).edits) == (TEXT, 2)


async def test_a_call_that_takes_too_long_is_not_waited_for_and_not_overtaken(here: Scene, database: Database) -> None:
    go_on = Event()

    def hold(moment: str) -> None:
        if moment.startswith("before PATCH"):
            go_on.wait(5)

    async with over(here, database, seconds=0.2) as out:
        note = await out.said()
        placeholder = await out.adapter.acknowledge(note)
        here.discord.moment = hold
        with pytest.raises(NotNow, match="platform-down"):
            await out.adapter.deliver(note, placeholder, REFUSAL)
        go_on.set()
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert (shown(only(here.channel)), only(here.channel).edits) == (TEXT, 2)


# Progress.


@pytest.mark.parametrize(("is_own", "pause"), [(True, 3), (False, 5)])
async def test_progress_is_shown_but_not_too_often(out: Out, here: Scene, is_own: bool, pause: float) -> None:
    channel = here.own if is_own else here.channel
    note = await out.said(channel)
    placeholder = await out.adapter.acknowledge(note)
    for percent in (10, 20, 30):
        await out.adapter.report(note, placeholder, Progress(Stage.TRANSCRIBING, percent / 100))
    assert only(channel).edits == 0
    here.later(pause)
    for percent in (30, 30, 40):
        await out.adapter.report(note, placeholder, Progress(Stage.TRANSCRIBING, percent / 100))
    assert (shown(only(channel)), only(channel).edits) == ("Transcribing… 30 % · whisper-base", 1)
    assert only(channel).buttons == ["Cancel"]


async def test_news_are_not_posted_but_what_a_sender_must_know_is(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await out.adapter.acknowledge(note)
    here.channel.delete(only(here.channel))
    here.later(10)
    await out.adapter.report(note, placeholder, TRANSCRIBING)
    assert here.channel.answers == []
    await out.adapter.report(note, placeholder, Progress(Stage.ASKING, price=Micros(350_000)))
    assert "$0.35" in shown(only(here.channel))
    assert only(here.channel).buttons == ["Transcribe for $0.35", "Cancel"]
    await out.adapter.report(note, placeholder, Progress(Stage.WAITING, wait=BUSY))
    assert (shown(only(here.channel)), only(here.channel).buttons) == (BUSY_WORDS, ["Cancel"])


async def test_after_the_answer_there_are_no_news(out: Out, here: Scene) -> None:
    note = await out.said()
    placeholder = await delivered(out, note)
    here.later(10)
    await out.adapter.report(note, placeholder, TRANSCRIBING)
    assert shown(only(here.channel)) == TEXT


# Interactions.


@pytest.mark.parametrize("private", [False, True])
async def test_an_interaction_is_answered_by_its_own_response(out: Out, here: Scene, private: bool) -> None:
    use: Any
    use, note = await out.asked(here.channel, private)
    placing = asyncio.create_task(out.adapter.acknowledge(note))
    assert not (await asyncio.wait([placing], timeout=0.1))[0]  # it was not deferred yet
    assert not here.discord.called("PATCH", "@original")
    await out.defer(use, private)
    placeholder = await placing
    assert (shown(use.response), use.response.buttons) == ("Queued · whisper-base", ["Cancel"])
    assert use.token not in repr(Handle.parse(placeholder))
    here.later(4)
    await out.adapter.report(note, placeholder, TRANSCRIBING)
    assert shown(use.response) == "Transcribing… 25 % · whisper-base"
    for _ in range(2):
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert (shown(use.response), use.response.buttons, use.response.ephemeral) == (TEXT, RESULT, private)
    assert (use.followups, here.own.answers) == ([], [])
    assert len(here.channel.answers) == (0 if private else 1)


@pytest.mark.parametrize("private", [False, True])
async def test_further_notes_of_an_interaction_have_messages_of_their_own(out: Out, here: Scene, private: bool) -> None:
    use, first = await deferred(out, here.channel, private)
    sent = here.channel.say(here.bea, files=[SOUND])
    second = await out.note_of(use, here.channel, sent, private, first=False)
    await delivered(out, first)
    await delivered(out, second, EMBEDDED)
    [further] = use.followups
    assert (shown(use.response), further.ephemeral) == (TEXT, private)
    assert further.embeds


@pytest.mark.parametrize("private", [False, True])
async def test_notes_of_one_interaction_never_share_a_message(out: Out, here: Scene, private: bool) -> None:
    use, first = await deferred(out, here.channel, private)  # it says "thinking" still
    place = replace(place_of(first), ticket=Ticket(use.token, int(use.began) + TICKET_SECONDS, private, first=False))
    others = [await out.note(place, f"i{use.id}/{number}", first.media) for number in (2, 3)]
    here.discord.fail("PATCH", "@original", status=503, times=3)
    with pytest.raises(NotNow):
        await out.adapter.acknowledge(others[0])
    placeholders = await asyncio.gather(*[out.adapter.acknowledge(note) for note in (*others, first)])
    assert len(set(placeholders)) == 3
    for number, (note, placeholder) in enumerate(zip((*others, first), placeholders, strict=True)):
        await out.adapter.deliver(note, placeholder, answer(said(text=f"Text {number}.")))
    assert shown(use.response) == "Text 2."
    assert sorted(shown(seen) for seen in use.followups) == ["Text 0.", "Text 1."]
    looks = len(here.discord.called("GET", "@original"))
    await delivered(out, await out.note(place, f"i{use.id}/4", first.media))
    assert len(here.discord.called("GET", "@original")) == looks  # it is known to be there
    assert here.own.answers == []


async def test_words_do_not_take_the_message_of_a_note(out: Out, here: Scene) -> None:
    use, first = await deferred(out, here.channel)
    await out.sender.tell(place_of(first), Page("One was left out."))
    await delivered(out, first)
    assert (shown(use.response), [shown(seen) for seen in use.followups]) == (TEXT, ["One was left out."])


async def second_of(out: Out, channel: Channel, private: bool = False) -> tuple[Any, Note]:
    """The second note of an interaction, the first of which has its message."""
    use, first = await deferred(out, channel, private)
    await out.adapter.acknowledge(first)
    sent = channel.say(out.scene.bea, files=[SOUND])
    return use, await out.note_of(use, channel, sent, private, first=False)


@pytest.mark.parametrize("where", ["public", "private", "group", "blind"])
async def test_a_follow_up_whose_answer_is_lost_is_not_posted_again(out: Out, here: Scene, where: str) -> None:
    channel = here.discord.group(here.ada, here.bea) if where == "group" else here.channel
    use, note = await second_of(out, channel, where == "private")
    if where == "blind":
        here.channel.deny("read_message_history")
    here.discord.fail("POST", "/webhooks/", status=502, after=True)
    with pytest.raises(NotNow):
        await out.adapter.acknowledge(note)
    for _ in range(2):
        await out.adapter.deliver(note, None, ANSWER)
    [further] = use.followups
    instead = {"public": [further], "blind": here.channel.answers[2:]}.get(where, here.own.answers)
    assert [shown(seen) for seen in instead] == [TEXT]


@pytest.mark.parametrize("private", [False, True])
async def test_a_follow_up_that_surely_was_not_posted_is_tried_again(out: Out, here: Scene, private: bool) -> None:
    use, note = await second_of(out, here.channel, private)
    here.discord.fail("POST", "/webhooks/", status=401)
    with pytest.raises(NotNow):
        await out.adapter.acknowledge(note)
    if not private:
        here.discord.fail("POST", "/webhooks/", drop=True)  # nobody knows; but then one can look
        with pytest.raises(NotNow):
            await out.adapter.acknowledge(note)
    await delivered(out, note)
    assert [shown(seen) for seen in use.followups] == [TEXT]
    assert here.own.answers == []


async def test_a_follow_up_that_nobody_waited_for_is_written_down_all_the_same(out: Out, here: Scene) -> None:
    use, note = await second_of(out, here.channel, private=True)
    here.discord.fail("POST", "/webhooks/", retry_after=0.3)
    placing = asyncio.create_task(out.adapter.acknowledge(note))
    await here.discord.eventually(lambda: here.discord.called("POST", f"/webhooks/.*{use.token}"))
    placing.cancel()
    await asyncio.wait([placing])
    await out.adapter.deliver(note, None, ANSWER)
    assert ([shown(seen) for seen in use.followups], here.own.answers) == ([TEXT], [])


async def test_a_follow_up_is_found_again_after_a_crash(out: Out, here: Scene, database: Database) -> None:
    use, first = await deferred(out, here.channel)
    second = await out.note_of(use, here.channel, here.channel.say(here.bea, files=[SOUND]), first=False)
    for note in (first, second):
        await out.adapter.acknowledge(note)
    await out.posted.forget(second.id, "1")
    here.later(300)
    async with over(here, database) as again:
        await delivered(again, second)
    assert [shown(seen) for seen in use.followups] == [TEXT]


async def test_an_interaction_that_could_not_be_deferred_is_answered_in_the_channel(out: Out, here: Scene) -> None:
    use, note = await out.asked(here.channel)
    out.posting.deferred(use.token)
    await delivered(out, note)
    assert (shown(only(here.channel)), only(here.channel).reply_to) == (TEXT, place_of(note).message)


async def test_where_there_may_be_no_more_follow_ups_the_asker_is_written_to(out: Out, here: Scene) -> None:
    group = here.discord.group(here.ada, here.bea)
    use, first = await deferred(out, group)
    await out.adapter.acknowledge(first)
    here.discord.limits.follow_ups = 0
    second = await out.note_of(use, group, group.say(here.bea, files=[SOUND]), first=False)
    await delivered(out, second)
    assert (shown(only(here.own)), use.followups) == (TEXT, [])


async def test_after_its_ticket_a_public_answer_is_edited_as_the_bot_s_own_message(out: Out, here: Scene) -> None:
    use, note = await deferred(out, here.channel)
    placeholder = await out.adapter.acknowledge(note)
    here.later(TICKET_SECONDS + 1)
    await out.adapter.deliver(note, placeholder, ANSWER)
    assert shown(use.response) == TEXT
    assert here.own.answers == []


async def test_a_ticket_that_discord_ends_early_is_over_as_well(out: Out, here: Scene) -> None:
    use, note = await deferred(out, here.channel)
    placeholder = await out.adapter.acknowledge(note)
    use.expire()
    await out.adapter.deliver(note, placeholder, ANSWER)
    assert shown(only(here.channel)) == TEXT


@pytest.mark.parametrize("where", ["private", "group", "foreign"])
async def test_after_its_ticket_what_the_bot_cannot_reach_goes_to_the_asker_once(
    out: Out, here: Scene, where: str
) -> None:
    channel = elsewhere(here, where)
    _, note = await deferred(out, channel, private=where == "private")
    placeholder = await out.adapter.acknowledge(note)
    here.later(TICKET_SECONDS + 1)
    for _ in range(2):
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert shown(only(here.own)) == TEXT
    assert all(TEXT not in seen.text for seen in channel.answers)


async def test_what_is_private_is_undelivered_rather_than_posted_in_a_channel(out: Out, here: Scene) -> None:
    _, note = await deferred(out, here.channel, private=True)
    placeholder = await out.adapter.acknowledge(note)
    here.own.closed = True  # type: ignore[attr-defined]  # it is a Dm
    here.later(TICKET_SECONDS + 1)
    with pytest.raises(Undelivered):
        await out.adapter.deliver(note, placeholder, ANSWER)
    assert here.channel.answers == []


@pytest.mark.parametrize("where", ["private", "group", "foreign"])
async def test_before_a_ticket_ends_its_answer_gets_another_place_and_the_asker_is_told(
    out: Out, here: Scene, where: str
) -> None:
    use, note = await deferred(out, elsewhere(here, where), private=where == "private")
    placeholder = await out.adapter.acknowledge(note)
    here.later(TICKET_SECONDS - 70)
    await out.mover.look()
    assert shown(use.response) == "Queued · whisper-base"
    await out.adapter.report(note, placeholder, TRANSCRIBING)
    here.later(15)
    for _ in range(2):
        await out.mover.look()
    assert "in our own chat and with /jobs" in use.response.content
    assert (shown(only(here.own)), only(here.own).buttons) == ("Transcribing… 25 % · whisper-base", ["Cancel"])
    here.later(10)
    await out.adapter.report(note, placeholder, Progress(Stage.TRANSCRIBING, 0.5))
    await out.adapter.deliver(note, placeholder, ANSWER)
    assert shown(only(here.own)) == TEXT
    assert (use.response.buttons, TEXT in use.response.text) == ([], False)


async def test_before_a_ticket_ends_the_bot_takes_over_its_own_message(out: Out, here: Scene) -> None:
    use, note = await deferred(out, here.channel)
    placeholder = await out.adapter.acknowledge(note)
    here.later(TICKET_SECONDS - 30)
    await out.mover.look()
    assert shown(use.response) == "Queued · whisper-base"
    here.later(31)
    await out.adapter.report(note, placeholder, TRANSCRIBING)
    assert shown(only(here.channel)) == "Transcribing… 25 % · whisper-base"
    await out.adapter.deliver(note, placeholder, ANSWER)
    assert (shown(only(here.channel)), here.own.answers) == (TEXT, [])


async def test_who_takes_no_messages_is_told_how_to_ask_for_the_text(out: Out, here: Scene) -> None:
    here.own.closed = True  # type: ignore[attr-defined]  # it is a Dm
    use, note = await deferred(out, here.channel, private=True)
    placeholder = await out.adapter.acknowledge(note)
    here.later(TICKET_SECONDS - 30)
    await out.mover.look()
    assert "Get the text with /jobs" in use.response.content
    await out.adapter.report(note, placeholder, TRANSCRIBING)
    assert "Get the text with /jobs" in use.response.content
    await out.adapter.deliver(note, placeholder, ANSWER)  # it was in time after all
    assert shown(use.response) == TEXT


async def test_answered_notes_and_those_without_a_ticket_are_left_alone(out: Out, here: Scene) -> None:
    _, note = await deferred(out, here.channel, private=True)
    await delivered(out, note)
    await out.adapter.acknowledge(await out.said())
    here.later(TICKET_SECONDS - 30)
    calls = len(here.discord.calls)
    await out.mover.look()
    assert len(here.discord.calls) == calls


async def test_a_look_that_fails_is_made_again(out: Out, here: Scene) -> None:
    use, note = await deferred(out, here.channel, private=True)
    await out.adapter.acknowledge(note)
    here.later(TICKET_SECONDS - 30)
    here.discord.fail("POST", "/users/@me/channels", status=503, times=1)
    looks = 0

    async def turn(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks > 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await out.mover.watch(turn)
    assert "in our own chat and with /jobs" in use.response.content


async def test_a_note_that_is_slow_to_move_does_not_keep_the_others_waiting(out: Out, here: Scene) -> None:
    uses = []
    for _ in range(3):
        use, note = await deferred(out, here.channel, private=True)
        await out.adapter.acknowledge(note)
        uses.append(use)
    here.later(TICKET_SECONDS - 30)
    here.discord.fail("PATCH", f"/webhooks/.*{uses[0].token}", retry_after=0.5)
    looking = asyncio.create_task(out.mover.look())
    await here.discord.eventually(lambda: all("our own chat" in use.response.content for use in uses[1:]))
    assert "our own chat" not in uses[0].response.content
    await looking
    assert "our own chat" in uses[0].response.content


async def test_who_waits_for_a_call_that_is_ended_is_told_so() -> None:
    calls, began = UncancellableCalls(10), asyncio.Event()

    async def call() -> None:
        began.set()
        await asyncio.Event().wait()

    waiting = [asyncio.create_task(calls.make("one", call)) for _ in range(2)]
    await began.wait()
    await calls.close()
    assert [type(told) for told in await asyncio.gather(*waiting, return_exceptions=True)] == [UnderWay, UnderWay]


# Messages that are no notes, and secrets.


async def test_words_go_where_the_place_leads(out: Out, here: Scene) -> None:
    sent = here.channel.say(here.ada, "hello")
    await out.sender.tell(out.place(here.channel, sent), Page("You said *hello*."))
    assert (shown(only(here.channel)), only(here.channel).reply_to) == ("You said *hello*.", sent.id)
    use, note = await deferred(out, here.channel, private=True)
    await delivered(out, note)
    await out.sender.tell(place_of(note), Page("One thing more."))
    assert [(seen.content, seen.ephemeral) for seen in use.followups] == [("One thing more.", True)]
    here.later(TICKET_SECONDS + 1)
    await out.sender.tell(place_of(note), Page("And another."))
    assert only(here.own).content == "And another."


async def test_no_token_is_in_what_is_told_or_logged(out: Out, here: Scene) -> None:
    use, note = await deferred(out, here.channel, private=True)
    told: list[str] = []
    faults: list[Any] = [{"status": 500}, {"drop": True}, {"status": 400, "code": 1}, {"status": 401}, {"status": 404}]
    with capture_logs() as logs:
        for fault in faults:
            here.discord.fail("PATCH", "@original", times=1 if fault.get("status", 500) < 500 else 3, **fault)
            with pytest.raises(EarmarkError) as raised:
                await out.sender.respond(place_of(note), pages.plain("…"))
            told += traceback.format_exception(raised.value)
    for secret in (use.token, here.discord.token):
        assert secret not in f"{told} {logs} {place_of(note)}"


def elsewhere(here: Scene, where: str) -> Any:
    if where == "private":
        return here.channel
    if where == "group":
        return here.discord.group(here.ada, here.bea)
    return here.discord.foreign_guild("Away", here.ada, here.bea).channel("general")


def test_a_place_keeps_its_token_to_itself() -> None:
    assert "token" not in repr(Place(1)).replace("ticket", "")
