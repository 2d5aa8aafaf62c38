"""Outages of providers: the alert while one is away, and its end."""

from collections.abc import Collection
from datetime import timedelta

from bot.domain.provider_state import ReportsProvider
from bot.operations.alerts import Alerts, Kind

LONGEST_AWAY = timedelta(minutes=5)
"""Shorter outages pass by themselves, and are not told."""


async def look_at(providers: Collection[ReportsProvider], alerts: Alerts) -> None:
    """Raise the alert about a provider that is away, and end it when all are known to work."""
    states = [provider.state for provider in providers]
    longest = max((state.away_for for state in states if state.away_for is not None), default=timedelta())
    if longest > LONGEST_AWAY:
        await alerts.raise_(Kind.PROVIDER, minutes=longest // timedelta(minutes=1))
    elif states and all(state.works for state in states):
        await alerts.end(Kind.PROVIDER)
