"""The connection to Discord, and its faults: no message is lost, and none is answered twice."""

import asyncio

import pytest
from pydantic import SecretStr

from adapters.discord import backfill
from bot.domain.errors import BadSettings
from bot.settings import Settings
from tests.doubles.discord.server import Discord, Dm, Guild, Person
from tests.helpers.discord import Home, discord_rig
from tests.helpers.discord_gateway import VOICE, answers_people, takes_all, texts
from tests.helpers.settings import changed


async def test_a_token_that_discord_does_not_know_is_told_at_the_start(discord: Discord, on: Settings) -> None:
    token = discord.token[:-4] + "abcd"
    with pytest.raises(BadSettings, match="Discord does not know EARMARK_DISCORD_TOKEN") as told:
        async with discord_rig(discord, changed(on, discord_token=SecretStr(token))):
            pass
    assert token not in str(told.value)
    with pytest.raises(BadSettings, match="EARMARK_DISCORD_TOKEN is no token"):
        async with discord_rig(discord, changed(on, discord_token=SecretStr("secret"))):
            pass


async def test_a_start_without_network_or_while_discord_is_down_goes_on_until_it_answers(
    discord: Discord, on: Settings, ada: Person
) -> None:
    discord.away()
    async with discord_rig(discord, on, deaf=True) as rig:
        await discord.eventually(lambda: rig.pauses.asked)
        assert not rig.ears.listening.is_set()
        discord.fail("GET", "/users/@me$", status=503, times=2)
        discord.fail("GET", "/gateway/bot$", status=503)
        discord.back()
        await asyncio.wait_for(rig.ears.listening.wait(), 20)
        assert rig.pauses.asked[:3] == [1.0, 2.0, 4.0]
        await answers_people(rig, ada)


async def test_without_the_message_content_intent_all_works_but_what_nobody_asked_for(
    discord: Discord, on: Settings, ada: Person, dm: Dm, guild: Guild
) -> None:
    discord.intents_allowed.clear()
    channel = guild.channel("talk")
    async with discord_rig(discord, on) as rig:
        assert "message_content" not in discord.sessions[-1].intents
        await takes_all(rig, channel)
        said = channel.say(ada, voice=VOICE)
        dm.say(ada, voice=VOICE)
        channel.say(ada, files=[VOICE], mentions_bot=True)
        await rig.answers(dm)
        await rig.answers(channel)
        channel.say(ada, "and this", answers=said, mentions_bot=True)
        await Home(rig, guild).says(channel, "mention-unseen")
        assert len(channel.answers) == 2
        use = ada.menu("Transcribe", said)
        await Home(rig, guild).response(use)


async def test_an_intent_that_discord_refuses_after_all_is_done_without(
    discord: Discord, on: Settings, ada: Person
) -> None:
    def switch_off(moment: str) -> None:
        if moment == "after GET /gateway/bot":
            discord.intents_allowed.clear()

    discord.moment = switch_off
    async with discord_rig(discord, on) as rig:
        assert "message_content" not in discord.sessions[-1].intents
        await answers_people(rig, ada)


async def test_what_is_said_while_the_connection_is_broken_comes_when_it_is_resumed(
    discord: Discord, on: Settings, ada: Person, dm: Dm
) -> None:
    async with discord_rig(discord, on) as rig:
        for times, breaks in enumerate((discord.cut, lambda: discord.close(4000), discord.ask_reconnect), 1):
            breaks()
            dm.say(ada, voice=VOICE)
            await rig.answers(dm, times)
            await discord.eventually(lambda: discord.connected)
        await discord.eventually(lambda: discord.sessions[-1].resumes == 3)
        assert len(discord.sessions) == 1
        assert len(dm.answers) == 3


async def test_what_was_lost_with_a_session_is_read_afterwards(
    discord: Discord, on: Settings, ada: Person, dm: Dm, guild: Guild
) -> None:
    channel, asked = guild.channel("all"), guild.channel("asked")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        dm.say(ada, voice=VOICE)
        await rig.answers(dm)
        discord.lose_events(4, "MESSAGE_CREATE")
        dm.say(ada, voice=VOICE)
        dm.say(ada, "did you get that?")
        channel.say(ada, voice=VOICE)
        asked.say(ada, voice=VOICE)
        discord.invalidate()
        await rig.answers(dm, 2)
        await rig.answers(channel)
        assert len(discord.sessions) == 2
        assert 5.0 in rig.pauses.asked  # between two sessions
        await rig.caught_up()
        assert (len(dm.answers), len(channel.answers), len(asked.answers)) == (2, 1, 0)


async def test_after_a_restart_what_was_said_meanwhile_is_taken_once(
    discord: Discord, on: Settings, ada: Person, dm: Dm, guild: Guild
) -> None:
    channel, voice, hidden = guild.channel("all"), guild.voice("Lounge"), guild.channel("hidden")
    thread = channel.thread("more")
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        await takes_all(rig, channel, voice, hidden)
        dm.say(ada, voice=VOICE)
        channel.say(ada, voice=VOICE)
        await rig.answers(dm)
        await rig.answers(channel)
    discord.clock_ahead = -25 * 3600
    dm.say(ada, voice=VOICE)
    discord.clock_ahead = 0
    hidden.deny("read_message_history")
    hidden.say(ada, voice=VOICE)
    for place in (dm, channel, voice, thread):
        place.say(ada, voice=VOICE)
    invalid = discord.invalid_requests
    async with discord_rig(discord, on) as rig:
        for place, number in ((dm, 2), (channel, 2), (voice, 1), (thread, 1)):
            await rig.answers(place, number)
        await rig.caught_up()
        await rig.idle()
        assert [texts(place) for place in (dm, channel, voice, thread, hidden)] == [2, 2, 1, 1, 0]
    assert discord.invalid_requests == invalid


async def test_a_channel_is_read_page_by_page_also_where_one_cannot_be_read_just_now(
    discord: Discord, on: Settings, ada: Person, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 2)
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        await takes_all(rig, channel)
    for _ in range(5):
        channel.say(ada, voice=VOICE)
    discord.fail("GET", rf"/channels/{channel.id}/messages", status=403, code=40333, times=4)  # no way to it
    async with discord_rig(discord, on) as rig:
        await rig.answers(channel, 5)
        await rig.caught_up()
        assert texts(channel) == 5
