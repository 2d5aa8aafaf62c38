"""Sessions of Discord's gateway: few are begun, and an old one is resumed if Discord still has it."""

import asyncio
import time
from datetime import timedelta

from structlog.testing import capture_logs

from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.discord.server import Discord, Person
from tests.helpers.discord import DiscordRig, discord_rig

FATAL = 4011
"""A code after which a session cannot be resumed, and discord.py gives up."""
GROWING = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]


async def answers(rig: DiscordRig, person: Person) -> None:
    """Check that a user is answered."""
    dm = rig.discord.dm(person)
    before = len(dm.answers)
    dm.say(person, "hello")
    await rig.discord.eventually(lambda: len(dm.answers) > before, 20)


async def begins(discord: Discord, number: int) -> None:
    """Wait for a session, by its number."""
    await discord.eventually(lambda: len(discord.sessions) >= number and discord.connected)


async def test_sessions_that_end_at_once_are_begun_ever_more_seldom(
    discord: Discord, on: Settings, ada: Person
) -> None:
    discord.closing = FATAL
    async with discord_rig(discord, on, deaf=True) as rig:
        await discord.eventually(lambda: GROWING[-1] in rig.pauses.asked, 20)
        asked = iter(rig.pauses.asked)  # others wait meanwhile, as for the list of commands
        assert all(pause in asked for pause in GROWING), "each after the one before"
        discord.closing = None
        await rig.caught_up()
        await answers(rig, ada)


async def test_the_pause_grows_on_until_a_session_was_good_for_minutes(discord: Discord, on: Settings) -> None:
    ahead = timedelta()
    async with discord_rig(discord, on, clock=lambda: now() + ahead) as rig:
        for number in range(1, 4):
            await rig.caught_up()  # a session that just begins is begun anew by discord.py itself
            discord.close(FATAL)
            await begins(discord, number + 1)
        assert [one for one in rig.pauses.asked if one in GROWING[:3]] == GROWING[:3]
        await rig.caught_up()
        rig.pauses.asked.clear()
        ahead = timedelta(minutes=6)
        discord.close(FATAL)
        await begins(discord, 5)
        assert 1.0 in rig.pauses.asked
        assert 8.0 not in rig.pauses.asked


async def test_a_session_that_discord_ends_again_and_again_is_left_to_the_growing_pauses(
    discord: Discord, on: Settings, ada: Person
) -> None:
    async with discord_rig(discord, on) as rig:
        with capture_logs() as logs:
            for number in range(1, 6):
                discord.invalidate()
                await begins(discord, number + 1)
        assert [line["event"] for line in logs if line["event"] == "discord_sessions_too_fast"]
        assert 1.0 in rig.pauses.asked
        await answers(rig, ada)


async def test_no_session_is_begun_when_nearly_all_of_the_day_are_used_up(
    discord: Discord, on: Settings, ada: Person
) -> None:
    discord.sessions_used = discord.limits.sessions - 22
    async with discord_rig(discord, on) as rig:
        discord.close(FATAL)
        await discord.eventually(lambda: len(discord.sessions) == 2)
        with capture_logs() as logs:
            discord.close(FATAL)
            await discord.eventually(lambda: rig.pauses.asked.count(discord.limits.sessions_seconds) > 5)
        assert len(discord.sessions) == 2
        [told] = [line for line in logs if line["event"] == "discord_sessions_used_up"]
        assert told["log_level"] == "error"
        state = rig.report.state
        assert state.sessions is not None
        assert (state.sessions.left, state.sessions.total) == (20, 1000)
        discord.sessions_used = 0
        await discord.eventually(lambda: discord.connected)
        await answers(rig, ada)


async def test_a_start_begins_no_session_of_the_operator_s_last_ones(discord: Discord, on: Settings) -> None:
    discord.sessions_used = discord.limits.sessions - 10
    async with discord_rig(discord, on, deaf=True) as rig:
        await discord.eventually(lambda: discord.limits.sessions_seconds in rig.pauses.asked)
        assert not discord.sessions


async def test_a_session_is_resumed_though_the_first_attempts_do_not_reach_discord(
    discord: Discord, on: Settings, ada: Person
) -> None:
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        discord.away()
        await asyncio.sleep(0.5)
        discord.back()
        await discord.eventually(lambda: discord.connected, 20)
        assert len(discord.sessions) == 1
        assert discord.sessions[0].resumes == 1
        await answers(rig, ada)


async def test_a_stop_does_not_wait_for_a_gateway_that_takes_a_connection_and_says_nothing(
    discord: Discord, on: Settings
) -> None:
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        discord.says_hello = False
        discord.cut()
        await discord.eventually(lambda: not rig.ears.hears)
        await asyncio.sleep(0.3)  # discord.py waits for the first word of the gateway
        begun = time.monotonic()
    assert time.monotonic() - begun < 5


async def test_the_state_tells_of_the_connection_and_of_the_last_update(
    discord: Discord, on: Settings, ada: Person
) -> None:
    async with discord_rig(discord, on, deaf=True) as rig:
        await discord.eventually(lambda: rig.report.state.away_since is None and rig.report.state.commands_synced)
        before = rig.report.state.updated_at
        assert before is not None
        await answers(rig, ada)
        after = rig.report.state.updated_at
        assert after is not None
        assert after > before
        assert (await rig.service.readiness.check())["discord"].startswith("ok, last update 20")
        discord.away()
        await discord.eventually(lambda: rig.report.state.away_since is not None)
        discord.back()
        await discord.eventually(lambda: rig.report.state.away_since is None, 20)
