"""Typed options of /transcribe: suggestions while a user types, and the changes of the note's options."""

from dataclasses import replace

from bot.chat.button_rows import Entry
from bot.domain.catalog import Catalog
from bot.domain.languages import NAMES, normalise_language
from bot.domain.note import Options
from bot.locales import language_title
from bot.people.preferences import with_speakers


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
        options = replace(options, language=normalise_language(language))
    if speakers:
        able = with_speakers(options, catalog)
        return able if able.speakers else replace(options, speakers=True)  # refused with the reason
    return options if speakers is None else replace(options, speakers=False)
