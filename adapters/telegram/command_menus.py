"""The lists of commands that Telegram shows, by kind of chat and by language, made from the core's table."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

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
from bot.chat.command_table import Feature, Where, commands_for
from bot.locales import ENGLISH, locales

log = structlog.get_logger()

_SCOPES: tuple[tuple[Where, BotCommandScope], ...] = (
    (Where.PRIVATE, BotCommandScopeAllPrivateChats()),
    (Where.GROUP, BotCommandScopeAllGroupChats()),
    (Where.ADMIN, BotCommandScopeAllChatAdministrators()),
)


async def tell_commands(bot: "ExtBot[None]", features: AbstractSet[Feature], operators: Iterable[int] = ()) -> None:
    """Have Telegram show the commands. English stands for every language without a catalog.

    `operators` are the users who are shown operators' commands in their own chats, once these exist. Raises
    telegram.error.TelegramError.
    """
    for where, scope in _SCOPES:
        await _tell(bot, features, where, scope)
    for person in operators:
        try:
            await _tell(bot, features, Where.OPERATOR, BotCommandScopeChat(person))
        except BadRequest:  # they never wrote to the bot; what they may do does not depend on its being shown
            log.info("operator_without_a_chat", account=account_of(person))


async def _tell(bot: "ExtBot[None]", features: AbstractSet[Feature], where: Where, scope: BotCommandScope) -> None:
    for locale in locales():
        shown = [BotCommand(one.name, one.says(locale)) for one in commands_for(features, where)]
        await bot.set_my_commands(shown, scope, language_code="" if locale == ENGLISH else locale)
