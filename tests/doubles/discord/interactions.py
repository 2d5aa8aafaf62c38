"""Interactions with their clocks: a command, a press, a modal; the one first answer, and what may follow it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.doubles.discord.commands import check_choices_told
from tests.doubles.discord.messages import MENU, SLASH, Post, Seen, Upload, composed, mentioned
from tests.doubles.discord.permissions import bits
from tests.doubles.discord.places import IN_GUILD, Channel
from tests.doubles.discord.rules import (
    EPHEMERAL,
    LOADING,
    SELECTS,
    TEXT_INPUT,
    Json,
    check_modal,
    fields_of,
    invalid,
    not_among,
    refused,
)
from tests.doubles.discord.world import Author, World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, LATER, UPDATE_LATER, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_ANSWERS = {
    COMMAND: {MESSAGE, LATER, MODAL},
    COMPONENT: {MESSAGE, LATER, UPDATE_LATER, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    SUBMIT: {MESSAGE, LATER, UPDATE_LATER, UPDATE},
}


@dataclass(eq=False)
class Use:
    """One use of a command, a button, a menu or a modal."""

    world: World = field(repr=False)
    kind: int
    person: Author
    locale: str
    channel: Channel = field(repr=False)
    owners: Json
    """Its authorising owner: {"0": server} or {"1": person}."""
    data: Json
    on: Post | None = None
    """The message whose component it was."""

    def __post_init__(self) -> None:
        self.id = self.world.snowflake()
        self.token = f"aW50ZXJhY3Rpb246{secrets.token_urlsafe(140)}"
        self.began = self.world.now
        self.answered_at: float | None = None
        self.callback: int | None = None
        """The type of the first answer."""
        self.original: Post | None = None
        self.following: list[Post] = []
        self.choices: list[Json] | None = None
        """Suggestions of the bot while she wrote."""
        self.modal: Json | None = None
        """The modal that the bot opened."""
        self._expired = False

    def begin(self) -> "Use":
        """Tell the bot."""
        told = self._told()
        self.world.uses[self.id] = self
        guild = self.channel.guild.id if self.channel.guild else None
        self.world.tell("INTERACTION_CREATE", lambda _sees: told, guild=guild)
        return self

    @property
    def deferred(self) -> bool:
        """Return True if the bot said that it will answer later."""
        return self.callback in (LATER, UPDATE_LATER)

    @property
    def answered(self) -> bool:
        return self.callback is not None

    @property
    def seconds_to_answer(self) -> float:
        assert self.answered_at is not None, "it was not answered"
        return self.answered_at - self.began

    @property
    def response(self) -> Seen | None:
        """The original response as it is now; None while the bot is still "thinking"."""
        with self.world.lock:
            post = self.original
            return None if post is None or post.loading or post.deleted else post.seen()

    @property
    def followups(self) -> list[Seen]:
        with self.world.lock:
            return [post.seen() for post in self.following if not post.deleted]

    @property
    def notices(self) -> list[Seen]:
        """All of its answers that the person alone sees."""
        first = self.response
        return [seen for seen in ([first] if first else []) + self.followups if seen.ephemeral]

    def expire(self) -> None:
        """Its quarter of an hour is over."""
        with self.world.lock:
            self._expired = True

    @property
    def is_over(self) -> bool:
        return self._expired or self.world.now - self.began > self.world.limits.token_seconds

    def submit(self, *values: str, **named: str) -> "Use":
        """Fill the modal in, by place, by label or by custom id; what is left out is sent as it stood."""
        modal = self.modal
        assert modal is not None, "there is no modal"
        fields = fields_of(modal)
        given = {str(number): value for number, value in enumerate(values)} | named
        known = {name for number, (label, one) in enumerate(fields) for name in (str(number), label, one["custom_id"])}
        assert given.keys() <= known, f"the modal has no {sorted(given.keys() - known)}"
        with self.world.lock:
            filled = [_filled(number, label, one, given) for number, (label, one) in enumerate(fields)]
            data = {"custom_id": modal["custom_id"], "components": filled}
            return Use(self.world, SUBMIT, self.person, self.locale, self.channel, self.owners, data, self.on).begin()

    def answer(self, kind: int, data: Json, uploads: Sequence[Upload]) -> Json:
        """The first answer. Gives what the bot is told of it. Raises Refused."""
        if self.callback is not None:
            raise refused(40060)
        if self.world.now - self.began > self.world.limits.answer_seconds or self._expired:
            raise refused(10062)
        if kind not in _ANSWERS[self.kind] or (kind in (UPDATE, UPDATE_LATER) and self.on is None):
            raise not_among("type", str(sorted(_ANSWERS[self.kind])))
        self._do_answer(kind, data, uploads)
        self.callback, self.answered_at = kind, self.world.now
        self.world.notify()
        return self._confirmed(kind)

    def _do_answer(self, kind: int, data: Json, uploads: Sequence[Upload]) -> None:
        if kind == MESSAGE:
            self.original = self._posted(data, uploads, first=True)
        elif kind == LATER:
            self.channel.check_answering()
            self.original = self._empty(self._eyes(data) | LOADING, first=True)
            self.channel.publish(self.original)
        elif kind in (UPDATE_LATER, UPDATE):
            self.original = self.on
            if kind == UPDATE and self.on is not None:
                self.edit(self.on, data, uploads)
        elif kind == CHOICES:
            check_choices_told(data.get("choices") or [])
            self.choices = list(data.get("choices") or [])
        else:
            check_modal(data)
            self.modal = data

    def follow_up(self, body: Json, uploads: Sequence[Upload]) -> Post:
        """A further answer; the first one, where the bot only said that it will answer later. Raises Refused."""
        if self.original is not None and self.original.loading:
            return self.edit(self.original, body, uploads)
        if self._is_elsewhere() and len(self.following) >= self.world.limits.follow_ups:
            raise refused(40094)
        post = self._posted(body, uploads, first=False)
        self.following.append(post)
        return post

    def edit(self, post: Post, body: Json, uploads: Sequence[Upload]) -> Post:
        """Raises Refused."""
        flags = {"flags": int(body["flags"] or 0) & ~EPHEMERAL} if "flags" in body else {}
        return changed(post, body | flags, uploads)

    def find(self, number: str) -> Post:
        """One of its answers, by id or as "@original". Raises Refused."""
        mine = [post for post in (self.original, *self.following) if post is not None and not post.deleted]
        found = [post for post in mine if number == str(post.id) or (number == "@original" and post is self.original)]
        if not found:
            raise refused(10008)
        return found[0]

    def _eyes(self, body: Json) -> int:
        """Return True if one person alone shall see it: so the bot says, or so the server has it."""
        guild, own = self.channel.guild, "1" in self.owners and "0" not in self.owners
        hidden = own and guild is not None and "use_external_apps" not in guild.may(self.person)
        return EPHEMERAL if hidden else int(body.get("flags") or 0) & EPHEMERAL

    def _is_elsewhere(self) -> bool:
        """Return True if the bot itself is not in the place where it was used."""
        guild = self.channel.guild
        return not self.channel.own and (guild is None or not guild.present)

    def _empty(self, flags: int, *, first: bool) -> Post:
        kind = {1: SLASH, 3: MENU}.get(self.data.get("type", 0), 0) if first else 0
        asked: Json = {"id": str(self.id), "type": self.kind, "user": self.person.raw}
        asked |= {"authorizing_integration_owners": self.owners}
        asked |= {"original_response_message_id": str(self.original.id)} if self.original and not first else {}
        return Post(
            id=self.world.snowflake(),
            channel=self.channel,
            author=self.world.bot,
            flags=flags,
            kind=kind,
            posted_at=self.world.now,
            asked=asked,
            for_one=self.person.id if flags & EPHEMERAL else None,
        )

    def _posted(self, body: Json, uploads: Sequence[Upload], *, first: bool) -> Post:
        self.channel.check_answering()
        eyes = self._eyes(body)
        held = composed(self.world, self.channel.id, body, uploads, ephemeral=bool(eyes))
        post = self._empty(held.flags | eyes, first=first)
        held.fill(post)
        post.flags |= eyes
        post.mentions = mentioned(self.world, post, body)
        self.channel.publish(post)
        return post

    def _confirmed(self, kind: int) -> Json:
        interaction: Json = {"id": str(self.id), "type": self.kind}
        if self.original is None:
            return {"interaction": interaction}
        interaction |= {
            "response_message_id": str(self.original.id),
            "response_message_loading": self.original.loading,
            "response_message_ephemeral": self.original.for_one is not None,
        }
        return {"interaction": interaction, "resource": {"type": kind, "message": self.original.raw(sees=True)}}

    def _told(self) -> Json:
        channel, guild = self.channel, self.channel.guild
        may = bits(channel.person_may(self.person))
        told: Json = {
            "id": str(self.id),
            "application_id": str(self.world.application_id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(channel.id),
            "channel": channel.raw() | {"permissions": may},
            "locale": self.locale,
            "app_permissions": bits(channel.app_may()),
            "authorizing_integration_owners": self.owners,
            "context": channel.context,
            "entitlements": [],
            "attachment_size_limit": self.world.limits.upload,
        }
        told |= {"message": self.on.raw(sees=True)} if self.on is not None else {}
        if guild is None or channel.context != IN_GUILD:
            return told | {"user": self.person.raw}
        member = guild.member_raw(self.person, whole=True)
        assert member is not None, f"{self.person.raw['username']} is not in {guild.name}"
        told |= {"guild_id": str(guild.id), "guild": {"id": str(guild.id), "locale": "en-US", "features": []}}
        return told | {"guild_locale": "en-US", "member": member | {"permissions": may}}


def changed(post: Post, body: Json, uploads: Sequence[Upload]) -> Post:
    """Edit a message. What is not named stays. Raises Refused."""
    world = post.channel.world
    post.channel.check_answering()
    held = composed(world, post.channel.id, body, uploads, post, ephemeral=post.for_one is not None)
    first = post.loading
    held.fill(post)
    post.mentions = mentioned(world, post, body)
    post.edits += 0 if first else 1
    post.edited_at = world.now
    post.channel.tell_of(post, "MESSAGE_UPDATE")
    return post


def ticket(world: World, application: str, token: str) -> Use:
    """The interaction whose token it is. Raises Refused if it cannot be used, or not any more."""
    if application != str(world.application_id):
        raise refused(10015)
    use = next((one for one in world.uses.values() if secrets.compare_digest(one.token, token)), None)
    if use is None or use.is_over:
        raise refused(50027)
    if not use.answered:
        raise refused(10015)
    return use


def _filled(number: int, label: str | None, one: Json, given: dict[str, str]) -> Json:
    value = next((given[name] for name in (str(number), str(label), one["custom_id"]) if name in given), None)
    told: Json = {"type": one["type"], "custom_id": one["custom_id"], "id": 2 * number + 2}
    if one["type"] == TEXT_INPUT:
        text = (one.get("value") or "") if value is None else value
        assert text or not one.get("required", True), f"{label!r} must be filled in"
        assert (one.get("min_length") or 0) <= len(text) <= (one.get("max_length") or 4000), f"{label!r} does not fit"
        told["value"] = text
    elif one["type"] in SELECTS:
        known = [option["value"] for option in one.get("options", ())]
        assert value is None or value in known, f"{label!r} has no {value!r}, but {known}"
        told["values"] = [] if value is None else [value]
    else:
        raise AssertionError(f"this double cannot fill in a component of type {one['type']}")
    return {"type": 18, "id": 2 * number + 1, "component": told}


def check_kind(asked: Json) -> int:
    """The type of a first answer. Raises Refused."""
    kind = asked.get("type")
    if not isinstance(kind, int) or kind not in (MESSAGE, LATER, UPDATE_LATER, UPDATE, CHOICES, MODAL):
        raise invalid("type", "BASE_TYPE_CHOICES", "Value must be one of (1, 4, 5, 6, 7, 8, 9, 10, 12).")
    return kind
