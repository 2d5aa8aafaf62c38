"""The values of settings as text: from the environment, from `.env`, and from files that either of them names.

EARMARK_<NAME>_FILE holds the path of a file whose content is the setting's value. So an orchestrator can provide
secrets in files, and no environment that other processes can read holds them.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values

from bot.domain.errors import BadSettings

SUFFIX = "_FILE"
ENV_FILE = Path(".env")
"""In the folder from which the service is started."""


def config_file() -> Path:
    """Return the file in the user's folder of settings, which holds from every folder."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "earmark" / ".env"


def env_files() -> tuple[Path, ...]:
    """Return the files of settings, the strongest first."""
    return (ENV_FILE, config_file())


def given_values(variables: Iterable[str]) -> dict[str, str]:
    """Return the value of each variable that is set. Raises BadSettings with all faults, and no value."""
    written = written_variables()
    found: dict[str, str] = {}
    faults = []
    for variable in variables:
        try:
            value = _value_of(variable, written)
        except _Fault as fault:
            faults.append(str(fault))
        else:
            found |= {} if value is None else {variable: value}
    if faults:
        raise BadSettings(reason="; ".join(faults))
    return found


def written_variables() -> dict[str, str]:
    """Return all variables: the environment comes first, then `.env` of this folder, then the user's."""
    files = [dotenv_values(file, encoding="utf-8") for file in reversed(env_files())]
    places: list[Mapping[str, str | None]] = [*files, os.environ]
    return {name.upper(): value for place in places for name, value in place.items() if value is not None}


class _Fault(Exception):
    """A variable that cannot be read, in a sentence."""


def _value_of(variable: str, written: Mapping[str, str]) -> str | None:
    """Return a variable's own value, or its file's content without the last line break. Raises _Fault."""
    path = written.get(variable + SUFFIX)
    if not path:
        return written.get(variable)
    if written.get(variable):
        raise _Fault(f"{variable} and {variable}{SUFFIX} are both set: one of them must go")
    try:
        content = Path(path).read_text("utf-8")
    except OSError as error:
        raise _Fault(f"{variable}{SUFFIX}: its file cannot be read ({error.strerror})") from None
    except ValueError:
        raise _Fault(f"{variable}{SUFFIX}: its file is no text") from None
    return content.removesuffix("\n").removesuffix("\r")
