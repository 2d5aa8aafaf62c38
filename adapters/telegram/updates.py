"""What Telegram tells a bot, before anybody has looked into it: raw updates, and which of them wait for each other."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.chat.update_inbox import Arrival

KINDS = (
    "message",
    "channel_post",
    "business_connection",
    "business_message",
    "guest_message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
)
"""What is asked for: all that is handled, and nothing else."""

_URGENT = frozenset({"callback_query", "pre_checkout_query"})
_LARGEST = 2**63


def arrivals_of(told: object) -> list[Arrival]:
    """The updates among what was told; what has no number is none."""
    if not isinstance(told, Sequence):
        return []
    return [Arrival(one["update_id"], one) for one in told if isinstance(one, dict) and _has_number(one)]


def is_urgent(body: Mapping[str, Any]) -> bool:
    """Whether somebody looks at a clock that turns until it is answered."""
    return not _URGENT.isdisjoint(body)


def lane_of(arrival: Arrival) -> str:
    """Updates of one lane are handled one after the other; those of different lanes do not know each other."""
    for kind in KINDS:
        content = arrival.body.get(kind)
        if isinstance(content, dict) and kind not in _URGENT:
            chat = content.get("chat")
            number = chat.get("id") if isinstance(chat, dict) else content.get("id")
            return f"{content.get('business_connection_id', '')}:{number}"
    return f"update {arrival.id}"


def parse(payload: bytes) -> Any:
    """JSON that can be stored as it is. Raises ValueError."""
    try:
        return json.loads(payload.decode("utf-8", "replace"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _has_number(update: Mapping[str, Any]) -> bool:
    number = update.get("update_id")
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _LARGEST
