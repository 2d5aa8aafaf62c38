"""Places in Telegram, the user who asks there, and all that the handlers of updates may reach."""

from dataclasses import dataclass

from bot.domain.identity import Identity
from bot.domain.note import ASKER_ALONE, READERS, Note, NoteKey

PLATFORM = "telegram"


@dataclass(frozen=True, slots=True)
class Place:
    """One message of one chat, and the language of the user who waits for its answer."""

    chat: int
    """0 if only a guest query leads there."""
    message: int
    """The message that holds the sound; the answer replies to it."""
    thread: int | None = None
    """The forum topic."""
    business: str = ""
    """The business connection that the chat belongs to."""
    guest: str = ""
    """The guest query that is to be answered, once."""
    locale: str = "en"
    asker: int = 0
    """The user who may press the buttons; 0: the admins of the chat."""
    private: bool = True
    """If true, the chat is one user's."""
    direct: int = 0
    """The topic of a user who writes to a channel directly; 0: the chat is not a channel's direct messages."""

    @property
    def group(self) -> str:
        """Return the identity of the group or channel; "" for one user's chat, and without the bot in it."""
        return "" if self.private or self.guest or self.business else account_of(self.chat)

    def key(self, bot: int, again: str = "") -> NoteKey:
        """Return the note's key: message ids are unique in a chat of a bot, or of a business account.

        `again` tells another run of the same recording from the first.
        """
        chat = f"{self.business}:{self.chat}" if self.business else str(self.chat)
        message = self.guest or str(self.message)
        return NoteKey(PLATFORM, str(bot), f"guest:{chat}" if self.guest else chat, message + again)

    def details(self) -> dict[str, str]:
        """Return the place as it stands in Note.details."""
        return {
            "chat": str(self.chat),
            "message": str(self.message),
            "thread": "" if self.thread is None else str(self.thread),
            "business": self.business,
            "guest": self.guest,
            "tongue": self.locale,
            "asker": str(self.asker),
            "private": "yes" if self.private else "no",
            "direct": str(self.direct),
            READERS: ASKER_ALONE if self.direct else "all",
        }


def place_of(note: Note) -> Place:
    """Return the place that a note's details tell of."""
    told = note.details
    return Place(
        chat=int(told["chat"]),
        message=int(told["message"]),
        thread=int(told["thread"]) if told["thread"] else None,
        business=told["business"],
        guest=told["guest"],
        locale=told["tongue"],
        asker=int(told["asker"]),
        private=told["private"] == "yes",
        direct=int(told.get("direct", "0")),  # notes of earlier releases have none
    )


@dataclass(frozen=True, slots=True)
class Handle:
    """Telegram's name of a message that the bot posted: chat and number, or the id of a guest's inline message."""

    chat: int = 0
    message: int = 0
    business: str = ""
    inline: str = ""

    def __str__(self) -> str:
        return f"inline:{self.inline}" if self.inline else f"{self.chat}:{self.message}:{self.business}"

    @staticmethod
    def parse(text: str) -> "Handle":
        if text.startswith("inline:"):
            return Handle(inline=text.removeprefix("inline:"))
        chat, message, business = text.split(":", 2)
        return Handle(int(chat), int(message), business)


def account_of(person: int) -> str:
    """Return the account of a user, or of a chat (whose numbers are negative)."""
    return f"{PLATFORM}:{person}"


def person_of(account: str) -> int | None:
    """Return the user of an account; None for another platform's, or a chat's."""
    found = Identity.parse(account)
    return int(found.id) if found.platform == PLATFORM and found.id.isdecimal() else None
