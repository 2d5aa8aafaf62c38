"""Notes on Discord as users see them: one message each, in spite of all that Discord refuses, loses or forgets."""

from dataclasses import replace

import pytest

from adapters.discord.places import Ticket, place_of
from bot.domain.errors import Undelivered
from bot.storage.database import Database
from tests.adapters.discord.test_pages import HOSTILE
from tests.doubles.discord.server import Thread
from tests.helpers.discord_adapter import ANSWER, FILED, POSTS, REFUSAL, RESULT, TEXT, delivered, only, shown
from tests.helpers.discord_out import SOUND, TICKET_SECONDS, Out, Scene, answer, media_of, over, said

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
    assert (only(here.channel).content, only(here.channel).buttons) == (
        "This file has no sound track. Please send one with sound.",
        [],
    )


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
