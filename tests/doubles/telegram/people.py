"""The people of the double's Telegram, the chats where they write, and what stands there for all to see."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from tests.doubles.telegram.rules import BLOCKED, Refused, bad, forbidden
from tests.doubles.telegram.seen import Post, Seen, entities_of
from tests.doubles.telegram.text import found, part
from tests.doubles.telegram.world import BOT_NAME, File, Json, World

REAL = -1
"""In place of a size: the file's own."""
_FOLDERS = {
    **{"voice": "voice", "audio": "music", "video": "videos", "video_note": "video_notes"},
    **{"document": "documents", "animation": "animations", "photo": "photos"},
}
_MIMES = {"voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4", "animation": "video/mp4"}
_WITH_PICTURE = {"video": {"width": 640, "height": 360}, "animation": {"width": 320, "height": 240}}
_ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
_AS_CHANNEL: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
Source = bytes | Path | File
"""Bytes or a path are a new file each time; what `BotApi.file` gave is the same file again."""


class Said(TypedDict, total=False):
    """Content of a person's message: a text, or one medium with a caption."""

    text: str
    caption: str
    voice: Source
    audio: Source
    video: Source
    video_note: Source
    document: Source
    animation: Source
    photo: Source
    seconds: int
    """As the sender claims."""
    file_size: int | None
    """As the sender claims; REAL unless given, None: none is told. getFile goes by the larger of both."""
    name: str
    mime: str
    reply_to: int
    thread: int
    direct: int
    """The topic of a user who writes to a channel directly."""
    forwarded: bool
    album: str
    """Items of one album have the same."""
    external_reply: "Said"
    """If true, the answered message lies in another chat, which the bot does not see."""
    sender_chat: "Chat"
    """The group itself (an anonymous admin), or a channel that a person speaks for."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user. `id` is also the id of the private chat with the bot."""

    id: int
    name: str
    username: str
    language: str

    @property
    def raw(self) -> Json:
        raw = {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language}
        return raw | ({"username": self.username} if self.username else {})


class Chat:
    """Properties that all chats have in common. `problem` keeps the bot from writing there."""

    kind = ""
    update = "message"

    def __init__(self, world: World, number: int, names: Json, connection: str = "") -> None:
        self._world = world
        self.id = number
        self.connection = connection
        self._names = names
        self.posts: list[Post] = []
        self.problem: Refused | None = None
        world.chats[connection, number] = self

    @property
    def username(self) -> str:
        return str(self._names.get("username", ""))

    @property
    def raw(self) -> Json:
        return {"id": self.id, "type": self.kind, **self._names}

    @property
    def messages(self) -> list[Seen]:
        """Everything that was ever written here, in order, as it stands now."""
        with self._world.lock:
            return [post.seen() for post in self.posts]

    @property
    def answers(self) -> list[Seen]:
        """Return the bot's messages that were not deleted."""
        with self._world.lock:
            return [post.seen() for post in self.posts if post.by_bot and not post.deleted]

    def message(self, number: int) -> Seen:
        with self._world.lock:
            return next(post.seen() for post in self.posts if post.raw["message_id"] == number)

    def say(self, person: Person, **said: Unpack[Said]) -> int:
        """Write something, and give its message id. The bot is told where it may know of it."""
        with self._world.lock:
            sender = self._sender(person, said)
            return self.publish(sender | self._content(said), said).raw["message_id"]  # type: ignore[no-any-return]  # JSON

    def edit(self, message: int, text: str) -> None:
        """Its writer changes a text or a caption."""
        with self._world.lock:
            post = self.find(message)
            assert post is not None
            post.edits.append(post.text)
            post.raw |= _worded(text, "caption" if "caption" in post.raw else "text") | {"edit_date": self._world.now}
            self._tell(f"edited_{self.update}", post)

    def remove(self, message: int) -> None:
        """Delete a message as a person with that right; the bot is not told."""
        with self._world.lock:
            post = self.find(message)
            assert post is not None
            post.deleted = True
            self._world.notify()

    def find(self, number: object) -> Post | None:
        return next((post for post in self.posts if post.raw["message_id"] == number and not post.deleted), None)

    def publish(self, content: Json, said: Said) -> Post:
        """Put a person's message there, with the place it has among the others."""
        post = self.place(content, said.get("reply_to"), said.get("thread"))
        self._tell(self.update, post)
        return post

    def place(self, content: Json, reply_to: int | None, thread: int | None) -> Post:
        """Put a message there, of any author."""
        raw = {"message_id": self._next_id(), "date": self._world.now, "chat": self.raw}
        raw |= {"business_connection_id": self.connection} if self.connection else {}
        answered = self.find(reply_to) if reply_to is not None else None
        assert answered is not None or reply_to is None, "what is replied to is not there"
        if answered is not None:
            raw["reply_to_message"] = {k: v for k, v in answered.raw.items() if k != "reply_to_message"}
        post = Post(raw | self._threaded(thread, answered) | content)
        self.posts.append(post)
        self._world.notify()
        return post

    def check_open(self) -> None:
        """Raises Refused if the bot cannot write here."""
        if self.problem is not None:
            raise Refused(self.problem.status, self.problem.description, self.problem.parameters)

    def check_thread(self, thread: int | None) -> None:
        """Raises Refused if the bot may not write in that thread."""
        if thread is not None:
            raise bad("message thread not found")

    def _tell(self, kind: str, post: Post) -> None:
        self._world.tell(kind, deepcopy(post.raw))

    def _next_id(self) -> int:
        return self._world.number("message of private chats", 101)

    def _threaded(self, thread: int | None, answered: Post | None) -> Json:
        return {}

    def _sender(self, person: Person, said: Said) -> Json:
        chat = said.get("sender_chat")
        if chat is None:
            return {"from": person.raw}
        return {"from": _ANONYMOUS if chat is self else _AS_CHANNEL, "sender_chat": chat.raw}

    def _content(self, said: Said) -> Json:
        content = media_of(self._world, said)
        content |= _worded(said["text"], "text") if "text" in said else {}
        content |= _worded(said["caption"], "caption") if said.get("caption") else {}
        content |= {"media_group_id": said["album"]} if "album" in said else {}
        content |= {"direct_messages_topic": {"topic_id": said["direct"]}} if "direct" in said else {}
        origin = {"type": "hidden_user", "date": self._world.now, "sender_user_name": "Somebody"}
        if said.get("forwarded"):
            content["forward_origin"] = origin
        if "external_reply" in said:
            content["external_reply"] = {"origin": origin, **media_of(self._world, said["external_reply"])}
        return content


def _worded(text: str, as_what: str) -> Json:
    entities = list(found(text))
    return {as_what: text} | ({"entities" if as_what == "text" else "caption_entities": entities} if entities else {})


def media_of(world: World, said: Said) -> Json:
    """The medium of a message, as the bot is told of it."""
    content: Json = {}
    for kind, folder in _FOLDERS.items():
        source: Source | None = said.get(kind)  # type: ignore[assignment]  # the keys of Said
        if source is not None:
            content[kind] = _medium(world, kind, folder, source, said)
    if "animation" in content:
        content["document"] = {
            k: v for k, v in content["animation"].items() if k not in ("width", "height", "duration")
        }
    if "photo" in content:
        content["photo"] = [content["photo"]]
    return content


def _medium(world: World, kind: str, folder: str, source: Source, said: Said) -> Json:
    named = said.get("name") or (source.name if isinstance(source, Path) and kind not in ("voice", "photo") else "")
    if not isinstance(source, File):
        claimed = said.get("file_size", REAL)
        source = world.store(source, folder, named, None)
        source.claimed = source.real_size if claimed == REAL else claimed
    medium: Json = {"file_id": source.id, "file_unique_id": source.unique_id}
    medium |= {"file_size": source.claimed} if source.claimed is not None else {}
    if kind == "photo":
        return medium | {"width": 90, "height": 60}
    mime = said.get("mime", _MIMES.get(kind, ""))
    medium |= {"mime_type": mime} if mime and kind != "video_note" else {}
    medium |= {"duration": said.get("seconds", 0)} if kind != "document" else {}
    medium |= {"length": 240} if kind == "video_note" else _WITH_PICTURE.get(kind, {})
    return medium | ({"file_name": named} if named and kind not in ("voice", "video_note") else {})


class Private(Chat):
    """A person and the bot. It may not write before she did."""

    kind = "private"

    def __init__(self, world: World, person: Person) -> None:
        super().__init__(world, person.id, _person_names(person))
        self.person = person
        self.problem = forbidden("bot can't initiate conversation with a user")

    def publish(self, content: Json, said: Said) -> Post:
        assert self.problem is None or self.problem.description != BLOCKED, "she blocked the bot: unblock it first"
        self.problem = None
        return super().publish(content, said)

    def delete(self) -> None:
        """She deletes her account."""
        self.problem = forbidden("user is deactivated")


def _person_names(person: Person) -> Json:
    return {"first_name": person.name} | ({"username": person.username} if person.username else {})


class BusinessChat(Chat):
    """A business account's chat with a customer, which the bot sees and answers in on the owner's behalf."""

    kind = "private"
    update = "business_message"

    def remove(self, message: int) -> None:
        """Delete a message; the bot is told."""
        super().remove(message)
        told = {"business_connection_id": self.connection, "chat": self.raw, "message_ids": [message]}
        with self._world.lock:
            self._world.tell("deleted_business_messages", told)


class Business:
    """An account that connected the bot to its chats."""

    def __init__(self, world: World, owner: Person, rights: tuple[str, ...]) -> None:
        self._world = world
        self.id = f"business-{world.number('business')}"
        self.owner = owner
        self.rights = rights
        self.enabled = True
        world.businesses[self.id] = self
        world.tell("business_connection", self.raw)

    @property
    def raw(self) -> Json:
        rights = dict.fromkeys(self.rights, True)
        where = {"user": self.owner.raw, "user_chat_id": self.owner.id, "date": self._world.now}
        return {"id": self.id, **where, "rights": rights, "is_enabled": self.enabled}

    def chat(self, customer: Person) -> BusinessChat:
        with self._world.lock:
            known = self._world.chats.get((self.id, customer.id))
            if isinstance(known, BusinessChat):
                return known
            return BusinessChat(self._world, customer.id, _person_names(customer), self.id)

    def say(self, customer: Person, **said: Unpack[Said]) -> int:
        """A customer writes to the account. What the owner writes: `chat(customer).say(owner, ...)`."""
        return self.chat(customer).say(customer, **said)

    def disconnect(self) -> None:
        with self._world.lock:
            self.enabled = False
            self._world.tell("business_connection", self.raw)


def mentions_bot(raw: Json) -> bool:
    """Return True if a message is for the bot: a command, a mention, an answer to its message."""
    if raw.get("reply_to_message", {}).get("from", {}).get("username") == BOT_NAME:
        return True
    return any(_is_for_bot(kind, word) for kind, word in _words(raw))


def _words(raw: Json) -> Iterator[tuple[str, str]]:
    text = str(raw.get("text", raw.get("caption", "")))
    for entity in entities_of(raw):
        yield entity["type"], part(text, entity)


def _is_for_bot(kind: str, word: str) -> bool:
    if kind == "mention":
        return word == f"@{BOT_NAME}"
    return kind == "bot_command" and word.partition("@")[2] in ("", BOT_NAME)
