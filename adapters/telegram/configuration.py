"""The settings of Telegram. The module loads fast, as the command line reads settings at each start."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, SecretStr

from bot.support.settings_section import DollarsOrNone, Section, WebAddressOrEmpty, described


def _check_bot_address(url: str) -> str:
    """Refuse an address that does not end where the token begins, which is appended to it."""
    if url and not url.endswith("/bot"):
        raise ValueError("it must end with /bot")
    return url


BotAddressOrEmpty = Annotated[WebAddressOrEmpty, AfterValidator(_check_bot_address)]


class TelegramSettings(Section):
    """The bot, its Bot API server, and payments in Stars."""

    prefix: ClassVar[str] = "telegram_"

    token: Annotated[SecretStr, described("Bot token from BotFather.")] = SecretStr("")
    base_url: Annotated[
        BotAddressOrEmpty, described("URL of your own Bot API server, such as http://127.0.0.1:8081/bot.")
    ] = ""
    base_file_url: Annotated[
        BotAddressOrEmpty,
        described("File URL of that server, such as http://127.0.0.1:8081/file/bot. Empty: derived from the base URL."),
    ] = ""
    local_mode: Annotated[
        bool,
        described("Set to true if that server runs with --local on this machine: files of up to 2 GB, read from disk."),
    ] = False
    webhook: Annotated[
        bool, described("Receive updates by webhook at EARMARK_PUBLIC_URL/telegram instead of polling.")
    ] = False
    star: Annotated[
        DollarsOrNone,
        described("Dollars that one Telegram Star adds to a balance. Empty: no payments in Stars."),
    ] = None
