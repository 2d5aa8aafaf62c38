"""Texts for users, by language: Fluent catalogs, one folder a language.

English is complete. A text that another language lacks is shown in English. A platform registers catalogs of its own.
"""

from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.numbers import format_currency
from fluent.runtime import FluentBundle, FluentResource

from bot.domain.errors import EarmarkError, Language, Names, NotNow, Plain
from bot.domain.languages import NAMES
from bot.domain.money import PER_DOLLAR, Micros, dollars
from bot.domain.waiting import Wait

ENGLISH = "en"
_FOLDER = Path(__file__).parent
_DECIMALS = "0.00####"
"""At least two decimals, as many more as a micro-dollar needs."""
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
    """Return the codes of the languages with a catalog."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if any(folder.glob("*.ftl"))))


def locale_of(code: str | None) -> str:
    """Return the catalog's language for a platform's language code ("de-AT"); English if there is none."""
    wanted = (code or "").replace("_", "-").split("-", 1)[0].lower()
    return wanted if wanted in locales() else ENGLISH


def text(locale: str, key: str, **values: Plain) -> str:
    """Return the text of a key with its values put in, as they are. Raises KeyError if not even English has it."""
    for bundle in (_bundle(locale_of(locale)), _bundle(ENGLISH)):
        if bundle.has_message(key):
            message = bundle.get_message(key)
            assert message.value is not None, "every key has a text"
            text, faults = bundle.format_pattern(message.value, values)
            if faults:
                raise KeyError(f"{key}: {faults[0]}")
            return str(text)
    raise KeyError(key)


def error_text(locale: str, error: EarmarkError) -> str:
    """Return the sentence about a failure, in the user's language.

    An error without an entry of its own, as a platform's adapter may have, gets the sentence of its parent class.
    """
    if isinstance(error, NotNow):
        return wait_text(locale, error.wait)
    values = {name: _shown(locale, error.kinds.get(name), value) for name, value in _fields(error).items()}
    code = next(kind.__name__ for kind in type(error).__mro__ if f"error-{kind.__name__}" in keys(ENGLISH))
    return text(locale, f"error-{code}", **values).strip()


def wait_text(locale: str, wait: Wait) -> str:
    """Return the reason of a note's wait, and that it goes on by itself."""
    return f"{text(locale, f'wait-{wait.reason.value}', name=wait.name)} {text(locale, 'waiting-goes-on')}"


def language_name(locale: str, code: str) -> str:
    """Return the name of a language in the reader's language; the code itself if it is unknown."""
    if locale_of(locale) == ENGLISH:
        return NAMES.get(code, code)
    found = _names(locale_of(locale)).get(code) if code in NAMES else None
    return found or NAMES.get(code, code)


def language_typed(typed: str) -> str:
    """Return the code of a language by its name in any language with a catalog, or in itself; else what was typed."""
    return _codes().get(" ".join(typed.split()).casefold(), typed)


def language_title(locale: str, code: str) -> str:
    """Return the name of a language as it stands alone, on a button or in a list: with a capital."""
    name = language_name(locale, code)
    return name[:1].upper() + name[1:]


def money(locale: str, amount: int) -> str:
    """Return an amount of micro-dollars as the reader's language writes it ("$1.50", "1,50 $")."""
    if locale_of(locale) == ENGLISH:
        return dollars(amount)
    pattern = _babel(locale_of(locale)).currency_formats["standard"].pattern.replace("0.00", _DECIMALS)
    return format_currency(
        Decimal(amount) / PER_DOLLAR, "USD", pattern, locale=locale_of(locale), currency_digits=False
    ).replace("US$", "$")


@cache
def keys(locale: str) -> frozenset[str]:
    """Return every key that a catalog has."""
    return frozenset(_bundle(locale)._messages)


def _fields(error: EarmarkError) -> dict[str, Plain]:
    """Return all fields, defaults included."""
    return {name: getattr(error, name) for name in error.kinds} | error.fields


def _shown(locale: str, kind: object, value: Plain) -> Plain:
    if kind is Micros:
        return money(locale, int(value))
    if kind is Language:
        return language_name(locale, str(value))
    if kind is Names:
        return format_list(str(value).split(", "), "or", locale_of(locale))
    return value


@cache
def _babel(locale: str) -> Locale:
    return Locale.parse(locale)


def _names(locale: str) -> dict[str, str]:
    return dict(_babel(locale).languages)


@cache
def _codes() -> dict[str, str]:
    """Return the codes of languages by their names, lower-case."""
    found = {_names(locale).get(code, "").casefold(): code for locale in locales() for code in NAMES}
    own = {_own_name(code).casefold(): code for code in NAMES}
    return {name: code for name, code in (own | found).items() if name}


def _own_name(code: str) -> str:
    try:
        return _names(code).get(code, "")
    except UnknownLocaleError:
        return ""


@cache
def _bundle(locale: str) -> FluentBundle:
    # Without isolation marks: what is said is compared, copied and searched.
    bundle = FluentBundle([locale], use_isolating=False)
    for file in (file for folder in _folders for file in sorted((folder / locale).glob("*.ftl"))):
        bundle.add_resource(FluentResource(file.read_text("utf-8")))
    return bundle
