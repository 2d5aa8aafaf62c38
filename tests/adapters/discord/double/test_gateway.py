"""The double of Discord: its gateway, and its description."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import discord as library
import httpx
import pytest
from discord.app_commands import Choice, CommandTree
from yarl import URL

from tests.doubles.discord.server import Blob, Channel, Discord, Guild, Person
from tests.doubles.discord.spec import described
from tests.helpers.discord_double import (
    ROW,
    SOUND,
    Api,
    command,
    transcribe,
)

described_only = pytest.mark.skipif(not described(), reason="the description of the API is not there")


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
        *(("ApplicationCommandResponse", one) for one in discord.commands),
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
