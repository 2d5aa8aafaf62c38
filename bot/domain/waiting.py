"""Waiting: the reason why a note does not go on just now, and the end of the wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_PAUSE = timedelta(days=7)
"""Time after its acceptance in which a note may wait. A wait that ends later was made by a clock that was wrong."""


class WaitReason(StrEnum):
    """Reason of a wait, as a stable code; its sentence is the catalog entry `wait-<code>`."""

    PROVIDER_UNFUNDED = "provider-unfunded"
    PROVIDER_DAY_LIMIT = "provider-day-limit"
    PROVIDER_BUSY = "provider-busy"
    PROVIDER_AWAY = "provider-away"
    """The provider cannot be reached, or answers every call with a failure of its own."""
    PROVIDER_MISSING = "provider-missing"
    """This process does not have the provider that holds the note: see Wait.name."""
    NO_LINK = "no-link"
    """The recording needs a link, and there is no store for it any more."""
    SAME_RECORDING = "same-recording"
    """Another note has the same recording and is being transcribed."""
    DAY_BUDGET = "day-budget"
    """The deployment has spent its budget of the day."""
    DAY_SHARE = "day-share"
    """The account has used up its share of that budget."""
    USER_LOSSES = "user-losses"
    """The account caused more losses today than it may."""
    UNDELIVERED = "undelivered"
    PLATFORM_DOWN = "platform-down"
    PLATFORM_PAUSE = "platform-pause"
    """The platform asks for a pause."""
    PLATFORM_LOGIN = "platform-login"
    """The platform does not accept the bot's token."""
    FILE_DOWN = "file-down"
    """The platform does not hand out the file."""
    OTHER = "other"
    """A reason that an earlier release recorded as a sentence."""


OF_PROVIDER = frozenset(
    {
        WaitReason.PROVIDER_UNFUNDED,
        WaitReason.PROVIDER_DAY_LIMIT,
        WaitReason.PROVIDER_BUSY,
        WaitReason.PROVIDER_AWAY,
    }
)
"""Reasons that pass when the provider takes recordings again."""
SHARED = OF_PROVIDER - {WaitReason.PROVIDER_BUSY}
"""Reasons that hold for every note of the provider: a new note queues behind its user's others that wait for them."""
ALIKE = SHARED - {WaitReason.PROVIDER_UNFUNDED}
"""Reasons among them that pass for all notes at once, whatever they cost: one note of a user tries for the others."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The answer "not now": the note is kept, and goes on by itself."""

    reason: WaitReason
    until: datetime
    """In UTC."""
    name: str = ""
    """Name of the provider or platform that the reason is about."""

    @property
    def code(self) -> str:
        """Return reason and name in one word, as it is stored."""
        return f"{self.reason.value}:{self.name}" if self.name else self.reason.value


def wait_of(code: str, until: datetime) -> Wait:
    """Return the wait that `code` was stored for; a reason that no longer exists becomes OTHER."""
    reason, _, name = code.partition(":")
    known = reason in WaitReason.__members__.values()
    return Wait(WaitReason(reason) if known else WaitReason.OTHER, until, name)
