"""Presses of all kinds: the user that each belongs to, and the sentence for a presser if the platform fails."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.chat.button_rows import Action, ButtonData
from bot.chat.platform import MessageGone
from bot.chat.presses import failed, outcome
from bot.chat.replies import Notice, Overwrite, Restore, ShowAgain
from bot.chat.result_actions import Press
from bot.domain.errors import EarmarkError, NoSound, NotNow, PerhapsPosted, Undelivered
from bot.domain.note import Note
from bot.domain.waiting import WaitReason
from bot.locales import error_text, text
from tests.helpers.chat import Chat, caller, open_chat

pytestmark = pytest.mark.asyncio(loop_scope="module")
LATER = datetime(2026, 11, 16, tzinfo=UTC)


class Owner:
    """Implements Rights of the user who asked for a note."""

    def __init__(self, account: str) -> None:
        self.account = account

    async def may_use(self, note: Note) -> bool:
        return note.user == self.account

    may_read = may_cancel = may_pay = may_use


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path_factory.mktemp("chat")) as chat:
        yield chat


async def test_a_press_about_a_note_is_carried_out_for_users_with_rights_to_it(chat: Chat) -> None:
    ada, bea = caller(), caller()
    await chat.give(ada)
    note = await chat.transcribed(ada)
    back = ButtonData(Action.BACK, note.id)
    shown = await outcome(chat.core, ada, Press(back, ada.account, "en"), Owner(ada.account))
    assert isinstance(shown, Restore)
    assert shown.result.note.id == note.id
    refused = await outcome(chat.core, bea, Press(back, bea.account, "en"), Owner(bea.account))
    assert refused == Notice(text("en", "press-not-yours"))


async def test_a_press_about_no_note_is_about_its_presser_with_what_was_chosen_in_the_menu(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    note = await chat.transcribed(ada)
    show = ButtonData(Action.SHOW, argument=note.id)
    shown = await outcome(chat.core, ada, Press(show, ada.account, "en"), Owner(ada.account))
    assert isinstance(shown, ShowAgain)
    assert shown.result.note.id == note.id
    by_menu = Press(ButtonData(Action.SHOW), ada.account, "en", value=note.id)
    assert await outcome(chat.core, ada, by_menu, Owner(ada.account)) == shown
    choice = Press(ButtonData(Action.CHOOSE, argument="language"), ada.account, "en", value="es")
    changed = await outcome(chat.core, ada, choice, Owner(ada.account))
    assert isinstance(changed, Overwrite)
    assert changed.notice == "Language: Spanish (your choice)"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PerhapsPosted(WaitReason.PLATFORM_DOWN, LATER), text("en", "press-perhaps")),
        (NotNow(WaitReason.PLATFORM_PAUSE, LATER), text("en", "press-later", name="Telegram")),
        (Undelivered(reason="gone"), text("en", "press-refused", name="Telegram")),
        (MessageGone(), text("en", "press-old")),
        (NoSound(), error_text("en", NoSound())),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_button_that_cannot_be_carried_out_is_answered_with_a_sentence(error: EarmarkError, said: str) -> None:
    assert failed("en", "Telegram", error) == said
    assert "{" not in said
