"""Top-up in Telegram Stars: an invoice, its check within ten seconds, and the credit, once for each charge."""

import re
from dataclasses import dataclass
from typing import Any

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LabeledPrice, PreCheckoutQuery, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, PreCheckoutQueryHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.doors import Doors
from adapters.telegram.pages import plain
from adapters.telegram.places import account_of
from bot.chat.button_data import Action, Press
from bot.domain.errors import NoAccess
from bot.domain.money import Micros, dollars
from bot.locales import say, tongue_of

log = structlog.get_logger()

CURRENCY = "XTR"
AMOUNTS = (50, 100, 250, 500, 1000)
"""Stars that are offered."""
_PAYLOAD = re.compile(r"topup:(\d{1,20}):(\d{1,6}):(\d{1,15})")


def ref_of(charge: str) -> str:
    """What makes a credit, or its refund, the same one: Telegram's own id of the payment."""
    return f"stars:{charge}"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invoice promises: so many Stars of one user add so much to that user's balance."""

    user: int
    stars: int
    value: Micros

    @property
    def payload(self) -> str:
        """As Telegram gives it back with the payment; nobody else can write one."""
        return f"topup:{self.user}:{self.stars}:{self.value}"

    @staticmethod
    def parse(payload: str) -> "Offer | None":
        """None for what is no offer of ours."""
        found = _PAYLOAD.fullmatch(payload)
        return None if found is None else Offer(int(found[1]), int(found[2]), Micros(int(found[3])))


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
    if doors.star is not None and not caller.place.private:
        words = say(caller.tongue, "only-in-private", bot=doors.me.username or "")
    elif doors.star is not None:
        words, buttons = await _what_to_pay(doors, caller, doors.star)
    await doors.sender.post(caller.place, plain(words), buttons)


async def _what_to_pay(doors: Doors, caller: Caller, star: Micros) -> tuple[str, InlineKeyboardMarkup | None]:
    refused = await _why_not(doors, caller.account)
    if refused is not None:
        return str(refused), None
    return say(caller.tongue, "topup-ask"), _amounts(caller.tongue, star)


async def _why_not(doors: Doors, account: str) -> NoAccess | None:
    """Nobody is to pay for what they may not use."""
    try:
        await doors.people.check(account)
    except NoAccess as error:
        return error
    return None


def _amounts(tongue: str, star: Micros) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    say(tongue, "button-topup", stars=stars, value=dollars(stars * star)),
                    callback_data=Press(Action.TOPUP, argument=str(stars)).pack(),
                )
            ]
            for stars in AMOUNTS
        ]
    )


async def pressed_topup(doors: Doors, caller: Caller, argument: str) -> str:
    """Send the invoice that a button asks for. Returns the words that the presser sees."""
    if doors.star is None:
        return say(caller.tongue, "topup-off")
    if argument not in {str(stars) for stars in AMOUNTS} or not caller.place.private:
        return say(caller.tongue, "press-unknown")
    offer = Offer(caller.user, int(argument), Micros(int(argument) * doors.star))
    await doors.bot.send_invoice(
        caller.place.chat,
        say(caller.tongue, "invoice-title"),
        say(caller.tongue, "invoice-text", stars=offer.stars, value=dollars(offer.value)),
        offer.payload,
        CURRENCY,
        [LabeledPrice(say(caller.tongue, "invoice-title"), offer.stars)],
        provider_token="",  # as Stars want it
    )
    return ""


async def _check(doors: Doors, query: PreCheckoutQuery) -> None:
    """Say yes to an invoice of ours whose buyer may pay it, at a rate that still holds; Telegram waits ten seconds."""
    offer = Offer.parse(query.invoice_payload)
    star = doors.star
    as_it_should_be = None if star is None else Offer(query.from_user.id, query.total_amount, _value(query, star))
    is_right = offer is not None and offer == as_it_should_be and query.currency == CURRENCY
    if is_right and await _why_not(doors, account_of(query.from_user.id)) is None:
        await doors.bot.answer_pre_checkout_query(query.id, ok=True)
        return
    words = say(tongue_of(query.from_user.language_code), "topup-refused")
    await doors.bot.answer_pre_checkout_query(query.id, ok=False, error_message=words)


def _value(query: PreCheckoutQuery, star: Micros) -> Micros:
    return Micros(query.total_amount * star)


async def _credit(doors: Doors, update: Update) -> None:
    """Add what the invoice promised; also where nobody can pay any more: this was paid."""
    payment = message_in(update).successful_payment
    assert payment is not None
    offer = Offer.parse(payment.invoice_payload)
    if offer is None or payment.currency != CURRENCY:
        # Told to the operator, who alone can give it back: nobody's money is lost without a word.
        log.error("payment_not_booked", charge=payment.telegram_payment_charge_id, amount=payment.total_amount)
        return
    account, memo = account_of(offer.user), f"{payment.total_amount} Telegram Stars"
    await doors.credit(account, offer.value, ref_of(payment.telegram_payment_charge_id), memo)
    balance = await doors.commands.balance(account)
    available = dollars(balance.balance - balance.held)
    caller = await _caller(doors, update)
    words = say(caller.tongue, "topup-done", value=dollars(offer.value), available=available)
    await doors.sender.post(caller.place, plain(words))
