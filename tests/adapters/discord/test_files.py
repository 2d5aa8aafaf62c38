"""Attachments come from Discord to this disk whole and bounded; links are renewed while their message is there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stamina

from adapters.discord.errors import AttachmentDown, AttachmentGone
from adapters.discord.places import Place, place_of
from bot.chat.platform import LeadsElsewhere
from bot.domain.errors import NotNow, TooLarge
from bot.domain.note import MediaRef, Note
from tests.doubles.discord.server import Blob
from tests.helpers.discord_out import SOUND, Out, Scene, media_of, outgoing, scene

LIMIT = 200_000_000
DAY = 86_400.0
GET = r"/messages/\d+$"


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def out(tmp_path: Path) -> AsyncIterator[Out]:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(scene())
        yield await stack.enter_async_context(outgoing(here, tmp_path))


@pytest.fixture
def here(out: Out) -> Scene:
    return out.scene


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


async def fetch(out: Out, note: Note, spool: Path, limit: int = LIMIT) -> bytes:
    path = await out.files.fetch(note.media, place_of(note), spool, limit)
    assert list(spool.iterdir()) == [path]
    return path.read_bytes()


async def test_a_file_arrives_whole_and_is_not_fetched_again(out: Out, here: Scene, spool: Path) -> None:
    note = await out.said()
    assert await fetch(out, note, spool) == SOUND.source
    assert await fetch(out, note, spool) == SOUND.source
    assert len(here.discord.cdn.fetched) == 1
    assert not here.discord.called("GET", GET)


async def test_a_file_that_is_too_large_is_not_asked_for_or_stopped_on_its_way(
    out: Out, here: Scene, spool: Path
) -> None:
    honest = await out.said()
    with pytest.raises(TooLarge):
        await fetch(out, honest, spool, limit=1000)
    assert here.discord.cdn.fetched == []
    liar = await out.said(sent=here.channel.say(here.ada, files=[replace(SOUND, claims=10)]))
    with pytest.raises(TooLarge):
        await fetch(out, liar, spool, limit=1000)
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("is_forwarded", [False, True])
async def test_a_link_that_ended_is_renewed_at_its_message(
    out: Out, here: Scene, spool: Path, is_forwarded: bool
) -> None:
    sent = here.channel.say(here.bea, files=[Blob("other.ogg", b"other"), SOUND])
    link = here.discord.link(sent.attachments[1])
    place = replace(out.place(here.channel, sent), link=link)
    if is_forwarded:
        forwarded = here.channel.say(here.ada, forwards=sent)
        place = replace(place, message=forwarded.id)
    media = replace(media_of(sent), locator=f"attachment:{sent.attachments[1].id}", bytes=None)
    here.later(2 * DAY)
    assert await fetch(out, await out.note(place, "1", media), spool) == SOUND.source
    assert len(here.discord.cdn.fetched) == 1  # what says itself that it ended is not tried


async def test_a_link_is_renewed_in_the_channel_of_its_recording(out: Out, here: Scene, spool: Path) -> None:
    sent = here.channel.say(here.bea, files=[SOUND])
    place = replace(out.place(here.channel, sent), channel=here.own.id, own=True, recorded_in=here.channel.id)
    here.later(2 * DAY)
    assert await fetch(out, await out.note(place, "1", media_of(sent)), spool) == SOUND.source


@pytest.mark.parametrize("link", ["", "{}0", "no link"])
async def test_a_link_that_is_not_honoured_is_renewed_too(out: Out, here: Scene, spool: Path, link: str) -> None:
    sent = here.channel.say(here.ada, files=[SOUND])
    place = out.place(here.channel, sent)
    place = replace(place, link=link.format(place.link))
    if link == "no link":
        with pytest.raises(LeadsElsewhere, match="none of the platform's own"):
            await fetch(out, await out.note(place, "1", media_of(sent)), spool)
    else:
        assert await fetch(out, await out.note(place, "1", media_of(sent)), spool) == SOUND.source


async def test_a_file_is_gone_with_its_message_once_its_link_ended(out: Out, here: Scene, spool: Path) -> None:
    sent = here.channel.say(here.ada, files=[SOUND])
    note = await out.said(sent=sent)
    here.channel.delete(sent)
    with pytest.raises(AttachmentGone, match=r"talk\.ogg"):
        await fetch(out, note, spool)
    assert list(spool.iterdir()) == []
    await out.register()
    here.ada.slash("transcribe", here.channel, file=SOUND)
    uploaded = max(here.discord.files.values(), key=lambda file: file.id)
    place = replace(out.place(here.channel), link=here.discord.link(uploaded))
    note = await out.note(place, "i1/1", MediaRef(f"attachment:{uploaded.id}", "talk.ogg"))
    assert await fetch(out, note, spool) == SOUND.source
    (spool / "received").unlink()
    here.later(2 * DAY)
    with pytest.raises(AttachmentGone):
        await fetch(out, note, spool)


async def test_what_cannot_be_seen_any_more_is_gone(out: Out, here: Scene, spool: Path) -> None:
    note = await out.said()
    here.later(2 * DAY)
    here.channel.deny("view_channel")
    with pytest.raises(AttachmentGone):
        await fetch(out, note, spool)


async def test_a_trouble_that_passes_is_waited_for(out: Out, here: Scene, spool: Path) -> None:
    here.discord.cdn.failures = 2
    assert await fetch(out, await out.said(), spool) == SOUND.source


async def test_a_file_that_breaks_off_again_and_again_waits(out: Out, here: Scene, spool: Path) -> None:
    note = await out.said()
    here.discord.cdn.cut_after = 1000
    with pytest.raises(AttachmentDown):
        await fetch(out, note, spool)
    assert list(spool.iterdir()) == []
    with pytest.raises(NotNow, match="file-down") as told:
        await out.adapter.fetch(note, spool, LIMIT)
    assert str(told.value.fields["until"]) > here.clock().isoformat()
    here.discord.cdn.cut_after = None
    assert await fetch(out, note, spool) == SOUND.source


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}, {"status": 401}])
async def test_a_link_that_cannot_be_renewed_just_now_waits(out: Out, here: Scene, spool: Path, fault: Any) -> None:
    note = await out.said()
    here.later(2 * DAY)
    here.discord.fail("GET", GET, times=10, **fault)
    with pytest.raises(NotNow):
        await out.adapter.fetch(note, spool, LIMIT)
    assert await out.adapter.link(note, 60) is None


async def test_what_leads_elsewhere_goes_to_who_looks_where_links_lead(out: Out, here: Scene, spool: Path) -> None:
    place = Place(here.channel.id, asker=here.ada.id)
    asked = await out.note(place, "i1/1", MediaRef("https://example.org/talk.ogg"))
    assert (await out.adapter.fetch(asked, spool, LIMIT)).read_text() == "https://example.org/talk.ogg"
    odd = await out.note(replace(place, link="http://10.0.0.1/talk.ogg"), "i1/2", MediaRef("attachment:5"))
    assert (await out.adapter.fetch(odd, spool, LIMIT)).read_text() == "http://10.0.0.1/talk.ogg"
    assert await out.adapter.link(asked, 1) is None
    assert await out.adapter.link(odd, 1) is None


async def test_discord_s_own_link_is_told_while_it_lives_long_enough(out: Out, here: Scene) -> None:
    note = await out.said()
    assert await out.adapter.link(note, DAY / 2) == place_of(note).link
    assert not here.discord.called("GET", GET)
    here.later(0.75 * DAY)
    renewed = await out.adapter.link(note, DAY / 2)
    assert renewed
    assert renewed != place_of(note).link
    assert (await out.http.get(renewed)).content == SOUND.source
    assert await out.adapter.link(note, 2 * DAY) is None
    here.channel.remove()
    assert await out.adapter.link(note, DAY / 2) is None
