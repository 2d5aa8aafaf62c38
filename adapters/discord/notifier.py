"""Messages to users of Discord who did not ask for anything."""

from adapters.discord.pages import plain
from adapters.discord.places import PLATFORM
from adapters.discord.sending import Sender
from bot.domain.errors import Undelivered


class DiscordNotifier:
    """Implements bot.domain.ports.Notifier for users who share a server with the bot, or have it installed."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def tell(self, person: str, words: str) -> None:
        platform, _, number = person.partition(":")
        if platform != PLATFORM or not number.isdecimal():
            raise Undelivered(reason="no-user")
        await self._sender.write_to(int(number), plain(words))
