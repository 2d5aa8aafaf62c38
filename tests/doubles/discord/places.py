"""Channels, threads and chats, who may do what in them, and what people write there."""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.doubles.discord.messages import REPLY, Post, Seen
from tests.doubles.discord.permissions import ALL, ANYWHERE, EVERYBODY, bits
from tests.doubles.discord.rules import VOICE, Json, refused
from tests.doubles.discord.world import Author, File, World, stamp

if TYPE_CHECKING:
    from tests.doubles.discord.guilds import Guild

TEXT, DM, IN_VOICE, GROUP, THREAD = 0, 1, 2, 3, 11
IN_GUILD, WITH_BOT, ELSEWHERE = 0, 1, 2
"""The contexts of commands."""
_FORWARD = 1 << 14


@dataclass(frozen=True, slots=True)
class Blob:
    """A file to be sent that is not on disk, or that shall claim to be of another size or kind than it is."""

    name: str
    source: bytes | Path = field(repr=False)
    mime: str = ""
    claims: int | None = None
    """Bytes, as messages tell."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a person."""

    id: int
    channel: "Channel" = field(repr=False)
    attachments: tuple[File, ...] = ()


class Channel:
    """A channel of a server; and what every place has in which people write."""

    def __init__(self, world: World, guild: "Guild | None", name: str, kind: int) -> None:
        with world.lock:
            self.world = world
            self.id = world.snowflake()
            self.guild = guild
            self.name = name
            self.kind = kind
            self.posts: list[Post] = []
            self.denied: frozenset[str] = frozenset()
            self.removed = False
            self.last_message: int | None = None
            """What is told of its last message, if that is another one: Discord calls it a hint."""
            world.channels[self.id] = self

    @property
    def own(self) -> bool:
        """Return True if it is a chat of one person and the bot."""
        return False

    @property
    def context(self) -> int:
        return IN_GUILD

    def thread(self, name: str) -> "Thread":
        assert self.guild is not None, "threads are in servers"
        return self.guild.thread(self, name)

    def deny(self, *permissions: str) -> None:
        """The bot may not do so here."""
        self._set_denied(self.denied | set(permissions))

    def allow(self, *permissions: str) -> None:
        """The bot may do so again."""
        self._set_denied(self.denied - set(permissions))

    def _set_denied(self, denied: frozenset[str]) -> None:
        with self.world.lock:
            assert denied <= ALL, f"there is no {sorted(denied - ALL)}"
            self.denied = denied
            self._tell_of_itself("CHANNEL_UPDATE")

    def _tell_of_itself(self, kind: str) -> None:
        if self.guild is not None and self.guild.present:
            told = self.told()
            self.world.tell(kind, lambda _sees: told, guild=self.guild.id, intent="guilds")

    def bot_may(self) -> frozenset[str]:
        """Return the bot's permissions here."""
        if self.guild is None or not self.guild.present:
            return frozenset()
        return self.guild.bot_permissions - self.denied

    def app_may(self) -> frozenset[str]:
        """Return its description in interactions."""
        present = self.guild is not None and self.guild.present
        return self.bot_may() if present else ANYWHERE

    def check(self, *permissions: str) -> None:
        """Raises Refused unless the bot is here, sees it and may do so."""
        if self.removed:
            raise refused(10003)
        if "view_channel" not in self.bot_may():
            raise refused(50001)
        if not self.bot_may().issuperset(permissions):
            raise refused(50013)

    def check_writing(self) -> None:
        """Raises Refused unless the bot may post here."""
        self.check("send_messages")

    def check_editing(self) -> None:
        """Raises Refused unless messages here can be edited."""
        self.check()

    def check_answering(self) -> None:
        """Raises Refused unless interactions can be answered here: that needs no permission of the bot."""
        if self.removed:
            raise refused(10003)

    def say(
        self,
        author: Author,
        words: str = "",
        *,
        files: Sequence[Path | Blob] = (),
        voice: Path | Blob | None = None,
        seconds: float | None = None,
        answers: Said | Seen | None = None,
        forwards: Said | None = None,
        mentions_bot: bool = False,
        webhook: bool = False,
        poison: Json | None = None,
    ) -> Said:
        """Write a message. `seconds` is the length that Discord tells of each of its files.

        `poison`: fields that it has in place of its own, such as null where discord.py expects a list.
        """
        with self.world.lock:
            number = self.world.snowflake()
            sent = [self._stored(file, seconds) for file in files]
            sent += [self._voice(voice, seconds)] if voice is not None else []
            answered = self.post(answers.id) if answers is not None else None
            # Discord counts an answer to a message of the bot as a mention, but not one to an answer of a command
            to_bot = mentions_bot or (answered is not None and answered.by_bot and answered.asked is None)
            post = Post(
                id=number,
                channel=self,
                author=author,
                content=f"<@{self.world.bot_id}> {words}".strip() if mentions_bot else words,
                files=sent,
                flags=(VOICE if voice is not None else 0) | (_FORWARD if forwards is not None else 0),
                kind=REPLY if answered is not None else 0,
                answers=answered,
                forwards=forwards.channel.post(forwards.id) if forwards is not None else None,
                mentions=[self.world.bot] if to_bot else [],
                posted_at=self.world.now,
                webhook=self.world.snowflake() if webhook else None,
                poison=poison or {},
            )
            self.publish(post)
            return Said(number, self, tuple(sent))

    def upload(self, file: Path | Blob) -> File:
        """A file that a person sends here."""
        blob = file if isinstance(file, Blob) else Blob(file.name, file)
        mime = blob.mime or mimetypes.guess_type(blob.name)[0] or "application/octet-stream"
        name = re.sub(r"\s", "_", blob.name)
        return self.world.store(File(self.world.snowflake(), self.id, name, mime, blob.source, blob.claims))

    def _stored(self, file: Path | Blob, seconds: float | None) -> File:
        kept = self.upload(file)
        kept.seconds = seconds
        return kept

    def _voice(self, file: Path | Blob, seconds: float | None) -> File:
        kept = self._stored(file, seconds)
        kept.name, kept.mime, kept.voice = "voice-message.ogg", "audio/ogg", True
        return kept

    def publish(self, post: Post) -> None:
        """Put it here, and tell the bot."""
        self.posts.append(post)
        self.tell_of(post, "MESSAGE_CREATE")

    def tell_of(self, post: Post, kind: str) -> None:
        if post.for_one is None:
            self._tell(kind, post)
        self.world.notify()

    def _tell(self, kind: str, post: Post) -> None:
        if "view_channel" in self.bot_may():
            guild = self.guild.id if self.guild else None
            self.world.tell(kind, post.event, guild=guild, intent="direct_messages" if self.own else "guild_messages")

    def edit(self, said: Said, words: str) -> None:
        """Its author changes it."""
        with self.world.lock:
            post = self.post(said.id)
            post.content, post.edited_at = words, self.world.now
            self.tell_of(post, "MESSAGE_UPDATE")

    def delete(self, said: Said | Seen) -> None:
        with self.world.lock:
            self.drop(self.post(said.id))

    def drop(self, post: Post) -> None:
        """Take a message away, and tell the bot."""
        post.deleted = True
        for file in post.files:
            file.gone = True
        told = {"id": str(post.id), "channel_id": str(self.id)}
        told |= {"guild_id": str(self.guild.id)} if self.guild else {}
        guild = self.guild.id if self.guild else None
        if post.for_one is None and "view_channel" in self.bot_may():
            intent = "direct_messages" if self.own else "guild_messages"
            self.world.tell("MESSAGE_DELETE", lambda _sees: told, guild=guild, intent=intent)
        self.world.notify()

    def remove(self) -> None:
        """The whole channel goes."""
        with self.world.lock:
            self._tell_of_itself("THREAD_DELETE" if isinstance(self, Thread) else "CHANNEL_DELETE")
            self.removed = True

    def find(self, number: int) -> Post | None:
        """The message, where all people see it."""
        return next((post for post in self.visible() if post.id == number), None)

    def visible(self) -> list[Post]:
        """Return the messages that were not deleted, and are not for one person alone."""
        return [post for post in self.posts if not post.deleted and post.for_one is None]

    def post(self, number: int) -> Post:
        found = next((post for post in self.posts if post.id == number), None)
        assert found is not None, f"{self.name} has no message {number}"
        return found

    @property
    def answers(self) -> list[Seen]:
        """The bot's messages here as all people see them now, in order."""
        with self.world.lock:
            return [post.seen() for post in self.visible() if post.by_bot and not post.loading]

    def person_may(self, person: Author) -> frozenset[str]:
        return self.guild.may(person) if self.guild else EVERYBODY

    def raw(self) -> Json:
        """As the API tells of it."""
        last = self.last_message or max((post.id for post in self.posts if post.for_one is None), default=None)
        told: Json = {"id": str(self.id), "type": self.kind, "last_message_id": str(last) if last else None, "flags": 0}
        if self.guild is not None:
            told |= {"guild_id": str(self.guild.id), "name": self.name, "rate_limit_per_user": 0} | self._standing()
        if self.kind == IN_VOICE:
            told |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        return told

    def told(self) -> Json:
        """As the gateway tells of it."""
        return self.raw()

    def _standing(self) -> Json:
        """Its position in its server, and the permissions that are taken away there."""
        denied = [{"id": str(self.world.bot_id), "type": 1, "allow": "0", "deny": bits(self.denied)}]
        place = self.guild.place(self) if self.guild else 0
        told: Json = {"position": place, "parent_id": None, "topic": None, "nsfw": False}
        return told | {"permission_overwrites": denied if self.denied else []}


class Thread(Channel):
    """A thread of a channel."""

    def __init__(self, world: World, parent: Channel, name: str) -> None:
        super().__init__(world, parent.guild, name, THREAD)
        self.parent = parent
        self.archived = False
        self.locked = False

    def archive(self, *, locked: bool = False) -> None:
        with self.world.lock:
            self.archived, self.locked = True, locked
            self._tell_of_itself("THREAD_UPDATE")

    def bot_may(self) -> frozenset[str]:
        return self.parent.bot_may() - self.denied

    def check_writing(self) -> None:
        self.check("send_messages_in_threads")
        if self.locked and "manage_threads" not in self.bot_may():
            raise refused(50083 if self.archived else 160005)
        self.archived = False

    def check_editing(self) -> None:
        self.check()
        if self.archived:
            raise refused(50083)

    def check_answering(self) -> None:
        super().check_answering()
        if self.archived and self.locked:
            raise refused(50083 if self.guild is not None and self.guild.present else 50001)

    def _standing(self) -> Json:
        return {"parent_id": str(self.parent.id)}

    def raw(self) -> Json:
        times = {"archive_timestamp": stamp(self.world.now), "auto_archive_duration": 1440}
        state = {"archived": self.archived, "locked": self.locked}
        return super().raw() | {
            "owner_id": str(self.guild.owner.id if self.guild else 0),
            "message_count": len(self.posts),
            "member_count": 1,
            "total_message_sent": len(self.posts),
            "thread_metadata": times | state,
        }


class Dm(Channel):
    """The chat of one person and the bot."""

    def __init__(self, world: World, person: Author) -> None:
        super().__init__(world, None, f"dm with {person.id}", DM)
        self.person = person
        self.closed = False
        """If true, she refuses messages from the bot."""

    @property
    def own(self) -> bool:
        return True

    @property
    def context(self) -> int:
        return WITH_BOT

    def bot_may(self) -> frozenset[str]:
        return EVERYBODY - self.denied

    def app_may(self) -> frozenset[str]:
        return self.bot_may()

    def check_writing(self) -> None:
        self.check()
        if self.closed:
            raise refused(50007)

    def raw(self) -> Json:
        return super().raw() | {"recipients": [self.person.raw]}


class Group(Channel):
    """A chat of people without the bot: only commands installed by users work there."""

    def __init__(self, world: World, people: Sequence[Author]) -> None:
        super().__init__(world, None, "group", GROUP)
        self.people = list(people)

    @property
    def context(self) -> int:
        return ELSEWHERE

    def raw(self) -> Json:
        told: Json = {"name": None, "icon": None, "owner_id": str(self.people[0].id)}
        return super().raw() | told | {"recipients": [person.raw for person in self.people]}
