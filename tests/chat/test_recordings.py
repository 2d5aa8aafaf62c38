"""The list of a user's recordings, as /jobs and /balance show it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bot.chat.answer_links import AnswerLinks
from bot.chat.pages import Style
from bot.chat.queries import Result
from bot.domain.note import Note
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
