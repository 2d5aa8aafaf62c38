"""What Telegram's refusals mean. Telegram tells them in words, so this is the one place that reads those words.

Nothing here keeps python-telegram-bot's own exceptions: some of them hold an address, and the token is in it.
"""

import httpx
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, TelegramError

from bot.chat.platform import MediaDown, MessageGone, PageRefused
from bot.domain.errors import BadMedia, EarmarkError, NotFound, NotNow, Undelivered


class Stays(EarmarkError):
    """Telegram deletes no message that is older than two days."""

    sentence = "That message cannot be deleted any more."


class IsFile(PageRefused):
    """The message that was to get a text is a file with a caption."""

    sentence = "That message is a file, so its text cannot be changed."


class NotModified(EarmarkError):
    sentence = "That message says so already."


class ThreadGone(EarmarkError):
    sentence = "That topic is not there any more."


class NoVoice(EarmarkError):
    """The bot may not write there, though the chat is there and the bot is in it."""

    sentence = "I may not write in that chat."


class Moved(EarmarkError):
    """The group has another number now: `chat`."""

    sentence = "That group has become another one."


class QueryOver(EarmarkError):
    sentence = "That was too long ago to be answered."


class PerhapsPosted(NotNow):
    """A message was posted, or was not: its answer was lost. To post it again may be to post it twice."""


class TooLargeForTelegram(BadMedia):
    sentence = (
        "Telegram hands files of at most 20 MB to bots, and this one {size}. The operator of this bot can lift that "
        "limit with a Bot API server of their own. Nothing was charged."
    )


class FileGone(NotFound):
    sentence = "Telegram no longer has the file {name}: please send it again. Nothing was charged."


class FileDown(MediaDown):
    """Telegram does not hand the file out just now."""

    sentence = "Telegram does not hand out this file just now: please send it again later. Nothing was charged."


_KICKED = "the bot is not in that chat any more"
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
    ("chat not found", Undelivered(reason="the chat is not there any more")),
    ("bot was blocked", Undelivered(reason="the bot was blocked")),
    ("user is deactivated", Undelivered(reason="the account was deleted")),
    ("bot was kicked", Undelivered(reason=_KICKED)),
    ("not a member", Undelivered(reason=_KICKED)),
    ("group chat was deleted", Undelivered(reason="the chat was deleted")),
    ("can't initiate conversation", Undelivered(reason="its sender never wrote to the bot")),
    ("business connection not found", Undelivered(reason="the business account is not connected any more")),
    (_NO_METHOD, Undelivered(reason="Telegram's server is too old for that")),
    ("file is too big", TooLargeForTelegram(size="is larger")),
)


def meaning(error: TelegramError) -> EarmarkError | None:
    """What a refusal means; None for what passes and is nobody's fault here (the network, Telegram, the token)."""
    if is_from_elsewhere(error) or is_about_the_bot(error):
        return None
    words = error.message.casefold()
    for part, told in _MEANINGS:
        if part in words:
            return told.with_fields()  # a new one each time: an error that is raised keeps its trace
    if isinstance(error, Forbidden):
        return Undelivered(reason="Telegram does not let the bot write there")
    if isinstance(error, BadRequest):
        return Undelivered(reason="Telegram refuses the message")
    return None


def is_about_the_bot(error: TelegramError) -> bool:
    """Whether Telegram does not know the bot at all: a matter for its operator, and none of the message's."""
    if is_from_elsewhere(error) or _NO_METHOD in error.message.casefold():
        return False
    return isinstance(error, InvalidToken | Conflict)


def is_from_elsewhere(error: TelegramError) -> bool:
    """Whether what answered was no JSON: somebody on the way, not Telegram."""
    return isinstance(error.__cause__, TelegramError)


def never_arrived(error: TelegramError) -> bool:
    """Whether a call certainly did not reach Telegram, so that it can be made again."""
    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
