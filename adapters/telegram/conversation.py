"""Commands of the conversation on Telegram: their lists, and the answers to them and to presses, carried out."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Update,
)
from telegram.error import BadRequest
from telegram.ext import BaseHandler, CommandHandler, ExtBot, filters

from adapters.telegram.context import Context, Handler, asker_of, caller_of, message_in
from adapters.telegram.errors import CommandsRefused, is_about_the_chat, is_from_elsewhere
from adapters.telegram.pages import caption, fitting
from adapters.telegram.places import Place, account_of
from bot.chat import settings_menu
from bot.chat.command_table import Feature, Where, commands_for, commands_of
from bot.chat.replies import Reply
from bot.chat.user_commands import ANSWERS
from bot.locales import ENGLISH, locales, text

log = structlog.get_logger()

_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
_SCOPES: tuple[tuple[Where, BotCommandScope], ...] = (
    (Where.PRIVATE, BotCommandScopeAllPrivateChats()),
    (Where.GROUP, BotCommandScopeAllGroupChats()),
    (Where.ADMIN, BotCommandScopeAllChatAdministrators()),
)


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Return one for each command of the conversation."""
    names = [one.name for one in commands_of(context.can.features) if one.name in ANSWERS]
    return [CommandHandler(name, _answering(context, name), _WRITTEN) for name in names]


def _answering(context: Context, name: str) -> Handler:
    answer, needs_rights = ANSWERS[name], name in settings_menu.ANSWERS

    async def handle(update: Update, _context: object) -> None:
        message = message_in(update)
        caller = await caller_of(context, message, update.effective_user)
        may_change = needs_rights and await context.rights.is_chat_admin(caller.place.chat, caller.user)
        asker = asker_of(context, caller, message, may_change=may_change)
        await _send(context, caller.place, await answer(context.core, asker, (message.text or "").split()[1:]))

    return handle


async def _send(context: Context, place: Place, reply: Reply) -> None:
    page = fitting(reply.page) if reply.page.file is None else caption(reply.page.text)
    await context.sender.tell(place, replace(page, file=reply.page.file), reply.buttons)


async def tell_commands(bot: "ExtBot[None]", features: AbstractSet[Feature], operators: Iterable[int] = ()) -> None:
    """Have Telegram show the commands, where it shows others.

    `operators` are the users who are shown operators' commands in their own chats, once these exist. Raises
    telegram.error.TelegramError; CommandsRefused of the first list that is refused, after all were told.
    """
    scopes = [*_SCOPES, *((Where.OPERATOR, BotCommandScopeChat(person)) for person in operators)]
    refused = [words for where, scope in scopes for words in await _tell(bot, features, where, scope)]
    if refused:
        raise CommandsRefused(refused[0])


async def _tell(bot: "ExtBot[None]", features: AbstractSet[Feature], where: Where, scope: BotCommandScope) -> list[str]:
    """Have Telegram show the commands of one scope in all languages. Return the refusals."""
    refused = []
    for locale in locales():
        shown = tuple(BotCommand(one.name, one.says(locale)) for one in commands_for(features, where))
        try:
            if await bot.get_my_commands(scope, _code(locale)) != shown:
                await bot.set_my_commands(shown, scope, _code(locale))
        except BadRequest as error:
            if is_from_elsewhere(error):
                raise
            if isinstance(scope, BotCommandScopeChat) and is_about_the_chat(error):
                # The operator never wrote to the bot; what they may do does not depend on its being shown.
                log.info("operator_without_a_chat", account=account_of(int(scope.chat_id)))
                break
            refused.append(f"{scope.type}, {locale}: {error.message}")
    return refused


async def introduce(bot: "ExtBot[None]") -> None:
    """Have Telegram show what the bot does, in an empty chat and in its profile, in the languages that have no text.

    A text that its operator gave it with BotFather stays. Raises telegram.error.TelegramError.
    """
    codes = {locale: _code(locale) for locale in locales()}
    undescribed = [one for one, code in codes.items() if not (await bot.get_my_description(code)).description]
    short = [one for one, code in codes.items() if not (await bot.get_my_short_description(code)).short_description]
    for locale in undescribed:
        await bot.set_my_description(text(locale, "bot-description"), codes[locale])
    for locale in short:
        await bot.set_my_short_description(text(locale, "bot-short-description"), codes[locale])


def _code(locale: str) -> str:
    """Return a language as Telegram's lists know it: English stands for every language without a text of its own."""
    return "" if locale == ENGLISH else locale
