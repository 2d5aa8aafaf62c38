"""The list of a user's recordings, as /jobs and /balance show it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

import adapters.discord.pages as discord
import adapters.telegram.pages as telegram
from bot.chat import answer_layout, recordings
from bot.chat.answer_links import AnswerLinks
from bot.chat.pages import Mark, Page, Style
from bot.chat.platform import Limits
from bot.chat.queries import Result
from bot.chat.recordings import Recording
from bot.domain.note import Note, NoteState
from bot.notes.views import Standing
from bot.storage.rows import beginning_of
from tests.doubles.platform import PLATFORM
from tests.helpers.chat import Chat, caller, labels, open_chat

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path_factory.mktemp("chat")) as chat:
        yield chat


class Links:
    """Implements LinksAnswers."""

    async def address_of(self, note: Note, placeholder: str | None) -> str | None:
        return f"https://folder.example/{note.key.message}"

    async def standing_address_of(self, result: Result) -> str | None:
        return None


def recording(number: int) -> Recording:
    at = datetime(2026, 11, 30, 20, tzinfo=UTC)
    done = Standing(str(number), "ada", "memo.ogg", NoteState.DONE, None, None, 16.0, None, at, None)
    return Recording(
        done, f"The words of {number}.", f"https://discord.com/channels/{10**18}/{10**18}/{number + 10**18}"
    )


async def test_a_recording_is_listed_by_its_first_words_with_the_way_to_its_answer_and_its_time(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    note = await chat.transcribed(ada)
    zone = ZoneInfo("Asia/Kathmandu")
    there = replace(chat, core=replace(chat.core, links=AnswerLinks({PLATFORM: Links()}), timezone=zone))
    standing = await chat.core.notes.standing(note.id)
    assert standing is not None
    when = standing.created_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    line = f"{when} · What was said in 16.14 seconds. · 0:16 · done · $0.1614"
    for command in ("jobs", "balance"):
        page = (await there.said(ada, command)).page
        assert page.text.endswith(f"Your latest recordings:\n• {line}")
        marked = {mark.style: (page.text[mark.begin : mark.begin + mark.length], mark.target) for mark in page.marks}
        assert marked == {
            Style.TIME: (when, str(int(standing.created_at.timestamp()))),
            Style.LINK: ("What was said in 16.14 seconds.", f"https://folder.example/{note.key.message}"),
        }
    assert labels((await there.said(ada, "jobs")).buttons) == [line]


async def test_a_recording_without_a_text_is_listed_by_its_file(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    chat.application.provider.free.clear()
    note = await chat.recorded(ada)
    page = (await chat.said(ada, "jobs")).page
    assert " · voice-note.ogg · " in page.text
    assert [mark.style for mark in page.marks] == [Style.TIME], "this platform has no addresses"
    chat.application.provider.free.set()
    await chat.application.end_of(note)


@pytest.mark.parametrize(
    ("limits", "shown"), [(telegram.REPLY, 20), (discord.REPLY, 13), (Limits(text=200, caption=100), 3)]
)
async def test_a_list_that_is_too_long_for_a_message_ends_at_a_whole_line_with_its_links_and_times(
    limits: Limits, shown: int
) -> None:
    listed = recordings.listed("en", ZoneInfo("UTC"), [recording(number) for number in range(20)], limits, above="Hi.")
    head, *lines = listed.text.removeprefix("Hi.\n\n").split("\n")
    assert head == "Your latest recordings:"
    left = [f"… and {20 - shown} more."] if shown < 20 else []
    assert lines == [f"• 2026-11-30 20:00 · The words of {number}. · 0:16 · done" for number in range(shown)] + left
    marked = [listed.text[mark.begin : mark.begin + mark.length] for mark in listed.marks if mark.style is Style.LINK]
    assert marked == [f"The words of {number}." for number in range(shown)]
    assert answer_layout.fitting(listed, limits) == listed, "no platform cuts it further"


async def test_a_message_that_is_cut_keeps_the_links_of_its_beginning() -> None:
    said = "Here. " * 100
    marks = (Mark(0, 4, Style.LINK, "https://example.org"), Mark(570, 4, Style.LINK, "https://example.org"))
    assert answer_layout.fitting(Page(said, marks), Limits(text=100, caption=100)).marks == marks[:1]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ('{"text":"Good morning.","language":"en"', "Good morning."),
        ('{"text":"Good \\"mor', 'Good "mor'),
        ('{"text":"Good mor\\', "Good mor"),
        ('{"text":"Good mor\\ud8', "Good mor"),
        ('{"text":"a\\u0020b\\nc', "a b\nc"),
        ('{"text":""', ""),
        ("{}", ""),
    ],
)
async def test_the_first_words_are_read_from_the_head_of_a_stored_text(head: str, words: str) -> None:
    assert beginning_of(head) == words
