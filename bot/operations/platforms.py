"""Connections of the platforms: readiness, metrics, and the alert before a platform's sessions are used up."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.platform_state import PlatformState, ReportsState
from bot.domain.ports import Clock
from bot.operations.alerts import Alerts, Kind
from bot.operations.readiness import OK, Check
from bot.support.metrics import PLATFORM_COMMANDS, PLATFORM_CONNECTED, PLATFORM_SESSIONS, PLATFORM_UPDATED

LONGEST_AWAY = timedelta(seconds=30)
"""Time without a connection in which a service is ready all the same: connections are renewed several times a day."""
_FEW = 4
"""An alert is raised below a quarter of a platform's sessions."""


def is_connected(platform: ReportsState, clock: Clock) -> Check:
    """Return a check of a platform's connection. Commands that are not synced are named, and are no fault."""

    async def run() -> str:
        state = platform.state
        if state.away_since is not None and clock() - state.away_since > LONGEST_AWAY:
            return "not connected"
        commands = () if state.commands_synced else ("commands not synced",)
        return ", ".join((OK, *commands, _last_update(state)))

    return run


def _last_update(state: PlatformState) -> str:
    if state.updated_at is None:
        return "no update since the start"
    return f"last update {state.updated_at:%Y-%m-%dT%H:%M:%SZ}"


async def look_at(platforms: Mapping[str, ReportsState], alerts: Alerts, now: datetime) -> None:
    """Set the metrics of platforms, and raise or end the alert about their sessions."""
    states = {name: platform.state for name, platform in platforms.items()}
    for name, state in states.items():
        _show(name, state)
    few = {name: state.sessions.left for name, state in states.items() if state.sessions and _are_few(state, now)}
    if few:
        name = min(few, key=lambda one: few[one])
        await alerts.raise_(Kind.SESSIONS, platform=name.capitalize(), left=few[name])
    else:
        await alerts.end(Kind.SESSIONS)


def _are_few(state: PlatformState, now: datetime) -> bool:
    sessions = state.sessions
    return sessions is not None and now < sessions.until and sessions.left * _FEW < sessions.total


def _show(name: str, state: PlatformState) -> None:
    PLATFORM_CONNECTED.labels(name).set(state.away_since is None)
    PLATFORM_COMMANDS.labels(name).set(state.commands_synced)
    if state.updated_at is not None:
        PLATFORM_UPDATED.labels(name).set(state.updated_at.timestamp())
    if state.sessions is not None:
        PLATFORM_SESSIONS.labels(name).set(state.sessions.left)
