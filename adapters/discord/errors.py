"""Meanings of Discord's refusals, by their codes, which no other module knows.

Nothing here keeps discord.py's own exceptions: they hold the request, and an interaction's token is in its address.
"""

import aiohttp
import structlog
from discord import HTTPException, RateLimited

from bot.chat.platform import MediaDown, MessageGone, PageRefused
from bot.domain.errors import EarmarkError, NotFound, Undelivered
from bot.domain.waiting import WaitReason
from bot.support.retry import DOWN, Closed, Lost, Meaning
from bot.support.uncancellable_calls import UnderWay

log = structlog.get_logger()

_UNAUTHORIZED, _FORBIDDEN, _TOO_LARGE, _TOO_MANY = 401, 403, 413, 429
_SERVER = 500


class TicketOver(EarmarkError):
    """The interaction cannot be answered any more, or could not be yet."""


class AnsweredAlready(EarmarkError):
    """The interaction has its first answer, and takes no second one."""


class MayNotWrite(EarmarkError):
    """The bot may not write there, or not this; or there is no such place any more."""


class NothingSeen(EarmarkError):
    """The bot may not read what was written there, or nothing was."""


class MayNotReply(EarmarkError):
    """The bot may write there, but its message cannot refer to that other one."""


class AttachmentGone(NotFound):
    """Discord no longer has the file."""


class AttachmentDown(MediaDown):
    """Discord does not hand the file out just now."""


class ServerFault(Exception):
    """Discord has a fault of its own."""


_SOON = 60.0
_TOKEN_AGAIN = 300.0
"""Seconds of the pause if Discord does not know the bot: its operator has to give it another token first."""

_MEANINGS: dict[int, EarmarkError] = {
    10003: MayNotWrite(),  # unknown channel
    10004: MayNotWrite(),  # unknown server
    10008: MessageGone(),  # unknown message
    10013: Undelivered(reason="no-account"),
    10015: TicketOver(),  # unknown webhook: so Discord calls an interaction that is over, or not answered yet
    10062: TicketOver(),  # unknown interaction
    40005: PageRefused(),  # the file is too large
    40060: AnsweredAlready(),
    50001: MayNotWrite(),  # no access
    50005: MessageGone(),  # a message of another user
    50007: Undelivered(reason="no-messages"),
    50008: MayNotWrite(),  # no user writes in such a channel
    50013: MayNotWrite(),  # a permission is missing
    50024: MayNotWrite(),  # no such thing in such a channel
    50027: TicketOver(),  # invalid webhook token
    50035: PageRefused(),  # invalid form
    50083: MayNotWrite(),  # an archived thread
    50278: Undelivered(reason="no-server"),
    160002: MayNotReply(),  # without permission to read the history
    160005: MayNotWrite(),  # a locked thread
    200000: MayNotWrite(),  # the server's own filter blocked it
}
_LATER = frozenset({20016, 20022, 20028, 30046, 40003, 130000})
"""Too often: in slow mode, in announcements, in a channel, to an old message, to new people; or too much at once."""


def meaning(error: HTTPException) -> EarmarkError:
    """Return the meaning of a refusal that does not pass (see `pause_of`)."""
    if error.code == 50035 and "message_reference" in error.text:
        return MayNotReply()
    if error.status == _TOO_LARGE:
        return PageRefused()
    told = _MEANINGS.get(error.code, Undelivered(reason="refused"))
    return told.with_fields()  # a new one each time: an error that is raised keeps its trace


def pause_of(error: HTTPException) -> Closed | None:
    """Return the pause if Discord is down, asks for one, or does not know the bot; else None."""
    if error.status == _UNAUTHORIZED and _MEANINGS.get(error.code) is None:
        return Closed(WaitReason.PLATFORM_LOGIN, _TOKEN_AGAIN)
    if error.status >= _SERVER:
        return DOWN
    if error.status == _TOO_MANY:
        return Closed(WaitReason.PLATFORM_PAUSE, max(_seconds(error.response.headers.get("Retry-After", "")), _SOON))
    # A proxy on the way refused it: Discord itself would tell a code.
    is_from_elsewhere = error.status == _FORBIDDEN and error.code in (0, 40333)
    return Closed(WaitReason.PLATFORM_PAUSE, _SOON) if is_from_elsewhere or error.code in _LATER else None


def explained(error: Exception) -> Meaning | None:
    """Return the meaning of an error of a call; None for a fault of the program.

    The operator is told of one that is about the bot, and of one that Discord gives no known reason for.
    """
    if isinstance(error, RateLimited):
        return Closed(WaitReason.PLATFORM_PAUSE, error.retry_after)
    if isinstance(error, HTTPException):
        told = pause_of(error) or meaning(error)
        if isinstance(told, Closed) and told.reason is WaitReason.PLATFORM_LOGIN:
            log.error("discord_does_not_know_the_token", what_to_do="look at EARMARK_DISCORD_TOKEN")
        if isinstance(told, Undelivered):
            log.warning("discord_refused", status=error.status, code=error.code)
        return told
    if isinstance(error, UnderWay):
        return DOWN
    if isinstance(error, (aiohttp.ClientError, OSError, ServerFault)):
        return Lost(arrived=not isinstance(error, aiohttp.ClientConnectorError))
    return None


def _seconds(told: str) -> float:
    return float(told) if told.isdecimal() and len(told) < 6 else 0.0
