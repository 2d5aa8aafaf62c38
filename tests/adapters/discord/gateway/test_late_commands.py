"""Operators' commands that were typed to Discord's bot while it was away."""

import pytest

from bot.domain.billing import Plan
from bot.settings import Settings
from tests.doubles.discord.server import Discord, Dm, Person
from tests.helpers.discord import discord_rig, on_discord, plain

AWAY = "I was away when you sent /credit. If it is not done, send it again."


@pytest.fixture
def on(settings: Settings, discord: Discord, ada: Person) -> Settings:
    return on_discord(settings, discord, plan=Plan.PREPAID, owners=f"discord:{ada.id}")


def said(dm: Dm) -> list[str]:
    return [plain(seen.text) for seen in dm.answers]


async def test_a_command_that_came_while_the_bot_was_away_is_asked_for_again_once(
    discord: Discord, on: Settings, ada: Person, dm: Dm
) -> None:
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
    dm.say(ada, "/credit discord:77 5.00")
    for _ in range(2):
        discord.clock_ahead += 1000  # by now Discord has forgotten every nonce
        async with discord_rig(discord, on) as rig:
            await rig.caught_up()
            assert (await rig.service.core.ledger.statements.balance("discord:77")).balance == 0
        assert said(dm) == [AWAY]


async def test_a_command_that_was_answered_is_not_answered_again_after_a_restart(
    discord: Discord, on: Settings, ada: Person, dm: Dm
) -> None:
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
        dm.say(ada, "/credit discord:77 5.00")
        await discord.eventually(lambda: dm.answers)
        await rig.obeyed()
    discord.clock_ahead += 1000
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
    assert said(dm) == ["$5.00 added: discord:77 has $5.00 to spend."]


async def test_no_other_user_reads_of_such_a_command(discord: Discord, on: Settings) -> None:
    bea = discord.person("Bea")
    dm = discord.dm(bea)
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
    dm.say(bea, "/credit discord:77 5.00")
    async with discord_rig(discord, on) as rig:
        await rig.caught_up()
    assert said(dm) == []
