"""Endpoints of the REST API. Each method takes a request, and returns the answer or raises Refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.doubles.discord.commands import register
from tests.doubles.discord.guilds import Guild
from tests.doubles.discord.interactions import changed, check_kind, ticket
from tests.doubles.discord.messages import REPLY, Post, Upload, composed, mentioned
from tests.doubles.discord.places import Channel, Dm
from tests.doubles.discord.rules import Json, OutOfBounds, check_length, invalid, refused
from tests.doubles.discord.world import World, user_raw


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    world: World
    named: Mapping[str, str]
    """Values in the path."""
    query: Mapping[str, str]
    body: Any
    files: tuple[Upload, ...]


Method = Callable[[Asked], Any]
"""Gives what is answered as JSON; None for no content."""


def me(asked: Asked) -> Json:
    return asked.world.bot.raw | {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None}


def application(asked: Asked) -> Json:
    world = asked.world
    return {
        "id": str(world.application_id),
        "name": "Earmark",
        "icon": None,
        "description": "",
        "type": None,
        "bot": world.bot.raw,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": world.application_flags,
        "flags_new": str(world.application_flags),
        "owner": user_raw(1, "Owner"),
        "team": None,
        "approximate_guild_count": sum(guild.present for guild in world.guilds.values()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}, "1": {}},
    }


def gateway(asked: Asked) -> Json:
    return {"url": asked.world.base.replace("http", "ws", 1) + "/gateway"}


def gateway_for_bots(asked: Asked) -> Json:
    world = asked.world
    left = {"total": world.limits.sessions, "remaining": max(0, world.sessions_left)}
    limit = left | {"reset_after": round(world.limits.sessions_seconds * 1000), "max_concurrency": 1}
    return gateway(asked) | {"shards": asked.world.shards, "session_start_limit": limit}


def get_channel(asked: Asked) -> Json:
    channel = _channel(asked)
    channel.check()
    return channel.raw()


def get_messages(asked: Asked) -> list[Json]:
    """Newest first."""
    channel = _channel(asked)
    channel.check()
    if "read_message_history" not in channel.bot_may():
        return []
    limit = int(asked.query.get("limit", "50"))
    if not 1 <= limit <= 100:
        raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    there = sorted(channel.visible(), key=lambda post: post.id)
    return [post.raw(_sees(asked.world)) for post in reversed(_window(there, asked.query, limit))]


def _window(there: list[Post], query: Mapping[str, str], limit: int) -> list[Post]:
    if "after" in query:
        return [post for post in there if post.id > int(query["after"])][:limit]
    if "around" in query:
        middle = int(query["around"])
        nearest = sorted(there, key=lambda post: abs(post.id - middle))[:limit]
        return sorted(nearest, key=lambda post: post.id)
    return [post for post in there if post.id < int(query.get("before", 1 << 63))][-limit:]


def get_message(asked: Asked) -> Json:
    channel = _channel(asked)
    channel.check("read_message_history")
    return _message(asked, channel).raw(_sees(asked.world))


def create_message(asked: Asked) -> Json:
    world, body, channel = asked.world, asked.body, _channel(asked)
    nonce = _nonce(body)
    channel.check_writing()
    first = _posted_before(channel, nonce) if body.get("enforce_nonce") else None
    if first is not None:
        return first.raw(sees=True)
    answers = _answered(channel, body.get("message_reference"))
    _check_embeds_alone(channel, body, asked.files)
    body = _permitted(channel, body, asked.files)
    held = composed(world, channel.id, body, asked.files)
    post = Post(
        id=world.snowflake(),
        channel=channel,
        author=world.bot,
        kind=REPLY if answers is not None else 0,
        answers=answers,
        posted_at=world.now,
        nonce=nonce,
    )
    held.fill(post)
    post.mentions = mentioned(world, post, body)
    channel.publish(post)
    return post.raw(sees=True) | ({"nonce": nonce} if nonce is not None else {})


def _nonce(body: Json) -> str | None:
    if body.get("nonce") is None:
        return None
    check_length("nonce", str(body["nonce"]), 25)
    return str(body["nonce"])


def _posted_before(channel: Channel, nonce: str | None) -> Post | None:
    since = channel.world.now - channel.world.limits.nonce_seconds
    recent = (post for post in channel.visible() if post.by_bot and post.posted_at >= since)
    return next((post for post in recent if nonce is not None and post.nonce == nonce), None)


def _answered(channel: Channel, reference: Json | None) -> Post | None:
    """The message that is replied to. Raises Refused."""
    if reference is None:
        return None
    if reference.get("type"):
        raise OutOfBounds("this double lets no bot forward")
    if "read_message_history" not in channel.bot_may():
        raise refused(160002)
    found = channel.find(int(reference["message_id"]))
    if found is None and reference.get("fail_if_not_exists", True):
        raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return found


def _permitted(channel: Channel, body: Json, files: tuple[Upload, ...]) -> Json:
    """Files that may not be sent are refused; embeds are left out without a word."""
    if files and "attach_files" not in channel.bot_may():
        raise refused(50013)
    return body if "embed_links" in channel.bot_may() or not body.get("embeds") else body | {"embeds": []}


def _check_embeds_alone(channel: Channel, body: Json, files: tuple[Upload, ...]) -> None:
    """A new message that would be nothing without its embeds is refused; an edit is not."""
    alone = body.get("embeds") and not body.get("content") and not files
    if alone and "embed_links" not in channel.bot_may():
        raise refused(50013)


def edit_message(asked: Asked) -> Json:
    channel = _channel(asked)
    channel.check_editing()
    post = _message(asked, channel)
    if not post.by_bot:
        raise refused(50005)
    body = _permitted(channel, asked.body, asked.files)
    return changed(post, body, asked.files).raw(sees=True)


def delete_message(asked: Asked) -> None:
    channel = _channel(asked)
    channel.check_editing()
    post = _message(asked, channel)
    if not post.by_bot and "manage_messages" not in channel.bot_may():
        raise refused(50013)
    channel.drop(post)


def type_in(asked: Asked) -> None:
    channel = _channel(asked)
    channel.check_writing()
    asked.world.typing.append(channel.id)


def open_dm(asked: Asked) -> Json:
    person = asked.world.people.get(int(asked.body.get("recipient_id") or 0))
    if person is None:
        raise invalid("recipient_id", "USER_INVALID", "Invalid user")
    return dm_with(asked.world, person.id).raw()


def dm_with(world: World, person: int) -> Dm:
    """The one chat of a person and the bot."""
    known = (one for one in world.channels.values() if isinstance(one, Dm) and one.person.id == person)
    return next(known, None) or Dm(world, world.people[person])


def get_user(asked: Asked) -> Json:
    person = asked.world.people.get(int(asked.named["user"]))
    if person is None:
        raise refused(10013)
    return person.raw


def my_guilds(asked: Asked) -> list[Json]:
    return [
        {"id": str(guild.id), "name": guild.name, "icon": None, "owner": False, "permissions": "0", "features": []}
        for guild in asked.world.guilds.values()
        if guild.present
    ]


def get_guild(asked: Asked) -> Json:
    return _guild(asked).raw()


def get_guild_channels(asked: Asked) -> list[Json]:
    return [channel.raw() for channel in _guild(asked).channels if not channel.removed]


def get_member(asked: Asked) -> Json:
    guild, number = _guild(asked), int(asked.named["user"])
    author = asked.world.bot if number == asked.world.bot_id else asked.world.people.get(number)
    member = guild.member_raw(author, whole=True) if author is not None else None
    if member is None:
        raise refused(10007)
    return member


def leave_guild(asked: Asked) -> None:
    _guild(asked).kick_bot()


def get_commands(asked: Asked) -> list[Json]:
    _check_application(asked)
    return asked.world.commands


def put_commands(asked: Asked) -> list[Json]:
    _check_application(asked)
    if not isinstance(asked.body, list):
        raise invalid("_", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    asked.world.syncs += 1
    return register(asked.world, asked.body)


def _check_application(asked: Asked) -> None:
    if asked.named["application"] != str(asked.world.application_id):
        raise refused(50001)


def answer_interaction(asked: Asked) -> Json | None:
    kind = check_kind(asked.body)
    use = asked.world.uses.get(int(asked.named["interaction"]))
    if use is None or use.token != asked.named["token"]:
        raise refused(10062)
    told = use.answer(kind, asked.body.get("data") or {}, asked.files)
    return told if asked.query.get("with_response") in ("1", "true") else None


def follow_up(asked: Asked) -> Json:
    use = ticket(asked.world, asked.named["application"], asked.named["token"])
    return use.follow_up(asked.body, asked.files).raw(sees=True)


def get_answer(asked: Asked) -> Json:
    use = ticket(asked.world, asked.named["application"], asked.named["token"])
    return use.find(asked.named["message"]).raw(sees=True)


def edit_answer(asked: Asked) -> Json:
    use = ticket(asked.world, asked.named["application"], asked.named["token"])
    return use.edit(use.find(asked.named["message"]), asked.body, asked.files).raw(sees=True)


def delete_answer(asked: Asked) -> None:
    use = ticket(asked.world, asked.named["application"], asked.named["token"])
    post = use.find(asked.named["message"])
    post.channel.drop(post)


def _channel(asked: Asked) -> Channel:
    found = asked.world.channels.get(int(asked.named["channel"]))
    if found is None:
        raise refused(10003)
    return found


def _guild(asked: Asked) -> Guild:
    found = asked.world.guilds.get(int(asked.named["guild"]))
    if found is None or not found.present:
        raise refused(10004)
    return found


def _message(asked: Asked, channel: Channel) -> Post:
    found = channel.find(int(asked.named["message"]))
    if found is None:
        raise refused(10008)
    return found


def _sees(world: World) -> bool:
    return "message_content" in world.intents_allowed


@dataclass(frozen=True, slots=True)
class Route:
    """One method of the API. `described` is its path in the description of the API."""

    verb: str
    described: str
    do: Method
    open: bool = False
    """Return True if it needs no token of the bot: the one in its path is enough."""

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+?)(?:_id)?\}", r"(?P<\1>[^/]+)", self.described))


_TICKET = "/webhooks/{application_id}/{token}"
_MESSAGES = "/channels/{channel_id}/messages"
_COMMANDS = "/applications/{application_id}/commands"
ROUTES = [
    Route("GET", "/users/@me", me),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user_id}", get_user),
    Route("GET", "/applications/@me", application),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/gateway", gateway, open=True),
    Route("GET", "/gateway/bot", gateway_for_bots),
    Route("GET", "/channels/{channel_id}", get_channel),
    Route("POST", "/channels/{channel_id}/typing", type_in),
    Route("GET", _MESSAGES, get_messages),
    Route("POST", _MESSAGES, create_message),
    Route("GET", _MESSAGES + "/{message_id}", get_message),
    Route("PATCH", _MESSAGES + "/{message_id}", edit_message),
    Route("DELETE", _MESSAGES + "/{message_id}", delete_message),
    Route("GET", "/guilds/{guild_id}", get_guild),
    Route("GET", "/guilds/{guild_id}/channels", get_guild_channels),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
    Route("GET", _COMMANDS, get_commands),
    Route("PUT", _COMMANDS, put_commands),
    Route("POST", "/interactions/{interaction_id}/{token}/callback", answer_interaction, open=True),
    Route("POST", _TICKET, follow_up, open=True),
    Route("GET", _TICKET + "/messages/{message_id}", get_answer, open=True),
    Route("PATCH", _TICKET + "/messages/{message_id}", edit_answer, open=True),
    Route("DELETE", _TICKET + "/messages/{message_id}", delete_answer, open=True),
]
_PATTERNS = [(route, route.pattern) for route in ROUTES]


def routed(verb: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The method of the API and what its path names; None for what this double has not."""
    for route, pattern in _PATTERNS:
        found = pattern.fullmatch(path) if route.verb == verb else None
        if found is not None and all(_is_id(name, value) for name, value in found.groupdict().items()):
            return route, found.groupdict()
    return None


def _is_id(name: str, value: str) -> bool:
    return value.isdecimal() or name == "token" or value == "@original"
