"""The settings that are set: their values without secrets, their origin, and names that are no setting."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import get_type_hints

from pydantic import SecretStr

from bot.settings.env_file import written_in
from bot.settings.files import SUFFIX, env_files, written_variables
from bot.support.settings_section import PREFIX, Section

HIDDEN = "[hidden]"
_ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Given:
    """A setting that is set."""

    name: str
    value: str
    """As it is written; HIDDEN if it is a secret."""
    origin: str
    """The environment, or the file that it stands in."""


def given_settings(sections: Iterable[Section]) -> Iterator[Given]:
    """Yield each setting that is set, in the order of the sections."""
    written = written_variables()
    for section in sections:
        hints = get_type_hints(type(section))
        for field, name in section.variables().items():
            if path := written.get(name + SUFFIX):
                value = HIDDEN if hints[field] is SecretStr else f"(in {path})"
                yield Given(name, value, f"{path}, named by {_origin_of(name + SUFFIX)}")
            elif (text := written.get(name)) is not None:
                yield Given(name, HIDDEN if hints[field] is SecretStr and text else text, _origin_of(name))


def unknown_settings(sections: Iterable[Section], written: Iterable[str] | None = None) -> dict[str, str]:
    """Return each name that begins as a setting's does and is none, with the nearest right one; "": none is near.

    `written`: the names to look at; None: all that are set.
    """
    names = [name for section in sections for name in section.variables().values()]
    written = written_variables() if written is None else written
    known = {*names, *(f"{name}{SUFFIX}" for name in names)}
    unknown = sorted(name for name in written if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(get_close_matches(name, known, 1)), "") for name in unknown}


def unknown_sentence(unknown: dict[str, str]) -> str:
    """Return one sentence about names that are no setting."""
    parts = [f"{name} (did you mean {nearest}?)" if nearest else name for name, nearest in unknown.items()]
    return f"nothing is called {', '.join(parts)}: see .env.example"


def _origin_of(name: str) -> str:
    given = {one.upper() for one in os.environ}
    if name in given:
        return _ENVIRONMENT
    return next((str(file.absolute()) for file in env_files() if name in written_in(file)), _ENVIRONMENT)
