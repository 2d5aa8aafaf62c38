"""One tree of errors. Each carries a stable code and typed fields, and can be stored and read back.

EarmarkError
 |- NotFound, BadMedia (Unreadable, Truncated, NoSound, UnsafeMedia, NoSpeech, TooLong, TooLarge, TooSlow;
 |                      LinkRefused and LinkDown in media/download.py)
 |- BadOptions (UnknownModel, UnknownFormat, UnknownLanguage, UnableModel)
 |- BudgetShort, DayShort, TooDear, RefundShort, PaymentUnknown
 |- BadUsage, NoAccess (NotAdmitted), Paused, CodeUnknown, NotLinked, BadVoice
 |- Cancelled (Discarded)
 |- ProviderError (ProviderDown, ProviderRefused, ProviderFailed, Unanswered, ModelMissing, EngineFailed, EngineDied,
 |                 Unloaded)
 |- Undelivered
 |- OperatorError (DiskFull, BadSettings, WaitedTooLong, KeyRefused, NeedsLink, StoreDown, DatabaseDown)
 |- NotNow (PerhapsPosted), NotConfirmed
 `- InternalError

What a user reads is the catalog entry `error-<code>` (see `bot.locales.error_text`). The annotations of a class are its
fields; their types say how a value is written for a reader: `Micros` as money, `Language` by its name, `Names` with an
"or". A `reason` is a code that the catalog entry knows, or words from outside. Fields are plain text or numbers: an
error survives a restart as `to_json` and `from_json`.
"""

from datetime import datetime
from enum import StrEnum
from inspect import get_annotations
from typing import Any, ClassVar, NewType, Self, dataclass_transform

from bot.domain.money import Micros, from_shown
from bot.domain.waiting import Wait, WaitReason

Plain = str | int | float
Language = NewType("Language", str)
"""An ISO 639-1 code; "": no language."""
Names = NewType("Names", str)
"""Names of which one is to be chosen, with commas between."""


class Remedy(StrEnum):
    """The help against a failure, which its sentence names. If no user can help, the same recording may be retried."""

    USER = "user"
    """The user can do something."""
    TIME = "time"
    """It passes by itself."""
    OPERATOR = "operator"
    """Only the operator can do something, and it is not the user's fault."""


@dataclass_transform(kw_only_default=True, eq_default=False)
class EarmarkError(Exception):
    """A failure that a user or the operator can be told about."""

    kinds: ClassVar[dict[str, object]] = {}
    """The fields and their types."""
    remedy: ClassVar[Remedy] = Remedy.USER
    _known: ClassVar[dict[str, type["EarmarkError"]]] = {}

    def __init_subclass__(cls) -> None:
        EarmarkError._known[cls.__name__] = cls
        cls.kinds = cls.kinds | {name: kind for name, kind in get_annotations(cls).items() if name != "kinds"}

    def __init__(self, **fields: Plain) -> None:
        lacking = [name for name in self.kinds if name not in fields and not hasattr(type(self), name)]
        if lacking:
            raise TypeError(f"{self.code} lacks {', '.join(lacking)}")
        self.fields = fields
        vars(self).update((name, value) for name, value in fields.items() if name in self.kinds)
        super().__init__(", ".join(f"{name}={value!r}" for name, value in fields.items()))

    def __str__(self) -> str:
        """Return code and fields, for logs."""
        return f"{self.code}({self.args[0]})"

    @property
    def code(self) -> str:
        """The stable name of this kind of error."""
        return type(self).__name__

    def to_json(self) -> dict[str, Plain]:
        return {"code": self.code, **self.fields}

    @staticmethod
    def from_json(stored: dict[str, Plain]) -> "EarmarkError":
        """Read an error back; one of a kind that no longer exists becomes an InternalError."""
        fields = dict(stored)
        kind = EarmarkError._known.get(str(fields.pop("code", "")), InternalError)
        try:
            read: dict[str, Any] = {name: _read(kind.kinds.get(name), value) for name, value in fields.items()}
            return kind(**read)
        except (TypeError, ValueError):
            return InternalError(reference="stored error")

    def __reduce__(self) -> tuple[object, ...]:
        return (EarmarkError.from_json, (self.to_json(),))

    def with_fields(self, **more: Plain) -> Self:
        return type(self)(**{**self.fields, **more})


def _read(kind: object, value: Plain) -> object:
    """Return a stored field. Earlier releases stored money and reasons of waits as they showed them ("$1,234.50")."""
    if kind is Micros and isinstance(value, str):
        return from_shown(value)
    if kind is WaitReason:
        return WaitReason(str(value)) if value in WaitReason.__members__.values() else WaitReason.OTHER
    if kind is datetime:
        return datetime.fromisoformat(str(value))
    return value


class NotFound(EarmarkError):
    name: str


class BadMedia(EarmarkError):
    """The file is at fault; nothing was charged."""


class Unreadable(BadMedia):
    """The file is empty, damaged or no audio."""


class Truncated(BadMedia):
    """The file breaks off in the middle."""


class NoSound(BadMedia):
    """The file has no sound track."""


class UnsafeMedia(BadMedia):
    """The file is not plain sound, and was not opened."""

    reason: str


class NoSpeech(BadMedia):
    """Nobody speaks in the recording."""


class NoWords(NoSpeech):
    """The speech check heard speech, but the provider found no words; it charged for it."""

    charged: Micros


class TooLong(BadMedia):
    limit_minutes: float


class TooLarge(BadMedia):
    limit_mb: float


class TooSlow(BadMedia):
    """The file took too long to read."""


class BadOptions(EarmarkError):
    """The options cannot be had."""


class UnknownModel(BadOptions):
    model: str
    known: str
    """The names of all models, with commas between."""


class UnknownFormat(BadOptions):
    format: str
    """The user's own word."""
    known: str
    """The names of all formats, with commas between."""


class UnknownLanguage(BadOptions):
    language: str
    """The user's own words."""


class UnableModel(BadOptions):
    model: str
    what: str
    """speakers, events, translation or language."""
    able: Names
    """The models that can; "none"."""
    language: Language = Language("")


class BudgetShort(EarmarkError):
    price: Micros
    available: Micros


class DayShort(EarmarkError):
    remedy = Remedy.TIME
    price: Micros
    left: Micros


class TooDear(EarmarkError):
    """One note alone costs more than the service may spend in a day: no waiting helps."""


class BadVoice(EarmarkError):
    """The user's own voice cannot be enrolled in this way."""

    reason: str
    """name, engine, foreign, short, long, several, mixed."""


class NoAccess(EarmarkError):
    """The user is blocked."""


class NotAdmitted(NoAccess):
    """The service is closed to strangers, and no operator admitted the user."""


class BadUsage(EarmarkError):
    """A word of the command line cannot be taken; `reason` says why."""

    reason: str


class Paused(EarmarkError):
    """The operator paused the service; `words` are the operator's own."""

    remedy = Remedy.TIME
    words: str


class CodeUnknown(EarmarkError):
    """The link code was used, expired or never given out."""


class NotLinked(EarmarkError):
    """The account is on one platform only."""


class RefundShort(EarmarkError):
    amount: Micros
    available: Micros


class PaymentUnknown(EarmarkError):
    charge: str


class Cancelled(EarmarkError):
    """The user cancelled the note."""


class Discarded(Cancelled):
    """The user cancelled the note when a provider had it: its text is paid, and is not posted."""

    charged: Micros


class ProviderError(EarmarkError):
    """The provider could not transcribe the recording."""

    remedy = Remedy.OPERATOR


class ProviderDown(ProviderError):
    """The provider does not answer."""

    remedy = Remedy.TIME


class ProviderRefused(ProviderError):
    """The provider does not take the recording."""

    remedy = Remedy.USER
    reason: str
    language: Language = Language("")


class ProviderFailed(ProviderError):
    """A ticket's job ended without a text, and the provider takes nothing for it."""

    reason: str


class Unanswered(ProviderError):
    """A call broke off after it may have arrived: the provider may charge for it, which is never the user's to pay."""

    remedy = Remedy.TIME


class ModelMissing(ProviderError):
    model: str
    what_to_do: str
    """For the operator, in English."""


class EngineFailed(ProviderError):
    reason: str


class EngineDied(ProviderError):
    """The recording ended the service's process again and again."""

    remedy = Remedy.USER


class Unloaded(ProviderError):
    """The embedded engine is being stopped."""

    remedy = Remedy.TIME


class OperatorError(EarmarkError):
    """The operator must do something; the user can only wait."""

    remedy = Remedy.OPERATOR
    reason: str = ""
    """For the operator, in English."""


class DiskFull(OperatorError):
    """The disk has no room for the recording."""

    remedy = Remedy.TIME


class DiskShareFull(EarmarkError):
    """The user's recordings take as much of the disk as one user's may."""

    remedy = Remedy.TIME


class BadSettings(OperatorError):
    """A setting, or an argument of the command line, is wrong."""

    reason: str


class WaitedTooLong(OperatorError):
    """The note waited for the provider for a week."""


class KeyRefused(OperatorError):
    """The provider rejected the API key."""


class NeedsLink(OperatorError):
    """The recording is too large for one upload, and speakers cannot be told apart in several."""


class StoreDown(OperatorError):
    """The bucket or folder for large recordings does not answer."""

    remedy = Remedy.TIME


class DatabaseDown(OperatorError):
    """The service's database does not answer, or takes nothing: the disk is full, or it is locked."""

    remedy = Remedy.TIME


class NotNow(EarmarkError):
    """A provider or a platform takes nothing before `until`, for a reason that has nothing to do with the note.


    Adapters and providers raise it; `bot.notes.steps` turns it into a Wait.
    """

    kinds: ClassVar[dict[str, object]] = {"reason": WaitReason, "until": datetime, "name": str}
    remedy = Remedy.TIME

    def __init__(self, reason: WaitReason, until: datetime, name: str = "") -> None:
        self.wait = Wait(reason, until, name)
        super().__init__(reason=reason.value, until=until.isoformat(), name=name)


class PerhapsPosted(NotNow):
    """A message was posted, or was not: its answer was lost. To post it again may be to post it twice."""


class NotConfirmed(EarmarkError):
    """The sender did not confirm the price within a day."""


class Undelivered(EarmarkError):
    """The platform takes no message for this note any more; its text is kept."""

    reason: str


class InternalError(EarmarkError):
    remedy = Remedy.OPERATOR
    reference: str
