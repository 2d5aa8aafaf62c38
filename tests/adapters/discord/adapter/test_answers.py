"""Discord's adapter: the forms of an answer, and faults of the platform."""

import asyncio
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.discord.places import Handle, Ticket
from bot.chat.platform import utf16_units
from bot.domain.errors import NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Progress, Stage
from bot.domain.waiting import WaitReason
from bot.storage.database import Database
from tests.helpers.discord_adapter import (
    ANSWER,
    EMBEDDED,
    FILED,
    POSTS,
    REFUSAL,
    RESULT,
    TEXT,
    TRANSCRIBING,
    delivered,
    only,
    shown,
)
from tests.helpers.discord_out import SOUND, TICKET_SECONDS, Out, Scene, media_of, over
from tests.helpers.waits import BUSY, BUSY_WORDS

EDITS = r"/messages/\d+$"


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
