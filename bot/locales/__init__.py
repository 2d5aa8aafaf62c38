"""Texts for users, by language: Fluent catalogs, one folder a language.

English is complete. A text that another language lacks is shown in English. A platform registers catalogs of its own.
"""

from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from bot.domain.errors import EarmarkError

ENGLISH = "en"
_FOLDER = Path(__file__).parent
_folders = [_FOLDER]


def register(folder: Path) -> None:
    """Add the catalogs of a folder, such as a platform's own; again, and nothing changes."""
    if folder not in _folders:
        _folders.append(folder)
        _bundle.cache_clear()


def folders() -> tuple[Path, ...]:
    """Return the folders with catalogs."""
    return tuple(_folders)


@cache
def locales() -> tuple[str, ...]:
    """The codes of the languages that there are catalogs for."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if any(folder.glob("*.ftl"))))


def locale_of(code: str | None) -> str:
    """The language to speak to somebody whose platform names this one ("de-AT"): one that there is a catalog for."""
    wanted = (code or "").replace("_", "-").split("-", 1)[0].lower()
    return wanted if wanted in locales() else ENGLISH


def text(locale: str, key: str, **values: str | int | float) -> str:
    """The text of a key with its values put in, as they are. Raises KeyError where not even English has it."""
    for bundle in (_bundle(locale_of(locale)), _bundle(ENGLISH)):
        if bundle.has_message(key):
            message = bundle.get_message(key)
            assert message.value is not None, "every key has a text"
            text, faults = bundle.format_pattern(message.value, values)
            if faults:
                raise KeyError(f"{key}: {faults[0]}")
            return str(text)
    raise KeyError(key)


def error_text(locale: str, error: EarmarkError) -> str:  # noqa: ARG001  # until errors have catalog entries
    """Return the sentence that tells a user what failed, in their language."""
    return str(error)


def keys(locale: str) -> set[str]:
    """Every key that a catalog has."""
    return set(_bundle(locale)._messages)


@cache
def _bundle(locale: str) -> FluentBundle:
    # Without isolation marks: what is said is compared, copied and searched.
    bundle = FluentBundle([locale], use_isolating=False)
    for file in (file for folder in _folders for file in sorted((folder / locale).glob("*.ftl"))):
        bundle.add_resource(FluentResource(file.read_text("utf-8")))
    return bundle
