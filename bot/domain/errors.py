"""One tree of errors. Each carries the sentence that a user sees, and can be stored and read back.

EarmarkError
 |- NotFound, BadMedia (Unreadable, Truncated, NoSound, UnsafeMedia, NoSpeech, TooLong, TooLarge, TooSlow;
 |                      LinkRefused and LinkDown in fetching.py)
 |- BadOptions (UnknownModel, UnknownLanguage, UnableModel)
 |- BudgetShort, DayShort, TooDear, RefundShort, PaymentUnknown
 |- NoAccess, Paused, CodeUnknown, NotLinked
 |- Cancelled
 |- ProviderError (ProviderDown, ProviderRefused, ProviderFailed, Unanswered, ModelMissing, EngineFailed, Unloaded)
 |- Undelivered
 |- OperatorError (DiskFull, BadSettings, WaitedTooLong, KeyRefused, NeedsLink, StoreDown)
 |- NotNow, NotConfirmed
 `- InternalError

The sentence of a class is a template; its fields are the keyword arguments that the error was made with. They are
plain text or numbers, so that an error survives a restart as `to_json` and `from_json`.
"""

from datetime import datetime
from typing import ClassVar, Self

from bot.domain.waiting import Wait, WaitReason

Plain = str | int | float


class EarmarkError(Exception):
    """Something went wrong in a way that a person can be told about."""

    sentence: ClassVar[str] = "Something went wrong."
    _known: ClassVar[dict[str, type["EarmarkError"]]] = {}

    def __init_subclass__(cls) -> None:
        EarmarkError._known[cls.__name__] = cls

    def __init__(self, **fields: Plain) -> None:
        self.fields = fields
        super().__init__(self.sentence.format(**fields))

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
            return kind(**fields)
        except KeyError:
            return InternalError(reference="stored error")

    def __reduce__(self) -> tuple[object, ...]:
        return (_revive, (self.to_json(),))

    def with_fields(self, **more: Plain) -> Self:
        return type(self)(**{**self.fields, **more})


def _revive(stored: dict[str, Plain]) -> EarmarkError:
    return EarmarkError.from_json(stored)


class NotFound(EarmarkError):
    sentence = "There is no file {name}."


class BadMedia(EarmarkError):
    """The file is at fault; nothing was charged."""

    sentence = "This file cannot be transcribed."


class Unreadable(BadMedia):
    sentence = "This file is no sound that I can read: it is empty, damaged, or not sound at all."


class Truncated(BadMedia):
    sentence = "This file breaks off in the middle: please send it again."


class NoSound(BadMedia):
    sentence = "This file has no sound track."


class UnsafeMedia(BadMedia):
    sentence = "This file is not plain sound ({reason}), so it was not opened."


class NoSpeech(BadMedia):
    sentence = "Nothing was said in this recording, so there is nothing to write down."


class TooLong(BadMedia):
    sentence = "This recording is longer than the limit of {limit_minutes:g} minutes."


class TooLarge(BadMedia):
    sentence = "This file is larger than the limit of {limit_mb:g} MB."


class TooSlow(BadMedia):
    sentence = "This file took too long to read, so it was given up."


class BadOptions(EarmarkError):
    sentence = "That cannot be asked for."


class UnknownModel(BadOptions):
    sentence = "There is no model {model!r}; there are: {known}."


class UnknownLanguage(BadOptions):
    sentence = "There is no language {language!r}; use a code such as en, es or ru, or auto."


class UnableModel(BadOptions):
    sentence = "The model {model} cannot do that ({what}); {able} can."


class BudgetShort(EarmarkError):
    sentence = "This would cost {price}, and {available} is left to spend."


class DayShort(EarmarkError):
    sentence = "This would cost {price}, and {left} of today's allowance is left: it begins anew at midnight."


class TooDear(EarmarkError):
    """One note alone costs more than the house bears in a day: no waiting helps."""

    sentence = "This would cost more than this service spends in a whole day, so it cannot be transcribed here."


class NoAccess(EarmarkError):
    """Somebody is blocked, or was never let in; which of them is nobody's business."""

    sentence = "You cannot use this service: ask those who run it."


class Paused(EarmarkError):
    """An operator has the service take nothing new; `words` are the operator's own."""

    sentence = "This service takes no new recordings for now. {words}"


class CodeUnknown(EarmarkError):
    sentence = "This code is not known any more: a code works once, for ten minutes. Ask for a new one."


class NotLinked(EarmarkError):
    sentence = "There is nothing to part: this account is yours on one platform only."


class RefundShort(EarmarkError):
    sentence = "{amount} cannot be refunded: of what was paid in, {available} is left."


class PaymentUnknown(EarmarkError):
    sentence = "There is no payment {charge!r} in the books."


class Cancelled(EarmarkError):
    sentence = "Cancelled. Nothing was charged."


class ProviderError(EarmarkError):
    sentence = "The speech service could not transcribe this."


class ProviderDown(ProviderError):
    sentence = "The speech service does not answer; please try again later. Nothing was charged."


class ProviderRefused(ProviderError):
    sentence = "The speech service refused this recording: {reason}"


class ProviderFailed(ProviderError):
    """A ticket's job ended without a text, and the provider takes nothing for it."""

    sentence = "The speech service could not transcribe this recording ({reason}). Nothing was charged."


class Unanswered(ProviderError):
    """A call broke off after it may have arrived: the provider may charge for it, which is never the user's to pay."""

    sentence = "The speech service took this recording, but its answer never came. You were not charged; try again."


class ModelMissing(ProviderError):
    sentence = "The speech model {model} is not there: {what_to_do}"


class EngineFailed(ProviderError):
    sentence = "The speech engine failed on this recording ({reason}). Nothing was charged."


class Unloaded(ProviderError):
    sentence = "The speech engine is being stopped; please send this again in a minute. Nothing was charged."


class OperatorError(EarmarkError):
    """The operator must do something; the user can only wait."""

    sentence = "The service needs its operator: {reason}"


class DiskFull(OperatorError):
    sentence = "The disk is full, so this could not be worked on; nothing was charged."


class BadSettings(OperatorError):
    sentence = "The settings are not right: {reason}"


class WaitedTooLong(OperatorError):
    sentence = "This recording waited for the speech service for a week, and was given up. Nothing was charged."


class KeyRefused(OperatorError):
    sentence = "The speech service refuses this house's key: its operator must look at it. Nothing was charged."


class NeedsLink(OperatorError):
    sentence = (
        "This recording is too large to be handed over in one piece, and speakers cannot be told apart in several: "
        "the operator must give it a link (EARMARK_PUBLIC_URL, or a bucket). Nothing was charged."
    )


class StoreDown(OperatorError):
    sentence = "The place where large recordings stand for a while does not answer. Nothing was charged."


class NotNow(EarmarkError):
    """A provider or a platform takes nothing before `until`, for a reason that has nothing to do with the note.

    Adapters and providers raise it; `bot.notes.steps` turns it into a Wait.
    """

    sentence = "This has to wait ({reason}). Your recording is kept, and goes on by itself."

    def __init__(self, reason: WaitReason, until: datetime, name: str = "") -> None:
        self.wait = Wait(reason, until, name)
        super().__init__(reason=reason.value, until=until.isoformat(), name=name)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.wait.reason, self.wait.until, self.wait.name))


class NotConfirmed(EarmarkError):
    sentence = "Nobody said yes to the price within a day. Nothing was charged."


class Undelivered(EarmarkError):
    """The platform takes no message for this note any more; its text is kept."""

    sentence = "The answer could not be delivered: {reason}"


class InternalError(EarmarkError):
    sentence = (
        "Something went wrong on our side, and it is written in the log (reference {reference}). Nothing was charged."
    )
