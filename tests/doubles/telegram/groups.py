"""Groups and channels: who is in them, what the bot gets to see there, and how it is turned out."""

from collections.abc import Sequence
from typing import Unpack

from tests.doubles.telegram.people import Chat, Person, Said, mentions_bot
from tests.doubles.telegram.rules import bad, forbidden
from tests.doubles.telegram.seen import Post
from tests.doubles.telegram.world import Json, World

MEMBER, ADMIN, LEFT, KICKED = "member", "administrator", "left", "kicked"
_RIGHTS = (
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories"),
    *("can_edit_stories", "can_delete_stories"),
)


class Gathering(Chat):
    """A group or a channel."""

    def __init__(
        self, world: World, number: int, names: Json, members: Sequence[Person], admins: Sequence[Person], bot: str
    ) -> None:
        super().__init__(world, number, names)
        self.linked: Gathering | None = None
        """The channel whose discussion a group is, or the group where a channel is discussed."""
        self.statuses = {person.id: MEMBER for person in members} | {person.id: ADMIN for person in admins}
        if admins:
            self.statuses[admins[0].id] = "creator"
        self.people = {person.id: person for person in (*members, *admins)}
        self.statuses[world.bot["id"]] = LEFT
        if bot != LEFT:
            self._set_bot(bot)
        else:
            self.problem = forbidden(f"bot is not a member of the {self.kind} chat")

    @property
    def bot(self) -> str:
        """The bot's status here."""
        return self.statuses[self._world.bot["id"]]

    def add_bot(self, by: Person, status: str = MEMBER) -> None:
        """Have a person add the bot, or make it an admin, or a member again; it is told."""
        with self._world.lock:
            self._set_bot(status, by)

    def kick_bot(self, by: Person | None = None) -> None:
        with self._world.lock:
            self._set_bot(KICKED, by or self._any_person)
            self.problem = forbidden(f"bot was kicked from the {self.kind} chat")

    def delete(self) -> None:
        """The chat is no more."""
        with self._world.lock:
            self.problem = forbidden("the group chat was deleted") if self.kind == "group" else bad("chat not found")

    def leave(self) -> None:
        """The bot goes by itself."""
        self._set_bot(LEFT)
        self.problem = forbidden(f"bot is not a member of the {self.kind} chat")

    def member(self, user_id: int) -> Json:
        """Return the ChatMember of a person, in here or not. Raises Refused if no person has that id."""
        bot = self._world.bot
        if user_id == bot["id"]:
            user = bot
        elif user_id in self._world.people:
            user = self._world.people[user_id].raw
        else:
            raise bad("user not found")
        return member_of(user, self.statuses.get(user_id, LEFT))

    def admins(self) -> list[Json]:
        return [self.member(number) for number, status in self.statuses.items() if status in (ADMIN, "creator")]

    @property
    def _any_person(self) -> Person:
        """Return a person for acts whose actor does not matter to the test."""
        return next(iter(self.people.values()), Person(777_000, "Telegram", "", "en"))

    def _set_bot(self, status: str, by: Person | None = None) -> None:
        bot = self._world.bot
        before, self.statuses[bot["id"]] = self.bot, status
        self.problem = None
        if by is not None:
            change = {"chat": self.raw, "from": by.raw, "date": self._world.now}
            members = {"old_chat_member": member_of(bot, before), "new_chat_member": member_of(bot, status)}
            self._world.tell("my_chat_member", change | members)

    def _next_id(self) -> int:
        return self._world.number(f"message of {self.id}")


def member_of(user: Json, status: str) -> Json:
    member = {"user": user, "status": status}
    if status == ADMIN:
        return member | dict.fromkeys(_RIGHTS, False) | {"can_manage_chat": True, "can_delete_messages": True}
    if status == "creator":
        return member | {"is_anonymous": False}
    return member | ({"until_date": 0} if status == KICKED else {})


class Group(Gathering):
    """A group. Message ids are its own, so they are those of other groups as well."""

    def __init__(
        self, world: World, title: str, members: Sequence[Person], admins: Sequence[Person], bot: str, kind: str
    ) -> None:
        self.kind = "group" if kind == "group" else "supergroup"
        self.is_forum = kind == "forum"
        number = world.number("group", 4_100_001)
        names = {"title": title} | ({"is_forum": True} if self.is_forum else {})
        super().__init__(
            world, -number if kind == "group" else -1_000_000_000_000 - number, names, members, admins, bot
        )
        self.topics: dict[int, str] = {}
        self.migrated_to: Group | None = None

    def topic(self, name: str) -> int:
        """A new topic's thread id."""
        with self._world.lock:
            content = {"from": self._any_person.raw, "forum_topic_created": {"name": name, "icon_color": 7322096}}
            post = self.place(content, None, None)
            number: int = post.raw["message_id"]
            post.raw |= {"message_thread_id": number, "is_topic_message": True}
            self.topics[number] = "open"
            self._tell(self.update, post)
            return number

    def close_topic(self, thread: int) -> None:
        self.topics[thread] = "closed"

    def open_topic(self, thread: int) -> None:
        self.topics[thread] = "open"

    def delete_topic(self, thread: int) -> None:
        with self._world.lock:
            del self.topics[thread]
            for post in self.posts:
                post.deleted = post.deleted or post.raw.get("message_thread_id") == thread

    def migrate(self) -> "Group":
        """The group becomes a supergroup with another id, which is given; here nobody can write any more."""
        with self._world.lock:
            people = list(self.people.values())
            title = self._names["title"]
            new = Group(self._world, title, people, [], self.bot, "supergroup")
            new.statuses |= self.statuses
            sender = {"from": self._any_person.raw}
            self._tell(self.update, self.place(sender | {"migrate_to_chat_id": new.id}, None, None))
            new.publish(sender | {"migrate_from_chat_id": self.id}, {})
            why = "group chat was upgraded to a supergroup chat"
            self.problem = bad(why, {"migrate_to_chat_id": new.id})
            self.migrated_to = new
            return new

    def check_thread(self, thread: int | None) -> None:
        if thread is None:
            return
        if thread not in self.topics:
            raise bad("message thread not found")
        if self.topics[thread] == "closed":
            raise bad("TOPIC_CLOSED")

    def _threaded(self, thread: int | None, answered: Post | None) -> Json:
        inherited = answered.raw.get("message_thread_id") if answered else None
        if self.is_forum:
            thread = thread or inherited
            return {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        if self.kind == "supergroup" and answered is not None:
            return {"message_thread_id": inherited or answered.raw["message_id"]}
        return {}

    def _tell(self, kind: str, post: Post) -> None:
        served = any(key in post.raw for key in ("migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created"))
        if self.bot == ADMIN or (self.bot == MEMBER and (self._world.reads_all or served or mentions_bot(post.raw))):
            super()._tell(kind, post)


class Channel(Gathering):
    """A channel. The bot gets its posts, and may write, as an admin only."""

    kind = "channel"
    update = "channel_post"

    def __init__(self, world: World, title: str, admins: Sequence[Person], bot: str) -> None:
        number = -1_000_000_000_000 - world.number("group", 4_100_001)
        super().__init__(world, number, {"title": title}, [], admins, bot)

    def post(self, **said: Unpack[Said]) -> int:
        """An admin writes in the channel's name. Gives the message id."""
        with self._world.lock:
            content = {"sender_chat": self.raw} | self._content(said)
            number: int = self.publish(content, said).raw["message_id"]
            return number

    def _set_bot(self, status: str, by: Person | None = None) -> None:
        super()._set_bot(status, by)
        if status == MEMBER:
            self.problem = bad("need administrator rights in the channel chat")

    def _tell(self, kind: str, post: Post) -> None:
        if self.bot == ADMIN:
            super()._tell(kind, post)
