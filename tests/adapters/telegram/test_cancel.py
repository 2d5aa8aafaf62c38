"""A cancel on Telegram: what it costs is told before, and a text that is paid is its sender's alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.button_rows import Action, ButtonData
from bot.chat.operator_commands import Request
from bot.domain.billing import Plan
from bot.domain.errors import NotNow
from bot.domain.money import Micros
from bot.domain.waiting import WaitReason
from bot.settings import Settings
from tests.doubles.telegram.server import BotApi, Person, Private
from tests.helpers.telegram import BOT, SAID, TelegramRig, forged, on_telegram, telegram_rig

PRICE = 161_400


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    async with telegram_rig(telegram, on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="")) as rig:
        yield rig


@pytest.fixture
async def ada(rig: TelegramRig) -> Person:
    ada = rig.telegram.person("Ada", language="en")
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    return ada


async def test_a_cancel_of_what_the_provider_has_names_its_price_and_asks_once_more(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    rig.provider.free.clear()
    chat.say(ada, voice=voice)
    await rig.provider.busy.wait()
    placeholder = chat.answers[0].id
    note_id = (await rig.service.core.notes.unfinished())[0]
    old = ButtonData(Action.CANCEL, note_id).pack()
    assert "$0.1614 is paid even without the text" in await forged(rig.telegram, ada, chat, placeholder, old)
    discard = "Discard the text (already paid: $0.1614)"
    assert chat.message(placeholder).labels == [discard]
    assert (await rig.press(ada, chat, placeholder, discard)).text.startswith("OK. The text is not posted")
    rig.provider.free.set()
    await rig.answers(chat, text="Cancelled. It was already paid: $0.1614. Only you can read the text: /jobs.")
    assert not any(SAID in one.text for one in chat.answers)
    balance = await rig.service.core.ledger.statements.balance(f"telegram:{ada.id}")
    assert (balance.balance, balance.held) == (1_000_000 - PRICE, 0)
    await rig.press(ada, chat, placeholder, "Show me the text")
    assert SAID in chat.answers[-1].text
    assert chat.answers[-1].labels == [], "its buttons would bring it into the chat"


async def test_a_cancel_before_the_provider_has_it_gives_the_money_back(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    rig.provider.error = NotNow(WaitReason.PROVIDER_BUSY, datetime(2099, 1, 1, tzinfo=UTC))
    chat.say(ada, voice=voice)
    await rig.telegram.eventually(lambda: "too busy" in chat.answers[0].text if chat.answers else False)
    placeholder = chat.answers[0].id
    assert (await rig.press(ada, chat, placeholder, "Cancel")).text == "Cancelling…"
    await rig.answers(chat, text="Cancelled. Nothing was charged.")
    assert chat.message(placeholder).labels == []
    balance = await rig.service.core.ledger.statements.balance(f"telegram:{ada.id}")
    assert (balance.balance, balance.held) == (1_000_000, 0)


async def test_a_text_that_was_cancelled_in_a_group_is_shown_to_its_sender_alone(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    admin = rig.telegram.person("Admin")
    group = rig.telegram.group("Club", members=[ada], admins=[admin])
    rig.provider.free.clear()
    group.say(ada, text="/transcribe@" + BOT, reply_to=group.say(ada, voice=voice))
    await rig.provider.busy.wait()
    note_id = (await rig.service.core.notes.unfinished())[0]
    assert await rig.service.intake.cancel(note_id)
    rig.provider.free.set()
    await rig.telegram.eventually(lambda: "already paid" in group.answers[-1].text)
    assert group.answers[-1].labels == []
    for action in (Action.FILE, Action.BACK, Action.SPEAKERS):
        for person in (admin, ada):
            data = ButtonData(action, note_id, "off" if action is Action.SPEAKERS else "txt").pack()
            told = await forged(rig.telegram, person, group, group.answers[-1].id, data)
            assert told in ("There is no text of this recording.", "Only the user who asked may press this.")
    chat.say(ada, text="/jobs")
    await rig.telegram.eventually(lambda: chat.answers)
    assert "cancelled · $0.1614" in chat.answers[-1].text
    await rig.press(ada, chat, chat.answers[-1].id, chat.answers[-1].labels[0])
    assert SAID in chat.answers[-1].text
    assert not any(SAID in one.text for one in group.answers)


async def test_a_block_cancels_what_is_in_work_and_what_the_provider_has_is_paid(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    rig.provider.free.clear()
    chat.say(ada, voice=voice)
    await rig.provider.busy.wait()
    account = f"telegram:{ada.id}"
    await rig.service.core.operators.obey("block", Request("command line", "en", "r", (account,)))
    rig.provider.free.set()
    await rig.answers(chat, text="Cancelled. It was already paid: $0.1614. Only you can read the text: /jobs.")
    balance = await rig.service.core.ledger.statements.balance(account)
    assert (balance.balance, balance.held) == (1_000_000 - PRICE, 0)
