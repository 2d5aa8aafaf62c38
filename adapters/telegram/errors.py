"""Meanings of Telegram's refusals. Telegram tells them in words, so this is the one place that reads those words.

Nothing here keeps python-telegram-bot's own exceptions: some of them hold an address, and the token is in it.
"""

import asyncio

import httpx
import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.chat.platform import MediaDown, MessageGone, PageRefused
from bot.domain.errors import BadMedia, EarmarkError, NotFound, Undelivered
from bot.domain.waiting import WaitReason
from bot.support.retry import Backoff, Closed, Lost, Meaning, Sleep, Trouble

log = structlog.get_logger()


class Stays(EarmarkError):
    """Telegram deletes no message that is older than two days."""


class IsFile(PageRefused):
    """The message that was to get a text is a file with a caption."""


class NotModified(EarmarkError):
    """The message has this text already."""


class ThreadGone(EarmarkError):
    """The topic was deleted."""


class NoVoice(EarmarkError):
    """The bot may not write there, though the chat is there and the bot is in it."""


class Moved(EarmarkError):
    """The group has another number now."""

    chat: int


class QueryOver(EarmarkError):
    """The callback query is too old to be answered."""


class TooLargeForTelegram(BadMedia):
    """The file is larger than what Telegram gives to bots."""

    size_mb: float = 0.0
    """0: Telegram does not tell its size."""


class FileGone(NotFound):
    """Telegram no longer has the file."""


class FileDown(MediaDown):
    """Telegram does not hand the file out just now."""


class CommandsRefused(Exception):
    """Telegram does not take a list of commands; in its own words, with the scope and the language of the list."""


_TOKEN_SECONDS = 300.0
UNKNOWN_TOKEN = Trouble("telegram_does_not_know_the_token", "look at EARMARK_TELEGRAM_TOKEN", seconds=_TOKEN_SECONDS)
"""Only the operator can help, and Telegram does not like to be asked again and again."""
_USED_ELSEWHERE = Trouble(
    "telegram_bot_is_used_elsewhere",
    "another program polls with this token, or has set a webhook; stop it, or use a bot of your own",
    seconds=30.0,
)
_REFUSED_AGAIN = 3600.0
"""Seconds before commands are offered again that were refused: only another release, or another Telegram, helps."""
_KICKED = "not-member"
_REFUSED, _NO_PERMISSION = "refused", "no-permission"
UNEXPLAINED = frozenset({_REFUSED, _NO_PERMISSION})
"""Reasons of refusals for which Telegram gives no known words."""
_NO_METHOD = "method not found"
_MEANINGS: tuple[tuple[str, EarmarkError], ...] = (
    ("message is not modified", NotModified()),
    ("message to edit not found", MessageGone()),
    ("message can't be edited", MessageGone()),
    ("message_id_invalid", MessageGone()),
    ("message to delete not found", MessageGone()),
    ("message can't be deleted", Stays()),
    ("there is no text in the message to edit", IsFile()),
    ("message thread not found", ThreadGone()),
    ("topic_deleted", ThreadGone()),
    ("topic_closed", NoVoice()),
    ("not enough rights", NoVoice()),
    ("have no rights to send", NoVoice()),
    ("need administrator rights", NoVoice()),
    ("chat_write_forbidden", NoVoice()),
    ("chat_restricted", NoVoice()),
    ("query is too old", QueryOver()),
    ("query id is invalid", QueryOver()),
    ("chat not found", Undelivered(reason="no-chat")),
    ("bot was blocked", Undelivered(reason="blocked")),
    ("user is deactivated", Undelivered(reason="no-account")),
    ("bot was kicked", Undelivered(reason=_KICKED)),
    ("not a member", Undelivered(reason=_KICKED)),
    ("group chat was deleted", Undelivered(reason="no-chat")),
    ("can't initiate conversation", Undelivered(reason="no-contact")),
    ("business connection not found", Undelivered(reason="no-business")),
    (_NO_METHOD, Undelivered(reason="outdated")),
    ("file is too big", TooLargeForTelegram()),
)


def meaning(error: TelegramError) -> EarmarkError | None:
    """Return the meaning of a refusal; None for an error that passes, or that is about the bot (network, token)."""
    if is_from_elsewhere(error) or is_about_the_bot(error):
        return None
    words = error.message.casefold()
    for part, told in _MEANINGS:
        if part in words:
            return told.with_fields()  # a new one each time: an error that is raised keeps its trace
    if isinstance(error, Forbidden):
        return Undelivered(reason=_NO_PERMISSION)
    if isinstance(error, BadRequest):
        return Undelivered(reason=_REFUSED)
    return None


def is_about_the_bot(error: TelegramError) -> bool:
    """Return True if Telegram does not know the bot: a matter for its operator, and none of the message's."""
    if is_from_elsewhere(error) or _NO_METHOD in error.message.casefold():
        return False
    return isinstance(error, InvalidToken | Conflict)


def log_unknown_token() -> None:
    log.error(UNKNOWN_TOKEN.event, what_to_do=UNKNOWN_TOKEN.hint)


def is_from_elsewhere(error: TelegramError) -> bool:
    """Return True if the answer was no JSON: it came from a proxy on the way, not from Telegram."""
    return isinstance(error.__cause__, TelegramError)


def explained(error: Exception) -> Meaning | None:
    """Return the meaning of an error of a call; None for a fault of the program. The operator is told of some."""
    if isinstance(error, RetryAfter):
        return Closed(WaitReason.PLATFORM_PAUSE, seconds_of(error))
    if isinstance(error, ChatMigrated):
        return Moved(chat=error.new_chat_id)
    if not isinstance(error, TelegramError):
        return None
    if is_about_the_bot(error):
        log_unknown_token()
        return Closed(WaitReason.PLATFORM_LOGIN, _TOKEN_SECONDS)
    refused = meaning(error)
    if isinstance(refused, Undelivered):
        log.warning("telegram_refused", description=error.message)
    never_arrived = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return refused or Lost(arrived=not never_arrived)


def is_about_the_chat(error: TelegramError) -> bool:
    """Return True if there is no such chat, or the bot may not write there."""
    return isinstance(meaning(error), Undelivered) and "chat" in error.message.casefold()


def backoff(sleep: Sleep = asyncio.sleep) -> Backoff:
    """Return pauses for Telegram's troubles."""
    return Backoff("updates_not_taken", _trouble, sleep)


def _trouble(error: Exception) -> Trouble | None:
    """Return the trouble for the operator; None for a fault of the program. PTB's messages may hold the token."""
    if isinstance(error, RetryAfter):
        return Trouble("telegram_asks_to_wait", seconds=seconds_of(error))
    if isinstance(error, InvalidToken):
        return UNKNOWN_TOKEN
    if isinstance(error, Conflict):
        return _USED_ELSEWHERE
    if isinstance(error, CommandsRefused):
        hint = "users see an older list, or none; the commands work all the same"
        return Trouble("telegram_commands_refused", hint, detail=str(error), seconds=_REFUSED_AGAIN)
    return Trouble("telegram_not_reached") if isinstance(error, TelegramError) else None


def passes(error: Exception) -> bool:
    """Return True if the network was away, or the bot too busy, for a moment."""
    return type(error) in (NetworkError, TimedOut, RetryAfter)  # BadRequest is a NetworkError too


def seconds_of(error: RetryAfter) -> float:
    """Return the pause that Telegram asks for."""
    return error._retry_after.total_seconds()  # the public name warns that its type will change
