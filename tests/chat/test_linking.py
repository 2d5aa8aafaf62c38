"""Accounts of one user on several platforms: /link and /unlink, and the yes to their questions."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.chat.caller import Caller
from bot.chat.replies import Notice, Overwrite
from bot.domain.errors import NotLinked
from bot.locales import error_text
from tests.helpers.chat import Chat, button, caller, in_group, open_chat

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNKNOWN = "This code is not valid"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path_factory.mktemp("chat")) as chat:
        yield chat


async def code_of(chat: Chat, one: Caller) -> str:
    told = (await chat.said(one, "link")).page.text
    found = re.search(r"/link (\S+) on your other", told)
    assert found is not None, told
    return found[1]


async def linked(chat: Chat, maker: Caller, other: Caller) -> None:
    asked = await chat.said(other, f"link {await code_of(chat, maker)}")
    assert isinstance(await chat.pressed(other, button(asked.buttons, "Both are mine")), Overwrite)


async def test_a_code_joins_two_accounts_after_a_yes(chat: Chat) -> None:
    ada, adas = caller(), caller()
    await chat.give(ada)
    await chat.give(adas, 0.5)
    question = await chat.said(adas, f"link {(await code_of(chat, ada)).lower()}")
    assert "Your $0.50 move there for good" in question.page.text
    assert (await chat.core.statements.balance(adas.account)).balance == 500_000, "nothing is done before the yes"
    done = await chat.pressed(adas, button(question.buttons, "Both are mine"))
    assert isinstance(done, Overwrite)
    assert done.page.text.startswith("One account now: folder (2).\n$1.50 left.")
    assert done.buttons == ()
    again = await chat.pressed(adas, button(question.buttons, "Both are mine"))
    assert isinstance(again, Overwrite), "said twice, done once"
    assert (await chat.core.statements.balance(ada.account)).balance == 1_500_000


async def test_a_code_is_good_for_one_other_user_and_not_for_its_maker(chat: Chat) -> None:
    ada, bob, eve = caller(), caller(), caller()
    code = await code_of(chat, ada)
    assert (await chat.said(ada, f"link {code}")).page.text.startswith(UNKNOWN)
    questions = [await chat.said(one, f"link {code}") for one in (bob, eve)]
    first = await chat.pressed(bob, button(questions[0].buttons, "Both are mine"))
    late = await chat.pressed(eve, button(questions[1].buttons, "Both are mine"))
    assert isinstance(first, Overwrite)
    assert isinstance(late, Notice)
    assert late.text.startswith(UNKNOWN)


async def test_a_code_that_is_said_in_a_group_is_void(chat: Chat) -> None:
    ada, eve = caller(), caller()
    code = await code_of(chat, ada)
    assert "This one is cancelled" in (await chat.said(in_group(eve), f"link {code}")).page.text
    assert (await chat.said(eve, f"link {code}")).page.text.startswith(UNKNOWN)
    assert "That is private" in (await chat.said(in_group(ada), "link")).page.text


async def test_accounts_part_after_a_yes_and_the_question_says_who_keeps_the_money(chat: Chat) -> None:
    ada, adas = caller(), caller()
    await chat.give(ada)
    await linked(chat, ada, adas)
    question = await chat.said(adas, "unlink")
    assert "The balance stays with folder; here you start anew." in question.page.text
    done = await chat.pressed(adas, button(question.buttons, "Unlink"))
    assert isinstance(done, Overwrite)
    assert done.page.text.startswith("Unlinked. folder has its own account now.\n$0.00 left.")
    late = await chat.pressed(adas, button(question.buttons, "Unlink"))
    assert late == Notice(error_text("en", NotLinked()))
    alone = await chat.said(adas, "unlink")
    assert (alone.page.text, alone.buttons) == (late.text, ())
