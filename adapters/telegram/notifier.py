"""What people are told on Telegram who did not ask for anything."""

from adapters.telegram.pages import plain
from adapters.telegram.places import Place, person_of
from adapters.telegram.sending import Sender
from bot.domain.errors import Undelivered


class TelegramNotifier:
    """Implements bot.domain.ports.Teller. Telegram lets a bot write to those alone who wrote to it before."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def tell(self, person: str, words: str) -> None:
        number = person_of(person)
        if number is None:
            raise Undelivered(reason="no-user")
        await self._sender.post(Place(chat=number, message=0, asker=number), plain(words))
