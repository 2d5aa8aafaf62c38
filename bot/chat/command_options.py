"""Fields of commands, for platforms that show a form: values, suggestions while a user types, and options of a note."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.button_rows import Entry
from bot.chat.settings_menu import SERVER
from bot.domain.catalog import Catalog
from bot.domain.languages import NAMES, normalise_language
from bot.domain.note import FORMATS, Options
from bot.locales import language_title, language_typed
from bot.people.access import Role
from bot.people.preferences import with_speakers

Suggest = Callable[[Catalog, str, str], list[Entry]]
"""Returns the entries that fit what was typed, in a language."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a command; `option-<about>` in the catalogs describes it."""

    name: str
    about: str
    is_needed: bool = False
    values: tuple[str, ...] = ()
    """The only values that can be chosen; none: any text."""
    labels: str = ""
    """Beginning of the keys of the values' names in the catalogs; "": values are shown as they are."""
    suggest: Suggest | None = None
    switch: tuple[str, str] | None = None
    """The words of a switch that is on, or off; None: no switch, but text."""
    is_file: bool = False

    def word(self, filled: Any) -> str:
        """Return the word that stands after the command if it is typed; "" for none."""
        if self.switch is None or filled is None:
            return filled or ""
        return self.switch[0] if filled else self.switch[1]


def suggest_languages(catalog: Catalog, typed: str, locale: str) -> list[Entry]:
    """Return languages that some model takes, with what was typed in their name; the likeliest first."""
    wanted = typed.strip().casefold()
    known = {code: language_title(locale, code) for code in NAMES if any(model.takes(code) for model in catalog)}
    found = [code for code, name in known.items() if wanted in (code, "") or wanted in name.casefold()]
    found.sort(key=lambda code: (code != wanted, not known[code].casefold().startswith(wanted)))
    return [Entry(known[code], code) for code in found]


def suggest_models(catalog: Catalog, typed: str, _locale: str) -> list[Entry]:
    """Return models with what was typed in their name."""
    wanted = typed.strip().casefold()
    return [Entry(model.name, model.name) for model in catalog if wanted in model.name.casefold()]


def changed(
    catalog: Catalog, options: Options, language: str | None, model: str | None, speakers: bool | None
) -> Options:
    """Return the options with what the command itself asks for, which goes before choices. Raises BadOptions."""
    if model:
        wanted = catalog.find(model)
        # Speakers that were chosen for every note are left out if this model cannot tell them apart.
        options = replace(options, model=wanted.name, speakers=options.speakers and wanted.speakers)
    if language:
        options = replace(options, language=normalise_language(language_typed(language)))
    if speakers:
        able = with_speakers(options, catalog)
        return able if able.speakers else replace(options, speakers=True)  # refused with the reason
    return options if speakers is None else replace(options, speakers=False)


_ACCOUNT = Field("account", "account", is_needed=True)
FIELDS = {
    "transcribe": (
        Field("file", "file", is_file=True),
        Field("url", "url"),
        Field("language", "language", suggest=suggest_languages),
        Field("model", "model", suggest=suggest_models),
        Field("speakers", "speakers", switch=("on", "off")),
    ),
    "language": (Field("value", "language", suggest=suggest_languages),),
    "model": (Field("value", "model", suggest=suggest_models),),
    "speakers": (Field("value", "speakers", switch=("on", "off")),),
    "format": (Field("value", "format", values=FORMATS, labels="value-format-"),),
    "setup": (Field("server", "server", switch=(SERVER, "")),),
    "voice": (Field("name", "voice-name"),),
    "link": (Field("code", "code"),),
    "spend": (Field("month", "month"), Field("form", "form", values=("csv",))),
    "credit": (_ACCOUNT, Field("amount", "amount", is_needed=True)),
    "refund": (Field("what", "refund", is_needed=True), Field("amount", "amount")),
    "allowance": (_ACCOUNT, Field("monthly", "monthly", is_needed=True), Field("daily", "daily")),
    "allow": (_ACCOUNT,),
    "block": (_ACCOUNT,),
    "unblock": (_ACCOUNT,),
    "role": (_ACCOUNT, Field("role", "role", is_needed=True, values=(Role.OPERATOR.value, Role.USER.value))),
    "pause": (Field("words", "words"),),
}
"""In the order in which the words stand behind the command if it is typed. Other commands take nothing."""
