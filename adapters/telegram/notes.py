"""Messages of Telegram as the conversation understands them, and where each is answered."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from telegram import BusinessConnection, ExternalReplyInfo, Message, MessageEntity, TelegramObject, Update
from telegram.ext import BaseHandler, BusinessMessagesDeletedHandler, MessageHandler, filters

from adapters.telegram.businesses import Businesses, may_answer, owner_of
from adapters.telegram.context import Caller, Context, bound, caller_of, message_in
from adapters.telegram.pages import fitting
from adapters.telegram.places import Place, account_of
from bot.chat.incoming import LONGEST_COMMAND, Hints, Incoming, Sender, Sound, cancel_deleted, take
from bot.chat.seldom import Seldom
from bot.domain.file_types import LONGEST_MIME, LONGEST_NAME, is_sound, linked_sound
from bot.domain.note import MediaRef, claimed_bytes, claimed_seconds
from bot.locales import locale_of
from bot.people.preferences import Choice, Mode, Source

COMMAND = "/transcribe"
_PLAIN_NAMES = {
    "voice": "voice message.ogg",
    "audio": "audio.mp3",
    "video_note": "video message.mp4",
    "video": "video.mp4",
    "animation": "animation.mp4",
}
"""The kinds of media with sound, in the order in which they are looked for: an animation is also a document."""


def sound_in(message: Message | ExternalReplyInfo) -> MediaRef | None:
    """Return the sound of a message, or of one that it answers in another chat; None if it has none."""
    for kind, name in _PLAIN_NAMES.items():
        medium = getattr(message, kind)
        if medium is not None:
            return _reference(medium, name)
    document = message.document
    if document is not None and is_sound(document.file_name or "", document.mime_type or ""):
        return _reference(document, "file")
    return None


def is_spoken(message: Message) -> bool:
    """Return True if it was recorded for this chat (a voice note, a round video), not a file that its sender has."""
    return message.voice is not None or message.video_note is not None


def is_own_voice(message: Message) -> bool:
    """Return True if it is a voice note of the user who sent it: not forwarded, and not by a bot or a channel."""
    from_elsewhere = (message.forward_origin, message.via_bot, message.sender_chat)
    return message.voice is not None and not any(from_elsewhere)


def is_command(message: Message, username: str) -> bool:
    """Return True if its text or caption begins with /transcribe, for this bot."""
    first = next(iter(_words(message)), "").lower()
    return first in (COMMAND, f"{COMMAND}@{username.lower()}")


def command_in(message: Message, username: str, *, addressed: bool) -> str:
    """Return the command that a text begins with, "" if it is for another bot.

    `addressed`: only one that names this bot counts, since a group's other commands may be for its other bots.
    """
    first = next(iter(message.text.split()), "") if message.text else ""
    name, _, bot = first.partition("@")
    if not name.startswith("/") or len(name) == 1:
        return ""
    is_ours = bot.lower() == username.lower() or not (bot or addressed)
    return name[:LONGEST_COMMAND] if is_ours else ""


def mentions(message: Message, username: str, number: int) -> bool:
    """Return True if it mentions the bot, in its text or its caption."""
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    found = message.parse_entities(kinds) if message.text else message.parse_caption_entities(kinds)
    return any(
        entity.user.id == number if entity.user else said.lower() == f"@{username.lower()}"
        for entity, said in found.items()
    )


def answered_sound(message: Message) -> MediaRef | None:
    """Return the sound of the message that it answers in this chat."""
    return sound_in(message.reply_to_message) if message.reply_to_message is not None else None


def foreign_sound(message: Message) -> MediaRef | None:
    """Return the sound of the message that it answers in another chat."""
    return sound_in(message.external_reply) if message.external_reply is not None else None


def linked_sound_in(message: Message) -> MediaRef | None:
    """Return the recording that its first link leads to."""
    return next(filter(None, map(linked_sound, _links(message))), None)


def _links(message: Message) -> Iterator[str]:
    yield from _words(message)
    yield from (entity.url for entity in (*message.entities, *message.caption_entities) if entity.url)


def _words(message: Message) -> list[str]:
    return (message.text or message.caption or "").split()


def _reference(medium: TelegramObject, name: str) -> MediaRef:
    told: dict[str, Any] = medium.to_dict()  # its attribute for the length warns that its type will change
    return MediaRef(
        locator=told["file_id"],
        name=(told.get("file_name") or name)[:LONGEST_NAME],
        mime=told.get("mime_type", "")[:LONGEST_MIME],
        bytes=claimed_bytes(told.get("file_size")),
        seconds=claimed_seconds(told.get("duration")),
        identity=f"telegram:{told['file_unique_id']}",
    )


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Return handlers that take every message they are asked about, so they must be asked last."""
    receiver = Receiver(context)
    kind = filters.UpdateType
    return [
        MessageHandler(kind.MESSAGE & filters.ChatType.PRIVATE, receiver.from_private),
        MessageHandler(kind.MESSAGE & filters.ChatType.GROUPS, receiver.from_group),
        MessageHandler(kind.CHANNEL_POST, receiver.from_channel),
        MessageHandler(kind.BUSINESS_MESSAGE, receiver.from_business),
        BusinessMessagesDeletedHandler(bound(context, _forget_deleted)),
        MessageHandler(kind.GUEST_MESSAGE, receiver.from_guest),
    ]


class Receiver:
    """Handlers of all messages that no other handler took."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._businesses = Businesses(context.bot, context.core.clock)
        self._seldom = Seldom(context.core.clock)
        self._hints = Hints("transcribe-how", "transcribe-off", "help-send", "not-sound", context.megabytes)

    async def from_private(self, update: Update, _context: object) -> None:
        """Take all sound; everything else gets a sentence."""
        message = message_in(update)
        caller = await caller_of(self._context, message, message.from_user)
        incoming = replace(self._incoming(caller, message, Mode.AUTO), is_direct=True)
        unknown = command_in(message, self._context.me.username or "", addressed=False)
        await self._receive(caller.place, replace(incoming, unknown_command=unknown))

    async def from_group(self, update: Update, _context: object) -> None:
        """Take what the group's mode says. Other bots are not heard."""
        message = message_in(update)
        speaker = message.from_user if message.sender_chat is None else None
        if speaker is None or not speaker.is_bot:
            caller = await caller_of(self._context, message, speaker)
            await self._hear(caller, message, caller.chosen.mode)

    async def from_channel(self, update: Update, _context: object) -> None:
        """Do as in a group; a channel speaks for itself, and pays for itself."""
        message = message_in(update)
        caller = await caller_of(self._context, message, None)
        await self._receive(caller.place, self._incoming(caller, message, caller.chosen.mode))

    async def from_business(self, update: Update, _context: object) -> None:
        """Take both sides' voices in a chat of a business account; its owner alone may ask, and nothing is hinted."""
        message = message_in(update)
        connection = await self._businesses.find(message.business_connection_id or "")
        if connection is None or not may_answer(connection) or message.sender_business_bot is not None:
            return
        caller = await self._business_caller(message, connection)
        mode = caller.chosen.mode if caller.chosen.sources[Choice.MODE] is Source.CHAT else Mode.AUTO
        incoming = self._incoming(caller, message, mode)
        is_asking = incoming.is_asking and message.from_user == connection.user
        own = Place(caller.user, 0, locale=caller.locale, asker=caller.user)  # customers never read what went wrong
        await self._receive(own, replace(incoming, is_asking=is_asking, hints=Hints()))

    async def from_guest(self, update: Update, _context: object) -> None:
        """Take what a mention asks for in a chat where the bot is not: it can be answered once."""
        message = message_in(update)
        caller = await caller_of(self._context, message, message.from_user)
        caller = replace(caller, place=replace(caller.place, guest=message.guest_query_id or ""))
        incoming = replace(self._incoming(caller, message, Mode.ASK), is_asking=True, hints=Hints("guest-how"))
        if _is_from_channel(message):
            incoming = _refused(incoming)
        await self._receive(caller.place, incoming)

    async def _hear(self, caller: Caller, message: Message, mode: Mode) -> None:
        """Take a group's message as its sender may be heard there.

        Every user can make channels and write as them, and Telegram does not tell which user does. So what comes from a
        channel is paid by a group that pays; else only the group's own channel is heard, and only if it asks.
        """
        unknown = command_in(message, self._context.me.username or "", addressed=True)
        incoming = replace(self._incoming(caller, message, mode), unknown_command=unknown)
        if _is_from_channel(message) and not self._context.core.groups_pay:
            if not incoming.is_asking:
                return
            if not await self._context.rights.is_linked_channel(message.chat.id, caller.user):
                incoming = _refused(incoming)
        await self._receive(caller.place, incoming)

    async def _receive(self, place: Place, incoming: Incoming) -> None:
        """Make the notes; what there is to say is said at the place."""
        for saying in await take(self._context.core, incoming):
            send = partial(self._context.sender.tell, place, fitting(saying.page), saying.buttons)
            await self._seldom.say(f"{place.chat}:{place.guest}", saying.seldom, send)

    def _incoming(self, caller: Caller, message: Message, mode: Mode) -> Incoming:
        own = sound_in(message)
        return Incoming(
            sender=Sender(caller.account, caller.locale, caller.chosen, caller.place.group),
            message=str(message.message_id),
            mode=mode,
            sounds=() if own is None else (self._own_sound(caller.place, message, own),),
            pointed_at=self._pointed_at(caller.place, message),
            is_asking=self._is_asking(message),
            has_text=bool(message.text),
            has_files=_has_files(message),
            hints=self._hints,
        )

    def _is_asking(self, message: Message) -> bool:
        """Return True for the command, and for a mention together with sound."""
        me = self._context.me
        username = me.username or ""
        if is_command(message, username):
            return True
        sounds = (sound_in(message), answered_sound(message), foreign_sound(message))
        return mentions(message, username, me.id) and any(sound is not None for sound in sounds)

    def _pointed_at(self, place: Place, message: Message) -> tuple[Sound, ...]:
        answered, elsewhere = answered_sound(message), foreign_sound(message) or linked_sound_in(message)
        if answered is not None and message.reply_to_message is not None:
            under = replace(place, message=message.reply_to_message.message_id)
            return (replace(self._sound(under, answered), is_others=True),)
        return () if elsewhere is None else (self._sound(place, elsewhere),)

    def _own_sound(self, place: Place, message: Message, media: MediaRef) -> Sound:
        sound = self._sound(place, media)
        return replace(sound, is_unasked=is_spoken(message), is_own_voice=is_own_voice(message))

    def _sound(self, place: Place, media: MediaRef) -> Sound:
        return Sound(media, place.key(self._context.me.id), place.details())

    async def _business_caller(self, message: Message, connection: BusinessConnection) -> Caller:
        owner = connection.user
        chosen = await self._context.core.preferences.of(account_of(owner.id), owner_of(connection.id))
        place = Place(
            chat=message.chat.id,
            message=message.message_id,
            business=connection.id,
            locale=locale_of(chosen.locale or owner.language_code),
            asker=owner.id,
            private=True,
        )
        return Caller(owner.id, place, chosen)


def _is_from_channel(message: Message) -> bool:
    """Return True if a channel wrote it in a group; an anonymous admin writes as the group itself."""
    return message.sender_chat is not None and message.sender_chat.id != message.chat.id


def _refused(incoming: Incoming) -> Incoming:
    """Return a request without its recordings: its sender is told to ask as a person."""
    return replace(incoming, sounds=(), pointed_at=(), hints=replace(incoming.hints, how="transcribe-as-channel"))


async def _forget_deleted(context: Context, update: Update) -> None:
    """Cancel the notes of recordings that were deleted. Telegram tells of that in chats of business accounts alone."""
    deleted = update.deleted_business_messages
    assert deleted is not None, "asked for by the handler"
    for message in deleted.message_ids:
        place = Place(deleted.chat.id, message, business=deleted.business_connection_id)
        await cancel_deleted(context.core, place.key(context.me.id))


def _has_files(message: Message) -> bool:
    """Return True if a user sent it, rather than Telegram telling what happened in the chat."""
    kinds = (
        (message.photo, message.document, message.sticker, message.story, message.location, message.contact),
        (message.poll, message.dice, message.game, message.paid_media, message.checklist, message.live_photo),
    )
    return any(kind for row in kinds for kind in row)
