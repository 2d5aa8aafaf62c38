"""Settings of users: a chat's choice overrides its user's, and that the deployment's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from bot.domain.catalog import Catalog
from bot.domain.errors import BadOptions, EarmarkError, Names, UnableModel, UnknownFormat
from bot.domain.languages import COMMON, normalise_language
from bot.domain.money import Micros, dollars, from_shown, micros
from bot.domain.note import AUTO, FORMATS, Options
from bot.domain.vocabulary import checked_prompt, checked_terms, merged, written
from bot.locales import locales
from bot.storage.database import Database, insert_new
from bot.storage.tables import preference

NEVER = "never"
"""Value of ASK_ABOVE: no price is asked about."""
_PRICES = ("0.05", "0.10", "0.50", "1", "5", NEVER)


class Mode(StrEnum):
    """Handling of unrequested voice notes in a group chat."""

    AUTO = "auto"
    """Transcribe all."""
    ASK = "ask"
    """Transcribe only on request."""
    OFF = "off"
    """Transcribe none."""


class Choice(StrEnum):
    """A setting. Values are text: a code, a name, "on" or "off", dollars, a mode."""

    LANGUAGE = "language"
    MODEL = "model"
    SPEAKERS = "speakers"
    FORMAT = "format"
    """Format of transcripts."""
    ASK_ABOVE = "ask_above"
    MODE = "mode"
    LOCALE = "tongue"
    """Language of the interface."""
    VOCABULARY = "vocabulary"
    """Terms with commas between; those of all levels are merged."""
    PROMPT = "prompt"
    """Context that comes before a recording."""


TYPED = (Choice.VOCABULARY, Choice.PROMPT)
"""Choices without a list of values."""


class Source(StrEnum):
    """Level of a choice."""

    CHAT = "chat"
    SERVER = "server"
    """All chats of a server."""
    USER = "user"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The settings of one user in one chat, with their levels."""

    values: Mapping[Choice, str]
    sources: Mapping[Choice, Source]
    place_limit: str = ""
    """ASK_ABOVE as it is without the user's own choice."""
    vocabulary: tuple[str, ...] = ()
    """The terms of the chat, its server, the user and the deployment."""

    @property
    def group_limit(self) -> Micros | None:
        """Return the price above which the admins of a group that pays are asked; None: they never are."""
        return _limit(self.place_limit)

    @property
    def mode(self) -> Mode:
        return Mode(self.values[Choice.MODE])

    @property
    def locale(self) -> str:
        """Return the locale, or "" if it was never chosen."""
        return self.values[Choice.LOCALE]

    def options(self, catalog: Catalog) -> Options:
        """Return the options of a note. If the model cannot tell speakers apart, the first that can is used.

        A chosen model that does not exist any more is ignored.
        """
        model = self.values[Choice.MODEL]
        if model not in {one.name for one in catalog}:
            model = catalog.default
        options = Options(
            model=model,
            language=self.values[Choice.LANGUAGE],
            ask_above=_limit(self.values[Choice.ASK_ABOVE]),
            format=self.values[Choice.FORMAT],
            vocabulary=self.vocabulary,
            prompt=self.values[Choice.PROMPT],
        )
        return with_speakers(options, catalog) if self.values[Choice.SPEAKERS] == "on" else options


def with_speakers(options: Options, catalog: Catalog) -> Options:
    """Return the options with diarization, with another model if necessary; unchanged if no model supports it.

    A model of the same provider is preferred: audio of the embedded engine must not leave the machine, nor should the
    cloud's work fall on it.
    """
    language = normalise_language(options.language)
    able = [one for one in catalog if one.speakers and one.takes(language)]
    if not able:
        return options
    provider = next((one.provider for one in catalog if one.name == options.model), "")
    best = min(able, key=lambda one: (one.name != options.model, one.provider != provider))
    return replace(options, model=best.name, speakers=True)


def _limit(value: str) -> Micros | None:
    return Micros(from_shown(value)) if value not in ("", NEVER) else None


def _asks_later(value: str, other: str) -> bool:
    """Return True if one price limit is higher than another."""
    if value == NEVER or other in ("", NEVER):
        return value == NEVER and other != NEVER
    return from_shown(value) > from_shown(other)


def offered(choice: Choice, catalog: Catalog) -> list[str]:
    """Return the values that are offered; of languages the common ones, others can be typed."""
    if choice is Choice.LANGUAGE:
        return [code for code in (AUTO, *COMMON) if code == AUTO or any(model.takes(code) for model in catalog)]
    return {
        Choice.MODEL: [model.name for model in catalog],
        Choice.SPEAKERS: ["on", "off"],
        Choice.FORMAT: list(FORMATS),
        Choice.ASK_ABOVE: list(_PRICES),
        Choice.MODE: [mode.value for mode in Mode],
        Choice.LOCALE: list(locales()),
    }[choice]


_LONGEST_WORD = 40
"""Characters of a word that no setting knows."""


def _known_format(word: str) -> str:
    """Return a format by its name. Raises UnknownFormat."""
    if word.lower() not in FORMATS:
        raise UnknownFormat(format=word[:_LONGEST_WORD], known=", ".join(FORMATS))
    return word.lower()


class Preferences:
    """Settings in the database."""

    def __init__(self, db: Database, catalog: Catalog, defaults: Mapping[Choice, str]) -> None:
        """`defaults` are the deployment's; missing ones are unset."""
        self._db = db
        self._catalog = catalog
        self._defaults = {
            Choice.LANGUAGE: AUTO,
            Choice.MODEL: catalog.default,
            Choice.SPEAKERS: "off",
            Choice.FORMAT: FORMATS[0],
            Choice.ASK_ABOVE: "",
            Choice.MODE: Mode.ASK.value,
            Choice.LOCALE: "",
            Choice.VOCABULARY: "",
            Choice.PROMPT: "",
            **defaults,
        }

    async def of(self, user: str, *chats: str, server: str = "") -> Chosen:
        """Return the settings of a user, in the given chats (the nearest first) and their server."""
        wide_to_near = [(user, Source.USER), (server, Source.SERVER)]
        wide_to_near += [(chat, Source.CHAT) for chat in reversed(chats)]
        query = sa.select(preference).where(preference.c.owner.in_([owner for owner, _ in wide_to_near]))
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        stored = {(row.owner, row.name): row.value for row in rows}
        values: dict[Choice, str] = {}
        sources: dict[Choice, Source] = {}
        place_limit = self._defaults[Choice.ASK_ABOVE]
        for owner, _ in wide_to_near[1:]:
            limit = stored.get((owner, Choice.ASK_ABOVE.value)) if owner else None
            if limit is not None and not _asks_later(limit, place_limit):
                place_limit = limit
        for choice, default in self._defaults.items():
            values[choice], sources[choice] = default, Source.DEFAULT
            for owner, source in wide_to_near:
                value = stored.get((owner, choice.value)) if owner else None
                # Admins of a chat can lower the price above which members are asked, but not raise it.
                if value is not None and not (
                    choice is Choice.ASK_ABOVE and source is not Source.USER and _asks_later(value, values[choice])
                ):
                    values[choice], sources[choice] = value, source
        owners = [owner for owner, _ in reversed(wide_to_near) if owner]
        lists = [stored.get((owner, Choice.VOCABULARY.value), "") for owner in owners]
        return Chosen(values, sources, place_limit, merged([*lists, self._defaults[Choice.VOCABULARY]]))

    async def choose(self, owner: str, choice: Choice, value: str | None) -> None:
        """Store a choice; None: remove it. Raises BadOptions for an invalid value."""
        if value is not None:
            value = self._checked(choice, value)
        which = (preference.c.owner == owner) & (preference.c.name == choice.value)
        async with self._db.writing() as connection:
            if value is None:
                await connection.execute(sa.delete(preference).where(which))
                return
            row = {"owner": owner, "name": choice.value, "value": value}
            if not await insert_new(connection, preference, row):
                await connection.execute(sa.update(preference).where(which).values(value=value))

    async def forget(self, owner: str) -> None:
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(preference).where(preference.c.owner == owner))

    def _checked(self, choice: Choice, value: str) -> str:
        """Return the value in its stored form. Raises BadOptions."""
        try:
            return self._stored_form(choice, value)
        except EarmarkError:
            raise
        except ValueError:
            raise BadOptions from None

    def _known_switch(self, value: str) -> str:
        """Return "on" or "off" for diarization. Raises UnableModel if no model tells speakers apart."""
        if value not in ("on", "off"):
            raise ValueError(value)
        if value == "on" and not any(one.speakers for one in self._catalog):
            raise UnableModel(model=self._catalog.default, what="speakers", able=Names("none"))
        return value

    def _stored_form(self, choice: Choice, value: str) -> str:
        if choice is Choice.LANGUAGE:
            return normalise_language(value)
        if choice is Choice.MODEL:
            return self._catalog.find(value).name
        if choice is Choice.MODE:
            return Mode(value).value
        if choice is Choice.ASK_ABOVE:
            return value if value == NEVER else dollars(micros(value))
        if choice is Choice.SPEAKERS:
            return self._known_switch(value)
        if choice is Choice.VOCABULARY:
            return written(checked_terms(value))
        if choice is Choice.PROMPT:
            return checked_prompt(value)
        if choice is Choice.FORMAT:
            return _known_format(value)
        if value.lower() not in locales():
            raise ValueError(value)
        return value.lower()
