"""Top-up in Telegram Stars: an invoice, its check within ten seconds, and the credit, once for each charge."""

from typing import Any

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LabeledPrice, PreCheckoutQuery, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, PreCheckoutQueryHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.doors import Doors, Till
from adapters.telegram.pages import plain
from adapters.telegram.places import account_of
from adapters.telegram.presses import Action, Press
from bot.money import Micros, dollars
from bot.texts import say, tongue_of

log = structlog.get_logger()

CURRENCY = "XTR"
AMOUNTS = (50, 100, 250, 500, 1000)
"""Stars that are offered."""
_MOST = 10_000
"""Stars that Telegram takes at once."""


def ref_of(charge: str) -> str:
    """What makes a credit, or its refund, the same one: Telegram's own id of the payment."""
    return f"stars:{charge}"


def handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    """/topup and /paysupport, and the three events of a payment."""

    async def topup(update: Update, _context: object) -> None:
        await _offer(doors, await _caller(doors, update))

    async def paysupport(update: Update, _context: object) -> None:
        caller = await _caller(doors, update)
        key = "paysupport" if doors.support else "paysupport-nobody"
        await doors.sender.post(caller.place, plain(say(caller.tongue, key, support=doors.support)))

    async def check(update: Update, _context: object) -> None:
        assert update.pre_checkout_query is not None
        await _check(doors, update.pre_checkout_query)

    async def paid(update: Update, _context: object) -> None:
        await _credit(doors, update)

    return [
        CommandHandler("topup", topup),
        CommandHandler("paysupport", paysupport),
        PreCheckoutQueryHandler(check),
        MessageHandler(filters.SUCCESSFUL_PAYMENT, paid),
    ]


async def _caller(doors: Doors, update: Update) -> Caller:
    return await caller_of(doors, message_in(update), update.effective_user)


async def _offer(doors: Doors, caller: Caller) -> None:
    words, buttons = say(caller.tongue, "topup-off"), None
    if doors.till is not None and not caller.place.private:
        words = say(caller.tongue, "only-in-private", bot=doors.me.username or "")
    elif doors.till is not None:
        words, buttons = say(caller.tongue, "topup-ask"), _amounts(caller.tongue, doors.till)
    await doors.sender.post(caller.place, plain(words), buttons)


def _amounts(tongue: str, till: Till) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    say(tongue, "button-topup", stars=stars, value=dollars(stars * till.star)),
                    callback_data=Press(Action.TOPUP, argument=str(stars)).pack(),
                )
            ]
            for stars in AMOUNTS
        ]
    )


async def pressed_topup(doors: Doors, caller: Caller, argument: str) -> str:
    """Send the invoice that a button asks for. Returns the words that the presser sees."""
    if doors.till is None:
        return say(caller.tongue, "topup-off")
    if not argument.isdecimal() or not 0 < int(argument) <= _MOST or not caller.place.private:
        return say(caller.tongue, "press-unknown")
    stars = int(argument)
    value = dollars(stars * doors.till.star)
    await doors.bot.send_invoice(
        caller.place.chat,
        say(caller.tongue, "invoice-title"),
        say(caller.tongue, "invoice-text", stars=stars, value=value),
        _payload(caller.user, stars),
        CURRENCY,
        [LabeledPrice(say(caller.tongue, "invoice-title"), stars)],
        provider_token="",  # as Stars want it
    )
    return ""


def _payload(user: int, stars: int) -> str:
    return f"topup:{user}:{stars}"


async def _check(doors: Doors, query: PreCheckoutQuery) -> None:
    """Say yes to an invoice of ours that its buyer may still pay, within Telegram's ten seconds."""
    is_ours = query.invoice_payload == _payload(query.from_user.id, query.total_amount)
    if doors.till is not None and is_ours and query.currency == CURRENCY:
        await doors.bot.answer_pre_checkout_query(query.id, ok=True)
        return
    words = say(tongue_of(query.from_user.language_code), "topup-refused")
    await doors.bot.answer_pre_checkout_query(query.id, ok=False, error_message=words)


async def _credit(doors: Doors, update: Update) -> None:
    message = message_in(update)
    payment, user = message.successful_payment, message.from_user
    assert payment is not None
    if user is None or doors.till is None or payment.currency != CURRENCY:
        # Told to the operator, who alone can give it back: nobody's money is lost without a word.
        log.error("payment_not_booked", charge=payment.telegram_payment_charge_id, amount=payment.total_amount)
        return
    caller = await _caller(doors, update)
    value = Micros(payment.total_amount * doors.till.star)
    memo = f"{payment.total_amount} Telegram Stars"
    await doors.till.credit(account_of(user.id), value, ref_of(payment.telegram_payment_charge_id), memo)
    balance = await doors.commands.balance(account_of(user.id))
    available = dollars(balance.balance - balance.held)
    words = say(caller.tongue, "topup-done", value=dollars(value), available=available)
    await doors.sender.post(caller.place, plain(words))
