"""Messages as they stand in the double's channels, as the bot gets them, and as people see them."""

import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.doubles.discord.rules import (
    BUTTON,
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SELECT,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    VOICE,
    Json,
    Limits,
    OutOfBounds,
    check_components,
    check_content,
    check_count,
    check_embeds,
    invalid,
    refused,
)
from tests.doubles.discord.world import Author, File, Ping, World, stamp

if TYPE_CHECKING:
    from tests.doubles.discord.places import Channel

REPLY, SLASH, MENU = 19, 20, 23
_SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | EPHEMERAL
_MENTION = re.compile(r"<@(!?|&)(\d+)>|@(everyone|here)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    key: str
    """files[n]"""
    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the bot as people see it now."""

    id: int
    channel: int
    content: str
    embeds: list[Json]
    files: list[tuple[str, bytes]]
    components: list[Json]
    reply_to: int | None
    edits: int
    """The number of edits."""
    flags: int
    deleted: bool
    raw: Json = field(repr=False)
    """As the bot gets it."""

    @property
    def text(self) -> str:
        """All that can be read: the content, the embeds, the files of text."""
        shown = [self.content, *(embed.get("description", "") for embed in self.embeds)]
        shown += [content.decode() for name, content in self.files if name.endswith((".txt", ".srt", ".vtt"))]
        return "\n".join(part for part in shown if part)

    @property
    def buttons(self) -> list[str]:
        """The labels."""
        return [one.get("label", "") for one in components_of(self.components) if one["type"] == BUTTON]

    @property
    def menus(self) -> list[Json]:
        return [one for one in components_of(self.components) if one["type"] == SELECT]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Label and value of everything that can be chosen in its menus."""
        return [(option["label"], option["value"]) for menu in self.menus for option in menu["options"]]

    @property
    def ephemeral(self) -> bool:
        """Return True if one person alone sees it."""
        return bool(self.flags & EPHEMERAL)


@dataclass(slots=True)
class Post:
    """A message that stands in a channel."""

    id: int
    channel: "Channel"
    author: Author
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    answers: "Post | None" = None
    forwards: "Post | None" = None
    mentions: list[Author] = field(default_factory=list)
    posted_at: float = 0.0
    edited_at: float | None = None
    edits: int = 0
    nonce: str | None = None
    webhook: int | None = None
    asked: Json | None = None
    """The interaction that it answers, as messages tell of it."""
    for_one: int | None = None
    """The person who alone sees it."""
    deleted: bool = False
    poison: Json = field(default_factory=dict)

    @property
    def by_bot(self) -> bool:
        return self.author is self.channel.world.bot

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    def raw(self, sees: bool) -> Json:
        """As the API tells of it. One who does not see gets the content only of what concerns the bot."""
        world = self.channel.world
        shown = sees or self._concerns_bot()
        told: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.raw,
            "content": self.content if shown else "",
            "timestamp": stamp(self.posted_at),
            "edited_timestamp": None if self.edited_at is None else stamp(self.edited_at),
            "tts": False,
            "mention_everyone": False,
            "mentions": [one.raw for one in self.mentions],
            "mention_roles": [],
            "attachments": [world.attachment(file) for file in self.files] if shown else [],
            "embeds": self.embeds if shown else [],
            "components": self.components if shown else [],
            "pinned": False,
            "type": self.kind,
            "flags": self.flags,
        }
        told |= {"webhook_id": str(self.webhook)} if self.webhook is not None else {}
        if self.asked is not None:
            told |= {"application_id": str(world.application_id), "webhook_id": str(world.application_id)}
            told["interaction_metadata"] = self.asked
        return told | self._origins(sees) | self.poison

    def _origins(self, sees: bool) -> Json:
        """The message that it answers, or forwards."""
        origin = self.answers or self.forwards
        if origin is None:
            return {}
        of = {"type": 0 if self.answers else 1, "channel_id": str(origin.channel.id), "message_id": str(origin.id)}
        of |= {"guild_id": str(origin.channel.guild.id)} if origin.channel.guild else {}
        if self.answers:
            return {"message_reference": of, "referenced_message": None if origin.deleted else _plain(origin, sees)}
        kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions")
        copy = origin.raw(sees=True)
        if not sees and not self._concerns_bot():
            copy |= {"content": "", "embeds": [], "attachments": [], "components": []}
        snapshot = {name: copy[name] for name in (*kept, "mention_roles", "components")}
        return {"message_reference": of, "message_snapshots": [{"message": snapshot}]}

    def _concerns_bot(self) -> bool:
        return self.by_bot or self.channel.own or self.channel.world.bot in self.mentions

    def event(self, sees: bool) -> Json:
        """As the gateway tells of it."""
        told = self.raw(sees) | {"channel_type": self.channel.kind}
        if self.nonce is not None and self.by_bot:
            told["nonce"] = self.nonce
        guild = self.channel.guild
        if guild is not None:
            member = guild.member_raw(self.author) if self.webhook is None else None
            told |= {"guild_id": str(guild.id)} | ({"member": member} if member else {})
        return told

    def seen(self) -> Seen:
        return Seen(
            id=self.id,
            channel=self.channel.id,
            content=self.content,
            embeds=list(self.embeds),
            files=[(file.name, file.content()) for file in self.files],
            components=list(self.components),
            reply_to=self.answers.id if self.answers else None,
            edits=self.edits,
            flags=self.flags,
            deleted=self.deleted,
            raw=self.raw(sees=True),
        )


def _plain(post: Post, sees: bool) -> Json:
    return {name: value for name, value in post.raw(sees).items() if name != "referenced_message"}


def components_of(rows: Iterable[Json]) -> list[Json]:
    return [component for row in rows for component in row["components"]]


@dataclass(frozen=True, slots=True)
class Content:
    """The future content of a message."""

    content: str
    embeds: list[Json]
    components: list[Json]
    files: list[File]
    flags: int

    def fill(self, post: Post) -> None:
        """Let the message be so."""
        post.content, post.embeds, post.components = self.content, self.embeds, self.components
        post.files, post.flags = self.files, self.flags


def composed(
    world: World,
    channel: int,
    body: Json,
    uploads: Sequence[Upload],
    old: Post | None = None,
    *,
    ephemeral: bool = False,
) -> Content:
    """Return the message with the requested changes. Raises Refused for what Discord refuses.

    What a body does not name stays as it was.
    """
    _check(body, uploads, world.limits)
    flags = int(body.get("flags") or 0)
    kept = old.flags & ~LOADING if old is not None else 0
    held = Content(
        content=_taken(body, "content", old.content if old else "", ""),
        embeds=[{"type": "rich"} | embed for embed in _taken(body, "embeds", old.embeds if old else [], [])],
        components=_numbered(_taken(body, "components", old.components if old else [], [])),
        files=_files(world, channel, body, uploads, old, ephemeral),
        flags=(kept & ~SUPPRESS_EMBEDS if "flags" in body else kept) | flags & _SETTABLE & ~EPHEMERAL,
    )
    if not (held.content.strip() or held.embeds or held.files):
        raise refused(50006)
    return held


def _taken(body: Json, name: str, old: Any, empty: Any) -> Any:
    return (body[name] or empty) if name in body else old


def _check(body: Json, uploads: Sequence[Upload], limits: Limits) -> None:
    flags = int(body.get("flags") or 0)
    if flags & COMPONENTS_V2 or flags & VOICE or body.get("poll") or body.get("sticker_ids"):
        raise OutOfBounds(
            "this double lets no bot send polls, stickers, voice messages, nor components of the second kind"
        )
    if flags & ~_SETTABLE:
        raise invalid("flags", "MESSAGE_FLAGS_INVALID", "These flags cannot be set.")
    check_content(body.get("content") or "", limits)
    check_embeds(body.get("embeds") or [], limits)
    check_components(body.get("components") or [])
    _check_allowed(body.get("allowed_mentions"))
    check_count("attachments", body.get("attachments") or uploads, 10)
    if any(len(upload.content) > limits.upload for upload in uploads):
        raise refused(40005)


def _numbered(rows: list[Json]) -> list[Json]:
    """Discord numbers components that have no ids."""
    numbers = count(1)
    return [
        {"id": next(numbers)} | row | {"components": [{"id": next(numbers)} | one for one in row["components"]]}
        for row in rows
    ]


def _files(
    world: World, channel: int, body: Json, uploads: Sequence[Upload], old: Post | None, ephemeral: bool
) -> list[File]:
    before = old.files if old else []
    described = {str(one["id"]): one for one in body.get("attachments") or ()}
    if "attachments" in body:
        before = [file for file in before if str(file.id) in described]
    return before + [_stored(world, channel, upload, described, ephemeral) for upload in uploads]


def _stored(world: World, channel: int, upload: Upload, described: dict[str, Json], ephemeral: bool) -> File:
    number = upload.key.removeprefix("files[").removesuffix("]")
    if described and number not in described:
        raise invalid("attachments", "ATTACHMENT_NOT_FOUND", f"The file {number} has no attachment")
    name = re.sub(r"[^\w.-]", "_", described.get(number, {}).get("filename") or upload.name)
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return world.store(File(world.snowflake(), channel, name, mime, upload.content, ephemeral=ephemeral))


def mentioned(world: World, post: Post, body: Json) -> list[Author]:
    """Return the people mentioned in a message of the bot, as far as it lets mentions through; they are pinged."""
    allowed = body.get("allowed_mentions")
    everyone: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}
    allowed = everyone if allowed is None else allowed
    found: list[Author] = []
    for kind, number, many in _MENTION.findall(post.content):
        of = "everyone" if many else "role" if kind == "&" else "user"
        if _lets(allowed, of, number):
            world.pings.append(Ping(post.channel.id, post.id, of, many or number))
            found += [world.people[int(number)]] if of == "user" and int(number) in world.people else []
    if post.answers is not None and not post.answers.by_bot and allowed.get("replied_user", allowed is everyone):
        world.pings.append(Ping(post.channel.id, post.id, "reply", str(post.answers.author.id)))
        found.append(post.answers.author)
    return found


def _lets(allowed: Json, kind: str, number: str) -> bool:
    plural = "everyone" if kind == "everyone" else f"{kind}s"
    return plural in (allowed.get("parse") or ()) or number in [str(one) for one in allowed.get(plural) or ()]


def _check_allowed(allowed: Json | None) -> None:
    for kind in ("users", "roles"):
        if allowed and kind in (allowed.get("parse") or ()) and allowed.get(kind):
            words = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
            raise invalid("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)
