"""The settings of a deployment, in sections: read once from the environment, converted and checked."""

from bot.settings.engine import Engine
from bot.settings.sections import (
    AccessSettings,
    Bucket,
    Cloud,
    Http,
    MediaSettings,
    Settings,
    Storage,
    checked_settings,
    read_settings,
)

__all__ = [
    "AccessSettings",
    "Bucket",
    "Cloud",
    "Engine",
    "Http",
    "MediaSettings",
    "Settings",
    "Storage",
    "checked_settings",
    "read_settings",
]
