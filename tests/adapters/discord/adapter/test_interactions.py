"""Discord's adapter: answers to interactions."""

import asyncio
import traceback
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.discord import pages
from adapters.discord.places import Place, Ticket, place_of
from bot.chat.pages import Page
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.note import Note, Progress, Stage
from bot.storage.database import Database
from bot.support.uncancellable_calls import UncancellableCalls, UnderWay
from tests.doubles.discord.server import Channel
from tests.helpers.discord_adapter import (
    ANSWER,
    EMBEDDED,
    TEXT,
    TRANSCRIBING,
    delivered,
    only,
    shown,
)
from tests.helpers.discord_out import SOUND, TICKET_SECONDS, Out, Scene, answer, over, said


async def deferred(out: Out, channel: Channel, private: bool = False) -> tuple[Any, Note]:
    use, note = await out.asked(channel, private)
    await out.defer(use, private)
    return use, note


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
