"""The lists of commands that Telegram shows, by kind of chat and by language, made from the core's table."""

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.ext import ExtBot

from bot.menu import Where, commands_for
from bot.texts import ENGLISH, tongues

_SCOPES: tuple[tuple[Where, BotCommandScope], ...] = (
    (Where.PRIVATE, BotCommandScopeAllPrivateChats()),
    (Where.GROUP, BotCommandScopeAllGroupChats()),
    (Where.ADMIN, BotCommandScopeAllChatAdministrators()),
)


async def tell_commands(bot: "ExtBot[None]", with_payment: bool) -> None:
    """Have Telegram show the commands. English stands for every language that there is no catalog for.

    Raises telegram.error.TelegramError.
    """
    for where, scope in _SCOPES:
        for tongue in tongues():
            shown = [BotCommand(one.name, one.says(tongue)) for one in commands_for(where, with_payment)]
            await bot.set_my_commands(shown, scope, language_code="" if tongue == ENGLISH else tongue)
