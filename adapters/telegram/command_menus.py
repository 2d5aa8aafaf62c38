"""The lists of commands that Telegram shows, by kind of chat and by language, made from the core's table."""

from collections.abc import Iterable

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest
from telegram.ext import ExtBot

from adapters.telegram.places import account_of
from bot.chat.command_table import TELEGRAM, Where, commands_for
from bot.locales import ENGLISH, locales

log = structlog.get_logger()

_SCOPES: tuple[tuple[Where, BotCommandScope], ...] = (
    (Where.PRIVATE, BotCommandScopeAllPrivateChats()),
    (Where.GROUP, BotCommandScopeAllGroupChats()),
    (Where.ADMIN, BotCommandScopeAllChatAdministrators()),
)


async def tell_commands(bot: "ExtBot[None]", with_payment: bool, operators: Iterable[int] = ()) -> None:
    """Have Telegram show the commands. English stands for every language that there is no catalog for.

    `operators` are people who are shown theirs in their own chats, once these are there. Raises
    telegram.error.TelegramError.
    """
    for where, scope in _SCOPES:
        await _tell(bot, where, scope, with_payment)
    for person in operators:
        try:
            await _tell(bot, Where.OPERATOR, BotCommandScopeChat(person), with_payment)
        except BadRequest:  # they never wrote to the bot; what they may do does not depend on its being shown
            log.info("operator_without_a_chat", account=account_of(person))


async def _tell(bot: "ExtBot[None]", where: Where, scope: BotCommandScope, with_payment: bool) -> None:
    for locale in locales():
        shown = [BotCommand(one.name, one.says(locale)) for one in commands_for(where, with_payment, TELEGRAM)]
        await bot.set_my_commands(shown, scope, language_code="" if locale == ENGLISH else locale)
