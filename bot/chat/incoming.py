"""Messages become notes: their recordings, the options, and the reply if no note can be made.

A platform translates its message to `Incoming`, hands it to `take`, and says what comes back.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.chat import letting_in
from bot.chat.button_rows import Buttons
from bot.chat.core import ChatCore
from bot.chat.pages import Mark, Page, Style
from bot.domain.errors import BadVoice, EarmarkError, NoAccess, Paused
from bot.domain.identity import platform_of
from bot.domain.note import UNASKED, MediaRef, Note, NoteKey, Options
from bot.locales import error_text, text
from bot.notes.views import Order
from bot.people.preferences import Chosen, Mode

MOST_UNFINISHED = 100
"""Notes without an end that one account may have."""
LONGEST_COMMAND = 32
"""Characters of an unknown command that are repeated to its user."""
_UNKNOWN = "unknown-command"
"""Catalog entry in answer to an unknown command; each is answered, as each is another question."""
ASKED_BY = "asked_by"
"""Key in a note's details: the message that asked for it, if that is not the one with the recording."""


class TooManyNotes(EarmarkError):
    """An account has as many notes waiting as it may."""

    limit: int


@dataclass(frozen=True, slots=True)
class Sender:
    """The owner of the notes: a user, or a chat that speaks for itself."""

    account: str
    """Identity."""
    locale: str
    chosen: Chosen
    """Choices that hold for them there."""
    group: str = ""
    """Identity of the group or server; "": a chat with the bot alone, or the bot is not in it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can become a note."""

    media: MediaRef
    key: NoteKey
    """Key of its note; for a recording in another message, of the first note that is made of it."""
    details: Mapping[str, str] = field(default_factory=dict)
    """The platform's own, for the note: mostly the place of the answer."""
    is_unasked: bool = True
    """If true, a chat that transcribes all takes it unasked: it was recorded for the chat."""
    is_own_voice: bool = False
    """If true, the sender recorded it in this very message: nothing forwarded, and no file."""
    is_others: bool = False
    """If true, it stands in another message of the chat, and other users may ask for it as well."""


@dataclass(frozen=True, slots=True)
class Hints:
    """Catalog entries that tell how the bot is used on a platform; "": nothing is said."""

    how: str = ""
    """To a user who asks, and shows no recording."""
    off: str = ""
    """To a user who asks in a chat in which the bot is switched off."""
    help: str = ""
    """To a text in the bot's own chat with a user."""
    not_sound: str = ""
    """To a file without sound there."""
    megabytes: float = 0
    """The largest file that is taken."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that may hold something to transcribe, or ask for it."""

    sender: Sender
    message: str
    """The platform's id of the message."""
    mode: Mode
    """Fate of recordings that no user asked about."""
    sounds: Sequence[Sound] = ()
    """In the message itself."""
    pointed_at: Sequence[Sound] = ()
    """In the message that it answers, or behind its links: taken only if it asks."""
    is_asking: bool = False
    """If true, the bot is called by name or command."""
    is_direct: bool = False
    """If true, it is the bot's own chat with the user: everything there is meant for the bot."""
    unknown_command: str = ""
    """A command to this bot that it does not have, as it was typed; "": none."""
    has_text: bool = False
    has_files: bool = False
    """If true, it holds something without sound that a user sent, like a picture."""
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The recordings of a message that are to be transcribed."""

    sounds: Sequence[Sound]
    is_asked: bool
    """If false, it is the chat's mode: its people talk to each other, not to the bot."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence in answer to a message."""

    text: str
    seldom: str = ""
    """If not "", the same sentence of this key is sent once in a while only (see Seldom)."""
    link: str = ""
    """The address to which the sentence leads; "": none."""
    buttons: Buttons = ()

    @property
    def page(self) -> Page:
        return Page(self.text, (Mark(0, len(self.text), Style.LINK, self.link),) if self.link else ())


def wanted_in(incoming: Incoming) -> Wanted | str:
    """Return what a message wants transcribed, else the catalog entry to answer it with; "" for none."""
    hints = incoming.hints
    if incoming.is_asking and incoming.mode is Mode.OFF:
        return hints.off
    if incoming.sounds and (incoming.is_asking or _is_taken_unasked(incoming)):
        return Wanted(incoming.sounds, incoming.is_asking or incoming.is_direct)
    if incoming.is_asking:
        return Wanted(incoming.pointed_at, is_asked=True) if incoming.pointed_at else hints.how
    if incoming.unknown_command:
        return _UNKNOWN
    if incoming.is_direct and incoming.has_text:
        return hints.help
    return hints.not_sound if incoming.is_direct and incoming.has_files else ""


def _is_taken_unasked(incoming: Incoming) -> bool:
    return incoming.is_direct or (incoming.mode is Mode.AUTO and all(one.is_unasked for one in incoming.sounds))


async def take(core: ChatCore, incoming: Incoming) -> tuple[Saying, ...]:
    """Make the notes that a message asks for; return the replies. The same message again is the same notes.

    Once this returns the notes are safe, and the platform's event may be acknowledged.
    """
    wanted = wanted_in(incoming)
    if incoming.is_direct and (wanted or incoming.has_text) and (away := await _turned_away(core, incoming.sender)):
        return (away,)
    if isinstance(wanted, str):
        return _hint(incoming, wanted)
    sayings: list[Saying] = []
    if incoming.is_direct and wanted.sounds and await core.voices.is_awaited(incoming.sender.account):
        if wanted.sounds[0].is_own_voice:
            return (await _enrolled(core, incoming.sender, wanted.sounds[0]),)
        sayings.append(Saying(error_text(incoming.sender.locale, BadVoice(reason="foreign"))))
    try:
        options = incoming.sender.chosen.options(core.catalog)
        for sound in wanted.sounds if wanted.is_asked else map(_unasked, wanted.sounds):
            sayings += await _take_one(core, incoming, sound, options)
    except EarmarkError as error:
        sayings += _refusal(incoming.sender.locale, error, wanted)
    return tuple(sayings)


async def _enrolled(core: ChatCore, sender: Sender, sound: Sound) -> Saying:
    """Enrol the sender's voice of a message that was recorded for it: it becomes no note."""
    options = sender.chosen.options(core.catalog)
    recorded = Note(sound.key, sender.account, sound.media, options, sound.details, sender.group)
    return Saying(await core.voices.enrol(recorded, sender.locale))


async def _turned_away(core: ChatCore, sender: Sender) -> Saying | None:
    """Return the sentence for a stranger, in place of all else; None for other users."""
    reply = await letting_in.turned_away(core, sender.account, sender.locale)
    return None if reply is None else Saying(reply.page.text, seldom=letting_in.CLOSED, buttons=reply.buttons)


def _unasked(sound: Sound) -> Sound:
    return replace(sound, details={**sound.details, UNASKED: "yes"})


async def accept(core: ChatCore, sender: Sender, sound: Sound, options: Options) -> None:
    """Make a note of a recording; nothing if it was made before. Raises what Intake.accept does, and TooManyNotes.

    If the group pays, its own price limit holds, whatever the sender chose.
    """
    if core.groups_pay and sender.group:
        options = replace(options, ask_above=sender.chosen.group_limit)
    note = Note(sound.key, sender.account, sound.media, options, sound.details, sender.group)
    if await core.notes.standing(note.id) is not None:  # of any number of waiting notes, this one is among them
        return
    await check_room(core, sender.account)
    await core.intake.accept(note)


async def cancel_deleted(core: ChatCore, key: NoteKey) -> None:
    """Cancel the notes of a recording that was deleted, as /cancel does. `key`: the message, and its chat."""
    await core.intake.cancel_about(key.platform, key.chat, key.message)


async def check_room(core: ChatCore, account: str) -> None:
    """Raise TooManyNotes if an account may have no further note: a stranger's thousand must not delay all others'."""
    if await core.notes.count_unfinished(account) >= MOST_UNFINISHED:
        raise TooManyNotes(limit=MOST_UNFINISHED)


def _hint(incoming: Incoming, key: str) -> tuple[Saying, ...]:
    if not key:
        return ()
    megabytes, command = math.floor(10 * incoming.hints.megabytes) / 10, incoming.unknown_command
    words = text(incoming.sender.locale, key, megabytes=megabytes, command=command)
    return (Saying(words, seldom="" if key == _UNKNOWN else key),)


def _refusal(locale: str, error: EarmarkError, wanted: Wanted) -> list[Saying]:
    """Return the reason why a recording was not taken. One that is true of every recording is sent once in a while."""
    if isinstance(error, NoAccess) and not wanted.is_asked:
        return []
    seldom = error.code if isinstance(error, NoAccess | Paused) else ""
    return [Saying(error_text(locale, error), seldom)]


async def _take_one(core: ChatCore, incoming: Incoming, sound: Sound, options: Options) -> list[Saying]:
    if sound.is_others:
        return await _take_others(core, incoming, sound, options)
    await accept(core, incoming.sender, sound, options)
    return []


async def _take_others(core: ChatCore, incoming: Incoming, sound: Sound, options: Options) -> list[Saying]:
    """Take a recording of another message, or lead to the answer that it has in this chat.

    Where no answer can be led to, each user who asks gets one, and so does one who asks once more.
    """
    keys = _keys_of(incoming, sound.key)
    made = [(key, await core.notes.order(key.id)) for key in keys]
    if any(order is not None and order.note.details.get(ASKED_BY) == incoming.message for _, order in made):
        return []
    if await _is_running(core, incoming.sender, [order for _, order in made if order is not None]):
        return [Saying(text(incoming.sender.locale, "transcribe-running"))]
    there = await answer_there(core, incoming.sender.locale, sound, options)
    if there is not None:
        return [there]
    key = next((key for key, order in made if order is None), keys[-1])
    details = {**sound.details, ASKED_BY: incoming.message}
    await accept(core, incoming.sender, replace(sound, key=key, details=details), options)
    return []


async def answer_there(core: ChatCore, locale: str, sound: Sound, options: Options) -> Saying | None:
    """Return the way to a recording's answer to such options that stands in its chat already; None if none does."""
    for note_id in await core.answered.in_chat(sound.key, sound.media.identity) if sound.media.identity else ():
        result = await core.queries.result(note_id)
        if result is not None and _is_same_text(result.note.options, options):
            link = await core.links.standing(result)
            if link is not None:
                return Saying(text(locale, "transcribe-there"), link=link)
    return None


def _is_same_text(had: Options, wanted: Options) -> bool:
    return (had.language, had.speakers) == (wanted.language, wanted.speakers)


def _keys_of(incoming: Incoming, first: NoteKey) -> tuple[NoteKey, ...]:
    """Return the keys of a recording's notes in order: the first, the user's own, the one of this very message."""
    account = incoming.sender.account
    user = account.removeprefix(f"{platform_of(account)}:")
    suffixes = ("", f"/by{user}", f"/ask{incoming.message}")
    return tuple(replace(first, message=first.message + suffix) for suffix in suffixes)


async def _is_running(core: ChatCore, sender: Sender, orders: Sequence[Order]) -> bool:
    """Return True if one of these notes is the sender's own and has no end yet."""
    standings = [await core.queries.own(order.note.id, sender.account) for order in orders]
    return any(standing is not None and not standing.state.is_final for standing in standings)
