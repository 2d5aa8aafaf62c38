"""The commands' names and descriptions in the languages that there are catalogs for, as Discord shows them."""

from discord import Locale
from discord.app_commands import TranslationContextTypes, Translator, locale_str

from bot.locales import ENGLISH, locale_of, text


def told(key: str) -> locale_str:
    """The text of a key: in English, and translated by `Catalogs`."""
    return locale_str(text(ENGLISH, key), key=key)


class Catalogs(Translator):
    """Answers from the catalogs. Names of commands stay as they are: they are what people type and read about."""

    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        key = string.extras.get("key")
        spoken = locale_of(locale.value)
        if key is None or (spoken == ENGLISH and not locale.value.startswith(ENGLISH)):
            return None
        return text(spoken, key)
