"""The double of Discord is strict: each family of its rules by hand, and the real library on it."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import discord as library
import httpx
import pytest
from discord import app_commands
from discord.app_commands import Choice, CommandTree
from yarl import URL

from tests.doubles.discord.server import Blob, Channel, Discord, Guild, Person, Ping, Use
from tests.doubles.discord.spec import described

SOUND = Blob("note.ogg", b"OggS" * 10)
BUTTON = {"type": 2, "style": 2, "label": "Cancel", "custom_id": "cancel:1"}
MENU = {"type": 3, "custom_id": "menu", "placeholder": "Language", "options": [{"label": "Spanish", "value": "es"}]}
EVERYWHERE = {"integration_types": [0, 1], "contexts": [0, 1, 2]}
TRANSCRIBE = {"type": 3, "name": "Transcribe"} | EVERYWHERE
FILE = {"type": 11, "name": "file", "description": "A file", "required": True}
LANGUAGE = {"type": 3, "name": "language", "description": "A language", "autocomplete": True}
FORM = {"type": 3, "name": "form", "description": "A form", "choices": [{"name": "Text", "value": "txt"}]}
SLASH = {"type": 1, "name": "transcribe", "description": "A file", "options": [FILE, LANGUAGE, FORM]} | EVERYWHERE
FIELD = {"type": 4, "custom_id": "name", "label": "Name", "style": 1, "max_length": 10}
MODAL = {"title": "Rename", "custom_id": "rename", "components": [{"type": 1, "components": [FIELD]}]}
described_only = pytest.mark.skipif(not described(), reason="the description of the API is not there")


class Clock:
    """It stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Api:
    """Calls of the bot, by hand."""

    discord: Discord
    http: httpx.Client

    def __call__(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bot {self.discord.token}"}
        return self.http.request(method, self.discord.api_url + path, json=body, headers=headers, **more)

    def post(self, channel: Channel, **body: Any) -> httpx.Response:
        return self("POST", f"/channels/{channel.id}/messages", body)

    def upload(self, channel: Channel, file: bytes, **body: Any) -> httpx.Response:
        form: dict[str, tuple[str | None, bytes]] = {"payload_json": (None, json.dumps(body).encode())}
        form["files[0]"] = ("text.txt", file)
        headers = {"Authorization": f"Bot {self.discord.token}"}
        return self.http.post(f"{self.discord.api_url}/channels/{channel.id}/messages", files=form, headers=headers)

    def answer(self, use: Use, kind: int, data: object = None) -> httpx.Response:
        path = f"/interactions/{use.id}/{use.token}/callback"
        return self("POST", path, {"type": kind} | ({"data": data} if data else {}), params={"with_response": "1"})

    def after(self, use: Use, method: str = "POST", what: str = "", **body: Any) -> httpx.Response:
        return self(method, f"/webhooks/{self.discord.application_id}/{use.token}{what}", body or None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def discord(clock: Clock) -> Iterator[Discord]:
    with Discord(clock) as discord:
        yield discord


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False) as http:
        yield http


@pytest.fixture
def api(discord: Discord, http: httpx.Client) -> Api:
    return Api(discord, http)


@pytest.fixture
def ada(discord: Discord) -> Person:
    return discord.person("Ada", locale="de")


@pytest.fixture
def guild(discord: Discord, ada: Person) -> Guild:
    return discord.guild("Home", owner=ada)


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


@pytest.fixture
def commands(discord: Discord, api: Api) -> None:
    assert api("PUT", f"/applications/{discord.application_id}/commands", [TRANSCRIBE, SLASH]).status_code == 200


def refusal(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


def mistake(answer: httpx.Response) -> str:
    """Return the place at which the form is wrong, as "embeds.0.description"."""
    assert refusal(answer) == (400, 50035)
    assert answer.headers["content-type"] == "application/json"
    where, errors = [], answer.json()["errors"]
    while "_errors" not in errors:
        [(name, errors)] = errors.items()
        where.append(name)
    return ".".join(where)


def test_only_the_bots_own_token_opens_the_api(discord: Discord, api: Api, channel: Channel) -> None:
    discord.revoke()
    assert api("GET", "/users/@me").status_code == 200
    assert api.http.get(f"{discord.api_url}/users/@me", headers={"Authorization": "Bot other"}).status_code == 401
    assert discord.invalid_requests == 1


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/channels/1", 10003),
        ("POST", "/channels/1/messages", 10003),
        ("GET", "/channels/{channel}/messages/1", 10008),
        ("PATCH", "/channels/{channel}/messages/1", 10008),
        ("GET", "/guilds/1", 10004),
        ("GET", "/guilds/{guild}/members/1", 10007),
        ("GET", "/users/1", 10013),
        ("POST", "/interactions/1/x/callback", 10062),
        ("POST", "/webhooks/1/x", 10015),
    ],
)
def test_what_is_not_there_is_unknown(api: Api, channel: Channel, method: str, path: str, code: int) -> None:
    assert channel.guild is not None
    body = {"type": 4, "data": {"content": "x"}} if "interactions" in path else {"content": "x"}
    path = path.format(channel=channel.id, guild=channel.guild.id)
    assert refusal(api(method, path, None if method == "GET" else body)) == (404, code)


def test_the_bot_may_do_only_what_it_is_allowed_to(discord: Discord, api: Api, ada: Person, guild: Guild) -> None:
    channel = guild.channel("general")
    said = channel.say(ada, "hello")
    reply = {"message_id": str(said.id)}
    channel.deny("read_message_history")
    assert refusal(api.post(channel, content="x", message_reference=reply)) == (400, 160002)
    assert api("GET", f"/channels/{channel.id}/messages").json() == []
    assert refusal(api("GET", f"/channels/{channel.id}/messages/{said.id}")) == (403, 50013)
    channel.deny("attach_files", "embed_links")
    assert refusal(api.upload(channel, b"text")) == (403, 50013)
    assert refusal(api.post(channel, embeds=[{"description": "x"}])) == (403, 50013)
    assert api.post(channel, content="x", embeds=[{"description": "x"}]).json()["embeds"] == []
    channel.deny("send_messages")
    assert refusal(api.post(channel, content="x")) == (403, 50013)
    channel.deny("view_channel")
    assert refusal(api.post(channel, content="x")) == (403, 50001)
    channel.allow("view_channel", "send_messages")
    assert api.post(channel, content="x").status_code == 200
    guild.kick_bot()
    assert refusal(api.post(channel, content="x")) == (403, 50001)
    assert refusal(api("GET", f"/guilds/{guild.id}")) == (404, 10004)
    guild.add_bot()
    channel.remove()
    assert refusal(api.post(channel, content="x")) == (404, 10003)
    assert discord.invalid_requests == 6


def test_the_bot_is_not_in_other_peoples_chats(discord: Discord, api: Api, ada: Person) -> None:
    away = discord.foreign_guild("Away", ada).channel("x")
    for place in (away, discord.group(ada, discord.person("Bea"))):
        assert refusal(api.post(place, content="x")) == (403, 50001)
        assert refusal(api("GET", f"/channels/{place.id}")) == (403, 50001)


def test_a_closed_dm_takes_nothing(discord: Discord, api: Api, ada: Person) -> None:
    dm = discord.dm(ada)
    assert api("POST", "/users/@me/channels", {"recipient_id": str(ada.id)}).json()["id"] == str(dm.id)
    assert api.post(dm, content="x").status_code == 200
    dm.closed = True
    assert refusal(api.post(dm, content="x")) == (403, 50007)
    assert refusal(api("POST", "/users/@me/channels", {"recipient_id": "7"})) == (400, 50035)


def test_threads_are_archived_and_locked(api: Api, guild: Guild) -> None:
    thread = guild.channel("general").thread("talk")
    posted = api.post(thread, content="x").json()["id"]
    thread.archive()
    assert refusal(api("PATCH", f"/channels/{thread.id}/messages/{posted}", {"content": "y"})) == (400, 50083)
    assert api.post(thread, content="x").status_code == 200
    assert not thread.archived
    thread.archive(locked=True)
    assert refusal(api.post(thread, content="x")) == (400, 50083)
    thread.locked = False
    thread.deny("send_messages_in_threads")
    assert refusal(api.post(thread, content="x")) == (403, 50013)


ROW = {"type": 1, "components": [BUTTON]}


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("content", {"content": "\N{GRINNING FACE}" * 1001}),
        ("nonce", {"content": "x", "nonce": "n" * 26}),
        ("embeds", {"embeds": [{"description": "x"}] * 11}),
        ("embeds.0.description", {"embeds": [{"description": "x" * 4097}]}),
        ("embeds.0.fields", {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}),
        ("embeds", {"embeds": [{"description": "x" * 3001}] * 2}),
        ("components", {"content": "x", "components": [ROW] * 6}),
        ("components.0.components", {"content": "x", "components": [{"type": 1, "components": [BUTTON] * 6}]}),
        ("components.0", {"content": "x", "components": [{"type": 1, "components": [BUTTON, MENU]}]}),
        ("components.1.components.0.custom_id", {"content": "x", "components": [ROW, ROW]}),
        ("flags", {"content": "x", "flags": 1 << 4}),
        ("allowed_mentions", {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
        ("message_reference", {"content": "x", "message_reference": {"message_id": "1"}}),
    ],
)
def test_a_body_beyond_the_limits_is_an_invalid_form(api: Api, channel: Channel, where: str, body: Any) -> None:
    assert mistake(api.post(channel, **body)) == where
    assert channel.answers == []


@pytest.mark.parametrize(
    ("where", "component"),
    [
        ("label", BUTTON | {"label": "x" * 81}),
        ("custom_id", BUTTON | {"custom_id": "x" * 101}),
        ("custom_id", {"type": 2, "style": 2, "label": "x"}),
        ("", BUTTON | {"label": None}),
        ("", BUTTON | {"url": "https://example.org"}),
        ("options", MENU | {"options": [{"label": "x", "value": str(number)} for number in range(26)]}),
        ("options", MENU | {"options": [{"label": "x", "value": "1"}] * 2}),
        ("options.0.label", MENU | {"options": [{"label": "x" * 101, "value": "1"}]}),
        ("placeholder", MENU | {"placeholder": "x" * 151}),
        ("max_values", MENU | {"max_values": 2}),
    ],
)
def test_a_component_beyond_the_limits_is_an_invalid_form(
    api: Api, channel: Channel, where: str, component: Any
) -> None:
    found = mistake(api.post(channel, content="x", components=[{"type": 1, "components": [component]}]))
    assert found == "components.0.components.0" + (f".{where}" if where else "")
    api.discord.unexpected.clear()


def test_what_says_nothing_is_refused(api: Api, channel: Channel) -> None:
    assert refusal(api.post(channel, content=" ")) == (400, 50006)
    assert refusal(api.post(channel, components=[ROW])) == (400, 50006)
    posted = api.post(channel, content="x").json()["id"]
    assert refusal(api("PATCH", f"/channels/{channel.id}/messages/{posted}", {"content": None})) == (400, 50006)


def test_an_edit_changes_what_it_names_and_nothing_else(api: Api, channel: Channel, ada: Person) -> None:
    posted = api.upload(channel, b"text", content="x", components=[ROW]).json()
    path = f"/channels/{channel.id}/messages/{posted['id']}"
    api("PATCH", path, {"embeds": [{"description": "more"}]})
    [seen] = channel.answers
    assert seen.text == "x\nmore\ntext"
    assert (seen.buttons, seen.files, seen.edits) == (["Cancel"], [("text.txt", b"text")], 1)
    api(
        "PATCH",
        path,
        {"content": "", "components": [], "embeds": [], "attachments": [{"id": posted["attachments"][0]["id"]}]},
    )
    assert channel.answers[0].text == "text"
    api("PATCH", path, {"content": "y", "attachments": []})
    assert (channel.answers[0].text, channel.answers[0].buttons) == ("y", [])
    said = channel.say(ada, "mine")
    assert refusal(api("PATCH", f"/channels/{channel.id}/messages/{said.id}", {"content": "z"})) == (403, 50005)
    assert refusal(api("DELETE", f"/channels/{channel.id}/messages/{said.id}")) == (403, 50013)
    assert api("DELETE", path).status_code == 204
    assert channel.answers == []


def test_the_same_nonce_posts_once(api: Api, clock: Clock, channel: Channel) -> None:
    first = api.post(channel, content="x", nonce="note 1", enforce_nonce=True).json()
    assert api.post(channel, content="y", nonce="note 1", enforce_nonce=True).json()["id"] == first["id"]
    api.post(channel, content="z", nonce="note 1")
    clock.now += 301
    api.post(channel, content="later", nonce="note 1", enforce_nonce=True)
    assert [seen.text for seen in channel.answers] == ["x", "z", "later"]


def test_a_reply_needs_its_message_unless_it_says_so(api: Api, channel: Channel, ada: Person) -> None:
    said = channel.say(ada, "hello")
    reply = {"message_id": str(said.id), "fail_if_not_exists": False}
    assert api.post(channel, content="x", message_reference=reply).json()["type"] == 19
    channel.delete(said)
    assert api.post(channel, content="y", message_reference=reply).json()["type"] == 0
    assert [seen.reply_to for seen in channel.answers] == [said.id, None]
    assert (
        mistake(api.post(channel, content="z", message_reference={"message_id": str(said.id)})) == "message_reference"
    )


def test_people_are_pinged_only_where_mentions_are_let_through(discord: Discord, api: Api, channel: Channel) -> None:
    bea = discord.person("Bea")
    said = channel.say(bea, "hello")
    words = {"content": f"<@{bea.id}> <@&7> @everyone", "message_reference": {"message_id": str(said.id)}}
    api.post(channel, **words, allowed_mentions={"parse": [], "replied_user": False})
    assert discord.pings == []
    api.post(channel, **words, allowed_mentions={"users": [str(bea.id)]})
    api.post(channel, **words)
    kinds = [(ping.kind, ping.target) for ping in discord.pings]
    user = ("user", str(bea.id))
    assert kinds == [user, user, ("role", "7"), ("everyone", "everyone"), ("reply", str(bea.id))]
    assert isinstance(discord.pings[0], Ping)


def test_files_are_kept_and_their_links_expire(
    discord: Discord, api: Api, clock: Clock, channel: Channel, ada: Person
) -> None:
    discord.limits.upload = 10
    assert refusal(api.upload(channel, b"x" * 11)) == (413, 40005)
    said = channel.say(ada, voice=SOUND, seconds=16.1)
    path = f"/channels/{channel.id}/messages/{said.id}"
    message = api("GET", path).json()
    [file] = message["attachments"]
    assert (message["flags"], file["duration_secs"], file["filename"]) == (1 << 13, 16.1, "voice-message.ogg")
    assert api.http.get(file["url"]).content == b"OggS" * 10
    assert api.http.get(file["url"].replace("hm=", "hm=0")).status_code == 404
    clock.now += 86_401
    gone = api.http.get(file["url"])
    assert (gone.status_code, gone.text) == (404, "This content is no longer available.")
    [fresh] = api("GET", path).json()["attachments"]
    assert api.http.get(fresh["url"]).status_code == 200
    channel.delete(said)
    assert api.http.get(fresh["url"]).status_code == 404


def test_the_store_of_files_can_fail(discord: Discord, api: Api, channel: Channel, ada: Person) -> None:
    said = channel.say(ada, files=[Blob("long.mp3", b"x" * 200_000, claims=3)])
    [file] = api("GET", f"/channels/{channel.id}/messages/{said.id}").json()["attachments"]
    assert (file["size"], file["content_type"]) == (3, "audio/mpeg")
    discord.cdn.failures = 1
    assert api.http.get(file["url"]).status_code == 500
    discord.cdn.cut_after = 100_000
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.get(file["url"])
    discord.cdn.cut_after = None
    assert len(api.http.get(file["url"]).content) == 200_000
    assert len(discord.cdn.fetched) == 3


def test_too_many_messages_wait(discord: Discord, api: Api, clock: Clock, channel: Channel) -> None:
    discord.limits.messages_per_5s = 2
    assert api.post(channel, content="1").headers["x-ratelimit-remaining"] == "1"
    assert api.post(channel, content="2").headers["x-ratelimit-remaining"] == "0"
    clock.now += 2
    refused = api.post(channel, content="3")
    assert refused.status_code == 429
    assert refused.json() == {"message": "You are being rate limited.", "retry_after": 3.0, "global": False}
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-scope"]) == ("3", "user")
    assert "via" in refused.headers
    clock.now += 3
    assert api.post(channel, content="3").status_code == 200
    discord.limits.requests_per_second = 1
    assert api("GET", f"/channels/{channel.id}").status_code == 200
    assert api.post(channel, content="4").headers["x-ratelimit-global"] == "true"
    assert [call.status for call in discord.called("POST", "/messages$")] == [200, 200, 429, 200, 429]
    assert discord.invalid_requests == 2


def test_calls_fail_as_they_are_told_to(discord: Discord, api: Api, channel: Channel) -> None:
    discord.fail("POST", "/messages$", 503)
    discord.fail("POST", "/messages$", drop=True)
    discord.fail("POST", "/messages$", drop=True, after=True)
    discord.fail("POST", "/messages$", retry_after=0.5, is_global=True)
    moments: list[str] = []
    discord.moment = moments.append
    assert api.post(channel, content="1").status_code == 503
    for words in ("2", "3"):
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(channel, content=words)
    assert api.post(channel, content="4").json()["retry_after"] == 0.5
    assert [seen.text for seen in channel.answers] == ["3"]
    assert [call.status for call in discord.calls] == [503, 0, 0, 429]
    assert moments[:2] == [f"{when} POST /channels/{channel.id}/messages" for when in ("before", "after")]


def test_without_the_intent_only_what_concerns_the_bot_is_shown(
    discord: Discord, api: Api, channel: Channel, ada: Person, commands: None
) -> None:
    discord.intents_allowed.clear()
    note = channel.say(ada, "secret", files=[SOUND])
    answer = int(api.post(channel, content="own").json()["id"])
    use = ada.menu("Transcribe", note)
    api.answer(use, 4, {"content": "answer"})
    own, of_command = channel.answers
    assert (own.id, of_command.text) == (answer, "answer")
    channel.say(ada, "to you", mentions_bot=True)
    channel.say(ada, "for you", answers=own)
    channel.say(ada, "not for you", answers=of_command)
    channel.say(ada, forwards=note)
    shown = api("GET", f"/channels/{channel.id}/messages").json()[::-1]
    words = [message["content"] for message in shown]
    assert words == ["", "own", "answer", f"<@{discord.bot_id}> to you", "for you", "", ""]
    assert shown[0]["attachments"] == shown[-1]["message_snapshots"][0]["message"]["attachments"] == []
    assert use.data["resolved"]["messages"][str(note.id)]["attachments"][0]["filename"] == "note.ogg"
    dm = discord.dm(ada)
    dm.say(ada, files=[SOUND])
    assert api("GET", f"/channels/{dm.id}/messages").json()[0]["attachments"]


def test_the_flags_of_the_application_tell_its_intents(discord: Discord, api: Api) -> None:
    for path in ("/applications/@me", "/oauth2/applications/@me"):
        discord.intents_allowed = {"message_content"}
        assert api("GET", path).json()["flags"] == 1 << 19
        discord.intents_allowed = set()
        assert api("GET", path).json()["flags"] == 0


def test_messages_are_listed_in_windows(discord: Discord, api: Api, channel: Channel, ada: Person) -> None:
    ids = [str(channel.say(ada, str(number)).id) for number in range(5)]
    discord.clock_ahead = -600
    old = str(channel.say(ada, "old").id)

    def listed(**query: object) -> list[str]:
        return [one["id"] for one in api("GET", f"/channels/{channel.id}/messages", params=query).json()]

    assert listed() == [*reversed(ids), old]
    assert listed(after=ids[1], limit=2) == [ids[3], ids[2]]
    assert listed(before=ids[2]) == [ids[1], ids[0], old]
    assert listed(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]
    assert mistake(api("GET", f"/channels/{channel.id}/messages", params={"limit": 101})) == "limit"


@pytest.mark.parametrize(
    ("where", "command"),
    [
        ("0.name", SLASH | {"name": "Transcribe"}),
        ("0.name", SLASH | {"name": "x" * 33}),
        ("0.description", SLASH | {"description": ""}),
        ("0", TRANSCRIBE | {"description": "x"}),
        ("0.options", SLASH | {"options": [LANGUAGE, FILE]}),
        ("0.options", SLASH | {"options": [FILE, FILE]}),
        ("0.options", SLASH | {"options": [LANGUAGE | {"name": f"o{number}"} for number in range(26)]}),
        ("0.options.0", SLASH | {"options": [FORM | {"autocomplete": True}]}),
        ("0.options.0.choices", SLASH | {"options": [FORM | {"choices": [{"name": "x", "value": "x"}] * 26}]}),
        ("0.name_localizations", SLASH | {"name_localizations": {"xx": "x"}}),
        ("0.name", SLASH | {"name_localizations": {"de": "Mit Leerzeichen"}}),
    ],
)
def test_a_command_beyond_the_limits_is_an_invalid_form(discord: Discord, api: Api, where: str, command: Any) -> None:
    assert mistake(api("PUT", f"/applications/{discord.application_id}/commands", [command])) == where
    assert discord.commands == []
    discord.unexpected.clear()


def test_commands_that_stay_keep_their_ids(discord: Discord, api: Api, commands: None) -> None:
    [first, _] = discord.commands
    path = f"/applications/{discord.application_id}/commands"
    answer = api("PUT", path, [SLASH | {"name": "other"}, TRANSCRIBE]).json()
    assert [one["name"] for one in answer] == ["other", "Transcribe"]
    assert answer[1]["id"] == first["id"]
    assert api("GET", path).json() == answer
    assert mistake(api("PUT", path, [TRANSCRIBE, TRANSCRIBE])) == "0.name"
    assert mistake(api("PUT", path, [TRANSCRIBE | {"name": str(number)} for number in range(6)])) == "_"
    assert discord.syncs == 4


def test_an_interaction_is_answered_once_and_in_time(
    api: Api, clock: Clock, ada: Person, channel: Channel, commands: None
) -> None:
    use = ada.menu("Transcribe", channel.say(ada, files=[SOUND]))
    assert refusal(api.after(use, content="x")) == (404, 10015)
    clock.now += 1.5
    told = api.answer(use, 5).json()
    assert told["interaction"]["response_message_loading"]
    assert (use.deferred, use.seconds_to_answer, use.response) == (True, 1.5, None)
    assert refusal(api.answer(use, 5)) == (400, 40060)
    late = ada.menu("Transcribe", channel.say(ada, files=[SOUND]))
    clock.now += 3.5
    assert refusal(api.answer(late, 5)) == (404, 10062)
    assert not late.answered
    assert mistake(api.answer(ada.menu("Transcribe", channel.say(ada)), 7, {"content": "x"})) == "type"


def test_a_ticket_lasts_a_quarter_of_an_hour(
    api: Api, clock: Clock, ada: Person, channel: Channel, commands: None
) -> None:
    use, other = (ada.menu("Transcribe", channel.say(ada, files=[SOUND])) for _ in range(2))
    api.answer(use, 5)
    api.answer(other, 5)
    clock.now += 899
    assert api.after(use, "PATCH", "/messages/@original", content="done").status_code == 200
    done = use.response
    assert done is not None
    assert (done.text, done.edits) == ("done", 0)
    clock.now += 2
    assert refusal(api.after(use, "PATCH", "/messages/@original", content="late")) == (401, 50027)
    assert refusal(api.after(use, content="late")) == (401, 50027)
    assert api("PATCH", f"/channels/{channel.id}/messages/{done.id}", {"content": "anew"}).status_code == 200
    clock.now -= 100
    other.expire()
    assert refusal(api.after(other, content="late")) == (401, 50027)


def test_the_first_follow_up_of_a_deferral_is_the_original(
    discord: Discord, api: Api, ada: Person, channel: Channel, commands: None
) -> None:
    use = ada.menu("Transcribe", channel.say(ada))
    api.answer(use, 5, {"flags": 64})
    assert api.after(use, content="first").json()["id"] == api.after(use, "GET", "/messages/@original").json()["id"]
    api.after(use, content="second", flags=64)
    api.after(use, content="third")
    assert [notice.text for notice in use.notices] == ["first", "second"]
    assert [seen.text for seen in channel.answers] == ["third"]
    hidden = f"/channels/{channel.id}/messages/{use.notices[0].id}"
    assert refusal(api("GET", hidden)) == refusal(api("PATCH", hidden, {"content": "x"})) == (404, 10008)
    assert api.after(use, "DELETE", "/messages/@original").status_code == 204
    assert refusal(api.after(use, "PATCH", "/messages/@original", content="x")) == (404, 10008)
    assert use.response is None
    assert discord.sessions == []


def test_where_the_bot_is_not_there_are_five_follow_ups(
    discord: Discord, api: Api, ada: Person, commands: None
) -> None:
    group = discord.group(ada, discord.person("Bea"))
    use = ada.menu("Transcribe", group.say(ada, files=[SOUND]))
    assert use.owners == {"1": str(ada.id)}
    api.answer(use, 4, {"content": "0"})
    assert [api.after(use, content=str(number)).status_code for number in range(5)] == [200] * 5
    assert refusal(api.after(use, content="6")) == (400, 40094)
    assert api.after(use, "PATCH", "/messages/@original", content="edited").status_code == 200
    assert len(group.answers) == 6


def test_a_server_can_hide_what_foreign_commands_say(discord: Discord, api: Api, ada: Person, commands: None) -> None:
    away = discord.foreign_guild("Away", ada)
    use = ada.menu("Transcribe", away.channel("x").say(ada))
    api.answer(use, 4, {"content": "for all"})
    away.deny("use_external_apps")
    hidden = ada.menu("Transcribe", away.channel("y").say(ada))
    api.answer(hidden, 4, {"content": "for one"})
    assert (len(use.notices), len(hidden.notices)) == (0, 1)


def test_nothing_is_answered_in_a_locked_thread(api: Api, ada: Person, channel: Channel, commands: None) -> None:
    thread = channel.thread("talk")
    use = ada.menu("Transcribe", thread.say(ada))
    api.answer(use, 5)
    thread.archive(locked=True)
    assert refusal(api.after(use, "PATCH", "/messages/@original", content="x")) == (400, 50083)


def test_people_press_what_is_there(api: Api, discord: Discord, ada: Person, channel: Channel) -> None:
    bea = discord.person("Bea")
    assert channel.guild is not None
    channel.guild.join(bea, "manage_messages")
    rows = [ROW, {"type": 1, "components": [MENU]}]
    api.post(channel, content="x", components=rows)
    [seen] = channel.answers
    assert (seen.buttons, seen.choices) == (["Cancel"], [("Spanish", "es")])
    use = bea.press(seen, "Cancel")
    assert use.data["custom_id"] == "cancel:1"
    assert api.answer(use, 7, {"content": "cancelled", "components": []}).json()["resource"]["message"]["content"]
    assert channel.answers[0].text == "cancelled"
    assert api.after(use, content="cancelled, indeed", flags=64).json()["flags"] & 64
    with pytest.raises(AssertionError, match="there is no"):
        ada.press(seen, "Cancel")
    with pytest.raises(AssertionError, match="there is no"):
        ada.choose(seen, "Language", "es")
    assert ada.forge(seen, "cancel:2").data["custom_id"] == "cancel:2"
    api("PATCH", f"/channels/{channel.id}/messages/{seen.id}", {"components": rows})
    assert ada.choose(seen, "Language", "Spanish").data["values"] == ["es"]
    api.answer(ada.forge(seen, "x"), 4, {"content": "secret", "flags": 64, "components": [ROW]})
    [hidden] = [use.response for use in discord.uses.values() if use.response and use.response.ephemeral]
    ada.press(hidden, "Cancel")
    with pytest.raises(AssertionError, match="does not see"):
        bea.press(hidden, "Cancel")


def test_a_modal_is_filled_in(api: Api, discord: Discord, ada: Person, channel: Channel, commands: None) -> None:
    def opened(modal: object) -> httpx.Response:
        return api.answer(ada.slash("transcribe", channel, file=SOUND), 9, modal)

    assert mistake(opened(MODAL | {"title": "x" * 46})) == "data.title"
    assert mistake(opened(MODAL | {"components": []})) == "data.components"
    discord.unexpected.clear()
    use = ada.slash("transcribe", channel, file=SOUND)
    api.answer(use, 9, MODAL)
    assert use.modal is not None
    with pytest.raises(AssertionError, match="does not fit"):
        use.submit("far too long a name")
    with pytest.raises(AssertionError, match="must be filled in"):
        use.submit()
    for submitted in (use.submit("Bob"), use.submit(Name="Bob"), use.submit(name="Bob")):
        assert submitted.data["components"][0]["component"]["value"] == "Bob"
    assert mistake(api.answer(submitted, 9, MODAL)) == "type"


def test_people_use_only_what_is_registered(discord: Discord, api: Api, ada: Person, channel: Channel) -> None:
    note = channel.say(ada)
    in_guilds = {"integration_types": [0], "contexts": [0]}
    managers = SLASH | {"name": "setup", "default_member_permissions": 1 << 5}
    api("PUT", f"/applications/{discord.application_id}/commands", [TRANSCRIBE | in_guilds, SLASH, managers])
    bea = discord.person("Bea")
    assert channel.guild is not None
    channel.guild.join(bea)
    ada.slash("setup", channel, file=SOUND)
    impossible: list[tuple[Callable[[], Use], str]] = [
        (lambda: ada.menu("Other", note), "no command"),
        (lambda: ada.menu("Transcribe", note, install="user"), "cannot be installed"),
        (lambda: ada.menu("Transcribe", discord.dm(ada).say(ada)), "not for the context"),
        (lambda: ada.slash("transcribe", channel), "needs"),
        (lambda: ada.slash("transcribe", channel, file=SOUND, url="x"), "has no"),
        (lambda: ada.slash("transcribe", channel, file=SOUND, form="docx"), "no choice"),
        (lambda: bea.slash("setup", channel, file=SOUND), "permissions"),
        (lambda: discord.person("Cy").slash("transcribe", channel, file=SOUND), "is not in"),
    ]
    for use_it, why in impossible:
        with pytest.raises(AssertionError, match=why):
            use_it()
    use = ada.slash("transcribe", channel, file=SOUND, form="Text", language="es")
    assert [option["value"] for option in use.data["options"]][1:] == ["txt", "es"]
    [file] = use.data["resolved"]["attachments"].values()
    assert "/ephemeral-attachments/" in file["url"]
    assert api.http.get(file["url"]).content == SOUND.source


def test_what_no_bot_should_do_fails_the_test(discord: Discord, api: Api, channel: Channel) -> None:
    assert api("POST", "/channels/1/pins").status_code == 404
    api.post(channel, content="x", flags=1 << 15)
    with pytest.raises(AssertionError, match="components of the second kind"):
        discord.check()
    discord.unexpected.clear()


@described_only
def test_bodies_are_checked_against_the_description(discord: Discord, api: Api, channel: Channel) -> None:
    assert api.post(channel, content="x", contents="y").status_code == 400
    assert api.post(channel, content=7).status_code == 400
    assert [complaint.rpartition("messages")[2] for complaint in discord.unexpected] == [
        " has no contents",
        ".content is no string or null",
    ]
    discord.unexpected.clear()


@described_only
def test_what_the_double_says_fits_the_description(
    discord: Discord, api: Api, ada: Person, guild: Guild, channel: Channel, commands: None
) -> None:
    note = channel.say(ada, voice=SOUND, seconds=1)
    channel.say(ada, forwards=note)
    api.post(channel, content="x", components=[ROW], message_reference={"message_id": str(note.id)})
    answer = api.answer(ada.menu("Transcribe", note), 4, {"content": "x"}).json()
    messages = api("GET", f"/channels/{channel.id}/messages").json()
    for name, value in [
        *(("MessageResponse", message) for message in messages),
        ("PrivateApplicationResponse", api("GET", "/applications/@me").json()),
        ("GuildChannelResponse", api("GET", f"/channels/{channel.id}").json()),
        ("ThreadResponse", api("GET", f"/channels/{channel.thread('talk').id}").json()),
        ("PrivateChannelResponse", api("GET", f"/channels/{discord.dm(ada).id}").json()),
        ("GuildResponse", api("GET", f"/guilds/{guild.id}").json()),
        ("GuildMemberResponse", api("GET", f"/guilds/{guild.id}/members/{ada.id}").json()),
        ("GatewayBotResponse", api("GET", "/gateway/bot").json()),
        ("InteractionCallbackResponse", answer),
        *(("ApplicationCommandResponse", command) for command in discord.commands),
    ]:
        misfits = described().misfits(name, value)
        # a forward is of type 1, whatever the description says
        assert [one for one in misfits if not one.endswith("message_reference.type is not 0")] == [], name


async def test_what_never_comes_to_be_says_what_was_there(discord: Discord, api: Api, channel: Channel) -> None:
    api.post(channel, content="something else")
    with pytest.raises(AssertionError, match="something else"):
        await discord.eventually(lambda: False, 0.01)


async def test_it_closes_at_once_whoever_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener() as client:
        with Discord() as other:
            _lead_to(other, monkeypatch)
            task = asyncio.create_task(client.start(other.token))
            await other.eventually(lambda: client.came)
            start = time.perf_counter()
        assert time.perf_counter() - start < 3
    with suppress(asyncio.CancelledError):
        await task


def test_it_opens_and_closes_at_once() -> None:
    start = time.perf_counter()
    for _ in range(10):
        with Discord():
            pass
    assert time.perf_counter() - start < 3


class Listener(library.AutoShardedClient):
    """The real library, with a menu and a command, that writes down what it hears."""

    def __init__(self, **options: Any) -> None:
        self.heard: list[library.Message] = []
        self.came: list[str] = []
        super().__init__(
            intents=options.pop("intents", INTENTS),
            guild_ready_timeout=0.01,
            chunk_guilds_at_startup=False,
            max_messages=None,
            member_cache_flags=library.MemberCacheFlags.none(),
            allowed_mentions=library.AllowedMentions.none(),
            **options,
        )
        self.tree = CommandTree(self)
        self.tree.add_command(transcribe)
        self.tree.add_command(command)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the library's five seconds of rest."""

    async def on_ready(self) -> None:
        self.came.append("ready")

    async def on_resumed(self) -> None:
        self.came.append("resumed")

    async def on_guild_join(self, guild: library.Guild) -> None:
        self.came.append(f"joined {guild.name}")

    async def on_guild_remove(self, guild: library.Guild) -> None:
        self.came.append(f"left {guild.name}")

    async def on_raw_message_delete(self, event: library.RawMessageDeleteEvent) -> None:
        self.came.append(f"deleted {event.message_id}")

    async def on_raw_message_edit(self, event: library.RawMessageUpdateEvent) -> None:
        self.came.append(f"edited {event.message.content}")

    async def on_guild_channel_delete(self, channel: library.abc.GuildChannel) -> None:
        self.came.append(f"removed {channel.name}")

    async def on_message(self, message: library.Message) -> None:
        if message.author != self.user:
            self.heard.append(message)

    async def on_interaction(self, interaction: library.Interaction) -> None:
        if interaction.type is library.InteractionType.component:
            await interaction.response.send_modal(Naming())

    @property
    def words(self) -> list[str]:
        return [message.content for message in self.heard]


class Naming(library.ui.Modal, title="Rename"):
    name: library.ui.TextInput[Self] = library.ui.TextInput(label="Name")

    async def on_submit(self, interaction: library.Interaction) -> None:
        await interaction.response.send_message(f"named {self.name.value}", ephemeral=True)


@app_commands.context_menu(name="Transcribe")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def transcribe(interaction: library.Interaction, message: library.Message) -> None:
    await interaction.response.defer(thinking=True)
    view = library.ui.View(timeout=None)
    view.add_item(library.ui.Button(label="Rename", custom_id="rename"))
    names = " ".join(file.filename for file in message.attachments)
    file = library.File(io.BytesIO(b"the whole text"), "text.txt")
    await interaction.edit_original_response(content=f"heard {names}", view=view, attachments=[file])


@app_commands.command(name="say", description="Says it")
async def command(interaction: library.Interaction, file: library.Attachment, language: str = "") -> None:
    content = (await file.read()).decode()
    await interaction.response.send_message(f"{content} in {language}", ephemeral=True)
    await interaction.followup.send(str(interaction.filesize_limit))


@command.autocomplete("language")
async def languages(_: library.Interaction, current: str) -> list[Choice[str]]:
    return [Choice(name=f"{current}nish", value="es")]


INTENTS = library.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


@asynccontextmanager
async def listening(discord: Discord, **options: Any) -> AsyncIterator[Listener]:
    async with Listener(**options) as client:
        task = asyncio.create_task(client.start(discord.token))
        await discord.eventually(lambda: "ready" in client.came or task.done())
        yield client
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[Discord]:
    """The address that the real library uses."""
    with Discord() as discord:
        _lead_to(discord, monkeypatch)
        yield discord


def _lead_to(discord: Discord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.http.Route, "BASE", discord.api_url)
    monkeypatch.setattr(library.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", URL(discord.gateway_url))


async def test_the_library_hears_and_answers(live: Discord) -> None:
    ada, owner = live.person("Ada"), live.person("Owner")
    guild = live.guild("Home", owner=owner)
    guild.join(ada, "manage_channels")
    channel = guild.channel("general")
    thread, voice, dm = channel.thread("talk"), guild.voice("Lounge"), live.dm(ada)
    async with listening(live) as client:
        note = channel.say(ada, "hello", voice=SOUND, seconds=2.5)
        for place in (thread, voice, dm):
            place.say(ada, "there")
        channel.say(ada, forwards=note)
        await live.eventually(lambda: len(client.heard) == 5)
        first = client.heard[0]
        assert (first.attachments[0].is_voice_message(), first.attachments[0].duration) == (True, 2.5)
        assert await first.attachments[0].read() == SOUND.source
        assert client.heard[-1].message_snapshots[0].attachments[0].filename == "voice-message.ogg"
        assert isinstance(first.channel, library.TextChannel)
        assert first.channel.permissions_for(first.channel.guild.me).attach_files
        live.fail("POST", "/messages$", retry_after=0.01)
        answer = await first.reply("text", mention_author=False, embed=library.Embed(description="more"))
        await answer.edit(content="changed", embeds=[])
        assert [(seen.text, seen.reply_to, seen.edits) for seen in channel.answers] == [("changed", note.id, 1)]
        channel.edit(note, "goodbye")
        channel.delete(note)
        voice.remove()
        await live.eventually(lambda: client.came[-3:] == ["edited goodbye", f"deleted {note.id}", "removed Lounge"])
        channel.deny("send_messages")
        guild.kick_bot()
        guild.add_bot()
        await live.eventually(lambda: client.came[-2:] == ["left Home", "joined Home"])
    await live.eventually(lambda: not live.connected)
    assert live.pings == []


async def test_the_library_answers_interactions(live: Discord) -> None:
    ada = live.person("Ada")
    channel, group = live.guild("Home", owner=ada).channel("general"), live.group(ada)
    away = live.foreign_guild("Away", ada).channel("x")
    async with listening(live) as client:
        await client.tree.sync()
        for place in (channel, group, away, live.dm(ada)):
            await _transcribed_and_named(live, ada, place)
        with pytest.raises(AssertionError, match="block the loop"):
            ada.autocomplete("say", channel, "language", "spa")
        suggested = await asyncio.to_thread(ada.autocomplete, "say", channel, "language", "Spa")
        assert suggested == [("Spanish", "es")]
        use = ada.slash("say", channel, file=Blob("a.txt", b"it"), language="es")
        await live.eventually(lambda: use.followups)
        assert [notice.text for notice in use.notices] == ["it in es"]
        assert [seen.text for seen in use.followups] == [str(10 * 1024 * 1024)]


async def _transcribed_and_named(live: Discord, ada: Person, place: Channel) -> None:
    use = ada.menu("Transcribe", place.say(ada, files=[SOUND]))
    await live.eventually(lambda: use.response)
    assert use.response is not None
    assert (use.response.text, use.response.buttons) == ("heard note.ogg\nthe whole text", ["Rename"])
    pressed = ada.press(use.response, "Rename")
    await live.eventually(lambda: pressed.modal)
    named = pressed.submit("Bob")
    await live.eventually(lambda: named.notices)
    assert named.notices[0].text == "named Bob"


async def test_without_the_intent_the_gateway_shows_little(live: Discord) -> None:
    live.intents_allowed.clear()
    ada = live.person("Ada")
    channel = live.guild("Home", owner=ada).channel("general")
    with pytest.raises(library.PrivilegedIntentsRequired):
        await Listener().start(live.token)
    fewer = library.Intents(guilds=True, guild_messages=True, dm_messages=True)
    async with listening(live, intents=fewer) as client:
        channel.say(ada, "secret", files=[SOUND])
        channel.say(ada, "to you", mentions_bot=True)
        live.dm(ada).say(ada, "private")
        await live.eventually(lambda: len(client.heard) == 3)
        assert client.words == ["", f"<@{live.bot_id}> to you", "private"]


async def test_nothing_is_lost_while_a_session_is_resumed(live: Discord) -> None:
    ada = live.person("Ada")
    channel = live.guild("Home", owner=ada).channel("general")
    async with listening(live) as client:
        live.ask_reconnect()
        await _resumed(live, client, channel, ada, 1)
        live.cut()
        await _resumed(live, client, channel, ada, 2)
        live.close(4000)
        await _resumed(live, client, channel, ada, 3)
        live.invalidate(resumable=True)
        await _resumed(live, client, channel, ada, 4)
        assert [session.resumes for session in live.sessions] == [4]
        live.lose_events(1, "MESSAGE_CREATE")
        channel.say(ada, "lost")
        channel.say(ada, "last")
        await live.eventually(lambda: client.words == ["1", "2", "3", "4", "last"])


async def _resumed(live: Discord, client: Listener, channel: Channel, ada: Person, times: int) -> None:
    channel.say(ada, str(times))
    await live.eventually(lambda: len(client.words) == client.came.count("resumed") == times)


async def test_a_session_that_is_not_valid_any_more_is_lost(live: Discord) -> None:
    ada = live.person("Ada")
    channel = live.guild("Home", owner=ada).channel("general")
    async with listening(live) as client:
        live.invalidate()
        channel.say(ada, "lost")
        await live.eventually(lambda: len(live.sessions) == 2 and client.came == ["ready", "ready"])
        channel.say(ada, "heard")
        await live.eventually(lambda: client.words == ["heard"])


async def test_nobody_is_there_while_it_is_away(live: Discord, http: httpx.Client) -> None:
    async with listening(live):
        live.away()
        with pytest.raises(httpx.ConnectError):
            http.get(live.api_url)
        await live.eventually(lambda: not live.connected)
        live.back()
        assert http.get(f"{live.api_url}/gateway").status_code == 200


async def test_a_token_that_is_revoked_ends_the_session(live: Discord) -> None:
    async with Listener() as client:
        task = asyncio.create_task(client.start(live.token))
        await live.eventually(lambda: client.came == ["ready"])
        live.revoke()
        with pytest.raises(library.ConnectionClosed):
            await task
    async with Listener() as stranger:
        with pytest.raises(library.LoginFailure):
            await stranger.login("wrong")
    await live.eventually(lambda: not live.connected)


async def test_each_shard_hears_of_its_own_servers(live: Discord) -> None:
    ada = live.person("Ada")
    channels = [live.guild(f"Home {number}", owner=ada).channel("general") for number in range(4)]
    live.shards = 2
    async with listening(live) as client:
        for channel in channels:
            channel.say(ada, "hello")
        await live.eventually(lambda: len(client.heard) == 4)
        heard = {message.guild.id: message.guild.shard_id for message in client.heard if message.guild is not None}
        assert heard == {number: (number >> 22) % 2 for number in live.guilds}
        assert sorted(session.shard for session in live.sessions) == [(0, 2), (1, 2)]
