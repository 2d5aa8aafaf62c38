"""The bot comes into a group or a channel, or somebody connects it to their chats: what it says then."""

from typing import Any

from telegram import BusinessConnection, Chat, ChatMember, ChatMemberUpdated, Update
from telegram.ext import BaseHandler, BusinessConnectionHandler, ChatMemberHandler, MessageHandler, filters

from adapters.telegram.businesses import may_answer
from adapters.telegram.doors import Doors
from adapters.telegram.pages import plain
from adapters.telegram.places import Place, account_of
from adapters.telegram.settings import business_choices
from bot.locales import say, tongue_of
from bot.people.preferences import Choice, Mode, Source

_AWAY = frozenset({ChatMember.LEFT, ChatMember.BANNED})


def handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    async def member(update: Update, _context: object) -> None:
        assert update.my_chat_member is not None, "asked for by the handler"
        await _membership(doors, update.my_chat_member)

    async def business(update: Update, _context: object) -> None:
        assert update.business_connection is not None, "asked for by the handler"
        await _connection(doors, update.business_connection)

    async def moved(update: Update, _context: object) -> None:
        assert update.message is not None, "asked for by the handler"
        assert update.message.migrate_from_chat_id is not None, "asked for by the filter"
        await _move(doors, update.message.migrate_from_chat_id, update.message.chat.id)

    return [
        ChatMemberHandler(member, ChatMemberHandler.MY_CHAT_MEMBER),
        BusinessConnectionHandler(business),
        MessageHandler(filters.UpdateType.MESSAGE & _MigratedHere(), moved),
    ]


class _MigratedHere(filters.MessageFilter):
    """The first message of a group that was another one before."""

    def filter(self, message: Any) -> bool:
        return message.migrate_from_chat_id is not None


async def _membership(doors: Doors, change: ChatMemberUpdated) -> None:
    """Only a bot that was away and is there now has something to say."""
    before, now = change.old_chat_member.status, change.new_chat_member.status
    if before not in _AWAY or now in _AWAY:
        return
    chat, person = change.chat, change.from_user
    chosen = await doors.preferences.of("", account_of(chat.id))
    tongue = tongue_of(chosen.tongue or person.language_code)
    if chat.type == Chat.CHANNEL:  # its readers are no audience for this
        words = f"{say(tongue, 'setup-channel', title=chat.title or '')}\n\n{say(tongue, f'setup-mode-{chosen.mode}')}"
        await doors.sender.post(Place(chat=person.id, message=0, tongue=tongue), plain(words))
    elif chat.type != Chat.PRIVATE:
        words = await _setup(doors, tongue, chosen.mode, is_admin=now == ChatMember.ADMINISTRATOR)
        await doors.sender.post(Place(chat=chat.id, message=0, tongue=tongue, private=False), plain(words))


async def _setup(doors: Doors, tongue: str, mode: Mode, *, is_admin: bool) -> str:
    """What it does in this group, who can change that, and what it cannot see there."""
    lines = [f"{say(tongue, 'setup-hello')} {say(tongue, f'setup-mode-{mode}')}", say(tongue, "setup-admins")]
    me = await doors.bot.get_me()  # asked anew: privacy mode may have been switched since the start
    if not is_admin and not me.can_read_all_group_messages:
        lines.append(say(tongue, "setup-privacy"))
    return "\n\n".join(lines)


async def _connection(doors: Doors, connection: BusinessConnection) -> None:
    if not connection.is_enabled:
        return
    chosen = await doors.preferences.of(account_of(connection.user.id))
    tongue = tongue_of(chosen.tongue or connection.user.language_code)
    place = Place(chat=connection.user_chat_id, message=0, tongue=tongue, asker=connection.user.id)
    if may_answer(connection):
        buttons = business_choices(tongue, connection.id)
        await doors.sender.post(place, plain(say(tongue, "business-ready")), buttons)
    else:
        await doors.sender.post(place, plain(say(tongue, "business-no-reply")))


async def _move(doors: Doors, old: int, new: int) -> None:
    """A group that became a supergroup has another number, and is the same group, with its choices and its account."""
    await doors.people.move(account_of(old), account_of(new))
    chosen = await doors.preferences.of("", account_of(old))
    for choice in Choice:
        if chosen.sources[choice] is Source.CHAT:
            await doors.preferences.choose(account_of(new), choice, chosen.values[choice])
