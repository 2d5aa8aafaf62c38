"""What was said while Discord could not be heard."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from discord import LoginFailure, Permissions
from structlog.testing import capture_logs

from adapters.discord import event_dispatch
from adapters.discord.client import GatewayAway
from adapters.discord.context import may_press, may_set_channel, may_set_server
from adapters.discord.gateway import DiscordDown, backoff
from adapters.discord.opening import PERMISSIONS, introduced, invite_links
from adapters.discord.places import Place, Ticket
from bot.chat import hearing
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.discord.server import Discord, Dm, Guild, Person, Session
from tests.helpers.discord import Home, discord_rig
from tests.helpers.discord_gateway import VOICE, answers_people, takes_all, texts
from tests.helpers.services import Pauses
from tests.helpers.settings import changed


def tell_of_server(discord: Discord, guild: Guild, *, is_there: bool) -> None:
    """Discord's own outage begins, or ends."""
    with discord.lock:
        told = guild.told() | {"unavailable": False} if is_there else {"id": str(guild.id), "unavailable": True}
        discord.tell(f"GUILD_{'CREATE' if is_there else 'DELETE'}", lambda _: told, guild=guild.id, intent="guilds")


async def test_what_one_person_asked_for_in_a_server_makes_its_channel_nobody_s_own_chat(
    discord: Discord, on: Settings, ada: Person, guild: Guild
) -> None:
    bea = discord.person("Bea")
    guild.join(bea)
    channel = guild.channel("asked")
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        use = ada.menu("Transcribe", channel.say(ada, voice=VOICE))
        await Home(rig, guild).response(use)
        [note] = await rig.notes()
        place = Place(discord.dm(ada).id, guild=0, asker=ada.id, own=True)
        run = replace(note, key=replace(note.key, message="another run"), details=place.details())
        await rig.service.intake.accept(run)
        await rig.idle()
    channel.say(bea, voice=VOICE)
    before = len(channel.answers)
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        assert len(await rig.notes()) == 2
        assert len(channel.answers) == before
        assert discord.called("GET", rf"/channels/{channel.id}/messages$"), "it is read for mentions alone"


async def test_what_was_said_while_the_machine_slept_is_read_though_the_connection_looks_alive(
    discord: Discord, on: Settings, ada: Person, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "MARK_SECONDS", 0.1)
    ahead = timedelta()
    channel = guild.channel("all")
    async with discord_rig(discord, on, clock=lambda: now() + ahead) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
        discord.lose_events(1, "MESSAGE_CREATE")
        channel.say(ada, voice=VOICE)
        discord.clock_ahead = 3600.0
        ahead = timedelta(hours=1)
        await rig.answers(channel)
        assert len(discord.sessions) == 2
        await rig.caught_up()


async def test_a_server_that_discord_lost_for_a_while_is_read_when_it_is_there_again(
    discord: Discord, on: Settings, ada: Person, guild: Guild
) -> None:
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
        tell_of_server(discord, guild, is_there=False)
        discord.lose_events(1, "MESSAGE_CREATE")
        channel.say(ada, voice=VOICE)
        tell_of_server(discord, guild, is_there=True)
        await rig.answers(channel)
        await rig.caught_up()
        assert len(discord.sessions) == 1


async def test_a_server_that_discord_tells_of_late_is_read_then(
    discord: Discord, on: Settings, ada: Person, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
    channel.say(ada, voice=VOICE)
    add = Session.add
    monkeypatch.setattr(Session, "add", lambda session, kind, told: kind == "GUILD_CREATE" or add(session, kind, told))
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        assert texts(channel) == 0
        monkeypatch.undo()
        tell_of_server(discord, guild, is_there=True)
        await rig.answers(channel)


async def test_a_recording_that_nobody_asked_for_is_taken_though_the_service_failed_for_a_while(
    discord: Discord, on: Settings, ada: Person, guild: Guild
) -> None:
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
        async with rig.broken("preference"):
            channel.say(ada, voice=VOICE)
            await discord.eventually(lambda: not rig.ears.hears)
        await rig.answers(channel)
        await rig.caught_up()


async def test_a_message_that_can_never_be_taken_does_not_keep_the_ears_closed(
    discord: Discord, on: Settings, ada: Person, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "AGAIN", (5.0,))
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
        monkeypatch.setattr(event_dispatch, "HANDLER_SECONDS", 0.0)
        with capture_logs() as logs:
            channel.say(ada, voice=VOICE)
            await discord.eventually(lambda: not rig.ears.hears)
            await discord.eventually(lambda: rig.ears.hears)
        assert [line for line in logs if line["event"] == "something_is_left_out"]
        assert len(discord.called("GET", rf"/channels/{channel.id}/messages$")) == 2


async def test_a_command_of_an_operator_s_that_is_read_again_after_a_restart_is_not_carried_out_again(
    discord: Discord, on: Settings, ada: Person, dm: Dm
) -> None:
    hers = changed(on, owners=f"discord:{ada.id}")
    async with discord_rig(discord, hers) as rig:
        await rig.caught_up()
        dm.say(ada, voice=VOICE)
        await rig.answers(dm)
        dm.say(ada, "/pause")
        await discord.eventually(lambda: len(dm.answers) == 2)
        dm.say(ada, "/resume")
        await discord.eventually(lambda: len(dm.answers) == 3)
        await rig.obeyed()
    posts = len(discord.called("POST", rf"/channels/{dm.id}/messages"))
    with capture_logs() as logs:
        async with discord_rig(discord, hers) as rig:
            await rig.caught_up()
            await rig.idle()
    assert len(discord.called("POST", rf"/channels/{dm.id}/messages")) == posts
    assert not [entry for entry in logs if entry["event"] == "operator_did"]


async def test_a_fault_of_suggestions_is_told_to_the_operator_without_words(discord: Discord, on: Settings) -> None:
    ada = discord.person("Ada")
    async with discord_rig(discord, on):
        discord.fail("POST", "/callback$", status=400, code=50035, message="secret")
        discord.limits.answer_seconds = 0.5
        with capture_logs() as logs, suppress(AssertionError):
            await asyncio.to_thread(ada.autocomplete, "transcribe", discord.dm(ada), "language", "span")
        [told] = [line for line in logs if line["event"] == "discord_suggestions_failed"]
        assert told["error"] == "HTTPException"
        assert "secret" not in str(logs)


async def test_a_token_that_was_revoked_is_tried_again_after_a_long_pause(
    discord: Discord, on: Settings, ada: Person
) -> None:
    token = discord.token
    async with discord_rig(discord, on) as rig:
        discord.revoke()
        await discord.eventually(lambda: 300.0 in rig.pauses.asked)
        discord.token = token
        await discord.eventually(lambda: discord.connected)
        await answers_people(rig, ada)


async def test_two_shards_hear_everything(discord: Discord, on: Settings, ada: Person) -> None:
    discord.shards = 2
    channels = [discord.guild(f"Server {number}", owner=ada).channel("all") for number in range(4)]
    async with discord_rig(discord, on) as rig:
        await discord.eventually(lambda: len(discord.sessions) == 2)
        await rig.caught_up()
        for channel in channels:
            channel.say(ada, "hello", mentions_bot=True)
        await answers_people(rig, ada)
        await discord.eventually(lambda: all(channel.answers for channel in channels))


async def test_after_a_long_time_away_another_client_tries(
    discord: Discord, on: Settings, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "PATIENCE_SECONDS", 0.1)
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        discord.away()
        await discord.eventually(lambda: len(rig.pauses.asked) > 3)
        discord.back()
        await discord.eventually(lambda: rig.ears.hears)
        await answers_people(rig, ada)


async def test_a_stop_does_not_wait_for_a_gateway_that_is_away(discord: Discord, on: Settings) -> None:
    async with discord_rig(discord, on) as rig:
        discord.away()
        await discord.eventually(lambda: not rig.ears.hears)
        begun = time.monotonic()
    assert time.monotonic() - begun < 4
    discord.back()


async def test_a_full_disk_is_told(discord: Discord, on: Settings, ada: Person, dm: Dm) -> None:
    async with discord_rig(discord, changed(on, spare_megabytes=1e9)):
        dm.say(ada, voice=VOICE)
        await discord.eventually(lambda: dm.answers and "disk is full" in dm.answers[0].text)


async def test_the_operator_reads_once_of_each_trouble() -> None:
    pauses = Pauses()
    waiting = backoff(pauses)
    with capture_logs() as logs:
        for error in (GatewayAway(), GatewayAway(), ConnectionResetError("secret"), LoginFailure("secret")):
            await waiting.wait_out(error)
        waiting.are_over()
        await waiting.wait_out(GatewayAway())
    assert pauses.asked == [1.0, 2.0, 4.0, 300.0, 1.0]
    told = [(line["event"], line["error"]) for line in logs]
    assert told == [
        ("discord_not_reached", "GatewayAway"),
        ("discord_not_reached", "ConnectionResetError"),
        ("discord_does_not_know_the_token", "LoginFailure"),
        ("discord_not_reached", "GatewayAway"),
    ]
    assert "secret" not in str(logs)


async def test_who_the_bot_is_can_be_asked_without_listening(discord: Discord, on: Settings) -> None:
    found = await introduced(on.platforms["discord"])
    assert (found.name, found.application, found.sees_words) == ("earmark", discord.application_id, True)
    discord.away()
    with pytest.raises(DiscordDown):
        await introduced(on.platforms["discord"])
    discord.back()


def test_the_links_ask_for_exactly_what_is_needed() -> None:
    server, person = invite_links(42)
    assert server.endswith("client_id=42&scope=bot+applications.commands&permissions=274878024704&integration_type=0")
    assert person.endswith("client_id=42&scope=applications.commands&integration_type=1")
    assert {name for name, needed in PERMISSIONS if needed} == {
        "attach_files",
        "embed_links",
        "read_message_history",
        "read_messages",
        "send_messages",
        "send_messages_in_threads",
    }


def test_whoever_asked_may_press_and_moderators_where_others_see_it() -> None:
    place = Place(1, 2, guild=3, asker=4)
    private = Place(1, 2, guild=3, asker=4, ticket=Ticket("token", 0, private=True))
    nobody, moderator = Permissions.none(), Permissions(manage_messages=True)
    assert may_press(place, 4, nobody)
    assert may_press(place, 5, moderator)
    assert may_press(place, 5, Permissions(administrator=True))
    assert not may_press(place, 5, nobody)
    assert not may_press(private, 5, moderator)
    assert not may_press(Place(1, 2, asker=4), 5, moderator)


def test_channels_and_servers_are_set_up_by_those_who_manage_them() -> None:
    assert may_set_channel(Permissions(manage_channels=True))
    assert not may_set_server(Permissions(manage_channels=True))
    assert may_set_channel(Permissions(manage_guild=True))
    assert may_set_server(Permissions(administrator=True))
    assert not may_set_channel(Permissions(manage_messages=True))
