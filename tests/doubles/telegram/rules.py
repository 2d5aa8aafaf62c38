"""Refusals of Telegram's Bot API: limits, keyboards, commands, invoices, and too many messages at a time.

The words of a refusal are Telegram's own wherever they are known.
"""

import math
import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BLOCKED = "Forbidden: bot was blocked by the user"
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_IS_SET = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_KINDS_OF_BUTTON = (
    *("url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat"),
    *("switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay"),
)


class Refused(Exception):
    """An answer with `ok` false."""

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


class OutOfBounds(Exception):
    """The bot did what no bot should, or what this double does not know: the test fails, whatever comes of it."""


def bad(why: str, parameters: Mapping[str, Any] | None = None) -> Refused:
    return Refused(400, f"Bad Request: {why}", parameters)


def forbidden(why: str) -> Refused:
    return Refused(403, f"Forbidden: {why}")


@dataclass(slots=True)
class Limits:
    """Every limit, to be changed by a test that needs it so. None switches a limit on the pace of sending off."""

    text: int = 4096
    """Of a message, in UTF-16 units."""
    caption: int = 1024
    download: int = 20_000_000
    """Bytes of the largest file that getFile gives."""
    upload: int = 50_000_000
    """Bytes of the largest file that a bot may send."""
    per_second: int | None = 30
    """Messages sent and edited, in all chats together."""
    private_per_second: float | None = 1.0
    """In one private chat, on average, once `private_burst` of them are used up."""
    private_burst: int = 5
    group_per_minute: int | None = 20
    query_seconds: float = 15.0
    """So long a pressed button waits for its answer."""
    checkout_seconds: float = 10.0
    """So long a payment waits for its answer."""
    webhook_pause: float = 0.05
    """Seconds before an update that was not taken is posted again."""


class Flood:
    """Counts what is sent, and refuses what is too much. Times are seconds on the double's clock."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall: deque[float] = deque()
        self._groups: dict[object, deque[float]] = defaultdict(deque)
        self._private: dict[object, tuple[float, float]] = {}

    def check(self, chat: object, kind: str, now: float) -> None:
        """Raises Refused with the seconds to wait; what is refused is not counted."""
        wait = _wait(self._overall, self._limits.per_second, 1.0, now)
        left = 0.0
        if kind != "private":
            wait = max(wait, _wait(self._groups[chat], self._limits.group_per_minute, 60.0, now))
        elif self._limits.private_per_second is not None:
            left = self._left_in_private(chat, now)
            wait = max(wait, (1.0 - left) / self._limits.private_per_second)
        if wait > 1e-9:
            seconds = max(1, math.ceil(wait))
            raise Refused(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        self._overall.append(now)
        self._groups[chat].append(now)
        self._private[chat] = (left - 1.0, now)

    def _left_in_private(self, chat: object, now: float) -> float:
        burst = float(self._limits.private_burst)
        left, then = self._private.get(chat, (burst, now))
        return min(burst, left + (now - then) * (self._limits.private_per_second or 0.0))


def _wait(times: "deque[float]", most: int | None, window: float, now: float) -> float:
    while times and times[0] <= now - window:
        times.popleft()
    return times[-most] + window - now if most is not None and len(times) >= most else 0.0


def check_keyboard(markup: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The inline keyboard that will stand under the message, or None for none."""
    buttons = _checked_buttons(markup)
    if any("pay" in button for button in buttons):
        raise bad("BUTTON_POS_INVALID")
    return _kept(markup)


def check_invoice_keyboard(markup: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Under an invoice the first button, and no other, is there to pay."""
    paying = ["pay" in button for button in _checked_buttons(markup)]
    if paying and paying != [True] + [False] * (len(paying) - 1):
        raise bad("BUTTON_POS_INVALID")
    return _kept(markup)


def _kept(markup: Mapping[str, Any] | None) -> dict[str, Any] | None:
    rows = [row for row in (markup or {}).get("inline_keyboard", ()) if row]
    return {"inline_keyboard": rows} if rows else None


def _checked_buttons(markup: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    rows = (_kept(markup) or {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup is too long")
    for button in buttons:
        _check_button(button)
    return buttons


def _check_button(button: Mapping[str, Any]) -> None:
    if not str(button.get("text", "")).strip():
        raise bad("can't parse inline keyboard button: text must be non-empty")
    kinds = [kind for kind in _KINDS_OF_BUTTON if kind in button]
    if len(kinds) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?://[^/\s]+\.[^/\s]+|tg://\S)", str(button["url"])):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")


def check_commands(commands: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, str]]:
    """The commands as (name, description)."""
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad("invalid language code specified")
    for command in commands:
        if not re.fullmatch("[a-z0-9_]{1,32}", str(command["command"])):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command["description"]).strip()) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return [(command["command"], command["description"]) for command in commands]


def check_invoice(asked: Mapping[str, Any]) -> int:
    """The price, in Stars. This double sells for nothing else."""
    if asked["currency"] != "XTR" or asked.get("provider_token"):
        raise bad("PAYMENT_PROVIDER_INVALID")
    if len(asked["prices"]) != 1:
        raise bad("STARS_INVOICE_INVALID: exactly one price is needed")
    amount = asked["prices"][0]["amount"]
    if not isinstance(amount, int) or not 1 <= amount <= 100_000:
        raise bad("CURRENCY_TOTAL_AMOUNT_INVALID")
    if not 1 <= len(asked["payload"].encode()) <= 128:
        raise bad("INVOICE_PAYLOAD_INVALID")
    if not 1 <= len(asked["title"].strip()) <= 32 or not 1 <= len(asked["description"].strip()) <= 255:
        raise bad("invoice title or description is empty or too long")
    return amount
