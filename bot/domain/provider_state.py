"""The state of a provider's connection, as its recordings showed it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProviderState:
    """The outcome of the latest submits; without any since the start nothing is known."""

    works: bool = False
    """If true, the latest answer shows that it works."""
    away_for: timedelta | None = None
    """Time between the first and the latest failure since it worked; None: it is not away."""


class ReportsProvider(Protocol):
    """A provider that knows if it is away."""

    @property
    def state(self) -> ProviderState:
        """Its state now."""
