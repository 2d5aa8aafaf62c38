"""Messages to users of Discord who did not ask for anything."""

from adapters.discord.pages import plain
from adapters.discord.places import PLATFORM
from adapters.discord.sending import Sender
from bot.domain.errors import Undelivered
from bot.domain.identity import Identity


class DiscordNotifier:
    """Implements bot.domain.ports.Notifier for users who share a server with the bot, or have it installed."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def tell(self, person: str, words: str) -> None:
        found = Identity.parse(person)
        if found.platform != PLATFORM or not found.id.isdecimal():
            raise Undelivered(reason="no-user")
        await self._sender.write_to(int(found.id), plain(words))
