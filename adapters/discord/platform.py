"""Discord as a plug-in. It loads fast: discord.py is imported when the platform is used."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from adapters.discord.configuration import DiscordSettings
from bot.chat.plugin import CommandLine, Deployment, OpenPlatform, PlatformHost, PlatformPlugin


def _is_on(settings: DiscordSettings) -> bool:
    return bool(settings.token.get_secret_value())


@asynccontextmanager
async def _open(settings: DiscordSettings, host: PlatformHost) -> AsyncIterator[OpenPlatform]:
    from adapters.discord.opening import open_discord

    async with open_discord(settings, host) as discord:
        yield discord


async def _check(settings: DiscordSettings, _: Deployment) -> str:
    """Ask only for the application's own facts: that disturbs no process that listens for it."""
    from adapters.discord.opening import introduced

    me = await introduced(settings)
    hidden = "" if me.sees_words else "; channels set to auto need the Message Content intent (developer portal, Bot)"
    return f"{me.name} answers, in {me.servers} server{'' if me.servers == 1 else 's'}{hidden}"


def _commands(line: CommandLine[DiscordSettings]) -> typer.Typer:
    group = typer.Typer(help="The Discord bot.", no_args_is_help=True)

    @group.command()
    def invite() -> None:
        """Print the two links by which the bot comes into a server, and to a user's own account."""
        from adapters.discord.opening import introduced, invite_links

        server, person = invite_links(line.completed(introduced(line.settings())).application)
        line.show(f"Into a server (by those who manage it):\n{server}\n")
        line.show(f"For your own account, to use it in every chat:\n{person}")

    return group


DISCORD = PlatformPlugin("discord", DiscordSettings, _is_on, _open, _check, _commands)
