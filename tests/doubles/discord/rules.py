"""Refusals of Discord for bodies of messages, embeds, components and modals, with its codes and its words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
VOICE = 1 << 13
COMPONENTS_V2 = 1 << 15
ROW, BUTTON, SELECT, TEXT_INPUT, LABEL = 1, 2, 3, 4, 18
SELECTS = frozenset({3, 5, 6, 7, 8})
_IN_LABELS = SELECTS | {TEXT_INPUT, 19, 21, 22, 23}
_LINK, _PREMIUM = 5, 6

_WORDS = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "This interaction has hit the maximum number of follow up messages"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160005: (400, "Thread is locked"),
}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors


class OutOfBounds(Exception):
    """The bot did what no bot should, or what this double does not know: the test fails, whatever comes of it."""


def refused(code: int) -> Refused:
    """One of the errors that have a code of their own."""
    status, message = _WORDS[code]
    return Refused(status, code, message)


def invalid(where: str, code: str, message: str) -> Refused:
    """A form with a mistake in it; `where` is the field, as in "embeds.0.description"."""
    errors: Json = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(where.split(".")):
        errors = {part: errors}
    status, words = _WORDS[50035]
    return Refused(status, 50035, words, errors)


def missing(where: str) -> Refused:
    return invalid(where, "BASE_TYPE_REQUIRED", "This field is required")


def not_among(where: str, what: str) -> Refused:
    return invalid(where, "BASE_TYPE_CHOICES", f"Value must be one of {what}.")


@dataclass(slots=True)
class Limits:
    """Every limit, to be changed by a test that needs it so. None switches a limit on the pace off."""

    content: int = 2000
    """Of a message, in UTF-16 units: never fewer than Discord counts."""
    embed: int = 4096
    embeds: int = 6000
    """Of all embeds of a message together."""
    upload: int = 10 * 1024 * 1024
    """Bytes of one file."""
    answer_seconds: float = 3.0
    """So long an interaction waits for its first answer."""
    token_seconds: float = 900.0
    """So long it can be answered in all."""
    follow_ups: int = 5
    """Of an interaction in a place where the bot itself is not."""
    link_seconds: float = 86_400.0
    """So long a link to an attachment lives."""
    nonce_seconds: float = 300.0
    """So long the same nonce posts nothing new."""
    sessions: int = 1000
    """That the bot may begin in a day."""
    sessions_seconds: float = 86_400.0
    """Until they may be begun anew."""
    messages_per_5s: int | None = None
    """In one channel."""
    requests_per_second: int | None = None
    """In all."""


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_length(where: str, text: object, most: int, least: int = 0) -> None:
    """Raises Refused unless it is a text of such a length."""
    if not isinstance(text, str):
        raise invalid(where, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    if not least <= units(text) <= most:
        if least == 0:
            raise invalid(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        raise invalid(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def check_count(where: str, many: Sequence[object], most: int, least: int = 0) -> None:
    if not least <= len(many) <= most:
        raise invalid(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def check_content(content: str, limits: Limits) -> None:
    check_length("content", content, limits.content)


def check_embeds(embeds: Sequence[Json], limits: Limits) -> None:
    check_count("embeds", embeds, 10)
    most = {"title": 256, "description": limits.embed, "footer.text": 2048, "author.name": 256}
    total = 0
    for number, embed in enumerate(embeds):
        check_count(f"embeds.{number}.fields", embed.get("fields", ()), 25)
        for where, text, limit in _texts(embed, most):
            check_length(f"embeds.{number}.{where}", text, limit)
            total += units(text)
    if total > limits.embeds:
        words = f"Embed size exceeds maximum size of {limits.embeds}"
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", words)


def _texts(embed: Json, most: Mapping[str, int]) -> Iterator[tuple[str, str, int]]:
    for where, limit in most.items():
        holder, _, name = where.rpartition(".")
        text = (embed.get(holder) or {} if holder else embed).get(name)
        if text:
            yield where, text, limit
    for number, field in enumerate(embed.get("fields", ())):
        yield f"fields.{number}.name", field["name"], 256
        yield f"fields.{number}.value", field["value"], 1024


def check_components(rows: Sequence[Json]) -> None:
    """Rows of buttons, or of one menu each."""
    check_count("components", rows, 5)
    taken: set[str] = set()
    for number, row in enumerate(rows):
        where = f"components.{number}"
        if row.get("type") != ROW:
            raise not_among(f"{where}.type", "(1,)")
        inside = row.get("components", ())
        check_count(f"{where}.components", inside, 5, 1)
        if len(inside) > 1 and any(one.get("type") in SELECTS for one in inside):
            raise invalid(where, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
        for place, component in enumerate(inside):
            _check_component(f"{where}.components.{place}", component)
            _check_custom_id(f"{where}.components.{place}", component, taken)


def _check_component(where: str, component: Json) -> None:
    if component.get("type") == BUTTON:
        _check_button(where, component)
    elif component.get("type") in SELECTS:
        check_select(where, component)
    else:
        raise not_among(f"{where}.type", "(2, 3, 5, 6, 7, 8)")


def _check_custom_id(where: str, component: Json, taken: set[str]) -> None:
    if component["type"] == BUTTON and component["style"] in (_LINK, _PREMIUM):
        return
    custom_id = component.get("custom_id")
    if custom_id is None:
        raise missing(f"{where}.custom_id")
    check_length(f"{where}.custom_id", custom_id, 100, 1)
    if custom_id in taken:
        words = "Component custom id cannot be duplicated"
        raise invalid(f"{where}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", words)
    taken.add(custom_id)


def _check_button(where: str, button: Json) -> None:
    if button.get("style") not in range(1, 7):
        raise not_among(f"{where}.style", "(1, 2, 3, 4, 5, 6)")
    check_length(f"{where}.label", button.get("label") or "", 80)
    if button["style"] != _PREMIUM and not button.get("label") and not button.get("emoji"):
        raise invalid(where, "BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or an emoji")
    if (button["style"] == _LINK) != bool(button.get("url")):
        raise invalid(where, "BUTTON_COMPONENT_URL", "A url, and only a link, needs a url")
    if button["style"] == _LINK and button.get("custom_id"):
        words = "A custom id and url cannot both be specified"
        raise invalid(where, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL_MUTUALLY_EXCLUSIVE", words)


def check_select(where: str, select: Json) -> None:
    check_length(f"{where}.placeholder", select.get("placeholder") or "", 150)
    most = select.get("max_values") or 1
    least = 1 if select.get("min_values") is None else select["min_values"]
    if not 0 <= least <= most <= 25:
        raise invalid(f"{where}.max_values", "NUMBER_TYPE_MAX", "min_values and max_values do not fit.")
    if select["type"] != SELECT:
        return
    options = select.get("options", ())
    check_count(f"{where}.options", options, 25, 1)
    for number, option in enumerate(options):
        check_length(f"{where}.options.{number}.label", option.get("label"), 100, 1)
        check_length(f"{where}.options.{number}.value", option.get("value"), 100, 1)
        check_length(f"{where}.options.{number}.description", option.get("description") or "", 100)
    if len({option["value"] for option in options}) < len(options):
        words = "The specified option value is already used"
        raise invalid(f"{where}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words)
    if most > len(options) or sum(bool(option.get("default")) for option in options) > most:
        raise invalid(f"{where}.max_values", "NUMBER_TYPE_MAX", "There are fewer options, or more defaults.")


def check_modal(modal: Json) -> None:
    check_length("data.title", modal.get("title"), 45, 1)
    check_length("data.custom_id", modal.get("custom_id"), 100, 1)
    check_count("data.components", modal.get("components", ()), 5, 1)
    taken: set[str] = set()
    for number, (label, field) in enumerate(fields_of(modal)):
        where = f"data.components.{number}"
        if field.get("type") not in _IN_LABELS:
            raise not_among(f"{where}.type", "those that a modal may hold")
        if label is not None:
            check_length(f"{where}.label", label, 45, 1)
        if field["type"] == TEXT_INPUT:
            _check_input(where, field)
        if field["type"] in SELECTS:
            check_select(where, field)
        _check_custom_id(where, field | {"style": 1}, taken)


def fields_of(modal: Json) -> list[tuple[str | None, Json]]:
    """Return the fields that can be filled in, with the label of each."""
    found: list[tuple[str | None, Json]] = []
    for holder in modal["components"]:
        if holder["type"] == LABEL:
            found.append((holder.get("label"), holder["component"]))
        elif holder["type"] == ROW:
            found += [(field.get("label"), field) for field in holder["components"]]
    return found


def _check_input(where: str, field: Json) -> None:
    if field.get("style") not in (1, 2):
        raise not_among(f"{where}.style", "(1, 2)")
    check_length(f"{where}.placeholder", field.get("placeholder") or "", 100)
    most = field.get("max_length") or 4000
    if most > 4000 or (field.get("min_length") or 0) > most:
        raise invalid(f"{where}.max_length", "NUMBER_TYPE_MAX", "int value should be less than or equal to 4000.")
    check_length(f"{where}.value", field.get("value") or "", most)
