"""One service on Telegram and on Discord at once, and its texts there."""

from pathlib import Path

from bot.chat.command_table import OPERATOR_COMMANDS
from bot.service.serve import serve
from bot.settings import Settings
from tests.doubles.discord.server import Discord
from tests.doubles.telegram.server import BotApi
from tests.helpers.discord import on_discord
from tests.helpers.telegram import on_telegram

ONLY_TELEGRAM = {"start", "topup", "paysupport"}
"""Telegram begins chats with a command, and its Stars are its own."""
ONLY_DISCORD = {"setup"}
"""A Discord server is many channels; a group of Telegram's is one chat, and /settings is its own there."""


async def test_both_platforms_show_the_commands_of_one_table_with_the_same_words(
    settings: Settings, tmp_path: Path
) -> None:
    with BotApi() as telegram, Discord() as discord:
        olga = telegram.person("Olga", language="en")
        telegram.private(olga, started=True)
        more = {"telegram_star": "0.01", "plan": "prepaid", "owners": f"telegram:{olga.id}", "api_bind": ""}
        both = on_discord(on_telegram(settings, telegram), discord, model="", **more)
        async with serve(both) as rig:
            await discord.eventually(lambda: discord.commands)
            await telegram.eventually(lambda: len(telegram.commands) == 16)
            bot = telegram.bot["username"]
            assert rig.announcements == [
                f"@{bot} answers on Telegram: https://t.me/{bot}",
                "earmark answers on Discord; `earmark discord invite` shows how it comes into a server.",
            ]
        there = [
            (name, says)
            for (_, language), commands in telegram.commands.items()
            for name, says in dict(commands).items()
            if language == ""
        ]
    here = {one["name"]: one["description"] for one in discord.commands if one.get("type", 1) == 1}
    assert dict(there).keys() - here.keys() == ONLY_TELEGRAM | {*OPERATOR_COMMANDS}, "Discord would show them to all"
    assert here.keys() - dict(there).keys() == ONLY_DISCORD
    assert all(here[name] == says for name, says in there if name in here)
