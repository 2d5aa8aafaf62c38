"""Text as Telegram keeps it: marked up by HTML or by entities, cleaned, stripped, and counted in UTF-16 units.

It is a little stricter than Telegram: what that would silently put right (a quote in a quote, bold around code) is
refused, since nobody who wrote it meant what would be shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.telegram.rules import Refused, bad

Entity = dict[str, Any]
HONOURED = 100
_TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    **{"a": "text_link", "tg-emoji": "custom_emoji", "tg-time": "date_time"},
    **{"code": "code", "pre": "pre", "blockquote": "blockquote"},
}
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_VERBATIM = frozenset({"code", "pre"})
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));?")
_TAG = re.compile(r"""<(/?)([^\s<>/]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?)*)\s*>""")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?""")
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_UNSEEN = re.compile("[\\s\u1680\u180e\u2000-\u200b\u200e\u200f\u202e\u202f\u205f\u2800\u3000\ufffc]*")
_SEEN_BY_TELEGRAM = (
    ("bot_command", re.compile(r"(?<![\w/@])/[a-zA-Z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@\w{4,32}\b")),
    ("url", re.compile(r"https?://[^\s<>\"]+")),
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and what stands out in it."""

    text: str
    entities: tuple[Entity, ...] = ()


def units(text: str) -> int:
    """The length in UTF-16 units, as entities and limits count it."""
    return len(text) + sum(character > "\uffff" for character in text)


def part(text: str, entity: Entity) -> str:
    """Return the text that an entity covers."""
    wide = text.encode("utf-16-le")
    return wide[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")


def marked(text: str, mode: str, entities: Sequence[Entity] | None, limit: int, too_long: str) -> Marked:
    """The text as it will stand there. Raises Refused if it cannot be read or is too long; it may be empty."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise bad("strings must be encoded in UTF-8")
    if mode and mode.lower() != "html":
        raise _unparsable(f"this double reads no {mode}")
    raw = _Html(text).read() if mode else Marked(text, tuple(dict(entity) for entity in entities or ()))
    _check(raw)
    kept = _cleaned(raw)
    if units(kept.text) > limit:
        raise bad(too_long)
    return kept


def found(text: str) -> tuple[Entity, ...]:
    """Return the entities that Telegram finds in a text by itself: commands, mentions, links."""
    places = [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())}
        for kind, pattern in _SEEN_BY_TELEGRAM
        for match in pattern.finditer(text)
    ]
    return tuple(sorted(places, key=lambda entity: int(str(entity["offset"]))))


def _unparsable(why: str) -> Refused:
    return bad(f"can't parse entities: {why}")


def _check(raw: Marked) -> None:
    """Every entity lies within the text and between its characters, and they are nested as they may be."""
    edges = {0}
    at = 0
    for character in raw.text:
        at += units(character)
        edges.add(at)
    for entity in raw.entities:
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 0:
            raise _unparsable("an entity needs an offset and a length")
        if start + length > at:
            raise bad(f"entity beginning at UTF-16 offset {start} ends after the end of the text")
        if start not in edges or start + length not in edges:
            raise bad(f"entity at UTF-16 offset {start} begins or ends in a middle of a UTF-16 symbol")
    _check_nesting(raw.entities)


def _check_nesting(entities: Sequence[Entity]) -> None:
    for index, one in enumerate(entities):
        for other in entities[index + 1 :]:
            kinds = {one["type"], other["type"]}
            first, second = sorted((one, other), key=lambda entity: entity["offset"])
            end = first["offset"] + first["length"]
            if second["offset"] >= end:
                continue
            if kinds <= _QUOTES:
                raise _unparsable("block quotes can't be nested")
            if kinds & _VERBATIM and not kinds & _QUOTES:
                raise _unparsable("code can't be nested with other entities")
            if second["offset"] > first["offset"] and second["offset"] + second["length"] > end:
                raise _unparsable("entities overlap")


def _cleaned(raw: Marked) -> Marked:
    """Without what Telegram takes out, and without blanks at both ends; entities move along."""
    moved, kept, at = [0], [], 0
    for character in raw.text:
        new = "" if _REMOVED.match(character) else " " if _BLANKED.match(character) else character
        kept.append(new)
        at += units(new)
        moved += [at] * units(character)
    text = "".join(kept)
    lead = units(text[: len(text) - len(text.lstrip(" \n"))])
    text = text.strip(" \n")
    if _UNSEEN.fullmatch(text):
        return Marked("")
    end = units(text)
    entities = []
    for entity in raw.entities:
        start = min(max(moved[entity["offset"]] - lead, 0), end)
        stop = min(max(moved[entity["offset"] + entity["length"]] - lead, 0), end)
        if stop > start:
            entities.append(entity | {"offset": start, "length": stop - start})
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Marked(text, tuple(entities[:HONOURED]))


@dataclass
class _Html:
    """One text in Telegram's HTML."""

    source: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[tuple[str, Entity]] = field(default_factory=list)
    closed: list[Entity] = field(default_factory=list)

    def read(self) -> Marked:
        at = 0
        while at < len(self.source):
            at = self._step(at)
        if self.opened:
            raise _unparsable(f'can\'t find end tag corresponding to start tag "{self.opened[-1][0]}"')
        return Marked("".join(self.text), tuple(self.closed))

    def _step(self, at: int) -> int:
        if self.source[at] == "<":
            return self._tag(at)
        if self.source[at] == "&" and (match := _CHARACTER.match(self.source, at)):
            self._add(_character(match))
            return match.end()
        stop = re.compile("[<&]").search(self.source, at + 1)
        end = stop.start() if stop else len(self.source)
        self._add(self.source[at:end])
        return end

    def _add(self, text: str) -> None:
        self.text.append(text)
        self.length += units(text)

    def _tag(self, at: int) -> int:
        where = f"at byte offset {len(self.source[:at].encode())}"
        match = _TAG.match(self.source, at)
        if match is None:
            raise _unparsable(f"unclosed start tag {where}")
        ending, name, attributes = match.group(1), match.group(2).lower(), match.group(3)
        if ending:
            self._close(name, where)
        elif name not in _TAGS:
            raise _unparsable(f'unsupported start tag "{name}" {where}')
        else:
            self._open(name, _attributes(attributes), where)
        return match.end()

    def _open(self, name: str, attributes: dict[str, str], where: str) -> None:
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(f'tag "span" must have class "tg-spoiler" {where}')
        entity: Entity = {"type": _TAGS[name], "offset": self.length}
        if name == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        wanted = {"a": ("href", "url"), "tg-emoji": ("emoji-id", "custom_emoji_id"), "tg-time": ("unix", "unix_time")}
        if name in wanted:
            attribute, key = wanted[name]
            if not attributes.get(attribute):
                raise _unparsable(f'tag "{name}" needs {attribute} {where}')
            entity[key] = int(attributes[attribute]) if key == "unix_time" else attributes[attribute]
        language = attributes.get("class", "")
        if name == "code" and language.startswith("language-"):
            entity["language"] = language.removeprefix("language-")
        self.opened.append((name, entity))

    def _close(self, name: str, where: str) -> None:
        if not self.opened:
            raise _unparsable(f"unexpected end tag {where}")
        expected, entity = self.opened.pop()
        if name != expected:
            raise _unparsable(f'unmatched end tag {where}, expected "</{expected}>", found "</{name}>"')
        entity["length"] = self.length - entity["offset"]
        language = entity.pop("language", "") if expected == "code" else ""
        if expected == "code" and self.opened and self.opened[-1][0] == "pre":
            self.opened[-1][1]["language"] = language
        elif entity["length"]:
            self.closed.append(entity)


def _character(match: "re.Match[str]") -> str:
    name, decimal, hexadecimal = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match.group()


def _attributes(source: str) -> dict[str, str]:
    matches = _ATTRIBUTE.finditer(source)
    return {match.group(1).lower(): next((one for one in match.groups()[1:] if one), "") for match in matches}
