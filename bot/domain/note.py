"""Notes: key, media reference, options, state, progress and end. Seconds are floats, sizes bytes, times UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID, uuid5

from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError, Plain
from bot.domain.money import Micros
from bot.domain.plain_text import one_line
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait

_NOTES = UUID("5d6a7f0e-3c55-4f0e-9a53-0f2f7f0f7a11")
AUTO = "auto"
FILE_FORMS = ("txt", "srt", "vtt", "docx")
"""The kinds of files for a text."""
FORMATS = ("text", "times", *FILE_FORMS)
"""The forms of a text: in the message; there with times; or as a file."""
MOST_SPEAKERS = 32
"""The most speakers that a user may announce."""


class NoteState(StrEnum):
    """The state of a note. The last three are final."""

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
    """Identifies a note, however often its platform sends it."""

    platform: str
    bot: str
    """The platform's bot that took it, since message ids are unique to a bot."""
    chat: str
    message: str

    @property
    def id(self) -> str:
        """Return a stable id: the same key always gives the same one."""
        return str(uuid5(_NOTES, "\x1f".join((self.platform, self.bot, self.chat, self.message))))


@dataclass(frozen=True, slots=True)
class MediaRef:
    """The handle by which an adapter finds a note's sound again. It is stored, so it never holds a secret."""

    locator: str
    """The platform's own handle: a file id, an attachment id, an absolute path."""
    name: str = ""
    mime: str = ""
    bytes: int | None = None
    seconds: float | None = None
    """As the sender claims; never trusted."""
    identity: str = ""
    """The platform's id of the file, the same for all senders, after the platform's name; "" if it has none."""
    has_many_ids: bool = False
    """If true, the platform gives the same file a new id with each upload: then the hash of its sound counts too."""

    def __post_init__(self) -> None:
        """Drop control characters from what the sender wrote, whichever platform or release it came from."""
        object.__setattr__(self, "name", one_line(self.name))
        object.__setattr__(self, "mime", one_line(self.mime))


READERS, ASKER_ALONE = "eyes", "one"
"""Key and value in a note's details, if the asker alone reads the answer in a chat of many."""
_LARGEST = 2**53


def claimed_bytes(number: int | None) -> int | None:
    """Return a size that a sender claims; None if no file can have it."""
    return number if number is not None and 0 <= number < _LARGEST else None


def claimed_seconds(number: float | None) -> float | None:
    """Return a length that a sender claims; None if no recording can have it."""
    return number if number is not None and 0 <= number < _LARGEST else None


class Channels(StrEnum):
    """The use of the channels of a recording. Only the embedded engine transcribes channels by themselves."""

    AUTO = "auto"
    """Apart if they differ as those of two microphones do, else mixed."""
    MIX = "mix"
    """All of them together."""
    SPLIT = "split"
    """Each by itself: a channel is a speaker."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a note, frozen when it is accepted."""

    model: str
    language: str = AUTO
    """An ISO 639-1 code, or "auto"."""
    speakers: bool = False
    speaker_count: int | None = None
    events: bool = False
    """True: laughter, music and the like are written down too."""
    ask_above: Micros | None = None
    """Above this price the sender is asked first; None: never."""
    format: str = "text"
    """The form of the text on chat platforms: one of FORMATS."""
    translate: bool = False
    """True: the text is wanted in English, whatever is spoken."""
    vocabulary: tuple[str, ...] = ()
    """Names and terms that may be spoken, as they are to be written."""
    prompt: str = ""
    """Words that come before the recording, as a context of its style and spelling."""
    channels: Channels = Channels.AUTO

    def __post_init__(self) -> None:
        """Drop control characters and repeated terms; take the plain values of a stored row."""
        terms = dict.fromkeys(one_line(term) for term in self.vocabulary)
        object.__setattr__(self, "vocabulary", tuple(term for term in terms if term))
        object.__setattr__(self, "prompt", one_line(self.prompt))
        object.__setattr__(self, "channels", Channels(self.channels))

    @property
    def result(self) -> tuple[object, ...]:
        """Return the options that change the transcript of a recording."""
        return (
            self.model,
            self.language,
            self.speakers,
            self.speaker_count,
            self.events,
            self.translate,
            self.vocabulary,
            self.prompt,
            self.channels,
        )


@dataclass(frozen=True, slots=True)
class Note:
    """One recording that was accepted: its sender, place, sound and options."""

    key: NoteKey
    user: str
    """The sender, as "platform:id"."""
    media: MediaRef
    options: Options
    details: Mapping[str, str] = field(default_factory=dict)
    """Details for the platform's adapter alone (a thread, a reply); small and plain."""
    place: str = ""
    """The group of the chat, as an identity; "": a private chat."""
    payer: str = ""
    """The payer, as an identity; "": the sender."""

    @property
    def id(self) -> str:
        return self.key.id

    @property
    def is_public(self) -> bool:
        """Return True if the users of its chat can read its answer."""
        return bool(self.place) and self.details.get(READERS) != ASKER_ALONE

    def is_in_chat_of(self, other: "Note") -> bool:
        """Return True if both were taken in the same chat."""
        return replace(self.key, message="") == replace(other.key, message="")

    @property
    def paid_by(self) -> str:
        return self.payer or self.user


@dataclass(frozen=True, slots=True)
class Ticket:
    """A provider's promise of a transcript that is still being made: all that is needed to ask for it."""

    body: Mapping[str, object]
    """Plain JSON, as the provider gave it and wants it back."""
    cost: Micros | None = None
    """The amount charged already, if the provider tells it; after it was stored and read back, else the quote."""


class Stage(StrEnum):
    """The step of a note's workflow, for users who wait."""

    QUEUED = "queued"
    WAITING = "waiting"
    """For something that a person or the clock must bring: see Progress.wait."""
    ASKING = "asking"
    """Its sender whether the price is right: see Progress.price."""
    FETCHING = "fetching"
    PREPARING = "preparing"
    TRANSCRIBING = "transcribing"
    DELIVERING = "delivering"


@dataclass(frozen=True, slots=True)
class Progress:
    """A note's progress: real, never guessed. `fraction` is 0 to 1; None: unknown."""

    stage: Stage
    fraction: float | None = None
    wait: Wait | None = None
    """The reason of a WAITING note, and its end."""
    place: int | None = None
    """The place of a QUEUED note in the queue, from 1."""
    seconds_left: float | None = None
    """The estimated time until a TRANSCRIBING one has its text; None: unknown."""
    price: Micros | None = None
    """The price of an ASKING note, or the most that a TRANSCRIBING one costs; None: nothing."""
    owed: Micros | None = None
    """The price of what a provider has already, which is paid even if the note is cancelled; None: nothing."""
    heard: str = ""
    """The end of the text so far of a TRANSCRIBING note, in one line; "": none is to be shown."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The progress of a transcriber with a recording."""

    fraction: float | None = None
    """0 to 1; None: unknown."""
    before: int | None = None
    """Recordings whose turn is before, of one that is not begun; None: it is begun."""
    seconds_left: float | None = None
    """The estimated time until its end; None: unknown."""
    heard: str = ""
    """The end of the text so far, in one line: what was recognised may still change."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A note's happy end, as an adapter delivers it."""

    transcript: Transcript
    charged: Micros
    """The amount that the user paid."""
    plan: Plan
    available: Micros
    """The amount left to spend after it; in the open plan 0."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names that users gave its speakers: {"Speaker 1": "Ada"}."""
    cut_short: str = ""
    """Code of the error for which the rest was not transcribed; "": the text is whole."""


UNASKED = "unasked"
"""Key in the details of a note that no user asked for: its chat has all recordings transcribed."""
INSTEAD = "instead"
"""Key in the details of another run: the handle of the message whose place its placeholder takes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A note's other end: the code and the fields of the error that says why."""

    code: str
    fields: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def error(self) -> EarmarkError:
        return EarmarkError.from_json({"code": self.code, **self.fields})


Reply = Answer | Refusal
