"""The settings of Discord. The module loads fast, as the command line reads settings at each start."""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from bot.support.settings_section import Section, WebAddressOrEmpty, described


def _check_gateway(url: str) -> str:
    if url and (urlsplit(url).scheme not in ("ws", "wss") or not urlsplit(url).hostname):
        raise ValueError("it must be an address such as wss://gateway.example.org")
    return url.rstrip("/")


class DiscordSettings(Section):
    """The bot, and proxies of Discord."""

    prefix: ClassVar[str] = "discord_"

    token: Annotated[SecretStr, described("Token of your Discord application's bot.")] = SecretStr("")
    api_url: Annotated[
        WebAddressOrEmpty,
        described("URL of a proxy of Discord's REST API, such as http://127.0.0.1:8080/api/v10."),
    ] = ""
    gateway_url: Annotated[
        str,
        AfterValidator(_check_gateway),
        described("URL of a proxy of Discord's gateway, such as ws://127.0.0.1:7878."),
    ] = ""
