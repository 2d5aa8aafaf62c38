"""Places of notes and their answers in Discord: everything that must survive a restart, as plain text."""

from dataclasses import dataclass, field

from bot.domain.identity import Identity, Kind
from bot.domain.note import ASKER_ALONE, READERS, Note, NoteKey

PLATFORM = "discord"
TICKET_SECONDS = 15 * 60
"""Time in which Discord takes answers to an interaction."""


def account_of(user: int) -> str:
    """Return the account of a user."""
    return f"{PLATFORM}:{user}"


def person_of(account: str) -> int | None:
    """Return the user of an account; None for another platform's, or a place's."""
    found = Identity.parse(account)
    is_user = found.platform == PLATFORM and found.kind is Kind.PERSON and found.id.isdecimal()
    return int(found.id) if is_user else None


def channel_owner(channel: int) -> str:
    """Return the identity whose choices hold in a channel, or a thread."""
    return f"{PLATFORM}:channel:{channel}"


def server_owner(guild: int) -> str:
    """Return the identity whose choices hold in all channels of a server; "" for 0, which is none."""
    return f"{PLATFORM}:server:{guild}" if guild else ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Discord's leave to answer one interaction for a quarter of an hour."""

    token: str = field(repr=False)
    until: int
    """End of the ticket, in seconds since 1970."""
    private: bool = False
    """If true, only the asker sees its answers."""
    first: bool = True
    """If true, the note has the interaction's own response, else a follow-up of its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """One message of one channel, and the language of the user who waits for its answer."""

    channel: int
    message: int = 0
    """The message that holds the sound, to which the answer replies; 0: the sound came with a command."""
    guild: int = 0
    """The server; 0: a chat of users."""
    asker: int = 0
    """The user who asked, and pays."""
    locale: str = "en"
    own: bool = False
    """If true, it is the chat of the asker and the bot."""
    ticket: Ticket | None = None
    """If an interaction asked for it."""
    link: str = ""
    """Address of the attachment that works for about a day, as Discord gave it."""
    recorded_in: int = 0
    """The channel of the message that holds the sound, if the answer goes to another one; 0: the same."""

    @property
    def private(self) -> bool:
        """Return True if only the asker may read the answer."""
        return self.own or (self.ticket is not None and self.ticket.private)

    @property
    def source(self) -> int:
        """Return the channel of the message that holds the sound."""
        return self.recorded_in or self.channel

    def key(self, bot: int, message: str) -> NoteKey:
        """Return the note's key. `message` tells it from every other note of its channel: "<message>/<n>" for the n-th
        attachment of a message, "i<interaction>/<n>" for what an interaction asked for."""
        return NoteKey(PLATFORM, str(bot), str(self.channel), message)

    def details(self) -> dict[str, str]:
        """Return the place as it stands in Note.details."""
        told = {
            "channel": str(self.channel),
            "message": str(self.message),
            "guild": str(self.guild),
            "asker": str(self.asker),
            "tongue": self.locale,
            "own": "yes" if self.own else "no",
            "link": self.link,
            "recorded_in": str(self.recorded_in),
        }
        if self.ticket is not None:
            told |= {
                "token": self.ticket.token,
                "until": str(self.ticket.until),
                READERS: ASKER_ALONE if self.ticket.private else "all",
                "first": "yes" if self.ticket.first else "no",
            }
        return told


def place_of(note: Note) -> Place:
    """Return the place that a note's details tell of."""
    told = note.details
    ticket = None
    if "token" in told:
        ticket = Ticket(told["token"], int(told["until"]), told[READERS] == ASKER_ALONE, told["first"] == "yes")
    return Place(
        channel=int(told["channel"]),
        message=int(told["message"]),
        guild=int(told["guild"]),
        asker=int(told["asker"]),
        locale=told["tongue"],
        own=told["own"] == "yes",
        ticket=ticket,
        link=told["link"],
        recorded_in=int(told["recorded_in"]),
    )


@dataclass(frozen=True, slots=True)
class Handle:
    """Discord's name of a message that the bot posted."""

    channel: int
    message: int
    ticket: Ticket | None = None
    """If it answers an interaction: as long as the ticket lasts, the message can be edited in any channel."""

    def __str__(self) -> str:
        spot = f"{self.channel}/{self.message}"
        if self.ticket is None:
            return spot
        audience = "one" if self.ticket.private else "all"
        return f"{spot}/{self.ticket.until}/{audience}/{self.ticket.token}"

    def is_at(self, other: "Handle") -> bool:
        """Return True for the same message, whatever leads there."""
        return (self.channel, self.message) == (other.channel, other.message)

    @staticmethod
    def parse(text: str) -> "Handle":
        channel, message, *rest = text.split("/", 4)
        if not rest:
            return Handle(int(channel), int(message))
        until, audience, token = rest
        return Handle(int(channel), int(message), Ticket(token, int(until), audience == "one"))
