"""Events and messages that discord.py cannot parse are skipped; all beside them, and all that was missed, is read."""

from typing import Any

from structlog.testing import capture_logs

from adapters.discord.places import channel_owner
from bot.people.preferences import Choice
from bot.settings import Settings
from tests.doubles.discord.server import Discord, Dm, Guild, Person
from tests.helpers.discord import discord_rig
from tests.helpers.discord_gateway import takes_all, texts
from tests.helpers.paths import SAMPLES

VOICE = SAMPLES / "voice-note.ogg"
POISON = {"components": None, "embeds": None}
OF_THE_FORM = {
    "2": {"description": {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be between 1 and 100."}]}}
}


def skipped(logs: list[Any], event: str) -> list[Any]:
    return [line for line in logs if line["event"] == event]


async def test_a_message_that_cannot_be_parsed_ends_no_connection_and_is_told_by_its_id_alone(
    discord: Discord, on: Settings, ada: Person, dm: Dm
) -> None:
    async with discord_rig(discord, on) as rig:
        with capture_logs() as logs:
            said = dm.say(ada, "a secret", voice=VOICE, poison=POISON)
            dm.say(ada, voice=VOICE)
            await rig.answers(dm)
        assert len(discord.sessions) == 1
        assert discord.sessions[0].resumes == 0
        [told] = skipped(logs, "discord_event_skipped")
        assert (told["kind"], told["id"], told["channel_id"]) == ("MESSAGE_CREATE", said.id, dm.id)
        assert "secret" not in str(logs)


async def test_a_server_that_cannot_be_parsed_keeps_nobody_else_unheard(
    discord: Discord, on: Settings, ada: Person, guild: Guild, dm: Dm
) -> None:
    discord.poison["GUILD_CREATE"] = {"roles": None}
    with capture_logs() as logs:
        async with discord_rig(discord, on) as rig:
            dm.say(ada, voice=VOICE)
            await rig.answers(dm)
    assert len(discord.sessions) == 1
    assert [line["id"] for line in skipped(logs, "discord_event_skipped")] == [guild.id]


async def test_one_message_that_cannot_be_parsed_costs_no_other_of_its_page(
    discord: Discord, on: Settings, ada: Person, guild: Guild
) -> None:
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
    channel.say(ada, voice=VOICE)
    said = channel.say(ada, "a secret", voice=VOICE, poison=POISON)
    channel.say(ada, voice=VOICE)
    with capture_logs() as logs:
        async with discord_rig(discord, on) as rig:
            await rig.answers(channel, 2)
            await rig.caught_up()
            assert not [pause for pause in rig.pauses.asked if pause >= 30], "nothing is read again for it"
    [told] = skipped(logs, "discord_message_skipped")
    assert (told["id"], told["channel_id"]) == (said.id, channel.id)
    assert "secret" not in str(logs)
    assert not skipped(logs, "something_is_left_out")


async def test_a_mention_is_answered_afterwards_though_its_channel_takes_nothing_by_itself(
    discord: Discord, on: Settings, ada: Person, guild: Guild
) -> None:
    asked, closed = guild.channel("asked"), guild.channel("closed")
    async with discord_rig(discord, on) as rig:
        await rig.choose(channel_owner(closed.id), Choice.MODE, "off")
        await rig.caught_up()
    asked.say(ada, voice=VOICE)
    asked.say(ada, files=[VOICE], mentions_bot=True)
    answered = asked.say(ada, voice=VOICE)
    asked.say(ada, "this one", answers=answered, mentions_bot=True)
    closed.say(ada, files=[VOICE], mentions_bot=True)
    async with discord_rig(discord, on) as rig:
        await rig.answers(asked, 2)
        await rig.caught_up()
        await rig.idle()
        assert (texts(asked), len(asked.answers), len(closed.answers)) == (2, 2, 0)


async def test_a_channel_is_read_though_discord_tells_of_an_old_last_message(
    discord: Discord, on: Settings, ada: Person, guild: Guild
) -> None:
    channel = guild.channel("all")
    async with discord_rig(discord, on) as rig:
        await takes_all(rig, channel)
        await rig.caught_up()
    channel.say(ada, voice=VOICE)
    channel.last_message = 1
    async with discord_rig(discord, on) as rig:
        await rig.answers(channel)


async def test_refused_commands_are_told_once_with_their_field_and_the_service_is_ready(
    discord: Discord, on: Settings, ada: Person, dm: Dm
) -> None:
    discord.fail("PUT", "/commands$", 400, 50035, "Invalid Form Body", times=1000, errors=OF_THE_FORM)
    with capture_logs() as logs:
        async with discord_rig(discord, on, deaf=True) as rig:
            await discord.eventually(lambda: rig.pauses.asked.count(3600.0) > 2, 20)
            discord.close(4011)
            await discord.eventually(lambda: len(discord.sessions) == 2 and discord.connected)
            dm.say(ada, voice=VOICE)
            await rig.answers(dm)
            assert "commands not synced" in (await rig.service.readiness.check())["discord"]
    [told] = skipped(logs, "discord_commands_refused")
    assert "description" in told["detail"]
    assert "Must be between 1 and 100." in told["detail"]
    assert told["code"] == 50035
