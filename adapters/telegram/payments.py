"""Top-up in Telegram Stars: an invoice, its check within ten seconds, and the credit, once for each charge."""

import re
from dataclasses import dataclass
from typing import Any

import structlog
from telegram import LabeledPrice, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, PreCheckoutQueryHandler, filters

from adapters.telegram.context import Caller, Context, bound, caller_of, message_in
from adapters.telegram.pages import plain
from adapters.telegram.places import account_of
from bot.chat.button_rows import Action, Button, ButtonData, Buttons, rows_of
from bot.chat.payments import Payments
from bot.domain.errors import NoAccess
from bot.domain.money import Micros, dollars
from bot.locales import error_text, locale_of, money, text

log = structlog.get_logger()

CURRENCY = "XTR"
AMOUNTS = (50, 100, 250, 500, 1000)
"""Stars that are offered."""
_PAYLOAD = re.compile(r"topup:(\d{1,20}):(\d{1,6}):(\d{1,15})")


def ref_of(charge: str) -> str:
    """Return the reference that makes a credit, or its refund, the same one: it holds Telegram's id of the payment."""
    return f"stars:{charge}"


async def next_attempt(payments: Payments, charge: str) -> str:
    """Return the reference of the next attempt to refund: the last one, unless that was refused and undone.

    Our own refund and Telegram's message about it have the same, so that they are one.
    """
    number = 1
    while await payments.credited(undone(f"{ref_of(charge)}:{number}")) is not None:
        number += 1
    return f"{ref_of(charge)}:{number}"


def undone(attempt: str) -> str:
    """Return the reference of the credit that undoes an attempt to refund."""
    return f"not refunded:{attempt}"


@dataclass(frozen=True, slots=True)
class Offer:
    """The promise of an invoice: so many Stars of one user add so much to that user's balance."""

    user: int
    stars: int
    value: Micros

    @property
    def payload(self) -> str:
        """Return the text that Telegram gives back with the payment; only the bot can write one."""
        return f"topup:{self.user}:{self.stars}:{self.value}"

    @staticmethod
    def parse(payload: str) -> "Offer | None":
        """Return the offer of a payload; None if the bot did not write it."""
        found = _PAYLOAD.fullmatch(payload)
        return None if found is None else Offer(int(found[1]), int(found[2]), Micros(int(found[3])))


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Return handlers of /topup, /paysupport, and the events of a payment."""
    return [
        CommandHandler("topup", bound(context, _offer)),
        CommandHandler("paysupport", bound(context, _support)),
        PreCheckoutQueryHandler(bound(context, _check)),
        MessageHandler(filters.SUCCESSFUL_PAYMENT, bound(context, _credit)),
        MessageHandler(filters.StatusUpdate.REFUNDED_PAYMENT, bound(context, _take_back)),
    ]


async def _caller(context: Context, update: Update) -> Caller:
    return await caller_of(context, message_in(update), update.effective_user)


async def _support(context: Context, update: Update) -> None:
    caller, support = await _caller(context, update), context.core.support
    key = "paysupport" if support else "paysupport-nobody"
    await context.sender.tell(caller.place, plain(text(caller.locale, key, support=support)))


async def _offer(context: Context, update: Update) -> None:
    caller = await _caller(context, update)
    buttons: Buttons = ()
    words = text(caller.locale, "topup-off")
    if context.star is not None and not caller.place.private:
        words = text(caller.locale, "only-in-private", bot=context.me.username or "")
    elif context.star is not None:
        words, buttons = await _what_to_pay(context, caller, context.star)
    await context.sender.tell(caller.place, plain(words), buttons)


async def _what_to_pay(context: Context, caller: Caller, star: Micros) -> tuple[str, Buttons]:
    refused = await _why_not(context, caller.account)
    if refused is not None:
        return error_text(caller.locale, refused), ()
    return text(caller.locale, "topup-ask"), _amounts(caller.locale, star)


async def _why_not(context: Context, account: str) -> NoAccess | None:
    """Return the refusal of a user who may not use the bot, and so must not pay for it."""
    try:
        await context.core.people.check(account)
    except NoAccess as error:
        return error
    return None


def _amounts(locale: str, star: Micros) -> Buttons:
    labels = {stars: text(locale, "button-topup", stars=stars, value=money(locale, stars * star)) for stars in AMOUNTS}
    return rows_of([Button(label, ButtonData(Action.TOPUP, argument=str(stars))) for stars, label in labels.items()], 1)


async def pressed_topup(context: Context, caller: Caller, argument: str) -> str:
    """Send the invoice that a button asks for. Returns the words that the presser sees."""
    if context.star is None:
        return text(caller.locale, "topup-off")
    if argument not in {str(stars) for stars in AMOUNTS} or not caller.place.private:
        return text(caller.locale, "press-unknown")
    offer = Offer(caller.user, int(argument), Micros(int(argument) * context.star))
    await context.sender.send_invoice(
        caller.place.chat,
        title=text(caller.locale, "invoice-title"),
        description=text(caller.locale, "invoice-text", stars=offer.stars, value=money(caller.locale, offer.value)),
        payload=offer.payload,
        currency=CURRENCY,
        prices=[LabeledPrice(text(caller.locale, "invoice-title"), offer.stars)],
        provider_token="",  # as Stars want it
    )
    return ""


async def _check(context: Context, update: Update) -> None:
    """Say yes to an invoice of ours whose buyer may pay it, at a rate that still holds; Telegram waits ten seconds."""
    query = update.pre_checkout_query
    assert query is not None, "asked for by the handler"
    offer = Offer.parse(query.invoice_payload)
    star = context.star
    stars, buyer = query.total_amount, query.from_user.id
    as_it_should_be = None if star is None else Offer(buyer, stars, Micros(stars * star))
    is_right = offer is not None and offer == as_it_should_be and query.currency == CURRENCY
    if is_right and await _why_not(context, account_of(buyer)) is None:
        await context.bot.answer_pre_checkout_query(query.id, ok=True)
        return
    words = text(locale_of(query.from_user.language_code), "topup-refused")
    await context.bot.answer_pre_checkout_query(query.id, ok=False, error_message=words)


async def _credit(context: Context, update: Update) -> None:
    """Add what the invoice promised; also if payments are switched off by now: this was paid."""
    payment = message_in(update).successful_payment
    assert payment is not None
    offer = Offer.parse(payment.invoice_payload)
    if offer is None or payment.currency != CURRENCY:
        # The operator, who alone can give it back, is told: no money is lost without a word.
        log.error("payment_not_booked", charge=payment.telegram_payment_charge_id, amount=payment.total_amount)
        return
    account, memo = account_of(offer.user), f"{payment.total_amount} Telegram Stars"
    await context.core.payments.credit(account, offer.value, ref_of(payment.telegram_payment_charge_id), memo)
    balance = await context.core.statements.balance(account)
    caller = await _caller(context, update)
    available = money(caller.locale, balance.balance - balance.held)
    words = text(caller.locale, "topup-done", value=money(caller.locale, offer.value), available=available)
    await context.sender.tell(caller.place, plain(words))


async def _take_back(context: Context, update: Update) -> None:
    """Take back what a payment added that Telegram gave back; also if payments are switched off by now."""
    message = message_in(update)
    payment = message.refunded_payment
    assert payment is not None, "asked for by the handler"
    charge, payments = payment.telegram_payment_charge_id, context.core.payments
    attempt = await next_attempt(payments, charge)
    reversal = await payments.reverse(ref_of(charge), attempt, "Telegram gave the Stars back")
    if reversal is None:
        log.error("refund_of_an_unknown_payment", charge=charge, amount=payment.total_amount)
        return
    if reversal.lost:
        log.error("refund_after_spending", charge=charge, lost=dollars(reversal.lost))
    if reversal.taken:
        await _tell_refund(context, update, reversal.taken)


async def _tell_refund(context: Context, update: Update, taken: Micros) -> None:
    caller = await _caller(context, update)
    balance = await context.core.statements.balance(account_of(caller.place.chat))
    available = money(caller.locale, balance.balance - balance.held)
    words = text(caller.locale, "topup-refunded", value=money(caller.locale, taken), available=available)
    await context.sender.tell(caller.place, plain(words))
