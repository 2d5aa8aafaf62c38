"""Faults of a platform in the life of a note, a command and a press: one answer or one sentence, and the right money.

Every outgoing call of both platforms meets every fault of tests/doubles/faults.py, one at a time.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.people.preferences import Choice
from tests.doubles.faults import PASSING, Failure
from tests.doubles.provider import TwoVoices
from tests.doubles.telegram.server import BotApi, Person, Private, Seen
from tests.helpers.faults import Hurry
from tests.helpers.settings import make_settings
from tests.helpers.telegram import SAID, TelegramRig, on_telegram, telegram_rig

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE, CREDIT = Micros(161_400), Micros(1_000_000)
ALL = tuple(Failure)
PERMANENT = tuple(failure for failure in ALL if failure not in PASSING)
LOST = (Failure.ERROR, Failure.BAD_GATEWAY, Failure.CUT_BEFORE, Failure.CUT_AFTER)
"""The caller does not know if the call was carried out."""
every = pytest.mark.parametrize("failure", ALL)


@dataclass
class Telegram:
    """A service on Telegram that all tests share, each with a person of its own."""

    rig: TelegramRig
    hurry: Hurry

    @property
    def api(self) -> BotApi:
        return self.rig.telegram

    async def person(self) -> tuple[Person, Private]:
        ada = self.api.person("Ada", language="en")
        await self.rig.service.core.ledger.credit(f"telegram:{ada.id}", CREDIT, f"of {ada.id}")
        return ada, self.api.private(ada, started=True)

    async def text(self, voice: Path, says: str = SAID) -> tuple[Person, Private, Seen]:
        """Return a person with the text of a voice message, or of two voices that say something else."""
        ada, chat = await self.person()
        if says != SAID:
            await self.rig.choose(ada.id, Choice.MODEL, "paid-speakers")
            await self.rig.choose(ada.id, Choice.SPEAKERS, "on")
        chat.say(ada, voice=voice)
        answers = await self.rig.answers(chat, text=says)
        await self.rig.idle()
        return ada, chat, answers[-1]

    async def press(self, person: Person, chat: Private, message: int, button: str) -> str:
        return (await asyncio.to_thread(self.api.press, person, chat, message, button)).text

    async def ends(self, person: Person, charged: int, unmet: int = 0) -> None:
        """Wait until all is done, then look at the money; so many faults were met by no call."""
        await self.rig.idle()
        assert self.api.mend() == unmet
        ledger = self.rig.service.core.ledger
        balance = await ledger.statements.balance(f"telegram:{person.id}")
        assert (balance.balance, balance.held, balance.spent) == (CREDIT - charged, 0, charged)
        assert await ledger.audit() == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    folder, hurry = tmp_path_factory.mktemp("telegram"), Hurry()
    with BotApi() as api:
        api.limits.private_per_second = api.limits.group_per_minute = api.limits.per_second = None
        settings = on_telegram(make_settings(folder / "data", stop_seconds=0), api, plan=Plan.PREPAID, ask_above="")
        async with telegram_rig(api, settings, provider=TwoVoices(folder / "provider"), prepared=hurry.host) as rig:
            yield Telegram(rig, hurry)


# A note on Telegram.


@every
async def test_a_placeholder_that_meets_a_fault_leaves_one_message(
    telegram: Telegram, voice: Path, failure: Failure
) -> None:
    ada, chat = await telegram.person()
    telegram.api.break_call("sendMessage", failure)
    chat.say(ada, voice=voice)
    await telegram.rig.answers(chat)
    await telegram.ends(ada, PRICE)
    [text] = chat.answers
    assert SAID in text.text


@every
async def test_a_text_whose_edit_meets_a_fault_is_there_once(telegram: Telegram, voice: Path, failure: Failure) -> None:
    ada, chat = await telegram.person()
    telegram.api.break_call("editMessageText", failure)
    chat.say(ada, voice=voice)
    await telegram.rig.answers(chat)
    await telegram.ends(ada, PRICE)
    [text] = chat.answers
    assert "Delete this text" in text.labels


@every
@pytest.mark.parametrize("call", ["getFile", "download"])
async def test_a_file_that_cannot_be_fetched_ends_in_one_sentence(
    telegram: Telegram, voice: Path, call: str, failure: Failure
) -> None:
    ada, chat = await telegram.person()
    telegram.api.break_call(call, failure)
    chat.say(ada, voice=voice)
    await telegram.api.eventually(lambda: any("Cancel" not in seen.labels for seen in chat.answers), 20)
    await telegram.rig.idle()
    [answer] = chat.answers
    is_text = SAID in answer.text
    assert is_text or "no longer" in answer.text
    assert is_text or failure in PERMANENT
    await telegram.ends(ada, PRICE if is_text else 0)


@every
async def test_a_user_is_notified_at_most_once(telegram: Telegram, voice: Path, failure: Failure) -> None:
    ada, chat = await telegram.person()
    provider = telegram.rig.provider
    provider.busy.clear()
    provider.free.clear()
    telegram.api.break_call("sendMessage", failure, nth=2)
    chat.say(ada, voice=voice)
    await asyncio.wait_for(provider.busy.wait(), 20)
    telegram.hurry.late = -timedelta(seconds=30)
    provider.free.set()
    try:
        await telegram.rig.answers(chat)
        await telegram.ends(ada, PRICE)
    finally:
        telegram.hurry.late = Hurry().late
    text, *notices = chat.answers
    assert SAID in text.text
    assert [seen.text for seen in notices] in ([], ["Your text is ready."])
    assert bool(notices) == (failure in (Failure.CUT_AFTER, Failure.TOO_MANY))


# A command on Telegram.


@every
async def test_a_command_is_answered_whatever_its_answer_meets(telegram: Telegram, failure: Failure) -> None:
    ada, chat = await telegram.person()
    telegram.api.break_call("sendMessage", failure)
    chat.say(ada, text="/usage")
    await telegram.api.eventually(lambda: chat.answers or failure is Failure.FORBIDDEN, 20)
    await telegram.ends(ada, 0)
    answers = [seen.text for seen in chat.answers]
    if failure is Failure.FORBIDDEN:
        assert answers == [], "the user closed the door"
    elif failure is Failure.BAD_REQUEST:
        assert answers == [GIVEN_UP]
    else:
        assert answers == ["Nothing yet."] * (2 if failure is Failure.CUT_AFTER else 1)


# A press on Telegram.

GIVEN_UP = "Something went wrong on our side, not on yours. Please send it again in a while."
PERHAPS = "This may have worked: the confirmation was lost. Please look first, and press again if nothing is there."
LATER = "Telegram does not take this just now. Please press again in a minute."
REFUSED = "Telegram does not let me send this here. Try it in our own chat."
SENT = {
    **dict.fromkeys(LOST, PERHAPS),
    Failure.TOO_MANY: "",
    Failure.BAD_REQUEST: REFUSED,
    Failure.FORBIDDEN: REFUSED,
    Failure.NOT_FOUND: LATER,
}
"""The notice of a press whose message met a fault."""


@every
async def test_a_file_button_gives_one_file_or_a_sentence(telegram: Telegram, voice: Path, failure: Failure) -> None:
    ada, chat, text = await telegram.text(voice)
    telegram.api.break_call("sendDocument", failure)
    assert await telegram.press(ada, chat, text.id, "TXT") == SENT[failure]
    await telegram.ends(ada, PRICE)
    documents = [seen for seen in chat.answers if seen.document is not None]
    assert len(documents) == (failure in (Failure.CUT_AFTER, Failure.TOO_MANY))


@every
async def test_a_press_is_carried_out_once_whatever_its_confirmation_meets(
    telegram: Telegram, voice: Path, failure: Failure
) -> None:
    ada, chat, text = await telegram.text(voice)
    telegram.api.break_call("answerCallbackQuery", failure)
    if failure in PASSING:
        await telegram.press(ada, chat, text.id, "TXT")
    else:
        with pytest.raises(AssertionError, match="nobody answered"):
            await asyncio.to_thread(telegram.api.press, ada, chat, text.id, "TXT", seconds=0.5)
    await telegram.ends(ada, PRICE)
    assert len([seen for seen in chat.answers if seen.document is not None]) == 1


async def test_a_press_that_is_told_twice_after_a_crash_brings_one_file(telegram: Telegram, voice: Path) -> None:
    ada, chat, text = await telegram.text(voice)
    await telegram.press(ada, chat, text.id, "TXT")
    await telegram.rig.idle()
    async with telegram.rig.service.core.db.writing() as connection:  # as if it had not been written down as handled
        await connection.execute(sa.text("DELETE FROM arrival"))
    telegram.api.repeat_updates(1)
    await telegram.api.eventually(lambda: len(telegram.api.called("answerCallbackQuery")) > 1)
    await telegram.ends(ada, PRICE)
    assert len([seen for seen in chat.answers if seen.document is not None]) == 1


async def test_a_press_that_the_database_fails_is_answered_with_a_sentence(telegram: Telegram, voice: Path) -> None:
    ada, chat, text = await telegram.text(voice)
    async with telegram.rig.service.core.db.writing() as connection:  # a fault from below
        await connection.execute(sa.text("ALTER TABLE transcript RENAME TO lost"))
    try:
        assert await telegram.press(ada, chat, text.id, "TXT") == GIVEN_UP
    finally:
        async with telegram.rig.service.core.db.writing() as connection:
            await connection.execute(sa.text("ALTER TABLE lost RENAME TO transcript"))
    await telegram.ends(ada, PRICE)


@every
async def test_a_menu_opens_or_a_sentence_tells_why_not(telegram: Telegram, voice: Path, failure: Failure) -> None:
    ada, chat, text = await telegram.text(voice)
    telegram.api.break_call("editMessageReplyMarkup", failure)
    notice = await telegram.press(ada, chat, text.id, "Spoken language")
    assert notice
    assert ("Spanish" in chat.message(text.id).labels) == (failure in PASSING)
    assert failure in PASSING or notice in (LATER, "This message is too old for its buttons.")
    await telegram.ends(ada, PRICE)


@every
async def test_a_speakers_name_is_asked_for_once(telegram: Telegram, voice: Path, failure: Failure) -> None:
    ada, chat, text = await telegram.text(voice, "Speaker 2")
    await telegram.press(ada, chat, text.id, "Names")
    telegram.api.break_call("sendMessage", failure)
    telegram.api.break_call("editMessageReplyMarkup", Failure.BAD_GATEWAY, times=3)
    assert await telegram.press(ada, chat, text.id, "Speaker 2") == SENT[failure]
    is_asked = failure in (Failure.CUT_AFTER, Failure.TOO_MANY)
    await telegram.ends(ada, PRICE, unmet=0 if failure is Failure.TOO_MANY else 3)
    questions = [seen for seen in chat.answers if "name of Speaker 2" in seen.text]
    assert len(questions) == is_asked


@every
async def test_a_text_is_deleted_or_a_sentence_tells_why_not(telegram: Telegram, voice: Path, failure: Failure) -> None:
    ada, chat, text = await telegram.text(voice)
    telegram.api.break_call("deleteMessage", failure)
    notice = await telegram.press(ada, chat, text.id, "Delete this text")
    shown = [seen.text for seen in chat.answers if SAID in seen.text]
    assert (notice, len(shown)) == (
        (LATER, 1) if failure is Failure.NOT_FOUND else ("Deleted here. You can still read it with /jobs.", 0)
    )
    await telegram.ends(ada, PRICE)
