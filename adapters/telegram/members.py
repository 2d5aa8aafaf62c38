"""The bot's words when it comes into a group or a channel, or when a user connects it to their chats."""

from typing import Any

from telegram import Chat, ChatMember, Update
from telegram.ext import BaseHandler, BusinessConnectionHandler, ChatMemberHandler, MessageHandler, filters

from adapters.telegram.businesses import business_choices, may_answer
from adapters.telegram.context import Context, bound, message_in
from adapters.telegram.pages import plain
from adapters.telegram.places import Place, account_of
from bot.chat.letting_in import admit_group
from bot.locales import locale_of, text
from bot.people.preferences import Choice, Mode, Source

_AWAY = frozenset({ChatMember.LEFT, ChatMember.BANNED})


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    return [
        ChatMemberHandler(bound(context, _membership), ChatMemberHandler.MY_CHAT_MEMBER),
        BusinessConnectionHandler(bound(context, _connection)),
        MessageHandler(filters.StatusUpdate.MIGRATE, bound(context, _move)),
    ]


async def _membership(context: Context, update: Update) -> None:
    """Say hello if the bot was away and is there now."""
    change = update.my_chat_member
    assert change is not None, "asked for by the handler"
    before, now = change.old_chat_member.status, change.new_chat_member.status
    if before not in _AWAY or now in _AWAY:
        return
    chat, person = change.chat, change.from_user
    if chat.type != Chat.PRIVATE:
        await admit_group(context.core, account_of(person.id), account_of(chat.id))
    chosen = await context.core.preferences.of("", account_of(chat.id))
    locale = locale_of(chosen.locale or person.language_code)
    if chat.type == Chat.CHANNEL:  # its readers are no audience for this
        words = (
            f"{text(locale, 'setup-channel', title=chat.title or '')}\n\n{text(locale, f'setup-mode-{chosen.mode}')}"
        )
        await context.sender.tell(Place(chat=person.id, message=0, locale=locale), plain(words))
    elif chat.type != Chat.PRIVATE:
        words = await _setup(context, locale, chosen.mode, is_admin=now == ChatMember.ADMINISTRATOR)
        await context.sender.tell(Place(chat=chat.id, message=0, locale=locale, private=False), plain(words))


async def _setup(context: Context, locale: str, mode: Mode, *, is_admin: bool) -> str:
    """Tell what the bot does in this group, who can change that, and what it cannot see there."""
    lines = [f"{text(locale, 'setup-hello')} {text(locale, f'setup-mode-{mode}')}", text(locale, "setup-admins")]
    me = await context.bot.get_me()  # asked anew: privacy mode may have been switched since the start
    if not is_admin and not me.can_read_all_group_messages:
        lines += [text(locale, "setup-privacy"), text(locale, "setup-privacy-off")]
    return "\n\n".join(lines)


async def _connection(context: Context, update: Update) -> None:
    connection = update.business_connection
    assert connection is not None, "asked for by the handler"
    if not connection.is_enabled:
        return
    chosen = await context.core.preferences.of(account_of(connection.user.id))
    locale = locale_of(chosen.locale or connection.user.language_code)
    place = Place(chat=connection.user_chat_id, message=0, locale=locale, asker=connection.user.id)
    if may_answer(connection):
        buttons = business_choices(locale, connection.id)
        await context.sender.tell(place, plain(text(locale, "business-ready")), buttons)
    else:
        await context.sender.tell(place, plain(text(locale, "business-no-reply")))


async def _move(context: Context, update: Update) -> None:
    """Keep the choices and the account of a group that became a supergroup, and so has another number."""
    message = message_in(update)
    if message.migrate_from_chat_id is None:  # the last message of the old group, which says the same
        return
    old, new = message.migrate_from_chat_id, message.chat.id
    await context.core.people.move(account_of(old), account_of(new))
    chosen = await context.core.preferences.of("", account_of(old))
    for choice in Choice:
        if chosen.sources[choice] is Source.CHAT:
            await context.core.preferences.choose(account_of(new), choice, chosen.values[choice])
