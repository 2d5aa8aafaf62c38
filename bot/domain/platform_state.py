"""State of a platform's connection, as the platform reports it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SessionLimit:
    """The sessions that a platform lets a bot begin until a moment."""

    left: int
    total: int
    until: datetime
    """The time at which there are `total` again."""


@dataclass(frozen=True, slots=True)
class PlatformState:
    """The state at one moment."""

    away_since: datetime | None = NEVER
    """None: it is connected; NEVER: it was not yet."""
    commands_synced: bool = False
    """True if the platform shows the current commands."""
    updated_at: datetime | None = None
    """Time of the last update from it; None: there was none since the start."""
    sessions: SessionLimit | None = None
    """None: they are not limited, or not known yet."""


class ReportsState(Protocol):
    """A platform that is listened to."""

    @property
    def state(self) -> PlatformState:
        """Return its state now."""
