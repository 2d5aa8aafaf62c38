"""The double of Discord is strict: each family of its rules by hand, and the real library on it."""

from typing import Any

import pytest

from tests.doubles.discord.server import Channel, Discord, Guild, Person
from tests.helpers.discord_double import BUTTON, MENU, ROW, Api, Clock, mistake, refusal


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
