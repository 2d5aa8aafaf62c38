"""Telegram as a plug-in. It loads fast: python-telegram-bot is imported when the platform is used."""

from contextlib import AbstractAsyncContextManager
from typing import Annotated

import typer

from adapters.telegram.configuration import TelegramSettings
from bot.chat.plugin import Advice, CommandLine, Deployment, OpenPlatform, PlatformHost, PlatformPlugin
from bot.domain.money import Micros, dollars


def _is_on(settings: TelegramSettings) -> bool:
    return bool(settings.token.get_secret_value())


def _open(settings: TelegramSettings, host: PlatformHost) -> AbstractAsyncContextManager[OpenPlatform]:
    from adapters.telegram.opening import open_telegram

    return open_telegram(settings, host)


async def _check(settings: TelegramSettings, deployment: Deployment) -> str:
    """Ask only who the bot is: that disturbs no process that takes its updates."""
    from adapters.telegram.opening import introduced, open_bot

    if settings.star and deployment.is_free:
        raise Advice("EARMARK_TELEGRAM_STAR needs EARMARK_PLAN=prepaid or allowance: nobody pays in the open plan")
    async with open_bot(settings) as bot:
        me = await introduced(bot)
    hidden = "" if me.can_read_all_group_messages else "; groups must make it an admin, or BotFather's /setprivacy off"
    return f"@{me.username} answers{hidden}"


def _commands(line: CommandLine[TelegramSettings]) -> typer.Typer:
    group = typer.Typer(help="The Telegram bot.", no_args_is_help=True)

    @group.command()
    def refund(
        charge: Annotated[str, typer.Argument(help="Telegram's id of the payment, as the payer's receipt shows it.")],
    ) -> None:
        """Pay a payment in Stars back, and take its amount from the payer's balance."""
        taken = line.completed(_refunded(line, charge))
        line.show(f"Refunded: {dollars(taken)} was taken from the balance.")

    return group


async def _refunded(line: CommandLine[TelegramSettings], charge: str) -> Micros:
    from adapters.telegram.refunds import refund_stars

    settings = line.settings()
    async with line.payments() as payments:
        return await refund_stars(settings, payments, charge)


TELEGRAM = PlatformPlugin("telegram", TelegramSettings, _is_on, _open, _check, _commands)
