"""Notes: key, media reference, options, state, progress and end. Seconds are floats, sizes bytes, times UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid5

from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.transcript import Transcript

_NOTES = UUID("5d6a7f0e-3c55-4f0e-9a53-0f2f7f0f7a11")
AUTO = "auto"
FILE_FORMS = ("txt", "srt", "vtt", "docx")
"""The kinds of files that a text can be had as."""
FORMATS = ("text", "times", *FILE_FORMS)
"""How a text comes: in the message; there with times; or as a file."""
MOST_SPEAKERS = 32
"""How many somebody may say that there are."""


class NoteState(StrEnum):
    """Where a note stands. The last three are final."""

    ACCEPTED = "accepted"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (NoteState.DONE, NoteState.FAILED, NoteState.CANCELLED)


FINAL = [state.value for state in NoteState if state.is_final]
"""The final states, as they stand in the database."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """What makes a note the same note, however often its platform sends it."""

    platform: str
    bot: str
    """Which of the platform's bots took it, since message ids are unique to a bot."""
    chat: str
    message: str

    @property
    def id(self) -> str:
        """A stable id: the same key always gives the same one."""
        return str(uuid5(_NOTES, "\x1f".join((self.platform, self.bot, self.chat, self.message))))


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where an adapter finds the sound of a note again. It is stored, so it never holds a secret."""

    locator: str
    """The platform's own handle: a file id, an attachment id, an absolute path."""
    name: str = ""
    mime: str = ""
    bytes: int | None = None
    seconds: float | None = None
    """As the sender claims; never trusted."""
    identity: str = ""
    """The platform's id of the file, the same whoever sends it, after the platform's name; "" if it has none."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, frozen when the note is accepted."""

    model: str
    language: str = AUTO
    """An ISO 639-1 code, or "auto"."""
    speakers: bool = False
    speaker_count: int | None = None
    events: bool = False
    """Whether laughter, music and the like are to be written down too."""
    ask_above: Micros | None = None
    """Above this price the sender is asked first; None: never."""
    format: str = "text"
    """How the text comes on chat platforms: one of FORMATS."""

    @property
    def result(self) -> tuple[object, ...]:
        """All that makes one transcript of a recording another than the next."""
        return (self.model, self.language, self.speakers, self.speaker_count, self.events)


@dataclass(frozen=True, slots=True)
class Note:
    """One voice note that a person sent: who, where, which sound, what they asked for."""

    key: NoteKey
    user: str
    """Whose it is: "platform:id"."""
    media: MediaRef
    options: Options
    details: Mapping[str, str] = field(default_factory=dict)
    """What only the platform's adapter understands (a thread, a reply); small and plain."""
    place: str = ""
    """The group that it was said in, as an identity; "": it is between one person and the bot."""
    payer: str = ""
    """Who pays, as an identity; "": whose it is."""

    @property
    def id(self) -> str:
        return self.key.id

    @property
    def paid_by(self) -> str:
        return self.payer or self.user


@dataclass(frozen=True, slots=True)
class Ticket:
    """A provider's promise of a transcript that is still being made: all that is needed to ask for it."""

    body: Mapping[str, object]
    """Plain JSON, as the provider gave it and wants it back."""
    cost: Micros | None = None
    """What was charged already, where the provider says so; once it is stored and read back else what was quoted."""


class Stage(StrEnum):
    """What a note's workflow is doing, for people who wait."""

    QUEUED = "queued"
    WAITING = "waiting"
    """For something that a person or the clock must bring: see Progress.why."""
    ASKING = "asking"
    """Its sender whether the price is right: see Progress.price."""
    FETCHING = "fetching"
    PREPARING = "preparing"
    TRANSCRIBING = "transcribing"
    DELIVERING = "delivering"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a note is: real, never guessed. `fraction` is 0 to 1, or None where nobody knows."""

    stage: Stage
    fraction: float | None = None
    why: str = ""
    """What a WAITING note waits for, in a sentence for its sender."""
    place: int | None = None
    """How many notes are before a QUEUED one, its own included."""
    price: Micros | None = None
    """What an ASKING note would cost, or a TRANSCRIBING one will at most; None where that is nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A note's happy end, as an adapter delivers it."""

    transcript: Transcript
    charged: Micros
    """What the user paid."""
    plan: Plan
    available: Micros
    """What is left to spend after it; in the open plan 0."""
    known: bool = False
    """Whether the text was there already, from the same recording: then nothing is charged."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Other names for its speakers, as somebody gave them: {"Speaker 1": "Ada"}."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A note's other end: one sentence that says why, and what to do."""

    code: str
    sentence: str


Reply = Answer | Refusal
