"""Refunds of payments in Stars that Telegram refuses: the balance is as it was before, however often it is tried."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.telegram.opening import TelegramDown
from adapters.telegram.refunds import RefundRefused, refund_stars
from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError
from bot.domain.money import Micros
from bot.settings import Settings
from tests.doubles.faults import Failure
from tests.doubles.telegram.server import BotApi, Person
from tests.helpers.telegram import TelegramRig, on_telegram, telegram_rig

DOLLAR = Micros(1_000_000)


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    stars = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="", telegram_star="0.01")
    async with telegram_rig(telegram, stars) as rig:
        yield rig
        assert await rig.service.core.ledger.audit() == []


async def paid_in(rig: TelegramRig, ada: Person) -> str:
    """Have Ada pay 100 Stars for a dollar; return the charge."""
    chat = rig.telegram.private(ada, started=True)
    chat.say(ada, text="/topup")
    await rig.telegram.eventually(lambda: bool(chat.answers))
    await asyncio.to_thread(rig.telegram.press, ada, chat, chat.answers[-1].id, "⭐ 100 → $1.00")
    charge = await asyncio.to_thread(rig.telegram.pay, ada, chat, chat.answers[-1].id)
    await rig.telegram.eventually(lambda: any("$1.00 was added" in one.text for one in chat.answers))
    return charge


async def left(rig: TelegramRig, ada: Person) -> int:
    return (await rig.service.core.ledger.statements.balance(f"telegram:{ada.id}")).balance


async def refunded(rig: TelegramRig, settings: Settings, charge: str, failure: Failure) -> EarmarkError:
    """Try to refund a payment while Telegram fails so; return the error."""
    rig.telegram.break_call("refundStarPayment", failure, times=5)
    with pytest.raises(EarmarkError) as refused:
        await refund_stars(on_telegram(settings, rig.telegram).platforms["telegram"], rig.service.core.ledger, charge)
    rig.telegram.mend()
    return refused.value


async def test_a_refused_refund_leaves_the_balance_as_it_was(rig: TelegramRig, settings: Settings) -> None:
    ada = rig.telegram.person("Ada")
    charge = await paid_in(rig, ada)
    for _ in range(2):
        error = await refunded(rig, settings, charge, Failure.BAD_REQUEST)
        assert isinstance(error, RefundRefused)
        assert await left(rig, ada) == DOLLAR


async def test_what_an_earlier_run_took_is_credited_back_once(rig: TelegramRig, settings: Settings) -> None:
    ada = rig.telegram.person("Ada")
    charge = await paid_in(rig, ada)
    assert isinstance(await refunded(rig, settings, charge, Failure.CUT_BEFORE), TelegramDown)
    assert await left(rig, ada) == 0
    for _ in range(2):
        await refunded(rig, settings, charge, Failure.BAD_REQUEST)
        assert await left(rig, ada) == DOLLAR


@pytest.mark.parametrize("voices", [0, 1])
async def test_stars_that_telegram_gave_back_itself_are_not_credited_back(
    rig: TelegramRig, settings: Settings, voice: Path, voices: int
) -> None:
    ada = rig.telegram.person("Ada")
    charge = await paid_in(rig, ada)
    for _ in range(voices):
        rig.telegram.chats["", ada.id].say(ada, voice=voice)
        await rig.answers(rig.telegram.chats["", ada.id])
        await rig.idle()
    rig.telegram.give_back(charge)
    await rig.telegram.eventually(
        lambda: any("left your balance" in one.text for one in rig.telegram.chats["", ada.id].answers)
    )
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", DOLLAR, "a gift")
    await refunded(rig, settings, charge, Failure.BAD_REQUEST)
    assert await left(rig, ada) == DOLLAR
