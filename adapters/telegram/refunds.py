"""Refunds of payments in Telegram Stars, for the operator."""

from collections.abc import Sequence

from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.configuration import TelegramSettings
from adapters.telegram.opening import TelegramDown, introduced, open_bot
from adapters.telegram.payments import next_attempt, ref_of, undone
from adapters.telegram.places import person_of
from bot.chat.payments import Payments
from bot.domain.errors import EarmarkError, PaymentUnknown
from bot.domain.money import Micros

_OURS = "Telegram Stars"
"""Memo in the ledger of a refund that the operator began; that of Telegram's own is another."""


class PayerForgotten(EarmarkError):
    """The payer erased all data, so the refund has no account."""


class RefundRefused(EarmarkError):
    """Telegram refuses the refund; the balance is as it was before."""

    reason: str


async def refund_stars(settings: TelegramSettings, payments: Payments, charge: str) -> Micros:
    """Pay a payment in Stars back, and return the amount taken from its payer's balance. Safe to run twice.

    The money leaves the balance first, so what goes back cannot be spent. Raises PaymentUnknown, RefundShort,
    RefundRefused, and TelegramDown: then it is to be run again.
    """
    async with open_bot(settings) as bot:
        found = await payments.credited(ref_of(charge))
        if found is None:
            raise PaymentUnknown(charge=charge[:80])
        shared, amount = found
        payers = [person for person in map(person_of, shared) if person is not None]
        if not payers:
            raise PayerForgotten
        account = shared[0]
        await introduced(bot)  # before any money moves
        attempt = await next_attempt(payments, charge)
        await payments.refund(account, amount, attempt, _OURS)
        try:
            await _give_stars_back(bot, payers, charge)
        except (BadRequest, Forbidden) as error:
            # Not the payment's amount: an earlier run may have taken it, or Telegram's own refund a part of it.
            await payments.undo_refund(attempt, _OURS, undone(attempt), "Telegram refused the refund")
            raise RefundRefused(reason=error.message) from None
        except TelegramError:
            raise TelegramDown from None
    return amount


async def _give_stars_back(bot: "ExtBot[None]", payers: Sequence[int], charge: str) -> None:
    """Try each user who shares the account: Telegram knows the payer. Raises TelegramError if it is none of them.

    Stars that were paid back before are no error.
    """
    for number, payer in enumerate(payers, start=1):
        try:
            await bot.refund_star_payment(payer, charge)
        except BadRequest as error:
            if "CHARGE_ALREADY_REFUNDED" in error.message.upper():  # python-telegram-bot changes the case
                return
            if number == len(payers):
                raise
        else:
            return
